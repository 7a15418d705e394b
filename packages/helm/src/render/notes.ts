/** What a chart tells its users after it was installed. */
import { compareBytes } from "@sluice/yaml";
import type { Chart } from "../chart.ts";
import type { Printed } from "./manifests.ts";

const SUFFIX = "NOTES.txt";

/**
 * Takes all that ends with NOTES.txt out of what templates printed, and returns the notes: those of the chart itself, and with
 * `subNotes` those of the charts within behind them, by their paths (Helm has them in no particular order).
 */
export function takeNotes(files: Map<string, Printed>, chart: Chart, subNotes: boolean): string {
  const own = `${chart.metadata.name ?? ""}/templates/${SUFFIX}`;
  const found = [...files.keys()].filter((path) => path.endsWith(SUFFIX)).sort(compareBytes);
  const wanted = subNotes ? [own, ...found.filter((path) => path !== own)] : [own];
  const texts = wanted.map((path) => files.get(path)?.text ?? "");
  for (const path of found) files.delete(path);
  return texts.reduce((notes, text) => (notes === "" ? text : `${notes}\n${text}`), "");
}
