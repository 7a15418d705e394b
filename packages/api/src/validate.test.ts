import assert from "node:assert/strict";
import { test } from "node:test";
import { kinds } from "./kinds.ts";
import { validate } from "./validate.ts";

const repo = (spec: object) => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  metadata: { name: "podinfo", annotations: { any: "thing" } },
  spec: { url: "https://example.com", interval: "1m", ...spec },
});

const found = (spec: object) =>
  validate(kinds.gitRepository, repo(spec)).map(({ at, message }) => `${at}: ${message}`);

const rows: Record<string, [object, string[]]> = {
  "a good manifest": [{ ref: { branch: "main" } }, []],
  "a default need not be written": [{ verify: { secretRef: { name: "keys" } } }, []],
  "an unknown field, with its path": [{ ref: { brnch: "main" } }, ["spec.ref.brnch: is not a known field"]],
  "a field named like a method is no field": [
    { ref: { constructor: "x" } },
    ["spec.ref.constructor: is not a known field"],
  ],
  "a missing field": [{ url: undefined }, ["spec.url: is required"]],
  "a wrong word": [
    { provider: "gcp" },
    ["spec.provider: must be one of generic, aws, azure, github; found gcp"],
  ],
  "a wrong type": [{ suspend: "yes" }, ["spec.suspend: must be of type boolean, found string"]],
  "an explicit null": [{ ref: null }, ["spec.ref: must be of type object, found null"]],
  "everything at once": [
    { interval: "soon", include: [{}] },
    [
      'spec.interval: "soon" does not match ^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
      "spec.include[0].repository: is required",
    ],
  ],
};

for (const [claim, [spec, problems]] of Object.entries(rows)) {
  test(claim, () => assert.deepEqual(found(spec), problems));
}

test("limits of lists, maps and texts", () => {
  const image = {
    apiVersion: "image.toolkit.fluxcd.io/v1",
    kind: "ImageRepository",
    metadata: { name: "app" },
  };
  const exclusionList = Array.from({ length: 26 }, () => "x");
  assert.deepEqual(
    validate(kinds.imageRepository, { ...image, spec: { image: "app", interval: "1m", exclusionList } }),
    [{ at: "spec.exclusionList", message: "must have at most 25 items" }],
  );
  const app = {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name: "app" },
  };
  const spec = { interval: "1m", prune: true, sourceRef: { kind: "Bucket", name: "b" }, targetNamespace: "" };
  assert.deepEqual(
    validate(kinds.kustomization, { ...app, spec: { ...spec, commonMetadata: { labels: { a: 1 } } } }),
    [
      { at: "spec.targetNamespace", message: "must have at least 1 characters" },
      { at: "spec.commonMetadata.labels.a", message: "must be of type string, found integer" },
    ],
  );
});
