/**
 * Values seen through their type: checking, the set of their fields, comparing, merging and removing, as
 * sigs.k8s.io/structured-merge-diff defines them. No function changes its arguments; results share unchanged parts with them,
 * and a merge that changes nothing returns the very same object.
 */
import { goSyntax, goText, goType } from "../schema/gotext.ts";
import { type Atom, entryAtom, type ListAtom, type MapAtom, shapeFor } from "./atoms.ts";
import { builder, elementText, type FieldNode, type FieldSet, keyElement, valueElement } from "./fieldset.ts";

type Json = Record<string, unknown>;

/** What stands at `path` and why it does not fit the type, e.g. `.spec.foo: field not declared in schema`. */
export type TypeProblem = { path: string; message: string };

/** Several problems as structured-merge-diff tells them. */
export function problemText(problems: readonly TypeProblem[]): string {
  const lines = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return lines.length === 1 ? lines[0]! : `errors:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

const isMap = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const mapOf = (value: unknown): Json | undefined => (isMap(value) ? value : undefined);
const listOf = (value: unknown): unknown[] | undefined => (Array.isArray(value) ? value : undefined);
const isEmptyMap = (map: Json | undefined): boolean => {
  for (const _ in map) return false;
  return true;
};

/** Deep equality of JSON values. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!equal(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  let left = 0;
  for (const key in a) {
    if ((a as Json)[key] === undefined) continue;
    left++;
    if (!equal((a as Json)[key], (b as Json)[key])) return false;
  }
  for (const key in b) if ((b as Json)[key] !== undefined) left--;
  return left === 0;
}

/** The path element of an item of an associative list; a string that begins with "!" is the reason why it has none. */
function itemElement(list: ListAtom, item: unknown): string {
  if (list.keys.length === 0) {
    if (isMap(item)) return "!associative list without keys has an element that's a map type";
    if (Array.isArray(item)) return "!not supported: associative list with lists as elements";
    if (item === null || item === undefined)
      return "!associative list without keys has an element that's an explicit null";
    return valueElement(item);
  }
  if (item === null || item === undefined) return "!associative list with keys may not have a null element";
  if (!isMap(item)) return "!associative list with keys may not have non-map elements";
  const fields: [string, unknown][] = [];
  for (const key of list.keys) {
    const value = item[key] !== undefined ? item[key] : list.element.map?.fields?.get(key)?.default;
    if (value !== undefined) fields.push([key, value]);
  }
  if (fields.length > 0) return keyElement(fields);
  const keys = `[${list.keys.map((key) => JSON.stringify(key)).join(" ")}]`;
  return `!associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`;
}

/** Everything about `value` that does not fit `atom`; duplicate items of keyed lists and sets included. */
export function check(value: unknown, atom: Atom, path = "", out: TypeProblem[] = []): TypeProblem[] {
  const shape = shapeFor(atom, value);
  if (shape === "scalar") {
    const message = scalarProblem(value, atom.scalar as string);
    if (message) out.push({ path, message });
  } else if (value === null || value === undefined) {
    // null fits every map and list
  } else if (shape === "map") checkMap(value, atom.map as MapAtom, path, out);
  else checkList(value, atom.list as ListAtom, path, out);
  return out;
}

function scalarProblem(value: unknown, wanted: string): string | undefined {
  if (value === null || value === undefined) return undefined;
  const type = typeof value;
  if (wanted === "numeric" && type !== "number" && type !== "bigint")
    return `expected numeric (int or float), got ${goType(value)}`;
  if (wanted === "string" && type !== "string")
    return `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
  if (wanted === "boolean" && type !== "boolean") return `expected boolean, got &{${goText(value)}}`;
  if (wanted === "untyped" && type === "object") return `expected any scalar, got &{${goText(value)}}`;
  return undefined;
}

function checkMap(value: unknown, map: MapAtom, path: string, out: TypeProblem[]): void {
  if (!isMap(value)) {
    out.push({ path, message: `expected map, got &{${goText(value)}}` });
    return;
  }
  for (const key of Object.keys(value)) {
    const atom = entryAtom(map, key);
    if (atom) check(value[key], atom, `${path}.${key}`, out);
    else {
      out.push({ path: `${path}.${key}`, message: "field not declared in schema" });
      return; // the rest of such a map is not looked at
    }
  }
}

function checkList(value: unknown, list: ListAtom, path: string, out: TypeProblem[]): void {
  if (!Array.isArray(value)) {
    out.push({ path, message: `expected list, got &{${goText(value)}}` });
    return;
  }
  const seen = new Set<string>();
  for (const [i, item] of value.entries()) {
    let at = `[${i}]`;
    if (list.associative) {
      const element = itemElement(list, item);
      if (element.startsWith("!")) {
        out.push({ path, message: `element ${i}: ${element.slice(1)}` });
        return;
      }
      at = elementText(element);
      if (seen.has(element)) out.push({ path, message: `duplicate entries for key ${at}` });
      seen.add(element);
    }
    check(item, list.element, path + at, out);
  }
}

