import { type InventoryEntry, type ObjectRef, refOfEntry } from "@sluice/api";
import { idOf } from "./observe.ts";

/**
 * What an inventory holds that another does not, as references: after an apply, what is to be pruned. Objects are the
 * same whatever version they were applied in.
 * @throws {Error} when an id of `before` is malformed
 */
export function dropped(before: readonly InventoryEntry[], after: readonly InventoryEntry[]): ObjectRef[] {
  const kept = new Set(after.map(({ id }) => id));
  return before.filter(({ id }) => !kept.has(id)).map(refOfEntry);
}

/** The entries of both inventories, each object once, in the version of `after`. */
export function united(
  before: readonly InventoryEntry[],
  after: readonly InventoryEntry[],
): InventoryEntry[] {
  const entries = new Map([...before, ...after].map((entry) => [entry.id, entry]));
  return [...entries.values()];
}

/** References without those that are in `others`, whatever version they are in. */
export function without(refs: readonly ObjectRef[], others: readonly ObjectRef[]): ObjectRef[] {
  const ids = new Set(others.map(idOf));
  return refs.filter((ref) => !ids.has(idOf(ref)));
}
