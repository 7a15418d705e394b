import assert from "node:assert/strict";
import test from "node:test";
import { type KubeObject, kinds } from "@sluice/api";
import {
  achievementOf,
  canSuspend,
  hasConditions,
  headerOf,
  type Look,
  rowOf,
  shortHex,
  statusFilter,
} from "./summary.ts";

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
    { namespaced: true },
  );
  assert.deepEqual(headerOf(kinds.kustomization, { namespaced: true }), [
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
      { showKind: true },
    ),
    ["gitrepository/web", "main@sha1:01234567", "False", { text: "Unknown", color: "yellow" }, "m"],
  );
  assert.deepEqual(rowOf(kinds.gitRepository, object(undefined, { suspend: true }), {}), [
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
  assert.deepEqual(headerOf(kinds.receiver, {}), ["Name", "Suspended", "Ready", "Message"]);
});

const wide = { wide: true, now: Date.parse("2026-01-01T02:00:00Z") };
const headers: Record<string, [kind: string, look: Look, columns: string]> = {
  "of a HelmRelease": ["helmRelease", {}, "Name Revision Suspended Ready Message"],
  "of an ImageRepository": ["imageRepository", {}, "Name Last scan Suspended Ready Message"],
  "of an ImagePolicy": ["imagePolicy", {}, "Name Image Tag Suspended Ready Message"],
  "of an ImageUpdateAutomation": ["imageUpdateAutomation", {}, "Name Last run Suspended Ready Message"],
  "of a Provider": ["provider", {}, "Name Suspended Ready Message"],
  "of a Kustomization with its source": [
    "kustomization",
    { showSource: true },
    "Name Source Revision Suspended Ready Message",
  ],
  "of a wide Kustomization": ["kustomization", wide, "Name Source Revision Suspended Ready Message Age"],
  "of a wide GitRepository": ["gitRepository", wide, "Name URL Revision Suspended Ready Message Age"],
};
for (const [sentence, [kind, look, columns]] of Object.entries(headers))
  test(`the columns ${sentence}`, () =>
    assert.equal(headerOf(kinds[kind as keyof typeof kinds], look).join(" "), columns));

test("a wide row tells source and age", () => {
  const ks = object(undefined, { sourceRef: { kind: "GitRepository", name: "fleet" } });
  ks.metadata.creationTimestamp = "2026-01-01T00:00:00Z";
  const row = rowOf(kinds.kustomization, ks, wide);
  assert.equal(row[1], "GitRepository/apps/fleet");
  assert.equal(row.at(-1), "120m");
});

test("kinds without conditions are ready as they are", () => {
  assert.equal(hasConditions(kinds.alert), false);
  const row = rowOf(kinds.alert, object(), {});
  assert.deepEqual(row.slice(-2), [{ text: "True", color: "green" }, "Alert is Ready"]);
});

const revision = `main@sha1:${commit}`;
const achievements: Record<string, [kind: string, status: object, text: string]> = {
  "of a Kustomization": ["kustomization", { lastAppliedRevision: revision }, `applied revision ${revision}`],
  "of a source": ["gitRepository", { artifact: { revision } }, `fetched revision ${revision}`],
  "of a HelmRelease": ["helmRelease", { history: [{ chartVersion: "1.2.3" }] }, "applied revision 1.2.3"],
  "of an ImageRepository": ["imageRepository", { lastScanResult: { tagCount: 7 } }, "scan fetched 7 tags"],
  "of a Receiver": [
    "receiver",
    { conditions: [condition("True", "Receiver initialized")] },
    "Receiver initialized",
  ],
};
for (const [sentence, [kind, status, text]] of Object.entries(achievements))
  test(`the achievement ${sentence}`, () =>
    assert.equal(achievementOf(kinds[kind as keyof typeof kinds], object(status)), text));

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
