import {
  chartTemplateVerify,
  column,
  commonMetadata,
  conditionList,
  dependsOn,
  foldPatches,
  foldValuesFile,
  healthCheckExprs,
  ignoreRules,
  image,
  interval,
  inventory,
  json6902Patches,
  kubeConfig,
  lastHandledReconcileAt,
  observedGeneration,
  patch,
  strategicMergePatches,
  suspend,
  unobserved,
  valuesFile,
} from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import {
  anything,
  boolean,
  defaulted,
  duration,
  integer,
  legacy,
  list,
  map,
  object,
  oneOf,
  optional,
  string,
  time,
} from "../schema.ts";
import { install, rollback, test, uninstall, upgrade } from "./actions.ts";

const namespaceLimits = { minLength: 1, maxLength: 63 };
const nameLimits = { minLength: 1, maxLength: 253 };

const chart = object(
  "Template of a HelmChart, which is made for this release in the namespace of its source.",
  {
    metadata: optional(
      object("Metadata of the HelmChart.", {
        labels: optional(map("Labels to set.", string("Value."))),
        annotations: optional(map("Annotations to set.", string("Value."))),
      }),
    ),
    spec: object("Which chart.", {
      chart: string("Name of the chart in a HelmRepository, or its directory in a GitRepository or Bucket.", {
        minLength: 1,
        maxLength: 2048,
      }),
      version: defaulted(
        "*",
        string("Range of versions; the newest in it is followed. Only for a HelmRepository."),
      ),
      sourceRef: object("The source of the chart.", {
        apiVersion: optional(string("apiVersion of the source.")),
        kind: oneOf("Kind of the source.", ["HelmRepository", "GitRepository", "Bucket"]),
        name: string("Name of the source.", nameLimits),
        namespace: optional(string("Its namespace; the one of this object unless given.", namespaceLimits)),
      }),
      interval: optional(duration("How often to look for a new version; `spec.interval` unless given.")),
      reconcileStrategy: defaulted(
        "ChartVersion",
        oneOf(
          "When there is a new chart: when the version in Chart.yaml changes, or with every revision of a GitRepository or Bucket.",
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
      verify: optional(chartTemplateVerify),
      valuesFile: legacy(valuesFile),
    }),
  },
);

const chartRef = object("An existing source whose artifact is the chart.", {
  apiVersion: optional(string("apiVersion of the source.")),
  kind: oneOf("Kind of the source.", ["OCIRepository", "HelmChart", "ExternalArtifact"]),
  name: string("Name of the source.", nameLimits),
  namespace: optional(string("Its namespace; the one of this object unless given.", namespaceLimits)),
});

const valuesFrom = list(
  "ConfigMaps and Secrets with values, later ones win; `values` wins over all.",
  object("One set of values.", {
    kind: oneOf("Where the values are.", ["Secret", "ConfigMap"]),
    name: string("Name of the object, in this object's namespace.", nameLimits),
    valuesKey: optional(
      string("Key in the object; values.yaml unless given.", {
        pattern: "^[\\-._a-zA-Z0-9]+$",
        maxLength: 253,
      }),
    ),
    targetPath: optional(
      string(
        "Put the value at this path, in the grammar of `--set`, instead of merging it as a YAML document.",
        {
          pattern: "^([a-zA-Z0-9_\\-.\\\\\\/]|\\[[0-9]{1,5}\\])+$",
          maxLength: 250,
        },
      ),
    ),
    literal: optional(boolean("With targetPath: take the value as plain text, as `--set-literal` does.")),
    optional: optional(boolean("Whether the object may be missing.")),
  }),
);

const postRenderers = list(
  "Changes to the rendered manifests, in order.",
  object("One step.", {
    kustomize: optional(
      object("Change with kustomize.", {
        patches: optional(list("Patches, in order.", patch)),
        images: optional(list("Images to replace.", image)),
        patchesStrategicMerge: legacy(strategicMergePatches),
        patchesJson6902: legacy(json6902Patches),
      }),
    ),
  }),
);

const driftDetection = object("What to do when somebody else changes objects of the release.", {
  mode: optional(
    oneOf("Correct it, tell about it, or do not look (unless given).", ["enabled", "warn", "disabled"]),
  ),
  ignore: optional(ignoreRules("Fields that others may write.")),
});

const spec = object(
  "Which chart to release, with which values, and how.",
  {
    chart: optional(chart),
    chartRef: optional(chartRef),
    interval,
    kubeConfig: optional(kubeConfig),
    suspend,
    releaseName: optional(
      string(
        "Name of the release; `<targetNamespace>-<name>`, or `<name>` without target namespace, unless given.",
        {
          minLength: 1,
          maxLength: 53,
        },
      ),
    ),
    targetNamespace: optional(
      string("Namespace to release into; the one of this object unless given.", namespaceLimits),
    ),
    storageNamespace: optional(
      string("Namespace for the release records; the one of this object unless given.", namespaceLimits),
    ),
    dependsOn: optional(dependsOn),
    timeout: optional(duration("How long each Kubernetes operation may take; 5m unless given.")),
    maxHistory: optional(integer("How many release records to keep; 0 for all, 5 unless given.")),
    serviceAccountName: optional(string("ServiceAccount to act as.", nameLimits)),
    persistentClient: optional(
      boolean(
        "Use one client for a whole reconciliation; true unless given. Set to false for charts whose hooks make new kinds.",
      ),
    ),
    driftDetection: optional(driftDetection),
    install: optional(install),
    upgrade: optional(upgrade),
    test: optional(test),
    rollback: optional(rollback),
    uninstall: optional(uninstall),
    valuesFrom: optional(valuesFrom),
    values: optional(anything("Values for the chart.")),
    commonMetadata: optional(commonMetadata),
    postRenderers: optional(postRenderers),
    postRenderStrategy: optional(
      oneOf(
        "Whether hooks are changed too: not, together with the templates (unless given), or apart from them.",
        ["nohooks", "combined", "separate"],
      ),
    ),
    waitStrategy: optional(
      object("How to wait for objects.", {
        name: oneOf("Judge every object by its status (poller, unless given), or as Helm 3 did.", [
          "poller",
          "legacy",
        ]),
      }),
    ),
    healthCheckExprs: optional(healthCheckExprs),
  },
  {
    rules: [
      {
        rule: "(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))",
        message: "set exactly one of chart and chartRef",
      },
    ],
  },
);

const snapshot = object("One release, as its record in the storage says.", {
  apiVersion: optional(string("How `digest` was computed.")),
  digest: string("Checksum of the release record, `<algorithm>:<hex>`."),
  name: string("Name of the release."),
  namespace: string("Namespace of the release."),
  version: integer("Number of the release."),
  status: string("State of the release."),
  action: optional(string("The action that led here.")),
  chartName: string("Name of the chart."),
  chartVersion: string("Version of the chart."),
  appVersion: optional(string("Version of the application, as the chart says.")),
  configDigest: string("Checksum of the values, `<algorithm>:<hex>`."),
  firstDeployed: time("When the release was first deployed."),
  lastDeployed: time("When it was last deployed."),
  deleted: optional(time("When it was deleted.")),
  ociDigest: optional(string("Digest of the OCI artifact of the chart.")),
  testHooks: optional(
    map(
      "The tests that were run, by name.",
      object("One test.", {
        lastStarted: optional(time("When it was last started.")),
        lastCompleted: optional(time("When it last ended.")),
        phase: optional(string("How it ended.")),
      }),
    ),
  ),
});

/** One entry of `status.history`. */

const failures = (what: string) =>
  optional(integer(`How often ${what} failed since the last success or change.`, { format: "int64" }));

const status = object("What was released last and how it went.", {
  observedGeneration,
  observedPostRenderersDigest: optional(string("Checksum of `spec.postRenderers` of the last success.")),
  observedCommonMetadataDigest: optional(string("Checksum of `spec.commonMetadata` of the last success.")),
  conditions: conditionList,
  history: optional(list("Latest releases, newest first.", snapshot)),
  inventory: optional(inventory),
  helmChart: optional(string("The HelmChart made from `spec.chart`, as `<namespace>/<name>`.")),
  storageNamespace: optional(string("Namespace of the release records.", namespaceLimits)),
  lastAttemptedGeneration: optional(
    integer("Generation of the object that was tried last.", { format: "int64" }),
  ),
  lastAttemptedReleaseAction: optional(oneOf("The action that was tried last.", ["install", "upgrade"])),
  lastAttemptedReleaseActionDuration: optional(string("How long it took.")),
  lastAttemptedRevision: optional(string("Version of the chart that was tried last.")),
  lastAttemptedRevisionDigest: optional(string("Digest of the OCI artifact of that chart.")),
  lastAttemptedConfigDigest: optional(string("Checksum of the values that were tried last.")),
  lastAttemptedValuesChecksum: optional(string("Deprecated: see `lastAttemptedConfigDigest`.")),
  lastReleaseRevision: optional(integer("Deprecated: see `history`. Number of the latest release.")),
  failures: failures("the release"),
  installFailures: failures("an install"),
  upgradeFailures: failures("an upgrade"),
  lastHandledForceAt: optional(
    string("The value of the annotation `reconcile.fluxcd.io/forceAt` that was handled last."),
  ),
  lastHandledResetAt: optional(
    string("The value of the annotation `reconcile.fluxcd.io/resetAt` that was handled last."),
  ),
  lastHandledReconcileAt,
});

/** Folds the fields of v2beta1 and v2beta2 into today's. */
function modernize(from: any) {
  const { chart, postRenderers } = from;
  return {
    ...from,
    ...(chart ? { chart: { ...chart, spec: foldValuesFile(chart.spec) } } : {}),
    ...(postRenderers
      ? {
          postRenderers: postRenderers.map(({ kustomize, ...step }: any) =>
            kustomize ? { ...step, kustomize: foldPatches(kustomize) } : step,
          ),
        }
      : {}),
  };
}

export const helmRelease = kind({
  group: groups.helm,
  version: "v2",
  kind: "HelmRelease",
  plural: "helmreleases",
  shortNames: ["hr"],
  categories: ["all", "fluxcd", "fluxcd-appliers"],
  controller: "helm-controller",
  description: "A Helm chart to install, upgrade, test, watch over, and recover when it fails.",
  columns: [column.age, column.ready, column.status],
  deprecatedVersions: ["v2beta1", "v2beta2"],
  spec,
  status: defaulted(unobserved, status),
  modernize,
});

export type HelmRelease = KindOf<typeof helmRelease>;
