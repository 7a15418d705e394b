import assert from "node:assert/strict";
import test from "node:test";
import type { KubeObject, ObjectRef } from "@sluice/api";
import { fingerprint } from "@sluice/kube";
import { createMemory } from "./memory.ts";

const ref: ObjectRef = { group: "apps", version: "v1", kind: "Deployment", namespace: "n", name: "d" };
const live = (manager = "kustomize-controller", labels = { a: "1" }): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "d",
    namespace: "n",
    uid: "u",
    labels,
    managedFields: [{ manager, operation: "Apply", time: "t" }],
  },
});
const basis = { generation: 1, artifact: "sha256:1", variables: "v" };
const settled = (covered = true) => {
  const memory = createMemory(() => covered);
  memory.settle("ns/web", basis, [{ ref, fingerprint: fingerprint(live()) }]);
  return memory;
};

test("rests on the very basis that it settled on", () => {
  assert.equal(settled().rests("ns/web", basis), true);
  for (const other of [{ generation: 2 }, { artifact: "sha256:2" }, { variables: "w" }])
    assert.equal(settled().rests("ns/web", { ...basis, ...other }), false, JSON.stringify(other));
  assert.equal(settled().rests("ns/other", basis), false);
});

test("does not rest while a kind that it applied is not watched", () => {
  assert.equal(settled(false).rests("ns/web", basis), false);
});

test("a foreign write is drift, once; our own state is not", () => {
  const memory = settled();
  assert.equal(memory.observe("ns/web", live(), false), undefined);
  assert.equal(memory.rests("ns/web", basis), true);
  assert.equal(memory.observe("ns/web", live("kubectl-edit"), false), "drift");
  assert.equal(memory.rests("ns/web", basis), false);
});

test("a change of labels and a deletion are drift too", () => {
  assert.equal(settled().observe("ns/web", live(undefined, { a: "2" }), false), "drift");
  assert.equal(settled().observe("ns/web", live(), true), "drift");
});

test("objects of others and what was forgotten wake nobody", () => {
  const memory = settled();
  assert.equal(memory.observe("ns/other", live("kubectl-edit"), false), undefined);
  memory.forget("ns/web");
  assert.equal(memory.observe("ns/web", live("kubectl-edit"), false), undefined);
  assert.equal(memory.rests("ns/web", basis), false);
});
