/** What the templates of a tree of charts see. */
import {
  type Capabilities,
  capabilitiesObject,
  chartObject,
  DICT,
  encode,
  filesObject,
  GoMap,
  type Release,
  releaseObject,
  VALUES,
  type Value,
  valuesObject,
} from "@sluice/gotemplate";
import type { ChartFile, Values } from "../chart.ts";
import { ChartError } from "../errors.ts";
import type { Scope } from "./prepare.ts";

export type Facts = { release: Release; capabilities: Capabilities; values: Values };

/**
 * The dot of each chart. Templates can write into it, so it is made anew for each rendering; the sections of charts within are
 * parts of the values of the chart around, and seen changed by both.
 * @throws {ChartError} `limit` for values that are nested too deeply
 */
export function dataOf(root: Scope, { release, capabilities, values }: Facts): Map<Scope, GoMap> {
  const shared: [string, Value][] = [
    ["Release", releaseObject(release)],
    ["Capabilities", capabilitiesObject(capabilities)],
  ];
  const all = new Map<Scope, GoMap>();
  const visit = (scope: Scope, own: GoMap, isRoot: boolean): GoMap => {
    const within = new Map<string, Value>();
    for (const child of scope.children) {
      const name = child.chart.metadata.name ?? "";
      within.set(encode(name), visit(child, sectionOf(own, name), false));
    }
    const dot = new Map<string, Value>([
      ...shared,
      ["Chart", chartObject(scope.chart.metadata, isRoot)],
      ["Files", filesOf(scope.chart.files)],
      ["Values", own],
      ["Subcharts", new GoMap(within)],
    ]);
    all.set(scope, new GoMap(dot, VALUES));
    return new GoMap(dot, DICT);
  };
  visit(root, rootValues(values), true);
  return all;
}

function rootValues(values: Values): GoMap {
  try {
    return valuesObject(values);
  } catch (thrown) {
    throw new ChartError("limit", `values: ${(thrown as Error).message}`, { cause: thrown });
  }
}

/** The values below a chart's name, which may be a path; nothing if there are none. */
function sectionOf(values: GoMap, name: string): GoMap {
  let at: Value = values;
  for (const part of encode(name).split(".")) at = at instanceof GoMap ? at.m.get(part) : undefined;
  return at instanceof GoMap ? new GoMap(at.m, VALUES, at.isNil) : new GoMap(new Map(), VALUES);
}

/** `.Files` cannot be changed, so all renderings share it. */
const known = new WeakMap<readonly ChartFile[], GoMap>();

function filesOf(files: readonly ChartFile[]): GoMap {
  let found = known.get(files);
  if (!found) {
    found = filesObject(files.map(({ name, data }) => [name, data] as const));
    known.set(files, found);
  }
  return found;
}
