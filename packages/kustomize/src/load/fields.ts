/** The shape of a value: what Go's struct tags say. `text` fields take strings only, as kustomize does. */
export type Shape =
  | "text"
  | "flag"
  | "int"
  | "texts"
  | "textMap"
  | "any"
  | { list: Fields }
  | { object: Fields };
export type Fields = { [name: string]: Shape };

const gvk: Fields = { group: "text", version: "text", kind: "text" };
const resId: Fields = { ...gvk, name: "text", namespace: "text" };
export const selector: Fields = { ...resId, labelSelector: "text", annotationSelector: "text" };
export const fieldSpec: Fields = { ...gvk, path: "text", create: "flag" };
const metadata: Fields = { name: "text", namespace: "text", labels: "textMap", annotations: "textMap" };
const typeMeta: Fields = { apiVersion: "text", kind: "text" };

const options: Fields = {
  labels: "textMap",
  annotations: "textMap",
  disableNameSuffixHash: "flag",
  immutable: "flag",
};
export const generator: Fields = {
  namespace: "text",
  name: "text",
  behavior: "text",
  literals: "texts",
  files: "texts",
  envs: "texts",
  env: "text",
  options: { object: options },
};
export const image: Fields = {
  name: "text",
  newName: "text",
  tagSuffix: "text",
  newTag: "text",
  digest: "text",
};
export const replica: Fields = { name: "text", count: "int" };
export const patch: Fields = {
  path: "text",
  patch: "text",
  target: { object: selector },
  options: { object: { allowNameChange: "flag", allowKindChange: "flag" } },
};
const fieldOptions: Fields = { delimiter: "text", index: "int", encoding: "text", create: "flag" };
export const replacement: Fields = {
  source: { object: { ...resId, fieldPath: "text", options: { object: fieldOptions } } },
  sourceValue: "text",
  targets: {
    list: {
      select: { object: selector },
      reject: { list: selector },
      fieldPaths: "texts",
      options: { object: fieldOptions },
    },
  },
};
export const sortOptions: Fields = {
  order: "text",
  legacySortOptions: { object: { orderFirst: "texts", orderLast: "texts" } },
};
const helmChart: Fields = {
  name: "text",
  version: "text",
  repo: "text",
  releaseName: "text",
  namespace: "text",
  additionalValuesFiles: "texts",
  valuesFile: "text",
  valuesInline: "any",
  valuesMerge: "text",
  includeCRDs: "flag",
  skipHooks: "flag",
  apiVersions: "texts",
  kubeVersion: "text",
  nameTemplate: "text",
  skipTests: "flag",
  debug: "flag",
  devel: "flag",
};
const helmChartOld: Fields = {
  chartName: "text",
  chartVersion: "text",
  chartRepoUrl: "text",
  chartHome: "text",
  chartRepoName: "text",
  helmBin: "text",
  helmHome: "text",
  values: "text",
  valuesLocal: "any",
  valuesMerge: "text",
  releaseName: "text",
  releaseNamespace: "text",
  extraArgs: "texts",
};

/** Every field of a Kustomization or Component. */
export const kustomization: Fields = {
  ...typeMeta,
  metadata: { object: metadata },
  openapi: "textMap",
  namePrefix: "text",
  nameSuffix: "text",
  namespace: "text",
  commonLabels: "textMap",
  labels: {
    list: {
      pairs: "textMap",
      includeSelectors: "flag",
      includeTemplates: "flag",
      includeVolumeClaimTemplates: "flag",
      fields: { list: fieldSpec },
    },
  },
  commonAnnotations: "textMap",
  patchesStrategicMerge: "texts",
  patchesJson6902: { list: patch },
  patches: { list: patch },
  images: { list: image },
  imageTags: { list: image },
  replacements: { list: { ...replacement, path: "text" } },
  replicas: { list: replica },
  vars: {
    list: {
      name: "text",
      objref: { object: { apiVersion: "text", ...resId } },
      fieldref: { object: { fieldPath: "text" } },
    },
  },
  sortOptions: { object: sortOptions },
  resources: "texts",
  components: "texts",
  crds: "texts",
  bases: "texts",
  configMapGenerator: { list: generator },
  secretGenerator: { list: { ...generator, type: "text" } },
  helmGlobals: { object: { chartHome: "text", configHome: "text" } },
  helmCharts: { list: helmChart },
  helmChartInflationGenerator: { list: helmChartOld },
  generatorOptions: { object: options },
  configurations: "texts",
  generators: "texts",
  transformers: "texts",
  validators: "texts",
  buildMetadata: "texts",
};

const specs: Shape = { list: fieldSpec };
/** Every field of a transformer configuration file (`configurations`). */
export const transformerConfig: Fields = {
  namePrefix: specs,
  nameSuffix: specs,
  namespace: specs,
  commonLabels: specs,
  labels: specs,
  templateLabels: specs,
  volumeClaimTemplateLabels: specs,
  commonAnnotations: specs,
  nameReference: { list: { ...gvk, fieldSpecs: specs } },
  varReference: specs,
  images: specs,
  replicas: specs,
};

/** The configuration objects of the built-in generators and transformers, by kind. Unknown fields are ignored. */
export const plugins: { [kind: string]: Fields } = {
  ConfigMapGenerator: { metadata: { object: metadata }, ...generator },
  SecretGenerator: { metadata: { object: metadata }, ...generator, type: "text" },
  HelmChartInflationGenerator: { ...helmChart, chartHome: "text", configHome: "text" },
  IAMPolicyGenerator: {
    cloud: "text",
    kubernetesService: { object: { namespace: "text", name: "text" } },
    serviceAccount: { object: { name: "text", projectId: "text" } },
  },
  AnnotationsTransformer: { annotations: "textMap", fieldSpecs: specs },
  HashTransformer: {},
  ImageTagTransformer: { imageTag: { object: image }, fieldSpecs: specs },
  LabelTransformer: { labels: "textMap", fieldSpecs: specs },
  NamespaceTransformer: {
    metadata: { object: metadata },
    fieldSpecs: specs,
    unsetOnly: "flag",
    setRoleBindingSubjects: "text",
  },
  PatchJson6902Transformer: { target: { object: selector }, path: "text", jsonOp: "text" },
  PatchStrategicMergeTransformer: { paths: "texts", patches: "text" },
  PatchTransformer: patch,
  PrefixSuffixTransformer: { prefix: "text", suffix: "text", fieldSpecs: specs },
  PrefixTransformer: { prefix: "text", fieldSpecs: specs },
  SuffixTransformer: { suffix: "text", fieldSpecs: specs },
  ReplacementTransformer: { replacements: { list: { ...replacement, path: "text" } } },
  ReplicaCountTransformer: { replica: { object: replica }, fieldSpecs: specs },
  ValueAddTransformer: {
    value: "text",
    targets: { list: { selector: { object: selector }, fieldPath: "text", filePathPosition: "int" } },
    targetFilePath: "text",
  },
};
