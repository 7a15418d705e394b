import { randomUUID } from "node:crypto";
import { finalizer, formatDuration, type KubeObject } from "@sluice/api";
import { type Client, type Clock, isApiError } from "@sluice/kube";
import { createAnnouncer } from "./announcer.ts";
import type { Events } from "./events.ts";
import { emptyStory, handledOf, isDone, judge } from "./judge.ts";
import type { Latest } from "./latest.ts";
import type { Metrics } from "./metrics.ts";
import { messageOf, stalled } from "./problem.ts";
import type { Turn } from "./queue.ts";
import { run, type Tale } from "./run.ts";
import { createStatusWriter, isGone, type StatusWriter } from "./status.ts";
import type { Again, Controller, EventNote, Log, Verdict } from "./types.ts";

/** What the visits of one controller share. */
export type VisitOptions<T extends KubeObject = any, D = any> = {
  controller: Controller<T, D, string>;
  deps: D;
  client: Pick<Client, "apply" | "get" | "patch">;
  /** Name of the controller; see `ownerOf`. */
  name: string;
  latest: Latest;
  clock: Clock;
  /** When a `waiting` that does not say is looked at again, in milliseconds. */
  requeueMs: number;
  events: Events;
  metrics: Metrics;
  log: Log;
  mask(text: string): string;
  shutdown: AbortSignal;
};

/** What one visit came to. */
type Outcome = { again: Again; fate: Verdict["fate"] };

const over: Outcome = { again: { kind: "never" }, fate: "done" };
const soon: Outcome = { again: { kind: "after", ms: 250 }, fate: "waiting" };

/**
 * Makes the function that visits one object: it reads the object from `latest` and leaves the outcome in its status, its
 * events, the log and the metrics. It does not throw, and says nothing once `shutdown` has fired.
 */
export function createVisit(options: VisitOptions): (turn: Turn) => Promise<Again> {
  const { clock, metrics, latest, shutdown } = options;
  const { kind } = options.controller.kind;
  return async (turn) => {
    const raw = latest.get(turn.key);
    if (!raw) return over.again;
    const object = { kind, name: raw.metadata.name, namespace: raw.metadata.namespace ?? "" };
    const log = visitLog(options, raw);
    const began = clock.now();
    const outcome = await visitOne(options, raw, turn, log).catch((thrown): Outcome => {
      if (shutdown.aborted || isGone(thrown)) return over;
      log.error("Reconciliation could not be concluded, it is tried again", { error: thrown });
      return { again: { kind: "backoff" }, fate: "failed" };
    });
    if (shutdown.aborted) return over.again;
    const took = clock.now() - began;
    metrics.reconciled(kind.toLowerCase(), resultOf(outcome), took);
    if (latest.get(turn.key)) metrics.duration(object, took);
    else metrics.forget(object);
    return outcome.again;
  };
}

async function visitOne(options: VisitOptions, raw: KubeObject, turn: Turn, log: Log): Promise<Outcome> {
  const { finalize } = options.controller;
  const held = raw.metadata.finalizers?.includes(finalizer) ?? false;
  if (raw.metadata.deletionTimestamp) {
    if (!held) return over;
    return finalize ? farewell(options, raw, turn, log) : setFinalizer(options, raw, false);
  }
  let object = raw;
  if (finalize && !held) {
    const outcome = await setFinalizer(options, raw, true);
    if (outcome !== over) return outcome;
    object = options.latest.get(turn.key) ?? raw;
  }
  if (object.spec?.suspend) {
    log.info("Reconciliation is suspended for this object");
    return over;
  }
  const writer = writerOf(options, object);
  const began = options.clock.now();
  const tale = await tell(options, object, turn, writer, log);
  return conclude(options, object, tale, writer, log, began);
}

/** Cleans up and lets go; an object whose farewell fails stays, and says why. */
async function farewell(options: VisitOptions, raw: KubeObject, turn: Turn, log: Log): Promise<Outcome> {
  const writer = writerOf(options, raw);
  const began = options.clock.now();
  const tale = await tell(options, raw, turn, writer, log);
  if (!isDone(tale.ending)) return conclude(options, raw, tale, writer, log, began);
  if (tale.ending.event) sendEvents(options, raw, verdictOf(options, raw, tale).events);
  const outcome = await setFinalizer(options, writer.current(), false);
  if (outcome === over) log.info("Deletion is complete");
  return outcome;
}

/**
 * The field owner of status and finalizers. Not the controller's own name: that is the owner of what it applies, so that
 * an object of its kind in a repository would take the finalizer away with every apply (Flux's StatusManager is named so).
 */
const ownerOf = (name: string) => `gotk-${name}`;

/** Adds or removes the finalizer; `over` when that worked, or when there is nobody left to give it to. */
async function setFinalizer(options: VisitOptions, object: KubeObject, wanted: boolean): Promise<Outcome> {
  const { client, controller, name, latest, shutdown } = options;
  const { finalizers = [], resourceVersion, uid } = object.metadata;
  const others = finalizers.filter((one) => one !== finalizer);
  const body = { metadata: { finalizers: wanted ? [...others, finalizer] : others, resourceVersion, uid } };
  const key = { name: object.metadata.name, namespace: object.metadata.namespace };
  try {
    const write = { fieldManager: ownerOf(name), signal: shutdown };
    latest.wrote(await client.patch(controller.kind, key, { type: "merge", body }, write));
    return over;
  } catch (thrown) {
    if (isApiError(thrown, 404)) return over;
    if (isApiError(thrown, 409)) return soon; // by then the watch has brought what is newer
    throw thrown;
  }
}

