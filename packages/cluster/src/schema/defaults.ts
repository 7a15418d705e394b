import type { Schema } from "./types.ts";

type Json = Record<string, unknown>;

/**
 * Fills the defaults of `schema` into `value`, in place. Nulls where the schema does not allow them are as good as absent: they take
 * the default or vanish. With `keepNulls`, as for the outcome of server-side apply, those without a default stay (and are complained
 * about by `validate`).
 */
export function applyDefaults(value: unknown, schema: Schema, { keepNulls = false } = {}): void {
  if (!keepNulls) dropNulls(value, schema);
  fill(value, schema);
}

function isMisplacedNull(value: unknown, schema: Schema | undefined): boolean {
  return value === null && schema !== undefined && !schema.nullable;
}

function fieldSchema(schema: Schema | undefined, key: string): Schema | undefined {
  const others = schema?.additionalProperties;
  return schema?.properties?.[key] ?? (typeof others === "object" ? others : undefined);
}

function dropNulls(value: unknown, schema: Schema | undefined): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item, schema?.items);
    return;
  }
  for (const [key, below] of Object.entries(value)) {
    const field = fieldSchema(schema, key);
    if (isMisplacedNull(below, field) && field?.default === undefined) delete (value as Json)[key];
    else dropNulls(below, field);
  }
}

function fill(value: unknown, schema: Schema | undefined): void {
  if (!schema || typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      if (isMisplacedNull(item, schema.items) && schema.items?.default !== undefined)
        value[i] = structuredClone(schema.items.default);
      fill(value[i], schema.items);
    }
    return;
  }
  const map = value as Json;
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    if (field.default === undefined) continue;
    if (map[key] === undefined || isMisplacedNull(map[key], field)) map[key] = structuredClone(field.default);
  }
  for (const key of Object.keys(map)) {
    const field = fieldSchema(schema, key);
    if (isMisplacedNull(map[key], field) && field?.default !== undefined)
      map[key] = structuredClone(field.default);
    fill(map[key], field);
  }
}
