import assert from "node:assert/strict";
import { test } from "node:test";
import { compareBytes, goJson } from "./json.ts";

test("writes JSON as Go does: sorted by bytes, HTML escaped, exact integers", () => {
  assert.equal(
    goJson({ b: "<&>", a: [1, null, true, 9007199254740993n], "\u{1F600}": 1, "\uffee": 2 }),
    '{"a":[1,null,true,9007199254740993],"b":"\\u003c\\u0026\\u003e","\uffee":2,"\u{1F600}":1}',
  );
  assert.equal(
    goJson({ a: [1e-7, 1e21, 0.5], b: {} }, "  "),
    '{\n  "a": [\n    1e-7,\n    1e+21,\n    0.5\n  ],\n  "b": {}\n}',
  );
});

test("compares by UTF-8 bytes", () => {
  assert.deepEqual(["\u{1F600}", "\uffee", "b", "a", "ab"].sort(compareBytes), [
    "a",
    "ab",
    "b",
    "\uffee",
    "\u{1F600}",
  ]);
});
