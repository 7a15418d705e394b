import assert from "node:assert/strict";
import { test } from "node:test";
import type { Schema } from "../schema/types.ts";
import { DEDUCED, rootAtom } from "./atoms.ts";
import { decode, encode } from "./fieldset.ts";
import { check, compare, fieldsOf, merge, remove } from "./typed.ts";

const item: Schema = {
  type: "object",
  properties: {
    name: { type: "string" },
    port: { type: "integer" },
    protocol: { type: "string", default: "TCP" },
  },
};
const schema: Schema = {
  type: "object",
  goType: "test.Type",
  properties: {
    struct: { type: "object", properties: { a: { type: "integer" }, b: { type: "string" } } },
    map: { type: "object", additionalProperties: { type: "string" } },
    atom: { type: "object", mapType: "atomic", additionalProperties: { type: "string" } },
    list: { type: "array", items: { type: "string" } },
    set: { type: "array", listType: "set", items: { type: "string" } },
    items: { type: "array", listType: "map", listMapKeys: ["name"], items: item },
    ports: { type: "array", listType: "map", listMapKeys: ["port", "protocol"], items: item },
    any: { preserveUnknownFields: true },
  },
};
const atom = rootAtom(schema);

const FIELDS: [sentence: string, value: object, fields: object][] = [
  ["declared structs are not owned, their leaves are", { struct: { a: 1 } }, { "f:struct": { "f:a": {} } }],
  ["an empty struct is owned itself", { struct: {} }, { "f:struct": {} }],
  ["null is a leaf", { struct: null }, { "f:struct": {} }],
  ["entries of maps are owned one by one", { map: { x: "1" } }, { "f:map": { "f:x": {} } }],
  [
    "atomic maps and lists are owned as a whole",
    { atom: { x: "1" }, list: ["a"] },
    { "f:atom": {}, "f:list": {} },
  ],
  ["items of sets are owned by value", { set: ["a"] }, { "f:set": { 'v:"a"': {} } }],
  [
    "items of keyed lists are owned with their fields",
    { items: [{ name: "x", port: 1 }] },
    { "f:items": { 'k:{"name":"x"}': { ".": {}, "f:name": {}, "f:port": {} } } },
  ],
  [
    "an absent key takes its default",
    { ports: [{ port: 1 }] },
    { "f:ports": { 'k:{"port":1,"protocol":"TCP"}': { ".": {}, "f:port": {} } } },
  ],
  [
    "items that occur twice are owned as a whole",
    { items: [{ name: "x", port: 1 }, { name: "x" }] },
    { "f:items": { 'k:{"name":"x"}': {} } },
  ],
  [
    "free-form maps own every level",
    { any: { x: { y: 1 } } },
    { "f:any": { "f:x": { ".": {}, "f:y": {} } } },
  ],
];
for (const [sentence, value, fields] of FIELDS) {
  test(sentence, () => assert.deepEqual(encode(fieldsOf(value, atom)), fields));
}

