/** Runs the work of one key in the order in which it was asked for; different keys do not wait for one another. */
export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Nobody has a turn yet. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
