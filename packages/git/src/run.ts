import { AsyncLocalStorage } from "node:async_hooks";
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type SimpleGit, simpleGit } from "simple-git";
import { abortError, gitError } from "./errors.ts";

export type RunOptions = {
  /** Working directory; has to exist. */
  cwd: string;
  /** The whole environment of the process: nothing is inherited. */
  env: Record<string, string>;
  signal: AbortSignal;
  /** Standard input; without it git gets none. */
  input?: string;
  /** Bytes of output after which git is stopped. Default 64 MiB. */
  maxOutput?: number;
};

/** git ended with another exit code than 0, or by a signal (`exitCode` is then null). Not for users: see `explain`. */
export type GitFailure = Error & { stderr: string; exitCode: number | null };

const MAX_OUTPUT = 64 * 1024 * 1024;
/** How long git may tidy up (lock files, temporary packs) between the request to end and the order. */
const GRACE = 1000;

// simple-git strips or refuses every variable that could change what git runs, unless it is named. These are ours.
const ALLOWED_VARIABLES = [
  "GIT_CEILING_DIRECTORIES",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_TERMINAL_PROMPT",
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_LITERAL_PATHSPECS",
];

/** Runs git and returns its standard output as text. Throws `GitFailure`, or the abort as a `GitError`. */
export function runGit(args: string[], options: RunOptions): Promise<string> {
  return run(options, (git) => git.raw(args));
}

/** Runs `git cat-file` and returns its standard output byte by byte. Throws like `runGit`. */
export function catFile(args: string[], options: RunOptions): Promise<Buffer> {
  return run(options, (git) => git.binaryCatFile(args));
}

export function isGitFailure(error: unknown): error is GitFailure {
  return error instanceof Error && error.name === "GitFailure";
}

/** The one place where git is started. */
async function run<T>(options: RunOptions, task: (git: SimpleGit) => Promise<T>): Promise<T> {
  const { signal, input } = options;
  if (signal.aborted) throw abortError(signal);
  const bound = boundOutput(options.maxOutput ?? MAX_OUTPUT);
  const stop = AbortSignal.any([signal, bound.signal]);
  const slot: Slot = {};
  let failure: GitFailure | undefined;
  const git = simpleGit({
    baseDir: options.cwd,
    binary: inOwnGroup(options.env.PATH ?? "") ? ["setsid", "git"] : "git",
    allowEnvironment: ALLOWED_VARIABLES,
    unsafe: { allowUnsafeConfigPaths: true },
    // By default 50 ms after "exit" count as the end even if output is still to come.
    completion: { onClose: true, onExit: false },
    ...(input === undefined ? {} : { input: () => input }),
    // simple-git takes an exit code without words on stderr, and any death by a signal, for a success.
    errors: (error, { exitCode, stdErr }) => {
      if (!error && exitCode === 0) return undefined;
      failure = gitFailure(exitCode, Buffer.concat(stdErr).toString());
      return failure;
    },
  })
    .env(options.env)
    .outputHandler((_command, stdout, stderr) => {
      stdout.on("data", bound.count);
      stderr.on("data", bound.count);
    });
  const end = endOnAbort(slot, stop);
  try {
    return await children().run(slot, () => task(git));
  } catch (error) {
    if (stop.aborted) throw abortError(stop);
    throw failure ?? error;
  } finally {
    end();
  }
}

function gitFailure(exitCode: number | null, stderr: string): GitFailure {
  const message = `git ended with ${exitCode === null ? "a signal" : `code ${exitCode}`}: ${stderr.trim()}`;
  return Object.assign(new Error(message), { name: "GitFailure", stderr, exitCode });
}

function boundOutput(most: number): { signal: AbortSignal; count: (chunk: Buffer) => void } {
  const over = new AbortController();
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > most) over.abort(gitError("too-large", `git printed more than ${most} bytes`));
  };
  return { signal: over.signal, count };
}

type Slot = { child?: ChildProcess };

let slots: AsyncLocalStorage<Slot> | undefined;

/** simple-git does not show its child process, and stopping git alone leaves its helpers (ssh, remote-https) running. */
function children(): AsyncLocalStorage<Slot> {
  if (slots) return slots;
  const created = new AsyncLocalStorage<Slot>();
  subscribe("child_process", (message) => {
    const slot = created.getStore();
    if (slot) slot.child ??= (message as { process: ChildProcess }).process;
  });
  slots = created;
  return created;
}

/** Ends the process group of the slot's child when `stop` fires; the returned function calls that off. */
function endOnAbort(slot: Slot, stop: AbortSignal): () => void {
  let order: NodeJS.Timeout | undefined;
  const end = () => {
    endGroup(slot.child, "SIGTERM");
    order = setTimeout(() => endGroup(slot.child, "SIGKILL"), GRACE);
  };
  stop.addEventListener("abort", end, { once: true });
  return () => {
    stop.removeEventListener("abort", end);
    clearTimeout(order);
  };
}

function endGroup(child: ChildProcess | undefined, by: NodeJS.Signals, kill = process.kill): void {
  if (!child?.pid) return;
  try {
    // a leader's number is its group's number; without setsid there is no such group
    kill(-child.pid, by);
  } catch {
    child.kill(by);
  }
}

const groupLeaders = new Map<string, boolean>();

/** Whether `setsid` is there, which gives git and its helpers a process group of their own. */
function inOwnGroup(path: string): boolean {
  const known = groupLeaders.get(path);
  if (known !== undefined) return known;
  const there = path.split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, "setsid"), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  groupLeaders.set(path, there);
  return there;
}
