import type { KubeObject } from "@sluice/api";
import type { Store } from "../store.ts";
import { NODE } from "./common.ts";
import { deployment } from "./deployment.ts";
import { type Controller, startEngine, type Verdict } from "./engine.ts";
import { job } from "./job.ts";
import { ingress, service } from "./network.ts";
import { pod } from "./pod.ts";
import { replicaSet } from "./replicaset.ts";
import { autoscaler, disruptionBudget } from "./scaling.ts";
import { daemonSet, statefulSet } from "./sets.ts";
import { volumeClaim } from "./volumes.ts";

export type SimulatedRef = { kind: string; namespace?: string; name: string };

export type Simulation = {
  /** From now on the object and what it owns fail: pods crash, rollouts exceed their deadline, Jobs fail (with `reason`). */
  fail(ref: SimulatedRef, reason: string): void;
  /** From now on the object and what it owns get nowhere: pods stay Pending, claims unbound, load balancers without address. */
  hang(ref: SimulatedRef): void;
  /** All objects fare well again. */
  clear(): void;
  stop(): void;
};

export type SimulationOptions = { log?: (line: string) => void };

/** The annotation that tells an object's fate, on the object or (for pods) in its template: `fail`, `fail: <reason>` or `hang`. */
export const SIMULATE = "cluster.sluice.dev/simulate";

const CONTROLLERS: readonly Controller[] = [
  deployment,
  replicaSet,
  statefulSet,
  daemonSet,
  job,
  pod,
  service,
  ingress,
  volumeClaim,
  autoscaler,
  disruptionBudget,
];

/**
 * Starts the controllers of a cluster that has one node and no real containers: workloads roll out and get ready within milliseconds.
 * Nothing runs while nothing is written. Images named `…/does-not-exist…` cannot be pulled.
 */
export function startSimulation(store: Store, { log = () => {} }: SimulationOptions = {}): Simulation {
  const fates = new Map<string, Verdict>();
  ensureNode(store);
  const engine = startEngine(store, CONTROLLERS, {
    verdictOf: (object) => fates.get(keyOf(object.kind, object.metadata)) ?? annotated(object),
    log,
  });
  const wake = () => {
    for (const type of CONTROLLERS) for (const object of store.list(type)) engine.enqueue(object);
  };
  const decide = (ref: SimulatedRef, verdict: Verdict) => {
    fates.set(keyOf(ref.kind, ref), verdict);
    wake();
  };
  return {
    fail: (ref, reason) => decide(ref, { kind: "fail", reason }),
    hang: (ref) => decide(ref, { kind: "hang" }),
    clear() {
      fates.clear();
      wake();
    },
    stop: engine.stop,
  };
}

function keyOf(kind: string, { namespace = "default", name }: { namespace?: string; name: string }): string {
  return `${kind}/${namespace}/${name}`;
}

function annotated(object: KubeObject): Verdict | undefined {
  const text = object.metadata.annotations?.[SIMULATE];
  if (text === "hang") return { kind: "hang" };
  if (text === undefined || !/^fail(:|$)/.test(text)) return undefined;
  return { kind: "fail", reason: text.slice(5).trim() };
}

/** The node that everything runs on. */
function ensureNode(store: Store): void {
  if (store.get({ apiVersion: "v1", kind: "Node", name: NODE })) return;
  const time = `${new Date(store.now()).toISOString().slice(0, 19)}Z`;
  const labels = {
    "kubernetes.io/hostname": NODE,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "node.kubernetes.io/instance-type": "simulated",
  };
  const created = store.create(
    { apiVersion: "v1", kind: "Node", metadata: { name: NODE, labels }, spec: {} },
    { manager: "kubelet" },
  );
  // it is ready from the start
  const node = store.update({ ...created, spec: {} }, { manager: "kubelet" });
  const resources = { cpu: "64", memory: "256Gi", pods: "10k", "ephemeral-storage": "1Ti" };
  const status = {
    capacity: resources,
    allocatable: resources,
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "KubeletReady",
        message: "kubelet is posting ready status",
        lastHeartbeatTime: time,
        lastTransitionTime: time,
      },
    ],
    addresses: [
      { type: "InternalIP", address: "192.0.2.10" },
      { type: "Hostname", address: NODE },
    ],
    nodeInfo: {
      architecture: "amd64",
      operatingSystem: "linux",
      kubeletVersion: "v1.36.3",
      kubeProxyVersion: "",
      containerRuntimeVersion: "simulated://1.0.0",
      osImage: "simulated",
      kernelVersion: "",
      machineID: "",
      systemUUID: "",
      bootID: "",
    },
  };
  store.update({ ...node, status }, { subresource: "status", manager: "kubelet" });
}
