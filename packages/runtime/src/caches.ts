import type { KubeObject } from "@sluice/api";
import {
  type Cache,
  type CacheOptions,
  type Change,
  type Client,
  type Clock,
  type Kind,
  type WatchedCache,
  watchCache,
} from "@sluice/kube";
import type { Log } from "./types.ts";

/** The watched caches of a process: one for each kind, query and reduction, whoever asks for it. */
export type Caches = {
  /** The cache of `kind`. Before `start`, everyone who asks may add indexes; after it, it begins to fill at once. */
  of<T extends KubeObject>(kind: Kind, options?: CacheOptions<T>): Cache<T>;
  /** Begins to list and watch. */
  start(): void;
  /** Whether all caches asked for before `start` have been filled. */
  synced(): boolean;
  /** Resolves when they have. @throws the signal's reason */
  whenSynced(): Promise<void>;
};

export type CachesOptions = {
  client: Client;
  clock: Clock;
  random: () => number;
  log: Log;
  signal: AbortSignal;
};

type Held = Cache & { begin(): void; join(indexes: CacheOptions["indexes"]): void };

export function createCaches(options: CachesOptions): Caches {
  const held = new Map<string, Held>();
  const reductions = new Map<unknown, number>();
  let first: Held[] | undefined;
  const identify = ({ group, version, kind }: Kind, { indexes: _, keep, ...query }: CacheOptions<any>) => {
    if (!reductions.has(keep)) reductions.set(keep, reductions.size);
    const { namespace, labelSelector, fieldSelector, metadataOnly } = query;
    const asked = [group, version, kind, namespace, labelSelector, fieldSelector, metadataOnly ?? false];
    return JSON.stringify([...asked, reductions.get(keep)]);
  };
  return {
    of<T extends KubeObject>(kind: Kind, cacheOptions: CacheOptions<T> = {}) {
      const id = identify(kind, cacheOptions);
      const known = held.get(id);
      if (known) {
        known.join(cacheOptions.indexes as CacheOptions["indexes"]);
        return known as unknown as Cache<T>;
      }
      const fresh = holdCache(kind, cacheOptions as CacheOptions, options);
      held.set(id, fresh);
      if (first) fresh.begin();
      return fresh as unknown as Cache<T>;
    },
    start() {
      first = [...held.values()];
      for (const cache of first) cache.begin();
    },
    synced: () => first?.every(({ synced }) => synced) ?? false,
    async whenSynced() {
      await Promise.all((first ?? []).map((cache) => cache.whenSynced(options.signal)));
    },
  };
}

/** A cache that begins to watch when it is told to, and collects indexes until then. */
function holdCache(kind: Kind, { indexes = {}, ...query }: CacheOptions, options: CachesOptions): Held {
  const { client, clock, random, log, signal } = options;
  const wanted = { ...indexes };
  const listeners = new Set<(change: Change) => void>();
  const begun = Promise.withResolvers<void>();
  let real: WatchedCache | undefined;
  return {
    kind,
    begin() {
      real = watchCache(client, kind, { ...query, indexes: wanted }, { clock, random, log });
      for (const listener of listeners)
        real.subscribe((change) => listeners.has(listener) && listener(change));
      void real.run(signal);
      begun.resolve();
    },
    join(more = {}) {
      const missing = Object.keys(more).filter((name) => !Object.hasOwn(wanted, name));
      if (real && missing.length > 0)
        throw new Error(
          `the cache of ${kind.kind} has begun without index ${missing.join(", ")}: ask for it earlier`,
        );
      Object.assign(wanted, more);
    },
    get synced() {
      return real?.synced ?? false;
    },
    async whenSynced(until) {
      await begun.promise;
      await real!.whenSynced(until);
    },
    get: (key) => real?.get(key),
    list: (namespace) => real?.list(namespace) ?? [],
    indexed: (name, value) => real?.indexed(name, value) ?? [],
    subscribe(listener) {
      if (real) return real.subscribe(listener);
      const own = (change: Change) => listener(change);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
