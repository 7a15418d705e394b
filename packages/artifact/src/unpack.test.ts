import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { createGzip, gzipSync } from "node:zlib";
import { type ArtifactErrorCode, isArtifactError } from "./errors.ts";
import { limits } from "./limits.ts";
import { scratch } from "./testdata/scratch.ts";
import {
  directory,
  end,
  file,
  gnuLong,
  link,
  member,
  pax,
  paxRecord,
  tgz,
  unfinishedTgz,
} from "./testdata/tar-builder.ts";
import { type UnpackOptions, unpack } from "./unpack.ts";

const base = scratch();
let counter = 0;

/** An empty place with a file outside that nothing may touch. */
async function place() {
  const parent = join(base, String(++counter));
  await mkdir(parent);
  await writeFile(join(parent, "canary"), "alive");
  return { parent, dir: join(parent, "out") };
}

/** Everything below `dir`: path → content, `-> target` or "/"; `*` marks what is executable. */
async function tree(dir: string, below = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(join(dir, below), { withFileTypes: true })) {
    const name = join(below, entry.name);
    const path = join(dir, name);
    if (entry.isSymbolicLink()) found[name] = `-> ${await readlink(path)}`;
    else if (entry.isDirectory()) Object.assign(found, { [`${name}/`]: "" }, await tree(dir, name));
    else found[(await stat(path)).mode & 0o111 ? `${name}*` : name] = await readFile(path, "utf8");
  }
  return found;
}

const long = "d".repeat(90);

const good: Record<string, [archive: Buffer, expected: Record<string, string>, options?: UnpackOptions]> = {
  "files, directories and modes": [
    tgz(directory("a/"), file("a/b.yaml", "hello"), file("run.sh", "#!", 0o755), directory("empty/")),
    { "a/": "", "a/b.yaml": "hello", "run.sh*": "#!", "empty/": "" },
  ],
  "directories that are only implied": [tgz(file("a/b/c", "1")), { "a/": "", "a/b/": "", "a/b/c": "1" }],
  "the root itself and names that start with ./": [tgz(directory("./"), file("./a", "1")), { a: "1" }],
  "doubled slashes and inner dots": [tgz(file("a//./b", "1")), { "a/": "", "a/b": "1" }],
  "a directory that is listed twice": [tgz(directory("a/"), directory("a")), { "a/": "" }],
  "two dots inside a name": [tgz(file("a..b/..c", "1")), { "a..b/": "", "a..b/..c": "1" }],
  "setuid, setgid and sticky bits are dropped": [
    tgz(file("a", "1", 0o6644), file("b", "1", 0o7777)),
    { a: "1", "b*": "1" },
  ],
  "an unreadable file becomes readable": [tgz(file("a", "1", 0)), { a: "1" }],
  "a path that is split into prefix and name": [
    tgz(member({ path: "name", prefix: long, body: "1" })),
    { [`${long}/`]: "", [`${long}/name`]: "1" },
  ],
  "a long non-ASCII path in a pax header": [
    tgz(pax({ path: `${long}/${"ü".repeat(90)}` }), file("short", "1")),
    { [`${long}/`]: "", [`${long}/${"ü".repeat(90)}`]: "1" },
  ],
  "a pax path counts for one entry only": [
    tgz(pax({ path: "a" }), file("x", "1"), file("b", "2")),
    { a: "1", b: "2" },
  ],
  "GNU long names, for a file and for a link's target": [
    tgz(gnuLong("L", `${long}/${long}`), file("x", "1"), gnuLong("K", `${long}/${long}`), link("ln", "x")),
    { [`${long}/`]: "", [`${long}/${long}`]: "1", ln: `-> ${long}/${long}` },
  ],
  "a file whose name is cut behind a slash in its own header": [
    tgz(
      pax({ path: `${long}/name` }),
      file(`${long}/`, "1"),
      gnuLong("L", `${long}/other`),
      file(`${long}/`, "2"),
    ),
    { [`${long}/`]: "", [`${long}/name`]: "1", [`${long}/other`]: "2" },
  ],
  "a size in a pax header, which is the true one": [
    tgz(pax({ size: "5" }), member({ path: "a", body: "hello", size: 0 }), file("b", "2")),
    { a: "hello", b: "2" },
  ],
  "a pax value with a newline that looks like a record": [
    tgz(pax({ comment: `x\n${paxRecord("path", "../evil")}` }), file("a", "1")),
    { a: "1" },
  ],
  "the global comment of git archive": [
    tgz(pax({ comment: "0".repeat(40) }, "g"), file("a", "1")),
    { a: "1" },
  ],
  "a directory in the manner of old tars: a file with a slash": [tgz(member({ path: "a/" })), { "a/": "" }],
  "no end marker": [unfinishedTgz(file("a", "1")), { a: "1" }],
  "an archive without entries": [tgz(), {}],
  "zeros after the end": [gzipSync(Buffer.concat([file("a", "1"), end(), Buffer.alloc(9000)])), { a: "1" }],
  "several gzip members in a row, as eStargz has them": [
    Buffer.concat([gzipSync(file("a", "1")), gzipSync(Buffer.concat([file("b", "2"), end()]))]),
    { a: "1", b: "2" },
  ],
  "a backslash is a character": [tgz(file("a\\b", "1")), { "a\\b": "1" }],
  "a file larger than one piece": [tgz(file("a", Buffer.alloc(700_001, "z"))), { a: "z".repeat(700_001) }],
  "symlinks that stay inside, through another one and dangling too": [
    tgz(
      file("d/f", "1"),
      link("a", "d"),
      link("d/b", "../d/f"),
      link("c", "a/f"),
      link("n", "nowhere"),
      link("self", "."),
    ),
    { "d/": "", "d/f": "1", a: "-> d", "d/b": "-> ../d/f", c: "-> a/f", n: "-> nowhere", self: "-> ." },
  ],
  "symlinks are left out on request, outward ones too": [
    tgz(file("f", "1"), link("a", "f"), link("b", "/etc/passwd"), link("c/d", "../../..")),
    { f: "1" },
    { symlinks: "skip" },
  ],
};

