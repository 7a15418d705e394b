/**
 * Built-in kinds are Go structs in the API server: what a client sends is read into them and written out again. This is that round
 * trip: nulls and zero values vanish or appear as the struct says, quantities and times take their canonical form, defaults are
 * filled in.
 */
import { splitApiVersion } from "@sluice/api";
import { schemaOfBuiltin } from "./builtin.ts";
import { DEFAULTS, type Json } from "./nativedefaults.ts";
import { canonicalQuantity } from "./quantity.ts";
import type { KubeObject, Schema } from "./types.ts";

/** Types that hold JSON of others: not ours to tidy. */
const LEFT_ALONE = new Set(["v1.FieldsV1", "runtime.RawExtension", "v1.JSON"]);

/** Brings an object of a built-in kind into the form in which the API server stores it, in place. Other kinds stay as they are. */
export function normaliseBuiltin(object: KubeObject): void {
  const schema = schemaOfBuiltin({ ...splitApiVersion(object.apiVersion), kind: object.kind });
  if (!schema) return;
  tidy(object as Json, schema);
  showZeroes(object as Json, schema);
}

/** The zero value of a struct, as it is written. */
export function zeroOf(schema: Schema): Json {
  const zero: Json = {};
  for (const [field, value] of Object.entries(schema.alwaysShown ?? {}))
    zero[field] = isStruct(value) ? zeroOf(schema.properties?.[field] ?? {}) : value;
  return zero;
}

const isStruct = (value: unknown): boolean => typeof value === "object" && value !== null;
const isMap = (value: unknown): value is Json => isStruct(value) && !Array.isArray(value);

function tidy(map: Json, schema: Schema): void {
  const type = schema.goType;
  if (type !== undefined && LEFT_ALONE.has(type)) return;
  for (const [field, value] of Object.entries(schema.alwaysShown ?? {}))
    if (isStruct(value)) map[field] ??= {};
  const others = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  for (const key of Object.keys(map)) {
    const below = fieldOf(schema, key) ?? others;
    if (below) tidyField(map, key, below, others === below);
    if (schema.droppedWhenZero?.has(key) && isZero(map[key])) delete map[key];
  }
  if (schema.definition !== undefined) DEFAULTS[schema.definition]?.(map);
}

/** The type of a field. JSONSchemaProps has fields that hold a schema or a boolean, which OpenAPI does not tell. */
function fieldOf(schema: Schema, key: string): Schema | undefined {
  const field = schema.properties?.[key];
  return field?.goType?.startsWith("v1.JSONSchemaPropsOr") ? schema : field;
}

function isZero(value: unknown): boolean {
  if (value === "" || value === 0 || value === false) return true;
  return isStruct(value) && Object.keys(value as object).length === 0;
}

function tidyField(map: Json, key: string, schema: Schema, isEntry: boolean): void {
  const value = map[key];
  if (value === null) {
    // a null entry of a map of strings is read as the empty string
    if (isEntry && schema.type === "string") map[key] = "";
    else delete map[key];
  } else if (schema.builtinScalar) map[key] = canonicalScalar(value, schema.builtinScalar);
  else if (Array.isArray(value)) tidyList(value, schema.items);
  else if (isMap(value)) tidy(value, schema);
}

function tidyList(list: unknown[], items: Schema | undefined): void {
  if (!items) return;
  for (const [i, given] of list.entries()) {
    // null is read as the zero value
    const item = given ?? ZEROES[items.type ?? ""]?.() ?? {};
    list[i] = item;
    if (items.builtinScalar) list[i] = canonicalScalar(item, items.builtinScalar);
    else if (isMap(item)) tidy(item, items);
  }
}

const ZEROES: Record<string, () => unknown> = {
  string: () => "",
  integer: () => 0,
  number: () => 0,
  boolean: () => false,
  array: () => [],
};

/** Zero values that are always written, once defaults had their chance. */
function showZeroes(value: unknown, schema: Schema | undefined): void {
  if (!schema || (schema.goType !== undefined && LEFT_ALONE.has(schema.goType))) return;
  if (Array.isArray(value)) for (const item of value) showZeroes(item, schema.items);
  else if (isMap(value)) {
    for (const [field, zero] of Object.entries(schema.alwaysShown ?? {}))
      value[field] ??= structuredClone(zero);
    const others = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
    for (const key of Object.keys(value)) showZeroes(value[key], schema.properties?.[key] ?? others);
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
