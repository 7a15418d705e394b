import { readFileSync } from "node:fs";
import { builtinDefinitions, type Definition } from "../schema/builtin.ts";

/**
 * Reads the protobuf form of built-in kinds, which Go's typed clients send (kubectl create, helm, controllers). Only reading: answers are JSON, which
 * those clients accept as well. The format is that of apimachinery's pkg/runtime/serializer/protobuf: four magic bytes, then a
 * `runtime.Unknown` with the kind and the object's own message inside.
 */
export function decodeProtobuf(body: Buffer): Record<string, unknown> {
  if (body.subarray(0, 4).compare(MAGIC) !== 0)
    throw new Error("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  let apiVersion = "";
  let kind = "";
  let raw: Buffer | undefined;
  for (const field of fieldsOf(body.subarray(4))) {
    if (field.number === 2) raw = bytes(field);
    if (field.number !== 1) continue;
    for (const part of fieldsOf(bytes(field))) {
      if (part.number === 1) apiVersion = bytes(part).toString();
      if (part.number === 2) kind = bytes(part).toString();
    }
  }
  if (!raw) throw new Error("the protobuf message holds no object");
  const definition = definitionOf(apiVersion, kind);
  if (!definition)
    throw new Error(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
    );
  return { apiVersion, kind, ...message(raw, definition, 0) };
}

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const MAX_DEPTH = 64;

type Field = { number: number; value: bigint | Buffer | number };
type Row = { [number: string]: string | Row };

let numbers: Record<string, Row> | undefined;
let kinds: Map<string, string> | undefined;

function wire(): Record<string, Row> {
  numbers ??= JSON.parse(readFileSync(new URL("../generated/wire.json", import.meta.url), "utf8"));
  return numbers as Record<string, Row>;
}

/** The definition of a kind; options travel under the group of what they are for ("apps/v1 DeleteOptions"). */
function definitionOf(apiVersion: string, kind: string): string | undefined {
  if (!kinds) {
    kinds = new Map();
    for (const [name, { "x-kubernetes-group-version-kind": owners }] of Object.entries(builtinDefinitions()))
      for (const { group, version, kind: owned } of owners ?? [])
        kinds.set(`${group === "" ? version : `${group}/${version}`} ${owned}`, name);
  }
  const found = kinds.get(`${apiVersion} ${kind}`);
  if (found !== undefined) return found;
  return /^(Delete|Create|Update|Patch|List|Get)Options$/.test(kind)
    ? `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`
    : undefined;
}

/** The fields of one message, in their order. Throws for what is cut off or of an unknown wire type. */
function* fieldsOf(data: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = data[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new Error("the protobuf message is cut off");
  };
  while (at < data.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        if (at + 8 > data.length) throw new Error("the protobuf message is cut off");
        yield { number, value: data.readDoubleLE(at) };
        at += 8;
        break;
      case 2: {
        const length = Number(varint());
        if (length < 0 || at + length > data.length) throw new Error("the protobuf message is cut off");
        yield { number, value: data.subarray(at, at + length) };
        at += length;
        break;
      }
      default:
        throw new Error(`protobuf wire type ${tag & 7} is not supported`);
    }
  }
}

function bytes({ value, number }: Field): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw new Error(`protobuf field ${number} should hold bytes`);
}

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";

/** Messages whose JSON is no object of their fields. */
const SPECIAL: Record<string, (data: Buffer) => unknown> = {
  [`${META}Time`]: (data) => timeOf(data, 0),
  [`${META}MicroTime`]: (data) => timeOf(data, 6),
  [`${META}FieldsV1`]: rawJson,
  "io.k8s.apimachinery.pkg.runtime.RawExtension": rawJson,
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": rawJson,
  "io.k8s.apimachinery.pkg.api.resource.Quantity": (data) => bytes([...fieldsOf(data)][0]!).toString(),
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": intOrString,
};

function rawJson(data: Buffer): unknown {
  for (const field of fieldsOf(data)) if (field.number === 1) return JSON.parse(bytes(field).toString());
  return null;
}

function intOrString(data: Buffer): unknown {
  const values = new Map([...fieldsOf(data)].map((field) => [field.number, field.value]));
  return values.get(1) === 1n ? String(values.get(3) ?? "") : Number(values.get(2) ?? 0n);
}

/** RFC 3339 with the given number of decimals; undefined for the zero time. */
function timeOf(data: Buffer, decimals: number): string | undefined {
  if (data.length === 0) return undefined;
  let seconds = 0;
  let nanos = 0;
  for (const { number, value } of fieldsOf(data)) {
    if (number === 1) seconds = Number(value);
    if (number === 2) nanos = Number(value);
  }
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return decimals === 0 ? `${text}Z` : `${text}.${String(Math.floor(nanos / 1000)).padStart(6, "0")}Z`;
}

function message(data: Buffer, definition: string, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const row = wire()[definition];
  if (row) fill(result, data, row, builtinDefinitions()[definition]?.properties ?? {}, depth);
  return result;
}

function fill(
  result: Record<string, unknown>,
  data: Buffer,
  row: Row,
  properties: Record<string, Definition>,
  depth: number,
): void {
  if (depth > MAX_DEPTH) throw new Error("the protobuf message is nested too deep");
  for (const field of fieldsOf(data)) {
    const place = row[field.number];
    if (place === undefined) continue;
    if (typeof place === "object") {
      fill(result, bytes(field), place, properties, depth + 1);
      continue;
    }
    const optional = place.startsWith("~");
    const name = optional ? place.slice(1) : place;
    const schema = properties[name];
    if (!schema) continue;
    if (schema.type === "array") append(result, name, fieldValue(field, schema.items!, depth));
    else if (schema.type === "object" && schema.additionalProperties)
      putEntry(result, name, field, schema.additionalProperties, depth);
    else {
      const value = fieldValue(field, schema, depth);
      if (value === undefined || (optional && (value === "" || value === 0 || value === false))) continue;
      result[name] = value;
    }
  }
}

function append(result: Record<string, unknown>, name: string, value: unknown): void {
  const list = (result[name] ??= []) as unknown[];
  list.push(value);
}

/** A map travels as a repeated message of key (1) and value (2). */
function putEntry(
  result: Record<string, unknown>,
  name: string,
  field: Field,
  schema: Definition,
  depth: number,
): void {
  let key = "";
  let value: unknown = schema.type === "string" ? "" : undefined;
  for (const part of fieldsOf(bytes(field))) {
    if (part.number === 1) key = bytes(part).toString();
    if (part.number === 2) value = fieldValue(part, schema, depth);
  }
  const map = (result[name] ??= {}) as Record<string, unknown>;
  Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
}

function fieldValue(field: Field, schema: Definition, depth: number): unknown {
  if (schema.$ref) {
    const definition = schema.$ref.slice("#/definitions/".length);
    const special = SPECIAL[definition];
    return special ? special(bytes(field)) : message(bytes(field), definition, depth + 1);
  }
  switch (schema.type) {
    case "boolean":
      return field.value !== 0n;
    case "integer":
    case "number":
      return Number(field.value);
    case "array": {
      // a list of lists has a message of its own, with the items as field 1 (authentication's ExtraValue)
      return [...fieldsOf(bytes(field))].map((part) => fieldValue(part, schema.items!, depth + 1));
    }
    default: {
      const data = bytes(field);
      return schema.format === "byte" ? data.toString("base64") : data.toString();
    }
  }
}
