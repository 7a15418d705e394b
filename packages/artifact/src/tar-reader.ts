import { paxRecords } from "@sluice/api";
import { Header } from "tar";
import { artifactError } from "./errors.ts";
import { limits } from "./limits.ts";

/**
 * One member of an archive. `kind` "other" is everything that is neither file, directory nor symlink; `type` says what.
 * The body of a file has to be read (`body` to the end) before the next entry is asked for.
 */
export type TarEntry = {
  path: string;
  kind: "file" | "directory" | "symlink" | "other";
  type: string;
  executable: boolean;
  size: number;
  linkTarget: string;
  body: AsyncIterable<Buffer>;
};

type Extended = { path?: string; linkpath?: string; size?: number };

const blockBytes = 512;

const kindOf: Record<string, TarEntry["kind"]> = {
  File: "file",
  OldFile: "file",
  ContiguousFile: "file",
  Directory: "directory",
  SymbolicLink: "symlink",
};

/**
 * Reads a tar stream (ustar, pax, GNU long names) strictly: what is damaged, cut off, ambiguous or in a dialect that is
 * not understood (sparse files, global paths) throws `corrupt` or `unsafe-entry` rather than being guessed at.
 *
 * Header blocks are decoded by `tar`; the framing is ours, because tar's own parser goes on after damage, passes over
 * extended headers that it finds too large, and mangles a non-ASCII name that falls on a chunk's edge.
 */
export async function* readTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const source = byteSource(chunks);
  let extended: Extended = {};
  for (;;) {
    const block = await source.take(blockBytes);
    if (block === undefined) break;
    const header = decodeHeader(block, extended, source.position() - blockBytes);
    if (header === undefined) {
      await expectOnlyZeros(source);
      break;
    }
    switch (header.type) {
      case "ExtendedHeader":
      case "OldExtendedHeader":
        extended = { ...extended, ...parsePax(await metaBody(source, header)) };
        continue;
      case "GlobalExtendedHeader":
        rejectGlobals(parsePax(await metaBody(source, header)));
        continue;
      case "NextFileHasLongPath":
      case "OldGnuLongPath":
        extended = { ...extended, path: cString(await metaBody(source, header)) };
        continue;
      case "NextFileHasLongLinkpath":
        extended = { ...extended, linkpath: cString(await metaBody(source, header)) };
        continue;
    }
    const entry = entryOf(header, extended, source);
    extended = {};
    yield entry;
    await source.skip(paddingOf(entry.size));
  }
  if (Object.keys(extended).length > 0) {
    throw artifactError("corrupt", "archive ends after an extended header that belongs to no entry");
  }
}

/**
 * Undefined for a block of zeros, which ends the archive. `tar` has to know the extended header: it takes a file whose name
 * ends with a slash for a directory without content, and long names are cut anywhere.
 */
function decodeHeader(block: Buffer, extended: Extended, position: number): Header | undefined {
  const at = `archive, byte ${position}`;
  let header: Header;
  try {
    header = new Header(block, 0, extended);
  } catch (thrown) {
    throw artifactError("corrupt", `${at}: unreadable header`, thrown);
  }
  if (header.nullBlock) return undefined;
  if (!header.cksumValid) throw artifactError("corrupt", `${at}: the header's checksum is wrong`);
  // tar leaves out a size that is negative or no number.
  if (header.size === undefined || !Number.isSafeInteger(header.size)) {
    throw artifactError("corrupt", `${at}: the size is missing or impossible`);
  }
  return header;
}

function entryOf(header: Header, extended: Extended, source: ByteSource): TarEntry {
  const path = extended.path ?? header.path ?? "";
  const declared = kindOf[header.type] ?? "other";
  // Before ustar had a type for them, directories were files whose name ends with a slash.
  const kind = declared === "file" && path.endsWith("/") ? "directory" : declared;
  // Only files have bodies; some writers put the size of a link's target into its header.
  const size = kind === "file" ? (extended.size ?? header.size ?? 0) : 0;
  return {
    path,
    kind,
    type: header.type,
    executable: ((header.mode ?? 0) & 0o111) !== 0,
    size,
    linkTarget: extended.linkpath ?? header.linkpath ?? "",
    body: source.pieces(size),
  };
}

const paddingOf = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes;

async function metaBody(source: ByteSource, header: Header): Promise<Buffer> {
  const size = header.size ?? 0;
  if (size > limits.maxExtendedHeaderBytes) {
    throw artifactError(
      "too-large",
      `archive, byte ${source.position()}: an extended header of ${size} bytes, the limit is ${limits.maxExtendedHeaderBytes}`,
    );
  }
  const body = await source.take(size + paddingOf(size));
  if (body === undefined) throw truncated(source);
  return body.subarray(0, size);
}

const cString = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
};

function parsePax(body: Buffer): Extended {
  const records = paxRecords(body);
  if (records === undefined) throw artifactError("corrupt", "archive: malformed pax header");
  const extended: Extended = {};
  for (const [key, value] of records) applyPax(extended, key, value);
  return extended;
}

function applyPax(extended: Extended, key: string, value: string): void {
  if (key.startsWith("GNU.sparse.")) {
    throw artifactError("unsafe-entry", "archive: a sparse file; pack it again without --sparse");
  }
  if (key === "size") {
    if (!/^\d{1,15}$/.test(value)) throw artifactError("corrupt", "archive: malformed size in a pax header");
    extended.size = Number(value);
  } else if ((key === "path" || key === "linkpath") && value !== "") extended[key] = value;
}

/** git archive writes a global comment; a global name or size would change every entry and nobody does that honestly. */
function rejectGlobals(globals: Extended): void {
  const key = Object.keys(globals)[0];
  if (key !== undefined)
    throw artifactError("unsafe-entry", `archive: a global pax header sets "${key}" for all entries`);
}

async function expectOnlyZeros(source: ByteSource): Promise<void> {
  for await (const piece of source.pieces(Number.POSITIVE_INFINITY)) {
    if (piece.some((byte) => byte !== 0)) {
      throw artifactError("corrupt", "archive: there is data after the end of the archive");
    }
  }
}

const truncated = (source: ByteSource) =>
  artifactError("corrupt", `archive, byte ${source.position()}: the archive is cut off`);

type ByteSource = {
  /** Exactly `count` bytes; undefined if the stream ends right here. */
  take(count: number): Promise<Buffer | undefined>;
  skip(count: number): Promise<void>;
  /** The next `count` bytes as they come; all that is left for infinity. */
  pieces(count: number): AsyncGenerator<Buffer>;
  /** Bytes handed out so far. */
  position(): number;
};

function byteSource(chunks: AsyncIterable<Buffer>): ByteSource {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let handedOut = 0;

  const more = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done) return false;
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    return true;
  };
  const cut = (count: number): Buffer => {
    const piece = rest.subarray(0, count);
    rest = rest.subarray(count);
    handedOut += piece.length;
    return piece;
  };

  const source: ByteSource = {
    async take(count) {
      while (rest.length < count && (await more()));
      if (rest.length === 0 && count > 0) return undefined;
      if (rest.length < count) throw truncated(source);
      return cut(count);
    },
    async skip(count) {
      if ((await source.take(count)) === undefined) throw truncated(source);
    },
    async *pieces(count) {
      for (let left = count; left > 0; ) {
        if (rest.length === 0 && !(await more())) {
          if (left === Number.POSITIVE_INFINITY) return;
          throw truncated(source);
        }
        const piece = cut(Math.min(left, rest.length));
        left -= piece.length;
        yield piece;
      }
    },
    position: () => handedOut,
  };
  return source;
}
