import { decode, encode } from "./bytes.ts";
import {
  Complex,
  DICT,
  GoBytes,
  GoList,
  GoMap,
  GoObject,
  int64,
  MAX_DEPTH,
  type MapType,
  Num,
  type Value,
} from "./value.ts";

/**
 * Plain data as Go's values, as if it had been decoded from JSON: numbers are float64, objects `map[string]interface {}`.
 * A bigint is an int64, which is what `--set` makes of integers. Values that are Go's already stay as they are.
 * @throws {Error} if the data is nested too deeply or holds something that is no data.
 */
export function fromData(data: unknown, type: MapType = DICT, depth = 0): Value {
  switch (typeof data) {
    case "string":
      return encode(data);
    case "number":
    case "boolean":
      return data;
    case "bigint":
      return int64(data);
    case "undefined":
      return null;
    case "object":
      return data === null ? null : fromObject(data, type, depth);
    default:
      throw new Error(`a ${typeof data} is no data for a template`);
  }
}

function fromObject(data: object, type: MapType, depth: number): Value {
  if (depth > MAX_DEPTH) throw new Error(`data is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(data)) return new GoList(data.map((item) => fromData(item, DICT, depth + 1)));
  const map = new Map<string, Value>();
  const prototype = Object.getPrototypeOf(data);
  if (prototype === null || prototype === Object.prototype) {
    const plain = data as Record<string, unknown>;
    for (const key of Object.keys(plain)) map.set(encode(key), fromData(plain[key], DICT, depth + 1));
    return new GoMap(map, type);
  }
  if (isGo(data)) return data;
  const entries = data instanceof Map ? (data as Map<string, unknown>).entries() : Object.entries(data);
  for (const [key, item] of entries) map.set(encode(key), fromData(item, DICT, depth + 1));
  return new GoMap(map, type);
}

function isGo(data: object): data is Exclude<Value, null | undefined | string | number | boolean | bigint> {
  return (
    data instanceof GoMap ||
    data instanceof GoList ||
    data instanceof GoObject ||
    data instanceof Num ||
    data instanceof GoBytes ||
    data instanceof Complex
  );
}

/** A map of data. @throws {Error} as `fromData` does. */
export function mapOf(data: object, type: MapType = DICT): GoMap {
  return fromData(data, type) as GoMap;
}

/** Go's values as plain data, for tests and reports: integers become bigint, structs objects of their fields. */
export function toData(value: Value): unknown {
  if (typeof value === "string") return decode(value);
  if (value === null || value === undefined) return null;
  if (typeof value !== "object") return value;
  if (value instanceof Num) return value.value;
  if (value instanceof GoBytes) return decode(value.text);
  if (value instanceof Complex) return [value.re, value.im];
  if (value instanceof GoList) return value.items.map(toData);
  const entries = value instanceof GoMap ? value.m : value.fields;
  const object: Record<string, unknown> = Object.create(null);
  for (const [key, item] of entries) object[decode(key)] = toData(item);
  return object;
}
