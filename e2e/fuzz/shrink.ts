/** Makes a failing case smaller, for as long as it fails. */

/**
 * Removes parts of a list, large runs first, then pairs (a block and its end), for as long as `fails` says so.
 * @param fails asked one candidate after the other
 * @returns the shortest list that was found
 */
export async function shorter<T>(list: readonly T[], fails: (list: T[]) => Promise<boolean>): Promise<T[]> {
  let best = [...list];
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at + size <= best.length; ) {
      const candidate = [...best.slice(0, at), ...best.slice(at + size)];
      if (await fails(candidate)) best = candidate;
      else at++;
    }
  }
  return best.length > MAX_PAIRS ? best : withoutPairs(best, fails);
}

const MAX_PAIRS = 80;

async function withoutPairs<T>(list: T[], fails: (list: T[]) => Promise<boolean>): Promise<T[]> {
  let best = list;
  for (let i = 0; i < best.length; i++) {
    for (let j = i + 1; j < best.length; j++) {
      const candidate = best.filter((_, at) => at !== i && at !== j);
      if (!(await fails(candidate))) continue;
      best = candidate;
      j = i;
    }
  }
  return best;
}
