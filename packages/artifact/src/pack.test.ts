import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { list } from "tar";
import { ignoreMatcher } from "./ignore.ts";
import { packDirectory } from "./pack.ts";
import { scratch } from "./testdata/scratch.ts";
import { unpack } from "./unpack.ts";

const base = scratch();
let counter = 0;

async function treeOf(files: Record<string, string | Buffer>) {
  const dir = join(base, `tree-${++counter}`);
  await mkdir(dir);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  return dir;
}

const output = () => join(base, `out-${++counter}.tar.gz`);

/** What an independent reader sees: `<mode> <uid>:<gid> <time> <path>` */
async function listing(file: string): Promise<string[]> {
  const lines: string[] = [];
  await list({
    file,
    strict: true,
    onReadEntry: ({ mode, uid, gid, uname, gname, mtime, path }) => {
      lines.push([mode?.toString(8), `${uid}${uname}:${gid}${gname}`, mtime?.getTime(), path].join(" "));
    },
  });
  return lines;
}

describe("packs", () => {
  test("files and directories in order, without a trace of where they come from", async () => {
    const dir = await treeOf({ "b.yaml": "b", "a/x": "x", "a.yaml": "a", "run.sh": "#!", "é/z": "z" });
    await chmod(join(dir, "run.sh"), 0o700);
    await chmod(join(dir, "b.yaml"), 0o606);
    await mkdir(join(dir, "empty"), { mode: 0o700 });
    const file = output();
    const packed = await packDirectory(dir, file);
    assert.deepEqual(await listing(file), [
      "755 0:0 0 a/",
      "644 0:0 0 a/x",
      "644 0:0 0 a.yaml",
      "644 0:0 0 b.yaml",
      "755 0:0 0 empty/",
      "755 0:0 0 run.sh",
      "755 0:0 0 é/",
      "644 0:0 0 é/z",
    ]);
    const bytes = await readFile(file);
    assert.deepEqual(packed, {
      digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
      size: bytes.length,
      files: 5,
    });
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  test("the same bytes from the same tree, whenever and wherever it was written", async () => {
    const files = { "z.yaml": "1", "a/b/c.yaml": "2", "a/a.yaml": "3".repeat(300_000) };
    const one = await treeOf(files);
    const other = await treeOf(Object.fromEntries(Object.entries(files).reverse()));
    await utimes(join(other, "z.yaml"), 1, 1);
    await chmod(join(other, "z.yaml"), 0o666);
    const digests = [await packDirectory(one, output()), await packDirectory(other, output())].map(
      (packed) => packed.digest,
    );
    assert.equal(digests[0], digests[1]);
  });

  test("other bytes from a tree that differs in one mode", async () => {
    const dir = await treeOf({ a: "1" });
    const before = await packDirectory(dir, output());
    await chmod(join(dir, "a"), 0o755);
    assert.notEqual((await packDirectory(dir, output())).digest, before.digest);
  });

  test("what unpack brings back: long and odd names, empty and large files", async () => {
    const deep = Array.from({ length: 12 }, (_, index) => `directory-number-${index}`).join("/");
    const files = {
      empty: "",
      [`${deep}/file`]: "deep",
      [`${"n".repeat(250)}`]: "long",
      [`${"ü".repeat(120)}/€😀`]: "wide",
      "a b\\c:d*": "odd",
      large: Buffer.alloc(1_500_001, "large file "),
      block: Buffer.alloc(1024, "x"),
    };
    const dir = await treeOf(files);
    const file = output();
    await packDirectory(dir, file);
    const back = join(base, `back-${++counter}`);
    await unpack(file, back);
    for (const [path, content] of Object.entries(files)) {
      assert.deepEqual(await readFile(join(back, path)), Buffer.from(content), path);
    }
    assert.equal((await listing(file)).length, Object.keys(files).length + 12 + 1);
    assert.equal(gunzipSync(await readFile(file)).length % 512, 0);
  });

  test("neither symlinks nor pipes, and never through one", async () => {
    const outside = await treeOf({ secret: "s" });
    const dir = await treeOf({ a: "1" });
    await symlink(join(outside, "secret"), join(dir, "file-link"));
    await symlink(outside, join(dir, "directory-link"));
    await symlink("a", join(dir, "inner-link"));
    execFileSync("mkfifo", [join(dir, "pipe")]);
    const file = output();
    const { files } = await packDirectory(dir, file);
    assert.equal(files, 1);
    assert.deepEqual(await listing(file), ["644 0:0 0 a"]);
  });

  test("what the ignore rules leave, and does not read what they prune", async () => {
    const dir = await treeOf({
      ".git/config": "",
      "a.jpg": "",
      "a.yaml": "",
      "vendor/b.yaml": "",
      "vendor/keep/c": "",
    });
    const visited: string[] = [];
    const rules = ignoreMatcher({ spec: "/vendor\n!/vendor/keep", defaults: true });
    const ignore = Object.assign(
      (path: string, isDirectory: boolean) => {
        visited.push(path);
        return rules(path, isDirectory);
      },
      { prunes: rules.prunes },
    );
    const file = output();
    await packDirectory(dir, file, { ignore });
    assert.deepEqual(
      (await listing(file)).map((line) => line.split(" ").pop()),
      ["a.jpg", "a.yaml", "vendor/keep/", "vendor/keep/c"],
    );
    assert.ok(!visited.includes(".git/config"));
  });

  test("an empty directory", async () => {
    const file = output();
    assert.equal((await packDirectory(await treeOf({}), file)).files, 0);
    assert.deepEqual(await unpack(file, join(base, `back-${++counter}`)), { files: 0, bytes: 0 });
  });

  test("a file of 64 MiB of zeros, in pieces", async () => {
    const dir = await treeOf({ sparse: "" });
    await truncate(join(dir, "sparse"), 64 << 20);
    const { size } = await packDirectory(dir, output());
    assert.ok(size < 1 << 20);
  });
});

describe("does not pack, and leaves no file:", () => {
  const refusal = async (dir: string, options: Parameters<typeof packDirectory>[2], expected: object) => {
    const parent = join(base, `refused-${++counter}`);
    await mkdir(parent);
    await assert.rejects(packDirectory(dir, join(parent, "out.tar.gz"), options), expected);
    assert.deepEqual(await readdir(parent), []);
  };

  test("more bytes than allowed", async () => {
    const dir = await treeOf({ a: "12345", "b/c": "12345" });
    await refusal(dir, { maxBytes: 9 }, { code: "too-large", message: /^b\/c: .*9 bytes/ });
  });

  test("a name that is not UTF-8, unless it is ignored", async () => {
    const dir = await treeOf({ "a/b": "1" });
    await writeFile(Buffer.concat([Buffer.from(join(dir, "a", "caf")), Buffer.from([0xe9])]), "1");
    await refusal(dir, {}, { code: "unsafe-entry", message: /^a\/caf.*not valid UTF-8/ });
    const ignore = ignoreMatcher({ spec: "caf*", defaults: true });
    assert.equal((await packDirectory(dir, output(), { ignore })).files, 1);
  });

  test("when the signal has fired", async () => {
    await refusal(await treeOf({ a: "1" }), { signal: AbortSignal.abort() }, { code: "aborted" });
  });

  test("a directory that is not there", async () => {
    await refusal(join(base, "nothing"), {}, { code: "ENOENT" });
  });
});
