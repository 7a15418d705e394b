/**
 * The protobuf form of OpenAPI v2, the only one that kubectl takes when it does not find a kind in OpenAPI v3 (a custom resource without its
 * definition): messages and numbers of gnostic-models, openapiv2/OpenAPIv2.proto. What Swagger 2 has no word for is left out.
 */
type Value = any; // a part of the JSON document
/** Writes `value` as the field of this number. */
type Part = (field: number, value: Value) => Buffer;
type Message = Record<string, [field: number, part: Part]>;

const DOUBLE = 1;
const HELD = 2;

/** An integer of 64 bits, seven at a time. */
function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

const tag = (field: number, wireType: number) => varint(field * 8 + wireType);

const held: Part = (field, bytes: Buffer) => Buffer.concat([tag(field, HELD), varint(bytes.length), bytes]);
const text: Part = (field, value: string) => held(field, Buffer.from(value));
const integer: Part = (field, value: number) => Buffer.concat([tag(field, 0), varint(value)]);
const flag: Part = (field, value: boolean) => integer(field, value ? 1 : 0);
const double: Part = (field, value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, DOUBLE), bytes]);
};
/** `Any`: any JSON, as YAML text. */
const any: Part = (field, value) => held(field, text(2, JSON.stringify(value)));

const each =
  (part: Part): Part =>
  (field, values: Value[]) =>
    Buffer.concat(values.map((value) => part(field, value)));
/** The entries of a map: `NamedSchema` and its likes. */
const named =
  (part: Part): Part =>
  (field, map: Record<string, Value>) =>
    Buffer.concat(
      Object.entries(map).map(([name, value]) => held(field, Buffer.concat([text(1, name), part(2, value)]))),
    );
/** A message around one field. */
const around =
  (inner: number, part: Part): Part =>
  (field, value) =>
    held(field, part(inner, value));
/** A message of those fields; `x-…` go to field `extensions`. */
const message =
  (fields: Message, extensions?: number): Part =>
  (field, value: Record<string, Value>) =>
    held(field, contentOf(value, fields, extensions));

function contentOf(value: Record<string, Value>, fields: Message, extensions?: number): Buffer {
  const parts = Object.entries(value).flatMap(([name, inner]) => {
    if (extensions !== undefined && name.startsWith("x-")) return [named(any)(extensions, { [name]: inner })];
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return known && inner !== undefined ? [known[1](known[0], inner)] : [];
  });
  return Buffer.concat(parts);
}

const schemaFields: Message = {
  $ref: [1, text],
  format: [2, text],
  title: [3, text],
  description: [4, text],
  default: [5, any],
  multipleOf: [6, double],
  maximum: [7, double],
  exclusiveMaximum: [8, flag],
  minimum: [9, double],
  exclusiveMinimum: [10, flag],
  maxLength: [11, integer],
  minLength: [12, integer],
  pattern: [13, text],
  maxItems: [14, integer],
  minItems: [15, integer],
  uniqueItems: [16, flag],
  maxProperties: [17, integer],
  minProperties: [18, integer],
  required: [19, each(text)],
  enum: [20, each(any)],
  additionalProperties: [
    21,
    (field, value) => held(field, typeof value === "boolean" ? flag(2, value) : schema(1, value)),
  ],
  type: [22, around(1, text)],
  items: [23, around(1, schema)],
  allOf: [24, each(schema)],
  properties: [25, around(1, named(schema))],
  example: [30, any],
};

/** kube-openapi, which reads it, refuses lists of it does not know what; they may hold anything, so nothing is said of them. */
function schema(field: number, value: Record<string, Value>): Buffer {
  const { type, ...rest } = value;
  const fit = type === "array" && !value["items"] ? rest : value;
  return held(field, contentOf(fit, schemaFields, 31));
}

const parameter = message({
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
  type: [6, text],
  uniqueItems: [20, flag],
});

const response = message({ description: [1, text], schema: [2, around(1, schema)] });

const operation = message(
  {
    tags: [1, each(text)],
    description: [3, text],
    // all are parameters of the query
    parameters: [8, each(around(1, around(2, around(3, parameter))))],
    responses: [9, around(1, named(around(1, response)))],
  },
  13,
);

const path = message({
  get: [2, operation],
  put: [3, operation],
  post: [4, operation],
  delete: [5, operation],
  patch: [8, operation],
});

/** Writes the document that `openapiV2` made. */
export function encodeOpenapiV2(document: Record<string, Value>): Buffer {
  return contentOf(document, {
    swagger: [1, text],
    info: [2, message({ title: [1, text], version: [2, text] })],
    paths: [8, around(2, named(path))],
    definitions: [9, around(1, named(schema))],
  });
}
