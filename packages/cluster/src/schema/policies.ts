/** Policies, limits and routes: what the API server refuses (pkg/apis/<group>/validation of Kubernetes v1.36). */
import { isIP } from "node:net";
import { dnsSubdomain, labelKey, type NameCheck } from "./names.ts";
import { type Complaints, NOT_NEGATIVE } from "./podspec.ts";
import { parseQuantity } from "./quantity.ts";
import { PERCENT, type Validator, validateSelector } from "./workloads.ts";

type Json = Record<string, any>;

export const CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

export function isCidr(text: string): boolean {
  const [address = "", bits = "", ...more] = text.split("/");
  return more.length === 0 && isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= 128;
}

const wildcard: NameCheck = (name) =>
  name.startsWith("*.") && dnsSubdomain(name.slice(2)).length === 0
    ? []
    : [
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ];

function backend(it: Json | undefined, path: string, to: Complaints): void {
  const service = it?.["service"];
  if (!service && !it?.["resource"]) to.invalid(path, "", "resource or service backend is required");
  if (!service) return;
  if (!service.name) to.required(`${path}.service.name`);
  if (!service.port?.name && !service.port?.number) to.required(path, "port name or number is required");
}

const ingress: Validator = ({ spec }, _, to) => {
  if (!spec.rules?.length && !spec.defaultBackend)
    to.invalid("spec", null, "either `defaultBackend` or `rules` must be specified");
  for (const [i, rule] of (spec.rules ?? []).entries()) {
    if (rule.host)
      to.name(`spec.rules[${i}].host`, rule.host, rule.host.includes("*") ? wildcard : dnsSubdomain);
    for (const [j, path] of (rule.http?.paths ?? []).entries()) {
      const at = `spec.rules[${i}].http.paths[${j}]`;
      if (!path.pathType) to.required(`${at}.pathType`, "pathType must be specified");
      else if (!["Exact", "ImplementationSpecific", "Prefix"].includes(path.pathType))
        to.unsupported(`${at}.pathType`, path.pathType, ["Exact", "ImplementationSpecific", "Prefix"]);
      else if (path.pathType !== "ImplementationSpecific" && !String(path.path ?? "").startsWith("/"))
        to.invalid(`${at}.path`, path.path ?? "", "must be an absolute path");
      backend(path.backend, `${at}.backend`, to);
    }
  }
  for (const [i, { hosts = [] }] of (spec.tls ?? []).entries())
    for (const [j, host] of hosts.entries())
      to.name(`spec.tls[${i}].hosts[${j}]`, host, host.includes("*") ? wildcard : dnsSubdomain);
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
  for (const [field, value] of Object.entries({ minAvailable, maxUnavailable })) {
    if (typeof value === "string" && !/^[0-9]+%$/.test(value)) to.invalid(`spec.${field}`, value, PERCENT);
    if (typeof value === "number" && value < 0) to.invalid(`spec.${field}`, value, NOT_NEGATIVE);
  }
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
  for (const [i, metric] of (spec.metrics ?? []).entries()) {
    const source = METRICS[metric.type as keyof typeof METRICS];
    if (!source) to.unsupported(`spec.metrics[${i}].type`, metric.type ?? "", Object.keys(METRICS));
    else if (!metric[source])
      to.required(`spec.metrics[${i}].${source}`, "must populate information for the given metric source");
  }
  const isOuter = spec.metrics?.some(({ type }: Json) => type === "Object" || type === "External");
  if (minReplicas === 0 && !isOuter)
    to.forbidden(
      "spec.metrics",
      "must specify at least one Object or External metric to support scaling to zero replicas",
    );
};

const METRICS = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};

const PROTOCOLS = ["TCP", "UDP", "SCTP"];

const networkPolicy: Validator = ({ spec }, _, to) => {
  validateSelector(spec.podSelector, "spec.podSelector", to);
  for (const [field, side] of [
    ["ingress", "from"],
    ["egress", "to"],
  ] as const)
    for (const [i, rule] of (spec[field] ?? []).entries()) {
      const at = `spec.${field}[${i}]`;
      for (const [j, { protocol, port }] of (rule.ports ?? []).entries()) {
        if (!PROTOCOLS.includes(protocol)) to.unsupported(`${at}.ports[${j}].protocol`, protocol, PROTOCOLS);
        if (typeof port === "number" && (port < 1 || port > 65535))
          to.invalid(`${at}.ports[${j}].port`, port, "must be between 1 and 65535, inclusive");
      }
      for (const [j, peer] of (rule[side] ?? []).entries()) {
        if (Object.keys(peer).length === 0) to.required(`${at}.${side}[${j}]`, "must specify a peer");
        const cidr = peer.ipBlock?.cidr;
        if (peer.ipBlock && !isCidr(cidr ?? ""))
          to.invalid(`${at}.${side}[${j}].ipBlock.cidr`, cidr ?? "", CIDR);
      }
    }
  for (const [i, type] of (spec.policyTypes ?? []).entries())
    if (!["Ingress", "Egress"].includes(type))
      to.unsupported(`spec.policyTypes[${i}]`, type, ["Ingress", "Egress"]);
};

const MAX_PRIORITY = 1_000_000_000;
const SYSTEM_PRIORITIES = ["system-cluster-critical", "system-node-critical"];

