import { isMap } from "../node.ts";
import { builtinSchema, type SchemaField, type SchemaType } from "../scope.ts";
import { apiVersionKind, type OpenApi } from "./openapi.ts";

/** What is known about a node: the type of its fields, of its items or map values, and how its list merges. */
export type Schema = {
  type?: SchemaType;
  each?: SchemaType;
  map?: boolean;
  merge?: string[];
  values?: SchemaField;
  types: SchemaType[];
};

export type Compiled = { types: SchemaType[]; kinds: Record<string, number> };

/**
 * OpenAPI definitions reduced to what strategic merge asks for: field types and merge keys, by kind. With `withBuiltin`
 * they may refer to definitions of the built-in schema.
 */
export function compileSchema(definitions: Record<string, OpenApi | null>, withBuiltin = false): Compiled {
  const builtin = withBuiltin ? builtinSchema() : { types: [], names: [] };
  const types: SchemaType[] = [...builtin.types];
  const names = new Map<string, number>(builtin.names.map((name, i) => [name, i]));
  const kinds: Record<string, number> = {};

  const typeOf = (schema: OpenApi | null | undefined, depth: number): number | undefined => {
    if (!schema || depth > 100) return undefined;
    if (!schema.$ref) return schema.properties ? declare(schema, undefined, depth) : undefined;
    const name = schema.$ref.replace("#/definitions/", "");
    const definition = definitions[name];
    return names.get(name) ?? (definition ? declare(definition, name, depth) : undefined);
  };
  const declare = (schema: OpenApi, name: string | undefined, depth: number): number => {
    const type: SchemaType = {};
    const index = types.push(type) - 1;
    if (name !== undefined) names.set(name, index);
    for (const [field, property] of Object.entries(schema.properties ?? {})) {
      const found = property && fieldOf(property, depth);
      if (found) type[field] = found;
    }
    return index;
  };
  const fieldOf = (schema: OpenApi, depth: number): SchemaField | undefined => {
    const values = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
    const field: SchemaField = {
      to: typeOf(schema, depth + 1),
      each: typeOf(schema.items ?? values, depth + 1),
      map: values ? true : undefined,
      merge: mergeKeys(schema),
      values: values && depth < 100 ? fieldOf(values, depth + 1) : undefined,
    };
    return Object.values(field).every((known) => known === undefined || known === true) ? undefined : field;
  };

  for (const [name, definition] of Object.entries(definitions)) {
    if (definition === null) continue;
    const index = names.get(name) ?? declare(definition, name, 0);
    for (const id of kindsOf(definition)) kinds[id] = index;
  }
  return { types, kinds };
}

function mergeKeys(schema: OpenApi): string[] | undefined {
  const strategy = schema["x-kubernetes-patch-strategy"];
  if (typeof strategy !== "string" || !strategy.split(",").includes("merge")) return undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? schema["x-kubernetes-patch-merge-key"];
  if (keys === undefined) return [];
  return Array.isArray(keys) ? (keys as string[]) : [String(keys)];
}

function kindsOf(definition: OpenApi): string[] {
  const found = definition["x-kubernetes-group-version-kind"];
  return Array.isArray(found) ? found.map(apiVersionKind).filter((id) => id !== undefined) : [];
}

/**
 * The schema of a build: the built-in one, or a custom one that replaces it, which is read when it is first needed. Once a
 * build has merged by the built-in schema, or asked about a kind that it does not know, it stays in force beside a custom one
 * that comes later; so does kustomize.
 */
export type SchemaState = { custom?: () => Custom; version?: string; mixed: boolean };
/** A custom schema, and which of its kinds are in namespaces. */
export type Custom = Compiled & { namespaced: ReadonlyMap<string, boolean> };

export const newSchemaState = (): SchemaState => ({ mixed: false });

export function schemaOfKind(state: SchemaState, apiVersion: string, kind: string): Schema | undefined {
  const id = `${apiVersion}/${kind}`;
  if (!state.custom) state.mixed = true;
  const custom = state.custom?.();
  if (state.mixed) {
    const { types, kinds } = builtinSchema();
    const index = kinds[id];
    if (index !== undefined) return { type: types[index], types };
  }
  const index = custom?.kinds[id];
  return index === undefined ? undefined : { type: custom!.types[index], types: custom!.types };
}

/** Whether a kind that the built-in schema does not know lives in namespaces; undefined if nobody says. */
export function isNamespaced(state: SchemaState, apiVersionKind: string): boolean | undefined {
  if (!state.custom) state.mixed = true;
  return state.custom?.().namespaced.get(apiVersionKind);
}

export function fieldSchema(schema: Schema | undefined, field: string): Schema | undefined {
  if (!schema) return undefined;
  const { types } = schema;
  if (schema.values) return schemaOfField(schema.values, types);
  if (schema.map) return schema.each && { type: schema.each, types };
  const found = schema.type && Object.hasOwn(schema.type, field) ? schema.type[field] : undefined;
  return found && schemaOfField(found, types);
}

function schemaOfField(field: SchemaField, types: SchemaType[]): Schema {
  return {
    type: field.to === undefined ? undefined : types[field.to],
    each: field.each === undefined ? undefined : types[field.each],
    map: field.map,
    merge: field.merge,
    values: field.values,
    types,
  };
}

/** The schema that the JSON object in a comment is; undefined if it is none. It may refer to the built-in schema. */
export function schemaOfComment(comment: string): Schema | undefined {
  let schema: unknown;
  try {
    schema = JSON.parse(comment);
  } catch {
    return undefined;
  }
  if (!isMap(schema) || Object.keys(schema).length === 0) return undefined;
  const { types } = compileSchema({ "": { properties: { field: schema as OpenApi } } }, true);
  const holder = types.find((type) => Object.hasOwn(type, "field") && !builtinSchema().types.includes(type));
  return holder ? schemaOfField(holder.field!, types) : { types };
}

export function itemSchema(schema: Schema | undefined): Schema | undefined {
  return schema?.each && !schema.map ? { type: schema.each, types: schema.types } : undefined;
}
