import { isBracketed, Raw, stringify } from "@sluice/yaml";
import { causeOfEntry } from "./causes.ts";
import { asKustomizeError, fail, prefixed, within } from "./errors.ts";
import { cleanPath, diskFileSystem, type FileSystem, isWithin } from "./filesystem.ts";
import type { Helm } from "./helm-charts.ts";
import { checkKustomization, findKustomization } from "./load/kustomization.ts";
import {
  closureOf,
  type Loader,
  loadFile,
  newLoader,
  type Reads,
  type Remotes,
  shown,
} from "./load/loader.ts";
import { isNamespaced, newSchemaState } from "./merge/schema.ts";
import { get, isList, isMap, isScalar, type Node, printedValue, set, unfold } from "./node.ts";
import { ORIGIN, originText, transformationsText } from "./origin.ts";
import { changedAll, duplicateId, isGone, type ResMap } from "./resmap.ts";
import {
  currentId,
  gvkOf,
  idString,
  isClusterScoped,
  metadataProblem,
  type Resource,
  setStringMap,
  stringMap,
} from "./resource.ts";
import { withScopes } from "./scope.ts";
import {
  accumulate,
  applyOpenApi,
  type BuildState,
  emptyAccumulated,
  loadTarget,
  type Target,
} from "./target.ts";
import { noteFields, type ObjectOrigins, originsOf } from "./trace.ts";
import { applyHashes } from "./transformers/hash.ts";
import { applyLabels } from "./transformers/labels.ts";
import { fixNameReferences } from "./transformers/name-reference.ts";
import { sortResources } from "./transformers/sort-order.ts";
import { resolveVars } from "./transformers/variables.ts";

export type BuildOptions = {
  /** Where files are read; the disk by default. */
  fs?: FileSystem;
  /** Whether files must lie below the kustomization that names them (default), or anywhere. */
  loadRestrictor?: "rootOnly" | "none";
  /** Order of the result; unspecified is legacy unless the kustomization has sortOptions. */
  reorder?: "none" | "legacy" | "unspecified";
  addManagedByLabel?: boolean;
  /** For a file per object, which kustomize writes without the rewriting that folded texts and brackets get in one text. */
  separate?: boolean;
  /** A root kustomization to use instead of the file in the directory. */
  kustomization?: object;
  /**
   * The directory that nothing may be read outside of, e.g. the root of an artifact. Inside it, files and bases may refer
   * to each other freely.
   */
  root?: string;
  /** Also find out where every field of the result was set; takes several times as long. */
  origins?: boolean;
  /** Remote bases and files; see buildWithRemotes. Without it they are refused. */
  remote?: Remotes;
  /** Fetches and renders the charts of `helmCharts`. Without it they are refused. */
  helm?: Helm;
};

/** A JSON object; integers beyond 2^53 are bigints. */
export type BuiltObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string } & Record<string, any>;
} & Record<string, any>;

/** One object of a build, and the file and line it came from (or the kustomization that generated it). */
export type BuiltResource = {
  object: BuiltObject;
  origin?: { path: string; line: number };
  /** Whether its kind is known to live outside namespaces. */
  clusterScoped?: boolean;
};

export type BuildResult = {
  resources: BuiltResource[];
  /** The manifests as one YAML text, byte for byte what kustomize prints. */
  yaml(): string;
  /** The files that were read, relative to the root, sorted. */
  files: string[];
  /** A hash over names and contents of these files: as long as it is the same, so is the result. */
  hash: string;
  warnings: string[];
  /** Where every field got its value, in the order of `resources`; looked up when called. Only if `origins` was asked for. */
  origins?(): ObjectOrigins[];
};

/**
 * Builds the kustomization of a directory. Reads synchronously and has no other effect. Throws KustomizeError.
 */
export function build(dir: string, options: BuildOptions = {}): BuildResult {
  try {
    return run(dir, options);
  } catch (thrown) {
    throw asKustomizeError(thrown);
  }
}

