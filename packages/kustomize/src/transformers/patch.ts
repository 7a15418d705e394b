import { firstDocument, parse, YamlError } from "@sluice/yaml";
import { fail, KustomizeError, within } from "../errors.ts";
import { noCopies, noteCopies } from "../limits.ts";
import type { Patch } from "../load/kustomization.ts";
import { type Loader, loadText, shown } from "../load/loader.ts";
import { redactRemote } from "../load/remote-url.ts";
import { readPatches } from "../load/resources.ts";
import { applyJsonPatch, type Operation, withTexts } from "../merge/json-patch.ts";
import type { SchemaState } from "../merge/schema.ts";
import { mergePatch } from "../merge/strategic.ts";
import { deepCopy, get, isEmpty, isMap, isNull, mapAt, type NodeMap, set, textOf } from "../node.ts";
import { ORIGIN } from "../origin.ts";
import { changed, changedAll, checkUnique, dropEmpties, getById, isGone, type ResMap } from "../resmap.ts";
import {
  apiVersionOf,
  currentId,
  idString,
  kindOf,
  metadataOf,
  nameOf,
  namespaceOf,
  type Resource,
  setName,
  setNamespace,
  setStringMap,
  storePreviousId,
  stringMap,
} from "../resource.ts";
import { type Selector, select } from "../select.ts";

type Parsed = { kind: "strategic"; patches: Resource[] } | { kind: "json"; operations: Operation[] };

/** Reads a patch of the `patches` field and returns what applies it. */
export function preparePatch(
  patch: Patch,
  loader: Loader,
  state: SchemaState,
  file: string,
): (map: ResMap) => void {
  const text = (patch.patch ?? "").trim();
  const path = patch.path ?? "";
  if (text === "" && path === "")
    fail("invalid-config", `must specify one of patch and path in ${file}`, { file });
  if (text !== "" && path !== "") {
    fail("invalid-config", `patch and path can't be set at the same time in ${file}; keep one`, { file });
  }
  const source = text !== "" ? `[patch: ${shownText(text)}]` : `[path: "${redactRemote(path)}"]`;
  const content =
    text !== ""
      ? text
      : within(`failed to get the patch file from path(${redactRemote(path)})`, () => loadText(loader, path));
  const parsed = parsePatch(content, source, text !== "" ? `${file} (inline patch)` : shown(loader, path));
  const { target } = patch;
  if (parsed.kind === "json") {
    if (parsed.operations.length === 0) return () => {};
    return (map) => {
      if (!target) fail("invalid-config", `must specify a target for JSON patch ${source}`);
      const selected = select(map, target!);
      checkJsonCopies(parsed.operations, selected.length);
      for (const res of selected) patchJson(map, res, parsed.operations, source, true);
    };
  }
  for (const each of parsed.patches) {
    each.allowNameChange = patch.options?.allowNameChange === true;
    each.allowKindChange = patch.options?.allowKindChange === true;
    // kustomize notes the options in annotations, which makes strings of all that are there.
    if (each.allowNameChange || each.allowKindChange) {
      setStringMap(each.node!, "annotations", stringMap(each.node, "annotations"));
    }
  }
  return (map) => applyStrategic(map, parsed.patches, target, state, source);
}

function applyStrategic(
  map: ResMap,
  patches: Resource[],
  target: Selector | undefined,
  state: SchemaState,
  source: string,
): void {
  if (!target) {
    for (const patch of patches) {
      const found = within(`no resource matches strategic merge patch "${idString(currentId(patch))}"`, () =>
        getById(map, currentId(patch)),
      );
      mergeInto(found, patch, state, false);
      changed(map, found);
    }
    return;
  }
  if (patches.length > 1) {
    fail(
      "invalid-config",
      `Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${source}`,
    );
  }
  if (patches.length === 1) mergeSelected(map, select(map, target), patches[0]!, state);
}

/** Merges a patch into the given resources and checks that no two of all have the same id, as kustomize does on this way. */
export function mergeSelected(map: ResMap, selected: Resource[], patch: Resource, state: SchemaState): void {
  noteCopies(noCopies(), patch.node, selected.length);
  for (const res of selected) mergeInto(res, patch, state, true);
  dropEmpties(map);
  if (patch.allowNameChange || patch.allowKindChange) changedAll(map);
  checkUnique(map);
}

function mergeInto(res: Resource, patch: Resource, state: SchemaState, targeted: boolean): void {
  const node = res.node!;
  const before = { name: nameOf(node), namespace: namespaceOf(node), kind: kindOf(node) };
  const change = deepCopy(patch.node!);
  // A patch with a target is for whatever the target selects, whatever it calls itself.
  if (targeted) {
    set(change, "apiVersion", apiVersionOf(node));
    // kustomize copies these maps as strings on this way, so a null in them becomes the text "null".
    setStringMap(change, "labels", stringMap(change, "labels"));
    setStringMap(change, "annotations", stringMap(change, "annotations"));
  }
  if (patch.allowNameChange || patch.allowKindChange) storePreviousId(res);
  if (wipesAnnotations(change)) forgetNotes(res);
  res.node = within(
    `${res.source ? `${res.source.file}:${res.source.line}: ` : ""}patching ${idString(currentId(res))}`,
    () => mergePatch(node, change, state),
  );
  if (isGone(res)) {
    res.node = undefined;
    return;
  }
  if (!patch.allowKindChange) set(res.node!, "kind", before.kind);
  if (!patch.allowNameChange) setName(res.node!, before.name);
  setNamespace(res.node!, before.namespace);
}

