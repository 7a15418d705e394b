// Imported rather than read, so that it goes along into a bundle.
import schema from "./generated/schema.json" with { type: "json" };

/**
 * A field of a type: the type of its value, the type of its items or map values, and the keys its list merges by. `values`
 * is what more is known about map values, in schemas that are not built in.
 */
export type SchemaField = {
  to?: number;
  each?: number;
  map?: true;
  merge?: string[];
  values?: SchemaField;
};
export type SchemaType = { [field: string]: SchemaField };

export type Generated = {
  kubernetes: string;
  types: SchemaType[];
  /** The OpenAPI name of each type. */
  names: string[];
  kinds: { [apiVersionKind: string]: number };
  namespaced: string[];
  cluster: string[];
};

let clusterScoped: Set<string> | undefined;
let knownScopes: Set<string> | undefined;

/** The schema of Kubernetes v1.21.2, which kustomize decides by. */
export const builtinSchema = (): Generated => schema as unknown as Generated;

/** True for kinds that are known to live outside namespaces; false for namespaced and unknown kinds. */
export function isBuiltinClusterScoped(apiVersion: string, kind: string): boolean {
  clusterScoped ??= new Set(builtinSchema().cluster);
  return clusterScoped.has(`${apiVersion}/${kind}`);
}

/** Whether the built-in schema knows the scope of a kind at all. */
export function hasBuiltinScope(apiVersion: string, kind: string): boolean {
  knownScopes ??= new Set([...builtinSchema().cluster, ...builtinSchema().namespaced]);
  return knownScopes.has(`${apiVersion}/${kind}`);
}
