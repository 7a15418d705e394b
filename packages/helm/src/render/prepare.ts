/** Charts made ready for rendering: their templates are parsed once, however often they are rendered. */
import { parseChart, renderOrder, type TemplateSet } from "@sluice/gotemplate";
import type { Chart, ChartFile } from "../chart.ts";
import { baseName } from "./paths.ts";

/** A chart of a tree and what it is called there. */
export type Scope = {
  chart: Chart;
  /** `web/charts/db` */
  path: string;
  /** Those of the charts within. */
  children: readonly Scope[];
};

/** A template of a tree: its full name, and the scope that it sees. */
export type Template = { name: string; file: ChartFile; scope: Scope };

export type Prepared = {
  set: TemplateSet;
  /** The templates that are rendered, in Helm's order. */
  templates: readonly Template[];
};

/** The scopes of a tree of charts. */
export function scopesOf(chart: Chart, above = ""): Scope {
  const path = `${above}${chart.metadata.name ?? ""}`;
  return { chart, path, children: chart.dependencies.map((child) => scopesOf(child, `${path}/charts/`)) };
}

type Known = {
  files: readonly ChartFile[];
  names: readonly string[];
  order: readonly number[];
  set: TemplateSet;
};

/** Which templates a chart has depends on the values that enable charts within, so there may be several sets of one. */
const MAX_KNOWN = 4;
const plain = new WeakMap<Chart, Known[]>();
const traced = new WeakMap<Chart, Known[]>();

/**
 * The templates of a tree, ready to run.
 * @param loaded the chart as it was loaded, which is what is remembered
 * @param trace whether it can be told afterwards what printed which line, and from which values
 * @throws {TemplateError} in Helm's words, if one cannot be parsed
 */
export function prepare(loaded: Chart, root: Scope, trace: boolean): Prepared {
  const templates = [...collect(root, new Map()).values()];
  const cache = trace ? traced : plain;
  const sets = cache.get(loaded) ?? [];
  let known = sets.find((one) => isSame(one, templates));
  if (!known) {
    known = parse(templates, trace);
    cache.set(loaded, [known, ...sets.slice(0, MAX_KNOWN - 1)]);
  }
  return { set: known.set, templates: known.order.map((at) => templates[at]!) };
}

/** All templates by their names. Where several have one name, the last stays: those of a chart come behind those within it. */
function collect(scope: Scope, into: Map<string, Template>): Map<string, Template> {
  for (const child of scope.children) collect(child, into);
  // A library gives its definitions, and prints nothing.
  const isLibrary = scope.chart.metadata.type?.toLowerCase() === "library";
  for (const file of scope.chart.templates) {
    if (isLibrary && !baseName(file.name).startsWith("_")) continue;
    const name = `${scope.path}/${file.name}`;
    into.set(name, { name, file, scope });
  }
  return into;
}

function isSame({ files, names }: Known, templates: readonly Template[]): boolean {
  return (
    files.length === templates.length &&
    templates.every(({ file, name }, at) => file === files[at] && name === names[at])
  );
}

function parse(templates: readonly Template[], trace: boolean): Known {
  const names = templates.map(({ name }) => name);
  const files = templates.map(({ file }) => file);
  const texts = templates.map(({ name, file }) => ({ name, text: file.data }));
  const set = parseChart(texts, { trace });
  const at = new Map(names.map((name, index) => [name, index]));
  const printing = renderOrder(names).filter((name) => !baseName(name).startsWith("_"));
  return { files, names, set, order: printing.map((name) => at.get(name)!) };
}
