import assert from "node:assert/strict";
import { test } from "node:test";
import { rewrite } from "./rewrite.ts";

test("changes values and keeps comments, order and quotes", () => {
  const before = "# top\nb: 'x' # why\na:\n- 1\n- two\n";
  assert.equal(rewrite(before, { b: "y", a: [1, "three"] }), "# top\nb: 'y' # why\na:\n- 1\n- three\n");
});

test("adds what is new", () => {
  assert.equal(rewrite("a: 1\n", { a: 1, b: { c: [true] } }), "a: 1\nb:\n  c:\n  - true\n");
});
