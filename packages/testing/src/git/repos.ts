import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gitConfig, runGit } from "./run.ts";

/** Content of one file: text or bytes; or an executable, a symlink, a submodule pinned to a commit. */
export type FileContent = string | Buffer | { executable: string } | { link: string } | { submodule: string };

export type Files = Record<string, FileContent>;

export type CommitOptions = {
  /** Written over what the branch holds. */
  files?: Files;
  /** Paths to remove; a directory goes with everything in it. */
  delete?: readonly string[];
  message?: string;
  /** Default `main`. A branch that does not exist starts without history. */
  branch?: string;
  author?: { name: string; email: string };
  /** Milliseconds since the epoch; otherwise a minute after the previous commit made here. */
  at?: number;
};

export type TagOptions = {
  /** What it points at: default `main`. */
  target?: string;
  /** Makes it an annotated tag. */
  message?: string;
};

/** Bare repositories that servers can share, written with plumbing commands only. */
export type Repos = {
  /** The directory that holds them. */
  root: string;
  /** Makes a repository with one commit (none when `files` is absent) and returns that commit. */
  create(name: string, options?: CommitOptions): Promise<string>;
  /** Adds a commit on top of the branch and returns it. */
  commit(name: string, options: CommitOptions): Promise<string>;
  tag(name: string, tag: string, options?: TagOptions): Promise<void>;
  /** Runs git inside the repository and returns the trimmed output: for whatever the functions above cannot do. */
  git(name: string, args: readonly string[], input?: string | Buffer): Promise<string>;
  /** Serves an existing repository (a work tree or a bare one) under `name`, read-only. */
  serve(path: string, name: string): Promise<void>;
  /** The git directory served under `name`. */
  dirOf(name: string): { dir: string; writable: boolean } | undefined;
  /** Removes what was created here. Repositories given to `serve` stay untouched. */
  close(): Promise<void>;
};

const FIRST_COMMIT = Date.UTC(2026, 0, 1);
const NAME = /^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/;

/** Opens a set of repositories under `root`, or under a temporary directory that `close` removes. */
export async function openRepos(options: { root?: string } = {}): Promise<Repos> {
  const root = options.root ?? (await mkdtemp(join(tmpdir(), "sluice-repos-")));
  const served = new Map<string, { dir: string; writable: boolean }>();
  let at = FIRST_COMMIT;

  const dirOf = (name: string) => served.get(name.replace(/\.git$/, ""));
  const dir = (name: string) => {
    const found = dirOf(name);
    if (!found) throw new Error(`no repository ${name}: create it first`);
    return found.dir;
  };
  const git = async (name: string, args: readonly string[], input?: string | Buffer) =>
    (await runGit(args, { cwd: dir(name), input, env: identity(at) })).toString().trim();

  const commit = async (name: string, wanted: CommitOptions) => {
    at = wanted.at ?? at + 60_000;
    const branch = `refs/heads/${wanted.branch ?? "main"}`;
    const known = await git(name, ["for-each-ref", "--format=%(refname)", branch]);
    const script = fastImport({ ...wanted, at }, branch, known !== "");
    return (await runGit(["fast-import", "--quiet"], { cwd: dir(name), input: script })).toString().trim();
  };

  return {
    root,
    dirOf,
    git,
    commit,
    async create(name, wanted = {}) {
      if (!NAME.test(name)) throw new Error(`${name} cannot name a repository`);
      const path = join(root, `${name.replace(/\.git$/, "")}.git`);
      await mkdir(dirname(path), { recursive: true });
      await runGit([
        "init",
        "--quiet",
        "--bare",
        "--template=",
        `--initial-branch=${wanted.branch ?? "main"}`,
        path,
      ]);
      served.set(name.replace(/\.git$/, ""), { dir: path, writable: true });
      return wanted.files ? commit(name, wanted) : "";
    },
    async tag(name, tag, { target = "main", message } = {}) {
      await git(name, message ? ["tag", "-a", "-m", message, tag, target] : ["tag", tag, target]);
    },
    async serve(path, name) {
      const found = await runGit(["rev-parse", "--absolute-git-dir"], { cwd: path, env: ownedByAnyone() });
      served.set(name.replace(/\.git$/, ""), { dir: found.toString().trim(), writable: false });
    },
    async close() {
      if (!options.root) await rm(root, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** Lets git read a repository that belongs to another user: someone asked for this one by name. */
function ownedByAnyone(): Record<string, string> {
  return gitConfig({ "safe.directory": "*" });
}

function identity(at: number): Record<string, string> {
  const date = `${Math.floor(at / 1000)} +0000`;
  return {
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.com",
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.com",
    GIT_COMMITTER_DATE: date,
  };
}

/** The stream that makes `git fast-import` add one commit and print its name: a single process however many files. */
function fastImport(options: CommitOptions & { at: number }, branch: string, exists: boolean): Buffer {
  const { name, email } = options.author ?? { name: "Ada", email: "ada@example.com" };
  const person = `${name} <${email}> ${Math.floor(options.at / 1000)} +0000`;
  const parts: (string | Buffer)[] = [
    `commit ${branch}\nmark :1\nauthor ${person}\ncommitter ${person}\n`,
    ...data(options.message ?? "A change"),
  ];
  if (exists) parts.push(`from ${branch}^0\n`);
  for (const path of options.delete ?? []) parts.push(`D ${quoted(path)}\n`);
  for (const [path, content] of Object.entries(options.files ?? {})) parts.push(...entry(path, content));
  parts.push("\nget-mark :1\n");
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

function entry(path: string, content: FileContent): (string | Buffer)[] {
  const file = quoted(path);
  if (typeof content === "string" || Buffer.isBuffer(content))
    return [`M 100644 inline ${file}\n`, ...data(content)];
  if ("executable" in content) return [`M 100755 inline ${file}\n`, ...data(content.executable)];
  if ("link" in content) return [`M 120000 inline ${file}\n`, ...data(content.link)];
  return [`M 160000 ${content.submodule} ${file}\n`];
}

function data(content: string | Buffer): (string | Buffer)[] {
  const bytes = Buffer.from(content as string);
  return [`data ${bytes.length}\n`, bytes, "\n"];
}

function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
