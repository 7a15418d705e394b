import { fail } from "../errors.ts";
import type { Origin } from "../resource.ts";

/** A remote base as kustomize writes it, taken apart. */
export type RemoteUrl = {
  /** Address of the repository, as https, http or ssh. */
  repository: string;
  /** The same as kustomize hands it to git, which is how origin annotations name it; without a password. */
  clone: string;
  /** Directory inside it; "" is its top. */
  path: string;
  /** Branch, tag, commit or full ref name; absent means the default branch. */
  ref?: string;
  submodules: boolean;
  timeoutMs: number;
};

const DEFAULT_TIMEOUT_MS = 27_000;
const MAX_TIMEOUT_MS = 600_000;

/**
 * Takes a remote base apart: `https://host/org/repo//path?ref=v1`, `git@host:org/repo.git//path`, `ssh://…`,
 * `github.com/org/repo/path`, `gh:org/repo`, with or without `git::`. Where `//` does not say where the repository ends,
 * `.git` does, else it is `_git/name` or the first two parts. Throws `remote` for anything else.
 */
export function parseRemoteUrl(text: string): RemoteUrl {
  const [address = "", query = ""] = splitOnce(text.replace(/^git::/, ""), "?");
  const parameters = new URLSearchParams(query);
  const { base, prefix, rest } = splitHost(address, text);
  const { repository, path } = splitRepository(rest, text);
  return {
    repository: `${base}/${repository}`,
    clone: redactRemote((prefix ?? `${base}/`) + repository),
    path: insidePath(path, text),
    ref: parameters.get("ref") || parameters.get("version") || undefined,
    submodules: parameters.get("submodules") !== "false",
    timeoutMs: timeoutOf(parameters.get("timeout"), text),
  };
}

/** A text for messages: remote addresses in it without password or token, also where these are parameters. */
export const redactRemote = (text: string): string =>
  text
    .replace(/(https?:\/\/)[^/@\s]*@/gi, "$1***@")
    .replace(/\/\/[^/@\s]*:[^/@\s]*@/g, "//***@")
    .replace(/([?&](?!(?:ref|version|timeout|submodules)=)[^=&\s]*=)[^&\s]+/g, "$1***");

/** Where a remote address leads, as origin annotations tell it: with kustomize's name for what is not cloned where there is no path. */
export const originOfRemote = ({ path, clone, ref }: RemoteUrl): Origin => ({
  path: path || "notCloned",
  repo: clone,
  ref,
});

/** Whether an address over HTTP can only be that of a repository. */
export const isRepository = (url: string): boolean =>
  /^[^?]*[^:]\/\/|^[^?]*(?:\.git(?:[/?]|$)|\/_git\/)/.test(url);

/** A remote address taken apart; undefined for one that is none of a repository. */
export function tryRemoteUrl(text: string): RemoteUrl | undefined {
  try {
    return parseRemoteUrl(text);
  } catch {
    return undefined;
  }
}

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + by.length)];
}

/** `prefix` is what kustomize puts before the repository, where that is not `base` and a slash. */
function splitHost(address: string, text: string): { base: string; prefix?: string; rest: string } {
  const url = /^(https?|ssh):\/\/([^/]+)\/(.*)$/.exec(address);
  if (url) {
    const [, scheme, authority, rest] = url as unknown as [string, string, string, string];
    const github = /^([a-z][a-z0-9-]*@)?github\.com$/i.exec(authority);
    const overSsh = github && (scheme === "ssh" || github[1]);
    const prefix = github ? (overSsh ? `${github[1] ?? ""}github.com:` : "https://github.com/") : undefined;
    return { base: `${scheme}://${authority}`, prefix, rest };
  }
  const scp = /^([\w.-]+@[\w.-]+):(\/?)(.*)$/.exec(address);
  if (scp) return { base: `ssh://${scp[1]}`, prefix: `${scp[1]}:${scp[2]}`, rest: scp[3]! };
  const short = /^gh:(.*)$/.exec(address);
  if (short) return { base: "https://github.com", rest: short[1]! };
  const bare = /^([\w-]+(?:\.[\w-]+)+)[/:](.*)$/.exec(address);
  if (bare) return { base: `https://${bare[1]}`, rest: bare[2]! };
  return fail(
    "remote",
    `remote resource '${redactRemote(text)}' is not understood; write https://host/org/repo//path?ref=tag or ` +
      "ssh://git@host/org/repo//path?ref=tag",
  );
}

function splitRepository(rest: string, text: string): { repository: string; path: string } {
  if (rest.includes("//")) {
    const [repository, path] = splitOnce(rest, "//");
    return { repository, path };
  }
  const suffix = /^(.+?\.git)(?:\/(.*))?$/.exec(rest) ?? /^(.*?_git\/[^/]+)(?:\/(.*))?$/.exec(rest);
  if (suffix) return { repository: suffix[1]!, path: suffix[2] ?? "" };
  const [org, name, ...more] = rest.split("/");
  if (!org || !name) {
    fail("remote", `remote resource '${redactRemote(text)}' does not name a repository: expected org/repo`);
  }
  return { repository: `${org}/${name}`, path: more.join("/") };
}

function insidePath(path: string, text: string): string {
  const inside: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") inside.push(part);
    else if (inside.pop() === undefined)
      fail("outside-root", `remote resource '${redactRemote(text)}' leaves its repository; remove '..'`);
  }
  return inside.join("/");
}

// As kustomize: Go's duration, or a number of seconds.
function timeoutOf(given: string | null, text: string): number {
  if (!given) return DEFAULT_TIMEOUT_MS;
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, "": 1000 };
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(given);
  const timeout = match ? Number(match[1]) * units[match[2] ?? ""]! : 0;
  if (!(timeout > 0)) {
    fail("remote", `remote resource '${redactRemote(text)}': timeout=${given} is no duration; e.g. 30s`);
  }
  return Math.min(timeout, MAX_TIMEOUT_MS);
}
