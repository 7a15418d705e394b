// Holds every CRD against the recorded field tables of Flux (shared/api/<kind>.tsv): each row must be there,
// exactly; each field beyond them must be declared in superset.ts.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { crdOf } from "./crd.ts";
import type { Kind } from "./kind.ts";
import { allKinds } from "./kinds.ts";
import type { OpenApi } from "./schema.ts";
import { superset } from "./superset.ts";

const shared = process.env.SLUICE_SHARED ?? join(import.meta.dirname, "../../../../shared");
const tables = join(shared, "api");

type Row = { type: string; required: string; limits: string };

for (const kind of allKinds) {
  const file = join(tables, `${kind.kind.toLowerCase()}.tsv`);
  test(`${kind.kind} has every field of ${kind.kind.toLowerCase()}.tsv`, (t) => {
    if (!existsSync(file))
      return t.skip(`NOT CHECKED: ${file} is absent; set SLUICE_SHARED to the recorded tables`);
    const { headers, rows } = readTable(readFileSync(file, "utf8"));
    assert.deepEqual(headersOf(kind), headers);

    const ours = new Map<string, Row>();
    flatten(kind.openapi, "", ours);
    const declared = Object.keys(superset[kind.kind] ?? {});
    const isDeclared = (path: string) =>
      declared.some((field) => path === field || /^[.[{]/.test(after(path, field)));
    for (const [path, row] of rows) assert.deepEqual({ path, ...ours.get(path) }, { path, ...row });
    const extra = [...ours.keys()].filter((path) => !rows.has(path));
    assert.deepEqual(
      extra.filter((path) => !isDeclared(path)),
      [],
      "fields that superset.ts does not declare",
    );
    assert.deepEqual(
      declared.filter((field) => !extra.includes(field)),
      [],
      "superset.ts names fields that are no extras",
    );
  });
}

test("superset.ts names only kinds that exist", () => {
  const names = allKinds.map(({ kind }) => kind);
  assert.deepEqual(
    Object.keys(superset).filter((name) => !names.includes(name)),
    [],
  );
});

/** What follows `prefix` in `path`; empty if it is not a prefix. */
const after = (path: string, prefix: string) => (path.startsWith(prefix) ? path.slice(prefix.length) : "");

function readTable(text: string): { headers: string[]; rows: Map<string, Row> } {
  const lines = text.split("\n").filter((line) => line !== "");
  const rows = lines
    .filter((line) => !line.startsWith("#"))
    .map((line) => {
      const [path = "", type = "", required = "", limits = ""] = line.split("\t");
      return [path, { type, required, limits: limits.trim() }] as const;
    });
  return { headers: lines.filter((line) => line.startsWith("#")), rows: new Map(rows) };
}

/** The header lines of the table, written from our CRD. */
function headersOf(kind: Kind): string[] {
  const { group, names, scope, versions } = crdOf(kind).spec;
  const current = versions.find((version: { storage: boolean }) => version.storage);
  const subresources = Object.keys(current.subresources ?? {}).map((name) => `'${name}'`);
  const shortNames = (names.shortNames ?? []).join(",");
  return [
    `# ${names.kind}.${group} scope=${scope} plural=${names.plural} shortNames=${shortNames} categories=${names.categories.join(",")}`,
    `## version ${current.name} served=True storage=True deprecated=False subresources=[${subresources}]`,
    ...current.additionalPrinterColumns.map(
      ({ name, type, jsonPath, priority = 0 }: any) =>
        `## column ${name}\t${type}\t${jsonPath}\tpriority=${priority}`,
    ),
  ];
}

function flatten(schema: OpenApi, path: string, rows: Map<string, Row>): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (path === "" && ["apiVersion", "kind", "metadata"].includes(name)) continue;
    const at = `${path}.${name}`;
    rows.set(at, {
      type: typeOf(field),
      required: schema.required?.includes(name) ? "required" : "",
      limits: [limitsOf(field), field.items && !field.items.properties ? itemsOf(field.items) : ""]
        .filter((part) => part !== "")
        .join("; "),
    });
    flatten(field, at, rows);
    if (field.items) flatten(field.items, `${at}[]`, rows);
    if (field.additionalProperties) flatten(field.additionalProperties, `${at}{}`, rows);
  }
}

function typeOf({ type, items, additionalProperties }: OpenApi): string {
  if (items) return `[]${items.type ?? "any"}`;
  if (additionalProperties) return `map[string]${additionalProperties.type}`;
  return type ?? "any";
}

const itemsOf = (items: OpenApi) => (limitsOf(items) === "" ? "" : `items(${limitsOf(items)})`);

function limitsOf(schema: OpenApi): string {
  const parts: string[] = [];
  if (schema.default !== undefined) {
    const { default: value } = schema;
    parts.push(`default=${typeof value === "string" ? value : json(value)}`);
  }
  if (schema.enum) parts.push(`enum=${json(schema.enum)}`);
  for (const key of [
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "minItems",
    "maxItems",
    "format",
  ] as const) {
    if (schema[key] !== undefined) parts.push(`${key}=${schema[key]}`);
  }
  for (const { rule } of schema["x-kubernetes-validations"] ?? []) parts.push(`cel[${rule}]`);
  if (schema["x-kubernetes-preserve-unknown-fields"]) parts.push("preserve-unknown-fields=true");
  for (const key of ["list-map-keys", "list-type", "map-type"] as const) {
    const value = schema[`x-kubernetes-${key}`];
    if (value !== undefined) parts.push(`${key}=${json(value)}`);
  }
  return parts.join("; ");
}

/** JSON with a space after each comma and colon, as the tables have it. */
function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}: ${json(item)}`)
      .join(", ")}}`;
  }
  return JSON.stringify(value);
}
