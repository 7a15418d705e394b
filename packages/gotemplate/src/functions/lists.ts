import { deepEqual } from "../equal.ts";
import { GoError, NIL_POINTER } from "../errors.ts";
import { allow, type Frame } from "../runtime.ts";
import { GoBytes, GoList, isTrue, itemsOf, kindOf, LISTS, NIL_LIST, type Value } from "../value.ts";
import { castInt } from "./cast.ts";
import { type Functions, fn } from "./define.ts";

/** sprig's empty: the zero of a type, or nothing. Structs never are, pointers only if nil. */
export function isEmpty(value: Value): boolean {
  return !isTrue(value);
}

/** The items of a list, or the error that a function has for what is none. */
function items(list: Value, message: (kind: string) => string): readonly Value[] {
  if (list instanceof GoList || list instanceof GoBytes) return itemsOf(list);
  if (list === null || list === undefined) throw new GoError(NIL_POINTER);
  throw new GoError(message(kindOf(list)));
}

const find =
  (what: string) =>
  (list: Value): readonly Value[] =>
    items(list, (kind) => `Cannot find ${what} on type ${kind}`);

const first = (list: Value): Value => find("first")(list)[0] ?? null;
const last = (list: Value): Value => {
  const found = find("last")(list);
  return found[found.length - 1] ?? null;
};

function rest(list: Value): Value {
  const found = find("rest")(list);
  return found.length === 0 ? NIL_LIST : new GoList(found.slice(1));
}

function initial(list: Value): Value {
  const found = find("initial")(list);
  return found.length === 0 ? NIL_LIST : new GoList(found.slice(0, -1));
}

function push(list: Value, value: Value): Value {
  return new GoList([...items(list, (kind) => `Cannot push on type ${kind}`), value]);
}

function prepend(list: Value, value: Value): Value {
  return new GoList([value, ...items(list, (kind) => `Cannot prepend on type ${kind}`)]);
}

function reverse(list: Value): Value {
  return new GoList([...find("reverse")(list)].reverse());
}

function compact(list: Value): Value {
  return new GoList(items(list, (kind) => `Cannot compact on type ${kind}`).filter(isTrue));
}

/** Whether a list holds a value. Plain values are found without comparing types one by one. */
function includes(list: readonly Value[], value: Value): boolean {
  return typeof value === "object" && value !== null
    ? list.some((item) => deepEqual(value, item))
    : list.some((item) => item === value);
}

function uniq(list: Value): Value {
  const kept: Value[] = [];
  const seen = new Set<Value>();
  for (const item of find("uniq")(list)) {
    const plain = typeof item !== "object" || item === null;
    // NaN is not equal to itself, so that each one stays.
    if (plain ? seen.has(item) && !Number.isNaN(item) : includes(kept, item)) continue;
    if (plain) seen.add(item);
    kept.push(item);
  }
  return new GoList(kept);
}

function without(list: Value, ...omit: Value[]): Value {
  return new GoList(find("without")(list).filter((item) => !includes(omit, item)));
}

function has(needle: Value, list: Value): boolean {
  if (list === null) return false;
  return includes(find("has")(list), needle);
}

function slice(list: Value, ...indices: Value[]): Value {
  const found = items(list, (kind) => `list should be type of slice or array but ${kind}`);
  if (found.length === 0) return null;
  const start = indices.length > 0 ? Number(castInt(indices[0])) : 0;
  const end = indices.length > 1 ? Number(castInt(indices[1])) : found.length;
  if (start < 0 || start > end || end > found.length)
    throw new GoError("reflect.Value.Slice: slice index out of bounds");
  if (list instanceof GoBytes) return new GoBytes(list.text.slice(start, end));
  return new GoList(found.slice(start, end), (list as GoList).type);
}

function concat(...lists: Value[]): Value {
  if (lists.length === 0) return NIL_LIST;
  const all = lists.flatMap((list) => items(list, (kind) => `Cannot concat type ${kind} as list`));
  return all.length === 0 ? NIL_LIST : new GoList(all);
}

function chunk(frame: Frame, size: number, list: Value): Value {
  const found = items(list, (kind) => `Cannot chunk type ${kind}`);
  const count = Math.floor((found.length - 1) / size) + 1;
  if (size > 0) {
    allow(frame.run, count);
    const part = (_: unknown, i: number) => new GoList(found.slice(i * size, (i + 1) * size));
    return new GoList(Array.from({ length: count }, part), LISTS);
  }
  if (count === 0) return new GoList([], LISTS);
  // Go counts with floats here: with a negative size one short chunk may come out, all else cannot be made.
  const length = found.length % -size;
  if (count !== 1 || !(length > 0)) throw new GoError("runtime error: makeslice: len out of range");
  return new GoList([new GoList(found.slice(0, length))], LISTS);
}

/** Each function of this kind has a twin whose name begins with `must`; both fail alike in a template. */
function twins(functions: Functions): Functions {
  const all: Functions = { ...functions };
  for (const [name, one] of Object.entries(functions))
    all[`must${name[0]!.toUpperCase()}${name.slice(1)}`] = one;
  return all;
}

export const lists: Functions = {
  list: fn("...any", (_, ...values) => new GoList(values)),
  tuple: fn("...any", (_, ...values) => new GoList(values)),
  concat: fn("...any", (_, ...values) => concat(...values)),
  ...twins({
    append: fn("any any", (_, list, value) => push(list, value)),
    push: fn("any any", (_, list, value) => push(list, value)),
    prepend: fn("any any", (_, list, value) => prepend(list, value)),
    first: fn("any", (_, list) => first(list)),
    rest: fn("any", (_, list) => rest(list)),
    last: fn("any", (_, list) => last(list)),
    initial: fn("any", (_, list) => initial(list)),
    reverse: fn("any", (_, list) => reverse(list)),
    uniq: fn("any", (_, list) => uniq(list)),
    without: fn("any ...any", (_, list, ...omit) => without(list, ...omit)),
    has: fn("any any", (_, needle, list) => has(needle, list)),
    slice: fn("any ...any", (_, list, ...indices) => slice(list, ...indices)),
    compact: fn("any", (_, list) => compact(list)),
    chunk: fn("int any", chunk),
  }),
};
