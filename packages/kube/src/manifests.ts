import { X509Certificate } from "node:crypto";
import {
  annotations,
  disabledValue,
  enabledValue,
  type KubeObject,
  type SsaMode,
  splitApiVersion,
  ssaModes,
} from "@sluice/api";
import { isSecret } from "./mask.ts";
import type { Kind } from "./types.ts";

/** What the annotations (or labels) of a manifest ask of the applier; `skip` stands for `reconcile: disabled` too. */
export type Policy = { mode: SsaMode; skip: boolean; force: boolean };

/** Reads the policy from `kustomize.toolkit.fluxcd.io/{ssa,reconcile,force}`, whose values ignore case as in Flux. */
export function policyOf(object: KubeObject | undefined): Policy {
  const { labels = {}, annotations: notes = {} } = object?.metadata ?? {};
  const says = (key: string, value: string) =>
    [notes[key], labels[key]].some((said) => said?.toLowerCase() === value.toLowerCase());
  const mode = ssaModes.find((name) => says(annotations.kustomizeSsa, name)) ?? "Override";
  const skip = mode === "Ignore" || says(annotations.kustomizeReconcile, disabledValue);
  return { mode, skip, force: says(annotations.kustomizeForce, enabledValue) };
}

/** Fields that only a server writes; manifests that were exported from a cluster hold them. */
const serverFields = [
  "creationTimestamp",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
];

/**
 * The body to apply for a manifest: owner labels added, what servers write left out, Secret `stringData` encoded
 * (server-side apply would never remove its keys), and the protocol of ports filled in, which is a key of their lists.
 */
export function prepare(
  manifest: KubeObject,
  kind: Kind,
  ownerLabels: Record<string, string> = {},
): KubeObject {
  const entries = Object.entries(manifest.metadata).filter(([field]) => !serverFields.includes(field));
  const metadata = Object.fromEntries(entries) as KubeObject["metadata"];
  if (!kind.namespaced) delete metadata.namespace;
  if (Object.keys(ownerLabels).length > 0) metadata.labels = { ...metadata.labels, ...ownerLabels };
  const object: KubeObject = { ...manifest, metadata };
  // kstatus reads the status of a CRD from its manifest, and Flux keeps it.
  if (isCrd(object)) return withoutBrokenBundle(object);
  delete object.status;
  if (isSecret(object)) return encoded(object);
  return withProtocols(object);
}

const caBundle = ["spec", "conversion", "webhook", "clientConfig", "caBundle"];

/** Placeholders like "Cg==", which an injector replaces later, are refused by API servers since 1.31. */
function withoutBrokenBundle(crd: KubeObject): KubeObject {
  const bundle = valueAt(crd, caBundle);
  if (typeof bundle !== "string" || bundle === "" || hasCertificate(bundle)) return crd;
  return withValueAt(crd, caBundle, undefined);
}

function hasCertificate(base64: string): boolean {
  const pem = Buffer.from(base64, "base64").toString("latin1");
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.some((block) => {
    try {
      return Boolean(new X509Certificate(block));
    } catch {
      return false;
    }
  });
}

function encoded(secret: KubeObject): KubeObject {
  const { stringData, ...object } = secret as KubeObject & { stringData?: Record<string, unknown> };
  const values = Object.entries(stringData ?? {});
  // What is no string is left for the server to refuse.
  if (values.length === 0 || values.some(([, value]) => typeof value !== "string")) return secret;
  const data = Object.fromEntries(
    values.map(([key, value]) => [key, Buffer.from(value as string).toString("base64")]),
  );
  return { ...object, data: { ...(secret.data as object), ...data } };
}

type Port = { protocol?: string };
type PodSpec = { containers?: { ports?: Port[] }[]; initContainers?: { ports?: Port[] }[] };

function withProtocols(object: KubeObject): KubeObject {
  const { group } = splitApiVersion(object.apiVersion);
  const path = podSpecs[`${group}/${object.kind}`];
  const isService = group === "" && object.kind === "Service";
  if (!path && !isService) return object;
  const copy = structuredClone(object);
  const fill = (ports: unknown) => {
    for (const port of Array.isArray(ports) ? (ports as Port[]) : []) port.protocol ??= "TCP";
  };
  if (isService) fill(copy.spec?.ports);
  const spec = path?.reduce<any>((held, field) => held?.[field], copy) as PodSpec | undefined;
  for (const list of [spec?.containers, spec?.initContainers]) {
    for (const container of Array.isArray(list) ? list : []) fill(container?.ports);
  }
  return copy;
}

