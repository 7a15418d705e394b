import { isStrictVersion, parseConstraint } from "@sluice/api";
import { go } from "@sluice/gotemplate";
import { compareBytes } from "@sluice/yaml";
import type { Chart, ChartFile, Dependency } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { loadArchive } from "./load.ts";
import { compileGlob } from "./match.ts";

/** How a dependency stands, in the words of `helm dependency list`. */
export type DependencyStatus =
  | "ok"
  | "unpacked"
  | "missing"
  | "wrong version"
  | "invalid version"
  | "misnamed"
  | "corrupt"
  | "too many matches"
  | "bad pattern";

export type DependencyRow = { name: string; version: string; repository: string; status: DependencyStatus };

/** What `helm dependency list` prints: the dependencies of Chart.yaml, and warnings about what else lies in charts/. */
export type DependencyList = { rows: DependencyRow[]; warnings: string[] };

/**
 * Compares the dependencies that a chart asks for with what lies in its charts/.
 * @param chart as loaded from a directory; paths in warnings begin there
 */
export function listDependencies(chart: Chart): DependencyList {
  const { dependencies } = chart.metadata;
  if (!dependencies) return { rows: [], warnings: ["WARNING: no dependencies at charts"] };
  return {
    rows: dependencies.map((one) => ({
      name: one.name ?? "",
      version: one.version ?? "",
      repository: one.repository ?? "",
      status: statusOf(one, chart),
    })),
    warnings: warningsOf(chart, dependencies),
  };
}

/** dependencyStatus of Helm's pkg/action/dependency.go: archives first, then the charts that were loaded. */
function statusOf(dependency: Dependency, { raw, dependencies }: Chart): DependencyStatus {
  const { name = "" } = dependency;
  const glob = compileGlob(`charts/${name}-*.tgz`);
  if (!glob) return "bad pattern";
  const matching = raw.filter((file) => glob(file.name));
  const versioned = matching.filter((file) =>
    isStrictVersion(file.name.slice(`charts/${name}-`.length, -".tgz".length)),
  );
  const archives = matching.length > 1 ? versioned : matching;
  if (archives.length > 1) return "too many matches";
  if (archives.length === 1) return archiveStatus(archives[0]!, dependency);
  const unpacked = dependencies.findLast((one) => one.metadata.name === name);
  return unpacked ? (versionProblem(unpacked, dependency) ?? "unpacked") : "missing";
}

function archiveStatus({ data }: ChartFile, dependency: Dependency): DependencyStatus {
  try {
    const chart = loadArchive(data);
    if (chart.metadata.name !== dependency.name) return "misnamed";
    return versionProblem(chart, dependency) ?? "ok";
  } catch (thrown) {
    if (thrown instanceof ChartError) return "corrupt";
    throw thrown;
  }
}

function versionProblem({ metadata }: Chart, { version = "" }: Dependency): DependencyStatus | undefined {
  if (metadata.version === version) return undefined;
  try {
    return parseConstraint(version).test(metadata.version!) ? undefined : "wrong version";
  } catch {
    return "invalid version";
  }
}

/** printMissing of Helm's pkg/action/dependency.go: archives and directories in charts/ that nobody asks for. */
function warningsOf({ raw, dependencies }: Chart, asked: readonly Dependency[]): string[] {
  const within = raw.filter((file) => file.name.startsWith("charts/"));
  const first = within.map((file) => file.name.split("/").slice(0, 2).join("/"));
  const isDirectory = (path: string) => within.some((file) => file.name.startsWith(`${path}/`));
  const paths = [...new Set(first)].filter((path) => path.endsWith(".tgz") || isDirectory(path));
  const names = new Set(asked.map(({ name }) => name));
  return paths.sort(compareBytes).flatMap((path) => {
    const name = nameOf(path, within, dependencies);
    if (name === undefined) return [`WARNING: ${go.quote(path)} is not a chart.`];
    return names.has(name) ? [] : [`WARNING: ${go.quote(path)} is not in Chart.yaml.`];
  });
}

/** What the chart at a path in charts/ is called; undefined if there is none. */
function nameOf(path: string, files: readonly ChartFile[], loaded: readonly Chart[]): string | undefined {
  const archive = files.find((file) => file.name === path);
  try {
    if (archive) return loadArchive(archive.data).metadata.name;
  } catch (thrown) {
    if (thrown instanceof ChartError) return undefined;
    throw thrown;
  }
  const head = files.find((file) => file.name === `${path}/Chart.yaml`);
  return loaded.find((one) => one.raw.some((file) => file.data === head?.data))?.metadata.name;
}
