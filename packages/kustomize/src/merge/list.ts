import { fail } from "../errors.ts";
import {
  get,
  isEmpty,
  isEmptyMap,
  isList,
  isMap,
  isNull,
  kindName,
  type Node,
  type NodeMap,
  set,
  textOf,
} from "../node.ts";
import { itemSchema, type Schema } from "./schema.ts";
import type { Directive, Merge } from "./strategic.ts";

/**
 * Merges two lists whose items have an identity: the values of the merge keys, or the item itself where there are none.
 * Follows kyaml's walkAssociativeSequence step by step, since its order of items is part of the output.
 */
export function mergeLists(
  merge: Merge,
  dest: Node | undefined,
  patch: Node | undefined,
  schema: Schema | undefined,
  path: string[],
): Node | undefined {
  const base = chooseList(dest, patch);
  if (!isList(base)) return base;
  const source = isList(patch) ? patch : undefined;
  const sources = merge.increase === "prepend" ? [source, base] : [base, source];
  const keys = schema?.merge ?? ["name"];
  const identities = keys.length > 0 ? identitiesOf(sources, keys) : primitivesOf(sources);
  return mergeItems(merge, base, source, keys.length > 0 ? keys : [""], identities, itemSchema(schema), path);
}

function chooseList(dest: Node | undefined, patch: Node | undefined): Node | undefined {
  if (isNull(dest)) return patch;
  if (patch === undefined) return dest;
  if (isNull(patch)) return undefined;
  switch (listDirective(patch as Node[])) {
    case "delete":
      return undefined;
    case "replace":
      return patch;
    case "merge":
      return dest;
  }
}

/** The directive of a list: an item that is nothing but `$patch`. It is taken out. */
function listDirective(list: Node[]): Directive {
  const item = list.find((each): each is NodeMap => isMap(each) && get(each, "$patch") !== undefined);
  if (!item || Object.keys(item).length > 1) return "merge";
  const text = textOf(get(item, "$patch"));
  if (text !== "merge" && text !== "replace" && text !== "delete") {
    return fail("invalid-config", `unknown patch strategy '${text}'`);
  }
  setElement(list, undefined, ["$patch"], [text]);
  return text;
}

function identitiesOf(sources: (Node[] | undefined)[], keys: string[]): string[][] {
  const seen = new Set<string>();
  const result: string[][] = [];
  for (const list of sources) {
    for (const item of list ?? []) {
      const values = keys.map((key) => {
        const value = isMap(item) ? get(item, key) : undefined;
        return isEmpty(value) ? "" : textOf(value);
      });
      const id = values.join("\0");
      if (seen.has(id)) continue;
      seen.add(id);
      result.push(values);
    }
  }
  return result;
}

function primitivesOf(sources: (Node[] | undefined)[]): string[][] {
  const texts = sources.flatMap((list) => list ?? []).map(textOf);
  return [...new Set(texts)].map((text) => [text]);
}

function mergeItems(
  merge: Merge,
  dest: Node[],
  patch: Node[] | undefined,
  keys: string[],
  found: string[][],
  schema: Schema | undefined,
  path: string[],
): Node[] {
  if (found.length === 0) return dest;
  const identities = keys.length > 1 ? unify(found) : found;
  const usedKeys = keysInUse(identities, keys);
  const items: Node[] = [];
  for (const values of identities) {
    const usedValues = values.filter((value, i) => value !== "" || usedKeys.includes(keys[i]!));
    const validValues = usedKeys === keys ? values : usedValues;
    const wanted = partialKey(usedKeys, validValues);
    const merged = merge.walk(elementAt(dest, ...wanted), patch && elementAt(patch, ...wanted), schema, path);
    if (merged === undefined || isNull(merged) || (isMap(merged) && isEmptyMap(merged))) {
      setElement(dest, undefined, usedKeys, validValues);
      continue;
    }
    if (isMap(merged)) {
      usedKeys.forEach((key, i) => {
        if (get(merged, key) === undefined && validValues[i]) set(merged, key, validValues[i]!);
      });
    }
    setElement(items, merged, usedKeys, validValues);
  }
  if (merge.increase === "prepend") return appendList(items, dest, usedKeys);
  return appendList(dest, items, usedKeys);
}

