/** Functions of lists (Kubernetes' lists library and cel-go's ext/lists.go) and sets, and when two values are equal. */
import type { Environment } from "@marcbachmann/cel-js";
import type { Add } from "./celenv.ts";
import { typeNameOf } from "./celformat.ts";

class ListsLibrary {}
class SetsLibrary {}

const order = (a: any, b: any): number => (a < b ? -1 : a > b ? 1 : 0);

export function addLists(env: Environment, add: Add, addOwn: Add): void {
  addOrder(add);
  addOwn("list.indexOf(dyn): int", (list: unknown[], item: unknown) =>
    BigInt(list.findIndex((other) => same(other, item))),
  );
  addOwn("list.lastIndexOf(dyn): int", (list: unknown[], item: unknown) =>
    BigInt(list.findLastIndex((other) => same(other, item))),
  );
  add("list<V>.distinct(): list<V>", (list: unknown[]) =>
    list.filter((item, i) => list.findIndex((other) => same(other, item)) === i),
  );
  add("list<V>.reverse(): list<V>", (list: unknown[]) => [...list].reverse());
  add("list<V>.slice(int, int): list<V>", slice);
  add("list.flatten(): list", (list: unknown[]) => list.flat());
  add("list.flatten(int): list", (list: unknown[], depth: bigint) => {
    if (depth < 0n) throw new Error("level must be non-negative");
    return list.flat(Number(depth));
  });
  env.registerType("ListsLibrary", ListsLibrary);
  env.registerConstant("lists", "ListsLibrary", new ListsLibrary() as never);
  add("ListsLibrary.range(int): list<int>", (_, size: bigint) => {
    if (size > MAX_RANGE) throw new Error("operation cancelled: actual cost limit exceeded");
    return Array.from({ length: Math.max(0, Number(size)) }, (_, i) => BigInt(i));
  });
}

/** A list of that many numbers would cost more than an expression may. */
const MAX_RANGE = 1_000_000n;

/** What depends on which item is larger. */
function addOrder(add: Add): void {
  const extreme = (name: string, sign: number) => (list: unknown[]) => {
    if (list.length === 0) throw new Error(`${name} called on empty list`);
    return list.reduce((best, item) => (order(item, best) * sign > 0 ? item : best));
  };
  add("list.isSorted(): bool", (list: unknown[]) =>
    list.every((item, i) => i === 0 || order(list[i - 1], item) <= 0),
  );
  add("list<int>.sum(): int", (list: bigint[]) => list.reduce((sum, item) => sum + item, 0n));
  add("list<double>.sum(): double", (list: number[]) => list.reduce((sum, item) => sum + item, 0));
  add("list<V>.min(): V", extreme("min", -1));
  add("list<V>.max(): V", extreme("max", 1));
  add("list<V>.sort(): list<V>", (list: unknown[]) => sortedBy(list, list));
}

/** The items in the order of their keys. @throws where keys cannot be compared */
export function sortedBy(list: readonly unknown[], keys: readonly unknown[]): unknown[] {
  if (list.length === 0) return [];
  const type = typeNameOf(keys[0]);
  if (["list", "map", "null_type", "type"].includes(type))
    throw new Error("list elements must be comparable");
  if (keys.some((key) => typeNameOf(key) !== type)) throw new Error("list elements must have the same type");
  return list
    .map((item, i) => ({ item, key: keys[i] }))
    .sort((a, b) => order(a.key, b.key))
    .map(({ item }) => item);
}

function slice(list: unknown[], from: bigint, to: bigint): unknown[] {
  const fail = (because: string) => new Error(`cannot slice(${from}, ${to}), ${because}`);
  if (from < 0n || to < 0n) throw fail("negative indexes not supported");
  if (from > to) throw fail("start index must be less than or equal to end index");
  if (to > list.length) throw fail(`list is length ${list.length}`);
  return list.slice(Number(from), Number(to));
}

/** As cel-go compares: numbers by their value whatever their type, lists and maps by what they hold. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const [left, right] = [typeNameOf(a), typeNameOf(b)];
  if (NUMBERS.has(left) && NUMBERS.has(right))
    return Number(a) === Number(b) && order(plain(a), plain(b)) === 0;
  if (left !== right) return false;
  if (left === "list") {
    const [list, other] = [a as unknown[], b as unknown[]];
    return list.length === other.length && list.every((item, i) => same(item, other[i]));
  }
  if (left === "map") {
    const [map, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
    const keys = Object.keys(map);
    return (
      keys.length === Object.keys(other).length &&
      keys.every((key) => Object.hasOwn(other, key) && same(map[key], other[key]))
    );
  }
  return typeof a === "object" && a !== null && b !== null && plain(a) === plain(b) && left !== "null_type";
}

const NUMBERS = new Set(["int", "uint", "double"]);

const plain = (value: any): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value.valueOf();

export function addSets(env: Environment, add: Add): void {
  env.registerType("SetsLibrary", SetsLibrary);
  env.registerConstant("sets", "SetsLibrary", new SetsLibrary() as never);
  const holds = (list: unknown[], item: unknown) => list.some((other) => same(other, item));
  const contains = (a: unknown[], b: unknown[]) => b.every((item) => holds(a, item));
  add("SetsLibrary.contains(list, list): bool", (_, a, b) => contains(a, b));
  add("SetsLibrary.intersects(list, list): bool", (_, a, b: unknown[]) => b.some((item) => holds(a, item)));
  add("SetsLibrary.equivalent(list, list): bool", (_, a, b) => contains(a, b) && contains(b, a));
}
