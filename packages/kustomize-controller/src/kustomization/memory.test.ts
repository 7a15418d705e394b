import assert from "node:assert/strict";
import test from "node:test";
import type { ObjectRef } from "@sluice/api";
import { createMemory, type Settled } from "./memory.ts";

const ref: ObjectRef = { group: "apps", version: "v1", kind: "Deployment", namespace: "n", name: "d" };
const basis = { generation: 1, artifact: "sha256:1", variables: "v" };
const ours: Settled = {
  basis,
  manifests: "sha256:m",
  applied: [{ ref, fingerprint: "ours" }],
  health: false,
};
const saw = (fingerprint: string | undefined, moved = true) => ({ ref, fingerprint, moved });

/** A memory in which `ns/web` has come to its end, seen by a watch. */
function rested(settled: Partial<Settled> = {}) {
  const memory = createMemory(() => "ours");
  memory.settle("ns/web", { ...ours, ...settled });
  memory.complete("ns/web");
  return memory;
}

test("rests on the very basis that it settled on", () => {
  assert.equal(rested().rests("ns/web", basis), true);
  for (const other of [{ generation: 2 }, { artifact: "sha256:2" }, { variables: "w" }])
    assert.equal(rested().rests("ns/web", { ...basis, ...other }), false, JSON.stringify(other));
  assert.equal(rested().rests("ns/other", basis), false);
});

test("another commit that gives the same manifests is a new basis, not a new apply", () => {
  const next = { ...basis, artifact: "sha256:2" };
  const memory = rested();
  assert.equal(memory.restsOn("ns/web", next, "sha256:other"), false);
  assert.equal(memory.restsOn("ns/web", { ...next, generation: 2 }, "sha256:m"), false);
  assert.equal(memory.restsOn("ns/web", next, "sha256:m"), true);
  assert.equal(memory.rests("ns/web", next), true);
  memory.observe(saw("edited"));
  assert.equal(memory.restsOn("ns/web", next, "sha256:m"), false, "someone wrote to it");
});

test("does not rest before the visit has ended", () => {
  const memory = createMemory(() => "ours");
  memory.settle("ns/web", ours);
  assert.equal(memory.rests("ns/web", basis), false);
});

test("does not rest before a watch has seen what was applied; what it saw earlier surprises nobody", () => {
  const memory = createMemory(() => "older");
  memory.settle("ns/web", ours);
  memory.complete("ns/web");
  assert.equal(memory.rests("ns/web", basis), false);
  assert.deepEqual(memory.observe(saw("older")), []);
  assert.equal(memory.rests("ns/web", basis), false);
  assert.deepEqual(memory.observe(saw("ours")), []);
  assert.equal(memory.rests("ns/web", basis), true);
});

test("a foreign write and a deletion end the rest", () => {
  for (const fingerprint of ["edited", undefined]) {
    const memory = rested();
    assert.deepEqual(memory.observe(saw(fingerprint)), ["ns/web"]);
    assert.equal(memory.rests("ns/web", basis), false);
  }
});

test("a foreign write during the wait for health is not forgotten at its end", () => {
  const memory = createMemory(() => "ours");
  memory.settle("ns/web", ours);
  assert.deepEqual(memory.observe(saw("edited")), ["ns/web"]);
  memory.complete("ns/web");
  assert.equal(memory.rests("ns/web", basis), false);
});

test("a change of status is news only where health counts", () => {
  for (const health of [false, true]) {
    const memory = rested({ health });
    assert.deepEqual(memory.observe(saw("ours")), [], "it wakes nobody");
    assert.equal(memory.rests("ns/web", basis), !health);
  }
  const listed = rested({ health: true });
  listed.observe(saw("ours", false));
  assert.equal(listed.rests("ns/web", basis), true, "a first sighting is no change");
});

test("what two have applied surprises those who do not find it as they left it", () => {
  const memory = rested();
  memory.settle("ns/other", { ...ours, applied: [{ ref, fingerprint: "taken" }] });
  assert.deepEqual(memory.observe(saw("taken")), ["ns/web"]);
  assert.deepEqual(memory.observe(saw(undefined)), ["ns/web", "ns/other"]);
});

test("objects that nobody applied and what was forgotten surprise nobody", () => {
  const memory = rested();
  assert.deepEqual(memory.observe({ ...saw("edited"), ref: { ...ref, name: "other" } }), []);
  memory.forget("ns/web");
  assert.deepEqual(memory.observe(saw("edited")), []);
  assert.equal(memory.rests("ns/web", basis), false);
});
