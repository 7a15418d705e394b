import type { Kind } from "./kind.ts";
import type { OpenApi, Rule } from "./schema.ts";
import { superset } from "./superset.ts";

/** Markdown with every field of every kind, from the schemas. */
export function referenceOf(kinds: readonly Kind<any>[]): string {
  const contents = kinds.map(({ kind }) => `- [${kind}](#${kind.toLowerCase()})`);
  return [
    "# Fields of every kind",
    "Generated from `packages/api` by `npm run generate`. A field in **bold** is required.",
    "Durations are written like `1h30m`, `45s` or `500ms`.",
    contents.join("\n"),
    ...kinds.map(sectionOf),
  ].join("\n\n");
}

function sectionOf(kind: Kind<any>): string {
  const short = kind.shortNames.length > 0 ? `, short ${kind.shortNames.map(code).join(", ")}` : "";
  const older = kind.deprecatedVersions.map(code).join(", ");
  const { spec, status } = kind.openapi.properties!;
  return [
    `## ${kind.kind}`,
    kind.description,
    `${code(kind.apiVersion)}, resource ${code(kind.plural)}${short}; reconciled by ${kind.controller}.` +
      (older === "" ? "" : ` Older versions still taken: ${older}.`),
    tableOf(kind.kind, "spec", spec!),
    ...(status ? [tableOf(kind.kind, "status", status)] : []),
  ].join("\n\n");
}

function tableOf(kind: string, root: string, schema: OpenApi): string {
  const rows = [...rowsOf(schema, root)].filter(({ path }) => !isBelowOldField(kind, path));
  return ["| field | type | meaning |", "|---|---|---|", ...rows.map((row) => lineOf(kind, row))].join("\n");
}

type Row = { path: string; schema: OpenApi; required: boolean };

function* rowsOf(schema: OpenApi, path: string): Generator<Row> {
  const names = Object.keys(schema.properties ?? {});
  for (const name of names) {
    const field = schema.properties![name]!;
    const at = `${path}.${name}`;
    yield { path: at, schema: field, required: schema.required?.includes(name) ?? false };
    yield* rowsOf(field, at);
    if (field.items) yield* rowsOf(field.items, `${at}[]`);
    if (field.additionalProperties) yield* rowsOf(field.additionalProperties, `${at}.*`);
  }
}

function lineOf(kind: string, { path, schema, required }: Row): string {
  const name = required ? `**${code(path)}**` : code(path);
  const old = superset[kind]?.[`.${path}`];
  const parts = [
    schema.description ?? "",
    ...limitsOf(schema),
    ...rulesOf(schema),
    old ? `From ${old}.` : "",
  ];
  return `| ${name} | ${typeOf(schema)} | ${cell(parts.filter((part) => part !== "").join(" "))} |`;
}

function limitsOf(schema: OpenApi): string[] {
  const words = schema.enum ?? schema.items?.enum;
  const size = [schema.minLength, schema.maxLength].some((limit) => limit !== undefined);
  return [
    words ? `One of ${words.map(code).join(", ")}.` : "",
    schema.default === undefined ? "" : `Default ${code(textOf(schema.default))}.`,
    schema.pattern && schema.format === undefined && !isDuration(schema)
      ? `Matches ${code(schema.pattern)}.`
      : "",
    size ? `${schema.minLength ?? 0} to ${schema.maxLength ?? "any number of"} characters.` : "",
    schema.minItems === undefined ? "" : `At least ${schema.minItems}.`,
    schema.maxItems === undefined ? "" : `At most ${schema.maxItems}.`,
  ];
}

const rulesOf = (schema: OpenApi): string[] =>
  (schema["x-kubernetes-validations"] ?? []).map(({ message }: Rule) => `Rule: ${message}.`);

function typeOf(schema: OpenApi): string {
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties) return `map of ${typeOf(schema.additionalProperties)}`;
  if (isDuration(schema)) return "duration";
  return schema.format === "date-time" ? "time" : (schema.type ?? "any");
}

const isDuration = ({ pattern }: OpenApi) => pattern?.startsWith("^([0-9]+(\\.[0-9]+)?(ms|s|m") ?? false;

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

const code = (text: string) => `\`${text}\``;

const cell = (text: string) => text.replaceAll("|", "\\|");

function isBelowOldField(kind: string, path: string): boolean {
  return Object.keys(superset[kind] ?? {}).some(
    (field) =>
      `.${path}`.length > field.length &&
      /^[.[]/.test(`.${path}`.slice(field.length)) &&
      `.${path}`.startsWith(field),
  );
}
