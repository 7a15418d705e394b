import { locate, stringify } from "@sluice/yaml";
import { emptyConfig, mergeConfig, parseConfig, type TransformerConfig } from "./config.ts";
import { DEFAULT_CONFIG } from "./defaults.ts";
import { fail, KustomizeError, prefixed, within } from "./errors.ts";
import { absorb } from "./generators/absorb.ts";
import { configFromCrds } from "./load/crds.ts";
import {
  FILE_NAMES,
  findKustomization,
  type Kustomization,
  parseKustomization,
} from "./load/kustomization.ts";
import { enter, isRemote, isUrl, kindOfPath, type Loader, loadFile, loadText, shown } from "./load/loader.ts";
import { isRepository, originOfRemote, redactRemote, tryRemoteUrl } from "./load/remote-url.ts";
import { readResources } from "./load/resources.ts";
import { readOpenApi } from "./merge/openapi.ts";
import { type Custom, compileSchema, type SchemaState } from "./merge/schema.ts";
import { noteTransformation, originAt, originOfPlugin } from "./origin.ts";
import { loadGenerator, loadTransformer, type PluginContext } from "./plugins.ts";
import { appendAll, dropEmpties, emptyResMap, type ResMap } from "./resmap.ts";
import {
  copyResource,
  currentId,
  idString,
  kindOf,
  type Origin,
  type Resource,
  setStringMap,
  stringMap,
} from "./resource.ts";
import { builtinGenerators, builtinTransformers, type Step } from "./steps.ts";
import { type Cause, manifestCause, noteFields, noteResource } from "./trace.ts";
import { addVars, mergeVars, type VarSet } from "./transformers/variables.ts";

/** What a whole build shares. */
export type BuildState = {
  schema: SchemaState;
  /** Whether resources carry where they came from, because the root kustomization asks for it. */
  tracking: boolean;
  warnings: string[];
  /** Whether resources note which step set which of their fields. */
  tracing: boolean;
};

/** One kustomization on its way: where it is, what it says, where its resources came from. */
export type Target = {
  state: BuildState;
  loader: Loader;
  kustomization: Kustomization;
  /** The kustomization file, relative to the base of the build. */
  file: string;
  /** Its name in its directory. */
  fileName: string;
  text?: string;
  /** The directory of the kustomization: relative to the build's root kustomization, or in which repository. */
  origin: Origin;
};

/** What a kustomization and its bases come to, before names are final. */
export type Accumulated = { map: ResMap; config: TransformerConfig; vars: VarSet };

export const emptyAccumulated = (): Accumulated => ({
  map: emptyResMap(),
  config: emptyConfig(),
  vars: new Map(),
});

/** Reads the kustomization of a loader's directory. */
export function loadTarget(loader: Loader, state: BuildState, origin: Origin): Target {
  const { fs } = loader.reads;
  const fileName = findKustomization(fs, loader.root, shown(loader, "."));
  if (fileName === undefined) {
    const names = FILE_NAMES.map((name) => `'${name}'`);
    return fail(
      "missing-kustomization",
      `unable to find one of ${names[0]}, ${names[1]} or ${names[2]} in directory '${shown(loader, ".")}'`,
    );
  }
  const text = loadText(loader, fileName);
  const file = shown(loader, fileName);
  const { value, warnings } = parseKustomization(text, file);
  state.warnings.push(...warnings);
  return { state, loader, kustomization: value, file, fileName, text, origin };
}

/** Runs a kustomization on top of what is there: resources, generators, components, transformers, validators, vars. */
export function accumulate(target: Target, into: Accumulated): Accumulated {
  const { kustomization, loader } = target;
  let acc = accumulateResources(target, "resources", kustomization.resources ?? [], into);
  acc.config = mergeConfig(acc.config, ownConfig(target));
  for (const [i, path] of (kustomization.crds ?? []).entries()) {
    const crds = at(target, ["crds", i], () =>
      within(`loading CRDs [${redactRemote(kustomization.crds!.join(" "))}]`, () =>
        configFromCrds(loadText(loader, path), shown(loader, path)),
      ),
    );
    acc.config = mergeConfig(acc.config, crds);
  }
  runGenerators(target, acc);
  acc = accumulateComponents(target, acc);
  runTransformers(target, acc);
  runValidators(target, acc);
  within("merging vars", () => addVars(acc.map, acc.vars, kustomization.vars ?? []));
  return acc;
}

/** Runs `work`; what it throws says which entry of the kustomization file it is about. */
function at<T>(target: Target, path: (string | number)[], work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const place = target.text === undefined ? undefined : locate(target.text, 0, path);
    const error = prefixed(place ? `${target.file}:${place.line}` : target.file, thrown);
    error.at ??= { file: target.file, ...place };
    throw error;
  }
}

