import assert from "node:assert/strict";
import { test } from "node:test";
import { schemaOfBuiltin } from "../schema/builtin.ts";
import type { KubeObject, Schema } from "../schema/types.ts";
import { type ApplyArgs, serverSideApply, trackUpdate } from "./index.ts";

const T0 = "2026-01-01T00:00:00Z";
const T1 = "2026-01-01T00:01:00Z";
const deployments = schemaOfBuiltin({ group: "apps", version: "v1", kind: "Deployment" });
const configMaps = schemaOfBuiltin({ group: "", version: "v1", kind: "ConfigMap" });
const widgets: Schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        size: { type: "integer" },
        tags: { type: "array", listType: "set", items: { type: "string" } },
      },
    },
  },
};

const configMap = (data: Record<string, string> | undefined, metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c", namespace: "d", ...metadata },
  ...(data && { data }),
});
const deployment = (spec: object): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "d" },
  spec,
});

function apply(args: Partial<ApplyArgs> & { applied: KubeObject }): KubeObject {
  const result = serverSideApply({ manager: "a", force: false, now: T0, schema: configMaps, ...args });
  if (result.kind !== "applied") assert.fail(result.message);
  return result.object;
}

const owners = (object: KubeObject) =>
  (object.metadata.managedFields ?? []).map((m) => [m.manager, m.operation, m.time, m.fieldsV1]);

test("creating by apply owns exactly what was applied", () => {
  const object = apply({ applied: configMap({ x: "1" }, { labels: { l: "v" } }) });
  assert.deepEqual(object.metadata.managedFields, [
    {
      manager: "a",
      operation: "Apply",
      apiVersion: "v1",
      time: T0,
      fieldsType: "FieldsV1",
      fieldsV1: { "f:data": { "f:x": {} }, "f:metadata": { "f:labels": { "f:l": {} } } },
    },
  ]);
});

test("applying the same again changes nothing, times included", () => {
  const live = apply({ applied: configMap({ x: "1" }) });
  assert.equal(apply({ live, applied: configMap({ x: "1" }), now: T1 }), live);
});

test("a field that is no longer applied is removed", () => {
  const live = apply({ applied: configMap({ x: "1", y: "2" }) });
  const object = apply({ live, applied: configMap({ x: "1" }), now: T1 });
  assert.deepEqual(object["data"], { x: "1" });
  assert.deepEqual(owners(object), [["a", "Apply", T1, { "f:data": { "f:x": {} } }]]);
});

test("the last field takes its parent along", () => {
  const live = apply({ applied: configMap({ x: "1" }) });
  assert.ok(!("data" in apply({ live, applied: configMap(undefined) })));
});

test("a field that is no longer applied stays while somebody else owns it", () => {
  const first = apply({ applied: configMap({ x: "1", y: "2" }) });
  const shared = apply({ live: first, applied: configMap({ y: "2" }), manager: "b" });
  const object = apply({ live: shared, applied: configMap({ x: "1" }) });
  assert.deepEqual(object["data"], { x: "1", y: "2" });
});

test("an applier that agrees becomes an owner without a time", () => {
  const live = apply({ applied: configMap({ x: "1" }) });
  const object = apply({ live, applied: configMap({ x: "1" }), manager: "b", now: T1 });
  assert.deepEqual(owners(object), [
    ["b", "Apply", undefined, { "f:data": { "f:x": {} } }],
    ["a", "Apply", T0, { "f:data": { "f:x": {} } }],
  ]);
});

