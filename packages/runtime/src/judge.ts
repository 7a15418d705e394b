import {
  type Condition,
  type KubeObject,
  parseDuration,
  reasons,
  requests,
  conditions as types,
} from "@sluice/api";
import type { Again, Done, EventNote, Problem, StepSpec, Verdict } from "./types.ts";

/** What happened in a visit: the only thing that grows while it runs. `judge` turns it into words. */
export type Story = {
  trail: {
    step: string;
    took: number;
    problem?: Problem /** Not run, as the object does not ask for it. */;
    unasked?: true;
  }[];
  notes: Record<string, unknown>;
  /** Metadata of all events of the visit. */
  tags: Record<string, string>;
};

/** Limits and defaults that are the process's, not the object's. */
export type JudgeOptions = {
  /** When a `waiting` that does not say is looked at again, in milliseconds. */
  requeueMs?: number;
};

export const emptyStory = (): Story => ({ trail: [], notes: {}, tags: {} });

// maxLength of a condition's message: k8s.io/apimachinery meta/v1, Condition.
const longestMessage = 32_768;
const defaultRequeue = 30_000;
const inProgress = "Reconciliation in progress";

/**
 * What a visit means: the whole new `status`, the events to send and when to come back.
 * @param object as it was when the visit began; its status may be newer
 * @param ending what the story returned or threw; undefined when a farewell (finalize) ended without a word
 * @param now milliseconds since the epoch; times in the status have whole seconds
 */
export function judge(
  steps: Record<string, StepSpec>,
  object: KubeObject,
  story: Story,
  ending: Done | Problem,
  now: number,
  { requeueMs = defaultRequeue }: JudgeOptions = {},
): Verdict {
  const fate = isDone(ending) ? "done" : ending.fate;
  const generation = object.metadata.generation;
  const before = conditionsOf(object);
  const set = setter(before, now, generation);
  const ready = readyOf(ending);
  const after = [...stepConditions(steps, before, story, ending), ready, ...kstatusOf(ready, fate)].reduce(
    set,
    before,
  );
  const observed = fate === "done" || fate === "stalled" ? { observedGeneration: generation } : {};
  const facts = { ...story.notes, ...(isDone(ending) ? ending.status : {}) };
  return {
    status: { ...object.status, ...facts, ...observed, conditions: after },
    events: eventsOf(before, ready, story, ending),
    again: againOf(object, ending, requeueMs),
    fate,
  };
}

/**
 * The status that says a visit is under way.
 * @param fresh whether it works on something new (a generation, a request): then `Ready` becomes Unknown
 */
export function announcement(
  object: KubeObject,
  { message, fresh, now }: { message: string; fresh: boolean; now: number },
): Verdict["status"] {
  const before = conditionsOf(object);
  const changes: Change[] = [
    ...(fresh
      ? [{ type: types.Ready, status: "Unknown" as const, reason: reasons.Progressing, message: inProgress }]
      : []),
    { type: types.Reconciling, status: "True", reason: reasons.Progressing, message: bounded(message) },
    { type: types.Stalled },
  ];
  return {
    ...object.status,
    conditions: changes.reduce(setter(before, now, object.metadata.generation), before),
  };
}

/** Why a visit is news to the user, in the words of its announcement; undefined when it is not. */
export function newsOf(object: KubeObject): string | undefined {
  const { generation } = object.metadata;
  const observed = object.status?.observedGeneration;
  // Flux's CRDs default to -1, older objects have none.
  if (generation !== observed)
    return `processing object: new generation ${observed ?? -1} -> ${generation ?? 0}`;
  return isRequested(object) ? inProgress : undefined;
}

/** Whether the object carries a request (annotation) that was not handled yet. */
export function isRequested(object: KubeObject): boolean {
  const asked = object.metadata.annotations?.[requests.reconcile];
  return asked !== undefined && asked !== object.status?.lastHandledReconcileAt;
}

/**
 * The status fields that say which requests a visit has handled.
 * @param has whether the kind has a status field of this name
 */
export function handledOf(object: KubeObject, has: (field: string) => boolean): Record<string, string> {
  const asked = object.metadata.annotations ?? {};
  const echoes = [
    ["lastHandledReconcileAt", asked[requests.reconcile]],
    ["lastHandledForceAt", asked[requests.force]],
    ["lastHandledResetAt", asked[requests.reset]],
  ] as const;
  const handled = echoes.filter(([field, value]) => value !== undefined && has(field));
  return Object.fromEntries(handled) as Record<string, string>;
}

/** A condition as it should be; without a status: gone. */
type Change = { type: string } & (Pick<Condition, "status" | "reason" | "message"> | { status?: undefined });

/** Puts one change into a list of conditions; the order of the others stays, and what says the same stays as it is. */
function setter(before: Condition[], now: number, observedGeneration: number | undefined) {
  const time = new Date(now).toISOString().replace(/\.\d+Z$/, "Z");
  return (list: Condition[], change: Change): Condition[] => {
    const rest = list.filter(({ type }) => type !== change.type);
    if (change.status === undefined) return rest.length === list.length ? list : rest;
    const old = before.find(({ type }) => type === change.type);
    const lastTransitionTime = old?.status === change.status ? old.lastTransitionTime : time;
    const next: Condition = {
      ...change,
      lastTransitionTime,
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
    };
    const at = list.findIndex(({ type }) => type === change.type);
    return at < 0 ? [...list, next] : list.with(at, next);
  };
}

