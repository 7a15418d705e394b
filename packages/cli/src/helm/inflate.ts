/** Charts within kustomizations, for `sluice kustomize build --enable-helm`. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { KNOWN_API_VERSIONS, loadChart, mergeValues, renderRelease, templateText } from "@sluice/helm";
import type { ChartPull, ChartRendering, Helm } from "@sluice/kustomize";
import type { Shell } from "../shell.ts";
import { releaseName } from "./release-name.ts";
import { unpackInto } from "./unpack.ts";

export type InflateOptions = { helmApiVersions?: string[]; helmKubeVersion?: string };

/**
 * Builds with charts: where one is missing, the build stops, the chart is fetched into `chartHome`, where kustomize puts it
 * too, and the build begins again.
 */
export async function withCharts<T>(
  shell: Shell,
  options: InflateOptions,
  build: (helm: Helm) => Promise<T>,
): Promise<T> {
  const fetched = new Set<string>();
  for (;;) {
    let missing: ChartPull | undefined;
    const pull = (chart: ChartPull) => {
      missing = chart;
      throw new Error(`there is no chart ${chart.name} in ${chart.repo}`);
    };
    try {
      return await build({ pull, render: (chart) => render(chart, options, shell.now) });
    } catch (thrown) {
      const key = missing && join(missing.home, missing.name);
      if (!missing || !key || fetched.has(key)) throw thrown;
      await fetchInto(missing, shell);
      fetched.add(key);
    }
  }
}

function render(chart: ChartRendering, options: InflateOptions, now: () => number): string {
  const { helmApiVersions = [], helmKubeVersion } = options;
  const rendered = renderRelease(loadChart(chart.dir), {
    release: {
      name: releaseName(chart, now()),
      namespace: chart.namespace || "default",
    },
    values: mergeValues({ files: chart.values }),
    kubeVersion: chart.kubeVersion || helmKubeVersion,
    apiVersions: [
      ...KNOWN_API_VERSIONS,
      ...(chart.apiVersions?.length ? chart.apiVersions : helmApiVersions),
    ],
    includeCrds: chart.includeCrds,
    now,
    random: randomBytes,
  });
  return templateText(rendered, { hooks: chart.skipHooks ? "none" : chart.skipTests ? "no-tests" : "all" });
}

/** As `helm pull --untar --untardir`. */
async function fetchInto({ home, name, repo, version, devel }: ChartPull, shell: Shell): Promise<void> {
  const { fetchVerified } = await import("./locate.ts");
  const [chart, options] = repo.startsWith("oci://")
    ? [`${repo.replace(/\/$/, "")}/${name}`, { version, devel }]
    : [name, { version, devel, repo }];
  const { bytes } = await fetchVerified(chart, options, shell, shell.terminal.err);
  unpackInto(home, bytes);
}
