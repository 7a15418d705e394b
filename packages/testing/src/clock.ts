/** A clock that stands still until it is told to move. */
export type ScriptedClock = {
  /** Milliseconds since the epoch. A function of its own: pass it wherever `now` is asked for. */
  now: () => number;
  /** The same: nobody sets this clock. */
  elapsed: () => number;
  /** Resolves when the clock has moved `milliseconds` on; rejects with the signal's reason when that comes first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Moves on and wakes, in order, every sleeper whose time has come, giving each a turn before the next. */
  advance(milliseconds: number): Promise<void>;
  /** How many sleepers wait. */
  sleepers(): number;
};

/** Starts a scripted clock, by default at 2026-01-01T00:00:00Z. */
export function scriptedClock(start: number = Date.UTC(2026, 0, 1)): ScriptedClock {
  let time = start;
  let sleepers: { at: number; wake: () => void }[] = [];
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    now: () => time,
    elapsed: () => time,
    sleepers: () => sleepers.length,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const leave = () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener("abort", leave);
          resolve();
        };
        const sleeper = { at: time + milliseconds, wake };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", leave, { once: true });
      }),
    async advance(milliseconds) {
      const until = time + milliseconds;
      for (;;) {
        const next = sleepers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        sleepers = sleepers.filter((other) => other !== next);
        time = Math.max(time, next.at);
        next.wake();
        await turn();
      }
      time = until;
      await turn();
    },
  };
}
