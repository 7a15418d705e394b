import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openRemoteCache } from "./remote-cache.ts";

test("mirrors are kept for the next build, trees are not", async (t) => {
  const home = await mkdtemp(join(tmpdir(), "sluice-test-"));
  t.after(() => rm(home, { recursive: true, force: true }));
  const kept = join(home, "sluice", "mirrors");

  const first = await openRemoteCache(home, 11, () => true);
  assert.equal(first.mirrors, kept);
  const second = await openRemoteCache(home, 12, (pid) => pid === 11);
  assert.notEqual(second.mirrors, kept, "the mirrors belong to the first process");
  await second.close();
  await first.close();
  assert.ok(!existsSync(first.trees) && !existsSync(second.trees));

  await openRemoteCache(home, 13, () => true);
  const afterKill = await openRemoteCache(home, 14, () => false);
  assert.equal(afterKill.mirrors, kept, "a process that is gone holds nothing");
  await afterKill.close();
});

test("a directory that cannot be written is no hindrance", async () => {
  const cache = await openRemoteCache("/dev/null", 11, () => true);
  assert.ok(cache.mirrors.startsWith(cache.trees));
  await cache.close();
});