describe("unpacks", () => {
  for (const [sentence, [archive, expected, options]] of Object.entries(good)) {
    test(sentence, async () => {
      const { parent, dir } = await place();
      const result = await unpack(Readable.from([archive]), dir, options);
      const found = await tree(dir);
      assert.deepEqual(found, expected);
      const files = Object.entries(expected).filter(
        ([name, text]) => !name.endsWith("/") && !text.startsWith("-> "),
      );
      assert.deepEqual(result, {
        files: files.length,
        bytes: files.reduce((sum, [, text]) => sum + text.length, 0),
      });
      assert.deepEqual((await readdir(parent)).sort(), ["canary", "out"]);
    });
  }

  test("the same, byte by byte", async () => {
    const archive = tgz(pax({ path: `ü/${"€".repeat(80)}` }), file("x", "hello"), file("b", "2"));
    const { dir } = await place();
    await unpack(Readable.from(Array.from(archive, (_, at) => archive.subarray(at, at + 1))), dir);
    assert.deepEqual(Object.keys(await tree(dir)).sort(), ["b", "ü/", `ü/${"€".repeat(80)}`].sort());
  });

  test("names that differ in case only, or refuses the second where the file system takes them for one", async () => {
    const { dir } = await place();
    const outcome = await unpack(Readable.from([tgz(file("A", "1"), file("a", "2"))]), dir).then(
      () => tree(dir),
      (thrown) => thrown.code,
    );
    assert.ok(
      outcome === "unsafe-entry" || (outcome.A === "1" && outcome.a === "2"),
      JSON.stringify(outcome),
    );
  });

  test("into a directory that is there and empty", async () => {
    const { dir } = await place();
    await mkdir(dir);
    await unpack(Readable.from([tgz(file("a", "1"))]), dir);
    assert.deepEqual(await tree(dir), { a: "1" });
  });
});

const damaged = (archive: Buffer, at: number): Buffer => {
  const copy = Buffer.from(archive);
  copy[at]! ^= 0xff;
  return copy;
};
const doubled = gzipSync(tgz(file("a", "1")));

const evil: Record<
  string,
  [archive: Buffer, code: ArtifactErrorCode, message: RegExp, options?: UnpackOptions]
