import { firstDocument, parse } from "@sluice/yaml";
import { fail, within } from "./errors.ts";
import type { FieldSpec } from "./fieldspec.ts";
import { generateConfigMap, generateSecret } from "./generators/config-map.ts";
import { generateIamPolicy, type IamPolicyArgs } from "./generators/iam-policy.ts";
import { type HelmChart, type HelmGlobals, inflateChart } from "./helm-charts.ts";
import { decode } from "./load/decode.ts";
import { type Fields, plugins as pluginFields, replacement } from "./load/fields.ts";
import type { GeneratorArgs, Image, Patch, Replacement } from "./load/kustomization.ts";
import { type Loader, loadText, shown } from "./load/loader.ts";
import type { SchemaState } from "./merge/schema.ts";
import { isList, isMap } from "./node.ts";
import type { ResMap } from "./resmap.ts";
import { currentId, gvkOf, gvkString, idString, kindOf, type Resource } from "./resource.ts";
import { applyHashes } from "./transformers/hash.ts";
import { applyImages } from "./transformers/images.ts";
import { applyLabels } from "./transformers/labels.ts";
import { applyNamespace, type SubjectMode } from "./transformers/namespace.ts";
import { preparePatch } from "./transformers/patch.ts";
import { prepareJson6902 } from "./transformers/patch-json6902.ts";
import { prepareStrategicMerge } from "./transformers/patch-strategic-merge.ts";
import { applyAffix } from "./transformers/prefix-suffix.ts";
import { applyReplacements } from "./transformers/replacement.ts";
import { applyReplicas } from "./transformers/replicas.ts";
import { prepareValueAdd, type ValueAddTarget } from "./transformers/value-add.ts";

/** What plugins need of the kustomization that uses them. */
export type PluginContext = { loader: Loader; schema: SchemaState; file: string };

export type Transform = (map: ResMap) => void;
export type Generate = () => Resource[];

/** Configures a generator from the object that describes it. */
export function loadGenerator(config: Resource, context: PluginContext): Generate {
  return within("loading generator plugins: failed to load generator", () => generatorOf(config, context));
}

function generatorOf(config: Resource, context: PluginContext): Generate {
  const args = configure(config) as GeneratorArgs & Record<string, any>;
  const named = {
    ...args,
    name: args.name || args.metadata?.name,
    namespace: args.namespace || args.metadata?.namespace,
  };
  switch (kindOf(config.node)) {
    case "ConfigMapGenerator":
      return () => [generateConfigMap(named, context.loader)];
    case "SecretGenerator":
      return () => [generateSecret(named, context.loader)];
    case "HelmChartInflationGenerator":
      return () => inflateChart(args as HelmChart, args as HelmGlobals, context.loader, context.file);
    case "IAMPolicyGenerator":
      return () => [generateIamPolicy(args as IamPolicyArgs)];
    default:
      return fail("invalid-config", `plugin ${idString(currentId(config))} not a generator`);
  }
}

/** Configures a transformer from the object that describes it. */
export function loadTransformer(config: Resource, context: PluginContext): Transform {
  const args = configure(config);
  return within(`plugin ${idString(currentId(config))} fails configuration`, () =>
    transformerOf(kindOf(config.node), args, context, config),
  );
}

function transformerOf(
  kind: string,
  args: Record<string, any>,
  context: PluginContext,
  config: Resource,
): Transform {
  const specs: FieldSpec[] = args.fieldSpecs ?? [];
  const { loader, schema, file } = context;
  switch (kind) {
    case "AnnotationsTransformer":
      return (map) => applyLabels(map, args.annotations ?? {}, specs);
    case "LabelTransformer":
      return (map) => applyLabels(map, args.labels ?? {}, specs);
    case "HashTransformer":
      return applyHashes;
    case "ImageTagTransformer":
      return (map) => applyImages(map, [(args.imageTag ?? {}) as Image], specs);
    case "NamespaceTransformer":
      return namespaceTransformer(args, specs);
    case "PatchJson6902Transformer":
      return prepareJson6902({ target: args.target, path: args.path, patch: args.jsonOp }, loader);
    case "PatchStrategicMergeTransformer":
      return prepareStrategicMerge(args.paths ?? [], args.patches ?? "", loader, schema, file);
    case "PatchTransformer":
      return preparePatch(args as Patch, loader, schema, file);
    case "PrefixTransformer":
    case "SuffixTransformer":
    case "PrefixSuffixTransformer":
      return affixTransformer(kind, args);
    case "ReplacementTransformer": {
      const replacements = loadReplacements(args.replacements ?? [], loader);
      return (map) => applyReplacements(map, replacements);
    }
    case "ReplicaCountTransformer":
      return (map) => applyReplicas(map, args.replica ?? {}, specs);
    case "ValueAddTransformer":
      return prepareValueAdd({ value: args.value, targets: valueAddTargets(args, loader) }, loader.root);
    default:
      return fail("invalid-config", `plugin ${idString(currentId(config))} not a transformer`);
  }
}

