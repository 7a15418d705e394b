import assert from "node:assert/strict";
import { test } from "node:test";
import { schemaOfBuiltin } from "../schema/builtin.ts";
import type { Schema } from "../schema/types.ts";
import { jsonPatch, mergePatch, strategicMergePatch } from "./index.ts";

const DOC = { a: { b: [1, 2, 3], "c/d~e": "x" }, n: null };
type Ops = Record<string, unknown>[];

const JSON_PATCHES: [sentence: string, ops: Ops, result: object][] = [
  ["add sets a field", [{ op: "add", path: "/a/x", value: 1 }], { a: { ...DOC.a, x: 1 }, n: null }],
  [
    "add inserts into a list",
    [{ op: "add", path: "/a/b/1", value: 9 }],
    { a: { ...DOC.a, b: [1, 9, 2, 3] }, n: null },
  ],
  [
    "add appends at the dash",
    [{ op: "add", path: "/a/b/-", value: 9 }],
    { a: { ...DOC.a, b: [1, 2, 3, 9] }, n: null },
  ],
  ["remove takes a list item", [{ op: "remove", path: "/a/b/0" }], { a: { ...DOC.a, b: [2, 3] }, n: null }],
  [
    "negative indices count from the end",
    [{ op: "remove", path: "/a/b/-1" }],
    { a: { ...DOC.a, b: [1, 2] }, n: null },
  ],
  [
    "keys are unescaped",
    [{ op: "replace", path: "/a/c~1d~0e", value: "y" }],
    { a: { b: [1, 2, 3], "c/d~e": "y" }, n: null },
  ],
  ["replace adds a missing key", [{ op: "replace", path: "/z", value: 1 }], { ...DOC, z: 1 }],
  [
    "move takes and puts",
    [{ op: "move", from: "/a/b", path: "/m" }],
    { a: { "c/d~e": "x" }, n: null, m: [1, 2, 3] },
  ],
  ["copy leaves the source", [{ op: "copy", from: "/a/b/0", path: "/m" }], { ...DOC, m: 1 }],
  ["test passes on equal values", [{ op: "test", path: "/a/b", value: [1, 2, 3] }], DOC],
  ["test of a missing field against null passes", [{ op: "test", path: "/zz", value: null }], DOC],
];
for (const [sentence, ops, result] of JSON_PATCHES) {
  test(`JSON patch: ${sentence}`, () => {
    const before = structuredClone(DOC);
    assert.deepEqual(jsonPatch(DOC, ops), result);
    assert.deepEqual(DOC, before);
  });
}

const REFUSED: [sentence: string, ops: unknown, status: number, cause: RegExp | undefined][] = [
  ["no list", {}, 400, undefined],
  ["an unknown operation", [{ op: "frob", path: "/a" }], 422, /Unexpected kind: frob/],
  ["no path", [{ op: "add", value: 1 }], 422, /failed to decode path/],
  ["a missing parent", [{ op: "add", path: "/x/y", value: 1 }], 422, /doc is missing path: "\/x\/y"/],
  ["removing what is not there", [{ op: "remove", path: "/x" }], 422, /Unable to remove nonexistent key: x/],
  ["an index beyond the end", [{ op: "add", path: "/a/b/9", value: 1 }], 422, /invalid index/],
  ["a failed test", [{ op: "test", path: "/a/b/0", value: 2 }], 422, /testing value \/a\/b\/0 failed/],
  [
    "too many operations",
    Array.from({ length: 10_001 }, () => ({ op: "test", path: "/n", value: null })),
    413,
    undefined,
  ],
];
for (const [sentence, ops, status, cause] of REFUSED) {
  test(`JSON patch refuses ${sentence}`, () => {
    assert.throws(
      () => jsonPatch(DOC, ops),
      (error: any) => {
        assert.equal(error.status, status);
        if (cause) assert.match(error.cause, cause);
        return true;
      },
    );
  });
}

test("copies that double a document again and again are refused", () => {
  const ops = Array.from({ length: 40 }, () => ({ op: "copy", from: "/a", path: "/a/b/-" }));
  assert.throws(() => jsonPatch(DOC, ops), { status: 422 });
});

const MERGE_PATCHES: [sentence: string, doc: object, patch: object, result: object][] = [
  ["null deletes", { a: 1, b: 2 }, { a: null }, { b: 2 }],
  ["objects merge", { a: { x: 1, y: 2 } }, { a: { y: 3 } }, { a: { x: 1, y: 3 } }],
  ["lists are replaced", { a: [1, 2] }, { a: [3] }, { a: [3] }],
  [
    "nulls of new objects vanish, also inside of lists",
    {},
    { a: { x: null, y: [{ z: null }, null] } },
    { a: { y: [{}, null] } },
  ],
  ["an object replaces a scalar", { a: 1 }, { a: { b: { c: null } } }, { a: { b: {} } }],
];
for (const [sentence, doc, patch, result] of MERGE_PATCHES) {
  test(`merge patch: ${sentence}`, () => assert.deepEqual(mergePatch(doc, patch), result));
}

test("a merge patch that is no object is refused", () => {
  assert.throws(() => mergePatch({}, [1]), { status: 400, message: /cannot unmarshal array/ });
});

