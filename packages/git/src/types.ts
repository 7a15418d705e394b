/**
 * What a Secret grants towards one repository. Everything is text as it stands in the Secret; absent means "not given".
 * Nothing of it ever reaches a command line, an error or a log.
 */
export type Credentials = {
  /** HTTP basic authentication. For SSH the user name comes from the URL (default `git`). */
  username?: string;
  password?: string;
  /** Sent as `Authorization: Bearer`; not together with `username` or `password`. */
  bearerToken?: string;
  /** PEM certificates to trust for HTTPS instead of the system's. */
  caCert?: string;
  /** PEM client certificate and key for mutual TLS, only together. */
  clientCert?: string;
  clientKey?: string;
  /** SSH private key, PEM or OpenSSH format, and the passphrase of an encrypted one. */
  identity?: string;
  identityPassword?: string;
  /** The host keys that are accepted, in the format of `~/.ssh/known_hosts`. */
  knownHosts?: string;
  /** Proxy for HTTP and HTTPS remotes: `http://`, `https://` or `socks5://` address. */
  proxy?: { address: string; username?: string; password?: string };
};

/** Which commit is wanted. Precedence: commit, name, semver, tag, branch; nothing at all means branch `master`, as in Flux. */
export type Ref = {
  branch?: string;
  tag?: string;
  /** Masterminds range over the tags; the highest matching version wins. */
  semver?: string;
  /** A full ref name: `refs/heads/main`, `refs/tags/v1`, `refs/pull/1/head`. */
  name?: string;
  /** Full hexadecimal SHA-1. With `branch`, it has to be part of that branch; alone, of any branch or tag. */
  commit?: string;
};

/** The answer of the remote to a `Ref`. */
export type Resolved = {
  /** Hexadecimal SHA-1 of the commit; annotated tags are peeled. */
  commit: string;
  /** The full name of the ref it was found under, absent for a bare commit. */
  ref?: string;
  /** The artifact revision: `main@sha1:…`, `v1.0.0@sha1:…`, `refs/pull/1/head@sha1:…` (for `name`), `sha1:…`. */
  revision: string;
};

/** Author or committer of a commit; `at` is RFC 3339 in UTC. */
export type Person = { name: string; email: string; at: string };

/** What is known of a commit after its checkout. `files` counts regular files and symlinks written, submodules included. */
export type CheckedOut = { message: string; author: Person; committer: Person; files: number };

export type CheckoutRequest = {
  url: string;
  resolved: Resolved;
  ref: Ref;
  credentials: Credentials;
  /** Receives the tree, without `.git`. Created if absent, has to be empty. */
  dir: string;
  /** Directories (or files) to write instead of everything; `./` in front is ignored. Each must exist in the commit. */
  sparse?: readonly string[];
  /** Also fetch and write submodules, recursively. */
  submodules?: boolean;
  signal: AbortSignal;
};

/** Upper bounds; each has a default. Exceeding one is a `too-large` error. */
export type Limits = {
  /** Bytes of one checkout, submodules included. Default 2 GiB. */
  checkoutBytes: number;
  /** Files and symlinks of one checkout. Default 500,000. */
  checkoutFiles: number;
  /** Bytes that one fetch may bring. Default 4 GiB. */
  fetchBytes: number;
  /** Bytes of one mirror on disk; `sweep` starts a larger one anew. Default 8 GiB. */
  mirrorBytes: number;
};

/** Bare repositories on disk, one set for each URL, shared by every object that names the URL. */
export type Mirrors = {
  /** Asks the remote what `ref` means now: one `ls-remote`, nothing is fetched. Throws `GitError`. */
  resolve(url: string, ref: Ref, credentials: Credentials, signal: AbortSignal): Promise<Resolved>;
  /**
   * Writes the tree of `resolved` into `dir`, fetching the commit first if the mirror lacks it. Access is proven with the
   * caller's own credentials: by the `resolve` that returned this very `resolved` object, else by asking again. Throws
   * `GitError`; `dir` then holds whatever was written so far.
   */
  checkout(request: CheckoutRequest): Promise<CheckedOut>;
  /** Drops the mirrors of URLs outside `activeUrls` and tidies the others. Skips mirrors that are in use. */
  sweep(activeUrls: ReadonlySet<string>, signal: AbortSignal): Promise<void>;
};
