import type { KubeObject } from "@sluice/api";
import { type Cache, type KeyText, keyOf } from "@sluice/kube";

/**
 * The newest that is known of each object: the cache, or what our own last write returned while the watch has not brought
 * it yet. So a visit never works on an object that is older than its own writes, and never has to wait for the watch.
 */
export type Latest<T extends KubeObject = KubeObject> = {
  get(key: KeyText): T | undefined;
  /** Remembers what a write returned. */
  wrote(object: T): void;
};

export function createLatest<T extends KubeObject>(cache: Pick<Cache<T>, "get" | "subscribe">): Latest<T> {
  // At most one for each write that the watch has not seen: entries go as it catches up.
  const ahead = new Map<KeyText, T>();
  cache.subscribe(({ before, after }) => {
    const key = keyOf((after ?? before)!);
    const own = ahead.get(key);
    if (own && !(after && isNewer(own, after))) ahead.delete(key);
  });
  return {
    get(key) {
      const cached = cache.get(key);
      // Gone from the cache is gone: it had the object before we could write to it.
      if (!cached) return undefined;
      const own = ahead.get(key);
      return own && isNewer(own, cached) ? own : cached;
    },
    wrote(object) {
      const key = keyOf(object);
      const cached = cache.get(key);
      if (cached && isNewer(object, cached)) ahead.set(key, object);
    },
  };
}

/** Resource versions are decimal numbers and comparable within a resource (KEP-5504); another uid is another object. */
function isNewer(one: KubeObject, other: KubeObject): boolean {
  if (one.metadata.uid !== other.metadata.uid) return false;
  const [a = "", b = ""] = [one.metadata.resourceVersion, other.metadata.resourceVersion];
  return a.length === b.length ? a > b : a.length > b.length;
}
