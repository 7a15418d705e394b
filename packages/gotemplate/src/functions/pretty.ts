import type { Value } from "../value.ts";
export function prettyYaml(_value: Value): string {
  return "";
}
