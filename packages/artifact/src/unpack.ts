import { randomBytes } from "node:crypto";
import { createReadStream, mkdirSync, writeFileSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, symlink } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { artifactError, asArtifactError, systemCodeOf } from "./errors.ts";
import { limits } from "./limits.ts";
import { readTar, type TarEntry } from "./tar-reader.ts";

export type UnpackOptions = {
  /** Bytes of the tar stream: contents, headers and padding. */
  maxUnpackedBytes?: number;
  /** Files, links and directories, those included that are only implied by a path. */
  maxEntries?: number;
  /**
   * `inside` (the default) keeps a symlink that leads to a place inside the archive and throws `unsafe-entry` for any
   * other; `skip` leaves all of them out, as Flux does with what it downloads.
   */
  symlinks?: "inside" | "skip";
  signal?: AbortSignal;
};

export type Unpacked = { files: number; bytes: number };

const chunkBytes = 256 * 1024;
/** Smaller files are written in one go, without a trip through the thread pool. */
const smallFileBytes = 128 * 1024;

/**
 * Unpacks a .tar.gz (a file's path, or a stream) into `dir`, which must be absent or empty. It is filled under another
 * name beside it and renamed at the end, so that `dir` is complete or not there at all. Returns the number of files and
 * the bytes in them.
 *
 * Files get mode 0644 or 0755 and directories 0755, whatever the archive says. Nothing is ever overwritten, and symlinks
 * are made last, so that nothing is written through one. Throws `unsafe-entry` naming the entry (a path that leads out,
 * hard link, device, pipe, sparse file, duplicate, outward symlink), `too-large`, `corrupt`, `no-space` or `aborted`.
 *
 * Links between directories inside may still form circles: who walks the result must not follow them.
 */