> = {
  "a path that goes up": [tgz(file("../evil")), "unsafe-entry", /"\.\.\/evil" leads out/],
  "a path that goes down and further up": [tgz(file("a/../../evil")), "unsafe-entry", /a\/\.\.\/\.\.\/evil/],
  "a path that goes up and stays inside": [tgz(file("a/../b")), "unsafe-entry", /leads out/],
  "a directory that goes up": [tgz(directory("../evil/")), "unsafe-entry", /leads out/],
  "an absolute path": [tgz(file("/tmp/evil")), "unsafe-entry", /absolute/],
  "an absolute path behind a pax header": [
    tgz(pax({ path: "/tmp/evil" }), file("a")),
    "unsafe-entry",
    /absolute/,
  ],
  "a path out behind a GNU long name": [tgz(gnuLong("L", "../evil"), file("a")), "unsafe-entry", /leads out/],
  "a path out in the ustar prefix": [
    tgz(member({ path: "evil", prefix: ".." })),
    "unsafe-entry",
    /\.\.\/evil/,
  ],
  "two dots as a whole name": [tgz(file("..")), "unsafe-entry", /leads out/],
  "a file named like the root": [tgz(file(".")), "unsafe-entry", /has no name/],
  "a name with a NUL in it": [tgz(pax({ path: "a\0b" }), file("x")), "unsafe-entry", /NUL/],
  "a name of more than 255 bytes": [
    tgz(pax({ path: "n".repeat(300) }), file("x")),
    "unsafe-entry",
    /too long/,
  ],
  "a path of more than 4096 bytes": [
    tgz(pax({ path: "n/".repeat(3000) }), file("x")),
    "unsafe-entry",
    /4096 bytes/,
  ],
  "an absolute symlink": [
    tgz(link("ln", "/etc/passwd")),
    "unsafe-entry",
    /"ln" is a symlink that leads out .*\/etc\/passwd/,
  ],
  "a symlink that goes up": [
    tgz(link("ln", "../canary")),
    "unsafe-entry",
    /"ln" is a symlink that leads out/,
  ],
  "a symlink that goes down and further up": [
    tgz(link("d/ln", "x/../../../canary")),
    "unsafe-entry",
    /leads out/,
  ],
  "a symlink that leaves through another one": [
    tgz(directory("a/b/"), link("a/b/up", "../.."), link("out", "a/b/up/../canary")),
    "unsafe-entry",
    /"out" is a symlink that leads out/,
  ],
  "a symlink with an outward target in a pax header": [
    tgz(pax({ linkpath: "../canary" }), link("ln", "ok")),
    "unsafe-entry",
    /leads out/,
  ],
  "a symlink without a target": [tgz(link("ln", "")), "unsafe-entry", /impossible target/],
  "a file written through a symlink": [
    tgz(link("ln", "d"), file("ln/f"), directory("d")),
    "unsafe-entry",
    /"ln" occurs twice/,
  ],
  "a file written through a symlink, the other way round": [
    tgz(directory("d"), file("ln/f"), link("ln", "d")),
    "unsafe-entry",
    /"ln" occurs twice/,
  ],
  "a symlink that replaces a file": [tgz(file("a"), link("a", "b")), "unsafe-entry", /"a" occurs twice/],
  "a file that replaces a symlink": [tgz(link("a", "b"), file("a")), "unsafe-entry", /"a" occurs twice/],
  "two symlinks of one name": [tgz(link("a", "b"), link("a", "c")), "unsafe-entry", /"a" occurs twice/],
  "a hard link inside": [
    tgz(file("a"), member({ path: "b", type: "1", link: "a" })),
    "unsafe-entry",
    /"b" is a Link/,
  ],
  "a hard link out": [
    tgz(member({ path: "b", type: "1", link: "../canary" })),
    "unsafe-entry",
    /"b" is a Link/,
  ],
  "a character device": [
    tgz(member({ path: "dev", type: "3" })),
    "unsafe-entry",
    /"dev" is a CharacterDevice/,
  ],
  "a block device": [tgz(member({ path: "dev", type: "4" })), "unsafe-entry", /"dev" is a BlockDevice/],
  "a named pipe": [tgz(member({ path: "pipe", type: "6" })), "unsafe-entry", /"pipe" is a FIFO/],
  "a GNU sparse file": [tgz(member({ path: "s", type: "S" })), "unsafe-entry", /"s" is a /],
  "a pax sparse file": [tgz(pax({ "GNU.sparse.major": "1" }), file("s")), "unsafe-entry", /sparse/],
  "a type that nobody knows": [tgz(member({ path: "w", type: "W" })), "unsafe-entry", /"w" is a /],
  "a file that is there twice": [tgz(file("a", "1"), file("a", "2")), "unsafe-entry", /"a" occurs twice/],
  "a file that is there twice under two spellings": [
    tgz(file("a/b", "1"), file("./a//b", "2")),
    "unsafe-entry",
    /"a\/b" occurs twice/,
  ],
  "a large file that is there twice": [
    tgz(file("a", "1"), file("a", Buffer.alloc(300_000))),
    "unsafe-entry",
    /"a" occurs twice/,
  ],
  "a directory that replaces a file": [tgz(file("a"), directory("a/")), "unsafe-entry", /"a" occurs twice/],
  "a file that replaces a directory": [tgz(directory("a"), file("a")), "unsafe-entry", /"a" occurs twice/],
  "a file below a file": [tgz(file("a"), file("a/b")), "unsafe-entry", /"a" occurs twice/],
  "a global pax header that renames everything": [
    tgz(pax({ path: "../evil" }, "g"), file("a")),
    "unsafe-entry",
    /global .*"path"/,
  ],
  "a global pax header that resizes everything": [
    tgz(pax({ size: "512" }, "g"), file("a")),
    "unsafe-entry",
    /global .*"size"/,
  ],
  "a negative size in a pax header": [tgz(pax({ size: "-1" }), file("a")), "corrupt", /size in a pax header/],
  "a size beyond all numbers in a pax header": [
    tgz(pax({ size: "9".repeat(30) }), file("a")),
    "corrupt",
    /size in a pax header/,
  ],
  "a pax size that swallows the next entries": [
    tgz(pax({ size: "99999" }), file("a"), file("b")),
    "corrupt",
    /cut off/,
  ],
  "a pax record that is longer than its header": [
    tgz(member({ path: "p", type: "x", body: "99 path=a\n" }), file("a")),
    "corrupt",
    /malformed pax/,
  ],
  "a pax record without a length": [
    tgz(member({ path: "p", type: "x", body: "path=a\n" }), file("a")),
    "corrupt",
    /malformed pax/,
  ],
  "a pax record with length zero": [
    tgz(member({ path: "p", type: "x", body: "0 path=a\n" }), file("a")),
    "corrupt",
    /malformed pax/,
  ],
  "a pax header for nothing": [tgz(pax({ path: "a" })), "corrupt", /belongs to no entry/],
  "a huge pax header": [
    tgz(pax({ comment: "c".repeat(limits.maxExtendedHeaderBytes) }), file("a")),
    "too-large",
    /extended header/,
  ],
  "a huge GNU long name": [
    tgz(gnuLong("L", "n".repeat(limits.maxExtendedHeaderBytes)), file("a")),
    "too-large",
    /extended header/,
  ],
  "a base-256 size beyond all numbers": [
    tgz(member({ path: "a", size: "\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff" })),
    "corrupt",
    /header|size/,
  ],
  "a negative base-256 size": [
    tgz(member({ path: "a", size: "\xff".repeat(12) })),
    "corrupt",
    /header|size|checksum|cut off/,
  ],
  "a size that promises more than there is": [tgz(member({ path: "a", size: 10_000 })), "corrupt", /cut off/],
  "a wrong checksum": [tgz(member({ path: "a", checksum: 1 })), "corrupt", /byte 0: .*checksum/],
  "a directory with a body": [
    tgz(member({ path: "d", type: "5", body: "not a header".repeat(50) })),
    "corrupt",
    /checksum/,
  ],
  "an archive that is cut off inside a file": [
    gzipSync(tgzRaw(file("a", Buffer.alloc(2000))).subarray(0, 1024)),
    "corrupt",
    /cut off/,
  ],
  "an archive that is cut off inside a header": [gzipSync(file("a").subarray(0, 300)), "corrupt", /cut off/],
  "data after the end of the archive": [
    gzipSync(Buffer.concat([file("a"), end(), file("b")])),
    "corrupt",
    /after the end/,
  ],
  "a gzip file that is cut off": [
    tgz(file("a", Buffer.alloc(5000, "abc"))).subarray(0, 60),
    "corrupt",
    /gzip/,
  ],
  "a gzip file whose checksum is wrong": [damagedTail(tgz(file("a"))), "corrupt", /gzip/],
  "a gzip file that is damaged": [damaged(tgz(file("a", "hello".repeat(99))), 30), "corrupt", /./],
  "garbage after the gzip file": [Buffer.concat([tgz(file("a")), Buffer.from("garbage")]), "corrupt", /gzip/],
  "a gzip file inside a gzip file": [doubled, "corrupt", /./],
  "a plain tar": [tgzRaw(file("a")), "corrupt", /gzip/],
  "a zip file": [Buffer.from("PK\x03\x04 something"), "corrupt", /gzip/],
  "an empty file": [Buffer.alloc(0), "corrupt", /empty|gzip/],
  "an empty gzip file": [gzipSync(Buffer.alloc(0)), "corrupt", /empty/],
  "a file beyond the limit of bytes": [
    tgz(file("a", Buffer.alloc(20_000))),
    "too-large",
    /more than 10000 bytes/,
    { maxUnpackedBytes: 10_000 },
  ],
  "empty files beyond the limit of entries": [
    tgz(...Array.from({ length: 11 }, (_, index) => file(`f${index}`, ""))),
    "too-large",
    /more than 10 entries/,
    { maxEntries: 10 },
  ],
  "implied directories beyond the limit of entries": [
    tgz(file("a/b/c/d/e/f/g/h/i/j/k")),
    "too-large",
    /more than 10 entries/,
    { maxEntries: 10 },
  ],
  "skipped symlinks beyond the limit of entries": [
    tgz(...Array.from({ length: 11 }, (_, index) => link(`f${index}`, "x"))),
    "too-large",
    /more than 10 entries/,
    { maxEntries: 10, symlinks: "skip" },
  ],
};

