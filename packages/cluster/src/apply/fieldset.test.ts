import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compareElements,
  decode,
  difference,
  encode,
  equalSets,
  intersection,
  paths,
  pathText,
  recursiveDifference,
  union,
} from "./fieldset.ts";

const A = { "f:a": {}, "f:b": { ".": {}, "f:c": {}, "f:d": {} } };

const OPERATIONS: [sentence: string, operation: typeof union, a: object, b: object, result: object][] = [
  [
    "union joins members and children",
    union,
    A,
    { "f:b": { "f:e": {} } },
    { "f:a": {}, "f:b": { ".": {}, "f:c": {}, "f:d": {}, "f:e": {} } },
  ],
  [
    "union of a member and a parent is both",
    union,
    { "f:a": {} },
    { "f:a": { "f:b": {} } },
    { "f:a": { ".": {}, "f:b": {} } },
  ],
  ["intersection keeps what both have", intersection, A, { "f:b": { "f:c": {} } }, { "f:b": { "f:c": {} } }],
  [
    "intersection of a parent with its child is empty",
    intersection,
    { "f:a": {} },
    { "f:a": { "f:b": {} } },
    {},
  ],
  [
    "difference leaves the children of a removed parent",
    difference,
    A,
    { "f:b": {} },
    { "f:a": {}, "f:b": { "f:c": {}, "f:d": {} } },
  ],
  ["difference leaves no empty parents", difference, { "f:b": { "f:c": {} } }, { "f:b": { "f:c": {} } }, {}],
  ["recursive difference takes children along", recursiveDifference, A, { "f:b": {} }, { "f:a": {} }],
  [
    "recursive difference descends",
    recursiveDifference,
    A,
    { "f:b": { "f:c": {} } },
    { "f:a": {}, "f:b": { ".": {}, "f:d": {} } },
  ],
];
for (const [sentence, operation, a, b, result] of OPERATIONS) {
  test(sentence, () => assert.deepEqual(encode(operation(decode(a), decode(b))), result));
}

const FORMS: [sentence: string, wire: object, again: object][] = [
  ["keys of list items are sorted by name", { 'k:{"b":1,"a":"x"}': {} }, { 'k:{"a":"x","b":1}': {} }],
  ["unknown kinds of elements are dropped", { "x:1": {}, "f:a": {} }, { "f:a": {} }],
  [
    "fields come before keys, values and indices",
    { "i:0": {}, 'v:"a"': {}, 'k:{"a":1}': {}, "f:z": {} },
    { "f:z": {}, 'k:{"a":1}': {}, 'v:"a"': {}, "i:0": {} },
  ],
  [
    "values are sorted by type and content",
    { 'v:"a"': {}, "v:10": {}, "v:9": {} },
    { "v:9": {}, "v:10": {}, 'v:"a"': {} },
  ],
  ["characters of HTML are escaped as Go does", { 'v:"<"': {} }, { 'v:"\\u003c"': {} }],
];
for (const [sentence, wire, again] of FORMS) {
  test(sentence, () => assert.equal(JSON.stringify(encode(decode(wire))), JSON.stringify(again)));
}

test("malformed keys are refused", () => {
  assert.throws(() => decode({ f: {} }), /2 characters/);
  assert.throws(() => decode({ "f;a": {} }), /missing colon/);
});

test("paths are told as the API server tells them, parents first", () => {
  const set = decode({
    "f:a": { ".": {}, 'k:{"name":"web","port":80}': { "f:x": {} }, 'v:"s"': {} },
    "f:b": {},
  });
  assert.deepEqual(paths(set).map(pathText), [".a", ".b", '.a[="s"]', '.a[name="web",port=80].x']);
});

test("sets are equal whatever their order", () => {
  assert.ok(equalSets(decode({ "f:a": {}, "f:b": {} }), decode({ "f:b": {}, "f:a": {} })));
  assert.ok(!equalSets(decode({ "f:a": {} }), decode({ "f:a": { ".": {}, "f:b": {} } })));
  assert.ok(compareElements('k:{"a":1}', 'k:{"a":2}') < 0);
});
