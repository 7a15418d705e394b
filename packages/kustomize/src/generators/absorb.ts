import { fail } from "../errors.ts";
import { isNull, mapAt, type NodeMap, set, setMade, textOf } from "../node.ts";
import { append, changed, findByAnyId, type ResMap } from "../resmap.ts";
import {
  apiVersionOf,
  currentId,
  currentKey,
  idString,
  kindOf,
  nameOf,
  namespaceOf,
  type Resource,
  setName,
  setNamespace,
  setStringMap,
  stringMap,
} from "../resource.ts";
import { base64 } from "./config-map.ts";

/** Adds a generated resource, or merges it into or replaces one that has its id, as its behavior says. */
export function absorb(map: ResMap, res: Resource): void {
  const id = currentId(res);
  const found = findByAnyId(map, id);
  const edits = res.behavior === "merge" || res.behavior === "replace";
  if (found.length === 0) {
    if (edits) fail("no-match", `id ${idString(id)} does not exist; cannot merge or replace`);
    append(map, res);
    return;
  }
  if (found.length > 1) {
    const ids = found.map((each) => idString(currentId(each))).join(", ");
    fail("conflict", `found multiple objects ${ids} that could accept merge of ${idString(id)}`);
  }
  if (!edits) {
    const where = found[0]!.source ? ` (from ${found[0]!.source.file}:${found[0]!.source.line})` : "";
    fail(
      "conflict",
      `id ${idString(id)} exists; can not use behavior: '${res.behavior}', behavior must be merge or replace${where}`,
    );
  }
  const old = found[0]!;
  const merged = inherit(res, old);
  if (currentKey(merged) !== currentKey(old))
    // a patch gave it another kind
    fail("no-match", `cannot find resource with id ${idString(currentId(merged))} to replace`);
  if (res.behavior === "merge") mergeData(merged.node!, old.node!);
  map.list[map.order?.get(old) ?? map.list.indexOf(old)] = merged;
  map.order?.set(merged, map.order.get(old)!);
  map.order?.delete(old);
  changed(map, merged);
}

/** The new resource with name, namespace, labels, annotations and history of the old one. */
function inherit(res: Resource, old: Resource): Resource {
  const node = res.node!;
  const labels = new Map([...stringMap(old.node, "labels"), ...stringMap(node, "labels")]);
  const annotations = new Map([...stringMap(old.node, "annotations"), ...stringMap(node, "annotations")]);
  setStringMap(node, "labels", labels);
  setStringMap(node, "annotations", annotations);
  setName(node, nameOf(old.node));
  setNamespace(node, namespaceOf(old.node));
  return {
    ...old,
    node,
    behavior: res.behavior,
    needsHash: old.needsHash && res.needsHash,
    origin: res.behavior === "merge" ? (old.origin ?? res.origin) : (res.origin ?? old.origin),
    transformations: res.transformations ?? old.transformations,
  };
}

function mergeData(node: NodeMap, old: NodeMap): void {
  const before =
    apiVersionOf(old) === "v1" && kindOf(old) === "Secret" ? secretData(old) : texts(old, "data");
  setData(node, "data", new Map([...before, ...texts(node, "data")]));
  setData(node, "binaryData", new Map([...texts(old, "binaryData"), ...texts(node, "binaryData")]));
}

function texts(node: NodeMap, field: string): Map<string, string> {
  const map = mapAt(node, field);
  return new Map(
    map ? Object.entries(map).map(([key, value]) => [key, isNull(value) ? "" : textOf(value)]) : [],
  );
}

/** Data of a Secret with its stringData encoded into it, as the API server would. */
function secretData(node: NodeMap): Map<string, string> {
  const data = texts(node, "data");
  for (const [key, value] of texts(node, "stringData")) data.set(key, base64(Buffer.from(value)));
  return data;
}

function setData(node: NodeMap, field: string, data: Map<string, string>): void {
  delete node[field];
  if (data.size === 0) return;
  const map: NodeMap = {};
  for (const [key, value] of data) setMade(map, key, value);
  set(node, field, map);
}