function run(dir: string, options: BuildOptions): BuildResult {
  const { fs = diskFileSystem } = options;
  for (const path of [dir, options.root ?? "/"]) {
    if (!path.startsWith("/")) fail("missing-file", `'${path}' must be an absolute path`);
  }
  const jail = options.root === undefined ? undefined : fs.realPath(cleanPath(options.root));
  const reads = newReads(fs, jail, options);
  const loader = newLoader(reads, cleanPath(dir));
  if (jail === undefined) reads.base = loader.root;
  else if (!isWithin(jail, loader.root))
    fail("outside-root", `security; '${dir}' is outside '${options.root}'`);
  const state: BuildState = {
    schema: newSchemaState(),
    tracking: false,
    tracing: options.origins === true,
    warnings: [],
  };
  const scopes = (id: string) => isNamespaced(state.schema, id);
  return withScopes(scopes, () => runIn(state, loader, options));
}

function runIn(state: BuildState, loader: Loader, options: BuildOptions): BuildResult {
  const target = rootTarget(loader, state, options.kustomization);
  applyOpenApi(target, true);
  state.tracking = (target.kustomization.buildMetadata ?? []).length > 0;

  const { map, config, vars } = accumulate(target, emptyAccumulated());
  const note = (name: string): void => {
    if (state.tracing) noteFields(map, { by: "transformer", name, find: "unchanged" });
  };
  applyHashes(map);
  note("HashTransformer");
  fixNameReferences(map, config.nameReference);
  note("NameReferenceTransformer");
  const unused = resolveVars(map, vars, config.varReference);
  note("vars");
  if (unused.length > 0)
    state.warnings.push(`well-defined vars that were never replaced: ${unused.join(",")}`);
  dropLocal(map);
  sort(map, target, options.reorder ?? "unspecified", state.warnings);
  finish(map, target, options.addManagedByLabel === true);
  if (state.tracing) noteFields(map, causeOfEntry(target, "transformer", "buildMetadata", ["buildMetadata"]));
  const result = resultOf(map, loader.reads, state.warnings, options.separate !== true);
  return state.tracing ? { ...result, origins: () => originsOf(map.list) } : result;
}

function newReads(fs: FileSystem, jail: string | undefined, options: BuildOptions): Reads {
  return {
    fs,
    helm: options.helm,
    base: jail ?? "/",
    jail,
    restrict: options.loadRestrictor !== "none",
    contents: new Map(),
    names: new Map(),
    remote: options.remote,
  };
}

function rootTarget(loader: Loader, state: BuildState, given: object | undefined): Target {
  if (given === undefined) return loadTarget(loader, state, {});
  // What is given comes from the file if there is one, so the file belongs to the closure.
  const present = findKustomization(loader.reads.fs, loader.root, shown(loader, "."));
  if (present) loadFile(loader, present);
  const fileName = present ?? "kustomization.yaml";
  const file = shown(loader, fileName);
  const { value, warnings } = checkKustomization(given, file);
  state.warnings.push(...warnings);
  return { state, loader, kustomization: value, file, fileName, origin: {} };
}

const LOCAL_CONFIG = "config.kubernetes.io/local-config";

/** Drops resources that only feed the build, and checks that the others are still objects. */
function dropLocal(map: ResMap): void {
  const kept = map.list.filter((res) => {
    if (isGone(res)) return false;
    const problem = metadataProblem(res.node!);
    if (problem) fail("invalid-resource", `${problem} ${idString(currentId(res))}`, res.source);
    const local = stringMap(res.node, "annotations").get(LOCAL_CONFIG);
    return local === undefined || local === "false";
  });
  if (kept.length < map.list.length) {
    map.list = kept;
    changedAll(map);
  }
  const [, second] = duplicateId(map) ?? [];
  if (second) {
    const id = idString(currentId(second));
    fail("conflict", `may not add resource with an already registered id: ${id}`, second.source);
  }
}

function sort(map: ResMap, { kustomization }: Target, reorder: string, warnings: string[]): void {
  const { sortOptions } = kustomization;
  if (sortOptions) {
    if (reorder !== "unspecified") {
      warnings.push(
        "Warning: Sorting order is set both in 'kustomization.yaml' ('sortOptions') and in a CLI flag ('--reorder'). " +
          "Using the kustomization file over the CLI flag.",
      );
    }
    sortResources(map, sortOptions);
  } else if (reorder !== "none") sortResources(map, { order: "legacy" });
}

