import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Artifact } from "@sluice/api";
import { createTrees, type Trees } from "./trees.ts";

const artifact = (digest: string) => ({ digest }) as Artifact;
const { signal } = new AbortController();

describe("unpacked artifacts", () => {
  let dir: string;
  let fetched: string[];
  let trees: Trees;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "sluice-trees-"));
  });
  after(() => rm(dir, { recursive: true }));
  beforeEach(() => {
    fetched = [];
    trees = createTrees(
      join(dir, "t"),
      async ({ digest }, to) => {
        fetched.push(digest);
        if (digest.endsWith("bad")) throw new Error("unreachable");
        await mkdir(to);
        await writeFile(join(to, "file"), digest);
        return { bytes: 100 };
      },
      150,
    );
  });

  test("are shared by objects that read them at the same time", async () => {
    const [one, two] = await Promise.all([
      trees.open(artifact("sha256:a"), signal),
      trees.open(artifact("sha256:a"), signal),
    ]);
    assert.equal(one.root, two.root);
    assert.deepEqual(fetched, ["sha256:a"]);
  });

  test("are kept for the next object, and dropped when idle ones take too much", {
    timeout: 60_000,
  }, async () => {
    const first = await trees.open(artifact("sha256:a"), signal);
    first.close();
    (await trees.open(artifact("sha256:a"), signal)).close();
    assert.deepEqual(fetched, ["sha256:a"], "the second one is given the kept copy");
    const other = await trees.open(artifact("sha256:b"), signal);
    other.close();
    while (existsSync(first.root)) await sleep(5); // the least recently used one goes
    assert.equal(existsSync(other.root), true);
  });

  test("stay while they are read, whatever they take", async () => {
    const open = await Promise.all(
      ["sha256:a", "sha256:b", "sha256:c"].map((digest) => trees.open(artifact(digest), signal)),
    );
    open[2]!.close();
    assert.ok(open.slice(0, 2).every(({ root }) => existsSync(join(root, "file"))));
  });

  test("are fetched again after a failure", async () => {
    await assert.rejects(trees.open(artifact("sha256:bad"), signal), /unreachable/);
    await assert.rejects(trees.open(artifact("sha256:bad"), signal), /unreachable/);
    assert.equal(fetched.length, 2);
  });
});
