import assert from "node:assert/strict";
import { test } from "node:test";
import type { Chart, Values } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { mergeValues } from "./merge.ts";
import { readValues } from "./read.ts";
import { validateValues } from "./schema.ts";
import { chartOf } from "./values.fixture.ts";

const HEAD = "values don't meet the specifications of the schema(s) in the following chart(s):\n";
const DRAFT_4 = "http://json-schema.org/draft-04/schema#";
const DRAFT_7 = "http://json-schema.org/draft-07/schema#";
const DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema";
const none = () => assert.fail("nothing to warn about");

/** What is wrong with values, without the head; "" if nothing is. */
function problems(chart: Chart, values: Values): string {
  try {
    validateValues(chart, values, { warn: none });
    return "";
  } catch (thrown) {
    assert.ok(thrown instanceof ChartError, String((thrown as Error).stack));
    assert.ok(thrown.message.startsWith(HEAD), thrown.message);
    return thrown.message.slice(HEAD.length).replace("web:\n", "");
  }
}

const told = (schema: unknown, values: object): string =>
  problems(chartOf("web", { schema }), readValues(JSON.stringify(values)));

/** Each: a schema, values, and what Helm 4.2 says. */
const ROWS: Record<string, [unknown, object, string]> = {
  "a type": [
    { properties: { a: { type: ["string", "null"] } } },
    { a: 1 },
    "- at '/a': got number, want null or string",
  ],
  "whole floats are integers": [{ properties: { a: { type: "integer" } } }, { a: 2 }, ""],
  "a value of several": [
    { properties: { a: { enum: ["x", 1.5, true, null] } } },
    { a: "y" },
    "- at '/a': value must be one of 'x', 1.5, true, <nil>",
  ],
  "numbers of the schema are shown as they are written": [
    '{"properties":{"a":{"enum":[1.0,1e3]}}}',
    { a: 5 },
    "- at '/a': value must be one of 1.0, 1e3",
  ],
  "1 and 1.0 are the same": ['{"properties":{"a":{"const":1.0}}}', { a: 1 }, ""],
  "limits have their thousands apart, and large ones powers of ten": [
    { properties: { a: { maximum: 12345.5 }, b: { exclusiveMinimum: 1e6 }, c: { multipleOf: 0.1 } } },
    { a: 99999, b: 1000000, c: 0.25 },
    "- at '/a': maximum: got 99,999, want 12,345.5\n" +
      "- at '/b': exclusiveMinimum: got 1×10⁰⁶, want 1×10⁰⁶\n" +
      "- at '/c': multipleOf: got 0.25, want 0.1",
  ],
  "multiples are those of the digits, not of the bits": [
    { properties: { a: { multipleOf: 0.1 } } },
    { a: 0.3 },
    "",
  ],
  "lengths are those of characters": [
    { properties: { a: { minLength: 1000 }, b: { maxLength: 1 } } },
    { a: "x", b: "😀" },
    "- at '/a': minLength: got 1, want 1,000",
  ],
  "expressions are RE2's": [
    { properties: { a: { pattern: "^(?i)[a-z]+$" } } },
    { a: "it's\n" },
    "- at '/a': 'it\\'s\\n' does not match pattern '^(?i)[a-z]+$'",
  ],
  "names are steps of a pointer": [
    { properties: { "a/b": { properties: { "c~d": false } } } },
    { "a/b": { "c~d": 1 } },
    "- at '/a~1b/c~0d': false schema",
  ],
  "what is missing and what is too much": [
    { required: ["a", "b"], properties: { c: {} }, additionalProperties: false },
    { c: 1, z: 1, d: 1 },
    "- at '': missing properties 'a', 'b'\n- at '': additional properties 'd', 'z' not allowed",
  ],
  "several problems of one value stand together": [
    { required: ["b"], properties: { a: { minItems: 3, uniqueItems: true } } },
    { a: [1, 1] },
    "- at '': missing property 'b'\n" +
      "- at '/a': validation failed\n  - at '/a': minItems: got 2, want 3\n  - at '/a': items at 0 and 1 are equal",
  ],
  "alternatives are told below": [
    {
      properties: { a: { anyOf: [{ type: "string" }, { $ref: "#/$defs/n" }] } },
      $defs: { n: { minimum: 5 } },
    },
    { a: 1 },
    "- at '/a': 'anyOf' failed\n  - at '/a': got number, want string\n  - at '/a': minimum: got 1, want 5",
  ],
  "one of several, and no more": [
    { properties: { a: { oneOf: [{ minimum: 0 }, { maximum: 9 }] }, b: { not: {} } } },
    { a: 1, b: 1 },
    "- at '/a': 'oneOf' failed, subschemas 0, 1 matched\n- at '/b': 'not' failed",
  ],
  "a reference with several problems": [
    { properties: { a: { $ref: "#/$defs/n" } }, $defs: { n: { minLength: 9, pattern: "b" } } },
    { a: "a" },
    "- at '/a': validation failed\n  - at '/a': minLength: got 1, want 9\n  - at '/a': 'a' does not match pattern 'b'",
  ],
  "names of properties": [
    { propertyNames: { maxLength: 1 } },
    { abc: 1 },
    "- at '': invalid propertyName 'abc'\n  - at '': maxLength: got 3, want 1",
  ],
  "items behind the first ones count from 0": [
    { properties: { a: { prefixItems: [{}], items: { type: "string" } } } },
    { a: [1, "x", 2] },
    "- at '/a/1': got number, want string",
  ],
  "what no schema has looked at": [
    { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false },
    { a: 1, b: 1 },
    "- at '/b': false schema",
  ],
  "how many items fit": [
    { properties: { a: { contains: { const: 1 }, minContains: 2, maxContains: 3 } } },
    { a: [1, 2] },
    "- at '/a': min 2 items required to match contains schema, but matched 1 items at 0\n" +
      "  - at '/a/1': value must be 1",
  ],
  "conditions and dependent properties": [
    { if: { required: ["a"] }, else: { required: ["b"] }, dependentRequired: { c: ["d"] } },
    { c: 1 },
    "- at '': properties 'd' required, if 'c' exists\n- at '': missing property 'b'",
  ],
  "in draft 4 exclusive limits are flags": [
    { $schema: DRAFT_4, properties: { a: { minimum: 1, exclusiveMinimum: true } } },
    { a: 1 },
    "- at '/a': exclusiveMinimum: got 1, want 1",
  ],
  "in draft 7 everything beside a reference is ignored": [
    {
      $schema: DRAFT_7,
      properties: { a: { $ref: "#/definitions/s", minLength: 9 } },
      definitions: { s: {} },
    },
    { a: "x" },
    "",
  ],
  "formats count in draft 7": [
    { $schema: DRAFT_7, properties: { a: { format: "ipv4" }, b: { format: "uuid" } } },
    { a: "1.2.3.256", b: "x" },
    "- at '/a': '1.2.3.256' is not valid ipv4: decimal must be between 0 and 255\n" +
      "- at '/b': 'x' is not valid uuid: must have 5 elements",
  ],
  "formats mean nothing from 2019-09 on": [
    { $schema: DRAFT_2019, properties: { a: { format: "ipv4" } } },
    { a: "x" },
    "",
  ],
  "ids and anchors": [
    {
      $id: "https://example.com/root",
      properties: { a: { $ref: "other#here" } },
      $defs: { o: { $id: "other", $defs: { x: { $anchor: "here", type: "string" } } } },
    },
    { a: 1 },
    "- at '/a': got number, want string",
  ],
  "a schema that leads to itself": [
    { properties: { a: { $ref: "#/$defs/r" } }, $defs: { r: { $ref: "#/$defs/r" } } },
    { a: 1 },
    "- at '/a': both /properties/a/$ref/$ref and /properties/a/$ref resolve to " +
      '"file:///values.schema.json#/$defs/r" causing reference cycle',
  ],
};

