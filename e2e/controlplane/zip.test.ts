import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { entryOf } from "./zip.ts";

const packed = archiveOf([
  { name: "dir/", method: 0, content: "" },
  { name: "dir/plain", method: 0, content: "as it is" },
  { name: "dir/small", method: 8, content: "again and again and again" },
  { name: "odd", method: 12, content: "?" },
]);

test("a stored file comes as it is", () => assert.equal(entryOf(packed, "dir/plain").toString(), "as it is"));
test("a deflated file comes inflated", () =>
  assert.equal(entryOf(packed, "dir/small").toString(), "again and again and again"));

const refused: [string, Buffer, string, RegExp][] = [
  ["a missing file", packed, "dir/other", /has no file dir\/other/],
  ["another compression", packed, "odd", /method 12/],
  ["something else", Buffer.from("no archive at all"), "x", /not a ZIP archive/],
];
for (const [what, archive, path, message] of refused)
  test(`${what} is refused`, () => assert.throws(() => entryOf(archive, path), message));

function archiveOf(files: { name: string; method: number; content: string }[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, method, content } of files) {
    const data = method === 8 ? deflateRawSync(content) : Buffer.from(content);
    const local = Buffer.alloc(30 + name.length);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    local.write(name, 30);
    const central = Buffer.alloc(46 + name.length);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(offset, 42);
    central.write(name, 46);
    locals.push(local, data);
    centrals.push(central);
    offset += local.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...centrals, end]);
}
