import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldMessage } from "./errors.ts";
import { schemaOfCrd } from "./structural.ts";
import { validate } from "./validate.ts";

const spec = (properties: object, more: object = {}) =>
  schemaOfCrd({ type: "object", properties: { spec: { type: "object", properties, ...more } } });
const messages = (value: object, schema: ReturnType<typeof spec>, old?: object) =>
  validate({ apiVersion: "x/v1", kind: "X", metadata: { name: "x" }, ...value }, schema, { old }).map(
    fieldMessage,
  );

const FIELDS: [sentence: string, field: object, value: unknown, complaints: string[]][] = [
  ["an integer fits", { type: "integer" }, 1, []],
  [
    "a string is no integer",
    { type: "integer" },
    "x",
    ['spec.f: Invalid value: "string": spec.f in body must be of type integer: "string"'],
  ],
  ["an integral float is an integer", { type: "integer" }, 2.0, []],
  [
    "a fraction is no integer",
    { type: "integer" },
    1.5,
    [
      'spec.f: Invalid value: "number": spec.f in body must be of type integer: "number"',
      '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.f',
    ],
  ],
  ["an integer is a number", { type: "number" }, 1, []],
  [
    "a list is no object",
    { type: "object", properties: {} },
    [],
    ['spec.f: Invalid value: "array": spec.f in body must be of type object: "array"'],
  ],
  [
    "null needs nullable",
    { type: "string", default: undefined },
    null,
    ['spec.f: Invalid value: "null": spec.f in body must be of type string: "null"'],
  ],
  ["null is fine if nullable", { type: "string", nullable: true }, null, []],
  ["int-or-string takes both", { "x-kubernetes-int-or-string": true }, "5%", []],
  [
    "int-or-string takes nothing else",
    { "x-kubernetes-int-or-string": true },
    true,
    ['spec.f: Invalid value: "boolean": spec.f in body must be of type integer,string: "boolean"'],
  ],
  [
    "an enumeration lists what it takes",
    { type: "string", enum: ["a", "b"] },
    "c",
    ['spec.f: Unsupported value: "c": supported values: "a", "b"'],
  ],
  [
    "a string that is too long is not repeated",
    { type: "string", maxLength: 2 },
    "abc",
    ["spec.f: Too long: may not be more than 2 bytes"],
  ],
  [
    "a string that is too short",
    { type: "string", minLength: 1 },
    "",
    ['spec.f: Invalid value: "": spec.f in body should be at least 1 chars long'],
  ],
  [
    "a pattern",
    { type: "string", pattern: "^(?P<x>a+)$" },
    "b",
    [`spec.f: Invalid value: "b": spec.f in body should match '^(?P<x>a+)$'`],
  ],
  [
    "a minimum",
    { type: "integer", minimum: 1 },
    0,
    ["spec.f: Invalid value: 0: spec.f in body should be greater than or equal to 1"],
  ],
  [
    "an exclusive maximum",
    { type: "integer", maximum: 3, exclusiveMaximum: true },
    3,
    ["spec.f: Invalid value: 3: spec.f in body should be less than 3"],
  ],
  [
    "multiples",
    { type: "number", multipleOf: 0.5 },
    0.75,
    ["spec.f: Invalid value: 0.75: spec.f in body should be a multiple of 0.5"],
  ],
  [
    "int32 has its range",
    { type: "integer", format: "int32" },
    2 ** 31,
    ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.f'],
  ],
  [
    "too many items",
    { type: "array", maxItems: 1, items: { type: "string" } },
    ["a", "b"],
    ["spec.f: Too many: 2: must have at most 1 item"],
  ],
  [
    "too few items",
    { type: "array", minItems: 1, items: { type: "string" } },
    [],
    ["spec.f: Invalid value: 0: spec.f in body should have at least 1 items"],
  ],
  [
    "too many properties",
    { type: "object", maxProperties: 0, additionalProperties: { type: "string" } },
    { a: "b" },
    ["spec.f: Too many: 1: must have at most 0 items"],
  ],
  [
    "items are told by index",
    { type: "array", items: { type: "object", required: ["a"], properties: { a: { type: "string" } } } },
    [{ a: "x" }, {}],
    ["spec.f[1].a: Required value"],
  ],
  [
    "entries are told by key",
    { type: "object", additionalProperties: { type: "string" } },
    { k: 1 },
    ['spec.f.k: Invalid value: "integer": spec.f.k in body must be of type string: "integer"'],
  ],
  [
    "a date",
    { type: "string", format: "date-time" },
    "yesterday",
    ['spec.f: Invalid value: "yesterday": spec.f in body must be of type date-time: "yesterday"'],
  ],
  ["a date that is one", { type: "string", format: "date-time" }, "2026-02-28T23:59:59.5Z", []],
  [
    "a day that is none",
    { type: "string", format: "date" },
    "2026-02-30",
    ['spec.f: Invalid value: "2026-02-30": spec.f in body must be of type date: "2026-02-30"'],
  ],
  ["durations", { type: "string", format: "duration" }, "1h30m", []],
  ["unknown formats are ignored", { type: "string", format: "quux" }, "x", []],
  [
    "a set with duplicates",
    { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
    ["a", "b", "a", "a"],
    ['spec.f[2]: Duplicate value: "a"'],
  ],
  [
    "a keyed list with duplicates",
    {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["k"],
      items: { type: "object", required: ["k"], properties: { k: { type: "string" } } },
    },
    [{ k: "a" }, { k: "a" }],
    ['spec.f[1]: Duplicate value: {"k":"a"}'],
  ],
  [
    "any of",
    {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      anyOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    {},
    [
      '<nil>: Invalid value: "": "spec.f" must validate at least one schema (anyOf)',
      "spec.f.a: Required value",
    ],
  ],
  [
    "one of, none",
    {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      oneOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    {},
    [
      '<nil>: Invalid value: "": "spec.f" must validate one and only one schema (oneOf). Found none valid',
      "spec.f.a: Required value",
    ],
  ],
  [
    "one of, two",
    {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      oneOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    { a: "", b: "" },
    [
      '<nil>: Invalid value: "": "spec.f" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
  ],
  [
    "not",
    { type: "object", properties: { a: { type: "string" } }, not: { required: ["a"] } },
    { a: "" },
    ['<nil>: Invalid value: "": "spec.f" must not validate the schema (not)'],
  ],
  [
    "all of",
    { type: "string", allOf: [{ minLength: 2 }, { pattern: "^x" }] },
    "y",
    [
      'spec.f: Invalid value: "y": spec.f in body should be at least 2 chars long',
      `spec.f: Invalid value: "y": spec.f in body should match '^x'`,
      '<nil>: Invalid value: "": "spec.f" must validate all the schemas (allOf). None validated',
    ],
  ],
  [
    "an embedded resource says what it is",
    { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    { kind: "a b" },
    [
      "spec.f.apiVersion: Required value",
      "spec.f.kind: Invalid value: \"a b\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
];
for (const [sentence, field, value, complaints] of FIELDS) {
  test(sentence, () => assert.deepEqual(messages({ spec: { f: value } }, spec({ f: field })), complaints));
}

test("what was wrong before and is unchanged passes an update", () => {
  const schema = spec({ a: { type: "string", maxLength: 1 }, b: { type: "string", maxLength: 1 } });
  assert.deepEqual(messages({ spec: { a: "xx", b: "yyy" } }, schema, { spec: { a: "xx", b: "yy" } }), [
    "spec.b: Too long: may not be more than 1 byte",
  ]);
});

const OBJECT = {
  type: "object",
  properties: {
    a: { type: "integer" },
    b: { type: "integer" },
    s: { type: "string" },
    l: { type: "array", maxItems: 10, items: { type: "integer" } },
    "x-y": { type: "string" },
    m: { type: "object", additionalProperties: { type: "string" } },
  },
};
const RULES: [
  sentence: string,
  rule: object,
  value: object,
  old: object | undefined,
  complaints: string[],
][] = [
  ["a rule that holds", { rule: "self.a <= self.b" }, { a: 1, b: 2 }, undefined, []],
  [
    "a rule that fails",
    { rule: "self.a <= self.b" },
    { a: 3, b: 2 },
    undefined,
    ["spec.f: Invalid value: failed rule: self.a <= self.b"],
  ],
  [
    "its message",
    { rule: "self.a <= self.b", message: "a first" },
    { a: 3, b: 2 },
    undefined,
    ["spec.f: Invalid value: a first"],
  ],
  [
    "its message expression",
    { rule: "self.a <= self.b", messageExpression: "'a is ' + string(self.a)" },
    { a: 3, b: 2 },
    undefined,
    ["spec.f: Invalid value: a is 3"],
  ],
  [
    "its field path",
    { rule: "self.a <= self.b", fieldPath: ".a" },
    { a: 3, b: 2 },
    undefined,
    ["spec.f.a: Invalid value: failed rule: self.a <= self.b"],
  ],
  [
    "its reason",
    { rule: "!has(self.s)", reason: "FieldValueForbidden", message: "no s" },
    { s: "" },
    undefined,
    ["spec.f: Forbidden: no s"],
  ],
  ["integers divide as integers", { rule: "self.a % 2 == 0 && self.a / 2 == 2" }, { a: 4 }, undefined, []],
  [
    "an absent field is an error",
    { rule: "self.a > 0" },
    {},
    undefined,
    ['spec.f: Invalid value: "object": no such key: a evaluating rule: self.a > 0'],
  ],
  ["a transition rule is not asked on create", { rule: "self.a == oldSelf.a" }, { a: 1 }, undefined, []],
  [
    "a transition rule on update",
    { rule: "self.a == oldSelf.a", message: "immutable" },
    { a: 1 },
    { a: 2 },
    ["spec.f: Invalid value: immutable"],
  ],
  [
    "an optional old self on create",
    { rule: "oldSelf.hasValue()", optionalOldSelf: true, message: "never created" },
    { a: 1 },
    undefined,
    ["spec.f: Invalid value: never created"],
  ],
  ["an unchanged fault passes", { rule: "self.a <= self.b" }, { a: 3, b: 2 }, { a: 3, b: 2 }, []],
  [
    "names that CEL cannot say are escaped",
    { rule: "self.x__dash__y == 'v'" },
    { "x-y": "v" },
    undefined,
    [],
  ],
  [
    "maps, and two-variable comprehensions",
    { rule: "self.m.all(k, v, k == v) && self.m.exists(k, self.m[k] == 'a')" },
    { m: { a: "a" } },
    undefined,
    [],
  ],
  [
    "lists of Kubernetes",
    { rule: "self.l.isSorted() && self.l.sum() == 6 && self.l.max() == 3 && self.l.indexOf(2) == 1" },
    { l: [1, 2, 3] },
    undefined,
    [],
  ],
  [
    "strings of Kubernetes",
    { rule: "self.s.replace('a', 'b') == 'b.c' && self.s.matches('^[a-c.]+$') && self.s.find('[.]') == '.'" },
    { s: "a.c" },
    undefined,
    [],
  ],
  [
    "quantities",
    { rule: "quantity(self.s).isGreaterThan(quantity('512Mi')) && isQuantity('1.5Gi') && !isQuantity('x')" },
    { s: "1Gi" },
    undefined,
    [],
  ],
  [
    "urls and addresses",
    {
      rule: "isURL(self.s) && url(self.s).getHost() == 'h:1' && isIP('::1') && cidr('10.0.0.0/8').containsIP('10.1.2.3')",
    },
    { s: "http://h:1/p" },
    undefined,
    [],
  ],
];
for (const [sentence, rule, value, old, complaints] of RULES) {
  test(`rule: ${sentence}`, () => {
    const schema = spec({ f: { ...OBJECT, "x-kubernetes-validations": [rule] } });
    assert.deepEqual(messages({ spec: { f: value } }, schema, old && { spec: { f: old } }), complaints);
  });
}

test("rules are not asked about objects that do not fit the schema", () => {
  const schema = spec({ f: { ...OBJECT, "x-kubernetes-validations": [{ rule: "self.a > 0" }] } });
  assert.deepEqual(messages({ spec: { f: { a: "x" } } }, schema), [
    'spec.f.a: Invalid value: "string": spec.f.a in body must be of type integer: "string"',
    "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
  ]);
});

test("rules of a list see its items, with their former selves by key", () => {
  const item = {
    type: "object",
    required: ["k"],
    properties: { k: { type: "string" }, v: { type: "integer" } },
    "x-kubernetes-validations": [{ rule: "self.v >= oldSelf.v", message: "only up" }],
  };
  const schema = spec({
    l: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], items: item },
  });
  const l = (...values: [string, number][]) => ({ spec: { l: values.map(([k, v]) => ({ k, v })) } });
  assert.deepEqual(messages(l(["b", 1], ["a", 1]), schema, l(["a", 5], ["b", 1])), [
    "spec.l[1]: Invalid value: only up",
  ]);
});

test("rules that would take too long are not run", () => {
  const list = { type: "array", items: { type: "integer" } };
  const rule = { rule: "self.all(a, self.all(b, self.all(c, a + b + c > 0)))" };
  const schema = spec({ l: { ...list, "x-kubernetes-validations": [rule] } });
  assert.deepEqual(messages({ spec: { l: Array.from({ length: 5_000 }, () => 1) } }, schema), [
    'spec.l: Invalid value: "array": validation failed due to running out of cost budget, no further validation rules will be run',
  ]);
});
