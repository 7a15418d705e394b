// A manifest written for an older version is valid against that version's schema, survives the storage version's
// pruning, and means after `parse` what it meant then.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crdOf } from "./crd.ts";
import { allKinds, kindOf } from "./kinds.ts";
import type { OpenApi } from "./schema.ts";
import { validate } from "./validate.ts";

const merge = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas: 2 } };
const patch = { patch: "- op: remove\n  path: /spec/replicas", target: { kind: "Deployment" } };
const json6902 = {
  target: { kind: "Service", name: "web" },
  patch: [{ op: "add", path: "/metadata/labels/a", value: "b" }],
};
const folded = [
  { patch: JSON.stringify(merge) },
  patch,
  { patch: JSON.stringify(json6902.patch), target: json6902.target },
];
const allowed = { namespaceSelectors: [{ matchLabels: { team: "web" } }] };
const app = { interval: "5m", prune: true, sourceRef: { kind: "GitRepository", name: "web" } };
const chart = { chart: "web", sourceRef: { kind: "HelmRepository", name: "web" } };

/** apiVersion, kind, the spec as it was written, and what parse must make of it (besides defaults). */
const rows: [string, string, object, object][] = [
  [
    "source.toolkit.fluxcd.io/v1beta1",
    "GitRepository",
    {
      url: "ssh://git@example.com/web",
      interval: "1m",
      gitImplementation: "libgit2",
      verify: { mode: "head", secretRef: { name: "keys" } },
    },
    {
      url: "ssh://git@example.com/web",
      interval: "1m",
      timeout: "60s",
      verify: { mode: "HEAD", secretRef: { name: "keys" } },
    },
  ],
  [
    "source.toolkit.fluxcd.io/v1beta2",
    "GitRepository",
    { url: "https://example.com/web", interval: "1m", accessFrom: allowed, ref: { branch: "main" } },
    { url: "https://example.com/web", interval: "1m", timeout: "60s", ref: { branch: "main" } },
  ],
  [
    "source.toolkit.fluxcd.io/v1beta2",
    "OCIRepository",
    { url: "oci://example.com/web", interval: "1m", ref: { semver: "1.x" } },
    {
      url: "oci://example.com/web",
      interval: "1m",
      ref: { semver: "1.x" },
      provider: "generic",
      timeout: "60s",
    },
  ],
  [
    "source.toolkit.fluxcd.io/v1beta1",
    "HelmRepository",
    { url: "https://example.com/charts", interval: "1m", timeout: "2m" },
    { url: "https://example.com/charts", interval: "1m", timeout: "2m", provider: "generic" },
  ],
  [
    "source.toolkit.fluxcd.io/v1beta2",
    "HelmRepository",
    { url: "https://example.com/charts", interval: "1m", accessFrom: allowed },
    { url: "https://example.com/charts", interval: "1m", accessFrom: allowed, provider: "generic" },
  ],
  [
    "source.toolkit.fluxcd.io/v1beta1",
    "HelmChart",
    { ...chart, interval: "1m", valuesFile: "old.yaml", accessFrom: allowed },
    { ...chart, interval: "1m", valuesFiles: ["old.yaml"], version: "*", reconcileStrategy: "ChartVersion" },
  ],
  [
    "source.toolkit.fluxcd.io/v1beta2",
    "HelmChart",
    { ...chart, interval: "1m", valuesFile: "old.yaml", valuesFiles: ["a.yaml", "b.yaml"] },
    {
      ...chart,
      interval: "1m",
      valuesFiles: ["old.yaml", "a.yaml", "b.yaml"],
      version: "*",
      reconcileStrategy: "ChartVersion",
    },
  ],
  [
    "source.toolkit.fluxcd.io/v1beta1",
    "Bucket",
    { bucketName: "web", endpoint: "s3.example.com", interval: "1m", accessFrom: allowed },
    { bucketName: "web", endpoint: "s3.example.com", interval: "1m", provider: "generic", timeout: "60s" },
  ],
  [
    "kustomize.toolkit.fluxcd.io/v1beta1",
    "Kustomization",
    { ...app, validation: "client", kubeConfig: { secretRef: { name: "remote" } } },
    { ...app, force: false, kubeConfig: { secretRef: { name: "remote" } } },
  ],
  [
    "kustomize.toolkit.fluxcd.io/v1beta2",
    "Kustomization",
    { ...app, patchesStrategicMerge: [merge], patches: [patch], patchesJson6902: [json6902] },
    { ...app, force: false, patches: folded },
  ],
  [
    "helm.toolkit.fluxcd.io/v2beta1",
    "HelmRelease",
    {
      interval: "5m",
      chart: { spec: { ...chart, version: "1.x", valuesFile: "old.yaml" } },
      values: { a: { b: 1 } },
    },
    {
      interval: "5m",
      chart: {
        spec: { ...chart, version: "1.x", valuesFiles: ["old.yaml"], reconcileStrategy: "ChartVersion" },
      },
      values: { a: { b: 1 } },
    },
  ],
  [
    "helm.toolkit.fluxcd.io/v2beta2",
    "HelmRelease",
    {
      interval: "5m",
      chartRef: { kind: "OCIRepository", name: "web" },
      postRenderers: [
        { kustomize: { patchesStrategicMerge: [merge], patches: [patch], patchesJson6902: [json6902] } },
        { kustomize: { images: [{ name: "web", newTag: "2" }] } },
      ],
    },
    {
      interval: "5m",
      chartRef: { kind: "OCIRepository", name: "web" },
      postRenderers: [
        { kustomize: { patches: folded } },
        { kustomize: { images: [{ name: "web", newTag: "2" }] } },
      ],
    },
  ],
  [
    "notification.toolkit.fluxcd.io/v1beta1",
    "Provider",
    { type: "slack", address: "https://hooks.example.com", channel: "web" },
    { type: "slack", address: "https://hooks.example.com", channel: "web" },
  ],
  [
    "notification.toolkit.fluxcd.io/v1beta2",
    "Alert",
    {
      providerRef: { name: "slack" },
      eventSources: [{ kind: "Kustomization", name: "*" }],
      summary: "production",
    },
    {
      providerRef: { name: "slack" },
      eventSources: [{ kind: "Kustomization", name: "*" }],
      summary: "production",
      eventSeverity: "info",
    },
  ],
  [
    "notification.toolkit.fluxcd.io/v1beta1",
    "Receiver",
    {
      type: "github",
      events: ["push"],
      secretRef: { name: "token" },
      resources: [{ kind: "GitRepository", name: "web" }],
    },
    {
      type: "github",
      events: ["push"],
      secretRef: { name: "token" },
      resources: [{ kind: "GitRepository", name: "web" }],
      interval: "10m",
    },
  ],
  [
    "image.toolkit.fluxcd.io/v1beta1",
    "ImageRepository",
    { image: "example.com/web", interval: "1m" },
    { image: "example.com/web", interval: "1m", provider: "generic", exclusionList: ["^.*\\.sig$"] },
  ],
  [
    "image.toolkit.fluxcd.io/v1beta2",
    "ImagePolicy",
    { imageRepositoryRef: { name: "web" }, policy: { alphabetical: {} } },
    {
      imageRepositoryRef: { name: "web" },
      policy: { alphabetical: { order: "asc" } },
      digestReflectionPolicy: "Never",
    },
  ],
  [
    "image.toolkit.fluxcd.io/v1beta1",
    "ImageUpdateAutomation",
    {
      interval: "1m",
      sourceRef: { kind: "GitRepository", name: "web" },
      git: { commit: { author: { email: "bot@example.com" } } },
    },
    {
      interval: "1m",
      sourceRef: { kind: "GitRepository", name: "web" },
      git: { commit: { author: { email: "bot@example.com" } } },
      update: { strategy: "Setters" },
    },
  ],
];

