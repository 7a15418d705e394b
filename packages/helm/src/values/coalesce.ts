import { go } from "@sluice/gotemplate";
import type { Chart, Values } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { copyTable, isTable } from "./tables.ts";
import { logLine, type Warn } from "./warn.ts";

/**
 * Helm merges in place, and tables that it hands on to several charts are seen changed by all of them. So do we, but only with
 * tables that were made for this work (`owned`); those of charts and users are copied when something is written to them.
 */
export type Work = { owned: Set<object>; warn: Warn; budget: Budget };

/**
 * What merging may still cost, in entries that are copied. Aliases of aliases make charts without number of a few lines, and
 * each chart gets copies of all globals.
 */
export type Budget = { left: number };

export const newBudget = (): Budget => ({ left: 2_000_000 });

/** Entries that a visit to a chart costs as much as, and comparing a chart with what Chart.yaml asks for. */
export const COSTS = { chart: 50, comparison: 10 } as const;

/** @throws {ChartError} `limit` when the budget is used up */
export function spend(budget: Budget, entries: number): void {
  budget.left -= entries;
  if (budget.left < 0)
    throw new ChartError("limit", "the charts within and their globals are too many to merge their values");
}

/** Pays for a value with all that is in it, which is shared for now and copied when templates are to see it. */
export function spendOn(budget: Budget, value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const items = Object.values(value);
  spend(budget, items.length);
  for (const item of items) spendOn(budget, item);
}

/**
 * The values of a chart and the charts within: what the user gave over the defaults, the section of each chart within under
 * its name, `global` handed down. A null of the user's deletes a default.
 * @param values what the user gave; neither it nor the chart is changed, parts of both may be shared
 * @returns the values, tables without prototype, a section for every chart within
 * @throws {ChartError} `bad-values` if the section of a chart within is no table; `limit`
 */
export function coalesceValues(
  chart: Chart,
  values: Values,
  { warn, budget = newBudget() }: { warn: Warn; budget?: Budget },
): Values {
  return coalesceAll(chart, values, { warn, owned: new Set(), budget }, false);
}

/**
 * What the user gave over defaults, table by table, without a look at charts within. A null of the user's deletes a default.
 * Helm's CoalesceTables. Neither is changed, parts of both may be shared.
 * @throws {ChartError} `limit`
 */
export function coalesceTables(values: Values, defaults: Values, { warn }: { warn: Warn }): Values {
  return mergeTables({ warn, owned: new Set(), budget: newBudget() }, values, defaults, "", false);
}

/** The defaults of a chart and the charts within, nulls kept. Helm's MergeValues without values. */
export function mergeDefaults(chart: Chart, work: Work): Values {
  return coalesceAll(chart, {}, work, true);
}

