import { gzipSync } from "node:zlib";
import { tryParseVersion } from "@sluice/api";
import { compareBytes, stringify } from "@sluice/yaml";
import type { Chart, ChartFile, Metadata } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { dependencyFields, isEmpty, writeLock } from "./lock.ts";
import { validateMetadata } from "./metadata.ts";
import { writeTar } from "./tar-write.ts";

export type PackageOptions = {
  /** Replaces the version of Chart.yaml. */
  version?: string;
  /** Replaces the appVersion of Chart.yaml. */
  appVersion?: string;
  /** Pack a chart even if not all of its dependencies are in charts/, as `helm dependency update` does with local ones. */
  incomplete?: boolean;
  /** When all files were changed, by the second. The beginning of 1970 unless told. */
  modTime?: Date;
};

/** A packed chart, and how its file is called: `web-1.0.0.tgz`. */
export type PackagedChart = { name: string; metadata: Metadata; bytes: Buffer };

/**
 * Packs a chart as `helm package` does: the same files with the same contents, Chart.yaml written anew. Other than Helm's the
 * archive is the same each time: its order, times, modes and owners do not depend on where or when it is made.
 * @throws {ChartError} `bad-metadata`, `bad-dependencies` or `bad-schema`, in Helm's words
 */
export function packageChart(chart: Chart, options: PackageOptions = {}): PackagedChart {
  const { version, appVersion, incomplete, modTime = new Date(0) } = options;
  if (version && !tryParseVersion(version)) throw new ChartError("bad-metadata", "invalid semantic version");
  const changed = { ...chart.metadata, ...(version && { version }), ...(appVersion && { appVersion }) };
  if (!incomplete) checkDependencies(chart);
  const metadata = validateMetadata(changed);
  const files = filesOf({ ...chart, metadata }, `${metadata.name}/`);
  const bytes = gzipSync(writeTar(files, modTime));
  bytes[9] = 255; // The system that it was made on: unknown.
  return { name: `${metadata.name}-${metadata.version}.tgz`, metadata, bytes };
}

/**
 * Refuses a chart whose dependencies are not all in charts/. CheckDependencies of Helm's pkg/action.
 * @param before what Helm says before it
 */
export function checkDependencies({ metadata, dependencies }: Chart, before = ""): void {
  const present = new Set(dependencies.map((one) => one.metadata.name));
  const missing = (metadata.dependencies ?? []).map(({ name }) => name).filter((name) => !present.has(name));
  if (missing.length === 0) return;
  const words = `${before}found in Chart.yaml, but missing in charts/ directory: ${missing.join(", ")}`;
  throw new ChartError("bad-dependencies", words, { file: "Chart.yaml" });
}

/** The files of a chart and of the charts within, as they go into an archive. */
function filesOf(chart: Chart, base: string): { name: string; data: Uint8Array }[] {
  const { metadata, lock, schema, raw, templates, files, dependencies } = chart;
  const isV1 = metadata.apiVersion === "v1";
  const values = raw.filter(({ name }) => name === "values.yaml");
  if (schema) checkJson(schema);
  const own = [
    { name: "Chart.yaml", data: Buffer.from(writeMetadata(metadata)) },
    ...(lock && !isV1 ? [{ name: "Chart.lock", data: Buffer.from(writeLock(lock)) }] : []),
    ...values,
    ...(schema ? [schema] : []),
    ...sorted(templates),
    ...sorted(files),
  ];
  return [
    ...own.map(({ name, data }) => ({ name: base + name, data })),
    ...dependencies.flatMap((one) => filesOf(one, `${base}charts/${one.metadata.name}/`)),
  ];
}

const sorted = (files: readonly ChartFile[]) => [...files].sort((a, b) => compareBytes(a.name, b.name));

function checkJson({ data, name }: ChartFile): void {
  try {
    JSON.parse(Buffer.from(data).toString());
  } catch (cause) {
    throw new ChartError("bad-schema", `failed to save: invalid JSON in ${name}`, { file: name, cause });
  }
}

/** The text of Chart.yaml; without dependencies for a chart of Helm 2, which has them in requirements.yaml. */
function writeMetadata(metadata: Metadata): string {
  const { dependencies, maintainers, ...rest } = metadata;
  const lists = {
    maintainers: maintainers?.map((one) => withoutEmpty(one)),
    dependencies: metadata.apiVersion === "v1" ? undefined : dependencies?.map(dependencyFields),
  };
  return stringify(withoutEmpty({ ...rest, ...lists }));
}

const withoutEmpty = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
