/** toYaml and fromYaml as sigs.k8s.io/yaml does them: by way of JSON. */
import { parseAll, stringify, YamlError } from "@sluice/yaml";
import { decode, encode, isUtf8 } from "../bytes.ts";
import { fromData } from "../data.ts";
import { GoError } from "../errors.ts";
import { entriesOf } from "../json.ts";
import { Complex, GoBytes, GoList, GoMap, GoObject, Num, typeName, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";
import { listOrError, mapOrError, orNothing } from "./json.ts";
import { prettyYaml } from "./pretty.ts";

/** Levels of nesting that are written. */
const MAX_DEPTH = 1000;

/** A value as the plain data that its JSON stands for. */
function plainOf(value: Value, depth = 0): unknown {
  switch (typeof value) {
    case "string":
      return decode(value);
    case "number":
    case "boolean":
      return value;
    case "bigint":
      return integer(value);
  }
  if (value === null || value === undefined) return null;
  if (depth > MAX_DEPTH) throw new GoError(`json: unsupported value: encountered a cycle via ${typeName(value)}`);
  if (value instanceof GoList) return value.isNil ? null : value.items.map((item) => plainOf(item, depth + 1));
  if (value instanceof Num) return integer(value.value);
  if (value instanceof GoBytes) return Buffer.from(value.text, "latin1").toString("base64");
  if (value instanceof Complex) throw new GoError("json: unsupported type: complex128");
  if (value instanceof GoMap && value.isNil) return null;
  if (value instanceof GoObject && value.type.jsonText) return decode(value.type.jsonText(value));
  const object: Record<string, unknown> = Object.create(null);
  const entries = value instanceof GoMap ? value.m : entriesOf(value);
  for (const [key, item] of entries) object[decode(key)] = plainOf(item, depth + 1);
  return object;
}

function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** @throws {GoError} for what YAML or JSON cannot hold */
function toYaml(value: Value): string {
  try {
    const text = stringify(plainOf(value));
    return encode(text.endsWith("\n") ? text.slice(0, -1) : text);
  } catch (thrown) {
    if (thrown instanceof YamlError) throw new GoError(encode(thrown.message));
    throw thrown;
  }
}

/** Integers beyond 2^53 become float64 as all numbers do. */
function withoutBigints(data: unknown): unknown {
  if (typeof data === "bigint") return Number(data);
  if (Array.isArray(data)) return data.map(withoutBigints);
  if (data === null || typeof data !== "object") return data;
  const object: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(data)) object[key] = withoutBigints(item);
  return object;
}

type Target = "map[string]interface {}" | "[]interface {}";

/** The first document of a text, and Go's error if it cannot be read or is of another kind. */
function fromYaml(text: string, target: Target): { value: Value; error?: string } {
  if (!isUtf8(text)) return { value: null, error: "error converting YAML to JSON: yaml: invalid leading UTF-8 octet" };
  let data: unknown;
  try {
    data = withoutBigints(parseAll(decode(text))[0] ?? null);
  } catch (thrown) {
    if (thrown instanceof YamlError)
      return { value: null, error: `error converting YAML to JSON: yaml: ${wordsOf(thrown)}` };
    throw thrown;
  }
  const kind = kindOf(data);
  const fits = kind === "null" || kind === (target === "[]interface {}" ? "array" : "object");
  if (!fits)
    return {
      value: null,
      error: `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type ${target}`,
    };
  return { value: fromData(data) };
}

function kindOf(data: unknown): string {
  if (data === null) return "null";
  if (Array.isArray(data)) return "array";
  return typeof data === "boolean" ? "bool" : typeof data;
}

/** What was wrong, in Go's words where we know them; ours follow in parentheses and go. */
function wordsOf({ reason, at }: YamlError): string {
  const words = encode(reason.replace(/ \(.*\)$/s, ""));
  const placeless = /^(?:found character that cannot start any token|found unexpected end of stream|unknown anchor)/;
  if (at === undefined || placeless.test(words)) return words;
  return `line ${at.line}: ${words}`;
}

/** A value as YAML, or nothing where it cannot be written. */
export function toYamlText(value: Value): string {
  return orNothing(() => toYaml(value));
}

export const yaml: Functions = {
  toYaml: fn("any", (_, value) => toYamlText(value)),
  mustToYaml: fn("any", (_, value) => toYaml(value)),
  toYamlPretty: fn("any", (_, value) => orNothing(() => prettyYaml(value))),
  fromYaml: fn("string", (_, text) => mapOrError(fromYaml(text, "map[string]interface {}"))),
  fromYamlArray: fn("string", (_, text) => listOrError(fromYaml(text, "[]interface {}"))),
};
