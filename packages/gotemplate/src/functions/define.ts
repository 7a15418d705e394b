import type { Fn, Frame } from "../runtime.ts";
import type { Param, Value } from "../value.ts";

/** Functions of one subject, by name. */
export type Functions = Record<string, Fn>;

/**
 * A function of templates. `signature` lists Go types: `"int string"`; the last may be variadic: `"string ...any"`.
 * Arguments arrive converted: `int` and `float64` as numbers, `dict` as GoMap, `any` as any Value but undefined.
 */
export function fn(signature: string, call: (frame: Frame, ...args: any[]) => Value): Fn {
  const names = signature === "" ? [] : signature.split(" ");
  const last = names[names.length - 1];
  if (!last?.startsWith("...")) return { params: names as Param[], call };
  return { params: names.slice(0, -1) as Param[], rest: last.slice(3) as Param, call };
}
