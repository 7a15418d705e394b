import assert from "node:assert/strict";
import test from "node:test";
import { type KubeObject, kinds } from "@sluice/api";
import { canSuspend, headerOf, rowOf, shortHex, statusFilter } from "./summary.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
const object = (status?: object, spec: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "X",
  metadata: { name: "web", namespace: "apps" },
  spec,
  status,
});
const condition = (status: string, message: string) => ({
  type: "Ready",
  status,
  message,
  reason: "R",
  lastTransitionTime: "t",
});

test("shows a Kustomization by its applied revision", () => {
  const row = rowOf(
    kinds.kustomization,
    object({
      lastAppliedRevision: `main@sha1:${commit}`,
      conditions: [condition("True", `Applied revision: main@sha1:${commit}`)],
    }),
    true,
    false,
  );
  assert.deepEqual(headerOf(kinds.kustomization, true), [
    "Namespace",
    "Name",
    "Revision",
    "Suspended",
    "Ready",
    "Message",
  ]);
  assert.deepEqual(row, [
    "apps",
    "web",
    "main@sha1:01234567",
    "False",
    { text: "True", color: "green" },
    "Applied revision: main@sha1:01234567",
  ]);
});

test("shows a source by its artifact, and one without status as waiting", () => {
  assert.deepEqual(
    rowOf(
      kinds.gitRepository,
      object({ artifact: { revision: `main@sha1:${commit}` }, conditions: [condition("Unknown", "m")] }),
      false,
      true,
    ),
    ["gitrepository/web", "main@sha1:01234567", "False", { text: "Unknown", color: "yellow" }, "m"],
  );
  assert.deepEqual(rowOf(kinds.gitRepository, object(undefined, { suspend: true }), false, false), [
    "web",
    "",
    "True",
    { text: "False", color: "red" },
    "waiting to be reconciled",
  ]);
});

test("leaves out what a kind has not", () => {
  assert.equal(canSuspend(kinds.externalArtifact), false);
  assert.equal(canSuspend(kinds.kustomization), true);
  assert.deepEqual(headerOf(kinds.receiver, false), ["Name", "Suspended", "Ready", "Message"]);
});

test("shortens hashes of 40 and 64 digits only", () => {
  assert.equal(
    shortHex(`a ${commit}, b sha256:${commit}${commit.slice(0, 24)}, c ${commit}0`),
    `a 01234567, b sha256:01234567, c ${commit}0`,
  );
});

test("filters by a condition in any case", () => {
  const objects = [
    object({ conditions: [condition("True", "")] }),
    object({ conditions: [condition("False", "")] }),
    object(),
  ];
  const kept = (selector: string) => objects.map(statusFilter(selector));
  assert.deepEqual(kept("ready=false"), [false, true, false]);
  assert.deepEqual(kept("Ready!=True"), [false, true, true]);
  assert.throws(() => statusFilter("ready"), /type=status/);
});
