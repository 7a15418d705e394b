import { createHash, randomUUID } from "node:crypto";
import type { KubeObject } from "@sluice/api";
import {
  type CacheOptions,
  type Client,
  type Clock,
  elect,
  type Kind,
  type Leadership,
  systemClock,
} from "@sluice/kube";
import { createCaches } from "./caches.ts";
import { createEvents } from "./events.ts";
import { metricsRoutes, probeRoutes, serveTexts, type TextServer } from "./http.ts";
import { silent } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createSecrets, type Secrets } from "./redact.ts";
import { inputQuery, type Running, type Started, startController } from "./start.ts";
import type { Context, Flags, Log, Registration } from "./types.ts";

export type ManagerOptions = {
  /** Name of the controller ("kustomize-controller"): field owner, lease, reporter of events. */
  name: string;
  version: string;
  /** Namespace that the process runs in: its lease, and all that it sees without `--watch-all-namespaces`. */
  namespace: string;
  /** Name of the pod. */
  instance?: string;
  flags: Flags;
  client: Client;
  /** Builds the controllers, once. */
  registrations(context: Context): Registration[] | Promise<Registration[]>;
  log?: Log;
  /** The same that the log masks. */
  secrets?: Secrets;
  /** The same that the client tells of its requests. */
  metrics?: Metrics;
  clock?: Clock;
  random?: () => number;
};

export type Manager = {
  /**
   * Shuts down: takes no more work, aborts the visits under way (they write nothing), sends the events that are left and
   * gives the lease back. Visits that do not stop within `--graceful-shutdown-timeout` are left behind. May be called twice.
   */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects when the process must end by itself: it is not the leader any more. */
  done: Promise<void>;
  /** Where the servers listen; undefined for one that is off. */
  addresses: { metrics?: string; health?: string };
  /** Resolves when the caches are filled; on a leader, visits begin. Rejects when it stops before. */
  ready: Promise<void>;
};

const flushWithin = 5000;

/**
 * Runs controllers in this process: caches, queues, leader election, probes, metrics, events.
 * @throws when an address is taken or not an address, and what `registrations` throws
 */
export async function startManager(options: ManagerOptions): Promise<Manager> {
  const shutdown = new AbortController();
  const running = prepare(options, shutdown.signal);
  const { name, log, caches, flags, events, clock } = running;
  const servers = await startServers(running);
  const elected = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const controllers: Started[] = [];
  let leadership: Promise<Leadership | undefined> = Promise.resolve(undefined);

  const stop = async () => {
    log.info("stopping");
    shutdown.abort(new Error(`${name} is shutting down`));
    await atMost(
      flags.gracefulShutdownTimeout,
      Promise.all(controllers.map(({ queue }) => queue.stop())),
      clock,
    );
    await events.flush(flushWithin);
    const leading = await leadership.catch(() => undefined);
    if (flags.leaderElectionReleaseOnCancel) await leading?.release();
    await Promise.all(servers.open.map((server) => server.close()));
    done.resolve();
  };
  let stopped: Promise<void> | undefined;
  const stopOnce = () => (stopped ??= stop());

  try {
    const context = contextOf(running, elected.promise, controllers);
    for (const one of await options.registrations(context)) controllers.push(startController(one, running));
  } catch (thrown) {
    await stopOnce();
    throw thrown;
  }
  caches.start();
  const ready = caches.whenSynced().then(() => {
    for (const { connect } of controllers) connect();
  });
  leadership = ready.then(() => becomeLeader(running));
  void work(leadership, controllers, elected.resolve, running).catch((error) => {
    if (shutdown.signal.aborted) return;
    log.error("problem running manager", { error });
    done.reject(error);
    void stopOnce(); // who does not lead any more must not write any more
  });
  // Whoever wants to know awaits them.
  ready.catch(() => undefined);
  done.promise.catch(() => undefined);
  return { stop: stopOnce, done: done.promise, addresses: servers.addresses, ready };
}

