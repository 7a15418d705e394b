import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "node:test";
import {
  builtin,
  type Condition,
  type GitRepository,
  type KubeObject,
  type Kustomization,
  kinds,
  requests,
  splitApiVersion,
} from "@sluice/api";
import { startWorld, type World, type WorldOptions } from "@sluice/cli";
import type { Client, Kind } from "@sluice/kube";
import { eventually, type GitServer, startGitServer } from "@sluice/testing";
import { startControlPlane } from "./controlplane/index.ts";

/** A cluster, the controllers as processes, and a git server: what a scenario plays on. */
export type Stage = {
  world: World;
  client: Client;
  git: GitServer;
  signal: AbortSignal;
  /** Applies an object as a user would. */
  apply(object: object): Promise<void>;
  /** Waits until `check` holds for the object; the error tells its last conditions. */
  until<T extends KubeObject>(
    kind: Kind,
    name: string,
    check: (object: T) => boolean,
    namespace?: string,
  ): Promise<T>;
  gone(kind: Kind, name: string, namespace?: string): Promise<void>;
  get<T extends KubeObject = Loose>(kind: Kind, name: string, namespace?: string): Promise<T | undefined>;
  /** Asks for a reconciliation, as `flux reconcile` does. */
  request(kind: Kind, name: string): Promise<string>;
  close(): Promise<void>;
};

/** An object whose fields a scenario looks into without knowing its type. */
export type Loose = KubeObject & Record<string, any>;

export const namespace = "flux-system";
export const { configMaps, deployments, namespaces, events } = builtin;

/** Bounds every wait of a scenario; a machine with much else to do takes long, and only a failure lasts as long as this. */
const PATIENCE_MS = 240_000;

/** How much of each process's log a failure shows. */
const TAIL_LINES = 40;
const open = new Set<string>();

// What failed is told by the test; why, often by the processes only, and their logs go away with the stage.
afterEach(async (context) => {
  if ("passed" in context && context.passed) return;
  for (const dir of open) console.error(await logTails(dir));
});

/** The last lines that each process of the stage in `dir` has logged. */
async function logTails(dir: string): Promise<string> {
  const logs = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith(".log")).sort();
  const tails = logs.map(async (name) => {
    const lines = (await readFile(join(dir, name), "utf8")).trimEnd().split("\n");
    return `--- the end of ${name}\n${lines.slice(-TAIL_LINES).join("\n")}\n`;
  });
  return (await Promise.all(tails)).join("");
}

/** Which cluster `npm run e2e -- --cluster` asked for. */
export const clusterKind = process.env.SLUICE_E2E_CLUSTER === "real" ? "real" : "embedded";

/**
 * Starts a stage: on the cluster of `kubeconfig`, else on an embedded one or on a real control plane as `clusterKind` says.
 */
