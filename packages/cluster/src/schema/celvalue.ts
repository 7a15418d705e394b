/** Objects as validation rules see them. */
import type { Schema } from "./types.ts";

type Json = Record<string, unknown>;

const KEYWORDS = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);
const ESCAPES: Record<string, string> = {
  "-": "__dash__",
  ".": "__dot__",
  "/": "__slash__",
  __: "__underscores__",
};

/** The name of a field inside of a rule; undefined for fields that rules cannot name. */
export function escapeName(name: string): string | undefined {
  if (KEYWORDS.has(name)) return `__${name}__`;
  const escaped = name.replace(/__|[-./]/g, (part) => ESCAPES[part] as string);
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(escaped) ? escaped : undefined;
}

const TEXT: Schema = { type: "string" };
const METADATA: Schema = { type: "object", properties: { name: TEXT, generateName: TEXT } };

/** The fields that rules see on an object; whole resources have more than their schema says. */
export function visibleFields(schema: Schema, isResource: boolean): Record<string, Schema> | undefined {
  if (!isResource) return schema.properties;
  return { ...schema.properties, apiVersion: TEXT, kind: TEXT, metadata: METADATA };
}

/**
 * A value for CEL: integers are BigInt, dates and bytes have types of their own, undeclared fields are out of sight.
 * `isResource` is true for the root of a custom resource.
 */
export function celValue(value: unknown, schema: Schema | undefined, isResource = false): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema?.items));
  switch (typeof value) {
    case "object":
      return celMap(value as Json, schema, isResource);
    case "number":
      return schema?.type !== "number" && Number.isInteger(value) ? BigInt(value) : value;
    case "string":
      return celText(value, schema);
    default:
      return value;
  }
}

function celMap(map: Json, schema: Schema | undefined, isResource: boolean): Json {
  const out: Json = {};
  const fields = schema && visibleFields(schema, isResource || schema.embeddedResource === true);
  if (fields) {
    for (const [name, field] of Object.entries(fields)) {
      const escaped = escapeName(name);
      if (escaped !== undefined && map[name] !== undefined) out[escaped] = celValue(map[name], field);
    }
    return out;
  }
  const others = schema?.additionalProperties;
  for (const key of Object.keys(map))
    if (key !== "__proto__") out[key] = celValue(map[key], typeof others === "object" ? others : undefined);
  return out;
}

function celText(text: string, schema: Schema | undefined): unknown {
  if (schema?.type !== "string") return text;
  if (schema.format === "date-time" || schema.format === "date") {
    const date = new Date(text);
    return Number.isNaN(date.getTime()) ? text : date;
  }
  return schema.format === "byte" ? Buffer.from(text, "base64") : text;
}

/** How many leaves and items there are, up to `limit`. */
export function sizeOf(value: unknown, limit: number): number {
  if (typeof value !== "object" || value === null) return 1;
  let size = 1;
  for (const below of Object.values(value)) {
    size += sizeOf(below, limit - size);
    if (size >= limit) return limit;
  }
  return size;
}
