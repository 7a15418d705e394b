import type { Clock, KeyText } from "@sluice/kube";

/** Wakes keys at their time. One sleep, whatever the number of keys. */
export type Delays = {
  /** Wakes `key` at `at` (milliseconds since the epoch), instead of at the time it had before. */
  set(key: KeyText, at: number): void;
  delete(key: KeyText): void;
  /** When `key` is due; undefined when it is not waiting. */
  dueAt(key: KeyText): number | undefined;
  size(): number;
};

type Entry = { key: KeyText; at: number };

// setTimeout fires at once beyond 2^31 - 1 ms (24.8 days); longer intervals are slept in pieces.
const longestSleep = 2 ** 31 - 1;

/** Starts with no keys. `wake` is called once for a key, in the order of their times; nothing is called after `signal`. */
export function createDelays(clock: Clock, wake: (key: KeyText) => void, signal: AbortSignal): Delays {
  const heap: Entry[] = [];
  const current = new Map<KeyText, Entry>();
  let sleeping: { until: number; stop: AbortController } | undefined;

  const wakeDue = () => {
    for (
      let first = heap[0];
      first && (first.at <= clock.now() || current.get(first.key) !== first);
      first = heap[0]
    ) {
      pop(heap);
      if (current.get(first.key) !== first) continue; // was set again or deleted
      current.delete(first.key);
      wake(first.key);
    }
  };
  const sleep = () => {
    const first = heap[0];
    if (!first || signal.aborted) return;
    if (sleeping && sleeping.until <= first.at) return;
    sleeping?.stop.abort();
    const stop = new AbortController();
    const own = { until: first.at, stop };
    sleeping = own;
    const ms = Math.min(Math.max(0, first.at - clock.now()), longestSleep);
    const end = () => {
      if (sleeping !== own) return;
      sleeping = undefined;
      if (signal.aborted) return;
      wakeDue();
      sleep();
    };
    void clock.sleep(ms, stop.signal).then(end, end);
  };
  signal.addEventListener("abort", () => sleeping?.stop.abort(), { once: true });
  return {
    set(key, at) {
      const entry = { key, at };
      current.set(key, entry);
      push(heap, entry);
      if (heap.length > 64 && heap.length > 4 * current.size) rebuild(heap, [...current.values()]);
      sleep();
    },
    delete: (key) => void current.delete(key),
    dueAt: (key) => current.get(key)?.at,
    size: () => current.size,
  };
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]!.at <= entry.at) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
    if (heap[child]!.at >= last.at) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}

/** Drops entries that were set again or deleted. A sorted list is a heap. */
function rebuild(heap: Entry[], entries: Entry[]): void {
  heap.length = 0;
  for (const entry of entries.sort((one, other) => one.at - other.at)) heap.push(entry);
}