/** The keys that any identity has a value for; all of them when none has. The same array when that is all. */
function keysInUse(identities: string[][], keys: string[]): string[] {
  const used = keys.filter((_, i) =>
    identities.some((values) => values[i] !== undefined && values[i] !== ""),
  );
  return used.length === 0 || used.length === keys.length ? keys : used;
}

function partialKey(keys: string[], values: string[]): [string[], string[]] {
  const given = keys.filter((_, i) => values[i] !== "" && values[i] !== undefined);
  if (given.length === 0) return [keys, values];
  return [given, values.filter((value) => value !== "")];
}

/** Identities that differ only where one is silent are one: a port without protocol is the port with one. */
function unify(identities: string[][]): string[][] {
  for (let i = 0; i < identities.length; i++) {
    for (let j = 0; j < identities.length; j++) {
      const both = union(identities[i]!, identities[j]!);
      if (both) {
        identities[i] = both;
        identities[j] = both;
      }
    }
  }
  return identities;
}

function union(a: string[], b: string[]): string[] | undefined {
  let common = false;
  const result: string[] = [];
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) common = true;
    else if (a[i] !== "" && b[i] !== "") return undefined;
    result.push(a[i] || b[i]!);
  }
  return common ? result : undefined;
}

function elementAt(list: Node[], keys: string[], values: string[]): Node | undefined {
  if (keys[0] === "") return list.find((item) => textOf(item) === values[0]);
  return list.find(
    (item) =>
      isMap(item) &&
      keys.every((key, i) => {
        const value = get(item, key);
        return value !== undefined && textOf(value) === values[i];
      }),
  );
}

/** Puts an element in the place of those with the same keys, or at the end; without an element, removes them. */
function setElement(list: Node[], element: Node | undefined, keys: string[], values: string[]): void {
  const byField = keys[0] !== "" && values.length > 0 && values[0] !== "";
  const kept: Node[] = [];
  let found = false;
  for (const item of list) {
    if (isNull(item) || (isMap(item) && isEmptyMap(item))) continue;
    if (!isMap(item) && byField) kept.push(item);
    else if (!hasKeys(item, keys, values)) {
      if (values.length > 0) kept.push(item);
    } else {
      found = true;
      if (element !== undefined) kept.push(element);
    }
  }
  if (element !== undefined && !isNull(element) && !found) kept.push(element);
  list.splice(0, list.length, ...kept);
}

function hasKeys(item: Node, keys: string[], values: string[]): boolean {
  if (keys[0] === "") return !isMap(item) && values.length > 0 && textOf(item) === values[0];
  if (values.length === 0 || !isMap(item)) return false;
  return keys.every((key, i) => {
    if (i >= values.length) return true;
    const value = get(item, key);
    return value !== undefined && (values[i] === "" || textOf(value) === values[i]);
  });
}

/** Adds the elements of one list to another; those with the same keys are replaced. */
function appendList(target: Node[], list: readonly Node[], keys: string[]): Node[] {
  for (const item of [...list]) {
    if (keys[0] === "") {
      setElement(target, item, keys, [textOf(item)]);
      continue;
    }
    if (!isMap(item) && !isNull(item)) {
      fail(
        "invalid-config",
        `wrong node kind: expected MappingNode but got ${kindName(item)} in a list that merges by ${keys}`,
      );
    }
    const values: string[] = [];
    for (const key of keys) {
      const value = isMap(item) ? get(item, key) : undefined;
      if (value === undefined || value === null) target.push(item);
      else values.push(textOf(value));
    }
    if (keys.length > 1) setElement(target, undefined, keys, values);
    setElement(target, item, keys, values);
  }
  return target;
}