/** Whether a patch takes away the annotations that are there, or all metadata. */
function wipesAnnotations(change: NodeMap): boolean {
  const meta = get(change, "metadata");
  const annotations = isMap(meta) ? get(meta, "annotations") : undefined;
  return [meta, annotations].some(
    (part) =>
      part !== undefined &&
      (isNull(part) || (isMap(part) && /^(replace|delete)$/.test(textOf(get(part, "$patch"))))),
  );
}

/** What happens in kustomize when its notes go along with an object's annotations, where it keeps them. */
function forgetNotes(res: Resource): void {
  Object.assign(res, { previous: [], prefixes: [], suffixes: [], behavior: undefined, needsHash: false });
  res.origin = undefined;
  res.transformations = undefined;
}

/** Refuses operations whose values, copied into so many resources, would fill the memory. */
export function checkJsonCopies(operations: readonly Operation[], times: number): void {
  const copies = noCopies();
  for (const { value } of operations) noteCopies(copies, value, times);
}

/** Applies JSON patch operations to one resource. `remember` stores its id first, as `patches` does. */
export function patchJson(
  map: ResMap,
  res: Resource,
  operations: readonly Operation[],
  source: string,
  remember: boolean,
): void {
  if (remember) storePreviousId(res);
  const node = res.node!;
  // kustomize keeps its notes in annotations, so while it works there are some, and a patch may add to them.
  const noted =
    res.previous.length > 0 || res.prefixes.length > 0 || res.suffixes.length > 0 || res.needsHash;
  if ((noted || res.behavior !== undefined || res.origin) && !mapAt(node, "metadata", "annotations")) {
    set(metadataOf(node), "annotations", {});
  }
  // Notes about names come back after the patch, those about origins have to survive it.
  if (res.origin) set(mapAt(node, "metadata", "annotations")!, ORIGIN, "");
  res.node = within(
    `${res.source ? `${res.source.file}:${res.source.line}: ` : ""}JSON patch ${source} on ${idString(currentId(res))}`,
    () => applyJsonPatch(node, operations),
  );
  const annotations = mapAt(res.node, "metadata", "annotations");
  if (res.origin && (!annotations || get(annotations, ORIGIN) === undefined)) {
    res.origin = undefined;
    res.transformations = undefined;
  }
  delete annotations?.[ORIGIN];
  dropEmptyAnnotations(res.node);
  changed(map, res);
}

function dropEmptyAnnotations(node: NodeMap): void {
  const meta = get(node, "metadata");
  if (isMap(meta) && get(meta, "annotations") !== undefined && isEmpty(get(meta, "annotations"))) {
    delete meta.annotations;
  }
}

function parsePatch(text: string, source: string, file: string): Parsed {
  let patches: Resource[] | undefined;
  let problem: unknown;
  try {
    patches = readPatches(text, file);
  } catch (thrown) {
    if (!(thrown instanceof KustomizeError)) throw thrown;
    problem = thrown;
  }
  const operations = text === "" ? undefined : tryOperations(text);
  if (patches && patches.length > 0 && operations && operations.length > 0) {
    fail("invalid-config", `illegally qualifies as both an SM and JSON patch: ${source}`);
  }
  if (patches) return { kind: "strategic", patches };
  if (operations) return { kind: "json", operations };
  const why = problem instanceof Error ? `: ${problem.message}` : "";
  return fail("invalid-config", `unable to parse SM or JSON patch from ${source}${why}`, { file });
}

function tryOperations(text: string): Operation[] | undefined {
  try {
    return parseOperations(text);
  } catch (thrown) {
    if (thrown instanceof KustomizeError || thrown instanceof YamlError) return undefined;
    throw thrown;
  }
}

/** JSON patch operations from JSON or YAML text; what starts with a bracket must be JSON. An empty text has none. */
export function parseOperations(text: string): Operation[] {
  if (text.startsWith("[")) checkJson(text);
  const document = parse(firstDocument(text));
  if (document === null) return [];
  if (!Array.isArray(document)) {
    const type = typeof document === "object" ? "object" : typeof document;
    return fail(
      "invalid-config",
      `json: cannot unmarshal ${type} into Go value of type jsonpatch.Patch; expected a list`,
    );
  }
  for (const operation of document) {
    if (!isMap(operation))
      fail("invalid-config", "a JSON patch is a list of objects with op, path and value");
  }
  return text.startsWith("[") ? withTexts(document, text) : document;
}

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    // Not the engine's own words: they quote the text.
    fail(
      "invalid-config",
      "a patch that starts with '[' must be JSON; write YAML as lines that start with '- '",
    );
  }
}

/** A text in quotes if it holds no values, which may be secret; otherwise only that it is there. */
export function shownText(text: string): string {
  return text.length <= 80 && !/[:=\n]/.test(text) ? JSON.stringify(text) : "inline";
}
