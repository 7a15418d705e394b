import { fail } from "./errors.ts";
import {
  currentId,
  currentKey,
  effectiveNamespace,
  type Gvk,
  idKey,
  idString,
  nameOf,
  previousIds,
  previousNamespace,
  type ResId,
  type Resource,
} from "./resource.ts";

/**
 * The resources of a build in order, with the lookups that keep a build linear. Indexes are made when first needed. They
 * may hold more than is true (an id that a resource has lost), so every hit is checked; they never hold less, because
 * whoever changes an id calls `changed`, and whoever changes many calls `changedAll`.
 */
export type ResMap = {
  list: Resource[];
  byAnyId?: Map<string, Resource[]>;
  byCurrentId?: Map<string, Resource[]>;
  byName?: Map<string, Resource[]>;
  order?: Map<Resource, number>;
  /** Whether no two resources have the same id, as far as that was checked and nothing has changed since. */
  unique?: boolean;
};

export const emptyResMap = (): ResMap => ({ list: [] });

export function changedAll(map: ResMap): void {
  map.byAnyId = undefined;
  map.byCurrentId = undefined;
  map.byName = undefined;
  map.order = undefined;
  map.unique = undefined;
}

/** Tells the indexes that a resource may have a new id. */
export function changed(map: ResMap, res: Resource): void {
  map.unique = undefined;
  addToIndexes(map, res);
}

function addToIndexes(map: ResMap, res: Resource): void {
  if (map.byAnyId) for (const key of anyKeys(res)) addTo(map.byAnyId, key, res);
  if (map.byCurrentId) addTo(map.byCurrentId, currentKey(res), res);
  if (map.byName) for (const name of namesOf(res)) addTo(map.byName, name, res);
}

function addTo(index: Map<string, Resource[]>, key: string, res: Resource): void {
  const found = index.get(key);
  if (!found) index.set(key, [res]);
  else if (found[found.length - 1] !== res) found.push(res);
}

/** Keys of the ids a resource has or had, each with the namespace that counts for it. */
function anyKeys(res: Resource): string[] {
  if (!res.node) return [];
  const keys = previousIds(res).map((id) => idKey(id, previousNamespace(id.namespace), id.name));
  keys.push(currentKey(res));
  return keys;
}

function namesOf(res: Resource): string[] {
  return [...new Set([...res.previous.map((id) => id.name), nameOf(res.node)])];
}

/** Adds a resource; its id must be new. */
export function append(map: ResMap, res: Resource): void {
  map.byCurrentId ??= indexOf(map, (each) => [currentKey(each)]);
  const key = currentKey(res);
  if (map.byCurrentId.get(key)?.some((other) => currentKey(other) === key)) failRegistered(res);
  map.order?.set(res, map.list.length);
  map.list.push(res);
  addToIndexes(map, res);
}

/** Fails when two resources have the same id. Costs nothing when no id has changed since it was asked last. */
export function checkUnique(map: ResMap): void {
  if (map.unique) return;
  const pair = duplicateId(map);
  if (pair) failRegistered(pair[1]);
  map.unique = true;
}

function failRegistered(res: Resource): never {
  return fail(
    "conflict",
    `may not add resource with an already registered id: ${idString(currentId(res))}`,
    res.source,
  );
}

export function appendAll(map: ResMap, list: readonly Resource[]): void {
  for (const res of list) append(map, res);
}

function indexOf(map: ResMap, keysOf: (res: Resource) => string[]): Map<string, Resource[]> {
  const index = new Map<string, Resource[]>();
  for (const res of map.list) for (const key of keysOf(res)) addTo(index, key, res);
  return index;
}

/** The key of an id that someone looks for. */
function wantedKey(id: ResId): string {
  return idKey(id, effectiveNamespace(id), id.name);
}

/** Resources that have or had an id, in order. */
export function findByAnyId(map: ResMap, id: ResId): Resource[] {
  map.byAnyId ??= indexOf(map, anyKeys);
  const key = wantedKey(id);
  return inOrder(
    map,
    (map.byAnyId.get(key) ?? []).filter((res) => anyKeys(res).includes(key)),
  );
}

/** Resources that have or had a name, in order. */
export function findByName(map: ResMap, name: string): Resource[] {
  map.byName ??= indexOf(map, namesOf);
  return inOrder(
    map,
    (map.byName.get(name) ?? []).filter((res) => namesOf(res).includes(name)),
  );
}

/** The one resource that has or had an id. */
export function getById(map: ResMap, id: ResId): Resource {
  const found = findByAnyId(map, id);
  if (found.length === 1) return found[0]!;
  const what = found.length > 1 ? "multiple matches for Id" : "no matches for Id";
  return fail(
    "no-match",
    `${what} ${idString(id)}; failed to find unique target for patch ${idString(id)}${similar(map, id, found)}`,
  );
}

function similar(map: ResMap, id: ResId, found: Resource[]): string {
  if (found.length > 0) return "";
  const near = findByName(map, id.name).slice(0, 3);
  if (near.length === 0) return "";
  return ` (there is ${near.map((res) => idString(currentId(res))).join(", ")})`;
}

/** Resources in the order of the list, each once. Drops those that are no longer in it. */
function inOrder(map: ResMap, list: Resource[]): Resource[] {
  map.order ??= new Map(map.list.map((res, index) => [res, index]));
  const order = map.order;
  const present =
    list.length < 2
      ? list.filter((res) => order.has(res))
      : [...new Set(list)].filter((res) => order.has(res));
  return present.length < 2 ? present : present.sort((a, b) => order.get(a)! - order.get(b)!);
}

/** Drops resources that were deleted or are empty. */
export function dropEmpties(map: ResMap): void {
  if (map.list.every((res) => !isGone(res))) return;
  map.list = map.list.filter((res) => !isGone(res));
  changedAll(map);
}

export function isGone(res: Resource): boolean {
  if (!res.node) return true;
  for (const key in res.node) if (Object.hasOwn(res.node, key)) return false;
  return true;
}

/** The first pair of resources with the same current id. */
export function duplicateId(map: ResMap): [Resource, Resource] | undefined {
  const seen = new Map<string, Resource>();
  for (const res of map.list) {
    const key = currentKey(res);
    const other = seen.get(key);
    if (other) return [other, res];
    seen.set(key, res);
  }
  return undefined;
}

export type { Gvk };
