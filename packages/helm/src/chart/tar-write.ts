/** Writes what `tar.ts` reads: plain files, without anything that differs from one machine or moment to the next. */

const blockBytes = 512;

/** A tar of files with mode 0644 and no owner, all changed at `modTime`. */
export function writeTar(files: readonly { name: string; data: Uint8Array }[], modTime: Date): Buffer {
  const parts = files.flatMap(({ name, data }) => [
    ...headersOf(name, data.length, modTime),
    ...padded(data),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}

/** The header of a file; before it, if its name is long or not ASCII, a pax header with the name. */
function headersOf(name: string, size: number, modTime: Date): Uint8Array[] {
  const bytes = Buffer.from(name);
  if (bytes.length <= 100 && bytes.length === name.length) return [header(name, size, modTime, "0")];
  const short = name.replace(/[^\x20-\x7e]/g, "_").slice(-100);
  const record = paxRecord(`path=${name}\n`);
  return [
    header(`PaxHeaders.0/${short}`.slice(0, 100), record.length, modTime, "x"),
    ...padded(record),
    header(short, size, modTime, "0"),
  ];
}

/** `<length> <key>=<value>\n`, where length counts the whole record, itself included. */
function paxRecord(text: string): Buffer {
  const rest = Buffer.byteLength(text) + 1;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return Buffer.from(`${length} ${text}`);
}

function padded(data: Uint8Array): Uint8Array[] {
  return [data, Buffer.alloc((blockBytes - (data.length % blockBytes)) % blockBytes)];
}

function header(name: string, size: number, modTime: Date, type: string): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, "0"), at);
  block.write(name, 0, "latin1");
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(Math.floor(modTime.getTime() / 1000), 136, 11);
  block.write("        ", 148);
  block.write(type, 156);
  block.write("ustar\x0000", 257);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  block[154] = 0;
  return block;
}
