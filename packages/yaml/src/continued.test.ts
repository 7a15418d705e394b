import assert from "node:assert/strict";
import { test } from "node:test";
import { indentContinued } from "./continued.ts";

const rows: Record<string, [text: string, indented: string]> = {
  "brackets of a key": ["a:\n  k: [\nx,\n y]\nb: 1", "a:\n  k: [\n    x,\n    y]\nb: 1"],
  "quotes in a list": ["- 'a\nb'\n- c", "- 'a\n    b'\n- c"],
  "nothing that is indented already": ["a: [\n   b]", "a: [\n   b]"],
  "all but marks of documents": ["a: [\n--- b\n]", "a: [\n--- b\n  ]"],
};
for (const [sentence, [text, indented]] of Object.entries(rows))
  test(`indents ${sentence}`, () => assert.equal(indentContinued(text, 1000), indented));

test("stops when an indent makes the text too long", () => {
  const wide = `a:\n${" ".repeat(1000)}k: [\n${"x,\n".repeat(1000)}]`;
  assert.ok(indentContinued(wide, 10_000).length < 12_000);
});
