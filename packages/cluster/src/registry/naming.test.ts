import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@sluice/api";
import { startCluster } from "../cluster.ts";
import { nameDefinition } from "./naming.ts";

type Json = Record<string, any>;

const named = (plural: string, names: Json, accepted?: Json): KubeObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.example.com` },
  spec: { group: "example.com", names: { plural, ...names } },
  ...(accepted && { status: { acceptedNames: { plural, ...accepted } } }),
});
const widgets = named(
  "widgets",
  {},
  { singular: "widget", shortNames: ["w"], kind: "Widget", listKind: "WidgetList" },
);

const cases: [what: string, names: Json, reason: string, granted: Json][] = [
  ["names of its own", { kind: "Gadget" }, "NoConflicts", { kind: "Gadget" }],
  [
    "a kind that is taken",
    { kind: "Widget", listKind: "GadgetList" },
    "KindConflict",
    { kind: "", listKind: "GadgetList" },
  ],
  [
    "a short name that is a plural",
    { kind: "Gadget", shortNames: ["widgets", "g"] },
    "ShortNamesConflict",
    { kind: "Gadget" },
  ],
  [
    "a singular that is a short name",
    { kind: "Gadget", singular: "w" },
    "SingularConflict",
    { kind: "Gadget" },
  ],
  ["a kind that is another's list", { kind: "WidgetList" }, "KindConflict", { kind: "" }],
];
for (const [what, names, reason, granted] of cases)
  test(`a definition with ${what}: ${reason}`, () => {
    const { condition, acceptedNames } = nameDefinition(named("gadgets", names), [widgets]);
    assert.equal(condition["reason"], reason);
    assert.deepEqual(acceptedNames, { plural: "gadgets", ...granted });
  });

test("a definition is served as soon as the other one that had its kind is gone", async () => {
  const cluster = await startCluster({ simulate: false });
  const definition = (plural: string) => ({
    ...named(plural, { kind: "Widget" }),
    spec: {
      group: "example.com",
      names: { plural, kind: "Widget" },
      scope: "Cluster",
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
      ],
    },
  });
  for (const plural of ["widgets", "gadgets"]) cluster.store.create(definition(plural) as KubeObject);
  const established = (plural: string) =>
    cluster.store
      .get({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        name: `${plural}.example.com`,
      })
      ?.status.conditions.find(({ type }: Json) => type === "Established").status;
  assert.deepEqual([established("widgets"), established("gadgets")], ["True", "False"]);
  cluster.store.delete({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    name: "widgets.example.com",
  });
  while (established("gadgets") !== "True") await new Promise(setImmediate);
  assert.equal(established("widgets"), undefined);
  await cluster.close();
});
