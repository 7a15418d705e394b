/**
 * What structured merge needs to know of a type: how its values merge (as kube-openapi's schemaconv derives it from OpenAPI).
 */
import { objectMetaSchema } from "../schema/builtin.ts";
import type { Schema } from "../schema/types.ts";

export type Scalar = "numeric" | "string" | "boolean" | "untyped";

/** A list is atomic, or associative: by key fields, or (no keys) a set of scalars. */
export type ListAtom = { associative: boolean; keys: readonly string[]; element: Atom };

/** `fields` are the declared ones; `element` is the type of all others, absent if there may be none. */
export type MapAtom = { atomic: boolean; fields?: Map<string, Field>; element?: Atom };

export type Field = { type: Atom; default?: unknown };

/** What a value may be; several for types that are known only when the value is seen. */
export type Atom = { scalar?: Scalar; list?: ListAtom; map?: MapAtom };

export type Shape = "map" | "scalar" | "list";

/** Anything, replaced as a whole. */
const UNTYPED: Atom = { scalar: "untyped" };
UNTYPED.list = { associative: false, keys: [], element: UNTYPED };
UNTYPED.map = { atomic: true, element: UNTYPED };

/** Anything: maps merge by key, lists are replaced as a whole. Also the type of objects without a schema. */
export const DEDUCED: Atom = { scalar: "untyped", list: { associative: false, keys: [], element: UNTYPED } };
DEDUCED.map = { atomic: false, element: DEDUCED };

const cache = new WeakMap<Schema, Atom>();
const preservingCache = new WeakMap<Schema, Atom>();
const rootCache = new WeakMap<Schema, Atom>();

/** The type of whole objects: a custom resource's schema says nothing of metadata, which is that of every kind. */
export function rootAtom(schema: Schema | undefined): Atom {
  if (!schema) return DEDUCED;
  if (schema.goType !== undefined) return atomOf(schema, false);
  let atom = rootCache.get(schema);
  if (!atom) {
    atom = withObjectFields(atomOf(schema, false));
    rootCache.set(schema, atom);
  }
  return atom;
}

/** Which alternative of `atom` fits `value`; for null and absent values the first of map, scalar, list. */
export function shapeFor(atom: Atom, value: unknown): Shape {
  if (value !== null && value !== undefined) {
    if (Array.isArray(value)) {
      if (atom.list) return "list";
    } else if (typeof value === "object") {
      if (atom.map) return "map";
    } else if (atom.scalar) return "scalar";
  }
  return atom.map ? "map" : atom.scalar ? "scalar" : "list";
}

/** The type of a map's entry; absent when the schema does not declare the field. */
export function entryAtom(map: MapAtom, key: string): Atom | undefined {
  return map.fields?.get(key)?.type ?? map.element;
}

/** `preserve` is inherited: below x-kubernetes-preserve-unknown-fields every object takes unknown fields. */
function atomOf(schema: Schema, preserve: boolean): Atom {
  const preserving = preserve || schema.preserveUnknownFields === true;
  const known = preserving ? preservingCache : cache;
  const found = known.get(schema);
  if (found) return found;
  const atom: Atom = {};
  known.set(schema, atom); // before its parts: schemas may be recursive
  Object.assign(atom, parse(schema, preserving));
  return atom;
}

function parse(schema: Schema, preserve: boolean): Atom {
  if (schema.builtinScalar === "quantity") return { scalar: "untyped" };
  if (schema.goType === "runtime.RawExtension") return UNTYPED;
  switch (schema.type) {
    case "object":
      return schema.embeddedResource
        ? withObjectFields({ map: parseMap(schema, preserve) })
        : { map: parseMap(schema, preserve) };
    case "array":
      return { list: parseList(schema, preserve) };
    case "integer":
    case "number":
      return { scalar: "numeric" };
    case "boolean":
      return { scalar: "boolean" };
    case "string":
      return {
        scalar: schema.format === undefined || schema.format === "byte" ? "string" : "untyped",
      };
    default:
      return { scalar: "untyped", list: parseList(schema, preserve), map: parseMap(schema, preserve) };
  }
}

function parseMap(schema: Schema, preserve: boolean): MapAtom {
  const map: MapAtom = { atomic: schema.mapType === "atomic" };
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length > 0) {
    map.fields = new Map();
    for (const [name, member] of properties)
      map.fields.set(name, { type: atomOf(member, preserve), default: defaultOf(schema, name) });
  }
  const others = schema.additionalProperties;
  if (others === undefined) {
    if (preserve || properties.length === 0) map.element = DEDUCED;
  } else if (typeof others === "object") map.element = atomOf(others, preserve);
  else if (others) map.element = DEDUCED;
  return map;
}

/** What stands for an absent field where it identifies an item; scalars that Go holds by value have their zero value. */
function defaultOf(schema: Schema, name: string): unknown {
  const declared = schema.properties?.[name]?.default;
  if (declared !== undefined) return declared;
  const zero = schema.alwaysShown?.[name];
  return typeof zero === "object" ? undefined : zero;
}

function parseList(schema: Schema, preserve: boolean): ListAtom {
  const element = schema.items ? atomOf(schema.items, preserve) : UNTYPED;
  if (schema.listType === "set") return { associative: true, keys: [], element };
  if (schema.listType === "map") return { associative: true, keys: schema.listMapKeys ?? [], element };
  const merges = schema.patchStrategy === "merge" || schema.patchStrategy === "merge,retainKeys";
  if (schema.listType === undefined && merges)
    return { associative: true, keys: schema.patchMergeKey ? [schema.patchMergeKey] : [], element };
  return { associative: false, keys: [], element };
}

function withObjectFields(atom: Atom): Atom {
  if (!atom.map) return atom;
  const fields = new Map(atom.map.fields);
  fields.set("apiVersion", { type: { scalar: "string" } });
  fields.set("kind", { type: { scalar: "string" } });
  fields.set("metadata", { type: atomOf(objectMetaSchema(), false) });
  return { ...atom, map: { ...atom.map, fields } };
}
