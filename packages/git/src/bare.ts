import { access, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommitInfo, parseCommit } from "./commit.ts";
import { abortError, gitError, isGitError } from "./errors.ts";
import { catFile, isGitFailure, type RunOptions, runGit } from "./run.ts";

/** One bare repository of the mirrors. Writers take turns; checkouts read it side by side. */
export type Bare = {
  dir: string;
  /** The last in the queue of writers. */
  turn: Promise<unknown>;
  readers: number;
  /** Whether this process has made sure that it is there and has no leftovers of a crash. */
  ready: boolean;
  /** Set when reading it failed: it is made anew before its next use. */
  damaged: boolean;
  /** Commits that were checked out since the last sweep. */
  used: Set<string>;
};

/** What local commands run with. */
export type Local = { env: Record<string, string>; signal: AbortSignal };

// Sources are taken as they were committed, as go-git does: no line endings, keywords, encodings or filters (LFS).
const ATTRIBUTES = "* -text !eol -ident -filter -working-tree-encoding\n";
const KEPT = "refs/sluice/at/";

/** The record of a bare repository at `dir`, which may not exist yet. */
export function bareAt(dir: string): Bare {
  return { dir, turn: Promise.resolve(), readers: 0, ready: false, damaged: false, used: new Set() };
}

/** Runs `work` when all earlier writers are done. A caller whose signal fires while it waits leaves the queue. */
export async function exclusively<T>(bare: Bare, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const before = bare.turn;
  let done: () => void = () => {};
  bare.turn = new Promise<void>((resolve) => {
    done = resolve;
  });
  try {
    await untilAborted(before, signal);
  } catch (error) {
    // whoever comes next still has to wait for those before
    void before.then(done);
    throw error;
  }
  try {
    return await work();
  } finally {
    done();
  }
}

function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.reject(abortError(signal));
  return new Promise((resolve, reject) => {
    const leave = () => reject(abortError(signal));
    signal.addEventListener("abort", leave, { once: true });
    void work.then(resolve).finally(() => signal.removeEventListener("abort", leave));
  });
}

/** Creates the repository if need be and removes what a crash may have left. Call it as a writer. */
export async function prepare(bare: Bare, local: Local): Promise<void> {
  if (bare.damaged && bare.readers === 0) await destroy(bare);
  if (bare.ready) return;
  if (await isMade(bare)) {
    await removeLeftovers(bare);
  } else {
    await rm(bare.dir, { recursive: true, force: true });
    await mkdir(bare.dir, { recursive: true });
    await runGit(["init", "--bare", "."], { ...local, cwd: bare.dir });
    await mkdir(join(bare.dir, "info"), { recursive: true });
    await writeFile(attributesOf(bare), ATTRIBUTES);
  }
  bare.ready = true;
}

/** Removes lock files and half-received packs: nobody else writes here, so whoever made them is gone. */
async function removeLeftovers(bare: Bare): Promise<void> {
  const names = await readdir(bare.dir, { recursive: true }).catch(() => []);
  for (const name of names) {
    if (/\.lock$|(^|\/)tmp_(pack|idx|rev|obj)_/.test(name))
      await rm(join(bare.dir, name), { recursive: true, force: true });
  }
}

/** Forgets everything that was mirrored. Call it as a writer. */
export async function destroy(bare: Bare): Promise<void> {
  bare.ready = false;
  bare.damaged = false;
  bare.used.clear();
  await rm(bare.dir, { recursive: true, force: true });
}

/** The ref under which a fetched commit is kept. It is written last, so the commit is complete when it is there. */
export function keptAt(commit: string): string {
  return KEPT + commit;
}

/** Reads the commit that a ref or object name leads to, or undefined if it is not in the repository. */
export async function readCommit(
  bare: Bare,
  name: string,
  local: Local,
): Promise<(CommitInfo & { commit: string }) | undefined> {
  const output = await catFile(["--batch"], { ...here(bare, local), input: `${name}^{commit}\n` });
  const end = output.indexOf("\n");
  const [, commit, size] = /^([0-9a-f]{40}) commit (\d+)$/.exec(output.subarray(0, end).toString()) ?? [];
  if (!commit) return undefined;
  return { commit, ...parseCommit(output.subarray(end + 1, end + 1 + Number(size))) };
}

