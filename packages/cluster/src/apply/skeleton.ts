/**
 * The empty object of a built-in kind, as its Go type has it: structs that are not pointers are always there. On create,
 * fields are compared with it, so that `f:spec` itself is owned by nobody.
 */
import type { Schema } from "../schema/types.ts";

type Json = Record<string, unknown>;

/** Paths of structs (and, as null, of lists without omitempty) that a kind's empty object holds, where the schema has them. */
const STRUCTS = [
  ["metadata"],
  ["spec"],
  ["status"],
  ["spec", "strategy"],
  ["spec", "updateStrategy"],
  ["spec", "resources"],
  ["spec", "podSelector"],
  ["spec", "scaleTargetRef"],
  ["spec", "names"],
  ["spec", "claimRef"],
  ["spec", "jobTemplate", "metadata"],
  ["spec", "jobTemplate", "spec", "template", "metadata"],
  ["spec", "jobTemplate", "spec", "template", "spec"],
  ["spec", "template", "metadata"],
  ["spec", "template", "spec"],
  ["template", "metadata"],
  ["template", "spec"],
  ["status", "loadBalancer"],
  ["status", "acceptedNames"],
  ["roleRef"],
  ["involvedObject"],
  ["source"],
] as const;
const POINTERS = new Set(["v1.ReplicationControllerSpec.template", "v1.PersistentVolumeSpec.claimRef"]);

const cache = new WeakMap<Schema, Json>();

/** The empty object of a kind; `{}` for custom resources. Shared: do not change. */
export function emptyObject(schema: Schema | undefined): Json {
  if (!schema?.goType) return {};
  let empty = cache.get(schema);
  if (!empty) {
    empty = {};
    for (const path of STRUCTS) grow(empty, schema, path);
    cache.set(schema, empty);
  }
  return empty;
}

function grow(root: Json, schema: Schema, path: readonly string[]): void {
  let at = root;
  let type: Schema = schema;
  for (const field of path) {
    const next = type.properties?.[field];
    if (next?.type !== "object" || !next.properties || POINTERS.has(`${type.goType}.${field}`)) return;
    at[field] ??= next.properties["containers"] ? { containers: null } : {};
    at = at[field] as Json;
    type = next;
  }
}
