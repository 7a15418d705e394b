/** The rules of `helm lint`: helm/pkg/chart/v2/lint. */
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { go } from "@sluice/gotemplate";
import {
  type Chart,
  coalesceTables,
  crdsOf,
  type LintOptions,
  loadDirectory,
  readValues,
  type Values,
  validateValues,
} from "@sluice/helm";
import { lintChartFile } from "./chartfile.ts";
import type { Message, Tell } from "./message.ts";
import { documentsOf, lintTemplates } from "./templates.ts";

/** What is wrong with the chart in a directory, in Helm's order. */
export function lintChart(dir: string, options: LintOptions): Message[] {
  const messages: Message[] = [];
  const tell: Tell = (severity, path, text) => {
    if (text !== undefined) messages.push({ severity, path, text });
    return text === undefined;
  };
  const root = resolve(dir);
  lintChartFile(root, tell);
  const values = lintValues(root, options, tell);
  lintTemplates(root, { ...options, values }, tell);
  lintDependencies(root, options, tell);
  lintCrds(root, options, tell);
  return messages;
}

const exists = (path: string) => statSync(path, { throwIfNoEntry: false });

/**
 * The values of the chart itself, with those given; those of charts within are not looked at.
 * @returns what the templates are given: Helm merges in place, so tables of the user's have the defaults in them, nulls too
 */
function lintValues(dir: string, { values, skipSchemaValidation, warn }: LintOptions, tell: Tell): Values {
  const file = "values.yaml";
  if (!tell("INFO", file, exists(join(dir, file)) ? undefined : "file does not exist")) return values;
  let merged: Values;
  try {
    merged = coalesceTables(values, readValues(readFileSync(join(dir, file))), { warn });
  } catch (thrown) {
    const why = (thrown as Error).message.replace(/^cannot unmarshal yaml document: /, "");
    tell("ERROR", file, `unable to parse YAML: ${why}`);
    return values;
  }
  const path = join(dir, "values.schema.json");
  if (!skipSchemaValidation && exists(path)?.size)
    tell(
      "ERROR",
      file,
      schemaProblem(() => validateValues(withSchema(path), merged, { warn })),
    );
  return Object.fromEntries(
    Object.keys(values).map((key) => [key, values[key] === null ? null : merged[key]]),
  );
}

/** A chart with nothing but a schema. */
function withSchema(path: string): Chart {
  const schema = { name: "values.schema.json", data: readFileSync(path) };
  return {
    metadata: { name: "" },
    values: {},
    schema,
    templates: [],
    files: [],
    raw: [],
    dependencies: [],
  };
}

/** What does not fit, without the name of the chart before it. */
function schemaProblem(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (thrown) {
    return `${(thrown as Error).message.replace(/^values don't meet.*\n:\n/, "")}\n`;
  }
}

/** Each rule of Helm's loads the chart anew, so that links in it are logged, and what is wrong is told, once for each. */
function loadFor(dir: string, { warn }: LintOptions, complain: (why: string) => void): Chart | undefined {
  try {
    return loadDirectory(dir, { warn });
  } catch (thrown) {
    complain((thrown as Error).message);
    return undefined;
  }
}

function lintDependencies(dir: string, options: LintOptions, tell: Tell): void {
  const chart = loadFor(dir, options, (why) => tell("ERROR", "", `unable to load chart\n\t${why}`));
  if (!chart) return;
  const asked = chart.metadata.dependencies ?? [];
  const named = new Set(asked.map(({ name = "" }) => name));
  const present = chart.dependencies.map(({ metadata }) => metadata.name ?? "");
  const undeclared = present.filter((name) => !named.has(name));
  const keys = asked.map(({ alias, name = "" }) => alias || name);
  const twice = keys.filter((key, at) => keys.indexOf(key) < at);
  const missing = asked.map(({ name = "" }) => name).filter((name) => !present.includes(name));
  const list = (words: string, names: string[]) =>
    names.length > 0 ? `${words}: ${names.join(",")}` : undefined;
  tell("ERROR", dir, list("chart metadata is missing these dependencies", undeclared));
  tell("ERROR", dir, list("multiple dependencies with name or alias", twice));
  tell("WARNING", dir, list("chart directory is missing these dependencies", missing));
}

function lintCrds(dir: string, options: LintOptions, tell: Tell): void {
  const info = exists(join(dir, "crds"));
  if (!info) return;
  if (!tell("ERROR", "crds/", info.isDirectory() ? undefined : "not a directory")) return;
  const chart = loadFor(dir, options, (why) => tell("ERROR", "crds/", why));
  if (!chart) return;
  for (const { file } of crdsOf(chart)) {
    for (const document of documentsOf(Buffer.from(file.data).toString("utf8"))) {
      let data: { apiVersion?: unknown; kind?: unknown } | null;
      try {
        if ("problem" in document) throw new Error(document.problem);
        data = go.readYaml(document.text) as typeof data;
      } catch (thrown) {
        tell("ERROR", file.name, `unable to parse YAML: ${(thrown as Error).message}`);
        return;
      }
      if (data === null) continue;
      const isOurs = String(data.apiVersion ?? "").startsWith("apiextensions.k8s.io");
      tell("ERROR", file.name, isOurs ? undefined : "apiVersion is not in 'apiextensions.k8s.io'");
      const isDefinition = data.kind === "CustomResourceDefinition";
      tell("ERROR", file.name, isDefinition ? undefined : "object kind is not 'CustomResourceDefinition'");
    }
  }
}
