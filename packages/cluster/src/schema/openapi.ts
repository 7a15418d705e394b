/** Values against OpenAPI v3 schemas, with the messages (and the quirks) of kube-openapi's validator. */
import { equal } from "../apply/typed.ts";
import { atMostBytes, supportedValues } from "./errors.ts";
import { hasFormat, isFormatOf, isKnownFormat } from "./formats.ts";
import { matches } from "./regexp.ts";
import type { FieldError, Schema } from "./types.ts";

type Json = Record<string, unknown>;

/** `passed` counts the checks that were made: the alternative that got furthest explains why none fits. */
type Result = { errors: FieldError[]; passed: number };

/**
 * What is wrong with `value`. With `old`, what was wrong before and is unchanged is not complained about (ratcheting).
 * `path` is "" for the root; paths read `spec.items[0].name`.
 */
export function validateOpenApi(value: unknown, schema: Schema, old?: unknown): FieldError[] {
  return unique(visit(value, schema, "", old).errors);
}

function visit(value: unknown, schema: Schema, path: string, old: unknown): Result {
  const result = visitAll(value, schema, path, old);
  return result.errors.length > 0 && old !== undefined && equal(value, old)
    ? { ...result, errors: [] }
    : result;
}

function visitAll(value: unknown, schema: Schema, path: string, old: unknown): Result {
  if (value === null || value === undefined) {
    const errors = [...checkType(null, schema, path), ...checkEnum(null, schema, path)];
    return { errors, passed: 0 };
  }
  const out: Result = { errors: [], passed: 0 };
  const add = (errors: FieldError[], passed = 1) => {
    out.errors.push(...errors);
    out.passed += passed;
  };
  const merge = ({ errors, passed }: Result) => add(errors, passed + 1);
  if (typesOf(schema).length > 0 || schema.format) add(checkType(value, schema, path), 2);
  merge(checkJunctors(value, schema, path, old));
  if (typeof value === "string") {
    add(checkString(value, schema, path));
    if (schema.format && isKnownFormat(schema.format)) add(checkFormat(value, schema.format, path));
  } else if (typeof value === "number") add(checkNumber(value, schema, path), 2);
  else if (Array.isArray(value)) merge(checkList(value, schema, path, old));
  add(checkEnum(value, schema, path));
  if (isMap(value)) merge(checkMap(value, schema, path, old));
  out.passed++;
  return out;
}

const isMap = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function typesOf({ type, intOrString }: Schema): string[] {
  return intOrString ? ["integer", "string"] : type ? [type] : [];
}

/** A complaint about a value at its own place. */
function invalid(path: string, value: unknown, detail: string): FieldError {
  return {
    path: path === "" ? "<nil>" : path,
    type: "Invalid value",
    value,
    detail: `${path} in body ${detail}`,
  };
}

/** A complaint that the API server does not attach to a field. */
function general(detail: string): FieldError {
  return { path: "<nil>", type: "Invalid value", value: "", detail };
}

/** JSON type, and format where Go's types imply one. */
function typeOf(value: unknown): [type: string, format: string] {
  if (typeof value === "boolean") return ["boolean", ""];
  if (typeof value === "string") return ["string", ""];
  if (typeof value === "number")
    return Number.isInteger(value) ? ["integer", "int64"] : ["number", "float64"];
  return [Array.isArray(value) ? "array" : "object", ""];
}

function checkType(value: unknown, schema: Schema, path: string): FieldError[] {
  const types = typesOf(schema);
  const format = formatOf(schema);
  const fail = (wanted: string, got: string): FieldError[] => [
    { ...invalid(path, got, `must be of type ${wanted}: ${JSON.stringify(got)}`), type: "Invalid type" },
  ];
  if (value === null) return types.length > 0 && !schema.nullable ? fail(types.join(","), "null") : [];
  const [type, actual] = typeOf(value);
  const isIntegral = typeof value === "number" && Number.isInteger(value);
  const fits =
    types.includes(type) || (isIntegral && (types.includes("integer") || types.includes("number")));
  const isText = type === "string" || type === "array";
  if (!isText && format !== "" && !fits && actual !== format) return fail(format, actual);
  const isNumeric = types.includes("number") || types.includes("integer");
  if (!isNumeric && format !== "" && isText) return [];
  return fits || types.length === 0 ? [] : fail(types.join(","), type);
}

