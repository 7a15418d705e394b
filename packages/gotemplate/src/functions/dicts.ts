import { GoError } from "../errors.ts";
import { type Frame, tick } from "../runtime.ts";
import {
  DICT,
  GoList,
  GoMap,
  GoObject,
  isTrue,
  MAX_DEPTH,
  sortedKeys,
  typeName,
  type Value,
} from "../value.ts";
import { type Functions, fn } from "./define.ts";
import { listOfTexts, toText } from "./strings.ts";

function dict(...parts: Value[]): GoMap {
  const map = new Map<string, Value>();
  for (let i = 0; i < parts.length; i += 2)
    map.set(toText(parts[i]), i + 1 < parts.length ? parts[i + 1] : "");
  return new GoMap(map);
}

function set(map: GoMap, key: string, value: Value): GoMap {
  if (map.isNil) throw new GoError("assignment to entry in nil map");
  map.m.set(key, value);
  return map;
}

function pick(map: GoMap, keys: string[]): GoMap {
  const picked = new Map<string, Value>();
  for (const key of keys) if (map.m.has(key)) picked.set(key, map.m.get(key));
  return new GoMap(picked);
}

function omit(map: GoMap, keys: string[]): GoMap {
  const rest = new Map(map.m);
  for (const key of keys) rest.delete(key);
  return new GoMap(rest);
}

/** A value and all it holds, anew. */
function deepCopy(frame: Frame, value: Value, depth = 0): Value {
  if (depth > MAX_DEPTH) throw new GoError("value is nested too deeply");
  tick(frame.run);
  if (value instanceof GoMap) {
    if (value.isNil) return value;
    const copy = new Map<string, Value>();
    for (const [key, item] of value.m) copy.set(key, deepCopy(frame, item, depth + 1));
    return new GoMap(copy, value.type);
  }
  if (value instanceof GoList)
    return new GoList(
      value.items.map((item) => deepCopy(frame, item, depth + 1)),
      value.type,
      value.isNil,
    );
  return value instanceof GoObject && value.type.copy ? value.type.copy(value) : value;
}

/** Sets a key of a map that may hold one type only, such as that of `.Chart.Annotations`. */
function put({ m, type }: GoMap, key: string, value: Value, of = typeName(value)): void {
  if (type.elem !== "interface {}" && of !== type.elem)
    throw new GoError(
      `reflect.Value.SetMapIndex: value of type ${of} is not assignable to type ${type.elem}`,
    );
  m.set(key, value);
}

/**
 * dario.cat/mergo's Merge of maps: keys of `source` that `target` lacks or has empty. With `overwrite`, those that it has, too.
 * Maps are merged into each other where both have one; what is taken over is shared and not copied.
 */
function mergeInto(frame: Frame, target: GoMap, source: GoMap, overwrite: boolean, depth = 0): void {
  if (depth > MAX_DEPTH) throw new GoError("value is nested too deeply");
  for (const [key, value] of source.m) {
    tick(frame.run);
    const old = target.m.get(key);
    if (value === null) {
      if (overwrite) target.m.set(key, value);
      continue;
    }
    if (value instanceof GoMap && old instanceof GoMap && !old.isNil) {
      mergeInto(frame, old, value, overwrite, depth + 1);
      if (old.m.size > 0) continue;
    }
    if (overwrite || !isTrue(old)) put(target, key, value, source.type.elem);
  }
}

function merge(frame: Frame, target: GoMap, sources: GoMap[], overwrite: boolean): Value {
  let into = target;
  for (const source of sources) {
    if (into.isNil && !source.isNil) into = new GoMap();
    mergeInto(frame, into, source, overwrite);
  }
  return into;
}

function dig(parts: Value[]): Value {
  if (parts.length < 3) throw new GoError("dig needs at least three arguments");
  let at = asDict(parts[parts.length - 1]);
  const otherwise = parts[parts.length - 2];
  const keys = parts.slice(0, -2).map((key) => {
    if (typeof key === "string") return key;
    throw new GoError(conversion(key, "string"));
  });
  for (const [i, key] of keys.entries()) {
    if (!at.m.has(key)) return otherwise;
    const next = at.m.get(key);
    if (i === keys.length - 1) return next;
    at = asDict(next);
  }
  return otherwise;
}

/** Go's type assertion to a plain map; named map types such as that of `.Values` fail it. */
function asDict(value: Value): GoMap {
  if (value instanceof GoMap && value.type === DICT) return value;
  throw new GoError(conversion(value, DICT.name));
}

function conversion(value: Value, wanted: string): string {
  const got = value === null || value === undefined ? "nil" : typeName(value);
  return `interface conversion: interface {} is ${got}, not ${wanted}`;
}

export const dicts: Functions = {
  dict: fn("...any", (_, ...parts) => dict(...parts)),
  get: fn("dict string", (_, map: GoMap, key) => (map.m.has(key) ? map.m.get(key) : "")),
  set: fn("dict string any", (_, map, key, value) => set(map, key, value)),
  unset: fn("dict string", (_, map: GoMap, key) => {
    map.m.delete(key);
    return map;
  }),
  hasKey: fn("dict string", (_, map: GoMap, key) => map.m.has(key)),
  pluck: fn(
    "string ...dict",
    (_, key, ...maps: GoMap[]) =>
      new GoList(maps.filter((map) => map.m.has(key)).map((map) => map.m.get(key))),
  ),
  // Go answers in random order, we in that of the keys.
  keys: fn("...dict", (_, ...maps: GoMap[]) => listOfTexts(maps.flatMap(sortedKeys))),
  values: fn("dict", (_, map: GoMap) => new GoList(sortedKeys(map).map((key) => map.m.get(key)))),
  pick: fn("dict ...string", (_, map, ...keys) => pick(map, keys)),
  omit: fn("dict ...string", (_, map, ...keys) => omit(map, keys)),
  merge: fn("dict ...dict", (frame, target, ...sources) => merge(frame, target, sources, false)),
  mustMerge: fn("dict ...dict", (frame, target, ...sources) => merge(frame, target, sources, false)),
  mergeOverwrite: fn("dict ...dict", (frame, target, ...sources) => merge(frame, target, sources, true)),
  mustMergeOverwrite: fn("dict ...dict", (frame, target, ...sources) => merge(frame, target, sources, true)),
  deepCopy: fn("any", (frame, value) => copyOf(frame, value)),
  mustDeepCopy: fn("any", (frame, value) => copyOf(frame, value)),
  dig: fn("...any", (_, ...parts) => dig(parts)),
};

function copyOf(frame: Frame, value: Value): Value {
  if (value === null) throw new GoError("reflect: call of reflect.Value.Type on zero Value");
  return deepCopy(frame, value);
}
