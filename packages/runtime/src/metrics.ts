import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { QueueStats, QueueWatch } from "./queue.ts";

/** The metrics of a process, under the names that Flux's dashboards know. Times are handed in as milliseconds. */
export type Metrics = {
  registry: Registry;
  /** A visit of `controller` ended. */
  reconciled(
    controller: string,
    result: "success" | "error" | "requeue" | "requeue_after",
    tookMs: number,
  ): void;
  duration(object: MetricObject, tookMs: number): void;
  step(kind: string, step: string, fate: string, tookMs: number): void;
  /** Drops the series of a deleted object. */
  forget(object: MetricObject): void;
  request(code: string, method: string, host: string): void;
  leader(name: string, isLeader: boolean): void;
  /** Registers the queue of `controller`; what it returns feeds it. */
  queue(controller: string, concurrent: number, stats: () => QueueStats): QueueWatch;
};

export type MetricObject = { kind: string; name: string; namespace: string };

// 10 ms to 30 minutes in ten steps: fluxcd/pkg runtime/metrics, NewRecorder.
const objectBuckets = Array.from({ length: 10 }, (_, at) => 0.01 * (1800 / 0.01) ** (at / 9));
// controller-runtime, pkg/internal/controller/metrics.
const reconcileBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5,
  1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
// client-go workqueue: ten nanoseconds to a thousand seconds.
const queueBuckets = Array.from({ length: 12 }, (_, at) => 1e-8 * 10 ** at);
const stepBuckets = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** All metrics in a registry of their own, with those of the process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Counter({
    name: "gotk_cache_events_total",
    help: "Lookups in the caches of a reconciliation, by what they gave.",
    labelNames: ["event_type", "name", "namespace"],
    registers,
  });
  const duration = new Histogram({
    name: "gotk_reconcile_duration_seconds",
    help: "How long the reconciliations of an object took.",
    labelNames: ["kind", "name", "namespace"],
    buckets: objectBuckets,
    registers,
  });
  const steps = new Histogram({
    name: "sluice_step_seconds",
    help: "How long the steps of reconciliations took, by how they ended.",
    labelNames: ["kind", "step", "fate"],
    buckets: stepBuckets,
    registers,
  });
  const requests = new Counter({
    name: "rest_client_requests_total",
    help: "Requests to API servers, by answer, method and host.",
    labelNames: ["code", "method", "host"],
    registers,
  });
  const leader = new Gauge({
    name: "leader_election_master_status",
    help: "1 while this process is the leader, else 0.",
    labelNames: ["name"],
    registers,
  });
  const reconciles = reconcileMetrics(registers);
  const queues = queueMetrics(registers);
  return {
    registry,
    reconciled(controller, result, tookMs) {
      reconciles.total.inc({ controller, result });
      if (result === "error") reconciles.errors.inc({ controller });
      reconciles.time.observe({ controller }, tookMs / 1000);
    },
    duration: ({ kind, name, namespace }, tookMs) =>
      duration.observe({ kind, name, namespace }, tookMs / 1000),
    step: (kind, step, fate, tookMs) => steps.observe({ kind, step, fate }, tookMs / 1000),
    forget: ({ kind, name, namespace }) => duration.remove({ kind, name, namespace }),
    request: (code, method, host) => requests.inc({ code, method, host }),
    leader: (name, isLeader) => leader.set({ name }, isLeader ? 1 : 0),
    queue(controller, concurrent, stats) {
      reconciles.start(controller, concurrent, stats);
      return queues.start(controller, stats);
    },
  };
}

type Stats = Map<string, () => QueueStats>;

/** The `controller_runtime_*` metrics. */
function reconcileMetrics(registers: Registry[]) {
  const stats: Stats = new Map();
  const total = new Counter({
    name: "controller_runtime_reconcile_total",
    help: "Reconciliations of a controller, by result.",
    labelNames: ["controller", "result"],
    registers,
  });
  const errors = new Counter({
    name: "controller_runtime_reconcile_errors_total",
    help: "Failed reconciliations of a controller.",
    labelNames: ["controller"],
    registers,
  });
  const time = new Histogram({
    name: "controller_runtime_reconcile_time_seconds",
    help: "How long the reconciliations of a controller took.",
    labelNames: ["controller"],
    buckets: reconcileBuckets,
    registers,
  });
  const most = new Gauge({
    name: "controller_runtime_max_concurrent_reconciles",
    help: "How many reconciliations a controller runs at a time.",
    labelNames: ["controller"],
    registers,
  });
  new Gauge({
    name: "controller_runtime_active_workers",
    help: "Reconciliations under way; those that only wait do not count.",
    labelNames: ["controller"],
    registers,
    collect() {
      for (const [controller, read] of stats) this.set({ controller }, read().active);
    },
  });
  const start = (controller: string, concurrent: number, read: () => QueueStats) => {
    stats.set(controller, read);
    most.set({ controller }, concurrent);
    for (const result of ["success", "error", "requeue", "requeue_after"])
      total.inc({ controller, result }, 0);
    errors.inc({ controller }, 0);
  };
  return { total, errors, time, start };
}

/** The `workqueue_*` metrics; `name` and `controller` are the same, as in controller-runtime. */
function queueMetrics(registers: Registry[]) {
  const stats: Stats = new Map();
  const labelNames = ["name", "controller"];
  const gauge = (name: string, help: string, value: (of: QueueStats) => number) =>
    new Gauge({
      name: `workqueue_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        for (const [controller, read] of stats) this.set({ name: controller, controller }, value(read()));
      },
    });
  const counter = (name: string, help: string) =>
    new Counter({ name: `workqueue_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string) =>
    new Histogram({ name: `workqueue_${name}`, help, labelNames, buckets: queueBuckets, registers });

  gauge("depth", "Objects that wait for a visit.", ({ waiting }) => waiting);
  gauge(
    "unfinished_work_seconds",
    "Time that visits under way have taken.",
    ({ unfinishedMs }) => unfinishedMs / 1000,
  );
  gauge(
    "longest_running_processor_seconds",
    "Time of the longest visit under way.",
    ({ longestMs }) => longestMs / 1000,
  );
  const adds = counter("adds_total", "Objects that were lined up for a visit.");
  const retries = counter("retries_total", "Visits that are repeated with back-off.");
  const waited = histogram("queue_duration_seconds", "How long objects waited for their visit.");
  const worked = histogram("work_duration_seconds", "How long visits took.");
  const start = (controller: string, read: () => QueueStats): QueueWatch => {
    stats.set(controller, read);
    const labels = { name: controller, controller };
    adds.inc(labels, 0);
    retries.inc(labels, 0);
    return {
      added: () => adds.inc(labels),
      retried: () => retries.inc(labels),
      started: (ms) => waited.observe(labels, ms / 1000),
      ended: (ms) => worked.observe(labels, ms / 1000),
    };
  };
  return { start };
}