/** The format, if it is one that the API server knows for the type. */
function formatOf({ type, format, intOrString }: Schema): string {
  if (!format || intOrString) return "";
  return isFormatOf(type, format) ? format : "";
}

function checkFormat(value: string, format: string, path: string): FieldError[] {
  if (hasFormat(format, value)) return [];
  const error = invalid(path, value, `must be of type ${format}: ${JSON.stringify(value)}`);
  return [{ ...error, type: "Invalid type" }];
}

function checkString(value: string, { maxLength, minLength, pattern }: Schema, path: string): FieldError[] {
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length;
  if (maxLength !== undefined && length > maxLength)
    return [{ path: path || "<nil>", type: "Too long", detail: atMostBytes(maxLength) }];
  if (minLength !== undefined && length < minLength)
    return [invalid(path, value, `should be at least ${minLength} chars long`)];
  if (pattern && !matches(pattern, value)) return [invalid(path, value, `should match '${pattern}'`)];
  return [];
}

/** The server divides whole numbers by a whole factor: one below 1 becomes 0, which it refuses. */
function checkFactor(value: number, multipleOf: number, path: string): FieldError[] {
  const factor = Number.isInteger(value) ? Math.trunc(multipleOf) : multipleOf;
  if (factor <= 0) {
    const detail = `factor MultipleOf declared for ${path} must be positive: ${factor}`;
    return [{ path, type: "Invalid value", value: factor, detail }];
  }
  const isMultiple = Number.isInteger(factor < 1 ? (1 / factor) * value : value / factor);
  return isMultiple ? [] : [invalid(path, value, `should be a multiple of ${multipleOf}`)];
}

function checkNumber(value: number, schema: Schema, path: string): FieldError[] {
  const { maximum, minimum, multipleOf, exclusiveMaximum, exclusiveMinimum } = schema;
  const errors: FieldError[] = [];
  const format = formatOf(schema);
  const isInRange = Number.isInteger(value) && (format !== "int32" || value === (value | 0));
  if (schema.type === "integer" && !isInRange) {
    const wanted = format === "" ? "(default format)" : `with format ${format}`;
    errors.push(general(`Checked value must be of type integer ${wanted} in ${path}`));
  }
  if (multipleOf !== undefined) errors.push(...checkFactor(value, multipleOf, path));
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    errors.push(
      invalid(path, value, `should be greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`),
    );
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    errors.push(
      invalid(path, value, `should be less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`),
    );
  return errors;
}

function checkEnum(value: unknown, schema: Schema, path: string): FieldError[] {
  if (!schema.enum?.length || schema.enum.some((allowed) => equal(allowed, value) && value !== null))
    return [];
  return [{ path: path || "<nil>", type: "Unsupported value", value, detail: supportedValues(schema.enum) }];
}

function checkList(list: unknown[], schema: Schema, path: string, old: unknown): Result {
  const out: Result = { errors: [], passed: 1 };
  const before = itemsByKey(schema, old);
  if (schema.items)
    for (const [i, item] of list.entries()) {
      const { errors, passed } = visit(item, schema.items, `${path}[${i}]`, before?.(item));
      for (const error of errors) out.errors.push(error);
      out.passed += passed;
    }
  const { minItems, maxItems } = schema;
  if (minItems !== undefined && list.length < minItems)
    out.errors.push(invalid(path, list.length, `should have at least ${minItems} items`));
  if (maxItems !== undefined && list.length > maxItems) out.errors.push(tooMany(path, list.length, maxItems));
  if (schema.uniqueItems && new Set(list.map((item) => JSON.stringify(item))).size < list.length)
    out.errors.push(invalid(path, "", "shouldn't contain duplicates"));
  return out;
}

function tooMany(path: string, size: number, max: number): FieldError {
  const detail = `must have at most ${max} ${max === 1 ? "item" : "items"}`;
  return { path: path || "<nil>", type: "Too many", value: size, detail };
}

