/** Load balancers and Ingresses get their addresses. */
import type { KubeObject } from "@sluice/api";
import { writeStatus } from "./common.ts";
import type { Context, Controller } from "./engine.ts";

export const service: Controller = { apiVersion: "v1", kind: "Service", reconcile: reconcileService };
export const ingress: Controller = {
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  reconcile: reconcileIngress,
};

function reconcileService(context: Context, it: KubeObject): void {
  if (it.metadata.deletionTimestamp || it.spec.type !== "LoadBalancer" || context.verdict(it)) return;
  const ip = it.spec.loadBalancerIP ?? balancerAddress(it);
  const status = { loadBalancer: { ingress: [{ ip, ipMode: "VIP" }] } };
  writeStatus(context, it, status, { manager: "cloud-controller-manager" });
}

/** An address of a network for documentation that follows from the one inside of the cluster. */
function balancerAddress({ spec }: KubeObject): string {
  return `198.51.100.${Number(String(spec.clusterIP).split(".").pop()) || 1}`;
}

function reconcileIngress(context: Context, it: KubeObject): void {
  if (it.metadata.deletionTimestamp || context.verdict(it)) return;
  const status = { loadBalancer: { ingress: [{ ip: "198.51.100.1" }] } };
  writeStatus(context, it, status, { manager: "ingress-controller" });
}
