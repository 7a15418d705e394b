import { zeroOf } from "../schema/normalise.ts";
import type { Schema } from "../schema/types.ts";

const cache = new WeakMap<Schema, Record<string, unknown>>();

/**
 * The empty object of a kind: on create, fields are compared with it. Structs that Go holds by value are there from the start, so
 * nobody owns `f:spec` itself; of custom resources nothing is. Shared: do not change.
 */
export function emptyObject(schema: Schema | undefined): Record<string, unknown> {
  if (!schema?.goType) return {};
  let empty = cache.get(schema);
  if (!empty) {
    empty = zeroOf(schema);
    cache.set(schema, empty);
  }
  return empty;
}
