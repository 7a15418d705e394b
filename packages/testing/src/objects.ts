import type { KubeObject } from "@sluice/api";

/** An override of any depth: objects are merged, lists and values replaced, `undefined` removes. */
export type Overrides = { [field: string]: unknown };

/** A valid GitRepository `apps` in namespace `default`, with `overrides` merged into it. */
export function gitRepository(overrides: Overrides = {}): KubeObject {
  return build(
    {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "apps", namespace: "default" },
      spec: { interval: "1m", url: "http://127.0.0.1/apps.git", ref: { branch: "main" } },
    },
    overrides,
  );
}

/** A valid Kustomization `apps` in namespace `default` that applies the GitRepository `apps`. */
export function kustomization(overrides: Overrides = {}): KubeObject {
  return build(
    {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name: "apps", namespace: "default" },
      spec: { interval: "1m", path: "./", prune: true, sourceRef: { kind: "GitRepository", name: "apps" } },
    },
    overrides,
  );
}

/** A Secret with plain-text `data`, encoded as the API server returns it. */
export function secret(name: string, data: Record<string, string>, overrides: Overrides = {}): KubeObject {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  return build(
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: "default" },
      type: "Opaque",
      data: Object.fromEntries(encoded),
    },
    overrides,
  );
}

function build(base: KubeObject, overrides: Overrides): KubeObject {
  return merged(base, overrides) as KubeObject;
}

function merged(base: unknown, override: unknown): unknown {
  if (!isPlain(base) || !isPlain(override)) return structuredClone(override);
  const result: Record<string, unknown> = structuredClone(base);
  for (const [key, value] of Object.entries(override)) {
    if (value === undefined) delete result[key];
    else result[key] = merged(base[key], value);
  }
  return result;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
