import type { GroupVersionKind, Schema } from "./types.ts";
/** The schema of a built-in kind of Kubernetes v1.36. */
export function schemaOfBuiltin(_gvk: GroupVersionKind): Schema | undefined {
  return undefined;
}
