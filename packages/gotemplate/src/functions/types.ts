import { deepEqual } from "../equal.ts";
import { kindOf, typeName, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";

function isLike(name: string, value: Value): boolean {
  const type = typeName(value);
  return name === type || `*${name}` === type;
}

export const types: Functions = {
  typeOf: fn("any", (_, value) => typeName(value)),
  typeIs: fn("string any", (_, name, value) => typeName(value) === name),
  typeIsLike: fn("string any", (_, name, value) => isLike(name, value)),
  kindOf: fn("any", (_, value) => kindOf(value)),
  kindIs: fn("string any", (_, name, value) => kindOf(value) === name),
  deepEqual: fn("any any", (_, a, b) => deepEqual(a, b)),
};
