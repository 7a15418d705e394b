import { Header } from "tar";
import { ChartError } from "../errors.ts";
import { limits } from "./limits.ts";

/** A member of an archive. Whatever is not a directory counts as a file; links and devices are files without content. */
export type TarFile = { name: string; isDirectory: boolean; modTime?: Date; data: Uint8Array };

type Extended = { path?: string; size?: number; mtime?: Date };

const blockBytes = 512;
const withContent = new Set(["File", "OldFile", "ContiguousFile"]);

/**
 * Reads a tar (ustar, pax, GNU long names) that lies in memory, as Go's archive/tar does: two empty blocks end it, and so does
 * the end of the bytes between two members.
 * @throws {ChartError} `bad-archive` for what is damaged, cut off or a sparse file
 */
export function* readTar(bytes: Buffer): Generator<TarFile> {
  let at = 0;
  let extended: Extended = {};
  const body = (size: number): Buffer => {
    if (size > bytes.length - at) throw broken("unexpected EOF");
    const found = bytes.subarray(at, at + size);
    at = Math.min(bytes.length, at + Math.ceil(size / blockBytes) * blockBytes);
    return found;
  };
  while (at < bytes.length) {
    if (bytes.length - at < blockBytes) throw broken("unexpected EOF");
    const header = new HeaderBlock(bytes.subarray(at, at + blockBytes));
    at += blockBytes;
    if (header.isEmpty) {
      if (bytes.length - at < blockBytes || isZero(bytes.subarray(at, at + blockBytes))) return;
      throw broken(badHeader);
    }
    switch (header.type) {
      case "ExtendedHeader":
        extended = { ...extended, ...readPax(body(header.metaSize)) };
        continue;
      case "GlobalExtendedHeader":
        body(header.metaSize);
        continue;
      case "NextFileHasLongPath":
        extended = { ...extended, path: untilNul(body(header.metaSize)) };
        continue;
      case "NextFileHasLongLinkpath":
        body(header.metaSize);
        continue;
    }
    yield header.member(extended, body);
    extended = {};
  }
  if (Object.keys(extended).length > 0) throw broken("unexpected EOF");
}

const badHeader = "archive/tar: invalid tar header";
const broken = (words: string) => new ChartError("bad-archive", words);
const isZero = (block: Buffer) => block.every((byte) => byte === 0);

class HeaderBlock {
  readonly #header: Header;
  readonly isEmpty: boolean;

  constructor(block: Buffer) {
    try {
      this.#header = new Header(block);
    } catch (thrown) {
      throw new ChartError("bad-archive", badHeader, { cause: thrown });
    }
    this.isEmpty = this.#header.nullBlock;
    if (!this.isEmpty && !this.#header.cksumValid) throw broken(badHeader);
  }

  get type(): string {
    const { type } = this.#header;
    if (type === "OldExtendedHeader") return "ExtendedHeader";
    return type === "OldGnuLongPath" ? "NextFileHasLongPath" : type;
  }

  get #size(): number {
    const { size } = this.#header;
    if (size === undefined || !Number.isSafeInteger(size) || size < 0) throw broken(badHeader);
    return size;
  }

  get metaSize(): number {
    if (this.#size <= limits.maxExtendedHeaderBytes) return this.#size;
    throw new ChartError("limit", `archive/tar: header field too long`);
  }

  member({ path, size, mtime }: Extended, body: (size: number) => Buffer): TarFile {
    const { type } = this;
    if (type === "SparseFile") throw broken("a sparse file cannot be read; pack the chart without --sparse");
    const name = path ?? this.#header.path ?? "";
    const hasContent = withContent.has(type);
    return {
      name,
      // Before ustar had a type for them, directories were files whose name ends with a slash.
      isDirectory:
        type === "Directory" || type === "GNUDumpDir" || (type === "OldFile" && name.endsWith("/")),
      modTime: mtime ?? this.#header.mtime,
      data: hasContent ? body(size ?? this.#size) : new Uint8Array(),
    };
  }
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}

/** pax records are `<length> <key>=<value>\n`, where length counts the whole record. */
function readPax(body: Buffer): Extended {
  const extended: Extended = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(" ", at);
    const digits = space < 0 ? "" : body.toString("latin1", at, space);
    const end = at + Number(digits);
    const equals = body.indexOf("=", space);
    const wellFormed = /^[1-9]\d{0,6}$/.test(digits) && end <= body.length && body[end - 1] === 10;
    if (!wellFormed || equals < 0 || equals >= end) throw broken(badHeader);
    applyPax(extended, body.toString("utf8", space + 1, equals), body.toString("utf8", equals + 1, end - 1));
    at = end;
  }
  return extended;
}

function applyPax(extended: Extended, key: string, value: string): void {
  if (key.startsWith("GNU.sparse."))
    throw broken("a sparse file cannot be read; pack the chart without --sparse");
  if (value === "") return;
  if (value.includes("\0")) throw broken(badHeader);
  switch (key) {
    case "path":
      extended.path = value;
      break;
    case "size":
      if (!/^\d{1,15}$/.test(value)) throw broken(badHeader);
      extended.size = Number(value);
      break;
    case "mtime":
      if (!/^-?\d{1,12}(?:\.\d*)?$/.test(value)) throw broken(badHeader);
      extended.mtime = new Date(Math.floor(Number(value) * 1000));
      break;
  }
}
