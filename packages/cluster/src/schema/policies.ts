/** Policies, limits and routes: what the API server refuses (pkg/apis/<group>/validation of Kubernetes v1.36). */
import { BlockList, isIP } from "node:net";
import { dnsSubdomain, type NameRule } from "@sluice/api";
import { isCidr } from "./formats.ts";
import { type Complaints, NOT_NEGATIVE } from "./podspec.ts";
import { PERCENT, type Validator, validateSelector } from "./workloads.ts";

type Json = Record<string, any>;

export const CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

const wildcard: NameRule = (name) =>
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
    if (typeof value === "string" && /^[0-9]+%$/.test(value) && Number.parseInt(value, 10) > 100)
      to.invalid(`spec.${field}`, value, "must not be greater than 100%");
    if (typeof value === "number" && value < 0) to.invalid(`spec.${field}`, value, NOT_NEGATIVE);
  }
  validateSelector(selector, "spec.selector", to);
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
      for (const [j, { protocol, port, endPort }] of (rule.ports ?? []).entries()) {
        if (!PROTOCOLS.includes(protocol)) to.unsupported(`${at}.ports[${j}].protocol`, protocol, PROTOCOLS);
        if (typeof port === "number" && (port < 1 || port > 65535))
          to.invalid(`${at}.ports[${j}].port`, port, "must be between 1 and 65535, inclusive");
        if (endPort !== undefined) portRange(port, endPort, `${at}.ports[${j}].endPort`, to);
      }
      for (const [j, peer] of (rule[side] ?? []).entries()) {
        if (Object.keys(peer).length === 0) to.required(`${at}.${side}[${j}]`, "must specify a peer");
        const cidr = peer.ipBlock?.cidr;
        if (peer.ipBlock && !isCidr(cidr ?? ""))
          to.invalid(`${at}.${side}[${j}].ipBlock.cidr`, cidr ?? "", CIDR);
        else exceptions(peer.ipBlock, `${at}.${side}[${j}].ipBlock`, to);
      }
    }
  for (const [i, type] of (spec.policyTypes ?? []).entries())
    if (!["Ingress", "Egress"].includes(type))
      to.unsupported(`spec.policyTypes[${i}]`, type, ["Ingress", "Egress"]);
};

function portRange(port: unknown, endPort: number, path: string, to: Complaints): void {
  if (port === undefined) to.required(path, "may not be specified when `port` is not specified");
  else if (typeof port !== "number")
    to.invalid(path, endPort, "may not be specified when `port` is non-numeric");
  // the server shows the port here, not the end of the range
  else if (endPort < port) to.invalid(path, port, "must be greater than or equal to `port`");
}

/** The parts of a block that a rule leaves out must lie in it. */
function exceptions(block: Json | undefined, path: string, to: Complaints): void {
  for (const [i, except] of (block?.["except"] ?? []).entries())
    if (!isCidr(except)) to.invalid(`${path}.except[${i}]`, except, CIDR);
    else if (!liesIn(except, block!["cidr"]))
      to.invalid(`${path}.except[${i}]`, except, "must be a strict subset of `cidr`");
}

function liesIn(inner: string, outer: string): boolean {
  const [[address, bits], [network, prefix]] = [inner.split("/"), outer.split("/")] as [string[], string[]];
  if (Number(bits) <= Number(prefix) || isIP(address!) !== isIP(network!)) return false;
  const block = new BlockList();
  const family = isIP(network!) === 6 ? "ipv6" : "ipv4";
  block.addSubnet(network!, Number(prefix), family);
  return block.check(address!, family);
}

const lease: Validator = ({ spec = {} }, _, to) => {
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = spec;
  if (seconds !== undefined && seconds <= 0)
    to.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0");
  if (transitions < 0) to.invalid("spec.leaseTransitions", transitions, NOT_NEGATIVE);
};

/** By "group/Kind". */
export const POLICIES: Record<string, Validator> = {
  "networking.k8s.io/Ingress": ingress,
  "networking.k8s.io/NetworkPolicy": networkPolicy,
  "policy/PodDisruptionBudget": budget,
  "coordination.k8s.io/Lease": lease,
  "/Event": ({ metadata, involvedObject }, _, to) => {
    const namespace = involvedObject?.namespace ?? "";
    if (namespace !== (metadata.namespace ?? "") && !(namespace === "" && metadata.namespace === "default"))
      to.invalid("involvedObject.namespace", namespace, "does not match event.namespace");
  },
};
