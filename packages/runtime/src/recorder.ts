import { builtin, type KubeObject } from "@sluice/api";
import { type Client, isApiError } from "@sluice/kube";
import { createLru } from "./lru.ts";
import type { Log } from "./types.ts";

/** Writes Kubernetes Events, one after the other; the same event again raises the count of the first. */
export type Recorder = {
  record(event: KubeObject): void;
  /** Resolves when nothing is left to write. */
  idle(): Promise<void>;
};

export type RecorderOptions = { client: Pick<Client, "create" | "patch">; now: () => number; log: Log };

// client-go tools/record, events_cache.go: how many events are remembered, and how chatty one object may be.
const remembered = 4096;
const burst = 25;
const refillMs = 5 * 60_000;
const mostWaiting = 5000;

type Known = { name: string; namespace: string; count: number };
type Bucket = { tokens: number; at: number };

/** Starts empty: what an earlier process has written is not looked up. */
export function createRecorder({ client, now, log }: RecorderOptions): Recorder {
  const known = createLru<Known>(remembered);
  const buckets = createLru<Bucket>(remembered);
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  const allows = ({ involvedObject }: KubeObject) => {
    const { uid, name, namespace } = involvedObject as { uid?: string; name?: string; namespace?: string };
    const key = `${uid}/${namespace}/${name}`;
    const old = buckets.get(key) ?? { tokens: burst, at: now() };
    const tokens = Math.min(burst, old.tokens + (now() - old.at) / refillMs);
    buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now() });
    return tokens >= 1;
  };
  const write = async (event: KubeObject) => {
    const key = identityOf(event);
    const seen = known.get(key);
    if (seen) {
      const count = seen.count + 1;
      const body = { count, message: event.message, lastTimestamp: event.lastTimestamp };
      known.set(key, { ...seen, count });
      try {
        await client.patch(builtin.events, seen, { type: "strategic", body });
        return;
      } catch (thrown) {
        if (!isApiError(thrown, 404)) throw thrown; // events live an hour; this one is gone
      }
    }
    const { name, namespace } = event.metadata;
    await client.create(builtin.events, event);
    known.set(key, { name, namespace: namespace!, count: 1 });
  };
  return {
    record(event) {
      if (waiting >= mostWaiting || !allows(event)) return;
      waiting++;
      last = last
        .then(() => write(event))
        // The namespace is on its way out, or the server does not want it: an event is not worth more.
        .catch((error) =>
          log.debug("could not write a Kubernetes event", { error, event: event.metadata.name }),
        )
        .finally(() => void waiting--);
    },
    idle: () => last,
  };
}

/** What makes two events the same. */
function identityOf({
  involvedObject,
  type,
  reason,
  message,
  metadata,
  reportingComponent,
}: KubeObject): string {
  const { kind, namespace, name, uid } = involvedObject as Record<string, string>;
  return JSON.stringify([
    kind,
    namespace,
    name,
    uid,
    type,
    reason,
    message,
    metadata.annotations,
    reportingComponent,
  ]);
}