/** Runs the story, saying in the status that it runs when that takes a while. */
async function tell(
  options: VisitOptions,
  raw: KubeObject,
  turn: Turn,
  writer: StatusWriter,
  log: Log,
): Promise<Tale> {
  const { controller, deps, clock, shutdown, mask, metrics } = options;
  let object: KubeObject;
  try {
    object = controller.kind.parse(raw);
  } catch (thrown) {
    return { story: emptyStory(), ending: stalled("InvalidSpec", mask(messageOf(thrown))) };
  }
  const announcer = createAnnouncer({ object: raw, because: turn.because, clock, writer, log });
  try {
    return await run(controller, object, deps, {
      because: turn.because,
      clock,
      shutdown,
      interrupt: turn.interrupt,
      mask,
      save: announcer.save,
      event: (note) => sendEvents(options, raw, [note]),
      enter: (step, { waits }) => {
        const hush = announcer.enter(step);
        const resume = waits ? turn.pause() : undefined;
        return async (took, problem) => {
          hush();
          metrics.step(controller.kind.kind, step, problem?.fate ?? "done", took);
          log.debug(`step '${step}' ${problem ? "ended early" : "passed"}`, {
            step,
            took,
            ...(problem && { error: problem }),
          });
          await resume?.();
        };
      },
    });
  } finally {
    await announcer.stop();
  }
}

/** Writes the verdict, and tells everyone who listens. */
async function conclude(
  options: VisitOptions,
  raw: KubeObject,
  tale: Tale,
  writer: StatusWriter,
  log: Log,
  began: number,
): Promise<Outcome> {
  const verdict = verdictOf(options, raw, tale);
  await writer.write((status) => verdictOf(options, { ...raw, status }, tale).status);
  sendEvents(options, raw, verdict.events);
  logVerdict(log, tale, verdict, options.clock.now() - began);
  return verdict;
}

/** The verdict on a visit that began with `object`, as of now. */
function verdictOf({ controller, clock, requeueMs }: VisitOptions, object: KubeObject, tale: Tale): Verdict {
  const handled = handledOf(object, (field) => hasStatusField(controller.kind, field));
  const story = { ...tale.story, notes: { ...tale.story.notes, ...handled } };
  return judge(controller.steps, object, story, tale.ending, clock.now(), { requeueMs });
}

// Every kind has the first; which others it has, its schema says.
function hasStatusField(kind: object, field: string): boolean {
  const { openapi } = kind as { openapi?: { properties?: { status?: { properties?: object } } } };
  const fields = openapi?.properties?.status?.properties;
  return fields ? Object.hasOwn(fields, field) : field === "lastHandledReconcileAt";
}

function writerOf(
  { client, controller, name, latest, shutdown }: VisitOptions,
  object: KubeObject,
): StatusWriter {
  const { wrote } = latest;
  return createStatusWriter(
    object,
    { client, kind: controller.kind, manager: ownerOf(name), wrote },
    shutdown,
  );
}

function sendEvents({ events }: VisitOptions, object: KubeObject, notes: EventNote[]): void {
  for (const note of notes) events.send(object, note);
}

// The keys of controller-runtime's logs.
function visitLog({ log, controller }: VisitOptions, { metadata }: KubeObject): Log {
  const { kind, group } = controller.kind;
  const { name, namespace } = metadata;
  return log.with({
    controller: kind.toLowerCase(),
    controllerGroup: group,
    controllerKind: kind,
    [kind]: { name, namespace },
    namespace,
    name,
    reconcileID: randomUUID(),
  });
}

function logVerdict(log: Log, { story, ending }: Tale, { again, fate }: Verdict, took: number): void {
  const attempted = story.notes.lastAttemptedRevision ?? story.tags.revision ?? ending.metadata?.revision;
  const facts = attempted === undefined ? {} : { revision: attempted };
  const time = formatDuration(took);
  switch (fate) {
    case "done":
      log.info(`Reconciliation finished in ${time}, ${whenOf(again)}`, facts);
      break;
    case "waiting":
      log.info(ending.message, { ...facts, reason: ending.reason, next: whenOf(again) });
      break;
    case "stalled":
    case "failed":
      log.error(`Reconciliation ${fate} after ${time}, ${whenOf(again)}`, {
        ...facts,
        error: ending.message,
      });
  }
}

function whenOf(again: Again): string {
  switch (again.kind) {
    case "interval":
      return `next run in ${formatDuration(again.ms)}`;
    case "after":
      return again.ms === 0 ? "next try now" : `next try in ${formatDuration(again.ms)}`;
    case "backoff":
      return "next try with back-off";
    case "never":
      return "next run when something changes";
  }
}

function resultOf({ again, fate }: Outcome): "success" | "error" | "requeue" | "requeue_after" {
  if (fate === "failed") return "error";
  if (again.kind === "never") return "success";
  return again.kind === "after" && again.ms === 0 ? "requeue" : "requeue_after";
}
