import assert from "node:assert/strict";
import { test } from "node:test";
import { locate, locateAll } from "./locate.ts";

const text = "# comment\na:\n  - b: 1\n    c: [x, y]\n---\nd: &x {e: f}\ng: *x\n";

const places: Record<string, [number, (string | number)[], { line: number; column: number } | undefined]> = {
  "finds a key": [0, ["a"], { line: 2, column: 1 }],
  "finds an item": [0, ["a", 0], { line: 3, column: 5 }],
  "finds an entry of an item": [0, ["a", 0, "c", 1], { line: 4, column: 12 }],
  "finds the second document": [1, ["d", "e"], { line: 6, column: 8 }],
  "finds an alias": [1, ["g"], { line: 7, column: 1 }],
  "finds the document itself": [1, [], { line: 6, column: 1 }],
  "knows no missing key": [0, ["z"], undefined],
  "knows no item beyond the end": [0, ["a", 7], undefined],
  "knows no third document": [2, [], undefined],
};
for (const [sentence, [document, path, expected]] of Object.entries(places)) {
  test(sentence, () => assert.deepEqual(locate(text, document, path), expected));
}

test("all positions at once are those that are found one by one", () => {
  const first = text.slice(0, text.indexOf("---"));
  const all = locateAll(first);
  assert.equal(all.size, 7);
  for (const [path, position] of all) assert.deepEqual(position, locate(first, 0, JSON.parse(path)));
});
