import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { limits } from "./limits.ts";
import { packDirectory } from "./pack.ts";
import { openStore, type PutInput } from "./store.ts";
import { scratch } from "./testdata/scratch.ts";

const base = scratch();
let counter = 0;

/** A store with a clock that tests turn. */
function newStore(
  root = join(base, `store-${++counter}`),
  options: { records?: number; ttlMs?: number } = {},
) {
  const clock = { now: Date.parse("2026-01-02T03:04:05.678Z") };
  const store = openStore(root, {
    hostname: "source-controller.flux-system.svc.cluster.local.",
    retentionTtlMs: options.ttlMs ?? 60_000,
    retentionRecords: options.records ?? 2,
    now: () => clock.now,
  });
  return { store, clock, root };
}

const object = { kind: "gitrepository", namespace: "flux-system", name: "app" };
const writing = (content: string) => (file: string) => writeFile(file, content).then(() => undefined);
const put = (content: string, revision: string, more: Partial<PutInput> = {}): PutInput =>
  ({
    ...object,
    revision,
    write: writing(content),
    ...more,
  }) as PutInput;
const sha256 = (content: string) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** The object's directory: names, links as `name -> target`. */
async function contentsOf(root: string, path = "gitrepository/flux-system/app"): Promise<string[]> {
  const entries = await readdir(join(root, path), { withFileTypes: true });
  const lines = entries.map(async (entry) =>
    entry.isSymbolicLink() ? `${entry.name} -> ${await readlink(join(root, path, entry.name))}` : entry.name,
  );
  return (await Promise.all(lines)).sort();
}

const temporaryFiles = (root: string) => readdir(join(root, ".tmp"));

