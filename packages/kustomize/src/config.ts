import { buildDocuments, compareBytes, firstDocument } from "@sluice/yaml";
import { within } from "./errors.ts";
import { type FieldSpec, mergeFieldSpecs } from "./fieldspec.ts";
import { decode } from "./load/decode.ts";
import { SPEC_LISTS, transformerConfig } from "./load/fields.ts";
import { kindRank } from "./order.ts";
import type { Gvk } from "./resource.ts";

/** Fields that hold the name of an object of a kind: whoever renames the object rewrites them. */
export type NameReference = Partial<Gvk> & { fieldSpecs: FieldSpec[] };

/** Which fields transformers edit. */
export type TransformerConfig = Record<(typeof SPEC_LISTS)[number], FieldSpec[]> & {
  nameReference: NameReference[];
};

export function emptyConfig(): TransformerConfig {
  return {
    namePrefix: [],
    nameSuffix: [],
    namespace: [],
    commonLabels: [],
    labels: [],
    templateLabels: [],
    volumeClaimTemplateLabels: [],
    commonAnnotations: [],
    nameReference: [],
    varReference: [],
    images: [],
    replicas: [],
  };
}

/**
 * Two configurations as one, sorted by kind. The order is what lets a field spec for a kind displace the default for all
 * kinds: a spec that is already covered by one before it is dropped. Lists that are the same object merge for free, as
 * defaults usually do.
 */
export function mergeConfig(base: TransformerConfig, more: TransformerConfig): TransformerConfig {
  if (base === more) return base;
  const merged = emptyConfig();
  for (const list of SPEC_LISTS) {
    const name = list[0]!.toUpperCase() + list.slice(1);
    merged[list] =
      settled(base[list], more[list]) ??
      within(`failed to merge ${name} fieldSpec`, () => sortSpecs(mergeFieldSpecs(base[list], more[list])));
  }
  merged.nameReference =
    settled(base.nameReference, more.nameReference) ??
    sortSpecs(mergeReferences(base.nameReference, more.nameReference));
  return merged;
}

const settledLists = new WeakSet<object>();

/** Declares the lists of a configuration to be sorted and free of duplicates. */
export function settle(config: TransformerConfig): TransformerConfig {
  for (const list of Object.values(config)) settledLists.add(list);
  return config;
}

function settled<T>(base: T[], more: T[]): T[] | undefined {
  if (base === more || more.length === 0) return base;
  return base.length === 0 && settledLists.has(more) ? more : undefined;
}

function sortSpecs<T extends Partial<Gvk>>(specs: T[]): T[] {
  const keyed = specs.map((spec) => ({ spec, rank: kindRank(spec.kind ?? ""), text: gvkText(spec) }));
  keyed.sort((a, b) => a.rank - b.rank || compareBytes(a.text, b.text));
  return keyed.map(({ spec }) => spec);
}

const gvkText = ({ group, version, kind }: Partial<Gvk>): string =>
  `${group || "~G"}_${version || "~V"}_${kind || "~K"}`;

function mergeReferences(base: readonly NameReference[], more: readonly NameReference[]): NameReference[] {
  const result = [...base];
  for (const reference of more) {
    const at = result.findIndex((known) => sameGvk(known, reference));
    if (at === -1) result.push(reference);
    else
      result[at] = {
        ...result[at]!,
        fieldSpecs: mergeFieldSpecs(result[at]!.fieldSpecs, reference.fieldSpecs),
      };
  }
  return result;
}

const sameGvk = (a: Partial<Gvk>, b: Partial<Gvk>): boolean =>
  (a.group ?? "") === (b.group ?? "") &&
  (a.version ?? "") === (b.version ?? "") &&
  (a.kind ?? "") === (b.kind ?? "");

/** A transformer configuration from the text of a file under `configurations`. */
export function parseConfig(text: string, file: string): TransformerConfig {
  const [document] = buildDocuments(firstDocument(text), {
    file,
    dialect: "kubernetes",
    spelling: false,
    duplicates: "error",
  });
  const raw = decode(document ?? null, transformerConfig, {
    what: "transformer configuration: error unmarshaling JSON: while decoding JSON",
    unknown: "error",
    lenientText: true,
    locate: () => ({ file }),
  });
  const config = emptyConfig();
  for (const list of SPEC_LISTS) config[list] = sortSpecs((raw[list] as FieldSpec[] | undefined) ?? []);
  config.nameReference = (raw.nameReference ?? []).map((reference: NameReference) => ({
    ...reference,
    fieldSpecs: reference.fieldSpecs ?? [],
  }));
  return config;
}