const twoFields = apply({ applied: configMap({ x: "1", y: "2" }) });
const edited = trackUpdate({
  before: twoFields,
  after: { ...twoFields, data: { x: "9", y: "2" } },
  manager: "kubectl-edit",
  schema: configMaps,
  now: T1,
});
const CONFLICTS: [sentence: string, live: KubeObject, applied: KubeObject, message: string][] = [
  [
    "one conflict with an applier",
    twoFields,
    configMap({ x: "9" }),
    'Apply failed with 1 conflict: conflict with "a": .data.x',
  ],
  [
    "one conflict with an updater tells its version",
    edited,
    configMap({ x: "3" }),
    'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.x',
  ],
  [
    "several conflicts are grouped by manager",
    edited,
    configMap({ x: "3", y: "3" }),
    'Apply failed with 2 conflicts: conflicts with "a":\n- .data.y\nconflicts with "kubectl-edit" using v1:\n- .data.x',
  ],
];
for (const [sentence, live, applied, message] of CONFLICTS) {
  test(sentence, () => {
    const result = serverSideApply({
      live,
      applied,
      manager: "b",
      force: false,
      schema: configMaps,
      now: T1,
    });
    assert.equal(result.kind === "conflict" && result.message, message);
  });
}

test("force takes the field from its owner", () => {
  const object = apply({
    live: twoFields,
    applied: configMap({ x: "9" }),
    manager: "b",
    force: true,
    now: T1,
  });
  assert.deepEqual(object["data"], { x: "9", y: "2" });
  assert.deepEqual(owners(object), [
    ["a", "Apply", T0, { "f:data": { "f:y": {} } }],
    ["b", "Apply", T1, { "f:data": { "f:x": {} } }],
  ]);
});

test("an update takes what it changes and forgets what it removes", () => {
  const after = { ...twoFields, data: { x: "9" } };
  const object = trackUpdate({ before: twoFields, after, manager: "edit", schema: configMaps, now: T1 });
  assert.deepEqual(owners(object), [["edit", "Update", T1, { "f:data": { "f:x": {} } }]]);
});

test("an update that changes nothing is no update", () => {
  const after = structuredClone(twoFields);
  assert.equal(
    trackUpdate({ before: twoFields, after, manager: "edit", schema: configMaps, now: T1 }),
    twoFields,
  );
});

test("updates of one manager add up, apart by subresource", () => {
  const created = trackUpdate({
    after: deployment({ replicas: 1 }),
    manager: "m",
    schema: deployments,
    now: T0,
  });
  const scaled = trackUpdate({
    before: created,
    after: { ...created, spec: { replicas: 2 } },
    manager: "m",
    subresource: "scale",
    schema: deployments,
    now: T1,
  });
  const paused = trackUpdate({
    before: scaled,
    after: { ...scaled, spec: { replicas: 2, paused: true } },
    manager: "m",
    schema: deployments,
    now: T1,
  });
  assert.deepEqual(
    (paused.metadata.managedFields ?? []).map((m) => [m.subresource, m.fieldsV1]),
    [
      [undefined, { "f:spec": { "f:paused": {} } }],
      ["scale", { "f:spec": { "f:replicas": {} } }],
    ],
  );
});

test("creating owns no structs that are always there, but every map, list and item", () => {
  const spec = {
    selector: { matchLabels: { app: "w" } },
    template: {
      metadata: { labels: { app: "w" } },
      spec: { containers: [{ name: "w", ports: [{ containerPort: 80, protocol: "TCP" }] }] },
    },
  };
  const object = trackUpdate({
    after: deployment(spec),
    manager: "kubectl-create",
    schema: deployments,
    now: T0,
  });
  assert.deepEqual(object.metadata.managedFields?.[0]?.fieldsV1, {
    "f:spec": {
      "f:selector": {},
      "f:template": {
        "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
        "f:spec": {
          "f:containers": {
            'k:{"name":"w"}': {
              ".": {},
              "f:name": {},
              "f:ports": {
                ".": {},
                'k:{"containerPort":80,"protocol":"TCP"}': {
                  ".": {},
                  "f:containerPort": {},
                  "f:protocol": {},
                },
              },
            },
          },
        },
      },
    },
  });
});