/** What the steps that were walked say, in the order in which they ended. */
function stepConditions(
  steps: Record<string, StepSpec>,
  before: Condition[],
  { trail }: Story,
  ending: Done | Problem,
): Change[] {
  return trail.flatMap(({ step, problem, unasked }): Change[] => {
    const spec = steps[step];
    if (!spec) return [];
    const { success, failure } = spec;
    if (unasked) return [success, failure].flatMap((type) => (type ? [{ type }] : []));
    if (problem) {
      const words = { reason: problem.reason ?? spec.reason, message: bounded(problem.message) };
      return [
        ...(success ? [{ type: success, status: "False" as const, ...words }] : []),
        ...(failure ? [{ type: failure, status: "True" as const, ...words }] : []),
      ];
    }
    // When a later step failed, there are no new words for what passed: the old ones stay.
    const old = before.find(({ type, status }) => type === success && status === "True");
    const message = isDone(ending) ? ending.message : (old?.message ?? `step '${step}' passed`);
    const words = { reason: spec.passed ?? reasons.Succeeded, message: bounded(message) };
    return [
      ...(success ? [{ type: success, status: "True" as const, ...words }] : []),
      ...(failure ? [{ type: failure }] : []),
    ];
  });
}

type Ready = { type: string; status: "True" | "False"; reason: string; message: string };

function readyOf(ending: Done | Problem): Ready {
  return isDone(ending)
    ? {
        type: types.Ready,
        status: "True",
        reason: ending.reason ?? reasons.ReconciliationSucceeded,
        message: bounded(ending.message),
      }
    : {
        type: types.Ready,
        status: "False",
        reason: ending.reason ?? reasons.Failed,
        message: bounded(ending.message),
      };
}

/** The two conditions of kstatus, which are there only while true. */
function kstatusOf({ reason, message }: Ready, fate: Verdict["fate"]): Change[] {
  switch (fate) {
    case "done":
      return [{ type: types.Reconciling }, { type: types.Stalled }];
    case "stalled":
      return [{ type: types.Reconciling }, { type: types.Stalled, status: "True", reason, message }];
    case "waiting":
    case "failed":
      return [
        { type: types.Reconciling, status: "True", reason: reasons.ProgressingWithRetry, message },
        { type: types.Stalled },
      ];
  }
}

/** An event when `Ready` says something else than before the visit, or when the controller has something to tell. */
function eventsOf(
  before: Condition[],
  ready: Ready,
  { notes, tags }: Story,
  ending: Done | Problem,
): EventNote[] {
  const old = before.find(({ type }) => type === types.Ready);
  const said = old?.status === ready.status && old.message === ready.message && old.reason === ready.reason;
  const own = isDone(ending) ? ending.event : undefined;
  if (said && !own) return [];
  const attempted = notes.lastAttemptedRevision;
  const metadata = {
    ...(typeof attempted === "string" ? { revision: attempted } : {}),
    ...tags,
    ...ending.metadata,
  };
  const alarming = !isDone(ending) && ending.fate !== "waiting";
  const tone = alarming
    ? ({ type: "Warning", severity: "error" } as const)
    : ({ type: "Normal", severity: "info" } as const);
  const { reason, message } = own ?? ready;
  return [{ ...tone, reason, message, metadata }];
}

function againOf({ spec }: KubeObject, ending: Done | Problem, requeueMs: number): Again {
  const interval = milliseconds(spec?.interval);
  const cap = interval === undefined ? {} : { capMs: interval };
  if (isDone(ending)) {
    const ms = ending.again ?? interval;
    return ms === undefined ? { kind: "never" } : { kind: "interval", ms };
  }
  switch (ending.fate) {
    case "stalled":
      return { kind: "never" };
    case "waiting":
      return { kind: "after", ms: ending.again ?? requeueMs };
    case "failed": {
      const ms = ending.again ?? milliseconds(spec?.retryInterval);
      return ms === undefined ? { kind: "backoff", ...cap } : { kind: "after", ms };
    }
  }
}

/** A Go duration of a spec as milliseconds; undefined when it is missing or not above zero. */
export function milliseconds(duration: unknown): number | undefined {
  if (typeof duration !== "string") return undefined;
  try {
    const ms = parseDuration(duration);
    return ms > 0 ? ms : undefined;
  } catch {
    return undefined; // the schema's pattern lets "1.5.5s" pass; such an object is visited on changes only
  }
}

/** Whether a visit ended well. */
export function isDone(ending: Done | Problem): ending is Done {
  return (ending as Done).kind === "done";
}

function conditionsOf({ status }: KubeObject): Condition[] {
  return Array.isArray(status?.conditions) ? status.conditions : [];
}

/** Cut to what a condition may hold, whole code points. */
function bounded(message: string): string {
  if (message.length <= longestMessage) return message;
  return `${message.slice(0, longestMessage - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** `value` without fields that are undefined (to be removed), at any depth: what JSON makes of it. */
export function asWritten<T>(value: T): T {
  if (Array.isArray(value)) return value.map(asWritten) as T;
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, asWritten(field)])) as T;
}
