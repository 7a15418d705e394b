import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { nearest } from "@sluice/api";
import { fail } from "../errors.ts";
import { baseName, dirName, type FileSystem, isWithin, joinPath, relativePath } from "../filesystem.ts";
import type { Helm } from "../helm-charts.ts";
import type { Origin } from "../resource.ts";
import { redactRemote } from "./remote-url.ts";

/** What all loaders of a build share. */
export type Reads = {
  fs: FileSystem;
  /** Renders charts; without it there are none. */
  helm?: Helm;
  /** The directory that paths are reported relative to. */
  base: string;
  /** Nothing outside this directory may be read; undefined if each kustomization is its own boundary. */
  jail?: string;
  restrict: boolean;
  /** What was read, by real path. */
  contents: Map<string, Buffer>;
  /**
   * The paths by which it was read, relative to the base, with the real ones. They differ where there are symbolic links,
   * and the closure of a build goes by the former: a link that points elsewhere is a change. What was fetched goes by
   * repository and commit.
   */
  names: Map<string, string>;
  /** Without it remote bases and files are refused. */
  remote?: Remotes;
};

/** Where a remote base lies, and what a file over HTTP holds. Both throw for what cannot be fetched. */
export type Remotes = { base(url: string): RemoteBase; file(url: string): Buffer };

/**
 * A repository that was fetched: its directory, the base's path in it, what errors call it, what stands for its content,
 * and what origin annotations say of the base.
 */
export type RemoteBase = { directory: string; path: string; name: string; id: string; origin: Origin };

/** Reads files on behalf of one kustomization. `root` is its real directory, `name` the path that led there. */
export type Loader = {
  reads: Reads;
  root: string;
  name: string;
  referrer?: Loader;
  /** The fetched repository that the kustomization is part of, with its real directory. */
  remote?: RemoteBase;
};

const MAX_FILE = 64 * 1024 * 1024;
const MAX_DEPTH = 100;

export function newLoader(reads: Reads, dir: string): Loader {
  return { reads, root: confirmDirectory(reads, dir, dir), name: dir };
}

/** A path as errors and origins show it: relative to the base of the build. */
export function shown(loader: Loader, path: string): string {
  if (isUrl(path)) return redactRemote(path);
  const { remote: from, reads, root } = loader;
  if (from) return inRemote(from.name, from, joinPath(root, path));
  return relativePath(reads.base, joinPath(root, path));
}

const inRemote = (name: string, { directory }: RemoteBase, path: string): string =>
  `${name}//${relativePath(directory, path)}`;

/** The content of a file that a kustomization names; it must lie where the kustomization may read, or at a URL. */
export function loadFile(loader: Loader, path: string): Buffer {
  if (isUrl(path)) return loadUrl(loader, path);
  const wanted = joinPath(loader.root, path);
  const { reads } = loader;
  const kind = reads.fs.stat(wanted);
  if (kind === "directory") return fail("missing-file", `'${shown(loader, path)}' must resolve to a file`);
  if (kind === undefined) return missing(loader, path, wanted);
  const real = reads.fs.realPath(wanted);
  const boundary = loader.remote?.directory ?? reads.jail ?? (reads.restrict ? loader.root : "/");
  if (!isWithin(boundary, real)) {
    return fail(
      "outside-root",
      `security; file '${shown(loader, path)}' is not in or below '${relativePath(reads.base, boundary)}'; ` +
        "move it there, or make the directory that holds it a base",
    );
  }
  reads.names.set(nameOf(loader, path, real), real);
  return readOnce(reads, real);
}

function loadUrl({ reads }: Loader, url: string): Buffer {
  const content = reads.remote ? reads.remote.file(url) : remote(url);
  reads.names.set(redactRemote(url), url);
  reads.contents.set(url, content);
  return content;
}

/** The text of a file that a kustomization names; it must be UTF-8, as YAML is. */
export function loadText(loader: Loader, path: string): string {
  const content = loadFile(loader, path);
  const text = content.toString("utf8");
  if (!text.includes("\ufffd") || isUtf8(content)) return text;
  return fail(
    "malformed-yaml",
    `MalformedYAMLError: yaml: invalid leading UTF-8 octet in File: ${shown(loader, path)}`,
  );
}

/** The path to remember a file by: the one that was followed, if it leads to the same file. */
function nameOf({ reads, root, name, remote: from }: Loader, path: string, real: string): string {
  const wanted = joinPath(root, path);
  if (from) return inRemote(from.id, from, wanted);
  const followed = path.startsWith("/") || name === root ? wanted : joinPath(name, path);
  const same =
    followed === wanted || (reads.fs.stat(followed) === "file" && reads.fs.realPath(followed) === real);
  return relativePath(reads.base, same ? followed : wanted);
}

function readOnce(reads: Reads, path: string): Buffer {
  const known = reads.contents.get(path);
  if (known) return known;
  const content = reads.fs.readFile(path);
  if (content.length > MAX_FILE) {
    return fail(
      "too-large",
      `${relativePath(reads.base, path)} is larger than ${MAX_FILE / 1024 / 1024} MiB; split it`,
    );
  }
  reads.contents.set(path, content);
  return content;
}

