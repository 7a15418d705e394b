import { splitApiVersion } from "@sluice/api";
import { schemaOfBuiltin } from "./builtin.ts";
import { supportedValues } from "./errors.ts";
import { VALIDATORS } from "./kinds.ts";
import { normaliseBuiltin } from "./normalise.ts";
import { complaints } from "./podspec.ts";
import type { FieldError, KubeObject, Schema } from "./types.ts";

/**
 * Brings an object of a built-in kind into the form that the API server stores, in place: defaults filled in, nulls and empty lists
 * dropped, quantities and times canonical. Objects of other kinds stay as they are.
 */
export function defaultBuiltin(object: KubeObject): void {
  normaliseBuiltin(object);
}

/**
 * Complaints of the API server about the fields of a built-in kind, whose defaults must be filled in already; metadata is not looked at.
 * `old` is the stored object on an update. The kinds with rules of their own are those of kinds.ts; enumerations hold for all.
 */
export function validateBuiltin(object: KubeObject, old?: KubeObject): FieldError[] {
  const { group, version } = splitApiVersion(object.apiVersion);
  const schema = schemaOfBuiltin({ group, version, kind: object.kind });
  if (!schema) return [];
  const to = complaints();
  VALIDATORS[`${group}/${object.kind}`]?.(object, old, to);
  if (object.spec) checkEnums(object.spec, schema.properties?.["spec"], "spec", to.errors);
  return unique(to.errors);
}

/** Values outside of the enumerations of a built-in schema. */
function checkEnums(value: unknown, schema: Schema | undefined, path: string, errors: FieldError[]): void {
  if (!schema || schema.goType === "v1.JSONSchemaProps") return;
  if (Array.isArray(value))
    for (const [i, item] of value.entries()) checkEnums(item, schema.items, `${path}[${i}]`, errors);
  else if (typeof value === "object" && value !== null) {
    for (const [key, below] of Object.entries(value))
      checkEnums(below, schema.properties?.[key], `${path}.${key}`, errors);
  } else if (schema.enum && value && !schema.enum.includes(value) && !isTold(path, errors))
    errors.push({ path, type: "Unsupported value", value, detail: supportedValues(schema.enum) });
}

/** Whether something was said already about a field, or about what it is part of (other than the whole spec). */
function isTold(path: string, errors: FieldError[]): boolean {
  const isPart = (parent: string) => path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`);
  return errors.some((error) => error.path === path || (error.path !== "spec" && isPart(error.path)));
}

/** One complaint a field and kind of fault. */
function unique(errors: FieldError[]): FieldError[] {
  const seen = new Set<string>();
  return errors.filter(({ path, type, detail }) => {
    const key = JSON.stringify([path, type, detail]);
    return seen.has(key) ? false : seen.add(key);
  });
}
