import assert from "node:assert/strict";
import test from "node:test";
import type { Artifact, Kustomization, ObjectRef } from "@sluice/api";
import type { ChangeSet } from "@sluice/kube";
import {
  type Dependency,
  deletesObjects,
  dependencyProblem,
  healthTargets,
  planApply,
  withOutcome,
} from "./plan.ts";

const ref = (name: string, kind = "ConfigMap"): ObjectRef => ({
  group: "",
  version: "v1",
  kind,
  namespace: "web",
  name,
});
const entry = (name: string) => ({ id: `web_${name}__ConfigMap`, v: "v1" });

const applies: Record<
  string,
  [now: string[], before: string[] | undefined, garbage: string[], union: string[]]
> = {
  "a first visit has no garbage": [["a", "b"], undefined, [], ["a", "b"]],
  "what stays is not garbage": [["a"], ["a"], [], ["a"]],
  "what left is garbage, and stays in the inventory until it is gone": [["b"], ["a", "b"], ["a"], ["b", "a"]],
  "an empty source leaves everything behind": [[], ["a", "b"], ["a", "b"], ["a", "b"]],
};
for (const [sentence, [now, before, garbage, union]] of Object.entries(applies))
  test(sentence, () => {
    const plan = planApply(
      now.map((name) => ref(name)),
      (before ?? []).map((name) => ref(name)),
    );
    assert.deepEqual(
      plan.garbage.map(({ name }) => name),
      garbage,
    );
    assert.deepEqual(plan.union, union.map(entry));
    assert.deepEqual(plan.wanted, now.map(entry));
  });

test("another version of an object is the same object", () => {
  const plan = planApply([{ ...ref("a"), version: "v2" }], [ref("a")]);
  assert.deepEqual(plan.garbage, []);
  assert.deepEqual(plan.union, [{ ...entry("a"), v: "v2" }]);
});

const artifact = { revision: "main@sha1:new" } as Artifact;
const ks = (name: string, spec: object = {}, status?: object): Kustomization =>
  ({
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name, namespace: "flux-system", generation: 2 },
    spec: { interval: "1m", prune: true, sourceRef: { kind: "GitRepository", name: "repo" }, ...spec },
    status,
  }) as unknown as Kustomization;
const readyAt = (lastAppliedRevision: string, observedGeneration = 2, status = "True") => ({
  observedGeneration,
  lastAppliedRevision,
  conditions: [{ type: "Ready", status, reason: "r", message: "m", lastTransitionTime: "t" }],
});
const other = { sourceRef: { kind: "GitRepository", name: "other" } };

const waits: Record<string, [dep: Partial<Dependency>, problem: string | undefined]> = {
  "an absent dependency": [{ object: undefined }, "dependency 'flux-system/infra' not found"],
  "one without status": [{ object: ks("infra") }, "dependency 'flux-system/infra' is not ready"],
  "one that is not Ready": [
    { object: ks("infra", {}, readyAt("main@sha1:new", 2, "False")) },
    "dependency 'flux-system/infra' is not ready",
  ],
  "one that has not seen its generation": [
    { object: ks("infra", {}, readyAt("main@sha1:new", 1)) },
    "dependency 'flux-system/infra' is not ready",
  ],
  "one of the same source at another revision": [
    { object: ks("infra", {}, readyAt("main@sha1:old")) },
    "dependency 'flux-system/infra' revision is not up to date",
  ],
  "nothing when it is Ready at the revision": [
    { object: ks("infra", {}, readyAt("main@sha1:new")) },
    undefined,
  ],
  "nothing when it reads another source": [{ object: ks("infra", other, readyAt("v1@sha1:old")) }, undefined],
  "an expression that is false": [
    { object: ks("infra", {}, readyAt("main@sha1:new")), readyExpr: () => false },
    "dependency 'flux-system/infra' is not ready according to readyExpr eval",
  ],
  "nothing when the expression is true, whatever Ready says": [
    { object: ks("infra"), readyExpr: () => true },
    undefined,
  ],
};
for (const [sentence, [dep, problem]] of Object.entries(waits))
  test(`waits for ${sentence}`, () => {
    const dependency = { name: "infra", namespace: "flux-system", object: undefined, ...dep };
    assert.equal(dependencyProblem(ks("apps"), artifact, [dependency], false), problem);
  });

test("with the additive check an expression does not replace Ready", () => {
  const dependency = { name: "infra", namespace: "flux-system", object: ks("infra"), readyExpr: () => true };
  assert.match(dependencyProblem(ks("apps"), artifact, [dependency], true)!, /is not ready$/);
});

const deletions: Record<string, [spec: object, expected: boolean]> = {
  "deletes its objects when it prunes": [{ prune: true }, true],
  "leaves them when it does not prune": [{ prune: false }, false],
  "leaves them while suspended": [{ prune: true, suspend: true }, false],
  "deletes them by policy": [{ prune: false, deletionPolicy: "Delete" }, true],
  "orphans them by policy": [{ prune: true, deletionPolicy: "Orphan" }, false],
};
for (const [sentence, [spec, expected]] of Object.entries(deletions))
  test(sentence, () => {
    assert.equal(deletesObjects(ks("web", spec, { inventory: { entries: [entry("a")] } })), expected);
    assert.equal(deletesObjects(ks("web", spec)), false, "nothing was applied yet");
  });

test("waits for what it applied and did not leave alone, but not for itself", () => {
  const self: ObjectRef = {
    group: "kustomize.toolkit.fluxcd.io",
    version: "v1",
    kind: "Kustomization",
    namespace: "flux-system",
    name: "web",
  };
  const changes: ChangeSet = [
    { ref: ref("a"), action: "configured" },
    { ref: ref("b"), action: "skipped" },
    { ref: self, action: "unchanged" },
  ];
  assert.deepEqual(healthTargets(ks("web", { wait: true }), changes), [ref("a")]);
  assert.deepEqual(healthTargets(ks("web"), changes), []);
  const healthChecks = [{ apiVersion: "apps/v1", kind: "Deployment", name: "d", namespace: "web" }];
  assert.deepEqual(healthTargets(ks("web", { healthChecks }), changes), [
    { group: "apps", version: "v1", kind: "Deployment", name: "d", namespace: "web" },
  ]);
});

test("history counts visits of one state, newest first, five at most", () => {
  const outcome = (digest: string, at: number) => ({
    digest,
    reason: "ReconciliationSucceeded",
    tookMs: 12,
    at,
    metadata: {},
  });
  const twice = withOutcome(withOutcome(undefined, outcome("a", 1_000)), outcome("a", 61_000));
  assert.deepEqual(twice, [
    {
      digest: "a",
      firstReconciled: "1970-01-01T00:00:01Z",
      lastReconciled: "1970-01-01T00:01:01Z",
      lastReconciledDuration: "12ms",
      lastReconciledStatus: "ReconciliationSucceeded",
      totalReconciliations: 2,
      metadata: {},
    },
  ]);
  const many = ["b", "c", "d", "e", "f", "a"].reduce<ReturnType<typeof withOutcome>>(
    (history, digest, at) => withOutcome(history, outcome(digest, at)),
    twice,
  );
  assert.deepEqual(
    many.map(({ digest }) => digest),
    ["a", "f", "e", "d", "c"],
  );
});
