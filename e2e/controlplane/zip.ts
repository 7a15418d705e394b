import { inflateRawSync } from "node:zlib";

/**
 * The content of one file of a ZIP archive (APPNOTE.TXT of PKWARE: stored or deflated, not ZIP64).
 * @throws when the archive has no such file, or is none
 */
export function entryOf(archive: Buffer, path: string): Buffer {
  // The end record is 22 bytes and a comment of up to 65,535.
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0) throw new Error("not a ZIP archive: it has no end record");
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    if (name === path) return contentAt(archive, at);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`the ZIP archive has no file ${path}`);
}

function contentAt(archive: Buffer, header: number): Buffer {
  const method = archive.readUInt16LE(header + 10);
  const size = archive.readUInt32LE(header + 20);
  const local = archive.readUInt32LE(header + 42);
  const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(from, from + size);
  if (method === 0) return packed;
  if (method === 8) return inflateRawSync(packed);
  throw new Error(`the ZIP archive uses compression method ${method}; only 0 and 8 are known here`);
}
