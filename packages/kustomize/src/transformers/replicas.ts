import { fail } from "../errors.ts";
import { applyFieldSpec, asGvk, type Edit, type FieldSpec } from "../fieldspec.ts";
import { holdsQuoted } from "../node.ts";
import { findByName, type ResMap } from "../resmap.ts";
import { currentId, gvkString, previousIds, selectsGvk } from "../resource.ts";

/** Sets the number of replicas of the workloads that have or had a name. */
export function applyReplicas(
  map: ResMap,
  replica: { name?: string; count?: number | bigint },
  fieldSpecs: readonly FieldSpec[],
): void {
  const name = replica.name ?? "";
  const named = findByName(map, name);
  let found = false;
  for (const spec of fieldSpecs) {
    for (const res of named) {
      const ids = [...previousIds(res), currentId(res)];
      if (!res.node || !ids.some((id) => id.name === name && selectsGvk(spec, id))) continue;
      found = true;
      // A number of replicas in quotes stays in quotes.
      const count: Edit = (old, owner, key) => {
        const quoted = typeof old === "string" && old !== "" && (!owner || holdsQuoted(owner, key!));
        return quoted ? String(replica.count ?? 0) : (replica.count ?? 0);
      };
      applyFieldSpec(res.node, spec, count, "scalar");
    }
  }
  if (!found) {
    const gvks = fieldSpecs.map((spec) => gvkString(asGvk(spec))).join(" ");
    fail("no-match", `resource with name ${name} does not match a config with the following GVK [${gvks}]`);
  }
}
