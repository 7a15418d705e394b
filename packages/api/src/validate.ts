import type { Kind } from "./kind.ts";
import type { OpenApi } from "./schema.ts";
import { nameOfType, type Problem } from "./shape.ts";

/**
 * Everything that the schema of a kind finds wrong with a manifest: types, missing and unknown fields, limits
 * and patterns. CEL rules are left to the API server. For manifests at hand, before they reach a cluster.
 */
export function validate(kind: Kind<any>, manifest: unknown): Problem[] {
  return [...check(kind.openapi, manifest, "")];
}

function* check(schema: OpenApi, value: unknown, at: string): Generator<Problem> {
  const found = nameOfType(value);
  if (schema.type && found !== schema.type) {
    yield { at, message: `must be of type ${schema.type}, found ${found}` };
    return;
  }
  switch (schema.type) {
    case "object":
      yield* checkObject(schema, value as Record<string, unknown>, at);
      break;
    case "array":
      yield* checkArray(schema, value as unknown[], at);
      break;
    case "string":
      yield* checkString(schema, value as string, at);
      break;
    case "integer":
      if (schema.minimum !== undefined && (value as number) < schema.minimum) {
        yield { at, message: `must be at least ${schema.minimum}` };
      }
  }
}

function* checkObject(schema: OpenApi, value: Record<string, unknown>, at: string): Generator<Problem> {
  const { properties, additionalProperties, required = [] } = schema;
  const path = (name: string) => (at === "" ? name : `${at}.${name}`);
  for (const name of required.filter(
    (name) => value[name] === undefined && properties?.[name]?.default === undefined,
  )) {
    yield { at: path(name), message: "is required" };
  }
  // Without properties of its own (metadata), an object is somebody else's to check.
  if (!properties && !additionalProperties) return;
  for (const [name, item] of Object.entries(value).filter(([, item]) => item !== undefined)) {
    const field = properties && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (field) yield* check(field, item, path(name));
    else if (!schema["x-kubernetes-preserve-unknown-fields"])
      yield { at: path(name), message: "is not a known field" };
  }
}

function* checkArray(
  { items, minItems = 0, maxItems = Infinity }: OpenApi,
  value: unknown[],
  at: string,
): Generator<Problem> {
  if (value.length < minItems) yield { at, message: `must have at least ${minItems} items` };
  if (value.length > maxItems) yield { at, message: `must have at most ${maxItems} items` };
  for (const [index, item] of value.entries()) yield* check(items!, item, `${at}[${index}]`);
}

function* checkString(schema: OpenApi, value: string, at: string): Generator<Problem> {
  const { enum: words, pattern, minLength = 0, maxLength = Infinity } = schema;
  if (words && !words.includes(value))
    yield { at, message: `must be one of ${words.join(", ")}; found ${value}` };
  if (pattern && !new RegExp(pattern).test(value))
    yield { at, message: `"${value}" does not match ${pattern}` };
  // The API server counts code points, not UTF-16 units.
  const { length } = [...value];
  if (length < minLength) yield { at, message: `must have at least ${minLength} characters` };
  if (length > maxLength) yield { at, message: `must have at most ${maxLength} characters` };
  if (schema.format === "date-time" && Number.isNaN(Date.parse(value)))
    yield { at, message: `"${value}" is not a time` };
}
