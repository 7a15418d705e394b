/** Schemas of CustomResourceDefinitions: read, and refused if not structural, with the API server's words. */
import { compileRules } from "./cel.ts";
import { SchemaError, supportedValues } from "./errors.ts";
import { validateOpenApi } from "./openapi.ts";
import { pruneValue } from "./prune.ts";
import { compileRegexp } from "./regexp.ts";
import type { FieldError, Schema } from "./types.ts";

type Json = Record<string, any>;
type Level = "root" | "item" | "field";

/** Schemas nest at most this deep; the API server is bounded by its request size. */
const MAX_DEPTH = 200;

const RENAMED = {
  "x-kubernetes-int-or-string": "intOrString",
  "x-kubernetes-preserve-unknown-fields": "preserveUnknownFields",
  "x-kubernetes-embedded-resource": "embeddedResource",
  "x-kubernetes-list-type": "listType",
  "x-kubernetes-list-map-keys": "listMapKeys",
  "x-kubernetes-map-type": "mapType",
  "x-kubernetes-validations": "validations",
} as const;

const KEPT = [
  "type",
  "required",
  "nullable",
  "default",
  "enum",
  "format",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
] as const;

/**
 * The schema of one version of a CRD from its `openAPIV3Schema`. `path` is where that stands, for messages.
 * Throws SchemaError, with every complaint, if the schema is not structural or a validation rule does not compile.
 */
export function schemaOfCrd(openAPIV3Schema: object, path = "spec.validation.openAPIV3Schema"): Schema {
  const errors: FieldError[] = [];
  const schema = convert(openAPIV3Schema, path, errors, 0);
  if (errors.length === 0) {
    // the server looks at lists on a way of its own, and does not sort what it finds there
    const ofLists: FieldError[] = [];
    checkAllLists(schema, path, ofLists);
    checkStructure(schema, "root", path, errors);
    checkCompleteness(schema, path, errors);
    if (errors.length + ofLists.length === 0) checkDefaults(schema, path, errors);
    compileRules(schema, path, errors);
    errors.sort((a, b) => (a.path < b.path ? -1 : 1)).unshift(...ofLists);
  }
  if (errors.length > 0) throw new SchemaError(errors);
  return schema;
}

function convert(source: Json, path: string, errors: FieldError[], depth: number): Schema {
  const schema: Json = {};
  if (typeof source !== "object" || source === null || Array.isArray(source) || depth > MAX_DEPTH) {
    errors.push({
      path,
      type: "Invalid value",
      detail: depth > MAX_DEPTH ? "nested too deep" : "must be an object",
    });
    return schema;
  }
  for (const key of KEPT) if (source[key] !== undefined) schema[key] = source[key];
  for (const [name, key] of Object.entries(RENAMED)) if (source[name]) schema[key] = source[name];
  if (source["$ref"] !== undefined) errors.push(forbidden(`${path}.$ref`, "$ref is not supported"));
  const child = (value: Json, name: string) => convert(value, `${path}.${name}`, errors, depth + 1);
  if (Array.isArray(source["items"]))
    errors.push(forbidden(`${path}.items`, "items must be a schema object and not an array"));
  else if (source["items"]) schema["items"] = child(source["items"], "items");
  if (source["not"]) schema["not"] = child(source["not"], "not");
  for (const junctor of ["allOf", "anyOf", "oneOf"])
    if (source[junctor])
      schema[junctor] = (source[junctor] as Json[]).map((value, i) => child(value, `${junctor}[${i}]`));
  const others = source["additionalProperties"];
  if (others !== undefined)
    schema["additionalProperties"] =
      typeof others === "boolean" ? others : child(others, "additionalProperties");
  if (source["properties"]) {
    schema["properties"] = {};
    for (const [name, value] of Object.entries(source["properties"] as Json))
      schema["properties"][name] = child(value, `properties[${name}]`);
    if (others !== undefined)
      errors.push(
        forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive"),
      );
  }
  if (source["uniqueItems"] === true)
    errors.push(
      forbidden(
        `${path}.uniqueItems`,
        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
      ),
    );
  return schema as Schema;
}

