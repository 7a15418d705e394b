import { type BuildOptions, type BuildResult, build } from "./build.ts";
import { fail } from "./errors.ts";
import type { RemoteBase } from "./load/loader.ts";
import { parseRemoteUrl, type RemoteUrl, redactRemote } from "./load/remote-url.ts";

const MAX_REMOTES = 100;

/**
 * Builds like `build`, with remote bases: builds until one is missing, has it fetched, and builds again. `fetch` returns
 * where the repository lies now; its files are read below it only. At most 100 different addresses. Throws
 * KustomizeError, also for what `fetch` throws, with the entry that asked for it.
 */
export async function buildWithRemotes(
  dir: string,
  options: BuildOptions,
  fetch: (url: RemoteUrl) => Promise<{ directory: string }>,
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
  fetch: (url: RemoteUrl) => Promise<{ directory: string }>,
): Promise<RemoteBase | { problem: string }> {
  try {
    const url = parseRemoteUrl(text);
    const { directory } = await fetch(url);
    const name = url.ref ? `${url.repository}@${url.ref}` : url.repository;
    return { directory, path: url.path, name: redactRemote(name) };
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