export async function openStage(
  options: Pick<WorldOptions, "flags" | "kubeconfig" | "entries" | "nodeFlags"> = {},
): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), "sluice-e2e-"));
  open.add(dir);
  const ended = new AbortController();
  const begin = async () => {
    const real =
      clusterKind === "real" && options.kubeconfig === undefined
        ? await startControlPlane({ dir: join(dir, "controlplane") })
        : undefined;
    const kubeconfig = options.kubeconfig ?? real?.kubeconfig;
    const world = await startWorld({ ...options, dir, kubeconfig, onExit: () => {}, signal: ended.signal });
    return { real, world };
  };
  const { real, world } = await begin().catch(async (thrown) => {
    console.error(await logTails(dir));
    throw thrown;
  });
  const git = await startGitServer({ root: join(dir, "repositories") });
  const { client } = world;
  const signal = ended.signal;

  const get: Stage["get"] = (kind, name, ns = namespace) =>
    client.get(kind, kind.namespaced ? { namespace: ns, name } : { name }, { signal });
  /** A server that does not answer in time counts as "not yet". */
  const waitFor = <V>(what: string, look: () => Promise<V | undefined>, last: () => string) =>
    eventually(look, { timeoutMs: PATIENCE_MS, everyMs: 50 }).catch((cause) => {
      const seen = `last seen: ${last()}`;
      throw new Error(`${what} did not come about within ${PATIENCE_MS} ms; ${seen}`, { cause });
    });

  return {
    world,
    client,
    git,
    signal,
    get,
    apply: async (object) => {
      const { apiVersion, kind } = object as KubeObject;
      // A real API server takes a while to serve what was defined a moment ago.
      const rest = await waitFor(
        `the kind ${apiVersion} ${kind}`,
        () => client.kindOf({ ...splitApiVersion(apiVersion), kind }, { signal }),
        () => "unknown to the server",
      );
      await client.apply(rest, object as KubeObject, { fieldManager: "user", force: true, signal });
    },
    until: (kind, name, check, ns) => {
      let last: KubeObject | undefined;
      const look = async () => {
        last = await get(kind, name, ns);
        return last !== undefined && check(last as any) ? (last as any) : undefined;
      };
      return waitFor(`${kind.kind} ${name}`, look, () => JSON.stringify(last?.status ?? last ?? "absent"));
    },
    gone: async (kind, name, ns) => {
      await waitFor(
        `deletion of ${kind.kind} ${name}`,
        async () => ((await get(kind, name, ns)) === undefined ? true : undefined),
        () => "still there",
      );
    },
    request: async (kind, name) => {
      const token = new Date().toISOString();
      const body = { metadata: { annotations: { [requests.reconcile]: token } } };
      await client.patch(kind, { namespace, name }, { type: "merge", body }, { signal });
      return token;
    },
    close: async () => {
      ended.abort();
      await git.close();
      await world.stop();
      await real?.stop();
      open.delete(dir);
      // a git that a killed controller had started may still write
      await rm(dir, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** The GitRepository of repository `name` on the stage's server. */
export function source(stage: Stage, name: string, spec: Partial<GitRepository["spec"]> = {}) {
  return {
    apiVersion: kinds.gitRepository.apiVersion,
    kind: "GitRepository",
    metadata: { name, namespace },
    spec: { url: stage.git.url(name), ref: { branch: "main" }, interval: "1m", ...spec },
  };
}

/** A Kustomization of `path` of that repository. */
export function applier(name: string, repository: string, spec: Partial<Kustomization["spec"]> = {}) {
  return {
    apiVersion: kinds.kustomization.apiVersion,
    kind: "Kustomization",
    metadata: { name, namespace },
    spec: {
      interval: "1m",
      prune: true,
      path: "./",
      sourceRef: { kind: "GitRepository", name: repository },
      ...spec,
    },
  };
}

/** A line of a controller's log, as far as scenarios look into it. */
export type Line = { msg: string; ts: string; identity?: string; name?: string };

/** What a process of the stage has logged, line by line. It may come later than what the process did elsewhere. */
export async function logOf(stage: Stage, name: string): Promise<Line[]> {
  const text = await readFile(stage.world.processes.logFile(name), "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Line] : []));
}

/** Waits for an Event about the object `name`, which is written in the background. */
export async function told(stage: Stage, name: string, reason: string, type = "Normal"): Promise<void> {
  await eventually(async () => {
    const { items } = await stage.client.list<Loose>(events, { namespace }, { signal: stage.signal });
    const found = items.map((event) => `${event.involvedObject.name} ${event.type} ${event.reason}`);
    assert.ok(found.includes(`${name} ${type} ${reason}`), `${name} ${type} ${reason} is not among ${found}`);
    return true;
  });
}

export function configMap(name: string, data: Record<string, string>, ns = "default"): string {
  return JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: ns }, data });
}

export const conditionOf = (object: KubeObject, type = "Ready"): Condition | undefined =>
  (object.status?.conditions as Condition[] | undefined)?.find((condition) => condition.type === type);

/** Whether the object is Ready, at `commit` when one is given. */
export function ready(commit?: string) {
  return (object: KubeObject): boolean =>
    conditionOf(object)?.status === "True" &&
    object.status?.observedGeneration === object.metadata.generation &&
    (commit === undefined ||
      String(object.status?.lastAppliedRevision ?? object.status?.artifact?.revision).endsWith(commit));
}

/** Whether the object failed with `reason` and a message like `message`. */
export function failing(reason: string, message: RegExp) {
  return (object: KubeObject): boolean => {
    const condition = conditionOf(object);
    return condition?.status === "False" && condition.reason === reason && message.test(condition.message);
  };
}
