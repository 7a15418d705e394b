import { buildDocuments, firstDocument, locate, YamlError } from "@sluice/yaml";
import { codeOf, type FilePosition, fail, KustomizeError, yamlWords } from "../errors.ts";
import type { FieldSpec } from "../fieldspec.ts";
import { type FileSystem, joinPath } from "../filesystem.ts";
import type { HelmChart, HelmGlobals } from "../helm-charts.ts";
import type { Selector } from "../select.ts";
import { decode } from "./decode.ts";
import { kustomization as fields } from "./fields.ts";

export type GeneratorOptions = {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  disableNameSuffixHash?: boolean;
  immutable?: boolean;
};
export type GeneratorArgs = {
  namespace?: string;
  name?: string;
  behavior?: string;
  literals?: string[];
  files?: string[];
  envs?: string[];
  env?: string;
  type?: string;
  options?: GeneratorOptions;
};
export type Image = { name?: string; newName?: string; tagSuffix?: string; newTag?: string; digest?: string };
export type Patch = {
  path?: string;
  patch?: string;
  target?: Selector;
  options?: { allowNameChange?: boolean; allowKindChange?: boolean };
};
export type FieldOptions = { delimiter?: string; index?: number; encoding?: string; create?: boolean };
export type Replacement = {
  source?: {
    group?: string;
    version?: string;
    kind?: string;
    name?: string;
    namespace?: string;
    fieldPath?: string;
    options?: FieldOptions;
  };
  sourceValue?: string;
  targets?: { select?: Selector; reject?: Selector[]; fieldPaths?: string[]; options?: FieldOptions }[];
  path?: string;
};
export type Var = {
  name?: string;
  objref?: {
    apiVersion?: string;
    group?: string;
    version?: string;
    kind?: string;
    name?: string;
    namespace?: string;
  };
  fieldref?: { fieldPath?: string };
};
export type SortOptions = {
  order?: string;
  legacySortOptions?: { orderFirst?: string[]; orderLast?: string[] };
};
export type Label = {
  pairs?: Record<string, string>;
  includeSelectors?: boolean;
  includeTemplates?: boolean;
  includeVolumeClaimTemplates?: boolean;
  fields?: FieldSpec[];
};

/** A kustomization as a build uses it: deprecated fields are already folded into the ones that replaced them. */
export type Kustomization = {
  apiVersion: string;
  kind: string;
  openapi?: Record<string, string>;
  namePrefix?: string;
  nameSuffix?: string;
  namespace?: string;
  commonLabels?: Record<string, string>;
  labels?: Label[];
  commonAnnotations?: Record<string, string>;
  patchesStrategicMerge?: string[];
  patchesJson6902?: Patch[];
  patches?: Patch[];
  images?: Image[];
  replacements?: Replacement[];
  replicas?: { name?: string; count?: number | bigint }[];
  vars?: Var[];
  sortOptions?: SortOptions;
  resources?: string[];
  components?: string[];
  crds?: string[];
  configMapGenerator?: GeneratorArgs[];
  secretGenerator?: GeneratorArgs[];
  helmGlobals?: HelmGlobals;
  helmCharts?: HelmChart[];
  generatorOptions?: GeneratorOptions;
  configurations?: string[];
  generators?: string[];
  transformers?: string[];
  validators?: string[];
  buildMetadata?: string[];
};

export const FILE_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;
const KUSTOMIZATION_VERSION = "kustomize.config.k8s.io/v1beta1";
const COMPONENT_VERSION = "kustomize.config.k8s.io/v1alpha1";

/** The name of the kustomization file of a directory; undefined if it has none, an error if it has several. */
export function findKustomization(fs: FileSystem, dir: string, shown = dir): string | undefined {
  const found = FILE_NAMES.filter((name) => fs.stat(joinPath(dir, name)) === "file");
  if (found.length > 1) {
    fail(
      "invalid-kustomization",
      `Found multiple kustomization files under: ${shown} (${found.join(", ")}); keep one of them`,
    );
  }
  return found[0];
}

export type ParsedKustomization = { value: Kustomization; warnings: string[] };

/** Reads a kustomization from its text. `file` is how errors call it. */
export function parseKustomization(text: string, file: string): ParsedKustomization {
  const source = firstDocument(text);
  const repeated: string[] = [];
  let documents: unknown[];
  try {
    documents = buildDocuments(source, {
      file,
      dialect: "kubernetes",
      spelling: false,
      duplicates: "last",
      onDuplicate: (key, line) =>
        repeated.push(`# Warning: ${file}:${line}: "${key}" is given twice; the last one counts`),
    });
  } catch (thrown) {
    if (!(thrown instanceof YamlError)) throw thrown;
    const at = thrown.at && { ...thrown.at, file };
    throw new KustomizeError(codeOf(thrown), `invalid Kustomization: ${yamlWords(thrown)}`, at, thrown);
  }
  const at = (path: (string | number)[]): FilePosition => ({ file, ...(locate(source, 0, path) ?? {}) });
  const parsed = checkKustomization(documents[0] ?? null, file, at);
  return { ...parsed, warnings: [...repeated, ...parsed.warnings] };
}

