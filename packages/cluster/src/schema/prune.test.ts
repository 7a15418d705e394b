import assert from "node:assert/strict";
import { test } from "node:test";
import { schemaOfBuiltin } from "./builtin.ts";
import { applyDefaults } from "./defaults.ts";
import { prune } from "./prune.ts";
import { schemaOfCrd } from "./structural.ts";
import type { Schema } from "./types.ts";

const spec = (schema: object) => schemaOfCrd({ type: "object", properties: { spec: schema } });

const PRUNED: [sentence: string, schema: Schema, value: object, left: object, dropped: string[]][] = [
  [
    "unknown fields go, also inside of lists",
    spec({
      type: "object",
      properties: { l: { type: "array", items: { type: "object", properties: { a: { type: "string" } } } } },
    }),
    { spec: { l: [{ a: "x", b: 1 }], c: 2 } },
    { spec: { l: [{ a: "x" }] } },
    ["spec.c", "spec.l[0].b"],
  ],
  [
    "metadata is not looked into",
    spec({ type: "object", properties: {} }),
    { metadata: { name: "x", foo: 1 }, x: 1 },
    { metadata: { name: "x", foo: 1 } },
    ["x"],
  ],
  [
    "what is preserved stays",
    spec({ type: "object", "x-kubernetes-preserve-unknown-fields": true }),
    { spec: { a: { b: 1 } } },
    { spec: { a: { b: 1 } } },
    [],
  ],
  [
    "so do objects in a list, with its own items or without",
    spec({
      type: "object",
      properties: {
        any: { "x-kubernetes-preserve-unknown-fields": true },
        items: {
          type: "array",
          "x-kubernetes-preserve-unknown-fields": true,
          items: {
            type: "object",
            properties: { p: { type: "object", properties: { a: { type: "string" } } } },
          },
        },
      },
    }),
    { spec: { any: [{ a: [{ b: 1 }] }], items: [{ x: 1, p: { a: "", z: 1 } }] } },
    { spec: { any: [{ a: [{ b: 1 }] }], items: [{ x: 1, p: { a: "" } }] } },
    ["spec.items[0].p.z"],
  ],
  [
    "below what is preserved, declared objects are pruned",
    spec({
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      properties: { p: { type: "object", properties: { a: { type: "string" } } } },
    }),
    { spec: { p: { a: "", z: 1 }, q: 1 } },
    { spec: { p: { a: "" }, q: 1 } },
    ["spec.p.z"],
  ],
  [
    "entries of maps are kept, their unknown fields are not",
    spec({ type: "object", additionalProperties: { type: "object", properties: { a: { type: "string" } } } }),
    { spec: { k: { a: "", b: 1 } } },
    { spec: { k: { a: "" } } },
    ["spec.k.b"],
  ],
  [
    "additionalProperties: true keeps everything",
    spec({ type: "object", additionalProperties: true }),
    { spec: { k: { b: 1 } } },
    { spec: { k: { b: 1 } } },
    [],
  ],
  [
    "an embedded resource keeps its head",
    spec({
      type: "object",
      "x-kubernetes-embedded-resource": true,
      properties: { spec: { type: "object" } },
    }),
    { spec: { kind: "K", apiVersion: "v1", metadata: { name: "n", a: 1 }, x: 1 } },
    { spec: { kind: "K", apiVersion: "v1", metadata: { name: "n" } } },
    ["spec.metadata.a", "spec.x"],
  ],
];
for (const [sentence, schema, value, left, dropped] of PRUNED) {
  test(sentence, () => {
    assert.deepEqual(prune(value, schema), dropped);
    assert.deepEqual(value, left);
  });
}

test("built-in kinds are pruned by their definitions", () => {
  const schema = schemaOfBuiltin({ group: "apps", version: "v1", kind: "Deployment" }) as Schema;
  const value = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "x", nope: 1 },
    spec: {
      replicaz: 1,
      template: { spec: { containers: [{ name: "a", imag: "x" }], nodeSelector: { any: "x" } } },
    },
  };
  assert.deepEqual(prune(value, schema), [
    "metadata.nope",
    "spec.replicaz",
    "spec.template.spec.containers[0].imag",
  ]);
});

test("free-form parts of built-in kinds are kept", () => {
  const schema = schemaOfBuiltin({ group: "apps", version: "v1", kind: "ControllerRevision" }) as Schema;
  const value = { data: { a: { b: 1 } }, metadata: { managedFields: [{ fieldsV1: { "f:a": {} } }] } };
  assert.deepEqual(prune(value, schema), []);
});

const field = (schema: object) => spec({ type: "object", properties: { f: schema } });
const DEFAULTED: [sentence: string, schema: Schema, value: object, filled: object][] = [
  [
    "an absent field takes its default",
    field({ type: "integer", default: 1 }),
    { spec: {} },
    { spec: { f: 1 } },
  ],
  ["a value stays", field({ type: "integer", default: 1 }), { spec: { f: 0 } }, { spec: { f: 0 } }],
  [
    "null takes the default",
    field({ type: "integer", default: 1 }),
    { spec: { f: null } },
    { spec: { f: 1 } },
  ],
  [
    "null stays where it is allowed",
    field({ type: "integer", nullable: true, default: 1 }),
    { spec: { f: null } },
    { spec: { f: null } },
  ],
  ["null without a default vanishes", field({ type: "integer" }), { spec: { f: null } }, { spec: {} }],
  [
    "defaults are filled inside of defaults",
    field({ type: "object", default: {}, properties: { g: { type: "string", default: "x" } } }),
    { spec: {} },
    { spec: { f: { g: "x" } } },
  ],
  [
    "absent parents stay absent",
    field({ type: "object", properties: { g: { type: "string", default: "x" } } }),
    { spec: {} },
    { spec: {} },
  ],
  [
    "items and entries are filled",
    field({ type: "array", items: { type: "object", properties: { g: { type: "string", default: "x" } } } }),
    { spec: { f: [{}, { g: "y" }] } },
    { spec: { f: [{ g: "x" }, { g: "y" }] } },
  ],
];
for (const [sentence, schema, value, filled] of DEFAULTED) {
  test(`default: ${sentence}`, () => {
    applyDefaults(value, schema);
    assert.deepEqual(value, filled);
  });
}

test("defaults are not shared between objects", () => {
  const schema = field({ type: "object", default: { a: {} }, "x-kubernetes-preserve-unknown-fields": true });
  const [one, two]: any[] = [{ spec: {} }, { spec: {} }];
  applyDefaults(one, schema);
  one.spec.f.a.b = 1;
  applyDefaults(two, schema);
  assert.deepEqual(two, { spec: { f: { a: {} } } });
});
