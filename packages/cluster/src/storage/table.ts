import type { KubeObject } from "@sluice/api";

/** One version of one object. Never edited: a write makes a new entry. */
export type Entry = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly revision: number;
  readonly object: KubeObject;
  /** the object as JSON, made at the first reading and shared by every answer that carries this version */
  bytes?: Buffer;
};

/** One write. For DELETED, `entry` is the last state under the revision of its deletion. */
export type Change = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  readonly entry: Entry;
  readonly previous?: Entry;
};

type Bucket = { entries: Map<string, Entry>; names: string[] };

/**
 * The objects of one resource, and its recent history. Objects lie in one bucket per namespace ("" for cluster-scoped ones), each with its names in
 * order, so a list never sorts.
 */
export type Table = {
  readonly key: string;
  readonly buckets: Map<string, Bucket>;
  /** the namespaces in the order of etcd's keys: by `name + "/"` */
  readonly namespaces: string[];
  size: number;
  /** changes in order of revision, bounded by HISTORY */
  history: Change[];
  /** every change after this revision is in `history` */
  since: number;
};

/** How many changes a table remembers: what a watch can resume over, and what a paged list can look back on. */
export const HISTORY = 8192;

export function newTable(key: string, since: number): Table {
  return { key, buckets: new Map(), namespaces: [], size: 0, history: [], since };
}

export function entryIn(table: Table, namespace: string, name: string): Entry | undefined {
  return table.buckets.get(namespace)?.entries.get(name);
}

/** The JSON of the entry's object. */
export function bytesOf(entry: Entry): Buffer {
  entry.bytes ??= Buffer.from(JSON.stringify(entry.object));
  return entry.bytes;
}

/** Index of the first element that is not before `wanted`. */
function position(sorted: readonly string[], wanted: string, suffix = ""): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! + suffix < wanted + suffix) low = middle + 1;
    else high = middle;
  }
  return low;
}

function bucketFor(table: Table, namespace: string): Bucket {
  const found = table.buckets.get(namespace);
  if (found) return found;
  const made: Bucket = { entries: new Map(), names: [] };
  table.buckets.set(namespace, made);
  table.namespaces.splice(position(table.namespaces, namespace, "/"), 0, namespace);
  return made;
}

/** Carries `change` out on the table and remembers it. */
export function commit(table: Table, change: Change): void {
  const { namespace, name } = change.entry;
  const bucket = bucketFor(table, namespace);
  if (change.type === "DELETED") {
    bucket.entries.delete(name);
    bucket.names.splice(position(bucket.names, name), 1);
    table.size--;
    if (bucket.names.length === 0) {
      table.buckets.delete(namespace);
      table.namespaces.splice(position(table.namespaces, namespace, "/"), 1);
    }
  } else {
    if (!bucket.entries.has(name)) {
      bucket.names.splice(position(bucket.names, name), 0, name);
      table.size++;
    }
    bucket.entries.set(name, change.entry);
  }
  table.history.push(change);
  if (table.history.length >= 2 * HISTORY) {
    table.history = table.history.slice(-HISTORY);
    table.since = table.history[0]!.revision - 1;
  }
}

/** Every entry in key order, of one namespace or of all (undefined). */
export function entriesOf(table: Table, namespace?: string): Entry[] {
  const found: Entry[] = [];
  const namespaces = namespace === undefined ? table.namespaces : [namespace];
  for (const each of namespaces) {
    const bucket = table.buckets.get(each);
    if (!bucket) continue;
    for (const name of bucket.names) found.push(bucket.entries.get(name)!);
  }
  return found;
}

/** The changes after `revision`, or undefined when the history does not reach back so far. */
export function changesAfter(table: Table, revision: number): Change[] | undefined {
  if (revision < table.since) return undefined;
  let low = 0;
  let high = table.history.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (table.history[middle]!.revision <= revision) low = middle + 1;
    else high = middle;
  }
  return table.history.slice(low);
}

/** The key of an entry in the order of etcd, which pages and continue tokens follow. */
export function keyOf(entry: Pick<Entry, "namespace" | "name">): string {
  return entry.namespace === "" ? entry.name : `${entry.namespace}/${entry.name}`;
}

/**
 * The entries as they were at `revision`, by undoing the later changes; undefined when the history does not reach back so far. This is what
 * keeps the pages of one list consistent without holding a copy of it.
 */
export function entriesAt(table: Table, revision: number, namespace?: string): Entry[] | undefined {
  const later = changesAfter(table, revision);
  if (!later) return undefined;
  const current = entriesOf(table, namespace);
  if (later.length === 0) return current;
  const then = new Map(current.map((entry) => [keyOf(entry), entry]));
  for (const change of later.reverse()) {
    if (namespace !== undefined && change.entry.namespace !== namespace) continue;
    if (change.previous) then.set(keyOf(change.entry), change.previous);
    else then.delete(keyOf(change.entry));
  }
  return [...then].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, entry]) => entry);
}
