import assert from "node:assert/strict";
import { test } from "node:test";
import { entryOf, refOfEntry } from "./inventory.ts";
import type { ObjectRef } from "./object.ts";

const rows: Record<string, [ObjectRef, string]> = {
  "a namespaced object": [
    { group: "apps", version: "v1", kind: "Deployment", namespace: "web", name: "podinfo" },
    "web_podinfo_apps_Deployment",
  ],
  "the core group": [
    { group: "", version: "v1", kind: "Service", namespace: "web", name: "podinfo" },
    "web_podinfo__Service",
  ],
  "a cluster-scoped object": [
    { group: "", version: "v1", kind: "Namespace", name: "web" },
    "_web__Namespace",
  ],
  "colons in an RBAC name": [
    { group: "rbac.authorization.k8s.io", version: "v1", kind: "ClusterRole", name: "system:pods:view" },
    "_system__pods__view_rbac.authorization.k8s.io_ClusterRole",
  ],
  "an underscore in an RBAC name": [
    { group: "rbac.authorization.k8s.io", version: "v1", kind: "Role", namespace: "web", name: "a_b" },
    "web_a_b_rbac.authorization.k8s.io_Role",
  ],
};

for (const [claim, [ref, id]] of Object.entries(rows)) {
  test(`${claim} has the id ${id}, and back`, () => {
    assert.deepEqual(entryOf(ref), { id, v: ref.version });
    assert.deepEqual(refOfEntry({ id, v: ref.version }), ref);
  });
}

for (const id of ["", "web", "web_podinfo", "web_podinfo_apps", "web_podinfo_apps_"]) {
  test(`"${id}" is not an id`, () => assert.throws(() => refOfEntry({ id, v: "v1" }), /is not of the form/));
}
