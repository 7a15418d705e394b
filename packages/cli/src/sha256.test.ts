import assert from "node:assert/strict";
import { createHash as nodeHash } from "node:crypto";
import { test } from "node:test";
import { createHash } from "./sha256.ts";

test("hashes of all lengths around the blocks, and beyond what is short, are those of Node", () => {
  for (const length of [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 16_384, 16_385, 40_000]) {
    const data = Buffer.from(Array.from({ length }, (_, i) => (i * 131 + 7) & 255));
    assert.equal(
      createHash("sha256").update(data).digest("hex"),
      nodeHash("sha256").update(data).digest("hex"),
      `${length} bytes`,
    );
  }
});

test("text may come in pieces, long ones after short ones", () => {
  const pieces = ["ä", "", "b".repeat(20_000), "c"];
  const ours = createHash("sha256");
  for (const piece of pieces) ours.update(piece);
  assert.equal(ours.digest("base64"), nodeHash("sha256").update(pieces.join("")).digest("base64"));
});

test("other algorithms are Node's", () => {
  assert.equal(createHash("md5").update("a").digest("hex"), "0cc175b9c0f1b6a831c399e269772661");
});
