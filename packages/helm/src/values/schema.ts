import { go } from "@sluice/gotemplate";
import type { Chart, ChartFile, Values } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { check, type Run } from "./schema-check.ts";
import { Compiler, type Schema } from "./schema-compile.ts";
import { type Draft, Library, resourceAt } from "./schema-documents.ts";
import { readSchema } from "./schema-json.ts";
import { linesOf } from "./schema-words.ts";
import { isTable } from "./tables.ts";
import type { Warn } from "./warn.ts";

const HEAD = "values don't meet the specifications of the schema(s) in the following chart(s):\n";

/**
 * Checks values against values.schema.json of a chart and the charts within: drafts 4, 6, 7, 2019-09 and 2020-12, which is what
 * a schema without `$schema` is. Formats count up to draft 7. Nothing is fetched: a `$ref` to elsewhere is an error.
 * @param values as `coalesceValues` gives them
 * @throws {ChartError} `schema-violation` with all that does not fit, in Helm's words; `bad-schema` in the same form, if a
 *   schema cannot be used; `limit` if a schema makes too much work. Of a map Helm tells the problems in random order, we by name.
 */
export function validateValues(chart: Chart, values: Values, { warn }: { warn: Warn }): void {
  const found: Finding[] = [];
  try {
    collect(chart, values, warn, found);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new ChartError("limit", "values.schema.json goes round in too deep a circle", { cause: thrown });
  }
  if (found.length === 0) return;
  const broken = found.find(({ code }) => code === "bad-schema");
  const text = found
    .map(({ text }) => text)
    .join("")
    .trimEnd();
  throw new ChartError(broken ? "bad-schema" : "schema-violation", HEAD + text, {
    file: "values.schema.json",
  });
}

type Finding = { code: "bad-schema" | "schema-violation"; text: string };

function collect(chart: Chart, values: Values, warn: Warn, found: Finding[]): void {
  const name = chart.metadata.name ?? "";
  if (chart.schema) {
    const finding = findingOf(chart.schema, values, warn);
    if (finding) found.push({ ...finding, text: `${name}:\n${finding.text}` });
  }
  for (const child of chart.dependencies) {
    const key = child.metadata.name ?? "";
    const section = Object.hasOwn(values, key) ? values[key] : null;
    if (section === null) continue;
    if (isTable(section)) collect(child, section, warn, found);
    else {
      const text = `${key}:\ninvalid type for values: expected object (map), got ${go.typeOf(section)}\n`;
      found.push({ code: "schema-violation", text });
    }
  }
}

function findingOf(file: ChartFile, values: Values, warn: Warn): Finding | undefined {
  const compiled = compiledOf(file);
  for (const line of compiled.warnings) warn(line);
  const { error } = compiled;
  if (error?.code === "limit") throw error;
  if (error) return { code: "bad-schema", text: error.message };
  const problems = check(compiled.schema!, values, newRun());
  return problems.length === 0 ? undefined : { code: "schema-violation", text: `${linesOf(problems)}\n` };
}

const newRun = (): Run => ({ steps: 0, words: 0 });

/** A schema that can be used, or why it cannot; and what there is to warn about. */
type Compiled = { schema?: Schema; error?: ChartError; warnings: readonly string[] };

/** Charts are shared by their releases, and read once. */
const known = new WeakMap<ChartFile, Compiled>();

function compiledOf(file: ChartFile): Compiled {
  let compiled = known.get(file);
  if (!compiled) known.set(file, (compiled = compileFile(file)));
  return compiled;
}

/** Where Helm says a schema is. */
const HERE = "file:///values.schema.json";

function compileFile(file: ChartFile): Compiled {
  const warnings: string[] = [];
  try {
    const value = readSchema(Buffer.from(file.data).toString());
    const library = new Library(
      (document, pointer, part) => checkSchema(document, pointer, part),
      (line) => warnings.push(line),
    );
    const document = library.add(HERE, value);
    return { schema: new Compiler(library).compile({ document, pointer: "" }), warnings };
  } catch (thrown) {
    if (!(thrown instanceof ChartError)) throw thrown;
    return { error: thrown, warnings };
  }
}

/** The published schemas, compiled when they are first needed. */
const published = new Map<Draft, Schema>();

function schemaOf(draft: Draft): Schema {
  let schema = published.get(draft);
  if (!schema) {
    const library = new Library(
      () => {},
      () => {},
    );
    schema = new Compiler(library).compile(library.resolveUrl(draft.url));
    published.set(draft, schema);
  }
  return schema;
}

/** Checks a part of a document against the schema of its draft. */
function checkSchema(
  ...[document, pointer, value]: Parameters<ConstructorParameters<typeof Library>[0]>
): void {
  const meta = schemaOf(resourceAt(document, pointer).draft);
  const run: Run = { ...newRun(), resources: document.resources, schemaOf: ({ draft }) => schemaOf(draft) };
  const problems = check(meta, value, run, meta);
  if (problems.length === 0) return;
  const where = go.quote(`${document.url}#${pointer}`);
  const head = `${where} is not valid against metaschema: jsonschema validation failed with '${meta.location}'`;
  throw new ChartError("bad-schema", `${head}\n${linesOf(problems)}`);
}
