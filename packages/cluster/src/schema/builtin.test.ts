import assert from "node:assert/strict";
import { test } from "node:test";
import { schemaOfBuiltin } from "./builtin.ts";

test("a kind of the core group has its nested schema", () => {
  const pod = schemaOfBuiltin({ group: "", version: "v1", kind: "Pod" });
  const containers = pod?.properties?.["spec"]?.properties?.["containers"];
  assert.equal(containers?.patchMergeKey, "name");
  assert.deepEqual(containers?.items?.properties?.["ports"]?.listMapKeys, ["containerPort", "protocol"]);
  assert.equal(containers?.items?.properties?.["ports"]?.items?.properties?.["protocol"]?.default, "TCP");
});

test("a reference with extensions of its own keeps the target and its neighbours apart", () => {
  const deployment = schemaOfBuiltin({ group: "apps", version: "v1", kind: "Deployment" });
  assert.equal(deployment?.properties?.["spec"]?.properties?.["strategy"]?.patchStrategy, "retainKeys");
  const volume = schemaOfBuiltin({ group: "", version: "v1", kind: "PersistentVolume" });
  assert.equal(volume?.properties?.["spec"]?.properties?.["claimRef"]?.mapType, "granular");
  const slice = schemaOfBuiltin({ group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice" });
  assert.equal(slice?.properties?.["endpoints"]?.items?.properties?.["targetRef"]?.mapType, "atomic");
});

test("a recursive definition is a cycle, not an endless walk", () => {
  const crd = schemaOfBuiltin({
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
  });
  const version = crd?.properties?.["spec"]?.properties?.["versions"]?.items;
  const props = version?.properties?.["schema"]?.properties?.["openAPIV3Schema"];
  assert.equal(props?.properties?.["not"], props);
});

test("an unknown kind has no schema", () => {
  assert.equal(schemaOfBuiltin({ group: "", version: "v1", kind: "Nothing" }), undefined);
});