test("problems are told in Helm's words and order", async (t) => {
  for (const [sentence, [schema, values, expected]] of Object.entries(ROWS)) {
    await t.test(sentence, () => assert.equal(told(schema, values), expected));
  }
});

const META = `"file:///values.schema.json#" is not valid against metaschema: jsonschema validation failed with`;
const LATEST = "'https://json-schema.org/draft/2020-12/schema#'";

const BROKEN: Record<string, [unknown, string]> = {
  "a text that is no JSON": ["{", "unexpected EOF"],
  "more than one value": ["{} {}", "invalid character after top-level value"],
  "a keyword of the wrong type": [
    { properties: { a: { minLength: "x" } } },
    `${META} ${LATEST}\n- at '': 'allOf' failed\n  - at '/properties/a': 'allOf' failed\n    - at '/properties/a/minLength': got string, want integer`,
  ],
  "an expression that is none": [
    { properties: { a: { pattern: "(?!x)" } } },
    `${META} ${LATEST}\n- at '': 'allOf' failed\n  - at '/properties/a': 'allOf' failed\n    - at '/properties/a/pattern': '(?!x)' is not valid regex: ` +
      "error parsing regexp: invalid or unsupported Perl syntax: `(?!`",
  ],
  "a reference into nothing": [
    { $ref: "#/$defs/a b" },
    'json-pointer in "file:///values.schema.json#/$defs/a%20b" not found',
  ],
  "an anchor that is not there": [
    { $ref: "#x" },
    'anchor in "file:///values.schema.json#x" not found in schema "file:///values.schema.json"',
  ],
  "an id given twice": [
    { $defs: { a: { $id: "x" }, b: { $id: "x" } } },
    'duplicate id "file:///x" in "file:///values.schema.json" at "/$defs/b" and "/$defs/a"',
  ],
};

