import { gzipSync } from "node:zlib";

/** Tar archives byte by byte, with no library in between, so that they can be as wrong as a test needs. */
type Member = {
  path: string;
  /** The type flag: "0" file, "1" hard link, "2" symlink, "3" and "4" devices, "5" directory, "6" pipe, … */
  type?: string;
  body?: string | Buffer;
  mode?: number;
  link?: string;
  /** What the header claims, if not the length of the body. */
  size?: number | string;
  prefix?: string;
  checksum?: number;
};

const block = 512;

/** One member: header, body, padding. */
export function member({ path, type = "0", body = "", mode = 0o644, link = "", size, prefix = "", checksum }: Member): Buffer {
  const content = Buffer.from(body);
  const header = Buffer.alloc(block);
  const sizeField = typeof size === "string" ? size : (size ?? content.length).toString(8).padStart(11, "0");
  header.write(path, 0, 100);
  header.write(mode.toString(8).padStart(7, "0"), 100);
  header.write("0000000", 108);
  header.write("0000000", 116);
  header.write(sizeField, 124, 12, "latin1");
  header.write("00000000000", 136);
  header.write(" ".repeat(8), 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write("ustar\u000000", 257);
  header.write(prefix, 345, 155);
  const sum = checksum ?? header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((block - (content.length % block)) % block)]);
}

export const file = (path: string, body: string | Buffer = "x", mode = 0o644): Buffer => member({ path, body, mode });
export const directory = (path: string): Buffer => member({ path, type: "5", mode: 0o755 });
export const link = (path: string, target: string): Buffer => member({ path, type: "2", link: target });

/** A pax header for the next member (`x`) or for all (`g`). */
export function pax(records: Record<string, string>, type: "x" | "g" = "x"): Buffer {
  const body = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return member({ path: "PaxHeaders/x", type, body: body.join("") });
}

export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (Buffer.byteLength(rest) + String(length).length !== length) length++;
  return `${length}${rest}`;
}

/** GNU's long path (`L`) or long link target (`K`) for the next member. */
export const gnuLong = (type: "L" | "K", text: string): Buffer =>
  member({ path: "././@LongLink", type, body: `${text}\0` });

export const end = (): Buffer => Buffer.alloc(2 * block);

export const tgz = (...members: Buffer[]): Buffer => gzipSync(Buffer.concat([...members, end()]));

/** Without the end of the archive. */
export const unfinishedTgz = (...members: Buffer[]): Buffer => gzipSync(Buffer.concat(members));
