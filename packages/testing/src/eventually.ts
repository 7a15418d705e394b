import { setTimeout as sleep } from "node:timers/promises";

/**
 * Repeats `check` until it returns something truthy, and returns that. A check that throws counts as "not yet"; when the
 * time is over its last error is thrown.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 180_000, everyMs = 20 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  let problem: unknown;
  do {
    try {
      const answer = await check();
      if (answer) return answer;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    await sleep(everyMs);
  } while (performance.now() < deadline);
  throw problem ?? new Error(`not within ${timeoutMs} ms: ${check}`);
}
