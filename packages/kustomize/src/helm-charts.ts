/** Helm charts in kustomizations. What a chart renders to is asked of the caller, who knows Helm; here is what kustomize adds. */
import { goJson } from "@sluice/yaml";
import { fail, KustomizeError, within } from "./errors.ts";
import { joinPath } from "./filesystem.ts";
import { type Loader, loadText } from "./load/loader.ts";
import { redactRemote } from "./load/remote-url.ts";
import { readDocuments, readResources } from "./load/resources.ts";
import { isMap, isNull, type Node, type NodeMap, set } from "./node.ts";
import { type Resource, setStringMap, stringMap } from "./resource.ts";

/** A chart as `helmCharts` or a HelmChartInflationGenerator names it. */
export type HelmChart = {
  name?: string;
  version?: string;
  repo?: string;
  releaseName?: string;
  namespace?: string;
  additionalValuesFiles?: string[];
  valuesFile?: string;
  valuesInline?: Node;
  valuesMerge?: string;
  includeCRDs?: boolean;
  skipHooks?: boolean;
  apiVersions?: string[];
  kubeVersion?: string;
  nameTemplate?: string;
  skipTests?: boolean;
  debug?: boolean;
  devel?: boolean;
};

export type HelmGlobals = { chartHome?: string; configHome?: string };

/** A chart to be fetched into `home`, so that it lies in `home/name`. */
export type ChartPull = { home: string; name: string; repo: string; version?: string; devel: boolean };

/** A chart to be rendered, with the flags of `helm template`. */
export type ChartRendering = {
  dir: string;
  releaseName?: string;
  namespace?: string;
  nameTemplate?: string;
  /** Values files in the order in which they are laid over one another. */
  values: { name: string; data: string }[];
  apiVersions?: string[];
  kubeVersion?: string;
  includeCrds: boolean;
  skipHooks: boolean;
  skipTests: boolean;
};

/** Helm, as far as kustomizations need it. */
export type Helm = {
  /** Brings a chart that is not there; it may throw to be called again when it is. */
  pull(chart: ChartPull): void;
  /** What `helm template` prints. */
  render(chart: ChartRendering): string;
};

const HELM_GENERATED = "internal.config.kubernetes.io/helm-generated";

/**
 * The resources of a chart: kustomize's HelmChartInflationGenerator.
 * @param file the kustomization, for errors
 * @throws KustomizeError, also for what Helm throws
 */
export function inflateChart(
  chart: HelmChart,
  globals: HelmGlobals,
  loader: Loader,
  file: string,
): Resource[] {
  const { helm } = loader.reads;
  if (!helm) return fail("unsupported", MUST_ENABLE, { file });
  const name = checkNames(chart);
  const home = homeOf(chart, globals, loader);
  const more = (chart.additionalValuesFiles ?? []).map((path) =>
    within("could not load additionalValuesFile", () => ({
      name: redactRemote(path),
      data: loadText(loader, path),
    })),
  );
  const merge = mergeOf(chart);
  const dir = joinPath(home, name);
  if (loader.reads.fs.stat(dir) !== "directory") pull(helm, chart, { home, name }, file);
  const valuesFile = chart.valuesFile || `${dir}/values.yaml`;
  const { releaseName, namespace, nameTemplate, apiVersions, kubeVersion } = chart;
  const text = asking(name, file, () =>
    helm.render({
      dir,
      releaseName,
      namespace,
      nameTemplate,
      values: [
        { name: redactRemote(valuesFile), data: valuesText(chart, merge, valuesFile, loader) },
        ...more,
      ],
      apiVersions,
      kubeVersion,
      includeCrds: chart.includeCRDs === true,
      skipHooks: chart.skipHooks === true,
      skipTests: chart.skipTests === true,
    }),
  );
  return readResources(text, `${file}: chart ${name}`).map(marked);
}