test("schemas that cannot be used are told in Helm's words", async (t) => {
  for (const [sentence, [schema, expected]] of Object.entries(BROKEN)) {
    await t.test(sentence, () => assert.equal(told(schema, {}), expected));
  }
});

test("nothing is fetched and no file is read", () => {
  for (const ref of ["https://example.com/a.json", "file:///etc/passwd", "other.json"]) {
    assert.match(told({ $ref: ref }, {}), /^failing loading ".*": schemas are not loaded from elsewhere/);
  }
  assert.match(told({ $schema: "https://example.com/draft" }, {}), /^failing loading "https:/);
});

test("the published schemas can be referred to", () => {
  const schema = { properties: { a: { $ref: "http://json-schema.org/draft-07/schema" } } };
  assert.equal(
    told(schema, { a: { minLength: -1 } }),
    "- at '/a/minLength': 'allOf' failed\n  - at '/a/minLength': minimum: got -1, want 0",
  );
});

test("a URN that nobody knows is taken for anything, with a warning each time", () => {
  const chart = chartOf("web", { schema: { $ref: "urn:example:x" } });
  const lines: string[] = [];
  for (let i = 0; i < 2; i++) validateValues(chart, {}, { warn: (line) => lines.push(line) });
  const line = 'level=WARN msg="unresolved URN reference ignored; using permissive schema" urn=urn:example:x';
  assert.deepEqual(lines, [line, line]);
});

test("all charts are told about, each under its name", () => {
  const schema = { properties: { a: { type: "string" } } };
  const chart = chartOf("web", { schema, charts: [chartOf("db", { schema }), chartOf("off", { schema })] });
  assert.equal(
    problems(chart, { a: 1, db: { a: 2 }, off: null }),
    "- at '/a': got number, want string\ndb:\n- at '/a': got number, want string",
  );
});

test("integers of flags are exact", () => {
  const chart = chartOf("web", { schema: '{"properties":{"a":{"const":9007199254740993}}}' });
  assert.equal(problems(chart, mergeValues({ set: ["a=9007199254740993"] })), "");
  assert.equal(
    problems(chart, mergeValues({ set: ["a=9007199254740992"] })),
    "- at '/a': value must be 9007199254740993",
  );
});

test("names of Object's own are names like others", () => {
  const schema = '{"required":["toString"],"properties":{"__proto__":{"type":"string"}}}';
  assert.equal(
    problems(chartOf("web", { schema }), readValues("__proto__: x")),
    "- at '': missing property 'toString'",
  );
});

const doubling = Object.fromEntries(
  Array.from({ length: 40 }, (_, i) => {
    const next = { $ref: `#/$defs/d${i + 1}` };
    return [`d${i}`, i === 39 ? {} : { allOf: [next, next] }];
  }),
);

const HOSTILE: Record<string, [unknown, object]> = {
  "a schema that doubles the work with each level": [{ $ref: "#/$defs/d0", $defs: doubling }, {}],
  "a schema nested without end": [`${'{"not":'.repeat(50_000)}{}${"}".repeat(50_000)}`, {}],
  "problems without end": [
    { additionalProperties: { enum: Array.from({ length: 2000 }, (_, i) => `word ${i}`) } },
    Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, 1])),
  ],
};

test("schemas that would keep us busy for ever are refused", async (t) => {
  for (const [sentence, [schema, values]] of Object.entries(HOSTILE)) {
    await t.test(sentence, () => {
      const chart = chartOf("web", { schema });
      assert.throws(() => validateValues(chart, values as Values, { warn: none }), { code: "limit" });
    });
  }
});