for (const [apiVersion, name, written, meant] of rows) {
  test(`a ${name} of ${apiVersion} is taken and means the same`, () => {
    const manifest = { apiVersion, kind: name, metadata: { name: "web", namespace: "web" }, spec: written };
    const kind = kindOf(manifest)!;
    assert.deepEqual(validate(kind, manifest), []);
    const schemaOf = (wanted: string) =>
      crdOf(kind).spec.versions.find((version: any) => version.name === wanted).schema.openAPIV3Schema;
    const stored = prune(schemaOf(kind.version), prune(schemaOf(apiVersion.split("/")[1]!), manifest));
    assert.deepEqual(stored, manifest, "nothing is lost on the way to storage");

    const parsed = kind.parse({ ...manifest, apiVersion: kind.apiVersion });
    assert.equal(parsed.apiVersion, kind.apiVersion);
    assert.deepEqual(parsed.spec, meant);
    assert.deepEqual(kind.parse(manifest), parsed, "the same whichever version it is read in");
    assert.deepEqual(kind.parse(parsed), parsed, "parsing again changes nothing");
  });
}

test("every kind's older versions have a row in this table, or another of the kind does", () => {
  const covered = new Set(rows.map(([, kind]) => kind));
  const missing = allKinds.filter(
    ({ deprecatedVersions, kind }) => deprecatedVersions.length > 0 && !covered.has(kind),
  );
  assert.deepEqual(
    missing.map(({ kind }) => kind),
    [],
  );
});

/** What the API server does with fields that a schema does not know. */
function prune(schema: OpenApi, value: any): any {
  if (schema["x-kubernetes-preserve-unknown-fields"]) return value;
  if (Array.isArray(value)) return value.map((item) => prune(schema.items!, item));
  if (typeof value !== "object" || value === null) return value;
  if (!schema.properties && !schema.additionalProperties) return value; // metadata
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, schema.properties?.[key] ?? schema.additionalProperties, item] as const)
      .filter(([, field]) => field !== undefined)
      .map(([key, field, item]) => [key, prune(field!, item)]),
  );
}