export async function unpack(
  input: string | Readable,
  dir: string,
  options: UnpackOptions = {},
): Promise<Unpacked> {
  const target = resolve(dir);
  const staging = `${target}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await expectVacant(target);
    await mkdir(staging, { recursive: true, mode: 0o755 });
    const unpacked = await fill(staging, readTar(tarStream(input, options)), options);
    await rename(staging, target);
    return unpacked;
  } catch (thrown) {
    await rm(staging, { recursive: true, force: true });
    throw asArtifactError(thrown, `unpacking into ${dir}`, options.signal);
  } finally {
    if (typeof input !== "string") input.destroy();
  }
}

async function expectVacant(dir: string): Promise<void> {
  try {
    if ((await readdir(dir)).length > 0)
      throw new Error(`${dir}: is not empty; remove it before unpacking into it`);
  } catch (thrown) {
    if (systemCodeOf(thrown) !== "ENOENT") throw thrown;
  }
}

/** Decompresses, and stops at the limit: what a bomb would become is never held or written. */
async function* tarStream(
  input: string | Readable,
  { maxUnpackedBytes = limits.maxUnpackedBytes, signal }: UnpackOptions,
): AsyncGenerator<Buffer> {
  const source = typeof input === "string" ? createReadStream(input, { highWaterMark: chunkBytes }) : input;
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  // Its failures come out of the loop below too.
  pipeline(source, gunzip, { signal }).catch(() => {});
  let bytes = 0;
  try {
    for await (const chunk of gunzip) {
      bytes += chunk.length;
      if (bytes > maxUnpackedBytes) {
        throw artifactError("too-large", `archive: unpacks to more than ${maxUnpackedBytes} bytes`);
      }
      yield chunk;
    }
  } catch (thrown) {
    const code = systemCodeOf(thrown);
    if (!code.startsWith("Z_")) throw thrown;
    throw artifactError(
      "corrupt",
      `archive: not a well-formed gzip file (${(thrown as Error).message})`,
      thrown,
    );
  }
  if (bytes === 0) throw artifactError("corrupt", "archive: empty file");
}

async function fill(
  root: string,
  entries: AsyncIterable<TarEntry>,
  { maxEntries = limits.maxEntries, symlinks = "inside", signal }: UnpackOptions,
): Promise<Unpacked> {
  const { countOne, makeDirectory } = roomIn(root, maxEntries);
  const links = new Map<string, string>();
  let files = 0;
  let bytes = 0;
  for await (const entry of entries) {
    signal?.throwIfAborted();
    const path = safePath(entry);
    if (entry.kind === "directory") {
      makeDirectory(path);
      continue;
    }
    countOne();
    if (entry.kind === "symlink") {
      if (symlinks === "inside") noteLink(links, path, entry.linkTarget);
      continue;
    }
    if (entry.kind === "other")
      throw unsafe(entry.path, `is a ${entry.type}; only files, directories and symlinks are unpacked`);
    makeDirectory(parentOf(path));
    await writeEntry(join(root, path), path, entry);
    files++;
    bytes += entry.size;
  }
  await makeLinks(root, links, makeDirectory);
  return { files, bytes };
}

/** Makes directories where there are none, and counts them and all else that an archive makes. */
function roomIn(root: string, maxEntries: number) {
  const directories = new Set([""]);
  let count = 0;
  const countOne = () => {
    if (++count > maxEntries) throw artifactError("too-large", `archive: more than ${maxEntries} entries`);
  };
  const makeDirectory = (path: string) => {
    if (directories.has(path)) return;
    makeDirectory(parentOf(path));
    countOne();
    inPlace(path, () => mkdirSync(join(root, path), { mode: 0o755 }));
    directories.add(path);
  };
  return { countOne, makeDirectory };
}

/** Makes links when all else is there, so that nothing is written through one, and none if one of them leads out. */
async function makeLinks(
  root: string,
  links: ReadonlyMap<string, string>,
  makeDirectory: (path: string) => void,
): Promise<void> {
  for (const [path, target] of links) {
    if (!leadsInside(path, target, links))
      throw unsafe(path, `is a symlink that leads out of the archive, to "${target}"`);
    makeDirectory(parentOf(path));
  }
  for (const [path, target] of links) {
    await symlink(target, join(root, path)).catch((thrown) => rethrow(path, thrown));
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

const unsafe = (path: string, because: string) =>
  artifactError("unsafe-entry", `archive entry ${JSON.stringify(path)} ${because}`);

/** The entry's path, relative, with single slashes and without dots; "" is the root and only a directory may be that. */
function safePath({ path, kind }: TarEntry): string {
  if (Buffer.byteLength(path) > limits.maxPathBytes) {
    throw unsafe(`${path.slice(0, 64)}…`, `has a path of more than ${limits.maxPathBytes} bytes`);
  }
  if (path.includes("\0")) throw unsafe(path, "has a NUL in its name");
  if (path.startsWith("/")) throw unsafe(path, "has an absolute path");
  // Elsewhere a backslash is a character like any other: systemd units have it in their names.
  if (sep === "\\" && /[\\:]/.test(path)) throw unsafe(path, "has a name that Windows would take for a path");
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..")) throw unsafe(path, 'leads out of the archive by ".."');
  if (segments.length === 0 && kind !== "directory") throw unsafe(path, "has no name");
  return segments.join("/");
}

function noteLink(links: Map<string, string>, path: string, target: string): void {
  if (links.size >= limits.maxSymlinks) {
    throw artifactError("too-large", `archive: more than ${limits.maxSymlinks} symlinks`);
  }
  if (links.has(path)) throw unsafe(path, "occurs twice");
  if (target === "" || target.includes("\0") || Buffer.byteLength(target) > limits.maxSymlinkTargetBytes) {
    throw unsafe(path, "is a symlink with an impossible target");
  }
  links.set(path, target);
}

/**
 * Whether a symlink at `path` stays inside, given where the other links lie. The directories above a link are real
 * (nothing can be both a link and a directory), and a target that goes up after it went through another link is
 * refused; so each link that passes ends inside, and by induction every chain of them does.
 */
function leadsInside(path: string, target: string, links: ReadonlyMap<string, string>): boolean {
  if (target.startsWith("/") || (sep === "\\" && /[\\:]/.test(target))) return false;
  let at = parentOf(path);
  let throughLink = false;
  for (const name of target.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      if (at === "" || throughLink) return false;
      at = parentOf(at);
    } else {
      at = at === "" ? name : `${at}/${name}`;
      throughLink ||= links.has(at);
    }
  }
  return true;
}

async function writeEntry(file: string, path: string, entry: TarEntry): Promise<void> {
  const mode = entry.executable ? 0o755 : 0o644;
  if (entry.size <= smallFileBytes) {
    const pieces: Buffer[] = [];
    for await (const piece of entry.body) pieces.push(piece);
    const content = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    inPlace(path, () => writeFileSync(file, content, { flag: "wx", mode }));
    return;
  }
  const handle = await open(file, "wx", mode).catch((thrown) => rethrow(path, thrown));
  try {
    for await (const piece of entry.body) await handle.writeFile(piece);
  } finally {
    await handle.close();
  }
}

function inPlace(path: string, write: () => void): void {
  try {
    write();
  } catch (thrown) {
    rethrow(path, thrown);
  }
}

/** Names the entry where the file system refuses it: it is there already, perhaps spelled in another case. */
function rethrow(path: string, thrown: unknown): never {
  switch (systemCodeOf(thrown)) {
    case "EEXIST":
    case "EISDIR":
    case "ENOTDIR":
      throw unsafe(path, "occurs twice, or as a file and as a directory");
    case "ENAMETOOLONG":
      throw unsafe(path, "has a name that is too long");
    default:
      throw thrown;
  }
}
