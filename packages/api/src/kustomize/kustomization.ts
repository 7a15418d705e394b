import {
  column,
  commonMetadata,
  conditionList,
  dependsOn,
  foldPatches,
  healthCheckExprs,
  ignoreRules,
  image,
  interval,
  inventory,
  json6902Patches,
  kubeConfig,
  lastHandledReconcileAt,
  nameRef,
  observedGeneration,
  patch,
  strategicMergePatches,
  suspend,
  unobserved,
} from "../common.ts";
import { type KindOf, kind } from "../kind.ts";
import { groups } from "../names.ts";
import {
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

const decryption = object("How to decrypt the Secrets in the source.", {
  provider: oneOf("Who encrypted them.", ["sops"]),
  secretRef: optional(nameRef("Secret with private keys or credentials of the key service.")),
  serviceAccountName: optional(string("ServiceAccount whose cloud identity may use the key service.")),
});

const sourceRef = object("The source whose artifact to build.", {
  apiVersion: optional(string("apiVersion of the source.")),
  kind: oneOf("Kind of the source.", ["OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"]),
  name: string("Name of the source."),
  namespace: optional(string("Its namespace; the one of this object unless given.")),
});

const substituteFrom = list(
  "ConfigMaps and Secrets whose data are variables; later ones win, and `substitute` wins over all.",
  object("One set of variables.", {
    kind: oneOf("Where the variables are.", ["Secret", "ConfigMap"]),
    name: string("Name of the object, in this object's namespace.", { minLength: 1, maxLength: 253 }),
    optional: defaulted(false, boolean("Whether it may be missing.")),
  }),
);

const postBuild = object("Replace `${var}` in the built manifests.", {
  substitute: optional(map("Variables and their values.", string("Value."))),
  substituteFrom: optional(substituteFrom),
  substituteStrategy: optional(
    oneOf(
      "Replace only if there are variables (WithVariables, the default), or always, so that defaults take effect.",
      ["WithVariables", "Always"],
    ),
  ),
});

const healthChecks = list(
  "Objects to wait for; only if `wait` is not set.",
  object("One object.", {
    apiVersion: optional(string("apiVersion of the object.")),
    kind: string("Kind of the object."),
    name: string("Name of the object."),
    namespace: optional(string("Its namespace; empty for cluster-scoped objects.")),
  }),
);

const spec = object("What to build from which source, and how to apply it.", {
  sourceRef,
  path: optional(
    string(
      "Directory in the source to build; the root unless given. A missing kustomization.yaml is made up from the manifests in it.",
    ),
  ),
  interval,
  retryInterval: optional(duration("How soon to try again after a failure; `interval` unless given.")),
  timeout: optional(
    duration(
      "How long building, applying and waiting for health may take, but at least 30s; `interval` less 30s unless given.",
    ),
  ),
  prune: boolean("Delete objects that have left the source, and all of them with this object."),
  deletionPolicy: optional(
    oneOf("What deleting this object does to the applied ones; as `prune` says unless given.", [
      "MirrorPrune",
      "Delete",
      "WaitForTermination",
      "Orphan",
    ]),
  ),
  suspend,
  dependsOn: optional(dependsOn),
  targetNamespace: optional(
    string("Namespace to put all namespaced objects in.", { minLength: 1, maxLength: 63 }),
  ),
  namePrefix: optional(string("Prefix for all names.", { minLength: 1, maxLength: 200 })),
  nameSuffix: optional(string("Suffix for all names.", { minLength: 1, maxLength: 200 })),
  commonMetadata: optional(commonMetadata),
  patches: optional(list("Patches to the built manifests, in order.", patch)),
  images: optional(list("Images to replace.", image)),
  components: optional(list("Kustomize components to add.", string("Directory, relative to `path`."))),
  ignoreMissingComponents: optional(boolean("Leave out components whose directory is missing.")),
  buildMetadata: optional(
    list(
      "What kustomize notes down about where objects come from.",
      oneOf("A kind of note.", ["originAnnotations", "transformerAnnotations"]),
    ),
  ),
  postBuild: optional(postBuild),
  decryption: optional(decryption),
  wait: optional(boolean("Wait until every applied object is healthy.")),
  healthChecks: optional(healthChecks),
  healthCheckExprs: optional(healthCheckExprs),
  force: defaulted(false, boolean("Delete and create an object again when an immutable field changes.")),
  ignore: optional(ignoreRules("Fields that others may write: no drift, not overwritten.")),
  serviceAccountName: optional(string("ServiceAccount to apply as.")),
  kubeConfig: optional(kubeConfig),
  patchesStrategicMerge: legacy(strategicMergePatches),
  patchesJson6902: legacy(json6902Patches),
  validation: legacy(
    oneOf("Deprecated and without effect: every object is validated by a server-side dry run.", [
      "none",
      "client",
      "server",
    ]),
  ),
});

const historyEntry = object("Reconciliations of one state, counted together.", {
  digest: string("Checksum of what was applied."),
  firstReconciled: time("When it was applied for the first time."),
  lastReconciled: time("When it was applied for the last time."),
  lastReconciledDuration: string("How long the last time took."),
  lastReconciledStatus: string("How the last time ended: the reason of `Ready`."),
  totalReconciliations: integer("How many times.", { format: "int64" }),
  metadata: optional(map("Facts about it, such as the revision.", string("Value."))),
});

const status = object("What was applied last and how it went.", {
  observedGeneration,
  conditions: conditionList,
  lastAppliedRevision: optional(string("Revision of the source that was applied last.")),
  lastAppliedOriginRevision: optional(
    string("The revision behind it, where the artifact names one (`org.opencontainers.image.revision`)."),
  ),
  lastAttemptedRevision: optional(string("Revision of the source that was tried last.")),
  inventory: optional(inventory),
  history: optional(list("Latest states, newest first.", historyEntry)),
  lastHandledReconcileAt,
});

export const kustomization = kind({
  group: groups.kustomize,
  version: "v1",
  kind: "Kustomization",
  plural: "kustomizations",
  shortNames: ["ks"],
  categories: ["all", "fluxcd", "fluxcd-appliers"],
  controller: "kustomize-controller",
  description:
    "A directory of manifests, or a kustomization, to build from a source, apply, prune and watch over.",
  columns: [column.age, column.ready, column.status],
  deprecatedVersions: ["v1beta1", "v1beta2"],
  spec,
  status: defaulted(unobserved, status),
  modernize: ({ validation: _, ...spec }) => foldPatches(spec),
});

export type Kustomization = KindOf<typeof kustomization>;
