import { fail, within } from "../errors.ts";
import { boundedText, type Copies, noCopies, noteCopies } from "../limits.ts";
import type { FieldOptions, Replacement } from "../load/kustomization.ts";
import { deepCopy, isEmpty, isScalar, type Node, plainScalar, textOf, withText } from "../node.ts";
import { cleanParts, splitFieldPath } from "../paths.ts";
import { changedAll, findByName, type ResMap } from "../resmap.ts";
import {
  currentId,
  type Gvk,
  idString,
  previousIds,
  previousNamespace,
  type ResId,
  type Resource,
  selectsGvk,
} from "../resource.ts";
import { checkPatterns, matchesAnchored, matchesGvk, matchesMetadata, type Selector } from "../select.ts";
import { type Found, lookup, matchPath } from "./field-path.ts";
import { editStructured } from "./structured.ts";

type Source = NonNullable<Replacement["source"]>;
type Target = NonNullable<Replacement["targets"]>[number];

/** Copies values from fields of one resource to fields of others. */
export function applyReplacements(map: ResMap, replacements: readonly Replacement[]): void {
  const copies = noCopies();
  for (const replacement of replacements) {
    const { source, sourceValue, targets } = replacement;
    if ((sourceValue === undefined && source === undefined) || targets === undefined) {
      fail("invalid-config", "replacements must specify a source and at least one target");
    }
    const value = sourceOf(map, source, sourceValue);
    for (const target of targets!) applyTarget(map, value, target, copies);
    changedAll(map);
  }
}

function sourceOf(map: ResMap, source: Source | undefined, literal: string | undefined): Node {
  if (literal !== undefined) {
    if (source) fail("invalid-config", "value and resource selectors are mutually exclusive");
    return literal;
  }
  const chosen = source!;
  const res = selectSource(map, chosen);
  const path = chosen.fieldPath || "metadata.name";
  const found = within("error looking up replacement source", () => lookup(res.node!, splitFieldPath(path)));
  if (isEmpty(found)) {
    fail(
      "no-match",
      `fieldPath \`${path}\` is missing for replacement source ${idString(asId(chosen))}`,
      res.source,
    );
  }
  return refine(found!, chosen.options);
}

function selectSource(map: ResMap, source: Source): Resource {
  const wanted = asId(source);
  const candidates = source.name ? findByName(map, source.name) : map.list;
  const found = candidates.filter((res) => idsOf(res).some((id) => isSelectedBy(id, wanted)));
  if (found.length === 1) return found[0]!;
  const words = [idString(wanted), source.fieldPath, optionsText(source.options)].filter(Boolean).join(":");
  if (found.length === 0) return fail("no-match", `nothing selected by ${words}`);
  const ids = found.slice(0, 5).map((res) => idString(currentId(res)));
  return fail("no-match", `multiple matches for selector ${words}: ${ids.join(", ")}`);
}

function optionsText(options: FieldOptions | undefined): string {
  if (!options || (!options.delimiter && !options.create)) return "";
  return `${options.delimiter ?? ""}(${options.index ?? 0}), create=${options.create === true}`;
}

const asId = (source: Source): ResId => ({
  group: source.group ?? "",
  version: source.version ?? "",
  kind: source.kind ?? "",
  name: source.name ?? "",
  namespace: source.namespace ?? "",
});

/** The current id first, then the earlier ones. */
function idsOf(res: Resource): ResId[] {
  return [currentId(res), ...previousIds(res)];
}

function isSelectedBy(id: ResId, selector: ResId): boolean {
  return (
    (selector.name === "" || selector.name === id.name) &&
    (selector.namespace === "" ||
      previousNamespace(selector.namespace) === previousNamespace(id.namespace)) &&
    selectsGvk(selector, id)
  );
}

