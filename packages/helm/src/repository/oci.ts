import { compareVersions, isStrictVersion, parseVersion } from "@sluice/api";
import { constraintOf } from "../chart/constraint.ts";
import { ChartError } from "../errors.ts";

/** Types of what `helm push` makes: Helm's pkg/registry/constants.go. */
export const OCI_TYPES = {
  config: "application/vnd.cncf.helm.config.v1+json",
  chart: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
  provenance: "application/vnd.cncf.helm.chart.provenance.v1.prov",
} as const;

/** What charts were called before Helm 3.7. */
const legacyChart = "application/tar+gzip";

/** The tag of a version: tags have no plus signs, and Helm writes underscores for them (helm/helm#10166). */
export const tagOfVersion = (version: string): string => version.replaceAll("+", "_");

/** The versions that tags stand for, latest first; other tags are left out. Tags of Helm's pkg/registry/client.go. */
export function versionsOfTags(tags: readonly string[]): string[] {
  const versions = tags.map((tag) => tag.replaceAll("_", "+")).filter(isStrictVersion);
  return versions
    .map(parseVersion)
    .sort((a, b) => compareVersions(b, a))
    .map(({ original }) => original);
}

/**
 * Finds the latest version in a range, as GetTagMatchingVersionOrConstraint of Helm's pkg/registry does.
 * @param versions of `versionsOfTags`
 * @param wanted a version or a range; nothing is the latest stable version
 * @throws {ChartError} `bad-index` in Helm's words
 */
export function selectTaggedVersion(versions: readonly string[], wanted = ""): string {
  if (wanted !== "" && versions.includes(wanted)) return wanted;
  const range = constraintOf(wanted || "*", "bad-index");
  const found = versions.find((version) => range.test(version));
  if (found !== undefined) return found;
  throw new ChartError("bad-index", `could not locate a version matching provided version string ${wanted}`);
}

type Part = { mediaType: string; digest: string };

/** A manifest of a registry, as far as a chart needs it. */
export type ChartManifest<P extends Part = Part> = { config: P; layers: readonly P[] };

/**
 * Finds a layer of a chart: its archive or its provenance file. processChartPull of Helm's pkg/registry/client.go.
 * @throws {ChartError} `bad-archive` in Helm's words
 */
export function chartLayer<P extends Part>(
  { config, layers }: ChartManifest<P>,
  what: "chart" | "provenance",
): P {
  const wanted: readonly string[] =
    what === "chart" ? [OCI_TYPES.chart, legacyChart] : [OCI_TYPES.provenance];
  const bad = (words: string) => new ChartError("bad-archive", words);
  const known = [config, ...layers].filter(({ mediaType }) =>
    [OCI_TYPES.config, ...wanted].includes(mediaType),
  );
  // The manifest counts for Helm as well.
  const count = 1 + new Set(known.map(({ digest }) => digest)).size;
  if (count < 2)
    throw bad(`manifest does not contain minimum number of descriptors (2), descriptors found: ${count}`);
  if (!known.some(({ mediaType }) => mediaType === OCI_TYPES.config))
    throw bad(`could not load config with mediatype ${OCI_TYPES.config}`);
  const found = known.findLast(({ mediaType }) => wanted.includes(mediaType));
  if (found) return found;
  throw bad(`manifest does not contain a layer with mediatype ${wanted[0]}`);
}