const priorityClass: Validator = ({ metadata, value }, _, to) => {
  const name: string = metadata.name;
  if (name.startsWith("system-")) {
    if (!SYSTEM_PRIORITIES.includes(name))
      to.forbidden(
        "metadata.name",
        `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`,
      );
  } else if (value > MAX_PRIORITY)
    to.forbidden("value", `maximum allowed value of a user defined priority is ${MAX_PRIORITY}`);
};

/** Whether the one quantity is more than the other; what is no quantity is not. */
function exceeds(left: string, right: string): boolean {
  const [a, b] = [parseQuantity(left), parseQuantity(right)];
  return a !== undefined && b !== undefined && a.nano > b.nano;
}

const limitRange: Validator = ({ spec }, _, to) => {
  for (const [i, { min = {}, max = {}, default: usual = {}, defaultRequest = {} }] of spec.limits.entries())
    for (const key of new Set([...Object.keys(min), ...Object.keys(max)])) {
      const at = (field: string) => `spec.limits[${i}].${field}[${key}]`;
      const [low, high, request, limit] = [min[key], max[key], defaultRequest[key], usual[key]];
      if (low && high && exceeds(low, high))
        to.invalid(at("min"), low, `min value ${low} is greater than max value ${high}`);
      if (low && request && exceeds(low, request))
        to.invalid(
          at("defaultRequest"),
          request,
          `min value ${low} is greater than default request value ${request}`,
        );
      if (high && request && exceeds(request, high))
        to.invalid(
          at("defaultRequest"),
          request,
          `default request value ${request} is greater than max value ${high}`,
        );
      // the server shows the lower bound here, not the value
      if (low && limit && exceeds(low, limit))
        to.invalid(at("default"), low, `min value ${low} is greater than default value ${limit}`);
      if (high && limit && exceeds(limit, high))
        to.invalid(at("default"), high, `default value ${limit} is greater than max value ${high}`);
    }
};

const QUOTAS =
  /^(cpu|memory|ephemeral-storage|pods|services|replicationcontrollers|resourcequotas|secrets|configmaps|persistentvolumeclaims|hugepages-.+|(requests|limits)\.(cpu|memory|storage|ephemeral-storage|hugepages-.+)|services\.(nodeports|loadbalancers)|.+\/.+)$/;

const quota: Validator = ({ spec }, _, to) => {
  for (const [key, value] of Object.entries(spec?.hard ?? {})) {
    const at = `spec.hard[${key}]`;
    to.name(at, key, labelKey);
    if (!QUOTAS.test(key)) to.invalid(at, key, "must be a standard resource for quota");
    if (String(value).startsWith("-")) to.invalid(at, value, NOT_NEGATIVE);
  }
};

const lease: Validator = ({ spec = {} }, _, to) => {
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = spec;
  if (seconds !== undefined && seconds <= 0)
    to.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
  if (transitions < 0) to.invalid("spec.leaseTransitions", transitions, NOT_NEGATIVE);
};

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

const webhooks: Validator = ({ webhooks: hooks = [] }, _, to) => {
  for (const [i, hook] of hooks.entries()) {
    const at = `webhooks[${i}]`;
    const segments = String(hook.name ?? "").split(".");
    if (segments.length < 3 || segments.includes(""))
      to.invalid(
        `${at}.name`,
        hook.name ?? "",
        "should be a domain with at least three segments separated by dots",
      );
    for (const [j, rule] of (hook.rules ?? []).entries()) {
      for (const [k, operation] of (rule.operations ?? []).entries())
        if (!OPERATIONS.includes(operation))
          to.unsupported(`${at}.rules[${j}].operations[${k}]`, operation, OPERATIONS);
      for (const field of ["operations", "apiGroups", "apiVersions", "resources"])
        if (!rule[field]?.length) to.required(`${at}.rules[${j}].${field}`);
    }
    if (!["None", "NoneOnDryRun"].includes(hook.sideEffects))
      to.required(`${at}.sideEffects`, "must specify one of None, NoneOnDryRun");
    if (!hook.clientConfig?.url === !hook.clientConfig?.service)
      to.required(`${at}.clientConfig`, "exactly one of url or service is required");
    if (!hook.admissionReviewVersions?.length)
      to.required(`${at}.admissionReviewVersions`, "must specify one of v1, v1beta1");
  }
};

/** By "group/Kind". */
export const POLICIES: Record<string, Validator> = {
  "networking.k8s.io/Ingress": ingress,
  "networking.k8s.io/NetworkPolicy": networkPolicy,
  "policy/PodDisruptionBudget": budget,
  "autoscaling/HorizontalPodAutoscaler": autoscaler,
  "storage.k8s.io/StorageClass": ({ provisioner }, _, to) => {
    if (!provisioner) to.required("provisioner");
  },
  "scheduling.k8s.io/PriorityClass": priorityClass,
  "/LimitRange": limitRange,
  "/ResourceQuota": quota,
  "coordination.k8s.io/Lease": lease,
  "/Event": ({ metadata, involvedObject }, _, to) => {
    const namespace = involvedObject?.namespace ?? "";
    if (namespace !== (metadata.namespace ?? "") && !(namespace === "" && metadata.namespace === "default"))
      to.invalid("involvedObject.namespace", namespace, "does not match event.namespace");
  },
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": webhooks,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": webhooks,
};