/** Finds the former self of an item; only items of keyed lists have one. */
export function itemsByKey(schema: Schema, old: unknown): ((item: unknown) => unknown) | undefined {
  const keys = schema.listMapKeys;
  if (schema.listType !== "map" || !keys || !Array.isArray(old)) return undefined;
  const keyOf = (item: unknown) => JSON.stringify(keys.map((key) => (isMap(item) ? item[key] : undefined)));
  const index = new Map<string, unknown>();
  for (const item of old) index.set(keyOf(item), item);
  return (item) => index.get(keyOf(item));
}

function checkMap(map: Json, schema: Schema, path: string, old: unknown): Result {
  const out: Result = { errors: [], passed: 0 };
  const size = Object.keys(map).length;
  const { minProperties, maxProperties, properties = {}, additionalProperties } = schema;
  if (minProperties !== undefined && size < minProperties)
    out.errors.push(invalid(path, size, `should have at least ${minProperties} properties`));
  if (maxProperties !== undefined && size > maxProperties)
    out.errors.push(tooMany(path, size, maxProperties));
  const before = isMap(old) ? old : {};
  const descend = (key: string, type: Schema) => {
    const at = path === "" ? key : `${path}.${key}`;
    const { errors, passed } = visit(map[key], type, at, before[key]);
    for (const error of errors) out.errors.push(error);
    out.passed += passed;
  };
  if (typeof additionalProperties === "object")
    for (const key of Object.keys(map))
      if (!Object.hasOwn(properties, key)) descend(key, additionalProperties);
  for (const key of Object.keys(properties))
    if (Object.hasOwn(map, key)) descend(key, properties[key] as Schema);
  for (const key of schema.required ?? [])
    if (!Object.hasOwn(map, key))
      out.errors.push({ path: path === "" ? key : `${path}.${key}`, type: "Required value", detail: "" });
  return out;
}

function checkJunctors(value: unknown, schema: Schema, path: string, old: unknown): Result {
  const out: Result = { errors: [], passed: 1 };
  const add = ({ errors, passed }: Result) => {
    out.errors.push(...errors);
    out.passed += passed;
  };
  const quoted = JSON.stringify(path);
  if (schema.anyOf?.length) {
    const { valid, best } = tryAll(schema.anyOf, value, path, old, true);
    if (valid === 0) out.errors.push(general(`${quoted} must validate at least one schema (anyOf)`));
    add(best);
  }
  if (schema.oneOf?.length) {
    const { valid, best } = tryAll(schema.oneOf, value, path, old, false);
    if (valid !== 1) {
      const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
      out.errors.push(general(`${quoted} must validate one and only one schema (oneOf). ${found}`));
    }
    if (valid <= 1) add(best);
  }
  if (schema.allOf?.length) {
    const results = schema.allOf.map((nested) => visit(value, nested, path, old));
    for (const result of results) add(result);
    const valid = results.filter(({ errors }) => errors.length === 0).length;
    if (valid < results.length) {
      const none = valid === 0 ? ". None validated" : "";
      out.errors.push(general(`${quoted} must validate all the schemas (allOf)${none}`));
    }
  }
  if (schema.not && visit(value, schema.not, path, old).errors.length === 0)
    out.errors.push(general(`${quoted} must not validate the schema (not)`));
  return out;
}

/** How many alternatives fit, and the first that does; if none, the one that got furthest. */
function tryAll(alternatives: Schema[], value: unknown, path: string, old: unknown, stopAtFirst: boolean) {
  let valid = 0;
  let success: Result | undefined;
  let failure: Result | undefined;
  for (const alternative of alternatives) {
    const result = visit(value, alternative, path, old);
    if (result.errors.length === 0) {
      valid++;
      success ??= result;
      if (stopAtFirst) break;
    } else if (!failure || result.passed > failure.passed) failure = result;
  }
  return { valid, best: success ?? failure ?? { errors: [], passed: 0 } };
}

function unique(errors: FieldError[]): FieldError[] {
  const seen = new Set<string>();
  return errors.filter((error) => {
    const key = JSON.stringify(error);
    return seen.has(key) ? false : seen.add(key);
  });
}