describe("putting an artifact", () => {
  test("gives what belongs into status.artifact, and the file under that path", async () => {
    const { store, root } = newStore();
    const artifact = await store.put(
      put("content", "main@sha1:0123abcd", { metadata: { "org.opencontainers.image.source": "x" } }),
    );
    assert.deepEqual(artifact, {
      path: "gitrepository/flux-system/app/0123abcd.tar.gz",
      url: "http://source-controller.flux-system.svc.cluster.local./gitrepository/flux-system/app/0123abcd.tar.gz",
      revision: "main@sha1:0123abcd",
      digest: sha256("content"),
      lastUpdateTime: "2026-01-02T03:04:05Z",
      size: 7,
      metadata: { "org.opencontainers.image.source": "x" },
    });
    assert.equal(await readFile(store.fileOf(artifact), "utf8"), "content");
    assert.deepEqual(await contentsOf(root), ["0123abcd.tar.gz", "latest.tar.gz -> 0123abcd.tar.gz"]);
    assert.deepEqual(await temporaryFiles(root), []);
  });

  const names: Record<
    string,
    [input: Partial<PutInput> & { revision: string }, path: string, latest: string]
  > = {
    "a commit": [
      { revision: "refs/heads/a:b@sha1:0123abcd" },
      "gitrepository/flux-system/app/0123abcd.tar.gz",
      "latest.tar.gz",
    ],
    "an OCI tag": [
      { revision: "6.1@sha256:beefbeef", kind: "OCIRepository" },
      "ocirepository/flux-system/app/beefbeef.tar.gz",
      "latest.tar.gz",
    ],
    "a bare digest": [
      { revision: "sha256:beefbeef", kind: "bucket" },
      "bucket/flux-system/app/beefbeef.tar.gz",
      "latest.tar.gz",
    ],
    "a chart, with names of its own": [
      {
        revision: "6.1.0+build",
        kind: "helmchart",
        fileName: "podinfo-6.1.0+build.tgz",
        latest: "podinfo-latest.tgz",
      },
      "helmchart/flux-system/app/podinfo-6.1.0+build.tgz",
      "podinfo-latest.tgz",
    ],
    "a chart index": [
      { revision: "sha256:beef", kind: "helmrepository", fileName: "index-beef.yaml", latest: "index.yaml" },
      "helmrepository/flux-system/app/index-beef.yaml",
      "index.yaml",
    ],
  };
  for (const [what, [input, path, latest]] of Object.entries(names)) {
    test(`names the file of ${what} as Flux does`, async () => {
      const { store, root } = newStore();
      const artifact = await store.put(put("x", input.revision, input));
      assert.equal(artifact.path, path);
      const [directory, fileName] = [
        path.slice(0, path.lastIndexOf("/")),
        path.slice(path.lastIndexOf("/") + 1),
      ];
      assert.ok((await contentsOf(root, directory)).includes(`${latest} -> ${fileName}`));
    });
  }

  const refused: Record<string, Partial<PutInput>> = {
    "a name that leads out": { name: ".." },
    "a namespace with a slash": { namespace: "a/b" },
    "a hidden kind": { kind: ".tmp" },
    "an empty name": { name: "" },
    "a file name that leads out": { fileName: "../x.tar.gz" },
    "a link name that leads out": { latest: "../latest.tar.gz" },
    "a link that would replace the file": { fileName: "a.tgz", latest: "a.tgz" },
    "a revision that names no file": { revision: "6.1.0" },
  };
  for (const [what, input] of Object.entries(refused)) {
    test(`refuses ${what}`, async () => {
      const { store, root } = newStore();
      await assert.rejects(store.put(put("x", "sha1:0123abcd", input)));
      assert.deepEqual(await readdir(root), [".tmp"]);
      assert.deepEqual(await temporaryFiles(root), []);
    });
  }

  test("copies a given file, and takes the digest from the packer", async () => {
    const { store, root } = newStore();
    const file = join(base, `file-${++counter}`);
    await writeFile(file, "copied");
    const { write: _, ...copied } = put("", "sha1:0000000a") as PutInput & { write: unknown };
    assert.equal((await store.put({ ...copied, file } as PutInput)).digest, sha256("copied"));
    assert.equal(await readFile(file, "utf8"), "copied");

    const tree = join(base, `tree-${++counter}`);
    await mkdir(tree);
    const artifact = await store.put(
      put("", "sha1:0000000b", { write: (path) => packDirectory(tree, path) }),
    );
    assert.deepEqual(Object.keys(artifact).sort(), [
      "digest",
      "lastUpdateTime",
      "path",
      "revision",
      "size",
      "url",
    ]);
    const bytes = await readFile(join(root, artifact.path));
    assert.equal(artifact.digest, `sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    assert.equal(await store.verify(artifact), "present");
  });

  test("never changes what lies under a path: other content gets another name", async () => {
    const { store, root } = newStore();
    const first = await store.put(put("one", "sha1:0123abcd"));
    const second = await store.put(put("two", "sha1:0123abcd"));
    assert.equal(second.path, `gitrepository/flux-system/app/0123abcd-${sha256("two").slice(7, 19)}.tar.gz`);
    assert.equal(await store.verify(first), "present");
    assert.equal(await store.verify(second), "present");
    const again = await store.put(put("two", "sha1:0123abcd"));
    assert.equal(again.path, second.path);
    assert.equal((await store.put(put("one", "sha1:0123abcd"))).path, first.path);
    assert.equal((await contentsOf(root)).length, 3);
  });

  test("twice at the same time leaves both whole", async () => {
    const { store, root } = newStore();
    const contents = Array.from({ length: 8 }, (_, index) => `content ${index % 4}`.repeat(10_000));
    const artifacts = await Promise.all(contents.map((content) => store.put(put(content, "sha1:0123abcd"))));
    for (const [index, artifact] of artifacts.entries()) {
      assert.equal(artifact.digest, sha256(contents[index]!));
      assert.equal(await store.verify(artifact), "present");
    }
    assert.equal(new Set(artifacts.map((artifact) => artifact.path)).size, 4);
    assert.deepEqual(await temporaryFiles(root), []);
  });

  test("that fails half-way leaves nothing", async () => {
    const { store, root } = newStore();
    const failing = async (file: string) => {
      await writeFile(file, "half");
      throw Object.assign(new Error("disk"), { code: "ENOSPC" });
    };
    await assert.rejects(store.put(put("", "sha1:0123abcd", { write: failing })), { code: "no-space" });
    assert.deepEqual(await readdir(root), [".tmp"]);
    assert.deepEqual(await temporaryFiles(root), []);
  });

  test("stops when the signal has fired", async () => {
    const { store, root } = newStore();
    await assert.rejects(store.put(put("x", "sha1:0123abcd", { signal: AbortSignal.abort() })), {
      code: "aborted",
    });
    assert.deepEqual(await readdir(root), [".tmp"]);
  });

  test("while the namespace's last other object is removed", async () => {
    const { store } = newStore();
    for (let round = 0; round < 20; round++) {
      await store.put(put("old", "sha1:0123abcd", { name: "old" }));
      const [artifact] = await Promise.all([
        store.put(put("new", "sha1:0123abcd", { name: "new" })),
        store.remove(object.kind, object.namespace, "old"),
      ]);
      assert.equal(await store.verify(artifact), "present");
      await store.remove(object.kind, object.namespace, "new");
    }
  });
});

describe("a crash", () => {
  /** A process that puts an artifact and is killed when the temporary file is written, before it is renamed. */
  async function crash(root: string) {
    const script = `
      import { writeFile } from "node:fs/promises";
      import { openStore } from ${JSON.stringify(new URL("./store.ts", import.meta.url).href)};
      const store = openStore(${JSON.stringify(root)}, { hostname: "h", retentionTtlMs: 0, retentionRecords: 2 });
      await store.put({ kind: "gitrepository", namespace: "flux-system", name: "app", revision: "sha1:0123abcd",
        write: async (file) => { await writeFile(file, "content"); process.kill(process.pid, "SIGKILL"); } });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
    const [, signal] = await once(child, "exit");
    assert.equal(signal, "SIGKILL");
  }

  test("between writing and renaming leaves no artifact, and its leavings are swept at the next start", async () => {
    const root = join(base, `store-${++counter}`);
    await crash(root);
    assert.deepEqual(await readdir(root), [".tmp"]);
    assert.equal((await temporaryFiles(root)).length, 1);
    openStore(root, { hostname: "h", retentionTtlMs: 0, retentionRecords: 2, now: Date.now });
    assert.equal(
      (await temporaryFiles(root)).length,
      1,
      "may still be written by the process that hands over",
    );
    const later = () => Date.now() + limits.staleTemporaryMs + 60_000;
    const { put: putAgain } = openStore(root, {
      hostname: "h",
      retentionTtlMs: 0,
      retentionRecords: 2,
      now: later,
    });
    assert.deepEqual(await temporaryFiles(root), []);
    assert.equal((await putAgain(put("content", "sha1:0123abcd"))).size, 7);
  });
});

describe("verifying", () => {
  test("finds what is there, missing and damaged", async () => {
    const { store, root } = newStore();
    const artifact = await store.put(put("content", "sha1:0123abcd"));
    const file = join(root, artifact.path);
    assert.equal(await store.verify(artifact), "present");
    assert.equal(await store.verify({ ...artifact, digest: artifact.digest.slice(7) }), "present");
    assert.equal(await store.verify({ ...artifact, digest: sha256("other") }), "corrupt");
    await writeFile(file, "cOntent");
    assert.equal(await store.verify(artifact), "corrupt");
    await appendFile(file, "more");
    assert.equal(await store.verify(artifact), "corrupt");
    await rename(file, `${file}.away`);
    assert.equal(await store.verify(artifact), "missing");
    await symlink(`${file}.away`, file);
    assert.equal(await store.verify(artifact), "missing");
    assert.equal(
      await store.verify({ ...artifact, path: "gitrepository/flux-system/app/../app/x" }),
      "missing",
    );
    assert.equal(await store.verify({ ...artifact, path: "../../etc/passwd" }), "missing");
    assert.equal(await store.verify({ ...artifact, path: "gitrepository/flux-system/app" }), "missing");
  });

  test("knows a digest of another algorithm", async () => {
    const { store } = newStore();
    const artifact = await store.put(put("content", "sha1:0123abcd"));
    const sha512 = `sha512:${createHash("sha512").update("content").digest("hex")}`;
    assert.equal(await store.verify({ ...artifact, digest: sha512 }), "present");
    await assert.rejects(store.verify({ ...artifact, digest: "blake3:00" }), {
      code: "digest-mismatch",
      message: /blake3/,
    });
  });

  test("after a restart works on what is on disk", async () => {
    const { store, root } = newStore();
    const artifact = await store.put(put("content", "sha1:0123abcd"));
    assert.equal(await newStore(root).store.verify(artifact), "present");
  });
});

describe("collecting garbage", () => {
  test("keeps what retention covers and the links, and says what went", async () => {
    const { store, clock, root } = newStore();
    const revisions = ["0000000a", "0000000b", "0000000c", "0000000d"];
    const artifacts = [];
    for (const revision of revisions) {
      artifacts.push(await store.put(put(revision, `sha1:${revision}`)));
      clock.now += 1_000;
    }
    const current = artifacts.at(-1)!;
    const collect = () => store.collectGarbage(object.kind, object.namespace, object.name, current);
    assert.deepEqual(await collect(), [artifacts[1]!.path, artifacts[0]!.path]);
    assert.deepEqual(await contentsOf(root), [
      "0000000c.tar.gz",
      "0000000d.tar.gz",
      "latest.tar.gz -> 0000000d.tar.gz",
    ]);
    clock.now += 60_000;
    assert.deepEqual(await collect(), [artifacts[2]!.path]);
    assert.deepEqual(await collect(), []);
    assert.equal(await store.verify(current), "present");
  });

  test("of an object that cannot be is refused", async () => {
    const { store } = newStore();
    await assert.rejects(
      store.collectGarbage("bucket", "..", "b", { path: "x" }),
      /".." is no object's name/,
    );
    await assert.rejects(store.remove("bucket", "a", ".."), /".." is no object's name/);
  });

  test("of an object that has nothing is nothing", async () => {
    const { store } = newStore();
    assert.deepEqual(await store.collectGarbage("bucket", "a", "b", { path: "bucket/a/b/c.tar.gz" }), []);
  });
});

describe("removing", () => {
  test("an object leaves no trace of it, and nothing else changes", async () => {
    const { store, root } = newStore();
    await store.put(put("x", "sha1:0123abcd"));
    const other = await store.put(put("x", "sha1:0123abcd", { namespace: "other" }));
    assert.equal(await store.remove("GitRepository", object.namespace, object.name), true);
    assert.equal(await store.remove("GitRepository", object.namespace, object.name), false);
    assert.deepEqual(await readdir(join(root, "gitrepository")), ["other"]);
    assert.equal(await store.verify(other), "present");
  });

  test("what no object owns any more spares the living and the fresh", async () => {
    const { store, clock, root } = newStore();
    for (const name of ["living", "dead", "fresh"]) await store.put(put("x", "sha1:0123abcd", { name }));
    const old = (clock.now - limits.sweepGraceMs) / 1000 - 1;
    const fresh = clock.now / 1000 - 1;
    for (const [name, time] of [
      ["living", old],
      ["dead", old],
      ["fresh", fresh],
    ] as const) {
      await utimes(join(root, "gitrepository/flux-system", name), time, time);
    }
    await writeFile(join(root, "lost+found"), "");
    const live = new Set(["gitrepository/flux-system/living"]);
    assert.deepEqual(await store.sweep(live), ["gitrepository/flux-system/dead"]);
    assert.deepEqual((await readdir(join(root, "gitrepository/flux-system"))).sort(), ["fresh", "living"]);
    assert.ok((await stat(join(root, "lost+found"))).isFile());
  });
});

describe("the advertised address", () => {
  for (const [hostname, url] of [
    ["localhost:9090", "http://localhost:9090/a/b"],
    ["https://storage.example.com/", "https://storage.example.com/a/b"],
  ] as const) {
    test(`${hostname} makes ${url}`, () => {
      const store = openStore(join(base, `store-${++counter}`), {
        hostname,
        retentionTtlMs: 0,
        retentionRecords: 0,
      });
      assert.equal(store.urlOf("a/b"), url);
    });
  }
});
