/** Services and Ingresses get their addresses. */
import type { KubeObject } from "@sluice/api";
import { type Data, writeStatus } from "./common.ts";
import type { Context, Controller } from "./engine.ts";

const ALLOCATOR = "kube-apiserver";
const SERVICE = { apiVersion: "v1", kind: "Service" };

export const service: Controller = { ...SERVICE, reconcile: reconcileService };
export const ingress: Controller = {
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  reconcile: reconcileIngress,
};

function reconcileService(context: Context, it: KubeObject): void {
  if (it.metadata.deletionTimestamp) return;
  const allocated = allocate(context, it);
  if (allocated) {
    context.store.update({ ...it, spec: { ...it.spec, ...allocated } }, { manager: ALLOCATOR });
    return;
  }
  if (it.spec.type !== "LoadBalancer" || context.verdict(it)) return;
  const ip = it.spec.loadBalancerIP ?? balancerAddress(it);
  writeStatus(
    context,
    it,
    { loadBalancer: { ingress: [{ ip, ipMode: "VIP" }] } },
    { manager: "cloud-controller-manager" },
  );
}

/** The fields that the API server would have allocated; undefined if nothing is missing. */
function allocate(context: Context, { spec }: KubeObject): Data | undefined {
  if (spec.type === "ExternalName") return undefined;
  const needsPorts =
    spec.type === "NodePort" ||
    (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
  const isMissingPort = needsPorts && spec.ports?.some(({ nodePort }: Data) => !nodePort);
  if (spec.clusterIP && spec.clusterIPs && spec.ipFamilies && !isMissingPort) return undefined;
  const services = context.store.list(SERVICE);
  const clusterIP = spec.clusterIP || freeAddress(new Set(services.map((other) => other.spec.clusterIP)));
  return {
    clusterIP,
    clusterIPs: [clusterIP],
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
    ...(isMissingPort && { ports: withNodePorts(spec.ports, services) }),
  };
}

/** The first free address of 10.96.0.0/12; the first ten are left to the system's own. */
function freeAddress(taken: Set<string>): string {
  for (let number = 10; ; number++) {
    const address = `10.${96 + ((number >> 16) & 15)}.${(number >> 8) & 255}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
}

function withNodePorts(ports: Data[], services: readonly KubeObject[]): Data[] {
  const taken = new Set(
    services.flatMap(({ spec }) => (spec.ports ?? []).map(({ nodePort }: Data) => nodePort)),
  );
  let next = 30_000;
  return ports.map((port) => {
    if (port["nodePort"]) return port;
    while (taken.has(next)) next++;
    taken.add(next);
    return { ...port, nodePort: next };
  });
}

/** An address of the documentation's network that follows from the cluster's. */
function balancerAddress({ spec }: KubeObject): string {
  return `198.51.100.${Number(String(spec.clusterIP).split(".").pop()) || 1}`;
}

function reconcileIngress(context: Context, it: KubeObject): void {
  if (it.metadata.deletionTimestamp || context.verdict(it)) return;
  writeStatus(
    context,
    it,
    { loadBalancer: { ingress: [{ ip: "198.51.100.1" }] } },
    { manager: "ingress-controller" },
  );
}
