import {
  accessFrom,
  artifactSchema,
  chartVerify,
  column,
  conditionList,
  foldValuesFile,
  interval,
  lastHandledReconcileAt,
  observedGeneration,
  suspend,
  unobserved,
  valuesFile,
} from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import { boolean, defaulted, legacy, list, object, oneOf, optional, string } from "../schema.ts";

const spec = object(
  "Which chart to fetch or package, and from which source.",
  {
    chart: string("Name of the chart in a HelmRepository, or its directory in a GitRepository or Bucket."),
    version: defaulted(
      "*",
      string("Range of versions; the newest in it is followed. Only for a HelmRepository."),
    ),
    sourceRef: object("The source of the chart, in the same namespace.", {
      apiVersion: optional(string("apiVersion of the source.")),
      kind: oneOf("Kind of the source.", ["HelmRepository", "GitRepository", "Bucket"]),
      name: string("Name of the source."),
    }),
    interval,
    reconcileStrategy: defaulted(
      "ChartVersion",
      oneOf(
        "When there is a new artifact: when the version in Chart.yaml changes, or with every revision of a GitRepository or Bucket.",
        ["ChartVersion", "Revision"],
      ),
    ),
    valuesFiles: optional(
      list(
        "Values files to merge into the chart's values, later ones win; values.yaml must be named if it is wanted.",
        string("Path of a file, relative to the source or chart."),
      ),
    ),
    ignoreMissingValuesFiles: optional(boolean("Go on without values files that are missing.")),
    verify: optional(chartVerify),
    suspend,
    valuesFile: legacy(valuesFile),
    accessFrom: legacy(accessFrom),
  },
  {
    rules: [
      {
        rule: "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'",
        message: "verify needs a sourceRef of kind HelmRepository",
      },
    ],
  },
);

const status = object("The chart that was stored last and how it went.", {
  observedGeneration,
  conditions: conditionList,
  artifact: optional(artifactSchema),
  url: optional(string("Address of the latest chart, inside the cluster.")),
  observedChartName: optional(string("Name of the chart, as its Chart.yaml says.")),
  observedSourceArtifactRevision: optional(string("Revision of the source that the chart was taken from.")),
  observedValuesFiles: optional(list("`spec.valuesFiles` of the current chart.", string("Path of a file."))),
  lastHandledReconcileAt,
});

export const helmChart = kind({
  group: groups.source,
  version: "v1",
  kind: "HelmChart",
  plural: "helmcharts",
  shortNames: ["hc"],
  categories: ["all", "fluxcd", "fluxcd-sources"],
  controller: "source-controller",
  description: "A Helm chart to fetch from a repository, or to package from a directory of another source.",
  columns: [
    { name: "Chart", type: "string", jsonPath: ".spec.chart" },
    { name: "Version", type: "string", jsonPath: ".spec.version" },
    { name: "Source Kind", type: "string", jsonPath: ".spec.sourceRef.kind" },
    { name: "Source Name", type: "string", jsonPath: ".spec.sourceRef.name" },
    column.age,
    column.ready,
    column.status,
  ],
  deprecatedVersions: ["v1beta1", "v1beta2"],
  spec,
  status: defaulted(unobserved, status),
  modernize: ({ accessFrom: _, ...spec }) => foldValuesFile(spec),
});

export type HelmChart = KindOf<typeof helmChart>;