/** Checks a kustomization that is already an object, and folds deprecated fields into their successors. */
export function checkKustomization(
  document: unknown,
  file: string,
  at: (path: (string | number)[]) => FilePosition = () => ({ file }),
): ParsedKustomization {
  const raw = decode(document, fields, {
    what: "Kustomization",
    unknown: "error",
    lenientText: false,
    locate: at,
  });
  const warnings = DEPRECATED.filter(([field]) => raw[field] !== undefined).map(([, warning]) => warning);
  const value = fix(raw);
  const said = Object.entries({ ...value, metadata: raw.metadata });
  if (said.every(([key, item]) => key === "kind" || key === "apiVersion" || isZero(item))) {
    fail(
      "invalid-kustomization",
      `${file}: kustomization.yaml is empty; it must name at least one resource`,
      { file },
    );
  }
  enforce(value, file, at);
  return { value, warnings };
}

const parentOf = (file: string): string => (file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : ".");
const isZero = (item: unknown): boolean => item === undefined || item === "";

function enforce(value: Kustomization, file: string, at: (path: string[]) => FilePosition): void {
  const problems: string[] = [];
  if (value.kind !== "Kustomization" && value.kind !== "Component") {
    problems.push("kind should be Kustomization or Component");
  }
  const required = value.kind === "Component" ? COMPONENT_VERSION : KUSTOMIZATION_VERSION;
  if (value.apiVersion !== required) problems.push(`apiVersion for ${value.kind} should be ${required}`);
  if (problems.length > 0) {
    const place = at([
      problems.length === 1 && problems[0]!.startsWith("apiVersion") ? "apiVersion" : "kind",
    ]);
    fail(
      "invalid-kustomization",
      `Failed to read kustomization file under ${parentOf(file)}:\n${problems.join("\n")} (${file}${place.line ? `:${place.line}` : ""})`,
      place,
    );
  }
}

function fix(raw: Record<string, any>): Kustomization {
  const { bases, imageTags, helmChartInflationGenerator, metadata: _, ...rest } = raw;
  const value = rest as Kustomization;
  value.kind ||= "Kustomization";
  value.apiVersion ||= value.kind === "Component" ? COMPONENT_VERSION : KUSTOMIZATION_VERSION;
  if (bases) value.resources = [...(value.resources ?? []), ...bases];
  if (imageTags) value.images = [...(value.images ?? []), ...imageTags];
  value.configMapGenerator = value.configMapGenerator?.map(fixEnv);
  value.secretGenerator = value.secretGenerator?.map(fixEnv);
  if (helmChartInflationGenerator) fixCharts(value, helmChartInflationGenerator);
  return value;
}

/** Charts with the names that fields had before `helmCharts`. */
function fixCharts(value: Kustomization, old: Record<string, any>[]): void {
  const last = (field: string) => old.findLast((each) => each[field])?.[field];
  value.helmGlobals ??= { chartHome: last("chartHome"), configHome: last("helmHome") };
  const charts = old.map((each) => ({
    name: each["chartName"],
    version: each["chartVersion"],
    repo: each["chartRepoUrl"],
    valuesFile: each["values"],
    valuesInline: each["valuesLocal"],
    valuesMerge: each["valuesMerge"],
    releaseName: each["releaseName"],
  }));
  value.helmCharts = [...(value.helmCharts ?? []), ...charts];
}

function fixEnv({ env, ...args }: GeneratorArgs): GeneratorArgs {
  return env ? { ...args, envs: [...(args.envs ?? []), env] } : args;
}

const RUN_FIX = "Run 'kustomize edit fix' to update your Kustomization automatically.";
const DEPRECATED: readonly [string, string][] = [
  ["bases", `# Warning: 'bases' is deprecated. Please use 'resources' instead. ${RUN_FIX}`],
  ["commonLabels", `# Warning: 'commonLabels' is deprecated. Please use 'labels' instead. ${RUN_FIX}`],
  ["imageTags", `# Warning: 'imageTags' is deprecated. Please use 'images' instead. ${RUN_FIX}`],
  ["patchesJson6902", `# Warning: 'patchesJson6902' is deprecated. Please use 'patches' instead. ${RUN_FIX}`],
  [
    "patchesStrategicMerge",
    `# Warning: 'patchesStrategicMerge' is deprecated. Please use 'patches' instead. ${RUN_FIX}`,
  ],
  ["vars", `# Warning: 'vars' is deprecated. Please use 'replacements' instead. [EXPERIMENTAL] ${RUN_FIX}`],
];

/**
 * The kustomization of a directory, checked and with deprecated fields folded into their successors; undefined if the
 * directory has none. `path` is absolute.
 */
export function readKustomization(
  dir: string,
  fs: FileSystem,
): { path: string; value: Kustomization } | undefined {
  const name = findKustomization(fs, dir);
  if (name === undefined) return undefined;
  const path = joinPath(dir, name);
  return { path, value: parseKustomization(fs.readFile(path).toString("utf8"), path).value };
}
