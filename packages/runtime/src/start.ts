import type { KubeObject } from "@sluice/api";
import type { CacheOptions, Client, Clock, Kind } from "@sluice/kube";
import type { Caches } from "./caches.ts";
import type { Events } from "./events.ts";
import { createLatest } from "./latest.ts";
import type { Metrics } from "./metrics.ts";
import { createQueue, type Queue } from "./queue.ts";
import type { Secrets } from "./redact.ts";
import type { Flags, Log, Registration } from "./types.ts";
import { createVisit } from "./visit.ts";
import { wakeByInput, wakeByOwn } from "./wakes.ts";

/** What the controllers of a process share. */
export type Running = {
  name: string;
  namespace: string;
  instance: string;
  flags: Flags;
  client: Client;
  log: Log;
  secrets: Secrets;
  metrics: Metrics;
  clock: Clock;
  random: () => number;
  shutdown: AbortSignal;
  caches: Caches;
  events: Events;
};

/** A controller whose objects line up, but are not visited before its queue starts. */
export type Started = {
  kind: Kind;
  queue: Queue;
  /** Listens to the inputs; once all caches are filled, as every object is visited after that anyway. */
  connect(): void;
};

/** Puts cache, queue and visits of one controller together. */
export function startController(registration: Registration, running: Running): Started {
  const { controller, deps, indexes, wakes = [], concurrent } = registration;
  const { flags, caches, clock, random, metrics, shutdown, name, client, events, log, secrets } = running;
  const { kind } = controller;
  const own = caches.of(kind, { ...ownQuery(kind, running), indexes });
  const latest = createLatest(own);
  const visit = createVisit({
    controller,
    deps,
    client,
    name,
    latest,
    clock,
    requeueMs: flags.requeueDependency,
    events,
    metrics,
    log,
    mask: secrets.mask,
    shutdown,
  });
  const label = kind.kind.toLowerCase();
  const slots = concurrent ?? flags.concurrent;
  const { minRetryDelay, maxRetryDelay, intervalJitterPercentage: jitterPercentage } = flags;
  const queue: Queue = createQueue({
    concurrent: slots,
    clock,
    random,
    signal: shutdown,
    minRetryDelay,
    maxRetryDelay,
    jitterPercentage,
    visit,
    watch: metrics.queue(label, slots, () => queue.stats()),
  });
  wakeByOwn(own, queue, ({ metadata }: KubeObject) =>
    metrics.forget({ kind: kind.kind, name: metadata.name, namespace: metadata.namespace ?? "" }),
  );
  const inputs = wakes.map((wake) => ({
    wake,
    others: caches.of(wake.kind, inputQuery(wake.kind, wake.query, running)),
  }));
  const connect = () => {
    for (const { wake, others } of inputs) wakeByInput(wake, others, own, queue);
  };
  return { kind, queue, connect };
}

/** What a process sees of its own kinds: its shard, and its namespaces. */
function ownQuery(kind: Kind, { flags, namespace }: Pick<Running, "flags" | "namespace">): CacheOptions {
  const labelSelector = flags.watchLabelSelector || undefined;
  return { labelSelector, ...(kind.namespaced && !flags.watchAllNamespaces ? { namespace } : {}) };
}

/** What it sees of other kinds: its namespaces. */
export function inputQuery(
  kind: Kind,
  query: CacheOptions = {},
  { flags, namespace }: Pick<Running, "flags" | "namespace">,
): CacheOptions {
  return kind.namespaced && !flags.watchAllNamespaces ? { namespace, ...query } : query;
}
