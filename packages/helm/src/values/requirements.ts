import { parseConstraint } from "@sluice/api";
import { go } from "@sluice/gotemplate";
import type { Chart, Dependency, Values } from "../chart.ts";
import { ChartError } from "../errors.ts";
import {
  COSTS,
  coalesceValues,
  mergeDefaults,
  mergeTables,
  newBudget,
  ownedDeep,
  ownTable,
  spend,
  spendOn,
  type Work,
} from "./coalesce.ts";
import { copyDeep, isTable, tableAt } from "./tables.ts";
import { logLine, type Warn } from "./warn.ts";

/**
 * The chart that remains of a chart for some values: disabled charts within are gone, aliases are charts of their own, and what
 * `import-values` asks for is among its defaults. The chart itself is not changed, and shared as far as it stays the same.
 * Like Helm it looks only into charts whose Chart.yaml lists dependencies, and keeps charts that nobody listed.
 * @param values what the user gave
 * @throws {ChartError} `bad-values` and `limit`, as `coalesceValues` does
 */
export function processDependencies(chart: Chart, values: Values, { warn }: { warn: Warn }): Chart {
  try {
    const means = { warn, budget: newBudget() };
    return importValues(enable(chart, values, "", means), means);
  } catch (thrown) {
    if (!(thrown instanceof ChartError)) throw thrown;
    throw new ChartError(thrown.code, `chart dependencies processing failed: ${thrown.message}`);
  }
}

type Means = Omit<Work, "owned">;

/** Helm's processDependencyEnabled. `values` are those of the whole tree from the second level on, and `path` where we are. */
function enable(chart: Chart, values: Values, path: string, means: Means): Chart {
  const { warn } = means;
  const asked = chart.metadata.dependencies;
  if (!asked) return chart;
  const answers = answersTo(asked, chart.dependencies, means);
  const listed = new Set(answers.flat());
  const undeclared = chart.dependencies.filter((child) => !listed.has(child));
  const aliased = asked.flatMap((one, i) =>
    answers[i]!.slice(0, 1).map((first) => renamed(first, one.alias)),
  );
  const dependencies = [...undeclared, ...aliased];
  const all = coalesceValues({ ...chart, dependencies }, values, means);
  const requests = asked.map((one) => ({ ...one, name: one.alias || one.name, enabled: true }));
  const off = new Set(requests.filter((one) => !isEnabled(one, all, path, warn)).map(({ name }) => name));
  const kept = requests.filter(({ name }) => !off.has(name));
  return {
    ...chart,
    metadata: { ...chart.metadata, dependencies: kept.length > 0 ? kept : undefined },
    dependencies: dependencies
      .filter(({ metadata }) => !off.has(metadata.name))
      .map((child) => enable(child, all, `${path}${child.metadata.name}.`, means)),
  };
}

/** For each dependency the charts that have its name and a version in its range. */
function answersTo(asked: readonly Dependency[], charts: readonly Chart[], { budget }: Means): Chart[][] {
  const named = new Map<string | undefined, Chart[]>(asked.map(({ name }) => [name, []]));
  for (const chart of charts) named.get(chart.metadata.name)?.push(chart);
  return asked.map(({ name, version = "" }) => {
    const candidates = named.get(name)!;
    spend(budget, COSTS.comparison * candidates.length);
    const fits = rangeOf(version);
    return candidates.filter(({ metadata }) => fits(metadata.version ?? ""));
  });
}

function rangeOf(text: string): (version: string) => boolean {
  try {
    const range = parseConstraint(text);
    return (version) => range.test(version);
  } catch {
    return () => false; // As Helm has it: a range that is none fits nothing, and the chart counts as not listed.
  }
}

function renamed(chart: Chart, alias: string | undefined): Chart {
  return alias ? { ...chart, metadata: { ...chart.metadata, name: alias } } : chart;
}

