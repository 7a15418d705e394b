import type { Clock, KeyText } from "@sluice/kube";
import { createDelays } from "./delays.ts";
import { createLine, isMoreUrgent, type Place } from "./line.ts";
import { createSlots } from "./slots.ts";
import type { Again, Because } from "./types.ts";

/** The visits of one controller: which key is next, and how many at a time. */
export type Queue = {
  /** Visits `key` as soon as there is a slot; a key that is being visited is visited once more afterwards. */
  add(key: KeyText, because: Because, origin?: string): void;
  /** Forgets what is waiting for `key` (deleted): no visit, no back-off. */
  forget(key: KeyText): void;
  /** Starts visiting; until then keys only line up. */
  start(): void;
  /** Takes no more work. Resolves when the visits under way have ended, which the queue's signal tells them to. */
  stop(): Promise<void>;
  stats(): QueueStats;
};

/** Counts of keys, and how long the visits under way have taken: together and the longest, in milliseconds. */
export type QueueStats = {
  waiting: number;
  delayed: number;
  active: number;
  paused: number;
  unfinishedMs: number;
  longestMs: number;
};

/** One visit, as the queue gives it to the worker. */
export type Turn = {
  key: KeyText;
  because: Because;
  /** What woke it, for people: "GitRepository/flux-system/apps". */
  origin?: string;
  /** Fires when something newer than this visit came in (a request, a change, an input). Its reason is the origin. */
  interrupt: AbortSignal;
  /** Gives the slot back; resolves its result when there is a slot again. Results must be called once. */
  pause(): () => Promise<void>;
};

export type QueueOptions = {
  /** How many visits at a time; those that are paused do not count. */
  concurrent: number;
  clock: Clock;
  random: () => number;
  /** Ends all waiting; visits under way get it by other ways. */
  signal: AbortSignal;
  /** Back-off after failures, in milliseconds. */
  minRetryDelay: number;
  maxRetryDelay: number;
  /** Intervals vary by this share, 0 to 99. */
  jitterPercentage: number;
  /** Must not throw; what it throws counts as a failure. */
  visit(turn: Turn): Promise<Again>;
  /** Hears what happens, for metrics. */
  watch?: QueueWatch;
};

export type QueueWatch = {
  added?(): void;
  started?(waitedMs: number): void;
  ended?(tookMs: number): void;
  retried?(): void;
};

type Active = { startedAt: number; news: AbortController; dirty?: { because: Because; origin?: string } };

// What makes the visit under way out of date, so that a wait in it is not worth finishing.
const interrupting: readonly Because[] = ["request", "change", "input"];
// A controller that always asks to be called at once must not spin; what is interrupted by news is visited at once anyway.
const shortestAfter = 100;
// What gives an object that failed a new chance, and with it short delays.
const hopeful = interrupting;

/** An empty queue that has not started. */
export function createQueue(options: QueueOptions): Queue {
  const { clock, random, signal, watch = {} } = options;
  const line = createLine();
  const active = new Map<KeyText, Active>();
  const failures = new Map<KeyText, number>();
  let open = false;
  let idle: (() => void) | undefined;

  const slots = createSlots(options.concurrent, () => pump(), signal);
  const delays = createDelays(clock, (key) => add(key, failures.has(key) ? "retry" : "interval"), signal);

  const add = (key: KeyText, because: Because, origin?: string) => {
    if (signal.aborted) return;
    const visiting = active.get(key);
    if (!visiting) {
      delays.delete(key);
      if (line.add(key, because, origin, clock.now())) watch.added?.();
    } else {
      if (!visiting.dirty || isMoreUrgent(because, visiting.dirty.because))
        visiting.dirty = { because, origin };
      if (interrupting.includes(because)) visiting.news.abort(origin ?? because);
    }
    pump();
  };

  const pump = () => {
    while (open && !signal.aborted && slots.take()) {
      const next = line.next();
      if (!next) return void slots.giveBack();
      void work(next);
    }
  };

  const work = async ({ key, because, origin, since }: Place) => {
    const startedAt = clock.now();
    const news = new AbortController();
    const visiting: Active = { startedAt, news };
    active.set(key, visiting);
    watch.started?.(startedAt - since);
    if (hopeful.includes(because)) failures.delete(key);
    const turn: Turn = { key, because, origin, interrupt: news.signal, pause: slots.pause };
    const again = await options.visit(turn).catch((): Again => ({ kind: "backoff" }));
    active.delete(key);
    watch.ended?.(clock.now() - startedAt);
    settle(key, again, visiting.dirty);
    if (active.size === 0) idle?.();
    slots.give();
  };

  const settle = (key: KeyText, again: Again, dirty: Active["dirty"]) => {
    if (signal.aborted) return;
    const ms = delayOf(again, failures.get(key) ?? 0, options, random);
    if (again.kind === "backoff") {
      failures.set(key, (failures.get(key) ?? 0) + 1);
      watch.retried?.();
    } else failures.delete(key);
    if (dirty) add(key, dirty.because, dirty.origin);
    else if (ms !== undefined) delays.set(key, clock.now() + ms);
  };

  return {
    add,
    forget(key) {
      line.delete(key);
      delays.delete(key);
      failures.delete(key);
    },
    start() {
      open = true;
      pump();
    },
    async stop() {
      open = false;
      if (active.size > 0) await new Promise<void>((resolve) => (idle = resolve));
    },
    stats() {
      const running = [...active.values()].map(({ startedAt }) => clock.now() - startedAt);
      return {
        waiting: line.size(),
        delayed: delays.size(),
        active: active.size - slots.paused(),
        paused: slots.paused(),
        unfinishedMs: running.reduce((sum, ms) => sum + ms, 0),
        longestMs: running.reduce((most, ms) => Math.max(most, ms), 0),
      };
    },
  };
}

/**
 * How long until the next visit, in milliseconds; undefined: only when something changes.
 * @param failures how often it has failed in a row before
 */
export function delayOf(
  again: Again,
  failures: number,
  {
    minRetryDelay,
    maxRetryDelay,
    jitterPercentage,
  }: Pick<QueueOptions, "minRetryDelay" | "maxRetryDelay" | "jitterPercentage">,
  random: () => number,
): number | undefined {
  switch (again.kind) {
    case "interval":
      // Both ways, as Flux's pkg/runtime/jitter: the mean stays what the user asked for.
      return again.ms * (1 + (jitterPercentage / 100) * (2 * random() - 1));
    case "after":
      return Math.max(again.ms, shortestAfter);
    case "backoff": {
      const most = Math.max(minRetryDelay, Math.min(maxRetryDelay, again.capMs ?? maxRetryDelay));
      const full = Math.min(most, minRetryDelay * 2 ** Math.min(failures, 40));
      // Never shorter than asked for, up to a tenth longer: objects that failed together do not return together.
      return full * (1 + random() / 10);
    }
    case "never":
      return undefined;
  }
}
