import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, hasStatus, type Loose, patches } from "../api.ts";
import { imageOf } from "../images.ts";
import { localOf } from "../network.ts";
import { runContainer, timeOf } from "./container.ts";
import { inside, nodeOf, rootScript } from "./root.ts";
import { argsOf, environmentOf, type Surroundings } from "./spec.ts";
import { statusOf } from "./status.ts";
import { makeVolumes, mountsOf, type Volume } from "./volumes.ts";

export type PodTools = {
  api: Api;
  /** Of this pod alone. */
  dir: string;
  podIP: string;
  hostIP: string;
  capacity: { memory: number; cpu: number };
  /** Where pods reach the API server: what KUBERNETES_SERVICE_HOST and _PORT say. */
  apiserver: { host: string; port: number };
  /** Root of the repository. */
  repository: string;
  /** The present /etc/hosts for this pod. */
  hosts(): string;
};

export type PodRun = {
  /** Ends the processes within the pod's grace period, then deletes the pod's object. */
  terminate(graceSeconds: number): Promise<void>;
  /** Ends the processes, and tells nobody. */
  abandon(): Promise<void>;
  /** Writes /etc/hosts again. */
  refreshHosts(): Promise<void>;
  /** Path of a container's log. */
  logOf(container: string, previous: boolean): string | undefined;
};

const longestGraceMs = 24 * 3_600_000;

/** Runs a pod as processes of this machine, and keeps its status up to date. */
export function runPod(pod: Loose, tools: PodTools): PodRun {
  const { metadata, spec } = pod;
  const { api, dir, podIP, hostIP } = tools;
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
  const stopping = new AbortController();
  const startTime = timeOf(Date.now());
  const hostsFile = join(dir, "hosts");
  const report = reporter(pod, tools);
  let volumes: Promise<Volume[]> | undefined;

  const prepare = async (container: Loose, restarts: number) => {
    if (spec.initContainers?.length) throw new Error("init containers are not supported here");
    const image = imageOf(container.image);
    if (image === undefined)
      throw new Error(`${container.image} is none of the images that run as processes`);
    const around = await surroundings(pod, tools);
    await mkdir(dir, { recursive: true });
    await writeFile(hostsFile, tools.hosts());
    volumes ??= makeVolumes(pod, { dir, around, token: tokenOf(pod, api) });
    const made = await volumes.catch((thrown) => {
      volumes = undefined; // tried again with the next start
      throw thrown;
    });
    keepFresh(made, stopping.signal);
    const security = { ...spec.securityContext, ...container.securityContext };
    const user = { uid: security.runAsUser ?? image.user.uid, gid: security.runAsGroup ?? image.user.gid };
    if (security.runAsNonRoot && user.uid === 0)
      throw new Error("container has runAsNonRoot and image will run as root");
    const at = join(dir, container.name, "root");
    await mkdir(at, { recursive: true });
    const node = nodeOf(process.execPath);
    const script = rootScript(
      {
        at,
        hostname: metadata.name,
        mounts: mountsOf(container, made),
        hosts: hostsFile,
        readOnlyRoot: security.readOnlyRootFilesystem ?? false,
        user,
        groups: [security.fsGroup, ...(security.supplementalGroups ?? [])].filter(
          (group) => group !== undefined,
        ),
      },
      { repository: tools.repository, node: node.dir },
    );
    const own = environmentOf(pod, container, around);
    const shim = `--import=file://${inside.app}/e2e/controlplane/kubelet/pod-network.ts`;
    const env = {
      PATH: `/usr/local/bin:/usr/bin:/bin:${inside.node}`,
      HOME: "/",
      HOSTNAME: metadata.name,
      KUBERNETES_SERVICE_HOST: tools.apiserver.host,
      KUBERNETES_SERVICE_PORT: String(tools.apiserver.port),
      ...own,
      SLUICE_POD_ADDRESS: localOf(podIP),
      NODE_OPTIONS: `${shim} --disable-warning=ExperimentalWarning ${own.NODE_OPTIONS ?? ""}`.trim(),
    };
    const program = [node.program, join(inside.app, image.entry), ...argsOf(container, own)];
    return {
      argv: [
        "unshare",
        "--mount",
        "--uts",
        "--propagation",
        "private",
        "/bin/sh",
        "-c",
        script,
        "sh",
        ...program,
      ],
      env,
      log: logFile(container.name, restarts),
    };
  };

  const logFile = (container: string, restarts: number) => join(dir, container, `${restarts}.log`);
  const containers = (spec.containers as Loose[]).map((container) =>
    runContainer(
      container,
      {
        podIP,
        restartPolicy: spec.restartPolicy ?? "Always",
        graceSeconds: spec.terminationGracePeriodSeconds ?? 30,
        prepare: (restarts) => prepare(container, restarts),
        onChange: () => queueMicrotask(show),
        onEvent: report.event,
      },
      stopping.signal,
    ),
  );
  const show = () =>
    report.status({ podIP, hostIP, startTime, containers: containers.map(({ facts }) => facts) });
  show();

  const stop = async () => {
    stopping.abort();
    await Promise.all(containers.map(({ done }) => done));
  };
  return {
    terminate: async (graceSeconds) => {
      const cap = sleep(Math.min((graceSeconds + 10) * 1000, longestGraceMs), undefined, { ref: false });
      await Promise.race([stop(), cap]);
      await report.settled();
      const preconditions = { uid: metadata.uid };
      await api.call("DELETE", path, { gracePeriodSeconds: 0, preconditions }).catch(unlessGone);
      await rm(dir, { recursive: true, force: true });
    },
    abandon: stop,
    refreshHosts: () => writeFile(hostsFile, tools.hosts()).catch(() => {}),
    logOf: (name, previous) => {
      const facts = containers.map(({ facts }) => facts).find((candidate) => candidate.name === name);
      if (facts === undefined || (previous && facts.restarts === 0)) return undefined;
      return logFile(name, facts.restarts - (previous ? 1 : 0));
    },
  };
}

