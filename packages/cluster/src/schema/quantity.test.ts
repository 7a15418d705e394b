import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalQuantity } from "./quantity.ts";

const ROWS: [text: string, canonical: string | undefined][] = [
  ["1000m", "1"],
  ["0.5", "500m"],
  ["100m", "100m"],
  ["1024Mi", "1Gi"],
  ["1.5Gi", "1536Mi"],
  ["0.5Ki", "512"],
  ["1e3", "1e3"],
  ["1000", "1k"],
  ["1500", "1500"],
  ["128974848", "128974848"],
  ["129M", "129M"],
  ["1G", "1G"],
  ["0", "0"],
  ["-1000m", "-1"],
  ["1E", "1E"],
  [".5", "500m"],
  ["", undefined],
  ["1x", undefined],
  ["1 Gi", undefined],
];
for (const [text, canonical] of ROWS) {
  test(`${JSON.stringify(text)} is ${canonical ?? "no quantity"}`, () =>
    assert.equal(canonicalQuantity(text), canonical));
}