const template = ["spec", "template", "spec"];
const podSpecs: Record<string, string[]> = {
  "/Pod": ["spec"],
  "apps/Deployment": template,
  "apps/StatefulSet": template,
  "apps/DaemonSet": template,
  "apps/ReplicaSet": template,
  "batch/Job": template,
  "batch/CronJob": ["spec", "jobTemplate", ...template],
};

/** Whether `object` is a CustomResourceDefinition. */
export function isCrd({ apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
  return kind === "CustomResourceDefinition" && splitApiVersion(apiVersion).group === "apiextensions.k8s.io";
}

/** The kinds that a CRD manifest defines, so that its objects need no discovery. */
export function kindsOfCrd({ spec = {} }: KubeObject): Kind[] {
  const { group, names = {}, scope, versions = [] } = spec;
  return (versions as { name: string; served?: boolean }[])
    .filter(({ served }) => served !== false)
    .map(({ name }) => ({
      group,
      version: name,
      kind: names.kind,
      plural: names.plural,
      namespaced: scope === "Namespaced",
    }));
}

/** Stages of an apply, in Flux's order: what others are made of, classes, kinds of the user's choice, the rest. */
export const stages = ["definitions", "classes", "custom", "rest"] as const;
export type Stage = (typeof stages)[number];

/** @param customKinds `--custom-stage-kinds` as "group/Kind" */
export function stageOf(
  { apiVersion, kind }: { apiVersion: string; kind: string },
  customKinds: readonly string[] = [],
): Stage {
  const { group } = splitApiVersion(apiVersion);
  const id = `${group}/${kind}`;
  const definitions = [
    "apiextensions.k8s.io/CustomResourceDefinition",
    "/Namespace",
    "rbac.authorization.k8s.io/ClusterRole",
  ];
  if (definitions.includes(id)) return "definitions";
  if (kind.endsWith("Class")) return "classes";
  return customKinds.includes(id) ? "custom" : "rest";
}

// The order of kinds within a stage (fluxcd/pkg ssa, sort.go); a Service comes before what refers to it.
const firstKinds = [
  "CustomResourceDefinition",
  "Namespace",
  "ClusterRole",
  "ClusterClass",
  "RuntimeClass",
  "PriorityClass",
  "StorageClass",
  "VolumeSnapshotClass",
  "IngressClass",
  "GatewayClass",
  "ClusterRoleBinding",
  "ResourceQuota",
  "ServiceAccount",
  "Role",
  "RoleBinding",
  "ConfigMap",
  "Secret",
  "Service",
  "LimitRange",
  "Deployment",
  "StatefulSet",
  "CronJob",
  "PodDisruptionBudget",
];
const lastKinds = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/** The rank of a kind: objects of a lower one are applied before, and deleted after. */
export function rankOf(kind: string): number {
  const first = firstKinds.indexOf(kind);
  return first >= 0 ? first - firstKinds.length : lastKinds.indexOf(kind) + 1;
}

type Segments = readonly string[];

/** The segments of a JSON pointer (RFC 6901). */
export const segmentsOf = (pointer: string): Segments =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));

/** The value at a path; undefined where there is none. */
export function valueAt(object: unknown, path: Segments): unknown {
  return path.reduce<unknown>((held, segment) => {
    const isHeld = typeof held === "object" && held !== null && Object.hasOwn(held, segment);
    return isHeld ? (held as Record<string, unknown>)[segment] : undefined;
  }, object);
}

/** A copy with `value` at a path that exists; undefined removes it. */
export function withValueAt<T>(object: T, path: Segments, value: unknown): T {
  const copy = structuredClone(object);
  const last = path.at(-1)!;
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string, unknown> | unknown[];
  if (value !== undefined) (parent as Record<string, unknown>)[last] = structuredClone(value);
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}
