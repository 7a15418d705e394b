import { fail } from "./errors.ts";
import {
  deepCopy,
  get,
  holdsQuoted,
  isEmpty,
  isMap,
  isNull,
  mapAt,
  markUntyped,
  type Node,
  type NodeMap,
  set,
  setMade,
  textOf,
} from "./node.ts";
import { isClusterScopedKind } from "./scope.ts";
import type { NotedFields } from "./trace.ts";

/** Where a resource or a transformation came from, in the words of kustomize's origin annotation. */
export type Origin = {
  path?: string;
  repo?: string;
  ref?: string;
  configuredIn?: string;
  configuredBy?: { apiVersion?: string; kind?: string; name?: string; namespace?: string };
};

export type Gvk = { group: string; version: string; kind: string };
export type ResId = Gvk & { name: string; namespace: string };

/** The file and the document in it that a resource was read from. */
export type Source = { file: string; line: number };

/** An object on its way through a build, with what kustomize remembers about it. */
export type Resource = {
  /** The object; undefined once a patch deleted it. */
  node: NodeMap | undefined;
  /** Earlier names, namespaces (effective) and kinds, oldest first. */
  previous: { name: string; namespace: string; kind: string }[];
  prefixes: string[];
  suffixes: string[];
  /** What its generator was told to do with an object that is there; undefined when no generator made it. */
  behavior: string | undefined;
  needsHash: boolean;
  allowNameChange: boolean;
  allowKindChange: boolean;
  /** Names of the vars whose value comes from here. */
  vars: string[];
  origin?: Origin;
  transformations?: Origin[];
  source?: Source;
  /** Which step set which field; only noted when the build is asked for origins. */
  fields?: NotedFields;
};

export function newResource(node: NodeMap, source?: Source): Resource {
  return {
    node,
    previous: [],
    prefixes: [],
    suffixes: [],
    behavior: undefined,
    needsHash: false,
    allowNameChange: false,
    allowKindChange: false,
    vars: [],
    source,
  };
}

export function copyResource(res: Resource): Resource {
  return {
    ...res,
    node: res.node && deepCopy(res.node),
    previous: [...res.previous],
    prefixes: [...res.prefixes],
    suffixes: [...res.suffixes],
    vars: [...res.vars],
    transformations: res.transformations && [...res.transformations],
  };
}

export const NO_NAMESPACE = "_non_namespaceable_";

export function kindOf(node: NodeMap | undefined): string {
  return node ? textOf(get(node, "kind")) : "";
}

export function apiVersionOf(node: NodeMap | undefined): string {
  return node ? textOf(get(node, "apiVersion")) : "";
}

function metaText(node: NodeMap | undefined, field: string): string {
  const meta = node && get(node, "metadata");
  if (!isMap(meta)) return "";
  const value = get(meta, field);
  return isEmpty(value) ? "" : textOf(value);
}

export const nameOf = (node: NodeMap | undefined): string => metaText(node, "name");
export const namespaceOf = (node: NodeMap | undefined): string => metaText(node, "namespace");

export function groupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash === -1
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function gvkOf(node: NodeMap | undefined): Gvk {
  return { ...groupVersion(apiVersionOf(node)), kind: kindOf(node) };
}