function ownConfig(target: Target): TransformerConfig {
  let config = DEFAULT_CONFIG;
  for (const [i, path] of (target.kustomization.configurations ?? []).entries()) {
    const more = at(target, ["configurations", i], () =>
      parseConfig(loadText(target.loader, path), shown(target.loader, path)),
    );
    config = mergeConfig(config, more);
  }
  return config;
}

function accumulateResources(
  target: Target,
  field: string,
  paths: readonly string[],
  into: Accumulated,
): Accumulated {
  for (const [i, path] of paths.entries()) {
    at(target, [field, i], () =>
      within(`accumulating resources from '${redactRemote(path)}'`, () => {
        if (isUrl(path) && !isRepository(path)) accumulateUrl(target, path, into);
        else if (kindOfPath(target.loader, path) === "directory" || isRemote(path))
          accumulateBase(target, path, into);
        else appendAll(into.map, readFile(target, path));
      }),
    );
  }
  return into;
}

function readFile(target: Target, path: string): Resource[] {
  if (path.startsWith("/") && kindOfPath(target.loader, path) === undefined) {
    enter(target.loader, path); // Says why absolute paths do not work.
  }
  const text = loadText(target.loader, path);
  return readResources(text, shown(target.loader, path), redactRemote(path)).map((res) => {
    if (target.state.tracking) res.origin = originOfFile(target.origin, path);
    if (target.state.tracing) noteResource(res, manifestCause(text, res.source!.file, res.source!.line));
    return res;
  });
}

function originOfFile(directory: Origin, path: string): Origin {
  const url = isUrl(path) ? tryRemoteUrl(path) : undefined;
  return url ? originOfRemote(url) : originAt(directory, redactRemote(path));
}

/** What lies at a URL: a file, or else a base in a repository; this is the order in which kustomize tries. */
function accumulateUrl(target: Target, path: string, into: Accumulated): void {
  const found = fileOrProblem(target, path);
  if (Array.isArray(found)) appendAll(into.map, found);
  else within(`accumulation err='${found.message}'`, () => accumulateBase(target, path, into));
}

/** The resources of a file at a URL; the problem with it, if a repository may be there instead. */
function fileOrProblem(target: Target, url: string): Resource[] | KustomizeError {
  try {
    return readFile(target, url);
  } catch (thrown) {
    const mayBeBase = target.loader.reads.remote && tryRemoteUrl(url);
    if (thrown instanceof KustomizeError && mayBeBase) return thrown;
    throw thrown;
  }
}

function enterTarget(target: Target, path: string): Target {
  const loader = enter(target.loader, path);
  const entersRepository = loader.remote && loader.remote !== target.loader.remote;
  const origin = entersRepository ? loader.remote!.origin : originAt(target.origin, path);
  const child = loadTarget(loader, target.state, origin);
  applyOpenApi(child, false);
  return child;
}

function accumulateBase(target: Target, path: string, into: Accumulated): void {
  const child = enterTarget(target, path);
  if (child.kustomization.kind === "Component") {
    fail(
      "invalid-kustomization",
      `expected kind != 'Component' for path '${redactRemote(path)}'; list it under components instead of resources`,
    );
  }
  const { map, config, vars } = accumulate(child, emptyAccumulated());
  within(`recursed merging from path '${redactRemote(path)}'`, () => {
    appendAll(into.map, map.list);
    into.config = mergeConfig(into.config, config);
    mergeVars(into.vars, vars.values());
  });
}

function accumulateComponents(target: Target, acc: Accumulated): Accumulated {
  let result = acc;
  for (const [i, path] of (target.kustomization.components ?? []).entries()) {
    result = at(target, ["components", i], () =>
      within(`accumulating components: accumulateDirectory '${redactRemote(path)}'`, () => {
        const child = enterTarget(target, path);
        if (child.kustomization.kind !== "Component") {
          fail(
            "invalid-kustomization",
            `expected kind 'Component' for path '${redactRemote(path)}' but got '${child.kustomization.kind}'; ` +
              "list it under resources instead of components",
          );
        }
        return accumulate(child, result);
      }),
    );
  }
  return result;
}

function context(target: Target): PluginContext {
  return { loader: target.loader, schema: target.state.schema, file: target.file };
}

