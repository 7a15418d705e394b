import { readFileSync } from "node:fs";
import type { GroupVersionKind, Schema } from "./types.ts";

/** A definition of the API server's OpenAPI v2 document. */
export type Definition = {
  type?: string;
  format?: string;
  required?: string[];
  properties?: Record<string, Definition>;
  additionalProperties?: Definition;
  items?: Definition;
  enum?: unknown[];
  default?: unknown;
  $ref?: string;
  "x-kubernetes-group-version-kind"?: GroupVersionKind[];
  [extension: string]: unknown;
};

const PREFIX = "#/definitions/";
const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const BUILTIN_SCALARS: Record<string, Schema["builtinScalar"]> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "microTime",
};
/** Definitions that hold any JSON, which OpenAPI v2 cannot say. */
const FREE_FORM = new Set([
  "io.k8s.apimachinery.pkg.runtime.RawExtension",
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
]);

/** How Go writes a struct: see scripts/go-fields. */
type GoFields = { drop?: string[]; show?: Record<string, unknown> };

let loaded: Record<string, Definition> | undefined;
let goFields: Record<string, GoFields> | undefined;
let kinds: Map<string, string> | undefined;
const resolved = new Map<string, Schema>();

/** All definitions of Kubernetes v1.36, by name; read from disk on first use. Shared: do not change. */
export function builtinDefinitions(): Record<string, Definition> {
  loaded ??= JSON.parse(
    readFileSync(new URL("../generated/schema.json", import.meta.url), "utf8"),
  ).definitions;
  return loaded as Record<string, Definition>;
}

function readGenerated(file: string) {
  return JSON.parse(readFileSync(new URL(`../generated/${file}`, import.meta.url), "utf8"));
}

/** The schema of a built-in kind of Kubernetes v1.36; undefined for a kind that it does not have. */
export function schemaOfBuiltin({ group, version, kind }: GroupVersionKind): Schema | undefined {
  kinds ??= indexKinds(builtinDefinitions());
  const name = kinds.get(`${group}/${version}/${kind}`);
  return name === undefined ? undefined : definition(name);
}

/** The schema of `metadata`, for custom resources and embedded ones. */
export function objectMetaSchema(): Schema {
  return definition(OBJECT_META);
}

function indexKinds(definitions: Record<string, Definition>): Map<string, string> {
  const index = new Map<string, string>();
  for (const [name, { "x-kubernetes-group-version-kind": owners }] of Object.entries(definitions)) {
    for (const { group, version, kind } of owners ?? []) index.set(`${group}/${version}/${kind}`, name);
  }
  return index;
}

/** Resolves a definition once; registered before its fields are filled in, since definitions may be recursive. */
function definition(name: string): Schema {
  const known = resolved.get(name);
  if (known) return known;
  const schema: Schema = {};
  resolved.set(name, schema);
  const source = builtinDefinitions()[name];
  if (!source) throw new Error(`schema.json refers to ${name}, which it does not define`);
  fill(schema, source);
  schema.goType = name.split(".").slice(-2).join("."); // as Go's decoder names it
  schema.definition = name.split(".").slice(-3).join(".");
  schema.builtinScalar = BUILTIN_SCALARS[name];
  goFields ??= readGenerated("go-fields.json") as Record<string, GoFields>;
  const { drop, show } = goFields[name] ?? {};
  if (drop) schema.droppedWhenZero = new Set(drop);
  if (show) schema.alwaysShown = show;
  if (FREE_FORM.has(name)) schema.preserveUnknownFields = true;
  if (schema.type === undefined) schema.preserveUnknownFields = true;
  return schema;
}

function convert(source: Definition): Schema {
  if (source.$ref === undefined) {
    const schema: Schema = {};
    fill(schema, source);
    return schema;
  }
  const target = definition(source.$ref.slice(PREFIX.length));
  const extras: Schema = {};
  fillExtensions(extras, source);
  return Object.keys(extras).length === 0 ? target : { ...target, ...extras };
}

function fill(schema: Schema, source: Definition): void {
  if (source.type !== undefined) schema.type = source.type as Schema["type"];
  if (source.format !== undefined) schema.format = source.format;
  if (source.format === "int-or-string") schema.intOrString = true;
  if (source.required) schema.required = source.required;
  if (source.enum) schema.enum = source.enum;
  if (source.default !== undefined) schema.default = source.default;
  fillExtensions(schema, source);
  if (source.items) schema.items = convert(source.items);
  if (source.additionalProperties) schema.additionalProperties = convert(source.additionalProperties);
  if (source.properties) {
    schema.properties = {};
    for (const [field, value] of Object.entries(source.properties)) schema.properties[field] = convert(value);
  }
}

function fillExtensions(schema: Schema, source: Definition): void {
  const listType = source["x-kubernetes-list-type"];
  const mapType = source["x-kubernetes-map-type"];
  const strategy = source["x-kubernetes-patch-strategy"];
  const mergeKey = source["x-kubernetes-patch-merge-key"];
  const mapKeys = source["x-kubernetes-list-map-keys"];
  if (listType) schema.listType = listType as Schema["listType"];
  if (mapKeys) schema.listMapKeys = mapKeys as string[];
  if (mapType) schema.mapType = mapType as Schema["mapType"];
  if (strategy) schema.patchStrategy = strategy as string;
  if (mergeKey) schema.patchMergeKey = mergeKey as string;
}
