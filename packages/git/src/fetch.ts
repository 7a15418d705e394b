import { type Bare, boundedFetch, destroy, here, isDamaged, keptAt, prepare, readCommit } from "./bare.ts";
import type { CommitInfo } from "./commit.ts";
import { gitError } from "./errors.ts";
import { type Access, askRemote } from "./remote.ts";
import { runGit } from "./run.ts";

export type FetchOptions = {
  access: Access;
  /** Environment of commands that stay on this machine. */
  env: Record<string, string>;
  fetchBytes: number;
  signal: AbortSignal;
};

const FETCH = [
  "fetch",
  "--no-tags",
  "--no-recurse-submodules",
  "--no-auto-maintenance",
  "--no-write-fetch-head",
];

/**
 * Makes sure that `commit` with its whole tree, but without history, is in the repository. `ref` is the ref that it was
 * seen under; without one it is asked for by its number. Call it as a writer. Throws `ref-missing` when it is gone.
 */
export async function fetchTip(
  bare: Bare,
  commit: string,
  ref: string | undefined,
  options: FetchOptions,
): Promise<CommitInfo> {
  return selfHealing(bare, options, async () => {
    const known = await readCommit(bare, keptAt(commit), options);
    // after a crash it may be another: see below
    if (known?.commit === commit) return known;
    for (const source of ref ? [ref, commit] : [commit]) {
      await fetch(bare, ["--depth=1"], [`+${source}:${keptAt(commit)}`], options);
      const got = await readCommit(bare, keptAt(commit), options);
      if (got?.commit === commit) return got;
      // the ref moved on since it was resolved: what came is another commit
      await runGit(["update-ref", "-d", keptAt(commit)], here(bare, options));
    }
    throw gitError("ref-missing", `${options.access.remote.href}: commit ${commit} is not there any more`);
  });
}

/**
 * Makes sure that `commit` is part of the history of the remote's `branch`, or of any branch or tag. `tips` are the commits
 * that the caller has seen at the tips, which vouch for what is mirrored already. Call it as a writer. Throws `ref-missing`.
 */
export async function fetchHistory(
  bare: Bare,
  commit: string,
  branch: string | undefined,
  tips: ReadonlySet<string>,
  options: FetchOptions,
): Promise<CommitInfo> {
  return selfHealing(bare, options, async () => {
    const before = await containing(bare, commit, options);
    if (![...before.values()].some((tip) => tips.has(tip))) {
      const target = branch && `refs/sluice/branch/${branch.replaceAll("%", "%25").replaceAll("/", "%2F")}`;
      const refspecs = target
        ? [`+refs/heads/${branch}:${target}`]
        : ["+refs/heads/*:refs/sluice/heads/*", "+refs/tags/*:refs/sluice/tags/*"];
      await fetch(bare, target ? [] : ["--prune"], refspecs, options);
      const after = [...(await containing(bare, commit, options)).keys()];
      const vouched = after.some((ref) => (target ? ref === target : !ref.startsWith("refs/sluice/branch/")));
      if (!vouched) {
        const where = branch ? `branch ${branch}` : "any branch or tag";
        throw gitError(
          "ref-missing",
          `${options.access.remote.href}: commit ${commit} is not part of ${where}`,
        );
      }
    }
    const info = await readCommit(bare, commit, options);
    if (!info) throw gitError("ref-missing", `${options.access.remote.href}: ${commit} is not a commit`);
    return info;
  });
}

/** The mirrored refs, and the commits they lead to, whose history contains `commit`. */
async function containing(bare: Bare, commit: string, options: FetchOptions): Promise<Map<string, string>> {
  if (!(await readCommit(bare, commit, options))) return new Map();
  const format = "--format=%(refname) %(objectname) %(*objectname)";
  const output = await runGit(
    ["for-each-ref", `--contains=${commit}`, format, "refs/sluice"],
    here(bare, options),
  );
  const lines = output.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [ref = "", object = "", peeled] = line.split(" ");
      return [ref, peeled || object];
    }),
  );
}

function fetch(bare: Bare, depth: string[], refspecs: string[], options: FetchOptions): Promise<string> {
  const args = [...FETCH, ...depth, "--", options.access.remote.href, ...refspecs];
  return boundedFetch(bare, options.fetchBytes, options.signal, (signal) =>
    askRemote(options.access, args, { cwd: bare.dir, env: { GIT_DIR: bare.dir }, signal }),
  );
}

/** Prepares the repository and does the work; if the repository turns out to be damaged, once more with a new one. */
async function selfHealing<T>(bare: Bare, options: FetchOptions, work: () => Promise<T>): Promise<T> {
  const attempt = async () => {
    await prepare(bare, options);
    return work();
  };
  try {
    return await attempt();
  } catch (error) {
    if (!isDamaged(error) || bare.readers > 0) throw error;
    await destroy(bare);
    return attempt();
  }
}
