import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, hasStatus, keyOf, type Loose, patches } from "../api.ts";
import { processNode } from "../bootstrap.ts";
import { localOf, type Network, rangesOf } from "../network.ts";
import { timeOf } from "./container.ts";
import { type PodRun, runPod } from "./pod.ts";
import { hostsOf } from "./services.ts";

export type KubeletOptions = {
  api: Api;
  /** Holds the pods' folders. */
  dir: string;
  network: Network;
  apiserver: { host: string; port: number };
  /** Where logs are asked for; its host is the node's address. */
  listen: { host: string; port: number };
  repository: string;
};

export type Kubelet = {
  setServices(services: Loose[]): void;
  /** The log file of a pod's container; undefined when there is none. */
  logOf(namespace: string, pod: string, container: string, previous: boolean): string | undefined;
  /** Ends all pods' processes. */
  close(): Promise<void>;
};

const heartbeatMs = 10_000;
const leaseSeconds = 40;
const statusEvery = 6; // heartbeats

/** Registers the node and runs the pods that are bound to it, until closed. */
export function startKubelet(options: KubeletOptions): Kubelet {
  const { api, dir, network, apiserver, listen, repository } = options;
  const stopping = new AbortController();
  const pods = new Map<string, { key: string; run: PodRun; address: string; ending: boolean }>();
  const addresses = addressPool(network);
  let services: Loose[] = [];

  const start = (pod: Loose) => {
    const { uid, name, namespace } = pod.metadata;
    const podIP = addresses.take();
    const address = localOf(podIP);
    const run = runPod(pod, {
      api,
      dir: join(dir, `${namespace}_${name}_${uid}`),
      podIP,
      hostIP: listen.host,
      capacity: { memory: totalmem(), cpu: cpus().length },
      apiserver,
      repository,
      hosts: () => hostsOf(services, { name, namespace, address }),
    });
    pods.set(uid, { key: keyOf(pod), run, address: podIP, ending: false });
  };
  const finish = async (uid: string, how: (run: PodRun) => Promise<void>) => {
    const held = pods.get(uid);
    if (held === undefined || held.ending) return;
    held.ending = true;
    await how(held.run).catch((thrown) => console.error(`ending pod ${held.key}: ${thrown.message}`));
    pods.delete(uid);
    addresses.giveBack(held.address);
  };
  const onPod = (type: "put" | "gone", pod: Loose) => {
    const { uid, deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
    if (type === "gone") return void finish(uid, (run) => run.abandon());
    const isOver = ["Succeeded", "Failed"].includes(pod.status?.phase);
    if (!pods.has(uid) && !stopping.signal.aborted && !isOver) start(pod);
    if (deletionTimestamp) void finish(uid, (run) => run.terminate(deletionGracePeriodSeconds ?? 30));
  };

  const selector = `fieldSelector=spec.nodeName%3D${processNode.name}`;
  void keepNode(api, listen, stopping.signal);
  void api.follow(`/api/v1/pods?${selector}`, onPod, stopping.signal);
  return {
    setServices: (all) => {
      services = all;
      for (const { run } of pods.values()) void run.refreshHosts();
    },
    logOf: (namespace, pod, container, previous) =>
      [...pods.values()].find(({ key }) => key === `${namespace}/${pod}`)?.run.logOf(container, previous),
    close: async () => {
      stopping.abort();
      await Promise.all([...pods.values()].map(({ run }) => run.abandon()));
    },
  };
}

function addressPool(network: Network) {
  const { processPod, processPods } = rangesOf(network);
  const taken = new Set<string>();
  let next = processPods.first;
  return {
    take: (): string => {
      for (let tried = processPods.first; tried <= processPods.last; tried++) {
        const address = processPod(next);
        next = next === processPods.last ? processPods.first : next + 1;
        if (taken.has(address)) continue;
        taken.add(address);
        return address;
      }
      throw new Error("all pod addresses are in use");
    },
    giveBack: (address: string) => void taken.delete(address),
  };
}

/** Registers the node and renews its lease and status. */
async function keepNode(api: Api, listen: KubeletOptions["listen"], signal: AbortSignal): Promise<void> {
  const since = timeOf(Date.now());
  for (let beat = 0; !signal.aborted; beat++) {
    try {
      if (beat === 0) await register(api);
      if (beat % statusEvery === 0)
        await api.call(
          "PATCH",
          `/api/v1/nodes/${processNode.name}/status`,
          { status: nodeStatus(listen, since) },
          patches.strategic,
        );
      await renewLease(api);
    } catch (thrown) {
      console.error(`node: ${(thrown as Error).message}`);
      beat = -1; // all of it again
      await sleep(500, undefined, { signal }).catch(() => {});
      continue;
    }
    await sleep(heartbeatMs, undefined, { signal }).catch(() => {});
  }
}

async function register(api: Api): Promise<void> {
  const { name, label } = processNode;
  const labels = {
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": process.arch === "x64" ? "amd64" : process.arch,
    [label]: "true",
  };
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: { taints: [{ key: label, value: "true", effect: "NoSchedule" }] },
  };
  await api.call("POST", "/api/v1/nodes", node).catch((thrown) => {
    if (!hasStatus(thrown, 409)) throw thrown;
  });
}

function nodeStatus({ host, port }: KubeletOptions["listen"], since: string): Loose {
  const now = timeOf(Date.now());
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: since,
  });
  const capacity = { cpu: String(cpus().length), memory: `${Math.floor(totalmem() / 1024)}Ki`, pods: "110" };
  return {
    addresses: [
      { type: "InternalIP", address: host },
      { type: "Hostname", address: processNode.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    capacity,
    allocatable: capacity,
    conditions: [
      condition("Ready", "True", "KubeletReady", "pods run as processes"),
      condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "not watched"),
      condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "not watched"),
      condition("PIDPressure", "False", "KubeletHasSufficientPID", "not watched"),
    ],
    nodeInfo: {
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      operatingSystem: "linux",
      kernelVersion: release(),
      osImage: "processes of this machine",
      containerRuntimeVersion: `process://${process.version}`,
      kubeletVersion: "v1.36.3-process",
      kubeProxyVersion: "",
      bootID: "",
      machineID: "",
      systemUUID: "",
    },
  };
}

async function renewLease(api: Api): Promise<void> {
  const { name } = processNode;
  const path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
  const renewTime = new Date().toISOString().replace("Z", "000Z");
  const spec = { holderIdentity: name, leaseDurationSeconds: leaseSeconds, renewTime };
  await api.call("PATCH", `${path}/${name}`, { spec }, patches.merge).catch(async (thrown) => {
    if (!hasStatus(thrown, 404)) throw thrown;
    await api.call("POST", path, {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name },
      spec,
    });
  });
}
