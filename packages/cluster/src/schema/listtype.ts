/** Items of sets and of keyed lists must be unique. */
import type { FieldError, Schema } from "./types.ts";

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The duplicates in the lists of `value`, each told once, at its second appearance. */
export function validateListTypes(value: unknown, schema: Schema, path = ""): FieldError[] {
  if (Array.isArray(value)) {
    const errors = duplicates(value, schema, path);
    if (schema.items)
      for (const [i, item] of value.entries())
        errors.push(...validateListTypes(item, schema.items, `${path}[${i}]`));
    return errors;
  }
  if (!isMap(value)) return [];
  const errors: FieldError[] = [];
  const others = schema.additionalProperties;
  for (const [key, below] of Object.entries(value)) {
    const property = schema.properties?.[key];
    if (property) errors.push(...validateListTypes(below, property, path === "" ? key : `${path}.${key}`));
    else if (typeof others === "object") errors.push(...validateListTypes(below, others, `${path}[${key}]`));
  }
  return errors;
}

function duplicates(list: unknown[], schema: Schema, path: string): FieldError[] {
  if (schema.listType !== "set" && schema.listType !== "map") return [];
  if (schema.listType === "map") {
    const stray = list.findIndex((item) => item !== null && !isMap(item));
    if (stray >= 0) {
      const detail = "must be an object for an array of list-type map";
      return [{ path: `${path}[${stray}]`, type: "Invalid value", value: list[stray], detail }];
    }
  }
  const identities =
    schema.listType === "set" ? list : list.map((item) => keysOf(item, schema.listMapKeys ?? []));
  const times = new Map<string, number>();
  const errors: FieldError[] = [];
  for (const [i, identity] of identities.entries()) {
    const key = canonical(identity);
    const seen = times.get(key) ?? 0;
    times.set(key, seen + 1);
    if (seen === 1)
      errors.push({ path: `${path}[${i}]`, type: "Duplicate value", value: identity, detail: "" });
  }
  return errors;
}

function keysOf(item: unknown, keys: string[]): Json {
  const out: Json = {};
  if (isMap(item)) for (const key of [...keys].sort()) if (item[key] !== undefined) out[key] = item[key];
  return out;
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, below) =>
    isMap(below) ? Object.fromEntries(Object.entries(below).sort(([a], [b]) => (a < b ? -1 : 1))) : below,
  );
}
