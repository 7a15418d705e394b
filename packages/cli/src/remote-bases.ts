import { join } from "node:path";
import {
  type Credentials,
  isGitError,
  type Mirrors,
  openMirrors,
  type Ref,
  type Resolved,
} from "@sluice/git";
import type { Fetched, RemoteUrl } from "@sluice/kustomize";

/** Where repositories are mirrored, and where what is read of them lies during one build. */
export type RemoteDirs = { mirrors: string; trees: string };

/**
 * Fetches the repositories of remote bases, each repository and ref once. SSH addresses get the keys and known hosts of
 * `sshCredentials`, others only what they hold themselves.
 */
export function remoteBases(dirs: RemoteDirs, sshCredentials: () => Credentials, signal: AbortSignal) {
  const mirrors = openMirrors(dirs.mirrors);
  const fetched = new Map<string, Promise<Fetched>>();
  return (url: RemoteUrl): Promise<Fetched> => {
    const key = JSON.stringify([url.repository, url.ref, url.submodules]);
    const known = fetched.get(key);
    if (known) return known;
    const directory = join(dirs.trees, String(fetched.size));
    const credentials = url.repository.startsWith("ssh://") ? sshCredentials() : {};
    const fetching = fetch(mirrors, url, directory, credentials, signal);
    fetched.set(key, fetching);
    return fetching;
  };
}

async function fetch(
  mirrors: Mirrors,
  { repository: url, ref: wanted, submodules, timeoutMs }: RemoteUrl,
  dir: string,
  credentials: Credentials,
  interrupted: AbortSignal,
): Promise<Fetched> {
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([interrupted, limit]);
  try {
    const { resolved, ref } = await resolveAny(mirrors, url, refsOf(wanted), credentials, signal);
    await mirrors.checkout({ url, resolved, ref, credentials, dir, submodules, signal });
    return { directory: dir, commit: resolved.commit };
  } catch (thrown) {
    if (!limit.aborted || interrupted.aborted) throw thrown;
    throw new Error(`not there after ${timeoutMs / 1000} s; give it longer with ?timeout=2m`);
  }
}

/** What the `ref` of a remote base may mean, in the order to try. */
function refsOf(ref: string | undefined): [Ref, ...Ref[]] {
  if (ref === undefined) return [{ name: "HEAD" }];
  if (/^[0-9a-f]{40}$/.test(ref)) return [{ commit: ref }];
  if (ref.startsWith("refs/")) return [{ name: ref }];
  return [{ branch: ref }, { tag: ref }];
}

async function resolveAny(
  mirrors: Mirrors,
  url: string,
  [ref, ...others]: [Ref, ...Ref[]],
  credentials: Credentials,
  signal: AbortSignal,
): Promise<{ resolved: Resolved; ref: Ref }> {
  try {
    return { resolved: await mirrors.resolve(url, ref, credentials, signal), ref };
  } catch (thrown) {
    const [next, ...more] = others;
    if (!next || !isGitError(thrown) || thrown.code !== "ref-missing") throw thrown;
    return resolveAny(mirrors, url, [next, ...more], credentials, signal);
  }
}
