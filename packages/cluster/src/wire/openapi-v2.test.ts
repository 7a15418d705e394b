import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { held, whole } from "./message.fixture.ts";
import { encodeOpenapiV2 } from "./openapi-v2.ts";

/** The definition `A` as it is to be written: numbers as in OpenAPIv2.proto. */
const written = (...schema: Buffer[]) => held(9, held(1, held(1, "A"), held(2, ...schema)));
const half = Buffer.from([9 * 8 + 1, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f]);

const SCHEMAS: Record<string, [schema: object, expected: Buffer]> = {
  "a type is a list of one, properties stand under their names": [
    { type: "object", properties: { b: { type: "string" } } },
    written(
      held(22, held(1, "object")),
      held(25, held(1, held(1, "b"), held(2, held(22, held(1, "string"))))),
    ),
  ],
  "numbers, also those of two bytes": [{ maxLength: 300, minimum: 0.5 }, written(whole(11, 300), half)],
  "what an object may hold besides, as a schema or a truth": [
    { additionalProperties: { $ref: "#/definitions/B" } },
    written(held(21, held(1, held(1, "#/definitions/B")))),
  ],
  "any JSON as text": [
    { default: { a: 1 }, "x-kubernetes-group-version-kind": [{ kind: "A" }] },
    written(
      held(5, held(2, '{"a":1}')),
      held(31, held(1, "x-kubernetes-group-version-kind"), held(2, held(2, '[{"kind":"A"}]'))),
    ),
  ],
  "what Swagger 2 does not know is left out": [{ nullable: true, oneOf: [{}], constructor: 1 }, written()],
  "a list of anything has no type": [{ type: "array", minItems: 1 }, written(whole(15, 1))],
};

describe("OpenAPI v2 as protobuf", () => {
  for (const [sentence, [schema, expected]] of Object.entries(SCHEMAS))
    it(sentence, () => {
      assert.deepEqual(encodeOpenapiV2({ definitions: { A: schema } }), expected);
    });

  it("operations with the parameters of their queries", () => {
    const parameters = [{ name: "dryRun", in: "query", uniqueItems: true }];
    const patch = { parameters, responses: { 200: { description: "OK" } }, "x-a": 1 };
    const parameter = held(3, held(4, "dryRun"), held(2, "query"), whole(20, 1));
    const operation = [
      held(8, held(1, held(2, parameter))),
      held(9, held(1, held(1, "200"), held(2, held(1, held(1, "OK"))))),
      held(13, held(1, "x-a"), held(2, held(2, "1"))),
    ];
    assert.deepEqual(
      encodeOpenapiV2({ swagger: "2.0", paths: { "/a": { patch } } }),
      Buffer.concat([held(1, "2.0"), held(8, held(2, held(1, "/a"), held(2, held(8, ...operation))))]),
    );
  });
});