/** The version of kustomize whose behaviour this is. */
const VERSION = "v5.8.2";
const TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations";
/** Annotations that tools leave for one another during a build; none of them is part of the result. */
const INTERNAL = [
  ..."previousKinds previousNames prefixes suffixes previousNamespaces allowNameChange allowKindChange refBy"
    .split(" ")
    .map((name) => `internal.config.kubernetes.io/${name}`),
  ..."generatorBehavior needsHashSuffix path index seqindent id annotations-migration-resource-id helm-generated"
    .split(" ")
    .map((name) => `internal.config.kubernetes.io/${name}`),
  "config.kubernetes.io/path",
  "config.kubernetes.io/index",
  "config.k8s.io/id",
];

function finish(map: ResMap, { kustomization }: Target, addManagedBy: boolean): void {
  const wanted = new Set(kustomization.buildMetadata ?? []);
  if (addManagedBy || wanted.has("managedByLabel")) {
    applyLabels(map, { "app.kubernetes.io/managed-by": `kustomize-${VERSION}` }, [
      { path: "metadata/labels", create: true },
    ]);
  }
  const origins = wanted.has("originAnnotations");
  const transformations = wanted.has("transformerAnnotations");
  for (const res of map.list) finishAnnotations(res, origins, transformations);
}

function finishAnnotations(res: Resource, origins: boolean, transformations: boolean): void {
  const meta = get(res.node!, "metadata");
  // Only a List can be without; kustomize leaves an empty one where it looked for annotations.
  if (meta === undefined) set(res.node!, "metadata", {});
  const old = isMap(meta) ? get(meta, "annotations") : undefined;
  const added = (origins && res.origin) || (transformations && res.transformations);
  if (old === undefined && !added) return;
  const annotations = stringMap(res.node, "annotations");
  for (const name of INTERNAL) annotations.delete(name);
  annotations.delete(ORIGIN);
  annotations.delete(TRANSFORMATIONS);
  if (origins && res.origin) annotations.set(ORIGIN, originText(res.origin));
  if (transformations && res.transformations) {
    annotations.set(TRANSFORMATIONS, transformationsText(res.transformations));
  }
  setStringMap(res.node!, "annotations", annotations);
}

function resultOf(map: ResMap, reads: Reads, warnings: string[], rewritten: boolean): BuildResult {
  const resources = map.list.map((res): BuiltResource => {
    const { node, source } = res;
    const place = source ? `${source.file}:${source.line}` : idString(currentId(res));
    const object = within(place, () => plain(node!, rewritten)) as BuiltObject;
    const origin = source && { path: source.file, line: source.line };
    return { object, origin, clusterScoped: isClusterScoped(gvkOf(node)) };
  });
  return Object.assign(closureOf(reads), { resources, yaml: () => yamlOf(resources), warnings });
}

/** What one string of JavaScript can hold, nearly. */
const MAX_YAML = 500_000_000;

function yamlOf(resources: readonly BuiltResource[]): string {
  let size = 0;
  const texts = resources.map((resource) => {
    const text = printed(resource);
    size += text.length;
    if (size > MAX_YAML)
      fail("too-large", `the manifests are larger than ${MAX_YAML} characters; split them`);
    return text;
  });
  return texts.join("---\n");
}

function printed({ object, origin }: BuiltResource): string {
  try {
    return stringify(object);
  } catch (thrown) {
    throw prefixed(
      `${origin ? `${origin.path}:${origin.line}: ` : ""}${object.kind}/${object.metadata.name}`,
      thrown,
    );
  }
}

/** An object without Raw scalars, edited in place; `rewritten` as kustomize does with one text of all. */
function plain(node: Node, rewritten: boolean, inBrackets = false): Node {
  if (node instanceof Raw) {
    if (typeof node.value === "number" && !Number.isFinite(node.value)) {
      fail("invalid-resource", `unsupported value: ${node.text}; JSON has no such number`);
    }
    return printedValue(node, inBrackets);
  }
  if (isScalar(node)) return node;
  const inside = rewritten && (inBrackets || isBracketed(node));
  if (isList(node)) {
    for (let i = 0; i < node.length; i++) {
      const item = node[i]!;
      if (typeof item === "object") node[i] = plain(item, rewritten, inside);
    }
  } else {
    if (rewritten) unfold(node);
    for (const key in node) {
      const item = node[key]!;
      if (typeof item === "object" && item !== null) set(node, key, plain(item, rewritten, inside));
    }
  }
  return node;
}
