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

/** The schema of Kubernetes v1.21.2, which kustomize decides by. */
export const builtinSchema = (): Generated => schema as unknown as Generated;

let builtinScopes: Map<string, boolean> | undefined;
type Namespaced = (apiVersionKind: string) => boolean | undefined;
let ownScopes: Namespaced | undefined;

/**
 * Runs a build, which is synchronous, with what its own schema says of kinds that the built-in one does not know. Ids of
 * resources are compared in so many places that all of them would have to carry the schema.
 */
export function withScopes<T>(scopes: Namespaced, work: () => T): T {
  const before = ownScopes;
  ownScopes = scopes;
  try {
    return work();
  } finally {
    ownScopes = before;
  }
}

/** True for kinds that are known to live outside namespaces; false for namespaced and unknown kinds. */
export function isClusterScopedKind(apiVersion: string, kind: string): boolean {
  builtinScopes ??= new Map([
    ...builtinSchema().cluster.map((id) => [id, false] as const),
    ...builtinSchema().namespaced.map((id) => [id, true] as const),
  ]);
  const id = `${apiVersion}/${kind}`;
  return (builtinScopes.get(id) ?? ownScopes?.(id)) === false;
}
