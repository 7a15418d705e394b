import type { Schema } from "./types.ts";

type Json = Record<string, unknown>;

const OBJECT_FIELDS = new Set(["apiVersion", "kind", "metadata"]);

/**
 * Drops the fields that `schema` does not know from `value`, in place; their paths ("spec.items[0].foo") are returned: sorted for custom resources, as
 * they come for built-in kinds. Works
 * for custom resources (metadata is not looked into) and for built-in kinds.
 */
export function prune(value: unknown, schema: Schema): string[] {
  const dropped: string[] = [];
  const isBuiltin = schema.goType !== undefined;
  visit(value, isBuiltin ? schema : { ...schema, embeddedResource: true }, "", dropped);
  return isBuiltin ? dropped : dropped.sort();
}

/** As `prune`, for a value that is part of an object. */
export function pruneValue(value: unknown, schema: Schema): string[] {
  const dropped: string[] = [];
  visit(value, schema, "", dropped);
  return dropped;
}

/** `keeps` is what the list says that `value` is an item of: one that preserves unknown fields does so for its items. */
function visit(
  value: unknown,
  schema: Schema | undefined,
  path: string,
  dropped: string[],
  keeps = schema?.preserveUnknownFields,
): void {
  if (typeof value !== "object" || value === null || (keeps && !schema)) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      visit(item, schema?.items, `${path}[${i}]`, dropped, keeps || schema?.items?.preserveUnknownFields);
    return;
  }
  // the metadata of the object itself is looked at when it is read
  if (schema?.embeddedResource && path !== "")
    visitMetadata((value as Json)["metadata"], `${path}.metadata`, dropped);
  visitMap(value as Json, schema, path, dropped, keeps);
}

const METADATA_FIELDS = new Set(
  "name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields".split(
    " ",
  ),
);

function visitMetadata(metadata: unknown, path: string, dropped: string[]): void {
  if (typeof metadata !== "object" || metadata === null) return;
  for (const key of Object.keys(metadata))
    if (!METADATA_FIELDS.has(key)) {
      dropped.push(`${path}.${key}`);
      delete (metadata as Json)[key];
    }
}

function visitMap(
  map: Json,
  schema: Schema | undefined,
  path: string,
  dropped: string[],
  keeps: boolean | undefined,
): void {
  for (const key of Object.keys(map)) {
    const at = path === "" ? key : `${path}.${key}`;
    if (schema?.embeddedResource && OBJECT_FIELDS.has(key)) continue;
    const property = schema?.properties?.[key];
    const others = schema?.additionalProperties;
    if (property) visit(map[key], property, at, dropped);
    else if (typeof others === "object") visit(map[key], others, at, dropped);
    else if (!others && !keeps && !isFreeForm(schema)) {
      if (path !== "" || !OBJECT_FIELDS.has(key)) dropped.push(at);
      delete map[key];
    }
  }
}

/** Built-in types without fields of their own take anything (FieldsV1, RawExtension). */
function isFreeForm(schema: Schema | undefined): boolean {
  return schema?.goType !== undefined && schema.properties === undefined;
}
