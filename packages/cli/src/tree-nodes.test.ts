import assert from "node:assert/strict";
import test from "node:test";
import { draw, type Node, plain } from "./tree-nodes.ts";

const node = (kind: string, name: string, resources: Node[] = [], namespace?: string): Node => ({
  ref: { group: kind === "Namespace" ? "" : "g", version: "v1", kind, name, namespace },
  resources,
});
const root = node("Kustomization", "root", [
  node(
    "Kustomization",
    "apps",
    [node("Namespace", "web"), node("Deployment", "web", [], "web")],
    "flux-system",
  ),
  node("Namespace", "other"),
]);

test("a tree is drawn with a branch for each object", () =>
  assert.equal(
    draw(root),
    `Kustomization/root
├── Kustomization/flux-system/apps
│   ├── Namespace/web
│   └── Deployment/web/web
└── Namespace/other
`,
  ));

test("a tree as data has flux's field names, and no empty lists", () => {
  assert.deepEqual(plain(node("Namespace", "other")), {
    resource: { Namespace: "", Name: "other", GroupKind: { Group: "", Kind: "Namespace" } },
  });
  assert.equal((plain(root) as { resources: object[] }).resources.length, 2);
});
