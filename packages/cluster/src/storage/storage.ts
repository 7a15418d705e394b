import type { KubeObject } from "@sluice/api";
import { type Change, commit, type Entry, entryIn, newTable, type Table } from "./table.ts";

/** Hears every change of the tables that it subscribed to. */
export type Listener = (change: Change, table: Table) => void;

/** All tables under one counter of revisions, and those who listen. */
export type Storage = {
  revision: number;
  /** tables that are new know nothing of what was before this revision */
  floor: number;
  readonly tables: Map<string, Table>;
  readonly listeners: Map<string, Set<Listener>>;
  readonly everywhere: Set<Listener>;
  readonly queue: { change: Change; table: Table }[];
  delivering: boolean;
  readonly log: (line: string) => void;
};

export function newStorage(log: (line: string) => void): Storage {
  return {
    revision: 1,
    floor: 0,
    tables: new Map(),
    listeners: new Map(),
    everywhere: new Set(),
    queue: [],
    delivering: false,
    log,
  };
}

/** The table under `key`, made empty when it is new: no change before now can be asked of it, for there was none. */
export function tableOf(storage: Storage, key: string): Table {
  const found = storage.tables.get(key);
  if (found) return found;
  const made = newTable(key, storage.floor);
  storage.tables.set(key, made);
  return made;
}

/** Writes `object` under the next revision and tells the listeners. The object must be nobody else's: it is frozen here. */
export function put(storage: Storage, table: Table, object: KubeObject): Entry {
  const previous = entryIn(table, object.metadata.namespace ?? "", object.metadata.name);
  return record(storage, table, object, previous ? "MODIFIED" : "ADDED", previous);
}

/** Puts objects into a table as they were stored once, under their own revisions and without telling anybody. */
export function restoreObjects(storage: Storage, key: string, objects: readonly KubeObject[]): void {
  const table = tableOf(storage, key);
  for (const object of objects) {
    const { namespace = "", name, uid = "", resourceVersion } = object.metadata;
    const revision = Number(resourceVersion);
    storage.revision = Math.max(storage.revision, revision);
    commit(table, {
      type: "ADDED",
      revision,
      entry: { namespace, name, uid, revision, object: deepFreeze(object) },
    });
  }
  table.history = [];
}

/** Takes `previous` out. Those who listen see its last stored state, under the revision of the deletion. */
export function remove(storage: Storage, table: Table, previous: Entry): Entry {
  return record(storage, table, previous.object, "DELETED", previous);
}

function record(
  storage: Storage,
  table: Table,
  object: KubeObject,
  type: Change["type"],
  previous: Entry | undefined,
): Entry {
  const revision = ++storage.revision;
  const metadata = { ...object.metadata, resourceVersion: String(revision) };
  const entry: Entry = {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    uid: metadata.uid ?? "",
    revision,
    object: deepFreeze(withHead(object, metadata)),
  };
  const change: Change = { type, revision, entry, ...(previous ? { previous } : {}) };
  commit(table, change);
  storage.queue.push({ change, table });
  deliver(storage);
  return entry;
}

/**
 * Tells everybody of each change before the next one, also when a listener writes: changes wait in a queue, so all listeners hear
 * the same order. A listener that throws is logged and does not keep the others from hearing.
 */
function deliver(storage: Storage): void {
  if (storage.delivering) return;
  storage.delivering = true;
  try {
    for (let next = storage.queue.shift(); next; next = storage.queue.shift()) {
      const { change, table } = next;
      for (const listener of storage.everywhere) tell(storage, listener, change, table);
      for (const listener of storage.listeners.get(table.key) ?? []) tell(storage, listener, change, table);
    }
  } finally {
    storage.delivering = false;
  }
}

function tell(storage: Storage, listener: Listener, change: Change, table: Table): void {
  try {
    listener(change, table);
  } catch (thrown) {
    const { namespace, name } = change.entry;
    storage.log(
      `a listener failed at ${change.type} ${table.key} ${namespace}/${name}: ${(thrown as Error).stack}`,
    );
  }
}

/** Subscribes to one table, or to all of them (`key` undefined). Returns the function that ends it. */
export function subscribe(storage: Storage, key: string | undefined, listener: Listener): () => void {
  if (key === undefined) {
    storage.everywhere.add(listener);
    return () => storage.everywhere.delete(listener);
  }
  const set = storage.listeners.get(key) ?? new Set();
  storage.listeners.set(key, set);
  set.add(listener);
  return () => set.delete(listener);
}

/** Freezes plain data all the way down; what is frozen already is not walked again. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const each of Object.values(value)) deepFreeze(each);
  return value;
}

/** Kind and version first: on the wire that is where they stand, and an item of a list is the object's JSON without them. */
function withHead(
  { kind, apiVersion, metadata: _, ...rest }: KubeObject,
  metadata: KubeObject["metadata"],
): KubeObject {
  return { kind, apiVersion, metadata, ...rest };
}
