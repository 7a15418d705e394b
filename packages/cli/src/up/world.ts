import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtin, defaultNamespace, type KubeObject, labels, partOfFlux, splitApiVersion } from "@sluice/api";
import { type Client, createClient } from "@sluice/kube";
import { build } from "@sluice/kustomize";
import { parse, parseAll } from "@sluice/yaml";
import { version } from "../version.ts";
import { freePort } from "./ports.ts";
import { createProcesses, type Processes } from "./processes.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** An embedded cluster with the controllers on it, each its own process. */
export type World = {
  dir: string;
  /** Path of the kubeconfig of the cluster's administrator. */
  kubeconfig: string;
  client: Client;
  processes: Processes;
  /** Where source-controller serves artifacts: host and port. */
  storageAddress: string;
  stop(): Promise<void>;
};

export type WorldOptions = {
  /** Holds kubeconfig, artifacts, logs, and the embedded cluster's objects between runs. */
  dir: string;
  /** Kubeconfig of a cluster that runs already, instead of starting one. */
  kubeconfig?: string;
  /** Port of the Kubernetes API; a free one unless given. */
  port?: number;
  /** What to run instead of a controller's sources: its bundle. */
  entries?: Partial<Record<ControllerName, string>>;
  /** Flags of Node itself for the controllers. */
  nodeFlags?: string[];
  /** Flags on top, by controller. */
  flags?: Partial<Record<ControllerName, string[]>>;
  onExit(name: string, how: string): void;
  onStep?(step: string): void;
  signal: AbortSignal;
};

export const controllerNames = ["source-controller", "kustomize-controller"] as const;
export type ControllerName = (typeof controllerNames)[number];

/** Starts the cluster, installs the custom resource definitions and starts the controllers. Throws when the cluster does not come up. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { dir, signal, onStep = () => {} } = options;
  const logDir = join(dir, "logs");
  await mkdir(logDir, { recursive: true });
  const processes = createProcesses(logDir, options.onExit);
  try {
    const kubeconfig = options.kubeconfig ?? (await startCluster(processes, logDir, options));
    const client = createClient({ kubeConfig: { file: kubeconfig }, userAgent: "sluice-cli" });
    await applyAll(
      client,
      [{ apiVersion: "v1", kind: "Namespace", metadata: { name: defaultNamespace } }],
      signal,
    );
    await applyAll(client, await definitions(), signal);
    const embedded = options.kubeconfig === undefined;
    if (embedded) await applyAll(client, permissions(), signal);
    const storageAddress = `127.0.0.1:${await freePort()}`;
    for (const name of controllerNames) {
      onStep(`starting ${name}`);
      if (embedded) await applyAll(client, [deploymentOf(name)], signal);
      processes.start({
        name,
        entry: options.entries?.[name] ?? join(root, `packages/${name}/src/main.ts`),
        nodeFlags: options.nodeFlags,
        args: [...flagsOf(name, dir, storageAddress), ...(options.flags?.[name] ?? [])],
        env: {
          KUBECONFIG: embedded ? await identityOf(name, client, kubeconfig, signal) : kubeconfig,
          RUNTIME_NAMESPACE: defaultNamespace,
        },
      });
    }
    const stop = async () => {
      await client.close();
      await processes.stop();
    };
    return { dir, kubeconfig, client, processes, storageAddress, stop };
  } catch (thrown) {
    await processes.stop();
    throw thrown;
  }
}

async function startCluster(
  processes: Processes,
  logDir: string,
  { dir, port, onStep, signal }: WorldOptions,
): Promise<string> {
  onStep?.("starting the embedded cluster");
  const kubeconfig = join(dir, "kubeconfig");
  await rm(kubeconfig, { force: true }); // one of an earlier run would be taken for this one's
  processes.start({
    name: "cluster",
    entry: join(root, "packages/cluster/src/main.ts"),
    // A fixed port, so that a cluster that had to be started again is found where it was.
    args: [
      ...["--port", String(port ?? (await freePort()))],
      // It keeps who it is there, so that after a crash the kubeconfig still opens it.
      ...["--snapshot", join(dir, "cluster.json")],
      ...["--kubeconfig", kubeconfig, "--log-dir", logDir],
    ],
    env: {},
  });
  const deadline = AbortSignal.timeout(START_MS);
  while (!(await readFile(kubeconfig).catch(() => undefined))?.length) {
    signal.throwIfAborted();
    if (deadline.aborted)
      throw new Error(
        `the embedded cluster did not start within ${START_MS / 1000} s; its log: ${processes.logFile("cluster")}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return kubeconfig;
}

function flagsOf(name: ControllerName, dir: string, storage: string): string[] {
  const common = ["--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0", "--watch-all-namespaces=true"];
  switch (name) {
    case "source-controller":
      return [
        ...common,
        `--storage-path=${join(dir, "artifacts")}`,
        `--storage-addr=${storage}`,
        `--storage-adv-addr=${storage}`,
      ];
    case "kustomize-controller":
      return common;
  }
}

/**
 * The Deployment that stands for a controller's process. Its pod is simulated, and its log is the file that the process writes,
 * so that kubectl, the flux CLI and `sluice logs` find what they look for.
 */