function prepare(options: ManagerOptions, shutdown: AbortSignal): Running {
  const { client, name, namespace, flags, log = silent, version } = options;
  const { clock = systemClock, random = Math.random, instance = name } = options;
  const { secrets = createSecrets(), metrics = createMetrics() } = options;
  const caches = createCaches({
    client,
    clock,
    random,
    log: log.with({ logger: "watch" }),
    signal: shutdown,
  });
  const { now, sleep } = clock;
  const events = createEvents({ client, name, instance, address: flags.eventsAddr, now, sleep, log });
  log.info("starting manager", { logger: "setup", version });
  return {
    name,
    namespace,
    instance,
    flags,
    client,
    log,
    secrets,
    metrics,
    clock,
    random,
    shutdown,
    caches,
    events,
  };
}

/** Waits for leadership, then lets the queues run until it is lost. */
async function work(
  leadership: Promise<Leadership | undefined>,
  controllers: Started[],
  elected: () => void,
  { metrics, ...running }: Running,
): Promise<void> {
  const leading = await leadership;
  metrics.leader(leaseOf(running), true);
  elected();
  for (const { queue } of controllers) queue.start();
  const lost = await leading?.lost;
  if (lost === undefined) return;
  metrics.leader(leaseOf(running), false);
  throw new Error(`leader election lost: ${lost.message}`, { cause: lost });
}

async function becomeLeader(running: Running): Promise<Leadership | undefined> {
  const { flags, client, namespace, name, instance, clock, random, log, shutdown, metrics } = running;
  if (!flags.enableLeaderElection) return undefined;
  const lease = leaseOf(running);
  metrics.leader(lease, false);
  const periods = {
    leaseDurationMs: flags.leaderElectionLeaseDuration,
    renewDeadlineMs: flags.leaderElectionRenewDeadline,
    retryPeriodMs: flags.leaderElectionRetryPeriod,
  };
  // Pods of one name follow each other: the name alone would be taken for the one before.
  const identity = `${instance}_${randomUUID()}`;
  return elect(
    { client, namespace, controller: name, lease, identity, periods, clock, random, log },
    shutdown,
  );
}

/** Each shard has its own leader: fluxcd/pkg runtime/leaderelection, GenerateID. */
function leaseOf({ name, flags }: Pick<Running, "name" | "flags">): string {
  const base = `${name}-leader-election`;
  const { watchLabelSelector: shard } = flags;
  return shard ? `${base}-${createHash("sha256").update(shard).digest("hex").slice(0, 8)}` : base;
}

function contextOf(running: Running, elected: Promise<void>, controllers: Started[]): Context {
  const { client, name, namespace, log, metrics, secrets, clock, random, shutdown, caches, flags } = running;
  return {
    client,
    name,
    namespace,
    log,
    metrics: metrics.registry,
    secrets,
    clock,
    now: clock.now,
    random,
    signal: shutdown,
    elected,
    flags,
    // Not of this shard only: an object may depend on one that another shard looks after.
    cache: <T extends KubeObject>(kind: Kind, options: CacheOptions<T> = {}) =>
      caches.of<T>(kind, { ...(inputQuery(kind, {}, running) as object), ...options }),
    wake(kind, key, because) {
      const target = controllers.find(({ kind: own }) => own.group === kind.group && own.kind === kind.kind);
      if (!target) throw new Error(`no controller for ${kind.kind} runs in this process`);
      target.queue.add(key, because);
    },
  };
}

async function startServers({ flags, metrics, caches, shutdown }: Running) {
  const isOn = (address: string) => address !== "" && address !== "0";
  const open: TextServer[] = [];
  const serve = async (address: string, routes: Parameters<typeof serveTexts>[1]) => {
    if (!isOn(address)) return undefined;
    const server = await serveTexts(address, routes);
    open.push(server);
    return server.address;
  };
  try {
    const health = await serve(
      flags.healthAddr,
      probeRoutes(() => caches.synced() && !shutdown.aborted),
    );
    return {
      open,
      addresses: { health, metrics: await serve(flags.metricsAddr, metricsRoutes(metrics.registry)) },
    };
  } catch (thrown) {
    await Promise.all(open.map((server) => server.close()));
    throw thrown;
  }
}

/** Waits for `work`, but no longer than `ms`. */
async function atMost(ms: number, work: Promise<unknown>, clock: Clock): Promise<void> {
  const stop = new AbortController();
  await Promise.race([work, clock.sleep(ms, stop.signal).catch(() => undefined)]);
  stop.abort();
}
