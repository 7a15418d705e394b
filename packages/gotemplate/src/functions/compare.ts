/** eq, ne, lt, le, gt and ge of Go's text/template. */
import { deepEqual } from "../equal.ts";
import { GoError } from "../errors.ts";
import { sprintf } from "../print.ts";
import { Complex, GoObject, isNil, kindOf, Num, typeName, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";

type Basic = "bool" | "complex" | "int" | "float" | "string" | "uint";

/** The family in which a value compares; undefined for what does not. */
function basicKind(value: Value): Basic | undefined {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return "float";
    case "bigint":
      return "int";
  }
  if (value instanceof Num) return value.type.kind.startsWith("u") ? "uint" : "int";
  return value instanceof Complex ? "complex" : undefined;
}

/** Integers of all types as bigint, the rest as it is. */
const bare = (value: Value): any => (value instanceof Num ? value.value : value);
const isInteger = (kind: Basic | undefined): boolean => kind === "int" || kind === "uint";

function equals(a: Value, b: Value): boolean {
  const [x, y] = [basicKind(a), basicKind(b)];
  if (x === undefined && y === undefined) return equalOthers(a, b);
  if (x !== y && !(isInteger(x) && isInteger(y))) {
    if (a === null || a === undefined || b === null || b === undefined) return false;
    throw new GoError(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  }
  if (a instanceof Complex) return deepEqual(a, b);
  return bare(a) === bare(b);
}

/** Maps and slices can be compared to nil only. */
function equalOthers(a: Value, b: Value): boolean {
  const [x, y] = [kindOf(a), kindOf(b)];
  if (x !== y && x !== "invalid" && y !== "invalid") {
    const text = sprintf("%s: %v, %s: %v", [a, typeName(a), typeName(b), b]);
    throw new GoError(`non-comparable types ${text}`);
  }
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
  if (!(b instanceof GoObject)) throw new GoError(sprintf("non-comparable type %s: %v", [b, typeName(b)]));
  return a === b || (b.type.kind === "struct" && deepEqual(a, b));
}

function eq(first: Value, ...others: Value[]): boolean {
  if (others.length === 0) throw new GoError("missing argument for comparison");
  for (const other of others) if (equals(first, other)) return true;
  return false;
}

function less(a: Value, b: Value): boolean {
  const [x, y] = [basicKind(a), basicKind(b)];
  if (x === undefined || y === undefined) throw new GoError("invalid type for comparison");
  if (x !== y && !(isInteger(x) && isInteger(y)))
    throw new GoError(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  if (x === "bool" || x === "complex") throw new GoError("invalid type for comparison");
  return bare(a) < bare(b);
}

export const compare: Functions = {
  eq: fn("value ...value", (_, first, ...others) => eq(first, ...others)),
  ne: fn("value value", (_, a, b) => !equals(a, b)),
  lt: fn("value value", (_, a, b) => less(a, b)),
  le: fn("value value", (_, a, b) => less(a, b) || equals(a, b)),
  gt: fn("value value", (_, a, b) => !(less(a, b) || equals(a, b))),
  ge: fn("value value", (_, a, b) => !less(a, b)),
};
