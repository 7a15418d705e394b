import assert from "node:assert/strict";
import { test } from "node:test";
import { allKinds, kindOf, kinds } from "./kinds.ts";
import type { Kustomization } from "./kustomize/kustomization.ts";
import type { GitRepository } from "./source/git-repository.ts";

const git = (spec: object, more: object = {}) => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  metadata: { name: "podinfo", namespace: "web" },
  spec: { url: "https://example.com/podinfo", interval: "1m", ...spec },
  ...more,
});

const app = (spec: object, more: object = {}) => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: { name: "podinfo", namespace: "web" },
  spec: { interval: "1m", prune: true, sourceRef: { kind: "GitRepository", name: "podinfo" }, ...spec },
  ...more,
});

test("defaults are filled in, nested ones where their parent is", () => {
  const repo: GitRepository = kinds.gitRepository.parse(git({ verify: { secretRef: { name: "keys" } } }));
  assert.equal(repo.spec.timeout, "60s");
  assert.equal(repo.spec.verify?.mode, "HEAD");
  assert.deepEqual(repo.status, { observedGeneration: -1 });
  const ks: Kustomization = kinds.kustomization.parse(
    app({ postBuild: { substituteFrom: [{ kind: "Secret", name: "vars" }] } }),
  );
  assert.equal(ks.spec.force, false);
  assert.deepEqual(ks.spec.postBuild?.substituteFrom, [{ kind: "Secret", name: "vars", optional: false }]);
});

test("the input is never changed", () => {
  const raw = app({ patchesStrategicMerge: [{ kind: "Deployment" }] });
  const copy = structuredClone(raw);
  kinds.kustomization.parse(raw);
  assert.deepEqual(raw, copy);
});

test("defaults are not shared between objects", () => {
  const [one, two] = [kinds.gitRepository.parse(git({})), kinds.gitRepository.parse(git({}))];
  one.status.observedGeneration = 7;
  assert.equal(two.status.observedGeneration, -1);
});

test("unknown fields, labels and annotations are kept; null is the same as missing", () => {
  const raw = git({ future: { a: 1 }, ref: null }, { metadata: { name: "x", labels: { a: "b" }, odd: 1 } });
  const repo = kinds.gitRepository.parse(raw);
  assert.deepEqual((repo.spec as any).future, { a: 1 });
  assert.equal("ref" in repo.spec, false);
  assert.deepEqual(repo.metadata, { name: "x", labels: { a: "b" }, odd: 1 });
});

test("status of another shape loses what does not fit, and only that", () => {
  const { status } = kinds.kustomization.parse(
    app(
      {},
      {
        status: {
          observedGeneration: "3",
          inventory: { entries: [{ id: "_web__Namespace", v: "v1" }] },
          conditions: [{ type: "Ready" }],
          history: "none",
        },
      },
    ),
  );
  assert.deepEqual(status, { inventory: { entries: [{ id: "_web__Namespace", v: "v1" }] } });
});

const refused: Record<string, [unknown, RegExp]> = {
  "not an object": [42, /expected an object of kind Kustomization/],
  "another kind": [git({}), /GitRepository web\/podinfo: kind: expected an object of kind Kustomization/],
  "another group": [
    app({}, { apiVersion: "kustomize.config.k8s.io/v1beta1" }),
    /apiVersion: kustomize.config.k8s.io\/v1beta1 is not served; use kustomize.toolkit.fluxcd.io\/v1/,
  ],
  "a version that never was": [app({}, { apiVersion: "kustomize.toolkit.fluxcd.io/v3" }), /v3 is not served/],
  "no name": [app({}, { metadata: {} }), /metadata.name: is required/],
  "no metadata": [app({}, { metadata: undefined }), /metadata.name: is required/],
  "no spec at all: every missing field is named": [
    app({}, { spec: undefined }),
    /spec.interval: is required; spec.prune: is required; spec.sourceRef: is required/,
  ],
  "a number where text belongs": [
    app({ path: 5 }),
    /spec.path: must be a string, found the integer 5; put it in quotes/,
  ],
  "text where a boolean belongs": [app({ prune: "true" }), /spec.prune: must be a boolean, found string/],
  "a wrong item": [app({ dependsOn: ["infra"] }), /spec.dependsOn\[0\]: must be an object, found string/],
  "a wrong map value": [
    app({ postBuild: { substitute: { a: 1 } } }),
    /spec.postBuild.substitute.a: must be a string/,
  ],
};

for (const [claim, [raw, expected]] of Object.entries(refused)) {
  test(`refused: ${claim}`, () => assert.throws(() => kinds.kustomization.parse(raw), expected));
}

test("a kind is found by any of its versions, a foreign one is not", () => {
  const older = { apiVersion: "kustomize.toolkit.fluxcd.io/v1beta1", kind: "Kustomization" };
  assert.equal(kindOf(older), kinds.kustomization);
  assert.equal(kindOf({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" }), undefined);
});

test("plurals and kinds are unique", () => {
  assert.equal(new Set(allKinds.map(({ plural, group }) => `${plural}.${group}`)).size, allKinds.length);
});
