import { gitError } from "./errors.ts";
import type { Limits } from "./types.ts";

/** One entry of a commit's tree. `size` is 0 for submodules. */
export type Entry = { kind: "file" | "link" | "submodule"; object: string; size: number; path: string };

/** What a checkout is going to write. */
export type TreePlan = {
  /** What to hand to git as literal path specifications: `.`, or the sparse paths. Empty when nothing is to be written. */
  pathspecs: string[];
  submodules: Entry[];
  /** The entry of `.gitmodules` in the root, if it is a regular file. */
  modules?: Entry;
  files: number;
  bytes: number;
};

export type Budget = Pick<Limits, "checkoutBytes" | "checkoutFiles">;

const KINDS: Record<string, Entry["kind"]> = {
  "100644": "file",
  "100755": "file",
  // written by git before 2005's 1.0, still found in old histories
  "100664": "file",
  "120000": "link",
  "160000": "submodule",
};

/** Reads the output of `git ls-tree -r -l -z`. Throws `bad-repository` for entries that no checkout can have. */
export function parseTree(output: string): Entry[] {
  const entries: Entry[] = [];
  for (const line of output.split("\0")) {
    if (line === "") continue;
    const match = /^(\d{6}) (\w+) ([0-9a-f]+) +(-|\d+|BAD)\t([\s\S]*)$/.exec(line);
    const kind = KINDS[match?.[1] ?? ""];
    if (!match || !kind)
      throw gitError(
        "bad-repository",
        `the tree has an entry that is no file, link or submodule: ${shown(line)}`,
      );
    const [, , , object = "", size, path = ""] = match;
    if (size === "BAD") throw gitError("bad-repository", `the content of ${shown(path)} is missing`);
    entries.push({ kind, object, size: kind === "submodule" ? 0 : Number(size), path });
  }
  return entries;
}

/**
 * Decides what to write: everything, or what lies under the `sparse` paths. Refuses trees that could write outside the
 * directory or into a `.git` (`bad-repository`), sparse paths that are not there (`ref-missing`), and more than the budget
 * allows (`too-large`).
 */
export function planTree(
  entries: readonly Entry[],
  sparse: readonly string[] | undefined,
  budget: Budget,
): TreePlan {
  const wanted = sparse && normalizeSparse(sparse);
  const chosen = wanted
    ? entries.filter(({ path }) => wanted.some((root) => isUnder(path, root)))
    : [...entries];
  for (const root of wanted ?? []) {
    if (root !== "" && !chosen.some(({ path }) => isUnder(path, root))) {
      throw gitError("ref-missing", `sparse checkout path "${shown(root)}" does not exist in the commit`);
    }
  }
  refuseHostilePaths(chosen);
  const written = chosen.filter(({ kind }) => kind !== "submodule");
  const bytes = written.reduce((sum, { size }) => sum + size, 0);
  if (written.length > budget.checkoutFiles) {
    throw gitError(
      "too-large",
      `${written.length} files are more than the limit of ${budget.checkoutFiles}; ${LESS}`,
    );
  }
  if (bytes > budget.checkoutBytes) {
    throw gitError("too-large", `${bytes} bytes are more than the limit of ${budget.checkoutBytes}; ${LESS}`);
  }
  const whole = !wanted || wanted.includes("");
  const roots = whole ? ["."] : wanted.filter((root) => written.some(({ path }) => isUnder(path, root)));
  return {
    pathspecs: written.length === 0 ? [] : roots,
    submodules: chosen.filter(({ kind }) => kind === "submodule"),
    modules: entries.find(({ kind, path }) => kind === "file" && path === ".gitmodules"),
    files: written.length,
    bytes,
  };
}

const LESS = "use spec.sparseCheckout to take a part of the repository";

function normalizeSparse(paths: readonly string[]): string[] {
  return paths.map((path) => {
    const root = path
      .split("/")
      .filter((part) => part !== "" && part !== ".")
      .join("/");
    if (path.startsWith("/") || root.split("/").includes("..") || root.includes("\0")) {
      throw gitError(
        "ref-missing",
        `sparse checkout path "${shown(path)}" has to be relative and to stay inside the repository`,
      );
    }
    return root;
  });
}

function isUnder(path: string, root: string): boolean {
  return root === "" || path === root || path.startsWith(`${root}/`);
}

/** git refuses most of this too; a checkout is what tenants control, so it is checked here as well, before anything is written. */
function refuseHostilePaths(entries: readonly Entry[]): void {
  const leaves = new Set<string>();
  const directories = new Set<string>();
  for (const { path } of entries) {
    const parts = path.split("/");
    if (parts.some(isHostileName) || path.length > 4000) {
      throw gitError("bad-repository", `the commit contains the path "${shown(path)}", which is not allowed`);
    }
    // git's output is decoded as UTF-8; a replacement character stands for bytes that are not
    if (path.includes("\uFFFD")) {
      throw gitError(
        "unsupported",
        `the file name "${shown(path)}" is not UTF-8; rename it, or leave it out with spec.sparseCheckout`,
      );
    }
    if (leaves.has(path)) throw gitError("bad-repository", `the commit contains "${shown(path)}" twice`);
    leaves.add(path);
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const directory = path.slice(0, end);
      if (directories.has(directory)) break;
      directories.add(directory);
    }
  }
  for (const directory of directories) {
    // a link and a directory of one name: writing "into" the link would leave the checkout
    if (leaves.has(directory))
      throw gitError("bad-repository", `"${shown(directory)}" is both a file and a directory`);
  }
}

function isHostileName(name: string): boolean {
  return (
    name === "" || name === "." || name === ".." || /^(\.git|git~1)[. ]*$/i.test(name) || name.length > 255
  );
}

function shown(text: string): string {
  return text.replace(/\p{Cc}/gu, "?").slice(0, 300);
}
