import { builtin, type KubeObject, type ObjectRef } from "@sluice/api";
import { type Clock, pause, systemClock } from "./clock.ts";
import { type Health, healthOf, troublesOf } from "./health.ts";
import { idOf, observe, subjectOf } from "./observe.ts";
import type { Client } from "./types.ts";

export type HealthState = { ref: ObjectRef; health: Health };

/** Thrown by waits; says every object that is not as it should be. */
export type WaitError = Error & { name: "WaitError"; because: "timeout" | "failed"; states: HealthState[] };

type Waiting = {
  signal: AbortSignal;
  timeoutMs: number;
  clock?: Clock;
  random?: () => number;
};

export type HealthOptions = Waiting & {
  /** End as soon as one object has failed, instead of when none is in progress any more. */
  failFast?: boolean;
  /** Rules of the user (CEL) that come before the built-in ones; undefined: it has none for this object. */
  exprs?: (object: KubeObject) => Health | undefined;
  /** Objects that may be gone again: Jobs with `ttlSecondsAfterFinished`. */
  mayBeGone?: (ref: ObjectRef) => boolean;
  /** Sees all states whenever one has changed. */
  onProgress?: (states: HealthState[]) => void;
};

/**
 * Resolves when all objects are current, told by watches, not by polling.
 * @throws {WaitError} after `timeoutMs`, or when nothing is in progress any more and something has failed
 * @throws the signal's reason, when `signal` comes first
 */
export async function untilHealthy(
  client: Pick<Client, "kindOf" | "list" | "watch" | "get">,
  refs: ObjectRef[],
  options: HealthOptions,
): Promise<void> {
  const { failFast = false, exprs, mayBeGone, onProgress, clock = systemClock } = options;
  const objects = new Map<string, KubeObject>();
  const judge = (ref: ObjectRef, object: KubeObject | undefined): Health => {
    if (object) objects.set(idOf(ref), object);
    else objects.delete(idOf(ref));
    if (!object && mayBeGone?.(ref)) return { status: "Current", message: "it has finished and is gone" };
    return (object && exprs?.(object)) ?? healthOf(object, clock.now());
  };
  const isOver = (states: HealthState[]) => {
    const count = (...which: Health["status"][]) =>
      states.filter(({ health }) => which.includes(health.status)).length;
    return count("Current", "Failed") === states.length || (failFast && count("Failed") > 0);
  };
  const { states, timedOut } = await settle(client, refs, options, { judge, isOver, onProgress });
  const bad = states.filter(({ health }) =>
    timedOut ? health.status !== "Current" : health.status === "Failed",
  );
  if (bad.length === 0) return;
  const reasons = await podReasons(client, bad, objects, options.signal);
  throw waitError(
    timedOut ? "timeout waiting for" : "failed early due to stalled resources",
    timedOut,
    bad,
    reasons,
  );
}

/**
 * Resolves when none of the objects exists any more. One that was created again under its name (another `uid`, where
 * it is given) counts as gone.
 * @throws {WaitError} after `timeoutMs`, with the finalizers that hold the rest
 * @throws the signal's reason, when `signal` comes first
 */
export async function waitForTermination(
  client: Pick<Client, "kindOf" | "list" | "watch" | "get">,
  refs: (ObjectRef & { uid?: string })[],
  options: Waiting,
): Promise<void> {
  const uids = new Map(refs.map((ref) => [idOf(ref), ref.uid]));
  const judge = (ref: ObjectRef, object: KubeObject | undefined): Health => {
    const uid = uids.get(idOf(ref));
    if (!object || (uid && object.metadata.uid !== uid)) return { status: "NotFound", message: "" };
    return healthOf(object, 0);
  };
  const isOver = (states: HealthState[]) => states.every(({ health }) => health.status === "NotFound");
  const { states, timedOut } = await settle(client, refs, options, { judge, isOver, metadataOnly: true });
  if (!timedOut) return;
  const left = states.filter(({ health }) => health.status !== "NotFound");
  throw waitError("timeout waiting for the end of", true, left, new Map());
}

