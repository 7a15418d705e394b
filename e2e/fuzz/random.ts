/** Chance that is the same for the same seed, for all fuzzers. */

export type Random = {
  /** An integer below n. */
  below(n: number): number;
  chance(percent: number): boolean;
  pick<T>(list: readonly T[]): T;
};

/** Numbers that are the same for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { below, chance: (percent) => below(100) < percent, pick: (list) => list[below(list.length)]! };
}
