/** Built-in kinds: what the API server refuses, as far as people run into it (pkg/apis/<group>/validation of Kubernetes v1.36). */
import { isIP } from "node:net";
import { dnsLabel, dnsSubdomain } from "@sluice/api";
import { equal } from "../apply/typed.ts";
import { autoscaler } from "./autoscaling.ts";
import { CLASSES } from "./classes.ts";
import { atMostBytes } from "./errors.ts";
import { isCidr } from "./formats.ts";
import { configKey, portName } from "./names.ts";
import { type Complaints, validateLabels } from "./podspec.ts";
import { CIDR, POLICIES } from "./policies.ts";
import { REGISTRATIONS } from "./registrations.ts";
import { VOLUMES } from "./volumes.ts";
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
  if (!["ClientIP", "None"].includes(spec.sessionAffinity))
    to.unsupported("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]);
  addresses(spec, to);
  const before = old?.["spec"];
  if (
    before?.clusterIP &&
    before.type !== "ExternalName" &&
    spec.type !== "ExternalName" &&
    spec.clusterIP &&
    before.clusterIP !== spec.clusterIP
  )
    to.invalid("spec.clusterIPs[0]", [spec.clusterIP], "may not change once set");
  if (before?.loadBalancerClass && spec.type === "LoadBalancer" && before.type === "LoadBalancer")
    if (spec.loadBalancerClass !== before.loadBalancerClass)
      to.invalid("spec.loadBalancerClass", spec.loadBalancerClass ?? null, "may not change once set");
};

/** What a Service says about addresses and where its traffic comes from. */
function addresses(spec: Json, to: Complaints): void {
  const { clusterIP, type, ports = [] } = spec;
  if (clusterIP && clusterIP !== "None" && isIP(clusterIP) === 0)
    to.invalid(
      "spec.clusterIPs[0]",
      clusterIP,
      "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
    );
  const family = spec["ipFamilies"]?.[0];
  if (family && isIP(clusterIP ?? "") !== 0 && `IPv${isIP(clusterIP)}` !== family)
    to.invalid(
      "spec.clusterIPs[0]",
      clusterIP,
      `expected an ${family} value as indicated by \`ipFamilies[0]\``,
    );
  for (const [i, range] of (spec["loadBalancerSourceRanges"] ?? []).entries())
    if (!isCidr(range)) to.invalid(`spec.LoadBalancerSourceRanges[${i}]`, range, CIDR);
  const isExternal = type === "NodePort" || type === "LoadBalancer" || spec["externalIPs"]?.length > 0;
  if (spec["externalTrafficPolicy"] && !isExternal)
    to.invalid(
      "spec.externalTrafficPolicy",
      spec["externalTrafficPolicy"],
      "may only be set for externally-accessible services",
    );
  for (const [i, { nodePort }] of ports.entries())
    if (nodePort && type !== "ClusterIP" && (nodePort < 30000 || nodePort > 32767))
      to.invalid(
        `spec.ports[${i}].nodePort`,
        nodePort,
        "provided port is not in the valid range. The range of valid ports is 30000-32767",
      );
}

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
  if (old && !equal(roleRef, old["roleRef"])) {
    const { apiGroup: APIGroup, kind: Kind, name: Name } = roleRef;
    to.invalid("roleRef", { APIGroup, Kind, Name }, "cannot change roleRef");
  }
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
  "rbac.authorization.k8s.io/Role": role,
  "rbac.authorization.k8s.io/ClusterRole": role,
  "rbac.authorization.k8s.io/RoleBinding": binding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": binding,
  "autoscaling/HorizontalPodAutoscaler": autoscaler,
  ...POLICIES,
  ...REGISTRATIONS,
  ...VOLUMES,
  ...CLASSES,
};
