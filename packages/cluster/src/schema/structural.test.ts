import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldMessage, SchemaError } from "./errors.ts";
import { schemaOfCrd } from "./structural.ts";

const root = (spec: object) => ({ type: "object", properties: { spec } });
const P = "spec.validation.openAPIV3Schema";

const REFUSED: [sentence: string, schema: object, complaints: (string | RegExp)[]][] = [
  ["a root without a type", { properties: {} }, [`${P}.type: Required value: must not be empty at the root`]],
  [
    "a root that is no object",
    { type: "array", items: { type: "string" } },
    [`${P}.type: Invalid value: "array": must be object at the root`],
  ],
  [
    "a field without a type",
    root({}),
    [`${P}.properties[spec].type: Required value: must not be empty for specified object fields`],
  ],
  [
    "a list without items",
    root({ type: "array" }),
    [`${P}.properties[spec].items: Required value: must be specified`],
  ],
  [
    "a type inside of a junctor",
    root({ type: "object", anyOf: [{ type: "string" }] }),
    [`${P}.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural`],
  ],
  [
    "a field that only a junctor at the root knows",
    { type: "object", oneOf: [{ properties: { a: { minLength: 1 } } }] },
    [`${P}.properties[a]: Required value: because it is defined in ${P}.oneOf[0].properties[a]`],
  ],
  [
    "a type that is none",
    root({ type: "foo" }),
    [
      `${P}.properties[spec].type: Unsupported value: "foo": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
  ],
  [
    "a default that does not fit",
    root({ type: "integer", default: "x" }),
    [`${P}.properties[spec].default: Invalid value: "string":  in body must be of type integer: "string"`],
  ],
  [
    "a set of maps that merge",
    root({ type: "array", "x-kubernetes-list-type": "set", items: { type: "object" } }),
    [
      `${P}.properties[spec].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set`,
    ],
  ],
  [
    "properties beside additionalProperties",
    root({ type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "string" } }),
    [
      `${P}.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
    ],
  ],
  [
    "a keyed list without keys",
    root({ type: "array", "x-kubernetes-list-type": "map", items: { type: "object" } }),
    [
      `${P}.properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`,
    ],
  ],
  [
    "an optional key without a default",
    root({
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["k"],
      items: { type: "object", properties: { k: { type: "string" } } },
    }),
    [
      `${P}.properties[spec].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
  ],
  [
    "a pattern that is none of Go's",
    root({ type: "string", pattern: "(?=x)" }),
    [/pattern: Invalid value: "\(\?=x\)": must be a valid regular expression, but isn't: /],
  ],
  [
    "metadata with more than names",
    {
      type: "object",
      properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } },
    },
    [
      `${P}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
  ],
  [
    "a rule that does not parse",
    root({
      type: "object",
      properties: { a: { type: "string" } },
      "x-kubernetes-validations": [{ rule: "self.a ==" }],
    }),
    [
      /x-kubernetes-validations\[0\]\.rule: Invalid value: \{"Rule":"self\.a ==",.*\}: compilation failed: ERROR: <input>:1:\d+: Syntax error: /,
    ],
  ],
  [
    "a rule over an undeclared field",
    root({
      type: "object",
      properties: { a: { type: "string" } },
      "x-kubernetes-validations": [{ rule: "self.b == ''" }],
    }),
    [/compilation failed: ERROR: <input>:1:5: undefined field 'b'\n \| self\.b == ''\n \| \.{4}\^$/],
  ],
  [
    "a rule with an unknown function",
    root({ type: "string", "x-kubernetes-validations": [{ rule: "frob(self)" }] }),
    [/compilation failed: ERROR: <input>:1:5: undeclared reference to 'frob' \(in container ''\)\n/],
  ],
  [
    "a rule that is no question",
    root({ type: "string", "x-kubernetes-validations": [{ rule: "size(self)" }] }),
    [/: cel expression must evaluate to a bool$/],
  ],
];
for (const [sentence, schema, complaints] of REFUSED) {
  test(`refused: ${sentence}`, () => {
    assert.throws(
      () => schemaOfCrd(schema),
      (error) => {
        assert.ok(error instanceof SchemaError);
        const found = error.errors.map(fieldMessage);
        assert.equal(found.length, complaints.length, found.join("\n"));
        for (const [i, complaint] of complaints.entries())
          if (typeof complaint === "string") assert.equal(found[i], complaint);
          else assert.match(found[i] as string, complaint);
        return true;
      },
    );
  });
}

test("int-or-string may say so in anyOf", () => {
  schemaOfCrd(
    root({
      "x-kubernetes-int-or-string": true,
      anyOf: [{ type: "integer" }, { type: "string" }],
      pattern: "^x",
    }),
  );
});

test("extensions get plain names", () => {
  const schema = schemaOfCrd(
    root({ type: "object", "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-map-type": "atomic" }),
  );
  const spec = schema.properties?.["spec"];
  assert.deepEqual([spec?.preserveUnknownFields, spec?.mapType], [true, "atomic"]);
});
