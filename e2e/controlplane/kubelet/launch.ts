import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, type Loose, unlessGone } from "../api.ts";
import { type Image, imageOf, nodeFlags } from "../images.ts";
import { localOf } from "../network.ts";
import type { Launch } from "./container.ts";
import type { PodTools } from "./pod.ts";
import { inside, nodeOf, type Root, rootScript } from "./root.ts";
import { argsOf, environmentOf, type Surroundings } from "./spec.ts";
import { makeVolumes, mountsOf, type Volume } from "./volumes.ts";

/**
 * Prepares starts of a pod's containers: volumes once, the rest each time. Volumes that expire are renewed until `signal`.
 * What it throws is meant for the status of the pod.
 */
export function preparer(pod: Loose, tools: PodTools, signal: AbortSignal) {
  let volumes: Promise<Volume[]> | undefined;
  return async (container: Loose): Promise<Omit<Launch, "log">> => {
    if (pod.spec.initContainers?.length) throw new Error("init containers are not supported here");
    const image = imageOf(container.image);
    if (image === undefined)
      throw new Error(`${container.image} is none of the images that run as processes`);
    const around = await surroundings(pod, tools);
    await mkdir(tools.dir, { recursive: true });
    await writeFile(join(tools.dir, "hosts"), tools.hosts());
    volumes ??= makeVolumes(pod, { dir: tools.dir, around, token: tokenOf(pod, tools.api) }).then((made) => {
      keepFresh(made, signal);
      return made;
    });
    const made = await volumes.catch((thrown) => {
      volumes = undefined; // tried again with the next start
      throw thrown;
    });
    const node = nodeOf(process.execPath);
    const root = rootOf(pod, container, image, made, tools.dir);
    await mkdir(root.at, { recursive: true });
    const script = rootScript(root, { repository: tools.repository, node: node.dir });
    const own = environmentOf(pod, container, around);
    const program = [node.program, ...nodeFlags, join(inside.app, image.entry), ...argsOf(container, own)];
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
      env: withRuntime(own, pod, tools),
    };
  };
}

/** @throws when the container must not run as the user that it would run as */
function rootOf(pod: Loose, container: Loose, image: Image, volumes: Volume[], dir: string): Root {
  const security = { ...pod.spec.securityContext, ...container.securityContext };
  const user = { uid: security.runAsUser ?? image.user.uid, gid: security.runAsGroup ?? image.user.gid };
  if (security.runAsNonRoot && user.uid === 0)
    throw new Error("container has runAsNonRoot and image will run as root");
  return {
    at: join(dir, container.name, "root"),
    hostname: pod.metadata.name,
    mounts: mountsOf(container, volumes),
    hosts: join(dir, "hosts"),
    readOnlyRoot: security.readOnlyRootFilesystem ?? false,
    user,
    groups: [security.fsGroup, ...(security.supplementalGroups ?? [])].filter((group) => group !== undefined),
  };
}

/** The container's variables, and those that a runtime adds. */
function withRuntime(
  own: Record<string, string>,
  pod: Loose,
  { apiserver, podIP }: PodTools,
): Record<string, string> {
  const shim = `--import=file://${inside.app}/e2e/controlplane/kubelet/pod-network.ts`;
  return {
    PATH: `/usr/local/bin:/usr/bin:/bin:${inside.node}`,
    HOME: "/",
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: apiserver.host,
    KUBERNETES_SERVICE_PORT: String(apiserver.port),
    ...own,
    SLUICE_POD_ADDRESS: localOf(podIP),
    NODE_OPTIONS: `${shim} ${own.NODE_OPTIONS ?? ""}`.trim(),
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

/** Writes what expires again in time, until `signal`. */
function keepFresh(volumes: Volume[], signal: AbortSignal): void {
  for (const volume of volumes) {
    if (volume.refresh === undefined) continue;
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
