import type { ObjectRef } from "./object.ts";

/** One applied object, as Flux records it in `status.inventory.entries`. */
export type InventoryEntry = {
  /** `<namespace>_<name>_<group>_<kind>`; namespace and group are empty where there is none. */
  id: string;
  /** The version of the API group that the object was applied in. */
  v: string;
};

const rbacGroup = "rbac.authorization.k8s.io";

/**
 * The inventory entry of an object. RBAC names may hold colons, which are written `__`
 * (sigs.k8s.io/cli-utils, object.ObjMetadata).
 */
export function entryOf({ group, version, kind, namespace, name }: ObjectRef): InventoryEntry {
  const written = group === rbacGroup ? name.replaceAll(":", "__") : name;
  return { id: `${namespace ?? ""}_${written}_${group}_${kind}`, v: version };
}

/**
 * The object that an inventory entry names; the reverse of `entryOf`. Cluster-scoped objects have no
 * `namespace`.
 * @throws {Error} when the id does not have four parts.
 */
export function refOfEntry({ id, v }: InventoryEntry): ObjectRef {
  // The name is what remains between the outer fields, as an RBAC name may hold underscores of its own.
  const match = /^([^_]*)_(.+)_([^_]*)_([^_]+)$/s.exec(id);
  if (!match) {
    throw new Error(`inventory id "${id}" is not of the form <namespace>_<name>_<group>_<kind>`);
  }
  const [, namespace, name, group, kind] = match as unknown as [string, string, string, string, string];
  const ref = { group, version: v, kind, name: name.replaceAll("__", ":") };
  return namespace === "" ? ref : { ...ref, namespace };
}
