import assert from "node:assert/strict";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fingerprintOf } from "./digest.ts";
import { createDigestCache } from "./digest-cache.ts";
import { limits } from "./limits.ts";
import { scratch } from "./testdata/scratch.ts";

const base = scratch();

describe("remembered digests", () => {
  test("are believed while the file is the same, checked now and then, and dropped when it changes", async (t) => {
    let now = 0;
    const file = join(base, "a");
    await writeFile(file, "content");
    const handle = await open(file, "r+");
    t.after(() => handle.close());
    const cache = createDigestCache(() => now);
    const truth = await fingerprintOf(file);
    assert.deepEqual(await cache.fingerprint(handle), truth);

    // A digest that is not the file's shows where an answer comes from.
    await cache.note(handle, { digest: "sha256:noted", size: 7 });
    assert.equal((await cache.fingerprint(handle)).digest, "sha256:noted");
    now += limits.rehashMs;
    assert.deepEqual(await cache.fingerprint(handle), truth);

    await cache.note(handle, { digest: "sha256:noted", size: 7 });
    await handle.write("C", 0);
    await handle.utimes(1, 1);
    assert.deepEqual(await cache.fingerprint(handle), await fingerprintOf(file));
    assert.notEqual((await cache.fingerprint(handle)).digest, truth.digest);
  });

  test("are kept per algorithm, and many may ask at once", async (t) => {
    const file = join(base, "b");
    await writeFile(file, Buffer.alloc(1_000_000, "b"));
    const handle = await open(file);
    t.after(() => handle.close());
    const cache = createDigestCache(Date.now);
    const asked = await Promise.all(Array.from({ length: 10 }, () => cache.fingerprint(handle)));
    assert.equal(new Set(asked.map((found) => found.digest)).size, 1);
    assert.deepEqual(await cache.fingerprint(handle, "sha512"), await fingerprintOf(file, "sha512"));
  });
});
