/** managedFields read and written: who owns what, and since when. */
import type { ManagedFieldsEntry } from "../schema/types.ts";
import { type Atom, entryAtom } from "./atoms.ts";
import {
  builder,
  decode,
  EMPTY,
  encode,
  equalSets,
  type FieldSet,
  recursiveDifference,
  union,
} from "./fieldset.ts";

export type Manager = {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  subresource: string;
  /** RFC 3339; absent for an applier whose first apply changed nothing */
  time?: string;
  fields: FieldSet;
};

/** Managers by identity (`managerId`). */
export type Managers = Map<string, Manager>;

/** How many Update entries an object keeps; older ones are merged. */
const MAX_UPDATERS = 10;
const ANCIENT = "ancient-changes";

/** The identity of an entry: appliers keep theirs across API versions. */
export function managerId(of: Pick<Manager, "manager" | "operation" | "apiVersion" | "subresource">): string {
  return JSON.stringify({
    ...(of.manager && { manager: of.manager }),
    operation: of.operation,
    ...(of.operation === "Update" && { apiVersion: of.apiVersion }),
    ...(of.subresource && { subresource: of.subresource }),
  });
}

/** Reads managedFields; throws on entries that the API server cannot decode. */
export function readManagers(entries: ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map();
  for (const [i, entry] of (entries ?? []).entries()) {
    if (entry.operation !== "Apply" && entry.operation !== "Update")
      throw new Error("operation must be `Apply` or `Update`");
    if (!entry.apiVersion) throw new Error("apiVersion must not be empty");
    if (!entry.fieldsType) throw new Error(`missing fieldsType in managed fields entry ${i}`);
    if (entry.fieldsType !== "FieldsV1")
      throw new Error(`invalid fieldsType "${entry.fieldsType}" in managed fields entry ${i}`);
    const manager: Manager = {
      manager: entry.manager ?? "",
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? "",
      ...(entry.time && { time: entry.time }),
      fields: decode(entry.fieldsV1),
    };
    managers.set(managerId(manager), manager);
  }
  return managers;
}

/** Writes managedFields in the order of the API server; undefined if nobody owns anything. */
export function writeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].sort(inOrder).map((m) => ({
    ...(m.manager && { manager: m.manager }),
    operation: m.operation,
    apiVersion: m.apiVersion,
    ...(m.time && { time: m.time }),
    fieldsType: "FieldsV1",
    fieldsV1: encode(m.fields),
    ...(m.subresource && { subresource: m.subresource }),
  }));
}

const seconds = (time: string | undefined): number =>
  time === undefined ? 0 : Math.floor(Date.parse(time) / 1000);
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function inOrder(a: Manager, b: Manager): number {
  return (
    byText(a.operation, b.operation) ||
    seconds(a.time) - seconds(b.time) ||
    byText(a.manager, b.manager) ||
    byText(a.apiVersion, b.apiVersion) ||
    byText(a.subresource, b.subresource)
  );
}

/** True for the ways in which a client asks to forget all managers: `[]` and `[{}]`. */
export function isReset(entries: ManagedFieldsEntry[] | undefined): boolean {
  if (!entries) return false;
  return entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] as object).length === 0);
}

/** Merges the oldest Update entries into one per API version while there are more than ten; changes `managers`. */
export function capUpdaters(managers: Managers): void {
  const updaters = [...managers].filter(([, m]) => m.operation === "Update");
  let count = updaters.length;
  if (count <= MAX_UPDATERS) return;
  updaters.sort(([a, x], [b, y]) => seconds(x.time) - seconds(y.time) || byText(a, b));
  const first = new Map<string, string>();
  for (const [id, updater] of updaters) {
    if (count <= MAX_UPDATERS) return;
    const { apiVersion } = updater;
    const earlier = first.get(apiVersion);
    if (earlier === undefined) {
      first.set(apiVersion, id);
      continue;
    }
    const bucket: Manager = { ...updater, manager: ANCIENT, subresource: "" };
    const bucketId = managerId(bucket);
    const merged = managers.get(bucketId) ?? managers.get(earlier);
    if (!managers.has(bucketId)) managers.delete(earlier);
    managers.delete(id);
    managers.set(bucketId, { ...bucket, fields: union(updater.fields, merged?.fields ?? EMPTY) });
    count--;
  }
}

/** True if the two lists say the same apart from times. */
export function equalButTimes(
  a: ManagedFieldsEntry[] | undefined,
  b: ManagedFieldsEntry[] | undefined,
): boolean {
  if (a?.length !== b?.length) return false;
  const key = ({ manager, operation, apiVersion, subresource }: ManagedFieldsEntry) =>
    JSON.stringify([manager, operation, apiVersion, subresource]);
  const theirs = new Map((b ?? []).map((entry) => [key(entry), entry]));
  return (a ?? []).every((entry) => {
    const other = theirs.get(key(entry));
    return other !== undefined && equalSets(decode(entry.fieldsV1), decode(other.fieldsV1));
  });
}

/**
 * A field set as the current schema would record it: below lists and maps that have become atomic nothing is owned but the
 * whole (the schema of a custom resource may change under its objects).
 */
export function reconcileWithSchema(fields: FieldSet, atom: Atom): FieldSet {
  const atomic = builder();
  const path: string[] = [];
  const visit = (set: FieldSet, type: Atom) => {
    const isAtomic = type.map ? type.map.atomic : type.list ? !type.list.associative : false;
    const deduced = type.scalar !== undefined && type.map !== undefined && type.list !== undefined;
    if (isAtomic && !deduced && path.length > 0) {
      atomic.add(path);
      return;
    }
    for (const [key, { children }] of set) {
      if (!children) continue;
      const below = key.startsWith("f:") ? type.map && entryAtom(type.map, key.slice(2)) : type.list?.element;
      if (!below) continue;
      path.push(key);
      visit(children, below);
      path.pop();
    }
  };
  visit(fields, atom);
  const roots = atomic.done();
  return roots.size === 0 ? fields : union(recursiveDifference(fields, roots), roots);
}
