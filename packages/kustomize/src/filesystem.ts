import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";

/** What a build needs of a file system. Paths are absolute and use `/`. */
export type FileSystem = {
  /** The content of a file; throws an error with code ENOENT if there is none. */
  readFile(path: string): Buffer;
  /** The names in a directory, in any order; without it a directory cannot be listed. */
  readDir?(path: string): string[];
  stat(path: string): "file" | "directory" | undefined;
  /** The path without symbolic links; throws if it does not exist. */
  realPath(path: string): string;
};

export const diskFileSystem: FileSystem = {
  readFile: (path) => readFileSync(path),
  readDir: (path) => readdirSync(path),
  stat: (path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isDirectory() ? "directory" : found?.isFile() ? "file" : undefined;
  },
  realPath: (path) => realpathSync.native(path),
};

/** A file system of the given files, keyed by absolute path; directories follow from the paths. */
export function memoryFileSystem(files: Record<string, string | Buffer>): FileSystem {
  const contents = new Map(
    Object.entries(files).map(([path, text]) => [
      cleanPath(path),
      typeof text === "string" ? Buffer.from(text) : text,
    ]),
  );
  const directories = new Set(["/"]);
  for (const path of contents.keys()) {
    for (let dir = dirName(path); dir !== "/"; dir = dirName(dir)) directories.add(dir);
  }
  const stat = (path: string) =>
    contents.has(path) ? ("file" as const) : directories.has(path) ? ("directory" as const) : undefined;
  return {
    readFile: (path) => contents.get(cleanPath(path)) ?? missing(path),
    readDir: (path) => {
      const dir = cleanPath(path);
      if (stat(dir) !== "directory") missing(path);
      return [...contents.keys(), ...directories]
        .filter((entry) => entry !== "/" && dirName(entry) === dir)
        .map((entry) => entry.slice(dir === "/" ? 1 : dir.length + 1));
    },
    stat: (path) => stat(cleanPath(path)),
    realPath: (path) => (stat(cleanPath(path)) ? cleanPath(path) : missing(path)),
  };
}

function missing(path: string): never {
  throw Object.assign(new Error(`ENOENT: no such file or directory '${path}'`), { code: "ENOENT" });
}

/** An absolute path without `.`, `..`, doubled or trailing slashes. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** A relative path cleaned like Go's filepath.Clean: leading `..` stay, an empty path is ".". */
export function cleanRelative(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts[parts.length - 1] !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/") || ".";
}

export function joinPath(dir: string, path: string): string {
  return cleanPath(path.startsWith("/") ? path : `${dir}/${path}`);
}

export function dirName(path: string): string {
  const at = path.lastIndexOf("/");
  return at <= 0 ? "/" : path.slice(0, at);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether a clean path is a directory itself or lies below it. */
export function isWithin(dir: string, path: string): boolean {
  return path === dir || dir === "/" || path.startsWith(`${dir}/`);
}

/** The path from one clean absolute directory to a clean absolute path. */
export function relativePath(from: string, to: string): string {
  const a = from.split("/").filter(Boolean);
  const b = to.split("/").filter(Boolean);
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  return [...a.slice(same).map(() => ".."), ...b.slice(same)].join("/") || ".";
}
