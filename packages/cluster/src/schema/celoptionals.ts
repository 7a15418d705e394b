/** Optional values: what cel-go's library (cel/library.go) has beyond the CEL library's own. */
import { type Environment, Optional } from "@marcbachmann/cel-js";
import type { Add } from "./celenv.ts";
import { typeNameOf } from "./celformat.ts";
import { same } from "./cellists.ts";

export function addOptionals(env: Environment, add: Add): void {
  add("OptionalNamespace.ofNonZeroValue(A): optional<A>", (_, value: unknown) =>
    isZero(value) ? Optional.none() : Optional.of(value),
  );
  add("list<V>.first(): optional<V>", (list: unknown[]) => Optional.of(list[0]));
  add("list<V>.last(): optional<V>", (list: unknown[]) => Optional.of(list.at(-1)));
  const present = (list: Optional[]) => list.filter((each) => each.hasValue()).map((each) => each.value());
  add("OptionalNamespace.unwrap(list): list", (_, list: Optional[]) => present(list));
  add("list.unwrapOpt(): list", present);
  env.registerOperator("optional == optional", (a: Optional, b: Optional) =>
    a.hasValue() && b.hasValue() ? same(a.value(), b.value()) : a.hasValue() === b.hasValue(),
  );
  // what may be compared with null is not null
  for (const type of ["optional", "Quantity", "URL", "IP", "CIDR", "Semver", "NamedFormat"])
    env.registerOperator(`${type} == null`, () => false);
}

function isZero(value: unknown): boolean {
  switch (typeNameOf(value)) {
    case "list":
    case "bytes":
      return (value as unknown[]).length === 0;
    case "map":
      return Object.keys(value as object).length === 0;
    case "uint":
      return Number(value) === 0;
    default:
      return !value;
  }
}
