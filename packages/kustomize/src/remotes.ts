import { type BuildOptions, type BuildResult, build } from "./build.ts";
import { fail } from "./errors.ts";
import type { RemoteBase, Remotes } from "./load/loader.ts";
import { originOfRemote, parseRemoteUrl, type RemoteUrl, redactRemote } from "./load/remote-url.ts";

const MAX_REMOTES = 100;

/** Where a repository lies now, and the commit that lies there, by which `files` and `hash` of a build name its files. */
export type Fetched = { directory: string; commit?: string };

/** What gets a repository, and a file over HTTP. What they throw is told with the address, which is why it holds none. */
export type Fetchers = {
  repository(url: RemoteUrl): Promise<Fetched>;
  file(url: string): Promise<Buffer>;
};

/** Thrown by a build that needs something which is still to be fetched. */
class Missing extends Error {
  readonly key: string;
  readonly fetch: () => Promise<unknown>;
  constructor(key: string, fetch: () => Promise<unknown>) {
    super("not fetched yet");
    this.key = key;
    this.fetch = fetch;
  }
}

/**
 * Builds like `build`, with remote bases and files: builds until one is missing, has it fetched, and builds again. A fetched
 * repository's files are read below its directory only. At most 100 different addresses. Throws KustomizeError, also for
 * what the fetchers throw, with the entry that asked for it.
 */
export async function buildWithRemotes(
  dir: string,
  options: BuildOptions,
  fetchers: Fetchers,
): Promise<BuildResult> {
  const known = new Map<string, { answer: unknown } | { problem: string }>();
  const ask = <T>(kind: string, url: string, fetch: () => Promise<T>): T => {
    const key = `${kind} ${url}`;
    const found = known.get(key);
    if (!found) throw new Missing(key, fetch);
    if ("answer" in found) return found.answer as T;
    return fail("remote", `cannot fetch '${redactRemote(url)}': ${found.problem}`);
  };
  const remote: Remotes = {
    base: (url) => ask("base", url, () => resolveBase(url, fetchers)),
    file: (url) => ask("file", url, () => fetchers.file(url)),
  };
  for (;;) {
    try {
      return build(dir, { ...options, remote });
    } catch (thrown) {
      if (!(thrown instanceof Missing)) throw thrown;
      if (known.size >= MAX_REMOTES)
        fail(
          "too-large",
          `more than ${MAX_REMOTES} remote bases and files; bring them into a repository of your own`,
        );
      known.set(
        thrown.key,
        await thrown.fetch().then(
          (answer) => ({ answer }),
          (problem) => ({ problem: problem instanceof Error ? problem.message : String(problem) }),
        ),
      );
    }
  }
}

async function resolveBase(text: string, { repository }: Fetchers): Promise<RemoteBase> {
  const url = parseRemoteUrl(text);
  const { directory, commit } = await repository(url);
  const at = (version: string | undefined): string =>
    redactRemote(version ? `${url.repository}@${version}` : url.repository);
  return {
    directory,
    path: url.path,
    name: at(url.ref),
    id: at(commit ?? url.ref),
    origin: originOfRemote(url),
  };
}