/** By its conditions, the first that is given, or else by its tags. */
function isEnabled(one: Dependency, values: Values, path: string, warn: Warn): boolean {
  const byTags = tagsAllow(one, values, warn);
  for (const condition of (one.condition ?? "").trim().split(",")) {
    if (condition === "") continue;
    const value = scalarAt(values, path + condition);
    if (typeof value === "boolean") return value;
    if (value === undefined) continue;
    const attributes = { path: condition, chart: one.name ?? "" };
    warn(logLine("WARN", "returned non-bool value", attributes));
  }
  return byTags;
}

function tagsAllow({ tags = [], name = "" }: Dependency, values: Values, warn: Warn): boolean {
  const found = tableAt(values, "tags");
  if ("missing" in found) return true;
  const answers = tags
    .filter((tag) => Object.hasOwn(found.table, tag))
    .map((tag) => ({ tag, value: found.table[tag] }));
  for (const { tag, value } of answers) {
    if (typeof value !== "boolean") warn(logLine("WARN", "returned non-bool value", { tag, chart: name }));
  }
  const said = answers.map(({ value }) => value);
  return said.includes(true) || !said.includes(false);
}

/** The value at a path that is no table; undefined if there is none. Helm's Values.PathValue. */
function scalarAt(values: Values, path: string): unknown {
  const names = path.split(".");
  const last = names.pop()!;
  let table: unknown = values;
  for (const name of names) table = isTable(table) && Object.hasOwn(table, name) ? table[name] : undefined;
  const value = isTable(table) && Object.hasOwn(table, last) ? table[last] : undefined;
  return isTable(value) ? undefined : value;
}

/** Helm's processDependencyImportValues: the innermost charts first. */
function importValues(chart: Chart, means: Means): Chart {
  const dependencies = chart.dependencies.map((child) => importValues(child, means));
  const shared = dependencies.every((child, i) => child === chart.dependencies[i]);
  const whole = shared ? chart : { ...chart, dependencies };
  const requests = chart.metadata.dependencies;
  if (!requests) return whole;
  const work: Work = { ...means, owned: new Set() };
  const defaults = mergeDefaults(whole, work);
  if (requests.every((one) => !one["import-values"]?.length)) return { ...whole, values: defaults };
  return imported(whole, requests, ownedDeep(work, defaults), work);
}

type Import = { child: string; parent: string };

/**
 * The chart with imported values below its own. Of what is imported twice the first stays.
 * @param defaults those of the chart and the charts within; written to, as Helm does
 */
function imported(chart: Chart, requests: readonly Dependency[], defaults: Values, work: Work): Chart {
  let gathered = ownTable(work);
  const written = requests.map((one) => {
    const imports: Import[] = [];
    for (const wish of one["import-values"] ?? []) {
      const read = importOf(wish);
      if (!read) continue;
      imports.push(read);
      const found = tableAt(defaults, `${one.name}.${read.child}`);
      if ("table" in found) {
        spendOn(work.budget, found.table);
        gathered = mergeTables(work, gathered, nested(work, read.parent, found.table), "", true);
        continue;
      }
      const error = `${go.quote(found.missing)} is not a table`;
      const line =
        typeof wish === "string"
          ? logLine("WARN", "ImportValues missing table", { error })
          : logLine("WARN", "ImportValues missing table from chart", { chart: one.name ?? "", error });
      work.warn(line);
    }
    return { ...one, "import-values": imports };
  });
  const values = mergeTables(work, copyDeep(defaults) as Values, gathered, "", true);
  return { ...chart, values, metadata: { ...chart.metadata, dependencies: written } };
}

/** What an entry of `import-values` asks for: a name below `exports`, or a place in the child and one in the parent. */
function importOf(wish: unknown): Import | undefined {
  if (typeof wish === "string") return { child: `exports.${wish}`, parent: "." };
  if (!isTable(wish)) return undefined;
  return { child: go.print(wish.child ?? null), parent: go.print(wish.parent ?? null) };
}

/** A table at a path below a new one. An empty table is replaced: what comes to be in it does not show where it was. */
function nested(work: Work, path: string, table: Values): Values {
  const inner = Object.keys(table).length > 0 ? table : ownTable(work);
  if (path === ".") return inner;
  return path.split(".").reduceRight((below, name) => ownTable(work, { [name]: below }), inner);
}
