import { builtin, type KubeObject } from "@sluice/api";
import { type Clock, pause, systemClock } from "./clock.ts";
import { isApiError } from "./errors.ts";
import { sameJson } from "./json.ts";
import type { WatchLog } from "./reflector.ts";
import type { Client } from "./types.ts";

const { leases } = builtin;

/** Flux's periods (`--leader-election-lease-duration` and its neighbours). */
export const leasePeriods = { leaseDurationMs: 35_000, renewDeadlineMs: 30_000, retryPeriodMs: 5_000 };

export type Election = {
  client: Pick<Client, "get" | "create" | "update">;
  /** Where the Lease is: the controller's own namespace. */
  namespace: string;
  /** The controller; its Lease is `<controller>-leader-election`, as Flux names it. */
  controller: string;
  /** Another name for the Lease: each shard of a controller elects its own leader. */
  lease?: string;
  /** Unique to this process: two processes of one identity would both lead. */
  identity: string;
  periods?: typeof leasePeriods;
  clock?: Clock;
  random?: () => number;
  log?: WatchLog;
};

export type Leadership = {
  /** Resolves when the lease could not be renewed in time: another process may lead now, so this one must exit. */
  lost: Promise<Error>;
  /** Stops renewing and gives the lease up, so that the next leader need not wait; call it once all work has ended. */
  release(): Promise<void>;
};

type Spec = {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
};

/** What one look at the lease came to. */
type Attempt = { held: boolean; holder?: string };

/**
 * Waits until this process holds the lease, with the semantics of client-go's leader election: a lease is free when
 * it has not changed for its duration, measured by this process's own clock, so that clocks need not agree.
 * @throws the signal's reason, when `signal` comes first
 */
export async function elect(election: Election, signal: AbortSignal): Promise<Leadership> {
  const { periods = leasePeriods, clock = systemClock, random = Math.random, log } = election;
  const candidate = createCandidate(election, periods, clock);
  let leader: string | undefined;
  for (;;) {
    const { held, holder } = await attempt(candidate, periods.renewDeadlineMs, clock, signal, log);
    signal.throwIfAborted();
    if (held) break;
    if (holder !== leader) log?.info("another process leads", { leader: holder });
    leader = holder;
    // Up to 1.2 times more, so that candidates do not ask in step (client-go's JitterFactor).
    await pause(clock, periods.retryPeriodMs * (1 + 1.2 * random()), signal);
    signal.throwIfAborted();
  }
  log?.info("leading", { identity: election.identity });
  const leaving = new AbortController();
  const renewing = renew(candidate, periods, clock, leaving.signal, log);
  const lost = Promise.withResolvers<Error>();
  void renewing.then((error) => error && lost.resolve(error));
  return {
    lost: lost.promise,
    async release() {
      leaving.abort();
      await renewing;
      // Whoever waits then waits for the lease to end by itself.
      await candidate.release().then(
        (given) => given && log?.info("the lease was given up"),
        (thrown) => log?.info("the lease was not given up", { error: String(thrown) }),
      );
    },
  };
}

/** Renews until `signal`; returns the reason when the lease is lost. */
async function renew(
  candidate: Candidate,
  { renewDeadlineMs, retryPeriodMs }: typeof leasePeriods,
  clock: Clock,
  signal: AbortSignal,
  log?: WatchLog,
): Promise<Error | undefined> {
  let renewed = clock.elapsed();
  const left = () => renewed + renewDeadlineMs - clock.elapsed();
  for (;;) {
    await pause(clock, Math.min(retryPeriodMs, left()), signal);
    if (signal.aborted) return undefined;
    // A process that stood still past its deadline asks as well: the lease is its own unless somebody took it meanwhile.
    const ms = left() > 0 ? left() : retryPeriodMs;
    const { held, holder } = await attempt(candidate, ms, clock, signal, log);
    if (signal.aborted) return undefined;
    if (held) renewed = clock.elapsed();
    else if (holder) return new Error(`the lease went to ${holder}`);
    else if (left() <= 0) {
      return new Error(`the lease could not be renewed for ${renewDeadlineMs / 1000} s`);
    }
  }
}

/** One try, given up after `ms`: a request that hangs must not outlive the lease. */
async function attempt(
  candidate: Candidate,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
  log?: WatchLog,
): Promise<Attempt> {
  const over = new AbortController();
  const bounded = AbortSignal.any([signal, over.signal]);
  void pause(clock, ms, bounded).then(() => over.abort(new Error("the API server did not answer in time")));
  try {
    return await candidate.take(bounded);
  } catch (thrown) {
    if (!signal.aborted) log?.info("the lease cannot be taken or renewed", { error: String(thrown) });
    return { held: false };
  } finally {
    over.abort();
  }
}

