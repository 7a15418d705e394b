import type { KubeObject } from "@sluice/api";
import defaults from "../generated/rbac.json" with { type: "json" };
import type { Store } from "../store.ts";
import { RBAC } from "./authorizer.ts";

/** Creates the roles and bindings that every cluster has, where they are missing: somebody may have changed those of a snapshot. */
export function createDefaultRoles(store: Store): void {
  for (const row of defaults) {
    const object = { apiVersion: `${RBAC}/v1`, ...row } as unknown as KubeObject;
    const { apiVersion, kind, metadata } = object;
    const { name, namespace } = metadata;
    if (!store.get({ apiVersion, kind, name, ...(namespace ? { namespace } : {}) }))
      store.create(object, { manager: "kube-apiserver" });
  }
}
