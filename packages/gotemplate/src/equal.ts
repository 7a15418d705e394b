import { spend } from "./meter.ts";
import {
  Complex,
  GoBytes,
  GoList,
  GoMap,
  GoObject,
  itemsOf,
  MAX_DEPTH,
  Num,
  typeName,
  type Value,
} from "./value.ts";

/** Go's reflect.DeepEqual: same types, same values; NaN equals nothing. */
export function deepEqual(a: Value, b: Value, depth = 0): boolean {
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null);
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  spend();
  if (typeName(a) !== typeName(b) || depth > MAX_DEPTH) return false;
  if (a instanceof Num && b instanceof Num) return a.value === b.value;
  if (a instanceof Complex && b instanceof Complex) return a.re === b.re && a.im === b.im;
  if (a instanceof GoBytes && b instanceof GoBytes) return a.text === b.text;
  if (a instanceof GoMap && b instanceof GoMap) return equalMaps(a, b, depth);
  if (a instanceof GoObject && b instanceof GoObject) return equalObjects(a, b, depth);
  if (a instanceof GoList && b instanceof GoList) {
    if (a.isNil !== b.isNil) return false;
    const [x, y] = [itemsOf(a), itemsOf(b)];
    return x.length === y.length && x.every((item, i) => deepEqual(item, y[i], depth + 1));
  }
  return false;
}

function equalMaps(a: GoMap, b: GoMap, depth: number): boolean {
  if (a.isNil !== b.isNil || a.m.size !== b.m.size) return false;
  if (a.m === b.m) return true;
  for (const [key, value] of a.m)
    if (!b.m.has(key) || !deepEqual(value, b.m.get(key), depth + 1)) return false;
  return true;
}

function equalObjects(a: GoObject, b: GoObject, depth: number): boolean {
  if (a.type.equal) return a.type.equal(a, b);
  return (
    a === b || a.type.fields.every(({ name }) => deepEqual(a.fields.get(name), b.fields.get(name), depth + 1))
  );
}