const forbidden = (path: string, detail: string): FieldError => ({ path, type: "Forbidden", detail });
const required = (path: string, detail: string): FieldError => ({ path, type: "Required value", detail });
const invalid = (path: string, value: unknown, detail: string): FieldError => ({
  path,
  type: "Invalid value",
  value,
  detail,
});

function unsupported(path: string, value: unknown, supported: string[]): FieldError {
  return { path, type: "Unsupported value", value, detail: supportedValues(supported) };
}

function checkStructure(schema: Schema, level: Level, path: string, errors: FieldError[]): void {
  const { type } = schema;
  if (type === "array" && !schema.items) errors.push(required(`${path}.items`, "must be specified"));
  if (schema.items) checkStructure(schema.items, "item", `${path}.items`, errors);
  for (const [name, value] of Object.entries(schema.properties ?? {}))
    checkStructure(value, "field", `${path}.properties[${name}]`, errors);
  if (schema.additionalProperties !== undefined) {
    if (level === "root")
      errors.push(forbidden(`${path}.additionalProperties`, "must not be used at the root"));
    if (typeof schema.additionalProperties === "object")
      checkStructure(schema.additionalProperties, "field", `${path}.additionalProperties`, errors);
  }
  checkType(schema, level, path, errors);
  if (schema.mapType && !MAP_TYPES.includes(schema.mapType))
    errors.push(unsupported(`${path}.x-kubernetes-map-type`, schema.mapType, MAP_TYPES));
  checkValues(schema, path, errors, schema.intOrString ?? false);
  if (level === "root")
    checkMetadata(schema.properties?.["metadata"], `${path}.properties[metadata]`, errors);
}

const MAP_TYPES = ["atomic", "granular"];
const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

function checkType(schema: Schema, level: Level, path: string, errors: FieldError[]): void {
  const { type, intOrString, preserveUnknownFields, embeddedResource } = schema;
  const embedded = "must be object if x-kubernetes-embedded-resource is true";
  if (type && !TYPES.includes(type)) errors.push(unsupported(`${path}.type`, type, TYPES));
  if (intOrString && preserveUnknownFields)
    errors.push(
      invalid(
        `${path}.x-kubernetes-preserve-unknown-fields`,
        true,
        "must be false if x-kubernetes-int-or-string is true",
      ),
    );
  if (intOrString && embeddedResource)
    errors.push(
      invalid(
        `${path}.x-kubernetes-embedded-resource`,
        true,
        "must be false if x-kubernetes-int-or-string is true",
      ),
    );
  if (embeddedResource && type !== "object")
    errors.push(type ? invalid(`${path}.type`, type, embedded) : required(`${path}.type`, embedded));
  else if (!type && !intOrString && !preserveUnknownFields) {
    const where = {
      root: "at the root",
      item: "for specified array items",
      field: "for specified object fields",
    };
    errors.push(required(`${path}.type`, `must not be empty ${where[level]}`));
  }
  if (embeddedResource && !preserveUnknownFields && !schema.properties)
    errors.push(
      required(
        `${path}.properties`,
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
      ),
    );
  if (level === "root" && type && type !== "object")
    errors.push(invalid(`${path}.type`, type, "must be object at the root"));
}

function checkAllLists(schema: Schema, path: string, errors: FieldError[]): void {
  checkLists(schema, path, errors);
  if (schema.items) checkAllLists(schema.items, `${path}.items`, errors);
  for (const [name, value] of Object.entries(schema.properties ?? {}))
    checkAllLists(value, `${path}.properties[${name}]`, errors);
  if (typeof schema.additionalProperties === "object")
    checkAllLists(schema.additionalProperties, `${path}.additionalProperties`, errors);
}

