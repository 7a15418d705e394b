import { createHash } from "node:crypto";
import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { createGzip } from "node:zlib";
import { Header, Pax } from "tar";
import type { Fingerprint } from "./digest.ts";
import { artifactError, asArtifactError, systemCodeOf } from "./errors.ts";
import type { Ignore } from "./ignore.ts";

export type PackOptions = {
  /** What stays out; see `ignoreMatcher`. Nothing does by default. */
  ignore?: Ignore;
  signal?: AbortSignal;
  /** Refuse with `too-large` when the contents of the files exceed this many bytes. */
  maxBytes?: number;
};

const blockBytes = 512;
const batchBytes = 256 * 1024;
const batchPieces = 300;
const nothing = Buffer.alloc(0);
/** Compressing harder than this costs more time than it saves: see the README. */
const gzipLevel = 6;

/** What the walk found: `path` is relative to the packed directory, with `/`. */
type Found = { path: string; kind: "file" | "directory" | "nothing" };

/**
 * Packs `dir` into the .tar.gz `file` (created or replaced, mode 0600). The same tree gives the same bytes on one
 * version of Node: each directory in the order of its names, no owner, time zero, modes 0644, 0755 for
 * executables and directories. Regular files and directories go in; symlinks, sockets, pipes and devices are left out,
 * as Flux does. Reads and writes in pieces, whatever the sizes.
 *
 * Returns the digest and size of the .tar.gz and the number of files in it. Throws `too-large`, `unsafe-entry` (a name
 * that is not UTF-8), `corrupt` (a file shrank while it was read), `no-space` or `aborted`; `file` is then removed.
 */
export async function packDirectory(
  dir: string,
  file: string,
  options: PackOptions = {},
): Promise<Fingerprint & { files: number }> {
  const { signal } = options;
  const hash = createHash("sha256");
  const tally = { files: 0, bytes: 0 };
  let size = 0;
  try {
    const output = await open(file, "w", 0o600);
    await pipeline(
      inBatches(tarBlocks(dir, options, tally)),
      createGzip({ level: gzipLevel, chunkSize: batchBytes }),
      async function* (compressed: AsyncIterable<Buffer>) {
        for await (const chunk of compressed) {
          hash.update(chunk);
          size += chunk.length;
          yield chunk;
        }
      },
      output.createWriteStream(),
      { signal },
    );
  } catch (thrown) {
    await rm(file, { force: true });
    throw asArtifactError(thrown, `packing ${dir}`, signal);
  }
  return { digest: `sha256:${hash.digest("hex")}`, size, files: tally.files };
}

/**
 * The bytes of the archive, uncompressed. Reads synchronously, which is several times faster for many small files, but
 * only so much at a time: see `inBatches`. What is left out yields an empty piece, so that it counts as work too.
 */
function* tarBlocks(
  dir: string,
  { ignore, maxBytes = Number.POSITIVE_INFINITY }: PackOptions,
  tally: { files: number; bytes: number },
): Generator<Buffer> {
  for (const { path, kind } of walk(dir, "", ignore)) {
    if (kind !== "file") {
      yield kind === "nothing"
        ? nothing
        : headerOf({ path: `${path}/`, type: "Directory", mode: 0o755, size: 0 });
      continue;
    }
    const fd = openRegular(join(dir, path));
    if (fd === undefined) continue;
    try {
      const { size, mode } = fstatSync(fd);
      tally.files++;
      tally.bytes += size;
      if (tally.bytes > maxBytes) throw tooLarge(path, maxBytes);
      yield headerOf({ path, type: "File", mode: mode & 0o111 ? 0o755 : 0o644, size });
      yield* contents(fd, path, size);
      if (size % blockBytes !== 0) yield Buffer.alloc(blockBytes - (size % blockBytes));
    } finally {
      closeSync(fd);
    }
  }
  yield Buffer.alloc(2 * blockBytes);
}

const tooLarge = (path: string, maxBytes: number) =>
  artifactError(
    "too-large",
    `${path}: the files up to here have more than ${maxBytes} bytes; exclude some in .sourceignore or spec.ignore`,
  );

function* walk(dir: string, below: string, ignore?: Ignore): Generator<Found> {
  for (const entry of readdirSync(join(dir, below), { withFileTypes: true }).sort(byName)) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const isDirectory = entry.isDirectory();
    const ignored = !(isDirectory || entry.isFile()) || (ignore?.(path, isDirectory) ?? false);
    if (ignored) yield { path, kind: "nothing" };
    if (ignored && (!isDirectory || ignore?.prunes?.(path))) continue;
    // Node decodes names as UTF-8 and puts U+FFFD for what is not; such a file can be neither opened nor named.
    if (entry.name.includes("\ufffd")) {
      throw artifactError(
        "unsafe-entry",
        `${path}: the name is not valid UTF-8; rename it, or exclude it in .sourceignore or spec.ignore`,
      );
    }
    if (!ignored) yield { path, kind: isDirectory ? "directory" : "file" };
    if (isDirectory) yield* walk(dir, path, ignore);
  }
}

/** Not by locale, which differs from machine to machine. */
const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);

/** Opens a file for reading unless it has become something else (a symlink, a pipe) since the walk saw it. */
function openRegular(file: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    if (["ELOOP", "ENOENT", "ENXIO"].includes(systemCodeOf(thrown))) return undefined;
    throw thrown;
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  return undefined;
}

/** Exactly `size` bytes of the file, so that the header stays true if the file grows meanwhile. */
function* contents(fd: number, path: string, size: number): Generator<Buffer> {
  for (let left = size; left > 0; ) {
    const buffer = Buffer.allocUnsafe(Math.min(left, batchBytes));
    const bytesRead = readSync(fd, buffer);
    if (bytesRead === 0)
      throw artifactError("corrupt", `${path}: the file shrank while it was packed; try again`);
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function headerOf(entry: { path: string; type: "File" | "Directory"; mode: number; size: number }): Buffer {
  const header = new Header({ ...entry, uid: 0, gid: 0, mtime: new Date(0), uname: "", gname: "" });
  const block = Buffer.alloc(blockBytes);
  if (!header.encode(block)) return block;
  const { path, size } = entry;
  return Buffer.concat([new Pax({ path, size, mtime: new Date(0), uid: 0, gid: 0 }).encode(), block]);
}

/**
 * Joins small pieces, because each write to the compressor is a trip to another thread, and lets the rest of the
 * process run after each batch.
 */
async function* inBatches(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  let batch: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    batch.push(piece);
    bytes += piece.length;
    if (bytes < batchBytes && batch.length < batchPieces) continue;
    if (bytes > 0) yield Buffer.concat(batch, bytes);
    await setImmediate();
    batch = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(batch, bytes);
}
