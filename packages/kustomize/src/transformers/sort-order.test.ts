import assert from "node:assert/strict";
import { test } from "node:test";
import { buildTree, over } from "../testing/tree.ts";

const objects = ["Deployment", "Namespace", "ValidatingWebhookConfiguration", "Custom", "ConfigMap"]
  .map((kind) => `apiVersion: v1\nkind: ${kind}\nmetadata: {name: a}\n`)
  .join("---\n");
const kinds = (kustomization: string, reorder?: "none" | "legacy" | "unspecified") =>
  buildTree(over(objects, kustomization), { reorder }).resources.map(({ object }) => object.kind);

const LEGACY = ["Namespace", "ConfigMap", "Deployment", "Custom", "ValidatingWebhookConfiguration"];
const FIFO = ["Deployment", "Namespace", "ValidatingWebhookConfiguration", "Custom", "ConfigMap"];

test("sorts by what Kubernetes needs first, unless told otherwise", () => {
  assert.deepEqual(kinds(""), LEGACY);
  assert.deepEqual(kinds("", "none"), FIFO);
  assert.deepEqual(kinds("sortOptions: {order: fifo}", "legacy"), FIFO);
});

test("takes lists of what comes first and last", () => {
  assert.deepEqual(
    kinds("sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Custom], orderLast: [ConfigMap]}}"),
    ["Custom", "Deployment", "Namespace", "ValidatingWebhookConfiguration", "ConfigMap"],
  );
});

test("refuses options that do not fit", () => {
  assert.throws(
    () => kinds("sortOptions: {order: fifo, legacySortOptions: {}}"),
    /is set but the selected sort order is 'fifo'/,
  );
  assert.throws(() => kinds("sortOptions: {order: up}"), /must be one of \[fifo, legacy\]/);
});