test("creating a custom resource owns its spec too", () => {
  const widget = {
    apiVersion: "x.dev/v1",
    kind: "Widget",
    metadata: { name: "w" },
    spec: { size: 1, tags: ["a"] },
  };
  const object = trackUpdate({ after: widget, manager: "m", schema: widgets, now: T0 });
  assert.deepEqual(object.metadata.managedFields?.[0]?.fieldsV1, {
    "f:spec": { ".": {}, "f:size": {}, "f:tags": { ".": {}, 'v:"a"': {} } },
  });
});

test("finalizers of custom resources are a set, as on every object", () => {
  const widget = (finalizers: string[]): KubeObject => ({
    apiVersion: "x.dev/v1",
    kind: "Widget",
    metadata: { name: "w", finalizers },
  });
  const live = apply({ applied: widget(["a"]), schema: widgets });
  const object = apply({ live, applied: widget(["b"]), manager: "b", schema: widgets });
  assert.deepEqual(object.metadata.finalizers, ["a", "b"]);
});

test("an object without managers gets one for its earlier fields on the first apply", () => {
  const live = configMap({ x: "1" }, { uid: "u" });
  const object = apply({ live, applied: configMap({ y: "2" }), now: T1 });
  assert.deepEqual(owners(object), [
    ["a", "Apply", T1, { "f:data": { "f:y": {} } }],
    ["before-first-apply", "Update", T1, { "f:data": { ".": {}, "f:x": {} } }],
  ]);
});

for (const [sentence, managedFields] of [
  ["an empty list", []],
  ["a list of one empty entry", [{}]],
] as const) {
  test(`${sentence} of managedFields forgets all managers, and updates do not bring them back`, () => {
    const after = { ...twoFields, metadata: { ...twoFields.metadata, managedFields: [...managedFields] } };
    const reset = trackUpdate({ before: twoFields, after, manager: "m", schema: configMaps, now: T1 });
    assert.ok(!("managedFields" in reset.metadata));
    const changed = trackUpdate({
      before: reset,
      after: { ...reset, data: {} },
      manager: "m",
      schema: configMaps,
      now: T1,
    });
    assert.ok(!("managedFields" in changed.metadata));
  });
}

test("managedFields that make no sense are ignored", () => {
  const after = { ...twoFields, metadata: { ...twoFields.metadata, managedFields: [{ manager: "x" }] } };
  assert.equal(
    trackUpdate({ before: twoFields, after, manager: "m", schema: configMaps, now: T1 }),
    twoFields,
  );
});

test("only ten updaters are kept, the oldest are merged", () => {
  let object = trackUpdate({ after: configMap({ f0: "0" }), manager: "m0", schema: configMaps, now: T0 });
  for (let i = 1; i < 14; i++) {
    const after = { ...object, data: { ...(object["data"] as object), [`f${i}`]: "0" } };
    const now = `2026-01-01T00:00:${String(i).padStart(2, "0")}Z`;
    object = trackUpdate({ before: object, after, manager: `m${i}`, schema: configMaps, now });
  }
  const [ancient] = owners(object);
  assert.equal(object.metadata.managedFields?.length, 10);
  assert.deepEqual(ancient?.slice(0, 2), ["ancient-changes", "Update"]);
  assert.deepEqual(ancient?.[3], {
    "f:data": { ".": {}, "f:f0": {}, "f:f1": {}, "f:f2": {}, "f:f3": {}, "f:f4": {} },
  });
});

const LAST = "kubectl.kubernetes.io/last-applied-configuration";
const clientSide = (data: Record<string, string>) => {
  const last = `${JSON.stringify(configMap(data))}\n`;
  const after = configMap(data, { annotations: { [LAST]: last } });
  return trackUpdate({ after, manager: "kubectl-client-side-apply", schema: configMaps, now: T0 });
};

