import { setTimeout as delay } from "node:timers/promises";

/** Time as an argument. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment, whatever is done to the machine's date: for durations that others rely on. */
  elapsed(): number;
  /** Rejects with the signal's reason when that comes first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export const systemClock: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
};

/** Sleeps for `ms` or until `signal`, whichever comes first; the caller looks at the signal. */
export async function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (thrown) {
    if (!signal?.aborted) throw thrown;
  }
}