function missing(loader: Loader, path: string, wanted: string): never {
  const { fs } = loader.reads;
  const dir = dirName(wanted);
  const names = fs.readDir && fs.stat(dir) === "directory" ? fs.readDir(dir) : [];
  const near = nearest(baseName(wanted), names);
  const hint = near ? ` (did you mean '${near}'?)` : "";
  return fail("missing-file", `${noSuchFile(shown(loader, path))}${hint}`);
}

const noSuchFile = (name: string): string =>
  `evalsymlink failure on '${name}' : lstat ${name}: no such file or directory`;

/** Whether a path names an existing file, a directory or nothing. */
export function kindOfPath(loader: Loader, path: string): "file" | "directory" | undefined {
  return loader.reads.fs.stat(joinPath(loader.root, path));
}

/** A loader for a base or component at a path. */
export function enter(loader: Loader, path: string): Loader {
  if (path === "") fail("invalid-kustomization", "new root cannot be empty");
  if (isRemote(path) && kindOfPath(loader, path) === undefined) return enterRemote(loader, path);
  if (path.startsWith("/")) {
    fail("outside-root", `new root '${path}' cannot be absolute; use a path relative to the kustomization`);
  }
  if (path.split("/").some((part) => part !== ".." && part.includes(".."))) {
    fail(
      "invalid-kustomization",
      `path "${path}" is ambiguous; check the indentation of the list that holds it`,
    );
  }
  const root = confirmDirectory(loader.reads, joinPath(loader.root, path), shown(loader, path));
  const { base } = loader.reads;
  const jail = loader.remote?.directory ?? loader.reads.jail;
  if (jail && !isWithin(jail, root)) {
    fail(
      "outside-root",
      `security; base '${path}' is outside '${loader.remote?.name ?? relativePath(base, jail)}'`,
    );
  }
  confirmNoCycle(loader, root);
  const { reads, remote: from } = loader;
  return { reads, root, name: joinPath(loader.name, path), referrer: loader, remote: from };
}

function enterRemote(loader: Loader, url: string): Loader {
  const { reads } = loader;
  const found = reads.remote ? reads.remote.base(url) : remote(url);
  const from = { ...found, directory: reads.fs.realPath(found.directory) };
  const root = confirmDirectory(reads, joinPath(from.directory, found.path), `${found.name}//${found.path}`);
  if (!isWithin(from.directory, root))
    fail("outside-root", `security; base '${redactRemote(url)}' is outside its repository`);
  confirmNoCycle(loader, root);
  return { reads, root, name: root, referrer: loader, remote: from };
}

function confirmNoCycle(loader: Loader, root: string): void {
  const { base } = loader.reads;
  let depth = 0;
  for (let each: Loader | undefined = loader; each; each = each.referrer) {
    if (isWithin(root, each.root)) {
      fail(
        "cycle",
        `cycle detected: candidate root '${relativePath(base, root)}' contains visited root ` +
          `'${relativePath(base, each.root)}'`,
      );
    }
    if (++depth > MAX_DEPTH) fail("too-large", `bases are nested deeper than ${MAX_DEPTH} levels`);
  }
}

function confirmDirectory(reads: Reads, path: string, name: string): string {
  const kind = reads.fs.stat(path);
  if (kind === "file")
    return fail("missing-file", `must build at directory: '${name}': file is not directory`);
  if (kind === undefined) {
    return fail("missing-file", `must build at directory: not a valid directory: ${noSuchFile(name)}`);
  }
  return reads.fs.realPath(path);
}

export const isUrl = (path: string): boolean => /^https?:\/\//i.test(path);

/** Whether kustomize would fetch a path from a Git host or the web. */
export function isRemote(path: string): boolean {
  return (
    /^(?:https?|ssh|git|file):\/\/|^git::|^gh:|^[\w.-]+@[\w.-]+:/.test(path) ||
    /^(?:github\.com|gitlab\.com|bitbucket\.org)[/:]/i.test(path) ||
    /\.git(?:\/|\?|$)|\/_git\//.test(path) ||
    /\?(?:ref|version|timeout|submodules)=/.test(path)
  );
}

function remote(path: string): never {
  return fail(
    "remote",
    `remote resource '${redactRemote(path)}' is not fetched: builds read local files only. Vendor it: copy the files into this ` +
      "repository (or make the other repository a source of its own) and name the local path",
  );
}

/** The files read so far, relative to the base, sorted, and a hash over their names and contents, made when it is read. */
export function closureOf(reads: Reads): { files: string[]; readonly hash: string } {
  const entries = [...reads.names].map(([name, real]) => [name, reads.contents.get(real)!] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    files: entries.map(([path]) => path),
    get hash() {
      return hashEntries(entries);
    },
  };
}

/**
 * The hash that a build reports as `hash`, made again from a file system: equal as long as none of the files changed.
 * `files` are paths relative to `base`. Undefined if one of them is gone.
 */
export function hashFiles(fs: FileSystem, base: string, files: readonly string[]): string | undefined {
  const entries: [string, Buffer][] = [];
  for (const file of files) {
    const path = joinPath(base, file);
    if (fs.stat(path) !== "file") return undefined;
    entries.push([file, fs.readFile(path)]);
  }
  return hashEntries(entries);
}

function hashEntries(entries: readonly (readonly [string, Buffer])[]): string {
  const hash = createHash("sha256");
  for (const [path, content] of entries) {
    hash.update(`${path}\0${createHash("sha256").update(content).digest("hex")}\n`);
  }
  return `sha256:${hash.digest("hex")}`;
}
