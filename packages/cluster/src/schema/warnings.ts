/** What the API server accepts but warns of (pkg/api/pod/warnings.go and its callers in Kubernetes v1.36). */
import { splitApiVersion } from "@sluice/api";
import { equal } from "../apply/typed.ts";
import { isFormatOf } from "./formats.ts";
import { parseQuantity } from "./quantity.ts";
import type { KubeObject } from "./types.ts";

type Json = Record<string, any>;

/** Where a kind keeps its pod template, by "group/Kind". */
const TEMPLATES: Record<string, string[]> = {
  "/Pod": [],
  "/PodTemplate": ["template"],
  "/ReplicationController": ["spec", "template"],
  "apps/Deployment": ["spec", "template"],
  "apps/ReplicaSet": ["spec", "template"],
  "apps/StatefulSet": ["spec", "template"],
  "apps/DaemonSet": ["spec", "template"],
  "batch/Job": ["spec", "template"],
  "batch/CronJob": ["spec", "jobTemplate", "spec", "template"],
};

const RENAMED: Record<string, string> = {
  "beta.kubernetes.io/arch": "kubernetes.io/arch",
  "beta.kubernetes.io/os": "kubernetes.io/os",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
};

/** The texts of the Warning headers for a write of a built-in kind; none for a pod template that an update left as it was. */
export function warningsOf(object: KubeObject, old?: KubeObject): string[] {
  const { group } = splitApiVersion(object.apiVersion);
  const path = TEMPLATES[`${group}/${object.kind}`];
  if (group === "" && object.kind === "Service") return serviceWarnings(object.spec ?? {});
  if (group === "" && object.kind === "Secret") return secretWarnings(object as Json);
  if (object.kind === "CustomResourceDefinition") return formatWarnings(object, old);
  if (object.kind === "CSIDriver" && !old) return driverWarnings(object.spec ?? {});
  if (!path) return [];
  const specIn = (it: Json): Json | undefined =>
    [...path, "spec"].reduce<Json | undefined>((place, part) => place?.[part], it);
  const spec = specIn(object);
  if (!spec || (old && equal(spec, specIn(old)))) return [];
  const template = path.reduce<Json | undefined>((place, part) => place?.[part], object);
  return [
    ...podWarnings(spec, [...path, "spec"].join(".")),
    ...(path.length > 0
      ? profileWarnings(spec, template?.["metadata"]?.annotations ?? {}, path.join("."))
      : []),
  ];
}

/** Formats that a definition names and nobody checks; those of before are known. */
function formatWarnings({ spec }: Json, old?: Json): string[] {
  const before = new Set(old ? strangeFormats(old["spec"]?.versions ?? []) : []);
  return strangeFormats(spec?.versions ?? [])
    .filter((format) => !before.has(format))
    .map((format) => `unrecognized format ${JSON.stringify(format)}`);
}

function strangeFormats(versions: Json[]): string[] {
  const found = new Set<string>();
  const visit = (schema: Json | undefined) => {
    if (typeof schema !== "object" || schema === null) return;
    if (schema["format"] && !isFormatOf(schema["type"], schema["format"])) found.add(schema["format"]);
    for (const part of ["items", "not", "additionalProperties"]) visit(schema[part]);
    for (const part of ["allOf", "anyOf", "oneOf"]) for (const each of schema[part] ?? []) visit(each);
    for (const each of Object.values(schema["properties"] ?? {})) visit(each as Json);
  };
  for (const { schema } of versions) visit(schema?.openAPIV3Schema);
  return [...found];
}

function serviceWarnings({ clusterIP, externalIPs, externalName, type }: Json): string[] {
  const found: string[] = [];
  if (type !== "ExternalName" && externalName)
    found.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (clusterIP === "None" && externalIPs?.length)
    found.push("spec.externalIPs is ignored for headless services");
  return found;
}

function secretWarnings({ type, data = {} }: Json): string[] {
  if (type !== "kubernetes.io/tls") return [];
  const holdsPem = (key: string) => Buffer.from(data[key] ?? "", "base64").includes("-----BEGIN ");
  if (!holdsPem("tls.crt")) return ["tls: failed to find any PEM data in certificate input"];
  return holdsPem("tls.key") ? [] : ["tls: failed to find any PEM data in key input"];
}

