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

test("a foreign write is drift; our own state is not", () => {
  const memory = settled();
  assert.deepEqual(memory.observe(live(), false), []);
  assert.equal(memory.rests("ns/web", basis), true);
  assert.deepEqual(memory.observe(live("kubectl-edit"), false), ["ns/web"]);
  assert.equal(memory.rests("ns/web", basis), false);
});

test("a change of labels and a deletion are drift too", () => {
  assert.deepEqual(settled().observe(live(undefined, { a: "2" }), false), ["ns/web"]);
  assert.deepEqual(settled().observe(live(), true), ["ns/web"]);
});

test("what two have applied surprises those who do not find it as they left it", () => {
  const memory = settled();
  const taken = live(undefined, { a: "taken" });
  memory.settle("ns/other", basis, [{ ref, fingerprint: fingerprint(taken) }]);
  assert.deepEqual(memory.observe(taken, false), ["ns/web"]);
  assert.deepEqual(memory.observe(taken, true), ["ns/web", "ns/other"]);
});

test("objects that nobody applied and what was forgotten surprise nobody", () => {
  const memory = settled();
  const { metadata, ...rest } = live("kubectl-edit");
  assert.deepEqual(memory.observe({ ...rest, metadata: { ...metadata, name: "other" } }, false), []);
  memory.forget("ns/web");
  assert.deepEqual(memory.observe(live("kubectl-edit"), false), []);
  assert.equal(memory.rests("ns/web", basis), false);
});