const MUST_ENABLE =
  "must specify --enable-helm: charts are rendered by `sluice kustomize build --enable-helm` only; in a cluster, " +
  "deploy the chart with a HelmRelease, or commit the output of `helm template`";

/** A name that begins with a dash would be a flag of Helm's. */
function checkNames({ name, releaseName }: HelmChart): string {
  if (!name) return fail("invalid-config", "chart name cannot be empty");
  if (releaseName?.startsWith("-"))
    fail("invalid-config", `releaseName must not start with '-', got ${JSON.stringify(releaseName)}`);
  if (name.startsWith("-"))
    fail("invalid-config", `chart name must not start with '-', got ${JSON.stringify(name)}`);
  return name;
}

/** The directory that holds the chart's; one of its own for each version of a remote chart. */
function homeOf({ name, version, repo }: HelmChart, { chartHome }: HelmGlobals, loader: Loader): string {
  const home = joinPath(loader.root, chartHome || "charts");
  return version && repo ? joinPath(home, `${name}-${version}`) : home;
}

function pull(
  helm: Helm,
  { repo, version, devel }: HelmChart,
  { home, name }: { home: string; name: string },
  file: string,
): void {
  const missing = `no repo specified for pull, no chart found at '${joinPath(home, name)}'`;
  const from = repo || fail("missing-file", missing, { file });
  asking(name, file, () => helm.pull({ home, name, repo: from, version, devel: devel === true }));
}

/** What Helm says is wrong, with the chart that it is about. */
function asking<T>(name: string, file: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof KustomizeError) throw thrown;
    return fail("invalid-config", `${file}: chart ${name}: ${(thrown as Error).message}`, { file });
  }
}

const MERGES = ["merge", "override", "replace"] as const;
type Merge = (typeof MERGES)[number];

function mergeOf({ valuesMerge }: HelmChart): Merge {
  const found = MERGES.find((each) => each === (valuesMerge || "override"));
  return found ?? fail("invalid-config", `valuesMerge must be one of [${MERGES.join(" ")}]`);
}

/** The values file, and what stands inline over or under it. */
function valuesText(chart: HelmChart, merge: Merge, path: string, loader: Loader): string {
  const inline = chart.valuesInline;
  if (!isMap(inline) || Object.keys(inline).length === 0) return loadText(loader, path);
  if (merge === "replace") return goJson(inline);
  const file = redactRemote(path);
  const [document] = readDocuments(loadText(loader, path), { file, given: file, duplicates: "error" });
  const own = document?.node ?? null;
  const merged = merge === "override" ? mergeInto(own, inline, file) : mergeInto(inline, own, file);
  return goJson(merged ?? {});
}

/** Merge2 of kyaml: maps are merged field by field, a null of `over` takes away, all else replaces. */
function mergeInto(under: Node | undefined, over: Node | undefined, at: string): Node | undefined {
  if (over === undefined) return under;
  if (isNull(over)) return undefined;
  if (!isMap(over)) {
    if (isMap(under)) fail("invalid-config", `could not merge values: ${at} is a map in one of them only`);
    return over;
  }
  if (under !== undefined && !isNull(under) && !isMap(under))
    fail("invalid-config", `could not merge values: ${at} is a map in one of them only`);
  const below = isMap(under) ? under : {};
  const merged: NodeMap = {};
  for (const key of new Set([...Object.keys(below), ...Object.keys(over)])) {
    const value = mergeInto(own(below, key), own(over, key), `${at}: ${key}`);
    if (value !== undefined) set(merged, key, value);
  }
  return merged;
}

const own = (map: NodeMap, key: string): Node | undefined => (Object.hasOwn(map, key) ? map[key] : undefined);

/** Namespaces and names of charts are not those of kustomizations: the transformers look at this. */
function marked(res: Resource): Resource {
  if (!res.node) return res;
  const annotations = stringMap(res.node, "annotations");
  annotations.set(HELM_GENERATED, "true");
  setStringMap(res.node, "annotations", annotations);
  return res;
}
