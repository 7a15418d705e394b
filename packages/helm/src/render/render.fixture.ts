import type { Chart, Metadata, Values } from "../chart.ts";
import { type Rendered, type RenderOptions, renderRelease } from "./render.ts";

type Parts = {
  metadata?: Metadata;
  values?: Values;
  dependencies?: Chart[];
  others?: Record<string, string>;
};

const filesOf = (texts: Record<string, string>, folder = "") =>
  Object.entries(texts).map(([name, text]) => ({ name: `${folder}${name}`, data: Buffer.from(text) }));

/** A chart named web. `templates` are named within `templates/`, `others` are its other files. */
export function chartOf(templates: Record<string, string>, parts: Parts = {}): Chart {
  return {
    metadata: { apiVersion: "v2", name: "web", version: "1.0.0", ...parts.metadata },
    values: parts.values ?? {},
    templates: filesOf(templates, "templates/"),
    files: filesOf(parts.others ?? {}),
    raw: [],
    dependencies: parts.dependencies ?? [],
  };
}

/** Renders a chart as the release `rel` in the namespace `ns`. */
export function render(chart: Chart, options: Partial<RenderOptions> = {}): Rendered {
  return renderRelease(chart, {
    release: { name: "rel", namespace: "ns" },
    now: () => 0,
    random: (size) => new Uint8Array(size),
    ...options,
  });
}
