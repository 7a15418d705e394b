import type { FieldError, KubeObject } from "./types.ts";
/** Fills the defaults of a built-in kind, in place. */
export function defaultBuiltin(_object: KubeObject): void {}
/** Complaints of the API server about a built-in kind beyond its schema. */
export function validateBuiltin(_object: KubeObject, _old?: KubeObject): FieldError[] {
  return [];
}