function checkLists(
  { type, listType, listMapKeys, items }: Schema,
  path: string,
  errors: FieldError[],
): void {
  if (listType === undefined) return;
  const mustBeArray = "must be array if x-kubernetes-list-type is specified";
  if (type !== "array")
    errors.push(type ? invalid(`${path}.type`, type, mustBeArray) : required(`${path}.type`, mustBeArray));
  if (!["atomic", "set", "map"].includes(listType))
    errors.push(unsupported(`${path}.x-kubernetes-list-type`, listType, ["atomic", "set", "map"]));
  if (listType === "set" && items) checkSetItems(items, `${path}.items`, errors);
  if (listType !== "map") {
    if (listMapKeys?.length)
      errors.push(
        invalid(
          `${path}.x-kubernetes-list-type`,
          listType,
          "must be map if x-kubernetes-list-map-keys is non-empty",
        ),
      );
    return;
  }
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (!listMapKeys?.length) errors.push(required(at, "must not be empty if x-kubernetes-list-type is map"));
  if (items?.type && items.type !== "object")
    errors.push(
      invalid(
        `${path}.items.type`,
        items.type,
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    );
  for (const key of listMapKeys ?? []) {
    const property = items?.properties?.[key];
    if (!property) errors.push(invalid(at, listMapKeys, "entries must all be names of item properties"));
    else if (!items?.required?.includes(key) && property.default === undefined)
      errors.push(
        required(
          `${path}.items.properties[${key}].default`,
          "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        ),
      );
  }
}

/** Items of sets are replaced as a whole. */
function checkSetItems(
  { type, listType, mapType, nullable }: Schema,
  path: string,
  errors: FieldError[],
): void {
  const atomic = "must be atomic as item of a list with x-kubernetes-list-type=set";
  if (nullable)
    errors.push(forbidden(`${path}.nullable`, "cannot be nullable when x-kubernetes-list-type is set"));
  if (type === "array" && listType !== undefined && listType !== "atomic")
    errors.push(invalid(`${path}.x-kubernetes-list-type`, listType, atomic));
  if (type === "object" && mapType !== "atomic")
    errors.push(invalid(`${path}.x-kubernetes-map-type`, null, atomic));
}

/** Defaults must be values that the API server would accept, without unknown fields. */
function checkDefaults(schema: Schema, path: string, errors: FieldError[]): void {
  if (schema.default !== undefined) {
    const value = structuredClone(schema.default);
    const at = `${path}.default`;
    if (pruneValue(value, schema).length > 0)
      errors.push(invalid(at, schema.default, "must not have unknown fields"));
    for (const error of validateOpenApi(schema.default, schema))
      errors.push({ ...error, path: error.path === "<nil>" ? at : `${at}.${error.path}` });
  }
  if (schema.items) checkDefaults(schema.items, `${path}.items`, errors);
  for (const [name, value] of Object.entries(schema.properties ?? {}))
    checkDefaults(value, `${path}.properties[${name}]`, errors);
  if (typeof schema.additionalProperties === "object")
    checkDefaults(schema.additionalProperties, `${path}.additionalProperties`, errors);
}

/** Constraints on values, and what must not stand inside of allOf, anyOf, oneOf and not. */
function checkValues(schema: Schema, path: string, errors: FieldError[], intOrString: boolean): void {
  if (schema.pattern !== undefined) {
    try {
      compileRegexp(schema.pattern);
    } catch (error) {
      const why = `must be a valid regular expression, but isn't: ${(error as Error).message}`;
      errors.push(invalid(`${path}.pattern`, schema.pattern, why));
    }
  }
  const skip = (nested: Schema[] | undefined) => intOrString && isIntOrString(nested);
  for (const junctor of ["allOf", "anyOf", "oneOf"] as const) {
    if (junctor === "anyOf" && skip(schema.anyOf)) continue;
    for (const [i, nested] of (schema[junctor] ?? []).entries()) {
      const isPattern = junctor === "allOf" && i === 0 && skip(nested.anyOf);
      checkNested(nested, `${path}.${junctor}[${i}]`, errors, isPattern);
    }
  }
  if (schema.not) checkNested(schema.not, `${path}.not`, errors, false);
}

function isIntOrString(nested: Schema[] | undefined): boolean {
  return JSON.stringify(nested) === '[{"type":"integer"},{"type":"string"}]';
}

function checkNested(
  schema: Schema,
  path: string,
  errors: FieldError[],
  isIntOrStringPattern: boolean,
): void {
  if (!isIntOrStringPattern) checkValues(schema, path, errors, false);
  const forbid = (field: string, detail: string) =>
    errors.push(forbidden(`${path}.${field}`, `must be ${detail} to be structural`));
  if (schema.items) checkNested(schema.items, `${path}.items`, errors, false);
  for (const [name, value] of Object.entries(schema.properties ?? {}))
    checkNested(value, `${path}.properties[${name}]`, errors, false);
  if (schema.type) forbid("type", "empty");
  if (schema.additionalProperties !== undefined) forbid("additionalProperties", "undefined");
  if (schema.default !== undefined) forbid("default", "undefined");
  if (schema.nullable) forbid("nullable", "false");
  if (schema.preserveUnknownFields) forbid("x-kubernetes-preserve-unknown-fields", "false");
  if (schema.embeddedResource) forbid("x-kubernetes-embedded-resource", "false");
  if (schema.intOrString) forbid("x-kubernetes-int-or-string", "false");
  if (schema.listMapKeys?.length) forbid("x-kubernetes-list-map-keys", "empty");
  if (schema.listType) forbid("x-kubernetes-list-type", "undefined");
  if (schema.mapType) forbid("x-kubernetes-map-type", "undefined");
  if (schema.validations?.length) forbid("x-kubernetes-validations", "empty");
  if (schema.properties?.["metadata"])
    errors.push(forbidden(`${path}.properties[metadata]`, "must not be specified in a nested context"));
}

function checkMetadata(metadata: Schema | undefined, path: string, errors: FieldError[]): void {
  if (!metadata) return;
  if (metadata.type !== "object") errors.push(invalid(`${path}.type`, metadata.type ?? "", "must be object"));
  const { type: _, properties = {}, ...rest } = metadata;
  const isAllowed = Object.keys(properties).every((name) => name === "name" || name === "generateName");
  if (!isAllowed || Object.keys(rest).length > 0)
    errors.push(
      forbidden(
        path,
        "must not specify anything other than name and generateName, but metadata is implicitly specified",
      ),
    );
}

/** Every field that a constraint at the root speaks of must be declared outside of the junctors. */
function checkCompleteness(schema: Schema, path: string, errors: FieldError[]): void {
  for (const { nested, at } of junctorsOf(schema, path)) covers(schema, nested, path, at, errors);
}

function junctorsOf(schema: Schema, path: string): { nested: Schema; at: string }[] {
  const out: { nested: Schema; at: string }[] = [];
  for (const junctor of ["allOf", "anyOf", "oneOf"] as const)
    for (const [i, nested] of (schema[junctor] ?? []).entries())
      out.push({ nested, at: `${path}.${junctor}[${i}]` });
  if (schema.not) out.push({ nested: schema.not, at: `${path}.not` });
  return out;
}

function covers(
  schema: Schema | undefined,
  nested: Schema,
  path: string,
  at: string,
  errors: FieldError[],
): void {
  if (nested.items) {
    if (!schema?.items) errors.push(required(`${path}.items`, `because it is defined in ${at}.items`));
    else covers(schema.items, nested.items, `${path}.items`, `${at}.items`, errors);
  }
  for (const [name, value] of Object.entries(nested.properties ?? {})) {
    const [declared, here] = [schema?.properties?.[name], `${path}.properties[${name}]`];
    if (!declared) errors.push(required(here, `because it is defined in ${at}.properties[${name}]`));
    else covers(declared, value, here, `${at}.properties[${name}]`, errors);
  }
  for (const { nested: deeper, at: where } of junctorsOf(nested, at))
    covers(schema, deeper, path, where, errors);
}