/** Writes status and events, one after the other, the newest status only. */
function reporter(pod: Loose, { api }: PodTools) {
  const { name, namespace, uid } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
  let last: Loose = pod.status ?? {};
  let wanted: Parameters<typeof statusOf>[1] | undefined;
  let writing: Promise<void> | undefined;
  const write = async () => {
    while (wanted !== undefined) {
      last = statusOf(pod, wanted, timeOf(Date.now()), last);
      wanted = undefined;
      const body = { metadata: { uid }, status: last };
      await api.call("PATCH", path, body, patches.strategic).catch((thrown) => {
        if (!hasStatus(thrown, 404) && !hasStatus(thrown, 409))
          console.error(`status of ${namespace}/${name}: ${thrown.message}`);
      });
    }
    writing = undefined;
  };
  return {
    status: (facts: Parameters<typeof statusOf>[1]) => {
      wanted = facts;
      writing ??= write();
    },
    settled: async () => writing,
    event: (type: string, reason: string, message: string) => {
      const now = timeOf(Date.now());
      const event = {
        metadata: { generateName: `${name}.`, namespace },
        involvedObject: { apiVersion: "v1", kind: "Pod", name, namespace, uid },
        source: { component: "kubelet", host: pod.spec.nodeName },
        type,
        reason,
        message,
        count: 1,
        firstTimestamp: now,
        lastTimestamp: now,
      };
      void api.call("POST", `/api/v1/namespaces/${namespace}/events`, event).catch(() => {}); // a help, not a duty
    },
  };
}

/** Reads the ConfigMaps and Secrets that the pod names, as the kubelet does: those and no others. */
async function surroundings(pod: Loose, { api, podIP, hostIP, capacity }: PodTools): Promise<Surroundings> {
  const held = new Map<string, Record<string, string> | undefined>();
  for (const [kind, name] of referencesOf(pod)) {
    const resource = kind === "Secret" ? "secrets" : "configmaps";
    const object = await api
      .call("GET", `/api/v1/namespaces/${pod.metadata.namespace}/${resource}/${name}`)
      .catch(unlessGone);
    const decode = (text: string) => (kind === "Secret" ? Buffer.from(text, "base64").toString() : text);
    const data =
      object &&
      Object.fromEntries(
        Object.entries(object.data ?? {}).map(([key, value]) => [key, decode(value as string)]),
      );
    held.set(`${kind}/${name}`, data);
  }
  return { podIP: localOf(podIP), hostIP, capacity, lookUp: (kind, name) => held.get(`${kind}/${name}`) };
}

/** The ConfigMaps and Secrets of a pod's variables and volumes. */
export function referencesOf({ spec }: Loose): ["ConfigMap" | "Secret", string][] {
  const found = new Map<string, ["ConfigMap" | "Secret", string]>();
  const add = (kind: "ConfigMap" | "Secret", name: string | undefined) =>
    name && found.set(`${kind}/${name}`, [kind, name]);
  const sources = (spec.volumes ?? []).flatMap((volume: Loose) => [
    volume,
    ...(volume.projected?.sources ?? []),
  ]);
  for (const { configMap, secret } of sources) {
    add("ConfigMap", configMap?.name);
    add("Secret", secret?.secretName ?? secret?.name);
  }
  for (const { envFrom = [], env = [] } of spec.containers) {
    for (const { configMapRef, secretRef } of envFrom) {
      add("ConfigMap", configMapRef?.name);
      add("Secret", secretRef?.name);
    }
    for (const { valueFrom } of env) {
      add("ConfigMap", valueFrom?.configMapKeyRef?.name);
      add("Secret", valueFrom?.secretKeyRef?.name);
    }
  }
  return [...found.values()];
}

function tokenOf({ metadata, spec }: Loose, api: Api) {
  return async (audience: string | undefined, seconds: number) => {
    const name = spec.serviceAccountName ?? "default";
    const path = `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${name}/token`;
    const request = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {
        audiences: audience === undefined ? [] : [audience],
        expirationSeconds: seconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name: metadata.name, uid: metadata.uid },
      },
    };
    const { status } = await api.call("POST", path, request);
    // As the kubelet: after 80% of its life, and once a day at least.
    const life = Date.parse(status.expirationTimestamp) - Date.now();
    return { token: status.token, refreshMs: Math.min(life * 0.8, 86_400_000) };
  };
}

const kept = new WeakSet<Volume>();

/** Writes what expires again in time, until `signal`. */
function keepFresh(volumes: Volume[], signal: AbortSignal): void {
  for (const volume of volumes) {
    if (volume.refresh === undefined || kept.has(volume)) continue;
    kept.add(volume);
    void (async () => {
      let dueMs = volume.dueMs!;
      while (!signal.aborted) {
        await sleep(dueMs, undefined, { signal, ref: false }).catch(() => {});
        if (signal.aborted) return;
        dueMs = await volume.refresh!().catch((thrown) => {
          console.error(`volume ${volume.name}: ${thrown.message}`);
          return 10_000;
        });
      }
    })();
  }
}

const unlessGone = (thrown: unknown): undefined => {
  if (!hasStatus(thrown, 404) && !hasStatus(thrown, 409)) throw thrown;
  return undefined;
};
