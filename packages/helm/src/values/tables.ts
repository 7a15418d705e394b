/** Tables are what Helm calls the maps within values. */
import type { Values } from "../chart.ts";

/** Whether a value is a table, that is neither a scalar nor a list. */
export function isTable(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A table with entries of its own, without a prototype; what it holds is shared. */
export function copyTable(table: object = {}): Values {
  return Object.assign(Object.create(null) as Values, table);
}

/** A copy that shares nothing with the original. */
export function copyDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyDeep);
  if (!isTable(value)) return value;
  const copy = copyTable();
  for (const key of Object.keys(value)) copy[key] = copyDeep(value[key]);
  return copy;
}

/** The table at a path of names with dots between, or the name that is no table. Helm's Values.Table. */
export function tableAt(values: Values, path: string): { table: Values } | { missing: string } {
  let table = values;
  for (const name of path.split(".")) {
    const next = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!isTable(next)) return { missing: name };
    table = next;
  }
  return { table };
}

/**
 * Lays tables over others: tables are merged, everything else is replaced, null included. Nothing is changed; what only one
 * side has is shared. Helm's MergeMaps, with which values files follow one another.
 */
export function overlay(below: Values, above: Values): Values {
  const merged = copyTable(below);
  for (const key of Object.keys(above)) {
    const value = above[key];
    const under = merged[key];
    merged[key] = isTable(value) && isTable(under) ? overlay(under, value) : value;
  }
  return merged;
}