/** Options that run a command inside the repository. */
export function here(bare: Bare, local: Local): RunOptions {
  return { ...local, cwd: bare.dir, env: { ...local.env, GIT_DIR: bare.dir } };
}

/**
 * Runs `fetch` while watching how much of a pack arrives; stops it with `too-large` beyond `most` bytes. What arrived between
 * two looks counts at the end.
 */
export async function boundedFetch<T>(
  bare: Bare,
  most: number,
  signal: AbortSignal,
  fetch: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const tooLarge = () => gitError("too-large", `the fetch brought more than the limit of ${most} bytes`);
  const watch = setInterval(async () => {
    if ((await packBytes(bare, /^tmp_pack_/)) > most) over.abort(tooLarge());
  }, 200);
  const before = await packBytes(bare, /\.pack$/);
  try {
    const fetched = await fetch(AbortSignal.any([signal, over.signal]));
    if ((await packBytes(bare, /\.pack$/)) - before > most) {
      bare.damaged = true; // made anew, without what should not be here
      throw tooLarge();
    }
    return fetched;
  } catch (error) {
    await removeLeftovers(bare);
    throw error;
  } finally {
    clearInterval(watch);
  }
}

async function packBytes(bare: Bare, which: RegExp): Promise<number> {
  const dir = join(bare.dir, "objects", "pack");
  const names = (await readdir(dir).catch(() => [])).filter((name) => which.test(name));
  // a file may be renamed between the two looks
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(dir, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Packs after which a mirror is packed anew: every fetch adds one, and each makes a look-up slower. */
const MANY_PACKS = 24;

/** Commits that are kept though nobody used them: a fetch tells the server what it need not send again. */
const KEPT_COMMITS = 8;

/**
 * When there are many packs, lets go of old commits that were not used since the last time and packs the rest anew; a mirror
 * that is still larger than `most` bytes is dropped, to be fetched anew. Call it as a writer, without readers.
 */
export async function tidy(bare: Bare, most: number, local: Local): Promise<void> {
  if (!(await isMade(bare))) return;
  const packs = await readdir(join(bare.dir, "objects", "pack")).catch(() => []);
  const many = packs.filter((name) => name.endsWith(".pack")).length > MANY_PACKS;
  if (many || (await packBytes(bare, /\.pack$/)) > most) {
    const run = here(bare, local);
    const newestFirst = ["for-each-ref", "--sort=-committerdate", "--format=%(refname)", KEPT];
    const old = (await runGit(newestFirst, run))
      .split("\n")
      .filter((ref) => ref !== "")
      .slice(KEPT_COMMITS);
    const idle = old.filter((ref) => !bare.used.has(ref.slice(KEPT.length)));
    if (idle.length > 0) {
      const input = idle.map((ref) => `delete ${ref}\n`).join("");
      await runGit(["update-ref", "--stdin"], { ...run, input });
    }
    await runGit(["gc", "--prune=now", "--quiet"], run);
    if ((await packBytes(bare, /\.pack$/)) > most) await destroy(bare);
  }
  bare.used.clear();
}

/** Whether an error means that the repository on disk itself is damaged, so that a new one will help. */
export function isDamaged(error: unknown): boolean {
  if (isGitError(error)) return error.code === "bad-repository";
  // simple-git's complaint when someone removed the directory
  if (error instanceof Error && error.name !== "GitFailure")
    return /directory that does not exist/.test(error.message);
  return (
    isGitFailure(error) &&
    /not a git repository|corrupt|bad object|is missing|unable to read|bad (pack|index)|invalid object|inflate|shallow file/i.test(
      error.stderr,
    )
  );
}

function attributesOf(bare: Bare): string {
  return join(bare.dir, "info", "attributes");
}

/** The attributes are written last: with them a repository is whole. */
async function isMade(bare: Bare): Promise<boolean> {
  return access(attributesOf(bare)).then(
    () => true,
    () => false,
  );
}
