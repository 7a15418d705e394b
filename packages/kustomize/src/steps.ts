import { causeOfEntry, type Entry } from "./causes.ts";
import type { TransformerConfig } from "./config.ts";
import { within } from "./errors.ts";
import { type FieldSpec, mergeFieldSpecs } from "./fieldspec.ts";
import { generateConfigMap, generateSecret, withGlobalOptions } from "./generators/config-map.ts";
import { inflateChart } from "./helm-charts.ts";
import type { Label } from "./load/kustomization.ts";
import { originOfField } from "./origin.ts";
import { loadReplacements, type Transform } from "./plugins.ts";
import type { Origin, Resource } from "./resource.ts";
import type { Target } from "./target.ts";
import type { Cause } from "./trace.ts";
import { applyImages } from "./transformers/images.ts";
import { applyLabels } from "./transformers/labels.ts";
import { applyNamespace } from "./transformers/namespace.ts";
import { preparePatch } from "./transformers/patch.ts";
import { prepareJson6902 } from "./transformers/patch-json6902.ts";
import { prepareStrategicMerge } from "./transformers/patch-strategic-merge.ts";
import { applyAffix } from "./transformers/prefix-suffix.ts";
import { applyReplacements } from "./transformers/replacement.ts";
import { applyReplicas } from "./transformers/replicas.ts";

/** A generator or transformer, and what to note on resources that it made or changed. */
export type Step = { origin?: Origin; cause: Cause };
/** `times`: how many transformers of kustomize this one stands for. */
export type TransformStep = Step & { run: Transform; times?: number };

/** The generators that a kustomization's own fields ask for, in order. */
export function builtinGenerators(target: Target): (Step & { generate: () => Resource[] })[] {
  const { kustomization, loader, file } = target;
  const global = kustomization.generatorOptions;
  return [
    ...(kustomization.configMapGenerator ?? []).map((args, i) => ({
      cause: causeOfEntry(target, "generator", "ConfigMapGenerator", ["configMapGenerator", i]),
      origin: fieldOrigin(target, "ConfigMapGenerator"),
      generate: () => [generateConfigMap(withGlobalOptions(args, global), loader)],
    })),
    ...(kustomization.secretGenerator ?? []).map((args, i) => ({
      cause: causeOfEntry(target, "generator", "SecretGenerator", ["secretGenerator", i]),
      origin: fieldOrigin(target, "SecretGenerator"),
      generate: () => [generateSecret(withGlobalOptions(args, global), loader)],
    })),
    ...(kustomization.helmCharts ?? []).map((chart, i) => ({
      cause: causeOfEntry(target, "generator", "HelmChartInflationGenerator", ["helmCharts", i]),
      origin: fieldOrigin(target, "HelmChartInflationGenerator"),
      generate: () => inflateChart(chart, kustomization.helmGlobals ?? {}, loader, file),
    })),
  ];
}

function fieldOrigin(target: Target, plugin: string): Origin {
  return originOfField(target.origin, target.fileName, plugin);
}

/**
 * The transformers that a kustomization's own fields ask for, in kustomize's order. All are configured, files read and
 * checked, before the first one runs.
 */
export function builtinTransformers(target: Target, config: TransformerConfig): TransformStep[] {
  const steps: TransformStep[] = [];
  const add: Add = (plugin, entry, run, times = 1) => {
    const by = plugin.startsWith("Patch") ? "patch" : "transformer";
    steps.push({
      cause: causeOfEntry(target, by, plugin, entry),
      origin: fieldOrigin(target, plugin),
      run,
      times,
    });
  };
  addPatches(target, add);
  addNaming(target, config, add);
  addLabels(target, config, add);
  addValues(target, config, add);
  return steps;
}

type Add = (plugin: string, entry: Entry, run: Transform, times?: number) => void;