function deploymentOf(name: ControllerName): KubeObject {
  const found = { [labels.partOf]: partOfFlux, [labels.component]: name, [labels.version]: `v${version}` };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      namespace: defaultNamespace,
      labels: { ...found, [labels.instance]: defaultNamespace },
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels: { app: name, ...found },
          annotations: { "cluster.sluice.dev/log-file": `${name}.log` },
        },
        spec: { containers: [{ name: "manager", image: `ghcr.io/sluice/${name}:v${version}` }] },
      },
    },
  };
}

/** The ServiceAccounts of the controllers, with what deploy/ allows them. */
function permissions(): object[] {
  const accounts = controllerNames.map((name) => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace: defaultNamespace },
  }));
  const roles = build(join(root, "deploy/rbac")).resources.map(({ object }) => object);
  return [...accounts, ...roles.filter(({ kind }) => kind.startsWith("ClusterRole"))];
}

const { serviceAccounts } = builtin;

/** It takes a second or two, on a machine with much else to do many more. */
const START_MS = 120_000;
const yearSeconds = 365 * 24 * 3600;

/** Writes a kubeconfig with a token of the controller's own ServiceAccount beside the administrator's; returns its path. */
async function identityOf(
  name: string,
  client: Client,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<string> {
  const request = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { name, namespace: defaultNamespace },
    spec: { expirationSeconds: yearSeconds },
  };
  const { status } = await client.create(serviceAccounts, request, { subresource: "token", signal });
  const text = await readFile(kubeconfig, "utf8");
  const admin = (parse(text) as { users: { user: { token: string } }[] }).users[0]!.user.token;
  const file = `${kubeconfig}.${name}`;
  await writeFile(file, text.replaceAll(admin, String(status?.token)), { mode: 0o600 });
  return file;
}

/** The custom resource definitions, which tell the version that is installed. */
async function definitions(): Promise<object[]> {
  const found = (await manifestsIn(join(root, "deploy/crds"))) as KubeObject[];
  return found.map(({ metadata, ...rest }) => ({
    ...rest,
    metadata: { ...metadata, labels: { ...metadata.labels, [labels.version]: `v${version}` } },
  }));
}

/** Server-side applies `objects` in order. */
export async function applyAll(client: Client, objects: object[], signal: AbortSignal): Promise<void> {
  for (const object of objects as KubeObject[]) {
    const kind = await client.kindOf(
      { ...splitApiVersion(object.apiVersion), kind: object.kind },
      { signal },
    );
    if (kind === undefined) throw new Error(`the cluster does not know ${object.apiVersion} ${object.kind}`);
    await client.apply(kind, object, { fieldManager: "sluice", force: true, signal });
  }
}

async function manifestsIn(dir: string): Promise<object[]> {
  const names = (await readdir(dir))
    .filter((name) => name.endsWith(".yaml") && name !== "kustomization.yaml")
    .sort();
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), "utf8")));
  return texts.flatMap((text) => parseAll(text) as object[]).filter(Boolean);
}
