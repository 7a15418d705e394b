/** The two parts of the benchmark that are ours. */
import { randomBytes } from "node:crypto";
import { KNOWN_API_VERSIONS, renderTemplate } from "../../../packages/gotemplate/src/index.ts";
import { loadChart } from "../../../packages/helm/src/chart/load.ts";
import { dataOf } from "../../../packages/helm/src/render/data.ts";
import { prepare, scopesOf } from "../../../packages/helm/src/render/prepare.ts";
import { renderRelease } from "../../../packages/helm/src/render/render.ts";
import { coalesceValues } from "../../../packages/helm/src/values/coalesce.ts";
import { processDependencies } from "../../../packages/helm/src/values/requirements.ts";

export type Part = "engine" | "release";

const release = { name: "rel", namespace: "ns", revision: 1, isUpgrade: false };
const host = { now: Date.now, random: randomBytes };
const warn = (): void => {};

/** A run of a part with the chart in a directory, which is loaded once; it gives the number of bytes that were rendered. */
export function runnerOf(dir: string, part: Part): () => number {
  const loaded = loadChart(dir);
  if (part === "release")
    return () => Buffer.byteLength(renderRelease(loaded, { release, ...host }).manifest);
  const chart = processDependencies(loaded, {}, { warn });
  const values = coalesceValues(chart, {}, { warn });
  const version = { version: "v1.36.0", major: "1", minor: "36" };
  const capabilities = { kubeVersion: version, apiVersions: KNOWN_API_VERSIONS, helmVersion: "v4.2.4" };
  const root = scopesOf(chart);
  return () => {
    const { set, templates } = prepare(loaded, root, false);
    const dots = dataOf(root, { release, capabilities, values });
    let bytes = 0;
    for (const { name, scope } of templates) {
      const one = { name, basePath: `${scope.path}/templates`, data: dots.get(scope)! };
      bytes += renderTemplate(set, one, host).length;
    }
    return bytes;
  };
}