function namespaceTransformer(args: Record<string, any>, fieldSpecs: FieldSpec[]): Transform {
  const mode = args.setRoleBindingSubjects || "defaultOnly";
  if (!["defaultOnly", "none", "allServiceAccounts"].includes(mode)) {
    fail(
      "invalid-config",
      `invalid value "${mode}" for setRoleBindingSubjects: must be one of "defaultOnly", "none" or "allServiceAccounts"`,
    );
  }
  const namespace: string = args.metadata?.namespace ?? "";
  return (map) =>
    applyNamespace(map, { namespace, fieldSpecs, unsetOnly: args.unsetOnly, subjects: mode as SubjectMode });
}

function affixTransformer(kind: string, args: Record<string, any>): Transform {
  if (!args.fieldSpecs) fail("invalid-config", "fieldSpecs is not expected to be nil");
  return (map) => {
    if (kind !== "SuffixTransformer")
      applyAffix(map, { end: "prefix", text: args.prefix ?? "", fieldSpecs: args.fieldSpecs });
    if (kind !== "PrefixTransformer")
      applyAffix(map, { end: "suffix", text: args.suffix ?? "", fieldSpecs: args.fieldSpecs });
  };
}

function valueAddTargets(args: Record<string, any>, loader: Loader): ValueAddTarget[] {
  const own: ValueAddTarget[] = args.targets ?? [];
  if (!args.targetFilePath) return own;
  const file = shown(loader, args.targetFilePath);
  const document = parse(firstDocument(loadText(loader, args.targetFilePath)), { file });
  const more = decodeLoosely(document, pluginFields.ValueAddTransformer!, file);
  return [...own, ...(more.targets ?? [])];
}

/** Replacements with those of files in the place of their paths. A file holds one or a list. */
export function loadReplacements(replacements: readonly Replacement[], loader: Loader): Replacement[] {
  return replacements.flatMap(({ path, ...inline }) => {
    if (!path) return [inline];
    if (inline.source !== undefined || (inline.targets ?? []).length > 0) {
      fail("invalid-config", "cannot specify both path and inline replacement");
    }
    const file = shown(loader, path);
    const document = parse(firstDocument(loadText(loader, path)), { file });
    if (!isList(document) && !isMap(document)) {
      fail(
        "invalid-config",
        `unsupported replacement type encountered within replacement path: ${typeof document} (in ${file})`,
      );
    }
    const list = isList(document) ? document : [document];
    return list.map((each) => decodeLoosely(each, replacement, file) as Replacement);
  });
}

function decodeLoosely(document: unknown, fields: Fields, file: string): Record<string, any> {
  return decode(document, fields, {
    what: "configuration: error unmarshaling JSON: while decoding JSON",
    unknown: "ignore",
    lenientText: true,
    locate: () => ({ file }),
  });
}

/** The settings in a plugin's configuration object. Only built-in plugins exist. */
function configure(config: Resource): Record<string, any> {
  const gvk = gvkOf(config.node);
  if (gvk.group !== "" || gvk.version !== "builtin") {
    fail(
      "unsupported",
      `external plugins disabled; unable to load external plugin '${gvk.kind}'. Executables and container functions are ` +
        "not run: use the built-in generators and transformers, patches or replacements, or commit the plugin's output",
      config.source,
    );
  }
  const fields = Object.hasOwn(pluginFields, gvk.kind) ? pluginFields[gvk.kind] : undefined;
  if (!fields) return fail("invalid-config", `unable to load builtin ${gvkString(gvk)}`, config.source);
  return within(`plugin ${idString(currentId(config))} fails configuration`, () =>
    decodeLoosely(config.node, fields, config.source?.file ?? ""),
  );
}
