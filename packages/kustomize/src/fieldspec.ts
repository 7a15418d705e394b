import { fail, prefixed, within } from "./errors.ts";
import { get, isList, isMap, isNull, type Node, type NodeMap, set } from "./node.ts";
import { isListIndex, splitPath } from "./paths.ts";
import { currentId, type Gvk, gvkOf, idString, newResource, selectsGvk } from "./resource.ts";
import { assign } from "./shared.ts";

/** Where a transformer writes: a path below objects of a kind, created on the way if `create`. */
export type FieldSpec = Partial<Gvk> & { path: string; create?: boolean };

/** Called with the node at the end of a path and its place; what it returns takes the node's place, undefined leaves it. */
export type Edit = (node: Node, owner?: NodeMap, key?: string) => Node | undefined;

/** A part of a path; `problem` is what is wrong with it as the name of a field. */
type Segment = { name: string; list: boolean; problem?: string };

const segments = new Map<string, Segment[]>();

function segmentsOf(path: string): Segment[] {
  let found = segments.get(path);
  if (!found) {
    if (segments.size > 5000) segments.clear();
    found = splitPath(path, "/").map((part) => {
      const list = part.endsWith("[]");
      const name = list ? part.slice(0, -2) : part;
      return { name, list, problem: problemOf(name) };
    });
    segments.set(path, found);
  }
  return found;
}

/** What kustomize's lookup says of a name that is an index, a wildcard or a condition to it: PathGetter in kyaml. */
function problemOf(name: string): string | undefined {
  if (name === "") return "cannot set or create an empty field name";
  const lead = `fieldName: ${name}: `;
  if (name === "*") return `${lead}wildcard is not supported in PathGetter`;
  if (/^-\d*[1-9]\d*$/.test(name)) return `${lead}array index ${Number(name)} cannot be negative`;
  const condition = isListIndex(name);
  if (condition && !name.includes("="))
    return `${lead}list path element must contain fieldName=fieldValue for element to match`;
  const index = name === "-" || /^[-+]?\d+$/.test(name);
  return index || condition ? `${lead}wrong node kind: expected SequenceNode but got MappingNode` : undefined;
}

/**
 * Applies an edit at every place a field spec leads to; lists on the way are gone through item by item. `leaf` is what to
 * create at the end of the path (a scalar or a map) where the spec says `create`. Null on the way ends the search.
 */
export function applyFieldSpec(node: NodeMap, spec: FieldSpec, edit: Edit, leaf?: "scalar" | "map"): void {
  if (!selectsGvk(spec, gvkOf(node))) return;
  const path = segmentsOf(spec.path);
  try {
    walk(node, path, 0, spec.create === true && leaf !== undefined, leaf, edit);
  } catch (thrown) {
    const id = idString(currentId(newResource(node)));
    within(`considering field '${spec.path}' of object ${id}`, () => {
      throw thrown;
    });
  }
}

function walk(
  node: Node,
  path: readonly Segment[],
  at: number,
  create: boolean,
  leaf: "scalar" | "map" | undefined,
  edit: Edit,
): Node | undefined {
  if (at === path.length) return edit(node);
  if (isNull(node)) return undefined;
  if (isList(node)) {
    try {
      for (let i = 0; i < node.length; i++) {
        const next = walk(node[i]!, path, at, create, leaf, edit);
        if (next !== undefined) node[i] = next;
      }
    } catch (thrown) {
      const rest = path.slice(at).map(({ name, list }) => (list ? `${name}[]` : name));
      throw prefixed(`visit traversal on path: [${rest.join(" ")}]`, thrown);
    }
    return undefined;
  }
  if (!isMap(node)) return fail("invalid-config", "expected sequence or mapping node");
  const { name, list, problem } = path[at]!;
  if (problem !== undefined) return fail("invalid-config", problem);
  let child = get(node, name);
  const last = at === path.length - 1;
  if (create && !list) {
    // A null in place of what is to be created becomes what is to be created.
    if (child === undefined || isNull(child)) {
      child = last && leaf === "scalar" ? "" : {};
      set(node, name, child);
    }
  } else if (child === undefined) return undefined;
  else if (list && isNull(child)) {
    child = [];
    set(node, name, child);
  }
  const next = last ? edit(child, node, name) : walk(child, path, at + 1, create, leaf, edit);
  if (next !== undefined) assign(node, name, next);
  return undefined;
}

/** Adds field specs to a list; one that is already there must agree on `create`. */
export function mergeFieldSpecs(base: readonly FieldSpec[], more: readonly FieldSpec[]): FieldSpec[] {
  const result = [...base];
  for (const spec of more) {
    const same = result.find((known) => known.path === spec.path && selectsGvk(spec, asGvk(known)));
    if (!same) result.push(spec);
    else if ((same.create ?? false) !== (spec.create ?? false))
      fail("invalid-config", "conflicting fieldspecs");
  }
  return result;
}

export function asGvk(spec: Partial<Gvk>): Gvk {
  return { group: spec.group ?? "", version: spec.version ?? "", kind: spec.kind ?? "" };
}
