import { hasWebhooks } from "../admission/index.ts";
import { send } from "../admission/send.ts";
import { type Replies, type Reply, Unanswered } from "../admission/webhooks.ts";
import { apiError } from "../errors.ts";
import type { World } from "../world.ts";
import type { Exchange } from "./exchange.ts";

/** How long webhooks may keep a request waiting, all together. */
const PATIENCE_MS = 60_000;

/**
 * Does a write. `work` runs to its end or throws, and changes nothing before it has asked everybody; where webhooks have to be asked it is tried
 * again with their answers, against what is stored by then. It must begin from the request itself each time.
 */
export async function withWebhooks<T>(
  { world, signal }: Exchange,
  work: (world: World, replies: Replies) => T,
): Promise<T> {
  const replies = new Map<string, Reply>();
  if (!hasWebhooks(world)) return work(world, replies);
  const attempt = repeatable(world);
  const deadline = performance.now() + PATIENCE_MS;
  for (;;)
    try {
      return work(attempt(), replies);
    } catch (thrown) {
      if (!(thrown instanceof Unanswered)) throw thrown;
      if (performance.now() > deadline)
        throw apiError(504, "Timeout", "Timeout: request did not complete within requested timeout");
      await Promise.all(
        thrown.calls.map(async (call) => replies.set(call.key, await send(world, call, signal))),
      );
    }
}

/** Worlds in which each attempt finds the same time and the same chance: names and uids that were shown to webhooks stay. */
function repeatable(world: World): () => World {
  const drawn: number[] = [];
  const now = world.now();
  return () => {
    let next = 0;
    return { ...world, now: () => now, random: () => (drawn[next++] ??= world.random()) };
  };
}
