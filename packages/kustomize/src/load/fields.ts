/** The shape of a value: what Go's struct tags say. `text` fields take strings only, as kustomize does. */
export type Shape =
  | "text"
  | "flag"
  | "int"
  | "texts"
  | "textMap"
  | "anyMap"
  | { list: Fields }
  | { object: Fields };
export type Fields = { [name: string]: Shape };

/** How Go's decoder names a type and its fields, which is how people know these errors: `Selector.patches.target.ResId.Gvk.kind`. */
export type GoStruct = {
  name: string;
  /** What comes before the fields of structs that it embeds. */
  embedded: { [field: string]: string };
  /** Types of fields that are others than their shapes say. */
  types: { [field: string]: string };
};

const structs = new WeakMap<Fields, GoStruct>();

/** What Go calls the type with these fields. */
export const goStructOf = (fields: Fields): GoStruct =>
  structs.get(fields) ?? { name: "Config", embedded: {}, types: {} };

function struct(name: string, own: Fields, embeds: Fields[] = [], types: GoStruct["types"] = {}): Fields {
  const embedded: GoStruct["embedded"] = {};
  const all = Object.assign({}, ...embeds.map((inner) => goStructOf(inner).types), types);
  for (const inner of embeds) {
    const { name: at, embedded: further } = goStructOf(inner);
    for (const field of Object.keys(inner))
      embedded[field] = further[field] === undefined ? at : `${at}.${further[field]}`;
  }
  const fields: Fields = Object.assign({}, ...embeds, own);
  structs.set(fields, { name, embedded, types: all });
  return fields;
}

const gvk = struct("Gvk", { group: "text", version: "text", kind: "text" });
const resId = struct("ResId", { name: "text", namespace: "text" }, [gvk]);
const selector = struct("Selector", { labelSelector: "text", annotationSelector: "text" }, [resId]);
const fieldSpec = struct("FieldSpec", { path: "text", create: "flag" }, [gvk]);
const metadata = struct("ObjectMeta", {
  name: "text",
  namespace: "text",
  labels: "textMap",
  annotations: "textMap",
});
const typeMeta = struct("TypeMeta", { apiVersion: "text", kind: "text" });

const options = struct("GeneratorOptions", {
  labels: "textMap",
  annotations: "textMap",
  disableNameSuffixHash: "flag",
  immutable: "flag",
});
const pairs = struct("KvPairSources", { literals: "texts", files: "texts", envs: "texts", env: "text" });
const generator = struct(
  "GeneratorArgs",
  { namespace: "text", name: "text", behavior: "text", options: { object: options } },
  [pairs],
);
const configMap = struct("ConfigMapArgs", {}, [generator]);
const secret = struct("SecretArgs", { type: "text" }, [generator]);
const image = struct("Image", {
  name: "text",
  newName: "text",
  tagSuffix: "text",
  newTag: "text",
  digest: "text",
});
const replica = struct("Replica", { name: "text", count: "int" }, [], { count: "int64" });
const patchOptions = struct("PatchArgs", { allowNameChange: "flag", allowKindChange: "flag" });
const patchFields: Fields = {
  path: "text",
  patch: "text",
  target: { object: selector },
  options: { object: patchOptions },
};
const patch = struct("Patch", patchFields);
const fieldOptions = struct("FieldOptions", {
  delimiter: "text",
  index: "int",
  encoding: "text",
  create: "flag",
});
const source = struct("SourceSelector", { fieldPath: "text", options: { object: fieldOptions } }, [resId]);
const target = struct(
  "TargetSelector",
  {
    select: { object: selector },
    reject: { list: selector },
    fieldPaths: "texts",
    options: { object: fieldOptions },
  },
  [],
  { reject: "[]*types.Selector" },
);
export const replacement = struct(
  "Replacement",
  { source: { object: source }, sourceValue: "text", targets: { list: target } },
  [],
  { targets: "[]*types.TargetSelector" },
);
const replacementField = struct("ReplacementField", { path: "text" }, [replacement]);
const legacySortOptions = struct("LegacySortOptions", { orderFirst: "texts", orderLast: "texts" });
const sortOptions = struct(
  "SortOptions",
  { order: "text", legacySortOptions: { object: legacySortOptions } },
  [],
  { order: "types.SortOrder" },
);
const helmChart = struct("HelmChart", {
  name: "text",
  version: "text",
  repo: "text",
  releaseName: "text",
  namespace: "text",
  additionalValuesFiles: "texts",
  valuesFile: "text",
  valuesInline: "anyMap",
  valuesMerge: "text",
  includeCRDs: "flag",
  skipHooks: "flag",
  apiVersions: "texts",
  kubeVersion: "text",
  nameTemplate: "text",
  skipTests: "flag",
  debug: "flag",
  devel: "flag",
});
const helmChartOld = struct("HelmChartArgs", {
  chartName: "text",
  chartVersion: "text",
  chartRepoUrl: "text",
  chartHome: "text",
  chartRepoName: "text",
  helmBin: "text",
  helmHome: "text",
  values: "text",
  valuesLocal: "anyMap",
  valuesMerge: "text",
  releaseName: "text",
  releaseNamespace: "text",
  extraArgs: "texts",
});

const helmGlobals = struct("HelmGlobals", { chartHome: "text", configHome: "text" });