function runGenerators(target: Target, { map }: Accumulated): void {
  const steps: (Step & { generate: () => Resource[] })[] = builtinGenerators(target);
  for (const config of pluginConfigs(target, "generators")) {
    const cause = causeOfPlugin(config, "generator");
    steps.push({ cause, origin: originOfPlugin(config), generate: loadGenerator(config, context(target)) });
  }
  for (const { generate, origin, cause } of steps) {
    for (const res of generate()) {
      res.source ??= { file: target.file, line: 1 };
      if (target.state.tracking) res.origin ??= origin;
      if (target.state.tracing) noteResource(res, cause);
      within("merging from generator", () => absorb(map, res));
    }
    if (target.state.tracing) noteFields(map, cause);
  }
}

function runTransformers(target: Target, acc: Accumulated): void {
  const steps = builtinTransformers(target, acc.config);
  for (const config of pluginConfigs(target, "transformers")) {
    const cause = causeOfPlugin(config, "transformer");
    steps.push({ cause, origin: originOfPlugin(config), run: loadTransformer(config, context(target)) });
  }
  for (const { run, origin, cause, times = 1 } of steps) {
    run(acc.map);
    if (target.state.tracing) noteFields(acc.map, cause);
    if (target.state.tracking && origin) for (let i = 0; i < times; i++) noteTransformation(acc.map, origin);
    dropEmpties(acc.map);
  }
}

/** What a generator or transformer with a file of its own does is set where it starts. */
function causeOfPlugin({ node, source }: Resource, by: "generator" | "transformer"): Cause {
  return { by, name: kindOf(node), find: () => source };
}

const VALIDATED_BY = "validated-by";

function runValidators(target: Target, { map }: Accumulated): void {
  for (const config of pluginConfigs(target, "validators")) {
    const validate = loadTransformer(config, context(target));
    const before = map.list.map(wholeText);
    validate(map);
    const after = map.list.map((res) => {
      const copy = copyResource(res);
      const labels = stringMap(copy.node, "labels");
      if (labels.delete(VALIDATED_BY)) setStringMap(copy.node!, "labels", labels);
      return wholeText(copy);
    });
    const differs = before.findIndex((text, i) => text !== after[i]);
    if (before.length !== after.length || differs !== -1) {
      const what = differs === -1 ? "" : `: nodes unequal: ${idString(currentId(map.list[differs]!))}`;
      fail("invalid-config", `validator shouldn't modify the resource map${what}`);
    }
  }
}

/** An object and what is noted of its names, which kustomize keeps in its annotations. */
const wholeText = ({ node, previous, prefixes, suffixes }: Resource): string =>
  stringify(node) + JSON.stringify([previous, prefixes, suffixes]);

/** Objects that configure plugins: given inline, or as paths of files and bases. */
function pluginConfigs(target: Target, field: "generators" | "transformers" | "validators"): Resource[] {
  const entries = target.kustomization[field] ?? [];
  const acc = emptyAccumulated();
  const paths: string[] = [];
  for (const entry of entries) {
    const inline = inlineConfig(target, field, entry);
    if (inline) appendAll(acc.map, inline);
    else paths.push(entry);
  }
  return accumulateResources(target, field, paths, acc).map.list;
}

function inlineConfig(target: Target, field: string, entry: string): Resource[] | undefined {
  try {
    const found = readResources(entry, `${target.file} (inline ${field})`);
    if (target.state.tracking) for (const res of found) res.origin = originAt(target.origin, target.fileName);
    return found;
  } catch (thrown) {
    if (!(thrown instanceof KustomizeError)) throw thrown;
    if (entry.trimEnd().includes("\n")) throw thrown; // No path runs over several lines.
    return undefined;
  }
}

/** Takes up the `openapi` field. The first schema of a build counts, that of the root kustomization before all. */
export function applyOpenApi(target: Target, isRoot: boolean): void {
  const { openapi } = target.kustomization;
  const { schema } = target.state;
  if (!openapi) return;
  const content = openapi.path === undefined ? undefined : loadFile(target.loader, openapi.path);
  if (!isRoot && (schema.custom || schema.version)) return;
  if (content) {
    if (openapi.version !== undefined) {
      fail("invalid-kustomization", "builtin version and custom schema provided, cannot use both", {
        file: target.file,
      });
    }
    const file = shown(target.loader, openapi.path!);
    let read: Custom | undefined;
    schema.custom = () => {
      if (read) return read;
      const { definitions, namespaced } = readOpenApi(content.toString("utf8"), file);
      return (read = { ...compileSchema(definitions, schema.mixed), namespaced });
    };
    return;
  }
  if (!openapi.version) return;
  if (openapi.version !== "v1.21.2") {
    fail("invalid-kustomization", "the specified OpenAPI version is not built in; the only one is v1.21.2", {
      file: target.file,
    });
  }
  schema.version = openapi.version;
}
