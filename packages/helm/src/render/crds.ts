/** Definitions that a chart brings in `crds/`, which are no templates. */
import type { Chart, ChartFile } from "../chart.ts";

/** A file of definitions: its path in the tree, `web/charts/db/crds/a.yaml`. */
export type Crd = { path: string; file: ChartFile };

/** The definitions of a chart and the charts within that are enabled, outer ones first. */
export function crdsOf(chart: Chart, above = ""): Crd[] {
  const path = `${above}${chart.metadata.name ?? ""}`;
  const own = chart.files.filter(({ name }) => name.startsWith("crds/") && /\.(?:ya?ml|json)$/i.test(name));
  return [
    ...own.map((file) => ({ path: `${path}/${file.name}`, file })),
    ...chart.dependencies.flatMap((child) => crdsOf(child, `${path}/charts/`)),
  ];
}
