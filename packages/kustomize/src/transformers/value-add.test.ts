import assert from "node:assert/strict";
import { test } from "node:test";
import { testCases } from "../testing/cases.ts";
import { insertPathPart } from "./value-add.ts";

const parts: [string, number, string][] = [
  ["", 0, "X"],
  ["/", 0, "/X"],
  ["pie", 0, "X/pie"],
  ["/pie", 0, "/X/pie"],
  ["/raw", 9, "/raw/X"],
  ["a/b/c", 2, "a/b/X/c"],
];
for (const [path, position, expected] of parts) {
  test(`X in "${path}" at ${position} is "${expected}"`, () =>
    assert.equal(insertPathPart(path, position, "X"), expected));
}

const plugin = (more: string) =>
  `transformers: ['{apiVersion: builtin, kind: ValueAddTransformer, metadata: {name: v}, ${more}}']`;
const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {path: /x}\n";

testCases({
  "writes a value": [pod, plugin("value: v, targets: [{fieldPath: spec/new}]"), /new: v/],
  "takes the name of the directory by default": [pod, plugin("targets: [{fieldPath: spec/new}]"), /new: app/],
  "puts a part into a path": [
    pod,
    plugin("value: v, targets: [{fieldPath: spec/path, filePathPosition: 2}]"),
    /path: \/x\/v/,
  ],
  "wants a target": [pod, plugin("value: v"), /must specify at least one target/],
});