type Rules = {
  judge: (ref: ObjectRef, object: KubeObject | undefined) => Health;
  isOver: (states: HealthState[]) => boolean;
  onProgress?: (states: HealthState[]) => void;
  metadataOnly?: boolean;
};

/** Observes until it is over or time is; gives the last states. */
async function settle(
  client: Pick<Client, "kindOf" | "list" | "watch" | "get">,
  refs: ObjectRef[],
  { signal, timeoutMs, clock = systemClock, random = Math.random }: Waiting,
  { judge, isOver, onProgress, metadataOnly }: Rules,
): Promise<{ states: HealthState[]; timedOut: boolean }> {
  signal.throwIfAborted();
  const unseen: Health = { status: "Unknown", message: "it has not been seen yet" };
  const states = new Map<string, HealthState>(refs.map((ref) => [idOf(ref), { ref, health: unseen }]));
  const done = new AbortController();
  const bounded = AbortSignal.any([signal, done.signal]);
  const note = (ref: ObjectRef, health: Health) => {
    const before = states.get(idOf(ref))!.health;
    if (bounded.aborted || (before.status === health.status && before.message === health.message)) return;
    states.set(idOf(ref), { ref, health });
    const all = [...states.values()];
    onProgress?.(all);
    if (isOver(all)) done.abort();
  };
  if (refs.length === 0) done.abort();
  let timedOut = false;
  const timer = pause(clock, timeoutMs, bounded).then(() => {
    timedOut = !bounded.aborted;
    done.abort();
  });
  const see = (ref: ObjectRef, object: KubeObject | undefined) => note(ref, judge(ref, object));
  const fail = (ref: ObjectRef, problem: Error) => note(ref, { status: "Unknown", message: problem.message });
  await observe(
    [...states.values()].map(({ ref }) => ref),
    { client, metadataOnly, clock, random, see, fail },
    bounded,
  );
  await timer;
  signal.throwIfAborted();
  return { states: [...states.values()], timedOut };
}

function waitError(
  what: string,
  timedOut: boolean,
  states: HealthState[],
  reasons: Map<string, string>,
): WaitError {
  const listed = states.map(({ ref, health: { status, message } }) => {
    const reason = reasons.get(idOf(ref));
    return `${subjectOf(ref)} status: '${status}'${message ? `: ${message}` : ""}${reason ? `; ${reason}` : ""}`;
  });
  const because = timedOut ? "timeout" : "failed";
  const error = new Error(`${what}: [${listed.join(", ")}]`);
  return Object.assign(error, {
    name: "WaitError" as const,
    because: because as WaitError["because"],
    states,
  });
}

// Each costs one request, and the first few tell the story.
const mostExplained = 5;

/** For workloads that are not well: what kubelet says of their pods. Silent where that cannot be read. */
async function podReasons(
  client: Pick<Client, "list">,
  states: HealthState[],
  objects: Map<string, KubeObject>,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const { pods } = builtin;
  const explained = states.flatMap(({ ref }) => {
    const matchLabels: Record<string, string> | undefined = objects.get(idOf(ref))?.spec?.selector
      ?.matchLabels;
    return matchLabels && ref.namespace ? [{ ref, matchLabels }] : [];
  });
  const reasons = await Promise.all(
    explained.slice(0, mostExplained).map(async ({ ref, matchLabels }): Promise<[string, string]> => {
      const labelSelector = Object.entries(matchLabels)
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
      try {
        const { items } = await client.list(pods, { namespace: ref.namespace, labelSelector }, { signal });
        return [idOf(ref), podReason(items)];
      } catch {
        return [idOf(ref), ""];
      }
    }),
  );
  return new Map(reasons);
}

function podReason(pods: KubeObject[]): string {
  for (const pod of pods) {
    const [trouble] = troublesOf(pod);
    const name = `Pod/${pod.metadata.name}`;
    if (trouble)
      return `${name} container ${trouble.container}: ${[trouble.reason, trouble.message].filter(Boolean).join(": ")}`;
    const unscheduled = pod.status?.conditions?.find(
      ({ type, status }: { type: string; status: string }) => type === "PodScheduled" && status === "False",
    );
    if (unscheduled?.message) return `${name}: ${unscheduled.message}`;
  }
  return "";
}