/** Every field of a Kustomization or Component. */
export const kustomization = struct(
  "Kustomization",
  {
    metadata: { object: metadata },
    openapi: "textMap",
    namePrefix: "text",
    nameSuffix: "text",
    namespace: "text",
    commonLabels: "textMap",
    labels: {
      list: struct("Label", {
        pairs: "textMap",
        includeSelectors: "flag",
        includeTemplates: "flag",
        includeVolumeClaimTemplates: "flag",
        fields: { list: fieldSpec },
      }),
    },
    commonAnnotations: "textMap",
    patchesStrategicMerge: "texts",
    patchesJson6902: { list: patch },
    patches: { list: patch },
    images: { list: image },
    imageTags: { list: image },
    replacements: { list: replacementField },
    replicas: { list: replica },
    vars: {
      list: struct("Var", {
        name: "text",
        objref: { object: struct("Target", { apiVersion: "text", name: "text", namespace: "text" }, [gvk]) },
        fieldref: { object: struct("FieldSelector", { fieldPath: "text" }) },
      }),
    },
    sortOptions: { object: sortOptions },
    resources: "texts",
    components: "texts",
    crds: "texts",
    bases: "texts",
    configMapGenerator: { list: configMap },
    secretGenerator: { list: secret },
    helmGlobals: { object: helmGlobals },
    helmCharts: { list: helmChart },
    helmChartInflationGenerator: { list: helmChartOld },
    generatorOptions: { object: options },
    configurations: "texts",
    generators: "texts",
    transformers: "texts",
    validators: "texts",
    buildMetadata: "texts",
  },
  [typeMeta],
  { patchesStrategicMerge: "[]types.PatchStrategicMerge" },
);

const specs: Shape = { list: fieldSpec };

/** Fields of a transformer configuration that list field specs. */
export const SPEC_LISTS = [
  "namePrefix",
  "nameSuffix",
  "namespace",
  "commonLabels",
  "labels",
  "templateLabels",
  "volumeClaimTemplateLabels",
  "commonAnnotations",
  "varReference",
  "images",
  "replicas",
] as const;

const reference = struct("NameBackReferences", { fieldSpecs: specs }, [gvk], { fieldSpecs: "types.FsSlice" });

/** Every field of a transformer configuration file (`configurations`). */
export const transformerConfig = struct(
  "TransformerConfig",
  { ...Object.fromEntries(SPEC_LISTS.map((list) => [list, specs])), nameReference: { list: reference } },
  [],
  {
    ...Object.fromEntries(SPEC_LISTS.map((list) => [list, "types.FsSlice"])),
    nameReference: "builtinconfig.nbrSlice",
  },
);

/** The configuration objects of the built-in generators and transformers, by kind. Unknown fields are ignored. */
export const plugins: { [kind: string]: Fields } = {
  ConfigMapGenerator: plugin("ConfigMapGenerator", { metadata: { object: metadata } }, [configMap]),
  SecretGenerator: plugin("SecretGenerator", { metadata: { object: metadata } }, [secret]),
  HelmChartInflationGenerator: plugin("HelmChartInflationGenerator", {}, [helmGlobals, helmChart]),
  IAMPolicyGenerator: plugin("IAMPolicyGenerator", {}, [
    struct("IAMPolicyGeneratorArgs", {
      cloud: "text",
      kubernetesService: { object: struct("KubernetesService", { namespace: "text", name: "text" }) },
      serviceAccount: { object: struct("ServiceAccount", { name: "text", projectId: "text" }) },
    }),
  ]),
  AnnotationsTransformer: plugin("AnnotationsTransformer", { annotations: "textMap", fieldSpecs: specs }),
  HashTransformer: plugin("HashTransformer", {}),
  ImageTagTransformer: plugin("ImageTagTransformer", { imageTag: { object: image }, fieldSpecs: specs }),
  LabelTransformer: plugin("LabelTransformer", { labels: "textMap", fieldSpecs: specs }),
  NamespaceTransformer: plugin("NamespaceTransformer", {
    metadata: { object: metadata },
    fieldSpecs: specs,
    unsetOnly: "flag",
    setRoleBindingSubjects: "text",
  }),
  PatchJson6902Transformer: plugin("PatchJson6902Transformer", {
    target: { object: selector },
    path: "text",
    jsonOp: "text",
  }),
  PatchStrategicMergeTransformer: plugin("PatchStrategicMergeTransformer", {
    paths: "texts",
    patches: "text",
  }),
  PatchTransformer: plugin("PatchTransformer", patchFields),
  PrefixSuffixTransformer: plugin("PrefixSuffixTransformer", {
    prefix: "text",
    suffix: "text",
    fieldSpecs: specs,
  }),
  PrefixTransformer: plugin("PrefixTransformer", { prefix: "text", fieldSpecs: specs }),
  SuffixTransformer: plugin("SuffixTransformer", { suffix: "text", fieldSpecs: specs }),
  ReplacementTransformer: plugin("ReplacementTransformer", { replacements: { list: replacementField } }),
  ReplicaCountTransformer: plugin("ReplicaCountTransformer", {
    replica: { object: replica },
    fieldSpecs: specs,
  }),
  ValueAddTransformer: plugin("ValueAddTransformer", {
    value: "text",
    targets: {
      list: struct("Target", { selector: { object: selector }, fieldPath: "text", filePathPosition: "int" }),
    },
    targetFilePath: "text",
  }),
};

function plugin(kind: string, own: Fields, embeds: Fields[] = []): Fields {
  return struct(`${kind}Plugin`, own, embeds);
}
