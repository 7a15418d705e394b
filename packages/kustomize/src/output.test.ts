import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuiltResource } from "./build.ts";
import { outputFiles } from "./output.ts";
import { buildTree, over } from "./testing/tree.ts";

const object = (apiVersion: string, kind: string, name: string, namespace?: string): BuiltResource => ({
  object: { apiVersion, kind, metadata: namespace ? { name, namespace } : { name } },
  clusterScoped: kind === "Namespace",
});
const rows: Record<string, [BuiltResource[], string[]]> = {
  "group, version, kind and name": [
    [object("apps/v1", "Deployment", "web")],
    ["apps_v1_deployment_web.yaml"],
  ],
  "no namespace where all are in one": [
    [object("v1", "Service", "a", "x"), object("v1", "Namespace", "x")],
    ["v1_service_a.yaml", "v1_namespace_x.yaml"],
  ],
  "the namespace where there are several": [
    [object("v1", "Service", "a", "x"), object("v1", "Service", "a"), object("v1", "Namespace", "x")],
    ["x_v1_service_a.yaml", "default_v1_service_a.yaml", "v1_namespace_x.yaml"],
  ],
};
for (const [sentence, [resources, names]] of Object.entries(rows)) {
  test(`output files: ${sentence}`, () =>
    assert.deepEqual(
      outputFiles(resources).map(({ name }) => name),
      names,
    ));
}

test("output files: folded texts and brackets as they are, where one text of all rewrites them", () => {
  const manifest =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: >\n    x\n      deeper\n    z\n  b: {c: }\n";
  const data = (separate: boolean) =>
    buildTree(over(manifest, ""), { separate }).resources[0]!.object.data as object;
  assert.deepEqual(data(true), { a: "x\n  deeper\nz\n", b: { c: null } });
  assert.deepEqual(data(false), { a: "x\n\n  deeper\nz\n", b: { c: "" } });
});
