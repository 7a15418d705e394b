import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Condition, Event, KubeObject } from "@sluice/api";
import { type Cluster, startCluster } from "@sluice/cluster";
import { type Client, createClient } from "@sluice/kube";
import { startRecorder } from "@sluice/testing";
import { defaultFlags } from "./flags.ts";
import { type Manager, type ManagerOptions, startManager } from "./manager.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { controller, done } from "./problem.ts";
import type { Context, Done, Flags, Registration, Step } from "./types.ts";

/** What the things of the tests do: replaced by each test as it goes. */
export type Play = {
  reconcile(thing: KubeObject, step: Step<StepName>): Promise<Done>;
  finalize?(thing: KubeObject, step: Step<StepName>): Promise<void>;
};
export type StepName = "fetch" | "apply" | "health";

export const thingKind = {
  group: "test.sluice.dev",
  version: "v1",
  kind: "Thing",
  plural: "things",
  namespaced: true,
  apiVersion: "test.sluice.dev/v1",
  parse: (raw: KubeObject) => {
    if (raw.spec?.broken) throw new Error("Thing default/web: spec.broken: is not allowed");
    return raw;
  },
};

const definition: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.test.sluice.dev" },
  spec: {
    group: thingKind.group,
    scope: "Namespaced",
    names: { kind: "Thing", listKind: "ThingList", plural: "things", singular: "thing" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
              // A list without a type is replaced whole: as in Flux's definitions.
              status: {
                type: "object",
                "x-kubernetes-preserve-unknown-fields": true,
                default: { observedGeneration: -1 },
              },
            },
          },
        },
      },
    ],
  },
};

/** A cluster that knows things, a client for it, and an ear for posted events. */
export type World = {
  cluster: Cluster;
  /** Path of a kubeconfig file. */
  kubeconfig: string;
  client: Client;
  readonly posted: Event[];
  metrics: Metrics;
  /** Starts a manager whose things do what `play` says. */
  start(
    play: Play,
    flags?: Partial<Flags>,
    more?: Partial<ManagerOptions> & Partial<Registration>,
  ): Promise<Manager>;
  create(name: string, spec?: object, metadata?: object): KubeObject;
  get(name: string): KubeObject | undefined;
  annotate(name: string, annotations: Record<string, string>): void;
  /** Requests since the last reset, reads and watches left out. */
  writes(): Record<string, number>;
  close(): Promise<void>;
};

export const ref = (name: string) => ({
  apiVersion: "test.sluice.dev/v1",
  kind: "Thing",
  namespace: "default",
  name,
});

export async function startWorld(): Promise<World> {
  const cluster = await startCluster({ simulate: false });
  cluster.store.create(definition);
  const dir = await mkdtemp(join(tmpdir(), "sluice-runtime-"));
  const kubeconfig = join(dir, "config");
  await writeFile(kubeconfig, cluster.kubeconfig());
  const metrics = createMetrics();
  const client = createClient({ kubeConfig: { file: kubeconfig }, metrics: metrics.request });
  const ear = await startRecorder();
  const managers: Manager[] = [];
  return {
    cluster,
    kubeconfig,
    client,
    get posted() {
      return ear.requests().map(({ json }) => json);
    },
    metrics,
    async start(play, flags = {}, { controller: _, deps: __, wakes, indexes, ...more } = {}) {
      const things = (): Registration[] => [{ controller: thingsOf(play), deps: {}, wakes, indexes }];
      const manager = await startManager({
        name: "thing-controller",
        version: "1.0.0",
        namespace: "default",
        instance: "pod-1",
        flags: defaultFlags({ ...quickly, eventsAddr: ear.address, ...flags }),
        client,
        registrations: (_: Context) => things(),
        metrics,
        ...more,
      });
      managers.push(manager);
      return manager;
    },
    create: (name, spec = {}, metadata = {}) =>
      cluster.store.create({
        apiVersion: "test.sluice.dev/v1",
        kind: "Thing",
        metadata: { name, namespace: "default", ...metadata },
        spec: { interval: "1h", ...spec },
      }),
    get: (name) => cluster.store.get(ref(name)),
    annotate: (name, annotations) => void cluster.store.patch(ref(name), { metadata: { annotations } }),
    writes: () => {
      const all = Object.entries(cluster.stats().requests);
      return Object.fromEntries(
        all.filter(([what]) => !/^(get|list|watch) /.test(what) && !what.endsWith(" leases")),
      );
    },
    async close() {
      await Promise.all(managers.map((manager) => manager.stop()));
      await client.close();
      await cluster.close();
      await ear.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const quickly: Partial<Flags> = {
  metricsAddr: "127.0.0.1:0",
  healthAddr: "127.0.0.1:0",
  minRetryDelay: 20,
  maxRetryDelay: 200,
  gracefulShutdownTimeout: 60_000,
};

/** A controller of things that do what `play` says. */
export const thingsOf = (play: Play) =>
  controller<KubeObject, object, StepName>({
    kind: thingKind,
    steps: {
      fetch: { failure: "FetchFailed", reason: "FetchFailed" },
      apply: { reason: "ApplyFailed" },
      health: { success: "Healthy", reason: "HealthCheckFailed", waits: true },
    },
    reconcile: (thing, _, step) => play.reconcile(thing, step),
    ...(play.finalize
      ? { finalize: (thing: KubeObject, _: object, step: Step<StepName>) => play.finalize!(thing, step) }
      : {}),
  });

/** "Ready=True Succeeded: message" of each condition, sorted. */
export function wordsOf(thing: KubeObject | undefined): string[] {
  const conditions: Condition[] = thing?.status?.conditions ?? [];
  return conditions
    .map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`)
    .sort();
}

/** The ending most tests need. */
export const fine = done({}, "Applied revision: a");