function tgzRaw(...members: Buffer[]): Buffer {
  return Buffer.concat([...members, end()]);
}
function damagedTail(archive: Buffer): Buffer {
  return damaged(archive, archive.length - 6);
}

describe("refuses, and leaves nothing behind:", () => {
  for (const [sentence, [archive, code, message, options]] of Object.entries(evil)) {
    test(sentence, async () => {
      const { parent, dir } = await place();
      await assert.rejects(unpack(Readable.from([archive]), dir, options), (thrown) => {
        assert.ok(isArtifactError(thrown), String(thrown));
        assert.equal(thrown.code, code, thrown.message);
        assert.match(thrown.message, message);
        return true;
      });
      assert.deepEqual(await readdir(parent), ["canary"]);
      assert.equal(await readFile(join(parent, "canary"), "utf8"), "alive");
    });
  }

  test("a bomb of ten gigabytes, without holding or writing it", async () => {
    const { parent, dir } = await place();
    const gzip = createGzip({ level: 1 });
    const zeros = Buffer.alloc(1 << 20);
    const bomb = async () => {
      gzip.write(member({ path: "bomb", size: 10 * 1024 ** 3 }));
      for (let sent = 0; sent < 10 * 1024 && !gzip.destroyed; sent++) {
        if (!gzip.write(zeros)) await Promise.race([once(gzip, "drain"), once(gzip, "close")]);
      }
    };
    bomb().catch(() => {});
    const refused = unpack(gzip, dir, { maxUnpackedBytes: 16 << 20 });
    await assert.rejects(refused, { code: "too-large" });
    assert.deepEqual(await readdir(parent), ["canary"]);
  });

  test("a directory that has something in it", async () => {
    const { parent } = await place();
    await assert.rejects(unpack(Readable.from([tgz(file("a"))]), parent), /not empty/);
    assert.deepEqual(await readdir(parent), ["canary"]);
  });

  test("to go on when the signal fires", async () => {
    const { parent, dir } = await place();
    const stalled = new Readable({ read() {} });
    stalled.push(tgz(file("a")).subarray(0, 20));
    const refused = unpack(stalled, dir, { signal: AbortSignal.timeout(20) });
    await assert.rejects(refused, { code: "aborted" });
    assert.ok(stalled.destroyed);
    assert.deepEqual(await readdir(parent), ["canary"]);
  });

  test("a file that is not there, with the system's error", async () => {
    const { parent, dir } = await place();
    await assert.rejects(unpack(join(parent, "nothing"), dir), { code: "ENOENT" });
    assert.deepEqual(await readdir(parent), ["canary"]);
  });
});
