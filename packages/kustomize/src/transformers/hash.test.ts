import assert from "node:assert/strict";
import { test } from "node:test";
import { contentHash } from "./hash.ts";

// Recorded from kustomize v5.8.2.
test("hashes the data of a ConfigMap, not its name", () => {
  const node = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, data: { k: "v", q: "" } };
  assert.equal(contentHash(node), contentHash({ ...node, metadata: { name: "y" } }));
  assert.equal(contentHash({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } }), "6ct58987ht");
});

test("hashes type and data of a Secret", () => {
  const secret = (type: string) =>
    contentHash({ apiVersion: "v1", kind: "Secret", metadata: {}, type, data: {} });
  assert.notEqual(secret("a"), secret("b"));
});
