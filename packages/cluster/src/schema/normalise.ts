/**
 * Built-in kinds are Go structs in the API server: what a client sends is read into them and written out again. This is that round
 * trip: nulls and empty lists vanish, quantities and times take their canonical form, defaults are filled in.
 */

import { splitApiVersion } from "@sluice/api";
import { schemaOfBuiltin } from "./builtin.ts";
import { DEFAULTS, type Json } from "./nativedefaults.ts";
import { canonicalQuantity } from "./quantity.ts";
import type { KubeObject, Schema } from "./types.ts";

/** Lists and maps that are written even if they are empty ("<type>.<field>"). */
const KEPT_EMPTY = new Set([
  "v1.PodSpec.containers",
  "v1.EndpointSlice.endpoints",
  "v1.EndpointSlice.ports",
  "v1.CustomResourceDefinitionStatus.conditions",
  "v1.CustomResourceDefinitionStatus.storedVersions",
  "v1.PolicyRule.verbs",
]);
/** Booleans that are left out when false; all others are pointers or always written. */
const OMITTED_FALSE = new Set([
  "hostNetwork",
  "hostPID",
  "hostIPC",
  "stdin",
  "stdinOnce",
  "tty",
  "readOnly",
  "paused",
  "publishNotReadyAddresses",
  "unschedulable",
  "globalDefault",
]);
/** Fields whose Go type is a custom resource's schema: not ours to tidy. */
const LEFT_ALONE = new Set(["v1.JSONSchemaProps", "v1.FieldsV1", "runtime.RawExtension", "v1.JSON"]);

/** Brings an object of a built-in kind into the form in which the API server stores it, in place. Other kinds stay as they are. */
export function normaliseBuiltin(object: KubeObject): void {
  const schema = schemaOfBuiltin({ ...splitApiVersion(object.apiVersion), kind: object.kind });
  if (!schema) return;
  tidy(object as Json, schema);
  for (const field of ["name", "namespace", "generateName", "uid", "resourceVersion"])
    if (object.metadata?.[field] === "") delete object.metadata[field];
}

function tidy(map: Json, schema: Schema): void {
  const type = schema.goType;
  if (type !== undefined && LEFT_ALONE.has(type)) return;
  for (const key of Object.keys(map)) {
    const field = schema.properties?.[key];
    const below =
      field ?? (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
    if (below) tidyField(map, key, below, type);
  }
  if (type !== undefined) DEFAULTS[type]?.(map);
}

function tidyField(map: Json, key: string, schema: Schema, owner: string | undefined): void {
  const value = map[key];
  if (value === null) {
    delete map[key];
    return;
  }
  if (typeof value !== "object") {
    if (value === false && OMITTED_FALSE.has(key) && owner !== undefined) delete map[key];
    else if (schema.builtinScalar) map[key] = canonicalScalar(value, schema.builtinScalar);
    return;
  }
  if (Array.isArray(value)) tidyList(value, schema.items);
  else tidy(value as Json, schema);
  const isEmpty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  const mayVanish =
    schema.type === "array" || (schema.type === "object" && schema.additionalProperties !== undefined);
  if (isEmpty && mayVanish && !KEPT_EMPTY.has(`${owner}.${key}`)) delete map[key];
}

function tidyList(list: unknown[], items: Schema | undefined): void {
  if (!items) return;
  for (const [i, item] of list.entries()) {
    if (items.builtinScalar) list[i] = canonicalScalar(item, items.builtinScalar);
    else if (typeof item === "object" && item !== null && !Array.isArray(item)) tidy(item as Json, items);
  }
}

function canonicalScalar(value: unknown, kind: NonNullable<Schema["builtinScalar"]>): unknown {
  if (kind === "quantity") return canonicalQuantity(String(value)) ?? value;
  if (typeof value !== "string") return value;
  const time = Date.parse(value);
  if (Number.isNaN(time)) return value;
  if (kind === "time") return `${new Date(time).toISOString().slice(0, 19)}Z`;
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? "";
  return `${new Date(time).toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, "0")}Z`;
}
