/** Built-in kinds: what the API server refuses, as far as people run into it (pkg/apis/<group>/validation of Kubernetes v1.36). */
import { equal } from "../apply/typed.ts";
import { atMostBytes } from "./errors.ts";
import { configKey, dnsLabel, dnsSubdomain, portName } from "./names.ts";
import { type Complaints, validateLabels } from "./podspec.ts";
import { cronJob, deployment, job, pod, statefulSet, type Validator, workload } from "./workloads.ts";

type Json = Record<string, any>;

const IMMUTABLE = "field is immutable";
const MAX_DATA = 1024 * 1024;
const RBAC = "rbac.authorization.k8s.io";

const SERVICE_TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

const service: Validator = ({ spec }, old, to) => {
  const ports: Json[] = spec.ports ?? [];
  const isHeadless = spec.clusterIP === "None";
  if (ports.length === 0 && !isHeadless && spec.type !== "ExternalName") to.required("spec.ports");
  if (!SERVICE_TYPES.includes(spec.type)) to.unsupported("spec.type", spec.type, SERVICE_TYPES);
  if (spec.type === "ExternalName" && !spec.externalName) to.required("spec.externalName");
  if (!["ClientIP", "None"].includes(spec.sessionAffinity))
    to.unsupported("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]);
  const [names, pairs] = [new Set<string>(), new Set<string>()];
  for (const [i, { name, port, protocol, targetPort, nodePort }] of ports.entries()) {
    const at = `spec.ports[${i}]`;
    if (!name && ports.length > 1) to.required(`${at}.name`);
    else if (name) {
      to.name(`${at}.name`, name, dnsLabel);
      if (names.has(name)) to.duplicate(`${at}.name`, name);
      names.add(name);
    }
    const isPort = (value: number) => value >= 1 && value <= 65535;
    if (!isPort(port)) to.invalid(`${at}.port`, port ?? 0, "must be between 1 and 65535, inclusive");
    if (typeof targetPort === "number" && !isPort(targetPort))
      to.invalid(`${at}.targetPort`, targetPort, "must be between 1 and 65535, inclusive");
    if (typeof targetPort === "string") to.name(`${at}.targetPort`, targetPort, portName);
    if (nodePort && spec.type === "ClusterIP")
      to.forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'");
    if (!["TCP", "UDP", "SCTP"].includes(protocol))
      to.unsupported(`${at}.protocol`, protocol, ["SCTP", "TCP", "UDP"]);
    const pair = `${protocol}/${port}`;
    if (pairs.has(pair))
      to.duplicate(at, {
        Name: "",
        Protocol: protocol,
        AppProtocol: null,
        Port: port,
        TargetPort: 0,
        NodePort: 0,
      });
    pairs.add(pair);
  }
  validateLabels(spec.selector, "spec.selector", to);
  const before = old?.["spec"];
  if (
    before?.clusterIP &&
    before.type !== "ExternalName" &&
    spec.type !== "ExternalName" &&
    spec.clusterIP &&
    before.clusterIP !== spec.clusterIP
  )
    to.invalid("spec.clusterIPs[0]", [spec.clusterIP], "may not change once set");
};

/** ConfigMaps and Secrets: keys, size, and what `immutable` forbids. */
function keysAndSize(it: Json, old: Json | undefined, fields: string[], to: Complaints): void {
  let size = 0;
  for (const field of fields)
    for (const [key, value] of Object.entries(it[field] ?? {})) {
      to.name(`${field}[${key}]`, key, configKey);
      if (field === "data" && it["binaryData"]?.[key] !== undefined)
        to.invalid(`${field}[${key}]`, key, "duplicate of key present in binaryData");
      const text = String(value);
      const isText = it["kind"] === "ConfigMap" && field === "data";
      size += isText ? Buffer.byteLength(text) : Math.floor((text.length * 3) / 4);
    }
  if (size > MAX_DATA)
    to.errors.push({
      path: it["kind"] === "Secret" ? "data" : "[]",
      type: "Too long",
      detail: atMostBytes(MAX_DATA),
    });
  if (!old?.["immutable"]) return;
  if (!it["immutable"]) to.forbidden("immutable", "field is immutable when `immutable` is set");
  for (const field of fields)
    if (!equal(it[field] ?? {}, old[field] ?? {}))
      to.forbidden(field, "field is immutable when `immutable` is set");
}

const SECRET_KEYS: Record<string, string[]> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

const secret: Validator = (it, old, to) => {
  const { type, data = {} } = it;
  for (const key of SECRET_KEYS[type] ?? []) if (data[key] === undefined) to.required(`data[${key}]`);
  for (const key of [".dockerconfigjson", ".dockercfg"])
    if (SECRET_KEYS[type]?.includes(key) && data[key] !== undefined) checkJson(`data[${key}]`, data[key], to);
  if (type === "kubernetes.io/basic-auth" && data.username === undefined && data.password === undefined)
    for (const key of ["username", "password"]) to.required(`data[${key}]`);
  const account = "kubernetes.io/service-account.name";
  if (type === "kubernetes.io/service-account-token" && !it["metadata"].annotations?.[account])
    to.required(`metadata.annotations[${account}]`);
  if (old && type !== old["type"]) to.invalid("type", type, IMMUTABLE);
  keysAndSize(it, old, ["data"], to);
};

/** Registry credentials are JSON; what is wrong with them is told without showing them. */
function checkJson(path: string, encoded: string, to: Complaints): void {
  const text = Buffer.from(encoded, "base64").toString();
  try {
    JSON.parse(text);
  } catch {
    const first = text.trim().charAt(0);
    const why =
      first === ""
        ? "unexpected end of JSON input"
        : `invalid character '${first}' looking for beginning of value`;
    to.invalid(
      path,
      "<secret contents redacted>",
      /[[{"\dtfn-]/.test(first) ? "unexpected end of JSON input" : why,
    );
  }
}

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const NO_SOURCE = [
  "accessModes",
  "capacity",
  "claimRef",
  "mountOptions",
  "nodeAffinity",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "volumeAttributesClassName",
  "volumeMode",
];

const volume: Validator = ({ spec }, _, to) => {
  if (!spec.accessModes?.length) to.required("spec.accessModes");
  for (const mode of spec.accessModes ?? [])
    if (!ACCESS_MODES.includes(mode)) to.unsupported("spec.accessModes", mode, ACCESS_MODES);
  const capacity = Object.keys(spec.capacity ?? {});
  if (capacity.length === 0) to.required("spec.capacity");
  if (capacity.length !== 1 || capacity[0] !== "storage")
    to.unsupported("spec.capacity", spec.capacity ?? null, ["storage"]);
  const sources = Object.keys(spec).filter((key) => !NO_SOURCE.includes(key));
  if (sources.length === 0) to.required("spec", "must specify a volume type");
  for (const extra of sources.slice(1))
    to.forbidden(`spec.${extra}`, "may not specify more than 1 volume type");
};

const claim: Validator = ({ spec }, old, to) => {
  if (!spec.accessModes?.length) to.required("spec.accessModes", "at least 1 access mode is required");
  for (const mode of spec.accessModes ?? [])
    if (!ACCESS_MODES.includes(mode)) to.unsupported("spec.accessModes", mode, ACCESS_MODES);
  if (!spec.resources?.requests?.storage) to.required("spec.resources[storage]");
  if (!old) return;
  const fixed = ({ resources: _, volumeAttributesClassName: __, ...rest }: Json) => rest;
  // a volume and a class may still be chosen where there are none
  const { volumeName = spec.volumeName, storageClassName = spec.storageClassName } = old["spec"];
  const before = { ...old["spec"], volumeName, storageClassName };
  if (!equal(fixed(spec), fixed(before)))
    to.forbidden(
      "spec",
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n",
    );
};

const binding: Validator = ({ kind, roleRef, subjects }, old, to) => {
  const isNamespaced = kind === "RoleBinding";
  const kinds = isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  if (roleRef.apiGroup !== RBAC) to.unsupported("roleRef.apiGroup", roleRef.apiGroup, [RBAC]);
  if (!kinds.includes(roleRef.kind)) to.unsupported("roleRef.kind", roleRef.kind, kinds);
  if (!roleRef.name) to.required("roleRef.name");
  for (const [i, { kind: type, name, namespace, apiGroup = "" }] of (subjects ?? []).entries()) {
    const at = `subjects[${i}]`;
    if (!name) to.required(`${at}.name`);
    if (type === "ServiceAccount") {
      if (name) to.name(`${at}.name`, name, dnsSubdomain);
      if (apiGroup) to.unsupported(`${at}.apiGroup`, apiGroup, [""]);
      if (!isNamespaced && !namespace) to.required(`${at}.namespace`);
    } else if (type === "User" || type === "Group") {
      if (apiGroup !== RBAC) to.unsupported(`${at}.apiGroup`, apiGroup, [RBAC]);
    } else to.unsupported(`${at}.kind`, type, ["ServiceAccount", "User", "Group"]);
  }
  if (old && !equal(roleRef, old["roleRef"])) to.invalid("roleRef", roleRef, "cannot change roleRef");
};

const role: Validator = ({ kind, rules }, _, to) => {
  for (const [i, { verbs, nonResourceURLs: urls, apiGroups, resources, resourceNames }] of (
    rules ?? []
  ).entries()) {
    const at = `rules[${i}]`;
    if (!verbs?.length) to.required(`${at}.verbs`, "verbs must contain at least one value");
    if (urls?.length) {
      if (kind === "Role")
        to.invalid(`${at}.nonResourceURLs`, urls, "namespaced rules cannot apply to non-resource URLs");
      if (apiGroups?.length || resources?.length || resourceNames?.length)
        to.invalid(
          `${at}.nonResourceURLs`,
          urls,
          "rules cannot apply to both regular resources and non-resource URLs",
        );
      continue;
    }
    if (!apiGroups?.length)
      to.required(`${at}.apiGroups`, "resource rules must supply at least one api group");
    if (!resources?.length)
      to.required(`${at}.resources`, "resource rules must supply at least one resource");
  }
};

const ingress: Validator = ({ spec }, _, to) => {
  if (!spec.rules?.length && !spec.defaultBackend)
    to.invalid("spec", null, "either `defaultBackend` or `rules` must be specified");
  for (const [i, rule] of (spec.rules ?? []).entries())
    for (const [j, path] of (rule.http?.paths ?? []).entries()) {
      const at = `spec.rules[${i}].http.paths[${j}]`;
      if (!path.pathType) to.required(`${at}.pathType`, "pathType must be specified");
      else if (!["Exact", "ImplementationSpecific", "Prefix"].includes(path.pathType))
        to.unsupported(`${at}.pathType`, path.pathType, ["Exact", "ImplementationSpecific", "Prefix"]);
      else if (path.pathType !== "ImplementationSpecific" && !String(path.path ?? "").startsWith("/"))
        to.invalid(`${at}.path`, path.path ?? "", "must be an absolute path");
      if (!path.backend?.service && !path.backend?.resource)
        to.invalid(`${at}.backend`, "", "resource or service backend is required");
    }
};

const budget: Validator = ({ spec }, _, to) => {
  const {
    minAvailable = null,
    maxUnavailable = null,
    selector = null,
    unhealthyPodEvictionPolicy = null,
  } = spec;
  const shown = {
    MinAvailable: minAvailable,
    Selector: selector,
    MaxUnavailable: maxUnavailable,
    UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy,
  };
  if (minAvailable !== null && maxUnavailable !== null)
    to.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set");
};

const autoscaler: Validator = ({ spec }, _, to) => {
  const { minReplicas, maxReplicas, scaleTargetRef: target } = spec;
  if (minReplicas < 1) to.invalid("spec.minReplicas", minReplicas, "must be greater than or equal to 1");
  if (maxReplicas === 0) to.required("spec.maxReplicas", "must be set and greater than 0");
  else if (maxReplicas < 0) to.invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to 1");
  if (maxReplicas < minReplicas)
    to.invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`");
  for (const field of ["kind", "name"]) if (!target[field]) to.required(`spec.scaleTargetRef.${field}`);
  if (!target.apiVersion?.includes("/"))
    to.invalid(
      "spec.scaleTargetRef.apiVersion",
      target.apiVersion ?? "",
      "apiVersion must specify API group",
    );
  const isOuter = spec.metrics?.some(({ type }: Json) => type === "Object" || type === "External");
  if (minReplicas === 0 && !isOuter)
    to.forbidden(
      "spec.metrics",
      "must specify at least one Object or External metric to support scaling to zero replicas",
    );
};

/** By "group/Kind"; versions of a kind share their rules. */
export const VALIDATORS: Record<string, Validator> = {
  "apps/Deployment": deployment,
  "apps/ReplicaSet": workload("deployment"),
  "apps/DaemonSet": workload("daemonset"),
  "apps/StatefulSet": statefulSet,
  "batch/Job": job,
  "batch/CronJob": cronJob,
  "/Pod": pod,
  "/Service": service,
  "/ConfigMap": (it, old, to) => keysAndSize(it, old, ["data", "binaryData"], to),
  "/Secret": secret,
  "/PersistentVolumeClaim": claim,
  "/PersistentVolume": volume,
  "rbac.authorization.k8s.io/Role": role,
  "rbac.authorization.k8s.io/ClusterRole": role,
  "rbac.authorization.k8s.io/RoleBinding": binding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": binding,
  "networking.k8s.io/Ingress": ingress,
  "policy/PodDisruptionBudget": budget,
  "autoscaling/HorizontalPodAutoscaler": autoscaler,
};
