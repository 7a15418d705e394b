import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { compareBytes } from "@sluice/yaml";
import type { ChartFile } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { logLine, type Warn } from "../values/warn.ts";
import { withoutMark } from "./archive.ts";
import { type Ignore, parseIgnore } from "./ignore.ts";
import { type Budget, limits } from "./limits.ts";

/**
 * The files below `dir` that its `.helmignore` leaves, sorted by directory. Symlinks are followed, as Helm does, but not in
 * circles and, if there is a `root`, not out of it.
 * @param root a directory; whatever a link leads to must lie in it
 * @param warn hears of links that are followed, unless there is a `root`: they may be those of others
 * @throws {ChartError} `bad-archive`, `bad-ignore`, `limit`
 */
export function readDirectory(
  dir: string,
  budget: Budget,
  root?: string,
  warn: Warn = () => {},
): ChartFile[] {
  const walk: Walk = {
    dir: resolve(dir),
    warn,
    budget,
    root: root === undefined ? undefined : realpathSync(root),
    ignore: () => false,
    files: [],
    entered: 0,
  };
  const top = resolveLink(walk, walk.dir);
  walk.ignore = parseIgnore(readIgnoreFile(walk));
  visitAll(walk, "", [top]);
  return walk.files;
}

type Walk = {
  readonly dir: string;
  readonly warn: Warn;
  readonly budget: Budget;
  readonly root?: string;
  ignore: Ignore;
  readonly files: ChartFile[];
  entered: number;
};

/**
 * Reads a file, following links, unless they lead out of the `root`.
 * @returns undefined if it is not there
 * @throws {ChartError} `bad-archive`, `limit`
 */
export function readFileWithin(path: string, maxBytes: number, root?: string): Buffer | undefined {
  try {
    const real = realpathSync(path);
    if (root !== undefined) expectInside(real, realpathSync(root), path);
    const info = lstatSync(real);
    // A pipe would be waited for.
    if (!info.isFile()) throw irregular(path, path);
    if (info.size > maxBytes) throw tooLarge(path, maxBytes);
    return readFileSync(real);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw asChartError(thrown, path);
  }
}

function readIgnoreFile({ dir, root }: Walk): string {
  return readFileWithin(join(dir, ".helmignore"), limits.maxIgnoreBytes, root)?.toString() ?? "";
}

/** Visits what a directory holds. `above` are the real paths of the directories that the walk is in. */
function visitAll(walk: Walk, path: string, above: readonly string[]): void {
  if (++walk.entered > limits.maxDirectories)
    throw new ChartError("limit", `chart has more than ${limits.maxDirectories} directories`);
  let names: string[];
  try {
    names = readdirSync(join(walk.dir, path));
  } catch (thrown) {
    throw asChartError(thrown, join(walk.dir, path));
  }
  for (const name of names.sort(compareBytes)) visit(walk, path === "" ? name : `${path}/${name}`, above);
}

function visit(walk: Walk, path: string, above: readonly string[]): void {
  const full = join(walk.dir, path);
  const found = stat(full);
  const real = found.isSymbolicLink() ? follow(walk, full) : undefined;
  const info = real === undefined ? found : stat(real);
  if (walk.ignore(path, info.isDirectory())) return;
  if (info.isDirectory()) {
    const here = real ?? join(above.at(-1)!, path.slice(path.lastIndexOf("/") + 1));
    if (above.includes(here))
      throw new ChartError("bad-archive", `symlink ${full} leads back to a directory that it lies in`, {
        file: path,
      });
    visitAll(walk, path, [...above, here]);
    return;
  }
  if (!info.isFile()) throw irregular(path, full);
  takeFile(walk, path, real ?? full, info);
}

function follow(walk: Walk, path: string): string {
  const resolved = resolveLink(walk, path);
  if (walk.root === undefined)
    walk.warn(
      logLine("INFO", "found symbolic link in path. Contents of linked file included and used", {
        path,
        resolved,
      }),
    );
  return resolved;
}

function takeFile({ budget, files }: Walk, path: string, full: string, info: Stats): void {
  if (info.size > budget.maxFileBytes) throw tooLarge(path, budget.maxFileBytes);
  budget.take(path, info.size);
  let data: Buffer;
  try {
    data = readFileSync(full);
  } catch (thrown) {
    throw asChartError(thrown, full, `error reading ${path}: `);
  }
  files.push({ name: path, data: withoutMark(data), modTime: info.mtime });
}

const irregular = (path: string, full: string) =>
  new ChartError("bad-archive", `cannot load irregular file ${full} as it has file mode type bits set`, {
    file: path,
  });

function tooLarge(path: string, maximum: number): ChartError {
  const name = JSON.stringify(path.slice(path.lastIndexOf("/") + 1));
  return new ChartError("limit", `chart file ${name} is larger than the maximum file size ${maximum}`, {
    file: path,
  });
}

function stat(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (thrown) {
    throw asChartError(thrown, path);
  }
}

function resolveLink({ root }: Walk, path: string): string {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (thrown) {
    const end = root === undefined ? deadEnd(path) : undefined;
    if (end === undefined) throw asChartError(thrown, path, `error evaluating symlink ${path}: `);
    const words = `error evaluating symlink ${path}: lstat ${end}: no such file or directory`;
    throw new ChartError("bad-archive", words, { file: path, cause: thrown });
  }
  if (root !== undefined) expectInside(real, root, path);
  return real;
}

/** The first thing on the way of a link that is not there. */
function deadEnd(link: string): string | undefined {
  let at: string;
  try {
    at = resolve(dirname(link), readlinkSync(link));
  } catch {
    return undefined; // there is more to it
  }
  if (existsSync(at)) return undefined;
  while (!existsSync(dirname(at))) at = dirname(at);
  return at;
}

/** Where a link leads is nobody's business but the owner's, so it is not said. */
function expectInside(real: string, root: string, path: string): void {
  if (real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)) return;
  throw new ChartError(
    "bad-archive",
    `${path} leads out of ${root}; charts must not link to files elsewhere`,
    {
      file: path,
    },
  );
}

const GO_WORDS: Record<string, string> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  ELOOP: "too many links",
  ENOTDIR: "not a directory",
  EISDIR: "is a directory",
  ENAMETOOLONG: "file name too long",
};

const GO_CALLS: Record<string, string> = { scandir: "open", realpath: "lstat" };

/** A failure of the file system in Go's words: `open x: no such file or directory`. */
export function asChartError(thrown: unknown, path: string, before = ""): unknown {
  const { code = "", syscall = "" } = thrown as NodeJS.ErrnoException;
  if (thrown instanceof ChartError || code === "") return thrown;
  const words = `${before}${GO_CALLS[syscall] ?? syscall} ${path}: ${GO_WORDS[code] ?? code}`;
  return new ChartError("bad-archive", words, { file: path, cause: thrown });
}
