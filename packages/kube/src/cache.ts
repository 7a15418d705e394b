import type { KubeObject } from "@sluice/api";
import { type Clock, systemClock } from "./clock.ts";
import { reflect, type Sink, type WatchLog } from "./reflector.ts";
import type { ApiError, Cache, CacheOptions, Change, Client, KeyText, Kind } from "./types.ts";

export type CacheTools = {
  clock?: Clock;
  random?: () => number;
  log?: WatchLog & { error(message: string, facts?: Record<string, unknown>): void };
};

export type WatchedCache<T extends KubeObject = KubeObject> = Cache<T> & {
  /** Watches until `signal`; never throws. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  /** The last failure to list or watch, until the server tells something again. */
  readonly problem?: ApiError;
};

/** The key of an object in caches and queues. */
export function keyOf({ metadata }: { metadata: { namespace?: string; name: string } }): KeyText {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}

/**
 * A watched copy of the objects of `kind` that `options` select. Memory: one object a key, as `keep` leaves it (by
 * default without managedFields), plus a set entry for each index value; a list is reduced page by page as it comes.
 * Listeners are called in the order of changes, after the cache holds the change, for changes since they subscribed.
 */
export function watchCache<T extends KubeObject>(
  client: Pick<Client, "list" | "watch">,
  kind: Kind,
  { indexes = {}, keep = withoutManagedFields, ...query }: CacheOptions<T> = {},
  { clock = systemClock, random = Math.random, log }: CacheTools = {},
): WatchedCache<T> {
  const objects = new Map<KeyText, T>();
  const guarded = (name: string, valuesOf: (object: T) => string[]) => (object: T) => {
    try {
      return valuesOf(object);
    } catch (thrown) {
      log?.error("an index of a watch failed", { kind: kind.kind, index: name, error: String(thrown) });
      return [];
    }
  };
  const lookups = new Map(
    Object.entries({ ...indexes, [byNamespace]: namespaceOf }).map(([name, valuesOf]) => [
      name,
      createIndex(guarded(name, valuesOf)),
    ]),
  );
  const listeners = new Set<(change: Change<T>) => void>();
  let waiting: (() => void)[] = [];
  let synced = false;
  let problem: ApiError | undefined;

  const tell = (change: Change<T>) => {
    for (const listener of [...listeners]) {
      try {
        listener(change);
      } catch (thrown) {
        log?.error("a listener of a watch failed", { kind: kind.kind, error: String(thrown) });
      }
    }
  };
  const set = (key: KeyText, before: T | undefined, after: T | undefined) => {
    if (after) objects.set(key, after);
    else objects.delete(key);
    for (const lookup of lookups.values()) lookup.move(key, before, after);
    tell(changeOf(before, after));
  };
  const put = (after: T, isTruth: boolean) => {
    const key = keyOf(after);
    const before = objects.get(key);
    if (!before) return set(key, undefined, after);
    if (before.metadata.uid === after.metadata.uid) {
      const same = before.metadata.resourceVersion === after.metadata.resourceVersion;
      if (!same && (isTruth || !isOlder(after, before))) set(key, before, after);
      return;
    }
    // Another object under the same name: whoever follows the first must hear that it is gone.
    set(key, before, undefined);
    set(key, undefined, after);
  };
  const sink: Sink<T> = {
    replace(items) {
      const present = new Set(items.map(keyOf));
      for (const [key, before] of [...objects]) if (!present.has(key)) set(key, before, undefined);
      for (const item of items) put(item, true);
      synced = true;
      problem = undefined;
      const ready = waiting;
      waiting = [];
      for (const resolve of ready) resolve();
    },
    put(object) {
      problem = undefined;
      put(object, false);
    },
    remove(object) {
      problem = undefined;
      const key = keyOf(object);
      const before = objects.get(key);
      if (before) set(key, before, undefined);
    },
  };
  const pick = (keys: Iterable<KeyText>) => [...keys].map((key) => objects.get(key)!);

  return {
    kind,
    get synced() {
      return synced;
    },
    get problem() {
      return problem;
    },
    whenSynced: async (signal) => {
      if (synced) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const give = () => reject(signal!.reason);
      if (signal?.aborted) give();
      signal?.addEventListener("abort", give, { once: true });
      waiting.push(resolve);
      await promise.finally(() => signal?.removeEventListener("abort", give));
    },
    get: (key) => objects.get(key),
    list: (namespace) =>
      namespace === undefined ? [...objects.values()] : pick(lookups.get(byNamespace)!.keysOf(namespace)),
    indexed(name, value) {
      const lookup = lookups.get(name);
      if (!lookup) throw new Error(`the cache of ${kind.kind} has no index "${name}"`);
      return pick(lookup.keysOf(value));
    },
    subscribe(listener) {
      // A wrapper each, so that a listener given twice is called twice and leaves once.
      const own = (change: Change<T>) => listener(change);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    run: (signal) => {
      const onProblem = (seen: ApiError) => {
        problem = seen;
      };
      return reflect<T>({ client, kind, query, sink, keep, clock, random, log, onProblem }, signal);
    },
  };
}

// A name that no caller's index can have.
const byNamespace = "\0namespace";
const namespaceOf = ({ metadata }: KubeObject) => [metadata.namespace ?? ""];

function withoutManagedFields<T extends KubeObject>(object: T): T {
  // The object has just been parsed and nobody else holds it.
  delete object.metadata.managedFields;
  return object;
}

function changeOf<T extends KubeObject>(before: T | undefined, after: T | undefined): Change<T> {
  if (!before) return { type: "added", after: after! };
  return after ? { type: "changed", before, after } : { type: "removed", before };
}

/** Resource versions are decimal numbers and comparable within a resource (KEP-5504). */
function isOlder(one: KubeObject, other: KubeObject): boolean {
  const [a = "", b = ""] = [one.metadata.resourceVersion, other.metadata.resourceVersion];
  return a.length === b.length ? a < b : a.length < b.length;
}

type Index<T> = {
  move(key: KeyText, before: T | undefined, after: T | undefined): void;
  keysOf(value: string): Iterable<KeyText>;
};

function createIndex<T>(valuesOf: (object: T) => string[]): Index<T> {
  const held = new Map<string, Set<KeyText>>();
  return {
    move(key, before, after) {
      for (const value of before ? valuesOf(before) : []) {
        const keys = held.get(value);
        keys?.delete(key);
        if (keys?.size === 0) held.delete(value);
      }
      for (const value of after ? valuesOf(after) : []) {
        const keys = held.get(value);
        if (keys) keys.add(key);
        else held.set(value, new Set([key]));
      }
    },
    keysOf: (value) => held.get(value) ?? [],
  };
}
