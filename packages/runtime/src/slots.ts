/** A bounded number of workers. Who gave a slot back for a while gets one again before anyone new. */
export type Slots = {
  /** Takes a slot if one is free. */
  take(): boolean;
  give(): void;
  /** Undoes a `take` that found nothing to do: nobody is told. */
  giveBack(): void;
  /** Gives the slot back; what it returns waits until there is one again. Call it once. */
  pause(): () => Promise<void>;
  /** How many have given theirs back for a while. */
  paused(): number;
};

/**
 * @param freed called when a slot has become free for anyone
 * @param signal lets everyone who waits go on at once, slot or not: the process leaves
 */
export function createSlots(count: number, freed: () => void, signal: AbortSignal): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  let paused = 0;
  const give = () => {
    const next = waiting.shift();
    if (next) return next();
    free++;
    freed();
  };
  const resume = async () => {
    if (!signal.aborted) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    }
    paused--;
  };
  signal.addEventListener(
    "abort",
    () => {
      for (const next of waiting.splice(0)) next();
    },
    { once: true },
  );
  return {
    take: () => free > 0 && free-- > 0,
    give,
    giveBack: () => void free++,
    pause() {
      paused++;
      give();
      return resume;
    },
    paused: () => paused,
  };
}