function refine(value: Node, options: FieldOptions | undefined): Node {
  if (!options?.delimiter) return value;
  if (!isScalar(value)) return fail("invalid-config", "delimiter option can only be used with scalar nodes");
  const parts = textOf(value).split(options.delimiter);
  const index = options.index ?? 0;
  if (index < 0 || index >= parts.length) {
    return fail(
      "invalid-config",
      `options.index ${index} is out of bounds for value (it has ${parts.length} parts)`,
    );
  }
  return withText(value, parts[index]!);
}

function applyTarget(map: ResMap, value: Node, target: Target, copies: Copies): void {
  if (!target.select) fail("invalid-config", "target must specify resources to select");
  within("error creating target selector", () => checkPatterns(target.select!));
  const paths = target.fieldPaths && target.fieldPaths.length > 0 ? target.fieldPaths : ["metadata.name"];
  for (const res of map.list) {
    if (!res.node || !isTarget(res, target.select!, target.reject ?? [])) continue;
    noteCopies(copies, value, paths.length);
    for (const path of paths) setField(res, path, value, target.options);
  }
}

function isTarget(res: Resource, wanted: Selector, rejects: readonly Selector[]): boolean {
  const ids = idsOf(res);
  if (!matchesMetadata(res, wanted)) return false;
  if (rejects.some((reject) => selectsMetadata(reject) && matchesMetadata(res, reject))) return false;
  if (rejects.some((reject) => selectsId(reject) && ids.some((id) => matchesId(reject, id)))) return false;
  return ids.some((id) => matchesId(wanted, id));
}

const selectsMetadata = (selector: Selector): boolean =>
  !!selector.labelSelector || !!selector.annotationSelector;
const selectsId = ({ group, version, kind, name, namespace }: Selector): boolean =>
  !!(group || version || kind || name || namespace);

function matchesId(selector: Selector, id: ResId): boolean {
  return (
    matchesGvk(selector, id as Gvk) &&
    matchesAnchored(selector.name, id.name) &&
    matchesAnchored(selector.namespace, id.namespace)
  );
}

function setField(res: Resource, path: string, value: Node, options: FieldOptions | undefined): void {
  const parts = splitFieldPath(path);
  if (cleanParts(parts).length === 0) {
    fail("invalid-config", `${retrievalProblem(path, false)}: it is empty; name a field of the target`);
  }
  const create = options?.create ? (isScalar(value) ? "scalar" : "other") : undefined;
  if (editStructured(res.node!, parts, create, (field) => assign(field, value, options))) return;
  let found: Found[];
  try {
    found = matchPath(res.node!, parts, create);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    fail("no-match", `${retrievalProblem(path, create !== undefined)}: ${why}`, res.source);
  }
  if (found.length === 0) {
    fail(
      "no-match",
      `${retrievalProblem(path, create !== undefined)} ${idString(currentId(res))}`,
      res.source,
    );
  }
  for (const field of found) if (!field.lost) assign(field, value, options);
}

function retrievalProblem(path: string, create: boolean): string {
  return `unable to find ${create ? "or create " : ""}field ${JSON.stringify(path)} in replacement target`;
}

/** Writes the value to a field; a scalar keeps its type, so that text becomes a number where one was. */
function assign(field: Found, value: Node, options: FieldOptions | undefined): void {
  const old = field.get();
  if (options?.delimiter) {
    if (!isScalar(old)) fail("invalid-config", "delimiter option can only be used with scalar nodes");
    field.set(retype(field, splice(textOf(old), isScalar(value) ? textOf(value) : "", options)));
    return;
  }
  // Into a scalar kustomize copies the text alone, which a list or map has none of.
  if (isScalar(old)) field.set(retype(field, isScalar(value) ? textOf(value) : ""));
  else field.set(deepCopy(value));
}

function retype(field: Found, text: string): Node {
  const old = field.get();
  return field.untyped || !isScalar(old) ? plainScalar(text) : withText(old, text);
}

function splice(old: string, part: string, options: FieldOptions): string {
  const parts = old.split(options.delimiter!);
  const index = options.index ?? 0;
  if (index < 0) parts.unshift(part);
  else if (index >= parts.length) parts.push(part);
  else parts[index] = part;
  return boundedText(parts.join(options.delimiter!));
}
