import { formatDuration, type KubeObject, reasons } from "@sluice/api";
import type { Clock } from "@sluice/kube";
import { emptyStory, milliseconds, type Story } from "./judge.ts";
import { asProblem, done, failed, waiting } from "./problem.ts";
import type { Because, Controller, Done, EventNote, Problem, Step, StepSpec } from "./types.ts";

/** What a visit needs from the process around it. */
export type Surroundings = {
  because: Because;
  clock: Clock;
  /** Fires when the process leaves: the visit ends without a word. */
  shutdown: AbortSignal;
  /** Fires when the object or an input changed: ends a step that `waits`. Its reason says what changed, as text. */
  interrupt: AbortSignal;
  /** Hides secrets in what is said. */
  mask(text: string): string;
  /** Writes facts to `status` now. */
  save(facts: Record<string, unknown>): Promise<void>;
  /** Sends an event now. */
  event(note: EventNote): void;
  /** A step begins; returns what to do when it has ended. */
  enter(name: string, spec: StepSpec): Leave | Promise<Leave>;
};

/** A step has ended: after `tookMs`, with `problem` if it failed. */
export type Leave = (tookMs: number, problem: Problem | undefined) => void | Promise<void>;

/** How a visit went: `judge` turns it into status, events and the next visit. */
export type Tale = { story: Story; ending: Done | Problem };

const defaultTimeout = 60_000;

/**
 * One visit to one object: runs the controller's story (or its farewell, when the object is being deleted) step by step and
 * collects what happened. Failures of the story are endings, not errors.
 * @throws the reason of `shutdown` when the process leaves
 */
export async function run<T extends KubeObject, D, N extends string>(
  controller: Controller<T, D, N>,
  object: T,
  deps: D,
  around: Surroundings,
): Promise<Tale> {
  const story = emptyStory();
  const step = stepsOf(controller, object, story, around);
  const visit = object.metadata.deletionTimestamp ? controller.finalize : controller.reconcile;
  let ending: Done | Problem;
  try {
    ending = (await visit?.call(controller, object, deps, step)) ?? done({}, "");
  } catch (thrown) {
    ending = asProblem(thrown, reasons.Failed);
  }
  around.shutdown.throwIfAborted(); // leaving: say nothing, the next leader starts afresh
  return { story, ending: masked(ending, around.mask) };
}

function stepsOf<T extends KubeObject, D, N extends string>(
  controller: Controller<T, D, N>,
  object: T,
  story: Story,
  around: Surroundings,
): Step<N> {
  const limit = controller.timeout?.(object) ?? milliseconds(object.spec?.timeout) ?? defaultTimeout;
  const note = (facts: Record<string, unknown>) => void Object.assign(story.notes, facts);
  const walk = async <V>(name: N, work: (signal: AbortSignal) => Promise<V> | V): Promise<V> => {
    const spec = controller.steps[name];
    const leave = await around.enter(name, spec);
    const began = around.clock.now();
    let problem: Problem | undefined;
    try {
      return await within(limit, name, spec, around, work);
    } catch (thrown) {
      problem = masked(asProblem(thrown, spec.reason), around.mask);
      throw problem;
    } finally {
      const took = around.clock.now() - began;
      story.trail.push({ step: name, took, problem });
      await leave(took, problem);
    }
  };
  return Object.assign(walk, {
    note,
    save: async (facts: Record<string, unknown>) => {
      note(facts);
      await around.save(facts);
    },
    without: (name: N) => void story.trail.push({ step: name, took: 0, unasked: true }),
    tag: (metadata: Record<string, string>) => void Object.assign(story.tags, metadata),
    event: ({ reason, message, ...rest }: Pick<EventNote, "reason" | "message"> & Partial<EventNote>) =>
      around.event({
        type: "Normal",
        severity: "info",
        reason,
        message: around.mask(message),
        ...rest,
        metadata: { ...story.tags, ...rest.metadata },
      }),
    because: around.because,
    now: around.clock.now,
  });
}

/** Runs `work` under one signal that ends it after `limit` ms, on shutdown and, if it waits, on news. */
async function within<V>(
  limit: number,
  name: string,
  spec: StepSpec,
  { clock, shutdown, interrupt }: Surroundings,
  work: (signal: AbortSignal) => Promise<V> | V,
): Promise<V> {
  const ending = new AbortController();
  const over = new AbortController();
  for (const source of spec.waits ? [shutdown, interrupt] : [shutdown]) {
    const end = () => ending.abort(source.reason);
    // Not AbortSignal.any: shutdown lives as long as the process and would collect every step.
    if (source.aborted) end();
    else source.addEventListener("abort", end, { once: true, signal: over.signal });
  }
  const late = Symbol(name);
  void clock.sleep(limit, over.signal).then(
    () => over.signal.aborted || ending.abort(late),
    () => undefined,
  );
  try {
    ending.signal.throwIfAborted();
    return await work(ending.signal);
  } catch (thrown) {
    if (spec.waits && interrupt.aborted && !shutdown.aborted) throw canceled(interrupt);
    if (ending.signal.reason === late && isAbort(thrown, late)) throw tooLate(name, spec, limit);
    throw thrown;
  } finally {
    over.abort();
  }
}

// Flux says the same: kustomize-controller, Reconcile, "health check cancellation".
function canceled({ reason }: AbortSignal): Problem {
  return waiting(reasons.HealthCheckCanceled, `New reconciliation triggered by ${reason}`, 0);
}

function tooLate(name: string, { reason }: StepSpec, limit: number): Problem {
  const message = `step '${name}' did not finish within ${formatDuration(limit)}; raise spec.timeout if it needs longer`;
  return failed(reason, message);
}

/** Whether an error says no more than that its signal fired. */
function isAbort(thrown: unknown, reason: unknown): boolean {
  if (thrown === reason) return true;
  const { name, cause } = (thrown ?? {}) as { name?: unknown; cause?: unknown };
  return name === "AbortError" || name === "TimeoutError" || (cause !== undefined && cause === reason);
}

function masked<E extends Done | Problem>(ending: E, mask: (text: string) => string): E {
  const { message } = ending;
  const hidden = mask(message);
  if (ending instanceof Error) {
    if (hidden !== message) ending.message = hidden;
    return ending;
  }
  const { event } = ending as Done;
  return {
    ...ending,
    message: hidden,
    ...(event ? { event: { ...event, message: mask(event.message) } } : {}),
  };
}