/** The fields that `value` sets: what a manager owns after applying it. */
export function fieldsOf(value: unknown, atom: Atom): FieldSet {
  const draft = draftOf(value, atom);
  return draft.children ?? new Map();
}

type Draft = { member: boolean; children?: Map<string, FieldNode> };

function draftOf(value: unknown, atom: Atom): Draft {
  const shape = shapeFor(atom, value);
  if (shape === "scalar") return { member: true };
  if (shape === "map") return mapDraft(mapOf(value), atom.map as MapAtom);
  return listDraft(listOf(value), atom.list as ListAtom);
}

function mapDraft(map: Json | undefined, atom: MapAtom): Draft {
  if (atom.atomic) return { member: true };
  if (!map) return { member: false };
  const children = new Map<string, FieldNode>();
  for (const key of Object.keys(map)) {
    const value = map[key];
    if (value === undefined) continue;
    const type = entryAtom(atom, key);
    const draft = type ? draftOf(value, type) : { member: true };
    const isVoid = value === null || (isMap(value) && isEmptyMap(value));
    if (isVoid || !atom.fields?.has(key)) draft.member = true;
    if (draft.member || draft.children) children.set(`f:${key}`, draft);
  }
  return children.size > 0 ? { member: false, children } : { member: false };
}

function listDraft(list: unknown[] | undefined, atom: ListAtom): Draft {
  if (!atom.associative) return { member: true };
  if (!list || list.length === 0) return { member: false };
  const children = new Map<string, FieldNode>();
  for (const item of list) {
    const element = itemElement(atom, item);
    if (element.startsWith("!")) continue;
    // an item that occurs twice is owned as a whole
    const draft: Draft = children.has(element) ? { member: true } : draftOf(item, atom.element);
    draft.member = true;
    children.set(element, draft);
  }
  return { member: false, children };
}

export type Comparison = { removed: FieldSet; modified: FieldSet; added: FieldSet };

/** Which fields differ from `before` to `after`; absent is undefined, null is a value. */
export function compare(before: unknown, after: unknown, atom: Atom): Comparison {
  const [removed, modified, added] = [builder(), builder(), builder()];
  const path: string[] = [];
  const leaf = (a: unknown, b: unknown) => {
    if (a === undefined) added.add(path);
    else if (b === undefined) removed.add(path);
    else if (!equal(a, b)) modified.add(path);
  };
  const visit = (a: unknown, b: unknown, type: Atom) => {
    if (a === b || (a === undefined && b === undefined)) return;
    const shapes = new Set<string>();
    if (a !== undefined && (b === undefined || a !== null)) shapes.add(shapeFor(type, a));
    if (b !== undefined && (a === undefined || b !== null)) shapes.add(shapeFor(type, b));
    let isLeaf = false;
    for (const shape of shapes) isLeaf = visitAs(shape, a, b, type);
    if (isLeaf) return;
    if (a === undefined) added.add(path);
    else if (b === undefined) removed.add(path);
  };
  const visitAs = (shape: string, a: unknown, b: unknown, type: Atom): boolean => {
    if (shape === "scalar") {
      leaf(a, b);
      return true;
    }
    if (shape === "map") {
      const [x, y] = [mapOf(a), mapOf(b)];
      if (type.map?.atomic || (isEmptyMap(x) && isEmptyMap(y))) {
        leaf(a, b);
        return true;
      }
      visitMap(x, y, type.map as MapAtom);
      return false;
    }
    const [x, y] = [listOf(a), listOf(b)];
    if (!type.list?.associative || (!x?.length && !y?.length)) {
      leaf(a, b);
      return true;
    }
    visitList(x ?? [], y ?? [], type.list);
    return false;
  };
  const step = (element: string, a: unknown, b: unknown, type: Atom) => {
    path.push(element);
    visit(a, b, type);
    path.pop();
  };
  const visitMap = (a: Json | undefined, b: Json | undefined, type: MapAtom) => {
    for (const key in a) step(`f:${key}`, a[key], b?.[key], entryAtom(type, key) ?? FALLBACK);
    for (const key in b)
      if (a?.[key] === undefined) step(`f:${key}`, undefined, b[key], entryAtom(type, key) ?? FALLBACK);
  };
  const visitList = (a: unknown[], b: unknown[], type: ListAtom) => {
    const [ours, theirs] = [group(a, type), group(b, type)];
    for (const element of new Set([...ours.keys(), ...theirs.keys()])) {
      const [x, y] = [ours.get(element) ?? [], theirs.get(element) ?? []];
      if (x.length <= 1 && y.length <= 1) step(element, x[0], y[0], type.element);
      else if (x.length >= 2 && y.length >= 2) {
        if (!equal(x, y)) modified.add([...path, element]);
      } else if (x.length >= 2) {
        if (y.length > 0) step(element, undefined, y[0], type.element);
        removed.add([...path, element]);
      } else {
        if (x.length > 0) step(element, x[0], undefined, type.element);
        added.add([...path, element]);
      }
    }
  };
  visit(before, after, atom);
  return { removed: removed.done(), modified: modified.done(), added: added.done() };
}