const PROBLEMS: [sentence: string, value: object, problems: string[]][] = [
  ["a fitting value has no problems", { struct: { a: 1 }, any: [1, { b: null }] }, []],
  ["an undeclared field is named", { struct: { c: 1 } }, [".struct.c: field not declared in schema"]],
  [
    "a number is not a string",
    { map: { x: 1 } },
    [".map.x: expected string, got &value.valueUnstructured{Value:1}"],
  ],
  [
    "a string is not a number",
    { struct: { a: "x" } },
    [".struct.a: expected numeric (int or float), got string"],
  ],
  ["a scalar is not a list", { set: "x" }, [".set: expected list, got &{x}"]],
  [
    "items of keyed lists are named by key",
    { items: [{ name: "x", port: "y" }] },
    ['.items[name="x"].port: expected numeric (int or float), got string'],
  ],
  [
    "duplicates are refused",
    { items: [{ name: "x" }, { name: "x" }] },
    ['.items: duplicate entries for key [name="x"]'],
  ],
  [
    "items without their key are refused",
    { items: [{ port: 1 }] },
    [
      '.items: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
  ],
];
for (const [sentence, value, problems] of PROBLEMS) {
  test(sentence, () =>
    assert.deepEqual(
      check(value, atom).map(({ path, message }) => `${path}: ${message}`),
      problems,
    ),
  );
}

const MERGES: [sentence: string, live: object, config: object, merged: object][] = [
  [
    "leaves of the configuration win, others stay",
    { struct: { a: 1, b: "x" } },
    { struct: { a: 2 } },
    { struct: { a: 2, b: "x" } },
  ],
  ["atomic lists are replaced", { list: ["a", "b"] }, { list: ["c"] }, { list: ["c"] }],
  [
    "keyed items merge in place",
    { items: [{ name: "a", port: 1 }, { name: "b" }] },
    { items: [{ name: "b", port: 2 }] },
    {
      items: [
        { name: "a", port: 1 },
        { name: "b", port: 2 },
      ],
    },
  ],
  ["new items go to the end", { set: ["a", "b"] }, { set: ["c"] }, { set: ["a", "b", "c"] }],
  [
    "the configuration's order wins among its own items",
    { set: ["a", "b", "c"] },
    { set: ["c", "a"] },
    { set: ["b", "c", "a"] },
  ],
  ["an empty map does not clear one", { map: { x: "1" } }, { map: {} }, { map: { x: "1" } }],
  ["null does not clear a map", { map: { x: "1" } }, { map: null }, { map: { x: "1" } }],
];
for (const [sentence, live, config, merged] of MERGES) {
  test(sentence, () => assert.deepEqual(merge(live, config, atom), merged));
}

test("a merge that changes nothing returns the same object", () => {
  const live = { struct: { a: 1, b: "x" }, items: [{ name: "a", port: 1 }], set: ["a"], list: ["x"] };
  assert.equal(
    merge(live, { struct: { a: 1 }, items: [{ name: "a" }], set: ["a"], list: ["x"] }, atom),
    live,
  );
});

const COMPARISONS: [
  sentence: string,
  before: object,
  after: object,
  result: { removed?: object; modified?: object; added?: object },
][] = [
  [
    "changed, added and removed leaves",
    { struct: { a: 1 }, map: { x: "1" } },
    { struct: { a: 2 }, map: { y: "1" } },
    {
      modified: { "f:struct": { "f:a": {} } },
      added: { "f:map": { "f:y": {} } },
      removed: { "f:map": { "f:x": {} } },
    },
  ],
  [
    "an added struct is added at every level",
    {},
    { struct: { a: 1 } },
    { added: { "f:struct": { ".": {}, "f:a": {} } } },
  ],
  [
    "an added item is added at every level",
    { items: [] },
    { items: [{ name: "x" }] },
    { added: { "f:items": { 'k:{"name":"x"}': { ".": {}, "f:name": {} } } } },
  ],
  ["the order of keyed items does not matter", { set: ["a", "b"] }, { set: ["b", "a"] }, {}],
  [
    "atomic values differ as a whole",
    { list: ["a", "b"] },
    { list: ["b", "a"] },
    { modified: { "f:list": {} } },
  ],
];
for (const [sentence, before, after, { removed = {}, modified = {}, added = {} }] of COMPARISONS) {
  test(sentence, () => {
    const found = compare(before, after, atom);
    const wire = {
      removed: encode(found.removed),
      modified: encode(found.modified),
      added: encode(found.added),
    };
    assert.deepEqual(wire, { removed, modified, added });
  });
}

test("removing takes fields and items; what is empty then is null", () => {
  const value = { struct: { a: 1, b: "x" }, items: [{ name: "a" }, { name: "b", port: 1 }], map: { x: "1" } };
  const set = decode({
    "f:struct": { "f:a": {} },
    "f:items": { 'k:{"name":"a"}': {} },
    "f:map": { "f:x": {} },
  });
  assert.deepEqual(remove(value, set, atom), {
    struct: { b: "x" },
    items: [{ name: "b", port: 1 }],
    map: null,
  });
});

test("without a schema maps merge and lists are replaced", () => {
  assert.deepEqual(merge({ a: { x: 1 }, l: [1, 2] }, { a: { y: 2 }, l: [3] }, DEDUCED), {
    a: { x: 1, y: 2 },
    l: [3],
  });
  assert.deepEqual(encode(fieldsOf({ a: { x: 1 }, l: [1] }, DEDUCED)), {
    "f:a": { ".": {}, "f:x": {} },
    "f:l": {},
  });
});
