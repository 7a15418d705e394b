import type { OpenApi } from "./schema.ts";

/** What is wrong with a value, and where: `at` is a field path such as `spec.patches[2].target`. */
export type Problem = { at: string; message: string };

const absent = Symbol("absent");

/**
 * Returns `value` with the schema's defaults filled in, as the API server would store it, and reports every
 * value of the wrong type and every missing required field to `problems`. Fields that the schema does not
 * know are kept. Null counts as missing. Parts that need no change are shared with `value`, never modified.
 *
 * With `forgive`, a part that does not fit is left out with its nearest optional ancestor instead of being
 * reported; this is for status, which an older or foreign writer may have left in another shape.
 */
export function fill(
  schema: OpenApi,
  value: unknown,
  { at, problems, forgive = false }: { at: string; problems: Problem[]; forgive?: boolean },
): unknown {
  const filled = visit(schema, value, at, problems, forgive);
  return filled === absent ? undefined : filled;
}

function visit(schema: OpenApi, value: unknown, at: string, problems: Problem[], forgive: boolean): unknown {
  if (schema.type === undefined) return value;
  const wrong = wrongType(schema, value);
  if (wrong) {
    problems.push({ at, message: wrong });
    return absent;
  }
  if (schema.type === "array") return visitItems(schema, value as unknown[], at, problems, forgive);
  if (schema.type === "object") return visitFields(schema, value as Fields, at, problems, forgive);
  return value;
}

type Fields = Record<string, unknown>;

function visitItems(schema: OpenApi, value: unknown[], at: string, problems: Problem[], forgive: boolean) {
  const before = problems.length;
  const items = value.map((item, index) => visit(schema.items!, item, `${at}[${index}]`, problems, forgive));
  if (problems.length > before) return absent;
  return items.every((item, index) => item === value[index]) ? value : items;
}

function visitFields(schema: OpenApi, value: Fields, at: string, problems: Problem[], forgive: boolean) {
  const before = problems.length;
  const out: Fields = { ...value };
  const known = schema.properties ?? {};
  for (const name of Object.keys(known)) {
    const path = at === "" ? name : `${at}.${name}`;
    const needed = schema.required?.includes(name) ?? false;
    visitField(known[name]!, out, name, path, needed, problems, forgive);
  }
  if (schema.additionalProperties) {
    for (const key of Object.keys(value)) {
      out[key] = visit(schema.additionalProperties, value[key], `${at}.${key}`, problems, forgive);
    }
  }
  if (problems.length > before) return absent;
  return sameFields(out, value) ? value : out;
}

function visitField(
  schema: OpenApi,
  out: Fields,
  name: string,
  at: string,
  needed: boolean,
  problems: Problem[],
  forgive: boolean,
): void {
  let value = out[name];
  if (value === undefined || value === null) {
    delete out[name];
    if (schema.default === undefined) {
      if (needed) problems.push({ at, message: "is required" });
      return;
    }
    value = structuredClone(schema.default);
  }
  const own: Problem[] = [];
  const filled = visit(schema, value, at, own, forgive);
  if (filled === absent) delete out[name];
  else out[name] = filled;
  if (!forgive || needed) problems.push(...own);
}

function sameFields(a: Fields, b: Fields): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function wrongType({ type }: OpenApi, value: unknown): string | undefined {
  const found = nameOfType(value);
  if (found === type) return undefined;
  if (type === "string" && (found === "integer" || found === "number" || found === "boolean")) {
    return `must be a string, found the ${found} ${value}; put it in quotes`;
  }
  return `must be ${type === "integer" || type === "array" || type === "object" ? "an" : "a"} ${type}, found ${found}`;
}

/** The JSON type of `value`, with `integer` set apart from `number`. */
export function nameOfType(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}
