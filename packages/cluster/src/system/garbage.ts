import type { KubeObject, OwnerReference } from "@sluice/api";
import { storedResources } from "../catalogue.ts";
import { isApiError } from "../errors.ts";
import { deleteObject, removeIfReleased } from "../registry/delete.ts";
import { put, subscribe, tableOf } from "../storage/storage.ts";
import { type Change, type Entry, entriesOf, entryIn, type Table } from "../storage/table.ts";
import type { World } from "../world.ts";
import type { Tasks } from "./tasks.ts";

type Place = { table: string; namespace: string; name: string };

/**
 * The garbage collector: deletes objects whose owners are all gone, and carries out the Foreground and Orphan policies. It keeps two indexes, of what lives
 * and of who is owned by whom, and wakes only when one of them changes.
 */
export function startGarbageCollector(world: World, tasks: Tasks): { stop(): void } {
  const living = new Map<string, Place>();
  const dependents = new Map<string, Map<string, Place>>();

  const index = (entry: Entry, table: string) => {
    const place = { table, namespace: entry.namespace, name: entry.name };
    living.set(entry.uid, place);
    for (const { uid } of ownersOf(entry.object)) {
      const owned = dependents.get(uid) ?? new Map<string, Place>();
      dependents.set(uid, owned.set(entry.uid, place));
    }
  };
  const unindex = (entry: Entry) => {
    for (const { uid } of ownersOf(entry.object)) {
      const owned = dependents.get(uid);
      owned?.delete(entry.uid);
      if (owned?.size === 0) dependents.delete(uid);
    }
  };

  const entryAt = ({ table, namespace, name }: Place) =>
    entryIn(tableOf(world.storage, table), namespace, name);
  const isLive = (owner: OwnerReference, namespace: string) => {
    const place = living.get(owner.uid);
    return place !== undefined && (place.namespace === "" || place.namespace === namespace);
  };

  /** Deletes the object when no owner lives; drops references to dead owners when some do. */
  const collect = (place: Place, uid: string) => {
    const entry = entryAt(place);
    if (!entry || entry.uid !== uid || entry.object.metadata.deletionTimestamp) return;
    const owners = ownersOf(entry.object);
    const left = owners.filter((owner) => isLive(owner, entry.namespace));
    if (owners.length === 0 || left.length === owners.length) return;
    if (left.length > 0) rewrite(world, place.table, entry, { ownerReferences: left });
    else deleteEntry(world, place.table, entry, "Background");
  };

  const dependentsOf = (uid: string) => [...(dependents.get(uid) ?? [])];

  /** An object that is marked for deletion with a finalizer of the collector's own. */
  const finish = (place: Place, uid: string) => {
    const entry = entryAt(place);
    if (!entry || entry.uid !== uid) return;
    const finalizers = entry.object.metadata.finalizers ?? [];
    if (finalizers.includes("orphan")) {
      for (const [, dependent] of dependentsOf(uid)) disown(world, dependent, uid);
      rewrite(world, place.table, entry, { finalizers: finalizers.filter((each) => each !== "orphan") });
    } else if (finalizers.includes("foregroundDeletion")) {
      let blocked = false;
      for (const [dependentUid, dependent] of dependentsOf(uid)) {
        const held = entryAt(dependent);
        if (held?.uid !== dependentUid) continue;
        const blocking = ownersOf(held.object).some((owner) => owner.uid === uid && owner.blockOwnerDeletion);
        blocked ||= blocking;
        if (!held.object.metadata.deletionTimestamp)
          deleteEntry(world, dependent.table, held, blocking ? "Foreground" : "Background");
      }
      const current = entryAt(place);
      if (blocked || !current) {
        if (current && [...(dependents.get(uid)?.keys() ?? [])].length === 0)
          tasks.add(`finish ${uid}`, () => finish(place, uid));
        return;
      }
      rewrite(world, place.table, current, {
        finalizers: finalizers.filter((each) => each !== "foregroundDeletion"),
      });
    }
  };

  const hear = ({ type, entry, previous }: Change, table: Table) => {
    if (previous) unindex(previous);
    const place = { table: table.key, namespace: entry.namespace, name: entry.name };
    if (type === "DELETED") {
      living.delete(entry.uid);
      for (const [uid, dependent] of dependentsOf(entry.uid))
        tasks.add(`collect ${uid}`, () => collect(dependent, uid));
      // an owner that waits for its dependents may be free now
      for (const { uid } of ownersOf(entry.object)) wake(uid);
      return;
    }
    index(entry, table.key);
    const { deletionTimestamp, finalizers, ownerReferences } = entry.object.metadata;
    if (deletionTimestamp && finalizers?.some((each) => each === "orphan" || each === "foregroundDeletion"))
      tasks.add(`finish ${entry.uid}`, () => finish(place, entry.uid));
    else if (ownerReferences?.some((owner) => !isLive(owner, entry.namespace)))
      tasks.add(`collect ${entry.uid}`, () => collect(place, entry.uid));
  };
  const wake = (uid: string) => {
    const place = living.get(uid);
    if (place && entryAt(place)?.object.metadata.deletionTimestamp)
      tasks.add(`finish ${uid}`, () => finish(place, uid));
  };

  for (const table of world.storage.tables.values())
    for (const entry of entriesOf(table)) index(entry, table.key);
  return { stop: subscribe(world.storage, undefined, hear) };
}

function ownersOf(object: KubeObject): OwnerReference[] {
  return object.metadata.ownerReferences ?? [];
}

/** Writes metadata fields of a stored object; takes it out when that releases it. */
export function rewrite(
  world: World,
  key: string,
  entry: Entry,
  fields: Partial<KubeObject["metadata"]>,
): void {
  const metadata = { ...entry.object.metadata, ...fields };
  for (const [field, value] of Object.entries(fields))
    if (Array.isArray(value) && value.length === 0) delete metadata[field];
  const next = { ...entry.object, metadata };
  const table = tableOf(world.storage, key);
  if (!removeIfReleased(world, table, entry, next)) put(world.storage, table, next);
}

function disown(world: World, { table, namespace, name }: Place, owner: string): void {
  const entry = entryIn(tableOf(world.storage, table), namespace, name);
  if (!entry) return;
  rewrite(world, table, entry, {
    ownerReferences: ownersOf(entry.object).filter(({ uid }) => uid !== owner),
  });
}

/** Deletes what the collector holds in hand; an object that is gone already is as good. */
export function deleteEntry(
  world: World,
  key: string,
  entry: Entry,
  propagationPolicy: "Background" | "Foreground",
): void {
  const resource = storedResources(world.catalogue).find(({ table }) => table === key);
  if (!resource) return;
  const options = { propagationPolicy, preconditions: { uid: entry.uid } };
  try {
    deleteObject(world, resource, entry.namespace, entry.name, options);
  } catch (thrown) {
    if (!isApiError(thrown) || ![404, 409].includes(thrown.status.code)) throw thrown;
  }
}
