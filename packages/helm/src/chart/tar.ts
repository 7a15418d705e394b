import { paxRecords } from "@sluice/api";
import { ChartError } from "../errors.ts";
import { limits } from "./limits.ts";

/** A member of an archive. Whatever is not a directory counts as a file; links and devices are files without content. */
export type TarFile = { name: string; isDirectory: boolean; modTime?: Date; data: Uint8Array };

type Extended = { path?: string; size?: number; mtime?: Date };

const blockBytes = 512;
/** Links, devices, directories and pipes have a size at most by mistake. */
const withoutContent = new Set([..."123456"]);

/**
 * Reads a tar (ustar, pax, GNU long names) that lies in memory, as Go's archive/tar does: two empty blocks end it, and so does
 * the end of the bytes between two members.
 * @throws {ChartError} `bad-archive` for what is damaged, cut off or a sparse file
 *
 * packages/artifact reads tars, too: from a stream, and refusing where Go takes what it finds. They share pax, and little else.
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
    const block = bytes.subarray(at, at + blockBytes);
    at += blockBytes;
    if (isZero(block)) {
      if (bytes.length - at < blockBytes || isZero(bytes.subarray(at, at + blockBytes))) return;
      throw broken(badHeader);
    }
    const header = readHeader(block);
    switch (header.type) {
      case "x":
        extended = { ...extended, ...readPax(body(metaSize(header))) };
        continue;
      case "g":
        body(metaSize(header));
        continue;
      case "L":
        extended = { ...extended, path: untilNul(body(metaSize(header))) };
        continue;
      case "K":
        body(metaSize(header));
        continue;
    }
    yield memberOf(header, extended, body);
    extended = {};
  }
  if (Object.keys(extended).length > 0) throw broken("unexpected EOF");
}

const sparse = "a sparse file cannot be read; pack the chart without --sparse";
const badHeader = "archive/tar: invalid tar header";
const broken = (words: string) => new ChartError("bad-archive", words);
const isZero = (block: Buffer) => block.every((byte) => byte === 0);

type Header = { type: string; name: string; size: number; modTime: Date };

/** `tar` has a decoder too, which takes a file for a directory when its shortened name happens to end with a slash. */
function readHeader(block: Buffer): Header {
  const sum = block.reduce((total, byte) => total + byte, 0);
  const own = block.subarray(148, 156).reduce((total, byte) => total + byte, 0);
  if (numberAt(block, 148, 8) !== sum - own + 8 * 32) throw broken(badHeader);
  const magic = block.toString("latin1", 257, 263);
  const prefix = magic === "ustar\0" ? untilNul(block.subarray(345, 500)) : "";
  const name = untilNul(block.subarray(0, 100));
  return {
    type: String.fromCharCode(block[156]!),
    name: prefix === "" ? name : `${prefix}/${name}`,
    size: numberAt(block, 124, 12),
    modTime: new Date(numberAt(block, 136, 12) * 1000),
  };
}

/** An octal number, or one in binary if the first bit says so. */
function numberAt(block: Buffer, at: number, length: number): number {
  const field = block.subarray(at, at + length);
  let value = 0;
  if (field[0]! & 0x80)
    for (const [index, byte] of field.entries()) value = value * 256 + (index ? byte : byte & 0x7f);
  else {
    const digits = field
      .toString("latin1")
      .replace(/[\0 ]+$/, "")
      .replace(/^[\0 ]+/, "");
    if (!/^[0-7]*$/.test(digits)) throw broken(badHeader);
    value = digits === "" ? 0 : Number.parseInt(digits, 8);
  }
  if (!Number.isSafeInteger(value)) throw broken(badHeader);
  return value;
}

function metaSize({ size }: Header): number {
  if (size <= limits.maxExtendedHeaderBytes) return size;
  throw new ChartError("limit", "archive/tar: header field too long");
}

function memberOf(header: Header, extended: Extended, body: (size: number) => Buffer): TarFile {
  const { type } = header;
  if (type === "S") throw broken(sparse);
  const name = extended.path ?? header.name;
  return {
    name,
    // Before ustar had a type for them, directories were files whose name ends with a slash.
    isDirectory: type === "5" || (type === "\0" && name.endsWith("/")),
    modTime: extended.mtime ?? header.modTime,
    data: withoutContent.has(type) ? new Uint8Array() : body(extended.size ?? header.size),
  };
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}

function readPax(body: Buffer): Extended {
  const records = paxRecords(body);
  if (records === undefined) throw broken(badHeader);
  const extended: Extended = {};
  for (const [key, value] of records) applyPax(extended, key, value);
  return extended;
}

function applyPax(extended: Extended, key: string, value: string): void {
  if (key.startsWith("GNU.sparse.")) throw broken(sparse);
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