function coalesceAll(chart: Chart, values: Values, work: Work, keepNulls: boolean): Values {
  const target = ownTable(work, values);
  coalesce(work, chart, target, "", keepNulls);
  return target;
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
const nameOf = (chart: Chart): string => chart.metadata.name ?? "";

function coalesce(work: Work, chart: Chart, target: Values, prefix: string, keepNulls: boolean): void {
  spend(work.budget, COSTS.chart);
  const path = join(prefix, nameOf(chart));
  addDefaults(work, chart, target, path, keepNulls);
  for (const child of chart.dependencies) {
    const name = nameOf(child);
    if (!Object.hasOwn(target, name)) target[name] = ownTable(work);
    const section = target[name];
    if (!isTable(section)) {
      throw new ChartError("bad-values", `type mismatch on ${name}: ${go.format("%t", section)}`);
    }
    const own = owned(work, section);
    target[name] = own;
    addGlobals(work, own, target, path);
    coalesce(work, child, own, path, keepNulls);
  }
}

/** The table itself if it may be written to, or else a copy that may. */
function owned(work: Work, table: Values): Values {
  return work.owned.has(table) ? table : ownTable(work, table);
}

/** A new table that may be written to, with the entries of another. */
export function ownTable(work: Work, table?: Values): Values {
  const own = copyTable(table);
  spend(work.budget, Object.keys(own).length);
  work.owned.add(own);
  return own;
}

function addDefaults(work: Work, chart: Chart, target: Values, path: string, keepNulls: boolean): void {
  for (const key of Object.keys(chart.values)) {
    const value = chart.values[key];
    if (!Object.hasOwn(target, key)) {
      if (keepNulls) target[key] = value;
      else if (value !== null) target[key] = withoutNulls(value);
      continue;
    }
    const given = target[key];
    if (given === null) {
      if (!keepNulls) delete target[key];
    } else if (isTable(given) && isTable(value)) {
      const keep = keepNulls || chart.dependencies.some((child) => nameOf(child) === key);
      const defaults = keep ? value : withoutNulls(value);
      target[key] = mergeTables(work, given, defaults as Values, join(path, key), keep);
    } else if (isTable(given) && value !== null) {
      work.warn(logLine("INFO", `warning: skipped value for ${path}.${key}: Not a table.`));
    }
  }
}

/** What tables are without their nulls; defaults are read again and again, and never change. */
const cleaned = new WeakMap<object, Values>();

function withoutNulls(value: unknown): unknown {
  if (!isTable(value)) return value;
  const known = cleaned.get(value);
  if (known) return known;
  let clean = value;
  for (const key of Object.keys(value)) {
    const item = value[key];
    const next = item === null ? undefined : withoutNulls(item);
    if (next === item) continue;
    if (clean === value) clean = copyTable(value);
    if (next === undefined) delete clean[key];
    else clean[key] = next;
  }
  cleaned.set(value, clean);
  return clean;
}

/**
 * Adds to a table what another has and it has not, table by table. Helm's coalesceTablesFullKey.
 * @param target goes before; written to if owned, or else copied
 * @param keepNulls whether a null in `target` stays, or deletes the default and itself
 * @returns `target`, or the copy
 */
export function mergeTables(
  work: Work,
  target: Values,
  defaults: Values,
  path: string,
  keepNulls: boolean,
): Values {
  if (target === defaults) return target;
  let result = target;
  const set = (key: string, value: unknown) => {
    result = owned(work, result);
    result[key] = value;
  };
  // Helm writes nulls back into the defaults, which shows when they are imported values.
  if (keepNulls && work.owned.has(defaults)) {
    for (const key of Object.keys(target)) if (target[key] === null) defaults[key] = null;
  }
  for (const key of Object.keys(defaults)) {
    const value = defaults[key];
    if (!Object.hasOwn(result, key)) {
      set(key, value);
      continue;
    }
    const given = result[key];
    if (given === null) {
      if (keepNulls || value === null) continue;
      result = owned(work, result);
      delete result[key];
    } else if (isTable(value) && isTable(given)) {
      const merged = mergeTables(work, given, value, join(path, key), keepNulls);
      if (merged !== given) set(key, merged);
    } else if (isTable(value) || (isTable(given) && value !== null))
      work.warn(logLine("INFO", mismatch(join(path, key), value)));
  }
  return result;
}

/** A default that does not fit what is given: a table for a scalar or list, or the other way round. */
function mismatch(path: string, value: unknown): string {
  const text = go.print(value);
  return isTable(value)
    ? `warning: cannot overwrite table with non table for ${path} (${text})`
    : `warning: destination for ${path} is a table. Ignoring non-table value (${text})`;
}

/** Hands the globals of a chart down to one within. What the chart within adds further down shows in those of the parent. */
function addGlobals(work: Work, section: Values, parent: Values, path: string): void {
  const isOdd = (table: Values): boolean => Object.hasOwn(table, "global") && !isTable(table.global);
  if (isOdd(section) || isOdd(parent)) {
    const which = isOdd(section) ? "destination" : "source";
    work.warn(logLine("INFO", `warning: skipping globals because ${which} global is not a table.`));
    return;
  }
  const globals = owned(work, (section.global as Values | undefined) ?? ownTable(work));
  section.global = globals;
  if (parent.global === undefined) return;
  const source = ownedDeep(work, parent.global as Values);
  parent.global = source;
  spend(work.budget, Object.keys(source).length);
  for (const key of Object.keys(source)) {
    const value = source[key];
    const given = globals[key];
    if (!isTable(value)) {
      if (isTable(given)) work.warn(logLine("INFO", `key ${key} is table. Skipping`));
      else globals[key] = value;
      continue;
    }
    if (Object.hasOwn(globals, key) && !isTable(given)) {
      const message = `Conflict: cannot merge map onto non-map for ${go.quote(key)}. Skipping.`;
      work.warn(logLine("INFO", message));
      continue;
    }
    const copy = ownTable(work, value);
    globals[key] = isTable(given) ? mergeTables(work, copy, given, join(path, key), true) : copy;
  }
}

/** A table that may be written to with all that is in it. */
export function ownedDeep(work: Work, table: Values): Values {
  const own = owned(work, table);
  for (const key of Object.keys(own)) {
    const value = own[key];
    if (isTable(value)) own[key] = ownedDeep(work, value);
  }
  return own;
}