const pods = schemaOfBuiltin({ group: "", version: "v1", kind: "Pod" }) as Schema;
const deployments = schemaOfBuiltin({ group: "apps", version: "v1", kind: "Deployment" }) as Schema;
const services = schemaOfBuiltin({ group: "", version: "v1", kind: "Service" }) as Schema;
const containers = (...list: object[]) => ({ spec: { containers: list } });
const finalizers = (...list: string[]) => ({ metadata: { finalizers: list } });

const STRATEGIC: [sentence: string, doc: object, patch: object, result: object, schema?: Schema][] = [
  [
    "items merge by key, in place",
    containers({ name: "a", image: "1" }, { name: "b", image: "1" }),
    containers({ name: "b", image: "2" }),
    containers({ name: "a", image: "1" }, { name: "b", image: "2" }),
  ],
  [
    "new items come before the others",
    containers({ name: "a" }),
    containers({ name: "z" }),
    containers({ name: "z" }, { name: "a" }),
  ],
  [
    "$patch: delete takes an item",
    containers({ name: "a" }, { name: "b" }),
    containers({ name: "a", $patch: "delete" }),
    containers({ name: "b" }),
  ],
  [
    "$patch: replace in a list replaces it",
    containers({ name: "a" }, { name: "b" }),
    containers({ $patch: "replace" }, { name: "c" }),
    containers({ name: "c" }),
  ],
  [
    "$patch: replace in a map replaces it",
    { metadata: { labels: { a: "1", b: "2" } } },
    { metadata: { labels: { $patch: "replace", c: "3" } } },
    { metadata: { labels: { c: "3" } } },
  ],
  [
    "$patch: delete empties a map",
    { metadata: { labels: { a: "1" } } },
    { metadata: { labels: { $patch: "delete" } } },
    { metadata: { labels: {} } },
  ],
  [
    "null deletes a field",
    { spec: { nodeName: "n", hostname: "h" } },
    { spec: { nodeName: null } },
    { spec: { hostname: "h" } },
  ],
  [
    "lists without a strategy are replaced",
    { spec: { containers: [{ name: "a", args: ["x", "y"] }] } },
    { spec: { containers: [{ name: "a", args: ["z"] }] } },
    { spec: { containers: [{ name: "a", args: ["z"] }] } },
  ],
  ["scalars of merging lists add up", finalizers("a", "b"), finalizers("c", "a"), finalizers("c", "a", "b")],
  [
    "$deleteFromPrimitiveList removes scalars",
    finalizers("a", "b"),
    { metadata: { "$deleteFromPrimitiveList/finalizers": ["a"] } },
    finalizers("b"),
  ],
  [
    "$setElementOrder orders, with live items kept in place",
    containers({ name: "a" }, { name: "b" }, { name: "c" }),
    {
      spec: {
        "$setElementOrder/containers": [{ name: "c" }, { name: "a" }],
        containers: [{ name: "a", image: "2" }],
      },
    },
    containers({ name: "b" }, { name: "c" }, { name: "a", image: "2" }),
  ],
  [
    "$retainKeys drops the others",
    { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } },
    { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
    { spec: { strategy: { type: "Recreate" } } },
    deployments,
  ],
  [
    "ports of services merge by port",
    { spec: { ports: [{ port: 80, targetPort: 1 }, { port: 81 }] } },
    { spec: { ports: [{ port: 80, name: "x" }] } },
    { spec: { ports: [{ port: 80, targetPort: 1, name: "x" }, { port: 81 }] } },
    services,
  ],
  [
    "nulls and directives of new values vanish",
    {},
    {
      spec: {
        nodeName: null,
        containers: [
          { name: "a", image: null },
          { name: "b", $patch: "delete" },
        ],
      },
    },
    { spec: { containers: [{ name: "a" }] } },
  ],
];
for (const [sentence, doc, patch, result, schema = pods] of STRATEGIC) {
  test(`strategic merge patch: ${sentence}`, () => {
    const before = structuredClone([doc, patch]);
    assert.deepEqual(strategicMergePatch(doc, patch, schema), result);
    assert.deepEqual([doc, patch], before);
  });
}

const STRATEGIC_REFUSED: [sentence: string, doc: object, patch: unknown, status: number, message: RegExp][] =
  [
    ["no object", {}, [1], 400, /cannot unmarshal array/],
    [
      "an item without its key",
      containers({ name: "a" }),
      containers({ image: "x" }),
      500,
      /^map: map\[image:x\] does not contain declared merge key: name$/,
    ],
    [
      "an unknown directive",
      {},
      { $patch: "frob" },
      500,
      /^unknown patch type: frob in map: map\[\$patch:frob\]$/,
    ],
    [
      "an order that the patch does not keep",
      containers({ name: "a" }, { name: "b" }),
      { spec: { "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "b" }] } },
      500,
      /doesn't match \$setElementOrder list/,
    ],
    [
      "retained keys that the patch exceeds",
      { spec: {} },
      { spec: { $retainKeys: ["a"], b: 1 } },
      400,
      /invalid patch format of retainKeys/,
    ],
    [
      "a directive without its field",
      finalizers("a"),
      { metadata: { $deleteFromPrimitiveList: ["a"] } },
      400,
      /invalid patch format of primitive list/,
    ],
  ];
for (const [sentence, doc, patch, status, message] of STRATEGIC_REFUSED) {
  test(`strategic merge patch refuses ${sentence}`, () => {
    assert.throws(
      () => strategicMergePatch(doc, patch, pods),
      (error: any) => {
        assert.equal(error.status, status);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}