test("kubectl moves from client-side to server-side apply without conflicts", () => {
  const live = clientSide({ x: "1" });
  const object = apply({ live, applied: configMap({ x: "2" }), manager: "kubectl", now: T1 });
  assert.deepEqual(object["data"], { x: "2" });
  assert.equal(
    object.metadata.annotations?.[LAST],
    '{"apiVersion":"v1","data":{"x":"2"},"kind":"ConfigMap","metadata":{"name":"c","namespace":"d"}}\n',
  );
});

test("others than kubectl get their conflict", () => {
  const result = serverSideApply({
    live: clientSide({ x: "1" }),
    applied: configMap({ x: "2" }),
    manager: "other",
    force: false,
    schema: configMaps,
    now: T1,
  });
  assert.equal(result.kind, "conflict");
});

test("fields changed since the last client-side apply stay conflicts for kubectl", () => {
  const live = clientSide({ x: "1" });
  const changed = trackUpdate({
    before: live,
    after: { ...live, data: { x: "5" } },
    manager: "edit",
    schema: configMaps,
    now: T1,
  });
  const result = serverSideApply({
    live: changed,
    applied: configMap({ x: "2" }),
    manager: "kubectl",
    force: false,
    schema: configMaps,
    now: T1,
  });
  assert.equal(
    result.kind === "conflict" && result.message,
    'Apply failed with 1 conflict: conflict with "edit" using v1: .data.x',
  );
});

const REFUSALS: [
  sentence: string,
  applied: KubeObject,
  schema: Schema | undefined,
  status: number,
  message: string,
][] = [
  [
    "managedFields in the configuration are refused",
    configMap({}, { managedFields: [] }),
    configMaps,
    400,
    "metadata.managedFields must be nil",
  ],
  [
    "an undeclared field is refused",
    { ...configMap({}), dat: {} },
    configMaps,
    500,
    "failed to create typed patch object (d/c; /v1, Kind=ConfigMap): .dat: field not declared in schema",
  ],
  [
    "all problems are told",
    deployment({ replicas: "x", nope: 1 }),
    deployments,
    500,
    "failed to create typed patch object (d/web; apps/v1, Kind=Deployment): errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.nope: field not declared in schema",
  ],
];
for (const [sentence, applied, schema, status, message] of REFUSALS) {
  test(sentence, () => assert.throws(() => apply({ applied, schema }), { status, message }));
}

test("a list that became atomic is owned as a whole", () => {
  const spec = (tags: string[]): KubeObject => ({
    apiVersion: "x.dev/v1",
    kind: "Widget",
    metadata: { name: "w" },
    spec: { tags },
  });
  const live = apply({ applied: spec(["a"]), schema: widgets });
  const atomic: Schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: { tags: { type: "array", listType: "atomic", items: { type: "string" } } },
      },
    },
  };
  const result = serverSideApply({
    live,
    applied: spec(["b"]),
    manager: "b",
    force: false,
    schema: atomic,
    now: T1,
  });
  assert.equal(
    result.kind === "conflict" && result.message,
    'Apply failed with 1 conflict: conflict with "a": .spec.tags',
  );
});

test("a status that was there before belongs to nobody on the main path", () => {
  const live = { ...deployment({ replicas: 1 }), status: { replicas: 1 } };
  const object = apply({ live, applied: deployment({ paused: true }), schema: deployments });
  assert.deepEqual(
    owners(object).map(([manager, , , fields]) => [manager, fields]),
    [
      ["a", { "f:spec": { "f:paused": {} } }],
      ["before-first-apply", { "f:spec": { "f:replicas": {} } }],
    ],
  );
});

test("an empty list of managedFields does not reset those of a custom resource", () => {
  const widget = (spec: object, metadata: object = {}): KubeObject => ({
    apiVersion: "x.dev/v1",
    kind: "Widget",
    metadata: { name: "w", ...metadata },
    spec,
  });
  const live = apply({ applied: widget({ size: 1 }), schema: widgets });
  const after = widget({ size: 1 }, { managedFields: [] });
  assert.equal(trackUpdate({ before: live, after, manager: "m", schema: widgets, now: T1 }), live);
});
