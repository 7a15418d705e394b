import { type BuildOptions, type BuildResult, build } from "./build.ts";
import { fail } from "./errors.ts";
import type { RemoteBase } from "./load/loader.ts";
import { parseRemoteUrl, type RemoteUrl, redactRemote } from "./load/remote-url.ts";

const MAX_REMOTES = 100;

/** Where a repository lies now, and the commit that lies there, by which `files` and `hash` of a build name its files. */
export type Fetched = { directory: string; commit?: string };

/**
 * Builds like `build`, with remote bases: builds until one is missing, has it fetched, and builds again. A fetched
 * repository's files are read below its directory only. At most 100 different addresses. Throws KustomizeError, also for
 * what `fetch` throws, with the entry that asked for it.
 */
export async function buildWithRemotes(
  dir: string,
  options: BuildOptions,
  fetch: (url: RemoteUrl) => Promise<Fetched>,
): Promise<BuildResult> {
  const known = new Map<string, RemoteBase | { problem: string }>();
  for (;;) {
    let missing: string | undefined;
    const remote = (url: string): RemoteBase | undefined => {
      const found = known.get(url);
      if (found && "problem" in found)
        fail("remote", `cannot fetch '${redactRemote(url)}': ${found.problem}`);
      if (!found) missing = url;
      return found;
    };
    try {
      return build(dir, { ...options, remote });
    } catch (thrown) {
      if (missing === undefined) throw thrown;
    }
    if (known.size >= MAX_REMOTES)
      fail("too-large", `more than ${MAX_REMOTES} remote bases; bring them into a repository of your own`);
    known.set(missing, await resolveRemote(missing, fetch));
  }
}

async function resolveRemote(
  text: string,
  fetch: (url: RemoteUrl) => Promise<Fetched>,
): Promise<RemoteBase | { problem: string }> {
  try {
    const url = parseRemoteUrl(text);
    const { directory, commit } = await fetch(url);
    const at = (version: string | undefined): string =>
      redactRemote(version ? `${url.repository}@${version}` : url.repository);
    // Where there is no path, kustomize's origins show the name it has for what is not cloned yet.
    const origin = { path: url.path || "notCloned", repo: url.clone, ref: url.ref };
    return { directory, path: url.path, name: at(url.ref), id: at(commit ?? url.ref), origin };
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
