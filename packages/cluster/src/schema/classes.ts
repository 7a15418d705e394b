/** Classes, limits and slices: what the API server refuses (pkg/apis/<group>/validation of Kubernetes v1.36). */
import { isIP } from "node:net";
import { dnsLabel, labelKey } from "@sluice/api";
import { equal } from "../apply/typed.ts";
import { type Complaints, NOT_NEGATIVE } from "./podspec.ts";
import { parseQuantity } from "./quantity.ts";
import type { Validator } from "./workloads.ts";

type Json = Record<string, any>;

const IMMUTABLE = "field is immutable";
const MAX_PRIORITY = 1_000_000_000;
const SYSTEM_PRIORITIES = ["system-cluster-critical", "system-node-critical"];

const priorityClass: Validator = ({ metadata, value, preemptionPolicy }, old, to) => {
  if (old) {
    if (value !== old["value"]) to.forbidden("value", "may not be changed in an update.");
    if (preemptionPolicy !== old["preemptionPolicy"])
      to.invalid("preemptionPolicy", preemptionPolicy, IMMUTABLE);
  }
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
  for (const [i, item] of (spec.limits ?? []).entries()) {
    limitType(item, `spec.limits[${i}]`, to);
    const { min = {}, max = {}, default: usual = {}, defaultRequest = {} } = item;
    for (const key of new Set([min, max, usual, defaultRequest].flatMap(Object.keys))) {
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
      if (request && limit && exceeds(request, limit))
        to.invalid(
          at("defaultRequest"),
          request,
          `default request value ${request} is greater than default limit value ${limit}`,
        );
    }
  }
};

/** What goes with the type of a limit: only containers have defaults, claims need a bound. */
function limitType({ type, min, max, ...rest }: Json, path: string, to: Complaints): void {
  if (type === "Pod")
    for (const field of ["default", "defaultRequest"])
      if (rest[field]) to.forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'");
  if (type === "PersistentVolumeClaim" && !min?.storage && !max?.storage)
    to.required(
      `${path}.limits`,
      "either minimum or maximum storage value is required, but neither was provided",
    );
  for (const [key, ratio] of Object.entries((rest["maxLimitRequestRatio"] ?? {}) as Record<string, string>))
    if (exceeds("1", ratio))
      to.invalid(`${path}.maxLimitRequestRatio[${key}]`, ratio, `ratio ${ratio} is less than 1`);
}

const QUOTAS =
  /^(cpu|memory|ephemeral-storage|pods|services|replicationcontrollers|resourcequotas|secrets|configmaps|persistentvolumeclaims|hugepages-.+|(requests|limits)\.(cpu|memory|storage|ephemeral-storage|hugepages-.+)|services\.(nodeports|loadbalancers)|.+\/.+)$/;

/** Counted in whole numbers. */
const COUNTED =
  /^(pods|services|replicationcontrollers|resourcequotas|secrets|configmaps|persistentvolumeclaims|services\..+|count\/.+)$/;
const OF_PODS = /^(cpu|memory|pods|(requests|limits)\.(cpu|memory))$/;
/** What a scope may limit. */
const SCOPES: Record<string, RegExp> = {
  Terminating: OF_PODS,
  NotTerminating: OF_PODS,
  NotBestEffort: OF_PODS,
  PriorityClass: OF_PODS,
  CrossNamespacePodAffinity: OF_PODS,
  BestEffort: /^pods$/,
  VolumeAttributesClass: /^(persistentvolumeclaims|requests\.storage)$/,
};

const quota: Validator = ({ spec }, old, to) => {
  const scopes: string[] = spec?.scopes ?? [];
  if (scopes.some((scope) => !SCOPES[scope])) to.invalid("spec.scopes", scopes, "unsupported scope");
  const isMissed = (key: string) => scopes.some((scope) => SCOPES[scope] && !SCOPES[scope].test(key));
  if (Object.keys(spec?.hard ?? {}).some(isMissed))
    to.invalid("spec.scopes", scopes, "unsupported scope applied to resource");
  if (old && !equal(scopes, old["spec"]?.scopes ?? [])) to.invalid("spec.scopes", scopes, IMMUTABLE);
  for (const [key, value] of Object.entries(spec?.hard ?? {})) {
    const at = `spec.hard[${key}]`;
    to.name(at, key, labelKey);
    if (!QUOTAS.test(key)) to.invalid(at, key, "must be a standard resource for quota");
    if (String(value).startsWith("-")) to.invalid(at, value, NOT_NEGATIVE);
    else if (COUNTED.test(key) && (parseQuantity(String(value))?.nano ?? 0n) % 1_000_000_000n !== 0n)
      to.invalid(at, value, "must be an integer");
  }
};

const runtimeClass: Validator = ({ handler }, old, to) => {
  to.name("handler", handler ?? "", dnsLabel);
  if (old && handler !== old["handler"]) to.invalid("handler", handler, IMMUTABLE);
};

const ingressClass: Validator = ({ spec }, old, to) => {
  if (old && spec.controller !== old["spec"].controller)
    to.invalid("spec.controller", spec.controller, IMMUTABLE);
};

const slice: Validator = ({ addressType, endpoints, ports }, old, to) => {
  for (const [i, { addresses = [] }] of (endpoints ?? []).entries())
    for (const [j, address] of addresses.entries())
      if (addressType !== "FQDN") checkAddress(address, `endpoints[${i}].addresses[${j}]`, to);
  for (const [i, { name }] of (ports ?? []).entries()) if (name) to.name(`ports[${i}].name`, name, dnsLabel);
  if (old && addressType !== old["addressType"]) to.invalid("addressType", addressType, IMMUTABLE);
};

function checkAddress(address: string, path: string, to: Complaints): void {
  if (isIP(address) === 0)
    to.invalid(path, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
  else if (address.startsWith("127.") || address === "::1")
    to.invalid(path, address, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  else if (/^169\.254\.|^fe80:/i.test(address))
    to.invalid(path, address, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
}

const revision: Validator = ({ data, revision: number }, old, to) => {
  if (number < 0) to.invalid("revision", number, NOT_NEGATIVE);
  if (old && !equal(data, old["data"])) to.invalid("data", data ?? null, IMMUTABLE);
};

/** By "group/Kind". */
export const CLASSES: Record<string, Validator> = {
  "/LimitRange": limitRange,
  "/ResourceQuota": quota,
  "apps/ControllerRevision": revision,
  "discovery.k8s.io/EndpointSlice": slice,
  "networking.k8s.io/IngressClass": ingressClass,
  "node.k8s.io/RuntimeClass": runtimeClass,
  "scheduling.k8s.io/PriorityClass": priorityClass,
};