/** Stored objects may hold fields that a newer schema no longer declares; they are scalars to us. */
const FALLBACK: Atom = { scalar: "untyped" };

function group(list: unknown[], type: ListAtom): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>();
  for (const item of list) {
    const element = itemElement(type, item);
    if (element.startsWith("!")) continue;
    const same = groups.get(element);
    if (same) same.push(item);
    else groups.set(element, [item]);
  }
  return groups;
}

/** `config` laid over `live`: leaves of `config` win, nothing is removed, items keep the order of `config` where it has one. */
export function merge(live: unknown, config: unknown, atom: Atom): unknown {
  if (config === undefined || live === config) return live;
  if (live === undefined) return config;
  const shape = config === null && live !== null ? shapeFor(atom, live) : shapeFor(atom, config);
  if (shape === "map") {
    const [x, y] = [mapOf(live), mapOf(config)];
    if (!atom.map?.atomic && !(isEmptyMap(x) && isEmptyMap(y))) return mergeMaps(x, y, atom.map as MapAtom);
  } else if (shape === "list") {
    const [x, y] = [listOf(live), listOf(config)];
    if (atom.list?.associative && (x?.length || y?.length)) return mergeLists(x, y, atom.list);
  }
  return equal(live, config) ? live : config;
}

function mergeMaps(live: Json | undefined, config: Json | undefined, type: MapAtom): unknown {
  if (!config) return live;
  if (!live) return config;
  let out: Json | undefined;
  for (const key of Object.keys(config)) {
    const merged = merge(live[key], config[key], entryAtom(type, key) ?? FALLBACK);
    if (merged === live[key]) continue;
    out ??= { ...live };
    out[key] = merged;
  }
  return out ?? live;
}

/** The order of structured-merge-diff: walk both lists; shared items appear where `config` has them. */
function mergeLists(live: unknown[] | undefined, config: unknown[] | undefined, type: ListAtom): unknown {
  if (!config || config.length === 0) return live;
  if (!live || live.length === 0) return config;
  const [ours, theirs] = [group(live, type), group(config, type)];
  const left = live.map((item) => itemElement(type, item));
  const right = config.map((item) => itemElement(type, item));
  const mine = (element: string) => {
    const items = ours.get(element);
    return items && items.length > 1 ? null : items?.[0]; // duplicates are not merged with
  };
  const shared = right.filter((element) => ours.has(element));
  let next = shared.shift();
  const taken = new Set<string>();
  const out: unknown[] = [];
  const takeRight = (element: string) => {
    taken.add(element);
    out.push(merge(mine(element), theirs.get(element)?.[0], type.element));
  };
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    const [a, b] = [left[l], right[r]];
    if (a !== undefined && b !== undefined) {
      if (a === b) {
        takeRight(a);
        l++;
        r++;
        next = shared.shift();
        continue;
      }
      if (theirs.has(a) && next !== undefined && next !== a) {
        l++; // shared, but not the one whose turn it is
        continue;
      }
    }
    if (a !== undefined) {
      if (!theirs.has(a)) {
        out.push(live[l]);
        l++;
        continue;
      }
      if (taken.has(a)) l++;
    }
    if (b !== undefined) {
      takeRight(b);
      r++;
      if (next === b) next = shared.shift();
    }
  }
  return out.length === live.length && out.every((item, i) => item === live[i]) ? live : out;
}

/**
 * `value` without the fields and items in `set`; null if nothing is left. A map or list that loses all that is in it while it stays
 * itself becomes null, too: the API server then refuses custom resources whose schema does not allow that.
 */
export function remove(value: unknown, set: FieldSet, atom: Atom | undefined): unknown {
  if (set.size === 0 || !atom) return value;
  const shape = shapeFor(atom, value);
  if (shape === "map") {
    const map = mapOf(value);
    if (!map || atom.map?.atomic) return null;
    const out: Json = {};
    for (const key of Object.keys(map)) {
      const node = set.get(`f:${key}`);
      if (node?.member) continue;
      out[key] = node?.children
        ? remove(map[key], node.children, entryAtom(atom.map as MapAtom, key))
        : map[key];
    }
    return isEmptyMap(out) ? null : out;
  }
  if (shape === "list") {
    const list = listOf(value);
    const type = atom.list as ListAtom;
    if (!list || !type.associative) return null;
    const out: unknown[] = [];
    for (const item of list) {
      const node = set.get(itemElement(type, item));
      if (node?.member) continue;
      out.push(node?.children ? remove(item, node.children, type.element) : item);
    }
    return out.length === 0 ? null : out;
  }
  return value;
}