function driverWarnings({ tokenRequests, serviceAccountTokenInSecrets }: Json): string[] {
  if (!tokenRequests?.length || serviceAccountTokenInSecrets !== undefined) return [];
  return [
    "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes",
  ];
}

const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";

/** Annotations of a template that have become fields. */
function profileWarnings(spec: Json, annotations: Json, path: string): string[] {
  return ["initContainers", "containers"]
    .flatMap((kind): Json[] => spec[kind] ?? [])
    .filter(({ name, securityContext }) => annotations[APPARMOR + name] && !securityContext?.appArmorProfile)
    .map(
      ({ name }) =>
        `${path}.metadata.annotations[${APPARMOR}${name}]: deprecated since v1.30; use the "appArmorProfile" field instead`,
    );
}

function podWarnings(spec: Json, path: string): string[] {
  const found: string[] = [];
  for (const key of Object.keys(spec["nodeSelector"] ?? {}))
    if (RENAMED[key])
      found.push(
        `${path}.nodeSelector[${key}]: deprecated since ${sinceOf(key)}; use "${RENAMED[key]}" instead`,
      );
  found.push(...selectorWarnings(spec, path));
  for (const kind of ["initContainers", "containers"])
    for (const [i, container] of ((spec[kind] ?? []) as Json[]).entries())
      found.push(...containerWarnings(container, `${path}.${kind}[${i}]`));
  return found;
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

/** Terms about other pods that choose none, as they have no selector. */
function selectorWarnings({ topologySpreadConstraints = [], affinity = {} }: Json, path: string): string[] {
  const found: string[] = [];
  const look = (term: Json | undefined, at: string) => {
    if (term && term["labelSelector"] === undefined)
      found.push(`${at}.labelSelector: a null labelSelector results in matching no pod`);
  };
  for (const [i, each] of topologySpreadConstraints.entries())
    look(each, `${path}.topologySpreadConstraints[${i}]`);
  for (const side of ["podAffinity", "podAntiAffinity"]) {
    const { [REQUIRED]: required = [], [PREFERRED]: preferred = [] } = (affinity[side] ?? {}) as Json;
    for (const [i, term] of required.entries()) look(term, `${path}.affinity.${side}.${REQUIRED}[${i}]`);
    for (const [i, { podAffinityTerm }] of preferred.entries())
      look(podAffinityTerm, `${path}.affinity.${side}.${PREFERRED}[${i}].podAffinityTerm`);
  }
  return found;
}

/** The release in which a label got its new name. */
const sinceOf = (key: string): string => (/(arch|os)$/.test(key) ? "v1.14" : "v1.17");

function containerWarnings({ env = [], ports = [], resources = {} }: Json, path: string): string[] {
  const found: string[] = [];
  for (const kind of ["limits", "requests"])
    for (const name of ["memory", "ephemeral-storage"]) {
      const text = resources[kind]?.[name];
      const quantity = text === undefined ? undefined : parseQuantity(String(text));
      if (quantity && quantity.nano % 1_000_000_000n !== 0n)
        found.push(
          `${path}.resources.${kind}[${name}]: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`,
        );
    }
  const names = new Set<string>();
  for (const [i, { name, value }] of (env as Json[]).entries()) {
    // a later one that refers to the earlier is meant
    if (names.has(name) && !String(value ?? "").includes(`$(${name})`))
      found.push(
        `${path}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
      );
    names.add(name);
  }
  for (const [i, port] of (ports as Json[]).entries()) {
    const first = (ports as Json[]).findIndex(
      ({ containerPort, protocol, hostPort, hostIP }) =>
        containerPort === port["containerPort"] &&
        protocol === port["protocol"] &&
        hostPort === port["hostPort"] &&
        hostIP === port["hostIP"],
    );
    if (first < i) found.push(`${path}.ports[${i}]: duplicate port definition with ${path}.ports[${first}]`);
  }
  return found;
}
