import assert from "node:assert/strict";
import { test } from "node:test";
import { buildDocuments } from "@sluice/yaml";
import type { Node } from "../node.ts";
import { newSchemaState } from "./schema.ts";
import { Merge } from "./strategic.ts";

const read = (text: string) =>
  buildDocuments(text, { dialect: "node", spelling: true, duplicates: "error" })[0] as Node;
const head = "apiVersion: v1\nkind: Pod\n";

// The whole table of kustomize's own unit tests is replayed by the conformance script.
const merges: Record<string, [dest: string, patch: string, expected: string]> = {
  "drops keys without a value, keeps nulls that are spelt out": [
    "a:\nb: null\nc: 1",
    "d: 2",
    "b: null\nc: 1\nd: 2",
  ],
  "carries out directives inside what is new": [
    "a: 1",
    "new: {gone: {$patch: delete}, kept: 1, void: null}",
    "a: 1\nnew: {kept: 1}",
  ],
  "merges finalizers as a set": [
    `${head}metadata: {finalizers: [a, b]}`,
    "metadata: {finalizers: [c, b]}",
    `${head}metadata: {finalizers: [c, b, a]}`,
  ],
  "tells ports apart by protocol": [
    `${head}spec: {containers: [{name: c, ports: [{containerPort: 1, protocol: TCP}]}]}`,
    "spec: {containers: [{name: c, ports: [{containerPort: 1, protocol: UDP}]}]}",
    `${head}spec: {containers: [{name: c, ports: [{containerPort: 1, protocol: UDP}, {containerPort: 1, protocol: TCP}]}]}`,
  ],
  "drops what a patch says of a port without its protocol, as kustomize does": [
    `${head}spec: {containers: [{name: c, ports: [{containerPort: 1, protocol: TCP}]}]}`,
    "spec: {containers: [{name: c, ports: [{containerPort: 1, name: web}]}]}",
    `${head}spec: {containers: [{name: c, ports: [{containerPort: 1, protocol: TCP}]}]}`,
  ],
  "deletes a list by a directive of its own": [
    `${head}spec: {containers: [{name: c}], volumes: [{name: v}]}`,
    "spec: {volumes: [{$patch: delete}]}",
    `${head}spec: {containers: [{name: c}]}`,
  ],
};
for (const [sentence, [dest, patch, expected]] of Object.entries(merges)) {
  test(sentence, () => {
    const merged = new Merge(newSchemaState(), "prepend").walk(read(dest), read(patch), undefined, []);
    assert.deepEqual(merged, read(expected));
  });
}

test("refuses an item that is no object in a list that merges by a key", () => {
  const dest = read(`${head}spec: {containers: [text, {name: c}]}`);
  const merge = new Merge(newSchemaState(), "prepend");
  assert.throws(() => merge.walk(dest, read("spec: {containers: [{name: c}]}"), undefined, []), {
    message: /wrong node kind: expected MappingNode but got ScalarNode/,
  });
});