function apiVersionText(gvk: Gvk): string {
  return gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`;
}

/** The id a resource has now. */
export function currentId(res: Resource): ResId {
  return { ...gvkOf(res.node), name: nameOf(res.node), namespace: namespaceOf(res.node) };
}

/** The ids a resource had before, oldest first; group and version are the current ones. */
export function previousIds(res: Resource): ResId[] {
  if (res.previous.length === 0) return [];
  const { group, version } = groupVersion(apiVersionOf(res.node));
  return res.previous.map((id) => ({ group, version, ...id }));
}

/** The id a resource came with. */
export function originalId(res: Resource): ResId {
  const first = res.previous[0];
  if (!first) return currentId(res);
  return { ...groupVersion(apiVersionOf(res.node)), ...first };
}

export function isClusterScoped(gvk: Gvk): boolean {
  return isClusterScopedKind(apiVersionText(gvk), gvk.kind);
}

/** The namespace an id counts as: "default" for none, a word that is no namespace for cluster-scoped kinds. */
export function effectiveNamespace(id: ResId): string {
  if (isClusterScoped(id)) return NO_NAMESPACE;
  return id.namespace === "" ? "default" : id.namespace;
}

// Previous ids carry no scope in kustomize: what they stored as a namespace is taken at its word.
export function previousNamespace(namespace: string): string {
  return namespace === "" ? "default" : namespace;
}

/** One text per distinct id, for maps. */
export function idKey(gvk: Gvk, effective: string, name: string): string {
  return `${gvk.group}\n${gvk.version}\n${gvk.kind}\n${effective}\n${name}`;
}

export function currentKey(res: Resource): string {
  const id = currentId(res);
  return idKey(id, effectiveNamespace(id), id.name);
}

export function gvkString(gvk: Gvk): string {
  return `${gvk.kind || "[noKind]"}.${gvk.version || "[noVer]"}.${gvk.group || "[noGrp]"}`;
}

/** An id as kustomize prints it, e.g. `Deployment.v1.apps/web.[noNs]`. */
export function idString(id: ResId): string {
  return `${gvkString(id)}/${id.name || "[noName]"}.${id.namespace || "[noNs]"}`;
}

/** Whether every given part of a selector equals that of a gvk; empty parts match anything. */
export function selectsGvk(selector: Partial<Gvk>, gvk: Gvk): boolean {
  return (
    (!selector.group || selector.group === gvk.group) &&
    (!selector.version || selector.version === gvk.version) &&
    (!selector.kind || selector.kind === gvk.kind)
  );
}

/** Remembers the id that a resource is about to lose. kustomize keeps these between commas: one that has commas is several. */
export function storePreviousId(res: Resource): void {
  const id = currentId(res);
  const parts = [id.name, effectiveNamespace(id), id.kind].map((text) => text.split(","));
  res.previous.push(...previousFrom(parts[0]!, parts[1]!, parts[2]!, res.source));
}

/** Earlier ids from the three lists in which kustomize notes them. */
export function previousFrom(
  names: string[],
  namespaces: string[],
  kinds: string[],
  source: Source | undefined,
): Resource["previous"] {
  if (names.length !== namespaces.length || names.length !== kinds.length) {
    const numbers =
      "number of previous names, number of previous namespaces, number of previous kinds not equal";
    fail("invalid-resource", numbers, source);
  }
  return names.map((name, i) => ({ name, namespace: namespaces[i]!, kind: kinds[i]! }));
}

/** The map at `metadata`, created if missing. */
export function metadataOf(node: NodeMap): NodeMap {
  const meta = get(node, "metadata");
  if (isMap(meta)) return meta;
  const created: NodeMap = {};
  set(node, "metadata", created);
  return created;
}

export const setName = (node: NodeMap, name: string): void => setUntyped(metadataOf(node), "name", name);

/** Sets a text; kustomize leaves it without a type, unless it is in quotes, for a replacement to give it one. */
function setUntyped(map: NodeMap, key: string, text: string): void {
  set(map, key, text);
  if (!holdsQuoted(map, key)) markUntyped(map, key);
}

export function setNamespace(node: NodeMap, namespace: string): void {
  if (namespace === "") delete mapAt(node, "metadata")?.namespace;
  else setUntyped(metadataOf(node), "namespace", namespace);
}

/** Labels or annotations as texts. Values that are no scalars count as "". */
export function stringMap(node: NodeMap | undefined, field: "labels" | "annotations"): Map<string, string> {
  const map = mapAt(node, "metadata", field);
  return new Map(map ? Object.entries(map).map(([key, value]) => [key, textOf(value)]) : []);
}

/** Replaces labels or annotations; an empty map removes the field. */
export function setStringMap(node: NodeMap, field: string, values: Iterable<[string, string]>): void {
  const meta = metadataOf(node);
  delete meta[field];
  const map: NodeMap = {};
  for (const [key, value] of values) setMade(map, key, value);
  if (!isEmpty(map)) set(meta, field, map);
}

/** What kustomize says when an object lacks what makes it an object; undefined when it is fine. */
export function metadataProblem(node: NodeMap): string | undefined {
  const kind = kindOf(node);
  if (isNull(get(node, "apiVersion")) && kind === "" && isEmpty(get(node, "metadata"))) {
    return "missing Resource metadata";
  }
  if (kind === "") return "missing kind in object";
  if (kind.endsWith("List")) return undefined;
  return nameOf(node) === "" ? "missing metadata.name in object" : undefined;
}

export type { Node, NodeMap };