type Candidate = {
  take(signal: AbortSignal): Promise<Attempt>;
  /** Gives the lease up; false when this process does not hold it. */
  release(): Promise<boolean>;
};

function createCandidate(
  { client, namespace, controller, lease: name = `${controller}-leader-election`, identity }: Election,
  { leaseDurationMs, renewDeadlineMs }: typeof leasePeriods,
  { now, elapsed }: Clock,
): Candidate {
  // The lease as it was last seen, and when (by `elapsed`) it was first seen like that.
  let seen: { lease: KubeObject<Spec>; since: number } | undefined;
  const note = (lease: KubeObject<Spec>) => {
    const same = seen && sameJson(seen.lease.spec, lease.spec);
    seen = { lease, since: same ? seen!.since : elapsed() };
    return seen;
  };
  const seconds = Math.ceil(leaseDurationMs / 1000);
  const claim = (lease: KubeObject<Spec>, signal: AbortSignal) => {
    const claimed = claimedBy(identity, lease, microTime(now()), seconds);
    return client.update<KubeObject<Spec>>(leases, claimed, { signal });
  };
  const create = (signal: AbortSignal) => {
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name, namespace },
      spec: firstSpec(identity, microTime(now()), seconds),
    };
    return client.create<KubeObject<Spec>>(leases, lease, { signal });
  };
  const read = async (signal?: AbortSignal) =>
    client.get<KubeObject<Spec>>(leases, { namespace, name }, { signal });

  return {
    async take(signal) {
      try {
        // A leader goes on from what it wrote itself; if that is no longer so, the server says conflict.
        if (seen?.lease.spec?.holderIdentity === identity) {
          note(await claim(seen.lease, signal));
          return { held: true };
        }
        const lease = await read(signal);
        if (!lease) {
          note(await create(signal));
          return { held: true };
        }
        const { since } = note(lease);
        const { holderIdentity, leaseDurationSeconds = leaseDurationMs / 1000 } = lease.spec ?? {};
        const free = !holderIdentity || holderIdentity === identity;
        if (!free && elapsed() - since < leaseDurationSeconds * 1000)
          return { held: false, holder: holderIdentity };
        note(await claim(lease, signal));
        return { held: true };
      } catch (thrown) {
        if (seen && isApiError(thrown, 404)) {
          seen = undefined; // somebody deleted it: the next try makes it again
          return { held: false };
        }
        if (!isApiError(thrown, 409)) throw thrown;
        // Someone was faster, or another writer touched it: look again who it is.
        const lease = await read(signal);
        if (!lease) return { held: false };
        const { spec } = note(lease).lease;
        return { held: false, holder: spec?.holderIdentity === identity ? undefined : spec?.holderIdentity };
      }
    },
    async release() {
      // It may take as long as a renewal: as client-go bounds it.
      const signal = AbortSignal.timeout(renewDeadlineMs);
      while (seen?.lease.spec?.holderIdentity === identity) {
        try {
          await client.update(leases, given(seen.lease, microTime(now())), { signal });
          seen = undefined;
          return true;
        } catch (thrown) {
          if (!isApiError(thrown, 409)) throw thrown;
          // The renewal that was broken off by leaving may have been heard all the same.
          const lease = await read(signal);
          seen = lease && note(lease);
        }
      }
      return false;
    },
  };
}

const firstSpec = (holderIdentity: string, time: string, leaseDurationSeconds: number): Spec => ({
  holderIdentity,
  leaseDurationSeconds,
  acquireTime: time,
  renewTime: time,
  leaseTransitions: 0,
});

/** The lease renewed, or taken over when another held it. */
function claimedBy(
  holderIdentity: string,
  { spec = {}, ...lease }: KubeObject<Spec>,
  time: string,
  leaseDurationSeconds: number,
): KubeObject<Spec> {
  const { leaseTransitions = 0 } = spec;
  const taken =
    spec.holderIdentity === holderIdentity
      ? {}
      : { acquireTime: time, leaseTransitions: leaseTransitions + 1 };
  return { ...lease, spec: { ...spec, holderIdentity, leaseDurationSeconds, renewTime: time, ...taken } };
}

/** As client-go releases: nobody holds it, and it ends in a second. */
const given = ({ spec, ...lease }: KubeObject<Spec>, time: string): KubeObject<Spec> => ({
  ...lease,
  spec: { ...spec, holderIdentity: "", leaseDurationSeconds: 1, acquireTime: time, renewTime: time },
});

/** RFC 3339 with microseconds, the only form that Leases take. */
const microTime = (ms: number) => new Date(ms).toISOString().replace(/(\.\d{3})Z$/, "$1000Z");