function addPatches({ kustomization, loader, state, file }: Target, add: Add): void {
  const strategic = kustomization.patchesStrategicMerge ?? [];
  if (strategic.length > 0) {
    add(
      "PatchStrategicMergeTransformer",
      ["patchesStrategicMerge"],
      prepareStrategicMerge(strategic, "", loader, state.schema, file),
    );
  }
  for (const [i, patch] of (kustomization.patches ?? []).entries()) {
    const run = within(`${file}: patches[${i}]`, () => preparePatch(patch, loader, state.schema, file));
    add("PatchTransformer", ["patches", i], (map) => within(`${file}: patches[${i}]`, () => run(map)));
  }
}

function addNaming({ kustomization }: Target, config: TransformerConfig, add: Add): void {
  const { namespace, namePrefix, nameSuffix } = kustomization;
  if (namespace) {
    add("NamespaceTransformer", ["namespace"], (map) =>
      applyNamespace(map, { namespace, fieldSpecs: config.namespace }),
    );
  }
  if (namePrefix) {
    add("PrefixTransformer", ["namePrefix"], (map) =>
      applyAffix(map, { end: "prefix", text: namePrefix, fieldSpecs: config.namePrefix }),
    );
  }
  if (nameSuffix) {
    add("SuffixTransformer", ["nameSuffix"], (map) =>
      applyAffix(map, { end: "suffix", text: nameSuffix, fieldSpecs: config.nameSuffix }),
    );
  }
}

function addLabels({ kustomization }: Target, config: TransformerConfig, add: Add): void {
  const { labels = [], commonLabels = {}, commonAnnotations = {} } = kustomization;
  for (const [i, label] of labels.entries()) {
    const specs = within("failed to merge labels", () => labelFields(label, config));
    add("LabelTransformer", ["labels", i], (map) => applyLabels(map, label.pairs ?? {}, specs));
  }
  if (labels.length > 0 || Object.keys(commonLabels).length > 0) {
    add("LabelTransformer", ["commonLabels"], (map) => applyLabels(map, commonLabels, config.commonLabels));
  }
  if (Object.keys(commonAnnotations).length > 0) {
    add("AnnotationsTransformer", ["commonAnnotations"], (map) =>
      applyLabels(map, commonAnnotations, config.commonAnnotations),
    );
  }
}

/** Where the labels of one entry go: always the metadata, and what the entry includes. */
function labelFields(label: Label, config: TransformerConfig): FieldSpec[] {
  let specs = mergeFieldSpecs(label.fields ?? [], config.labels);
  if (label.includeSelectors) return mergeFieldSpecs(specs, config.commonLabels);
  if (label.includeTemplates) specs = mergeFieldSpecs(specs, config.templateLabels);
  if (label.includeVolumeClaimTemplates) specs = mergeFieldSpecs(specs, config.volumeClaimTemplateLabels);
  return mergeFieldSpecs(specs, [{ path: "metadata/labels", create: true }]);
}

function addValues({ kustomization, loader, file }: Target, config: TransformerConfig, add: Add): void {
  for (const [i, patch] of (kustomization.patchesJson6902 ?? []).entries()) {
    add(
      "PatchJson6902Transformer",
      ["patchesJson6902", i],
      within(`${file}: patchesJson6902[${i}]`, () => prepareJson6902(patch, loader)),
    );
  }
  for (const [i, replica] of (kustomization.replicas ?? []).entries()) {
    add("ReplicaCountTransformer", ["replicas", i], (map) => applyReplicas(map, replica, config.replicas));
  }
  const { images = [], replacements = [] } = kustomization;
  if (images.length > 0) {
    add("ImageTagTransformer", ["images"], (map) => applyImages(map, images, config.images), images.length);
  }
  if (replacements.length > 0) {
    // An empty list of targets is none at all by the time kustomize looks.
    const loaded = loadReplacements(replacements, loader).map(({ targets, ...rest }) =>
      targets && targets.length > 0 ? { ...rest, targets } : rest,
    );
    add("ReplacementTransformer", ["replacements"], (map) => applyReplacements(map, loaded));
  }
}
