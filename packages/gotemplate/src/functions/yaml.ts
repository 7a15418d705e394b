/** toYaml and fromYaml as sigs.k8s.io/yaml does them: by way of JSON. */

import {
  buildDocuments,
  compareBytes,
  goProblem,
  Raw,
  resolvePlain,
  stringify,
  stripMark,
  YamlError,
} from "@sluice/yaml";
import { decode, encode, isUtf8 } from "../bytes.ts";
import { fromData } from "../data.ts";
import { GoError } from "../errors.ts";
import { CYCLE_DEPTH, entriesOf, jsonType } from "../json.ts";
import { spend } from "../meter.ts";
import { formatG } from "../numbers.ts";
import { sprintf } from "../print.ts";
import { goQuote } from "../quote.ts";
import { Complex, GoBytes, GoList, GoMap, GoObject, Num, typeName, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";
import { listOrError, mapOrError, orNothing } from "./json.ts";
import { prettyYaml } from "./pretty.ts";
import { controlWords, goYamlWords } from "./yaml-words.ts";

/** A value as the plain data that its JSON stands for. */
function plainOf(value: Value, depth = 0): unknown {
  switch (typeof value) {
    case "string":
      return lineOf(value);
    case "number":
      if (!Number.isFinite(value)) throw new GoError(`json: unsupported value: ${formatG(value)}`);
      return value;
    case "boolean":
      return value;
    case "bigint":
      return integer(value);
  }
  if (value === null || value === undefined) return null;
  spend();
  if (depth > CYCLE_DEPTH)
    throw new GoError(`json: unsupported value: encountered a cycle via ${typeName(value)}`);
  if (value instanceof GoList)
    return value.isNil ? null : value.items.map((item) => plainOf(item, depth + 1));
  if (value instanceof Num) return integer(value.value);
  if (value instanceof GoBytes) return Buffer.from(value.text, "latin1").toString("base64");
  if (value instanceof Complex) throw new GoError("json: unsupported type: complex128");
  if (value instanceof GoMap && value.isNil) return null;
  if (value instanceof GoObject && value.type.jsonText) return decode(value.type.jsonText(value));
  const object: Record<string, unknown> = Object.create(null);
  const entries = value instanceof GoMap ? value.m : entriesOf(value);
  for (const [key, item] of entries) {
    if (key.includes(NEXT_LINE)) throw new GoError("yaml: did not find expected ',' or '}'");
    object[decode(key)] = plainOf(item, depth + 1);
  }
  return object;
}

const NEXT_LINE = encode("\x85");

/** A text on its way through JSON: Go's YAML reader takes U+0085 for a line break, and folds it. */
function lineOf(text: string): string {
  if (!text.includes(NEXT_LINE)) return decode(text);
  return decode(text).replace(/(?: *\x85 *)+/g, (breaks) => {
    const count = breaks.replaceAll(" ", "").length;
    return count === 1 ? " " : "\n".repeat(count - 1);
  });
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
    if (thrown instanceof GoError) throw new GoError(`error marshaling into JSON: ${thrown.message}`);
    if (thrown instanceof YamlError) throw new GoError("yaml: control characters are not allowed");
    throw thrown;
  }
}

/** What a document was read as: the value, or what is wrong with it. */
type Read = { value: Value; error?: string };

/** As JSON holds it: integers beyond 2^53 become float64 as all numbers do. @throws {GoError} for what JSON cannot hold */
function asJson(data: unknown): unknown {
  if (typeof data === "bigint") return Number(data);
  if (typeof data === "number" && !Number.isFinite(data))
    throw new GoError(`json: unsupported value: ${formatG(data)}`);
  if (Array.isArray(data)) return data.map(asJson);
  if (data === null || typeof data !== "object") return data;
  const object: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(data)) object[key] = asJson(item);
  return object;
}

/** The text up to the second document: Go does not look any further. */
function firstDocument(text: string): string {
  const marker = /^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm;
  for (let match = marker.exec(text); match; match = marker.exec(text)) {
    const before = text.slice(0, match.index);
    if (/^[^#%\s]/m.test(before) || /^[ \t]+[^#\s]/m.test(before)) return before;
  }
  return text;
}

type Target = "map[string]interface {}" | "[]interface {}";

/** The first document of a byte string as plain data; nothing is null. @throws {GoError} in Go's words */
export function readYaml(source: string): unknown {
  return readFirst(source, (text) => asJson(readDocument(text, false)));
}

/**
 * As `readYaml`, but numbers and booleans that are not written as they print are `Raw` and keep their spelling, and integers are
 * exact: for readers that turn them into texts. @throws {GoError} in Go's words
 */
export function readSpelled(source: string): unknown {
  return readFirst(source, (text) => readDocument(text, true));
}

const DIRECTIVE = /^%/m;

function readFirst(source: string, read: (text: string) => unknown): unknown {
  if (!isUtf8(source)) throw new GoError("error converting YAML to JSON: yaml: invalid leading UTF-8 octet");
  const text = firstDocument(stripMark(decode(source)));
  const refused = (words: string): never => {
    throw new GoError(`error converting YAML to JSON: ${words}`);
  };
  const control = controlWords(text);
  if (control !== undefined) refused(`yaml: ${control}`);
  // Our reader takes directives as they come; Go knows two of them.
  const misdirected = DIRECTIVE.test(text) ? goProblem(text) : undefined;
  if (misdirected !== undefined) refused(`yaml: ${encode(misdirected)}`);
  try {
    return readUpToEnd(text, read);
  } catch (thrown) {
    if (thrown instanceof YamlError) return refused(`yaml: ${goYamlWords(text, thrown)}`);
    if (!(thrown instanceof GoError)) throw thrown;
    // Go looks at the whole text before it looks at what the values are.
    const exact = goProblem(text);
    return refused(exact === undefined ? thrown.message : `yaml: ${encode(exact)}`);
  }
}

/** Reads a document. It also ends where nothing can continue it, as at a line indented less than its first: there Go stops. */
function readUpToEnd(text: string, read: (text: string) => unknown): unknown {
  try {
    return read(text);
  } catch (thrown) {
    if (!(thrown instanceof YamlError) || !thrown.at || !thrown.reason.startsWith("end of the stream"))
      throw thrown;
    if (goProblem(text) !== undefined) throw thrown;
    const { line, column } = thrown.at;
    const lines = text.split("\n", line);
    return read([...lines.slice(0, -1), lines.at(-1)!.slice(0, column - 1)].join("\n"));
  }
}

/** Accepts data of one kind, and null. @throws {GoError} in Go's words */
export function checkKind(data: unknown, target: Target): void {
  const kind = jsonType(data);
  if (kind === "null" || kind === (target === "[]interface {}" ? "array" : "object")) return;
  throw new GoError(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type ${target}`,
  );
}

/** The first document of a text, and Go's error if it cannot be read or is of another kind. */
function fromYaml(source: string, target: Target): Read {
  try {
    const data = readYaml(source);
    checkKind(data, target);
    // Nothing leaves the map or list empty that Go reads into, where JSON's null makes it nil.
    if (data === null) return { value: target === "[]interface {}" ? new GoList([]) : new GoMap() };
    return { value: fromData(data) };
  } catch (thrown) {
    if (thrown instanceof GoError) return { value: null, error: thrown.message };
    throw thrown;
  }
}

/** @throws {GoError} for a key that is null, @throws {YamlError} for a text that is no YAML */
function readDocument(text: string, spelling: boolean): unknown {
  const empty = EMPTY_KEY.exec(text)?.[1];
  if (empty !== undefined) return empty === "[" ? [] : Object.create(null);
  let odd: { map: object; key: string } | undefined;
  const [data = null] = buildDocuments(text, {
    dialect: "kubernetes",
    spelling,
    duplicates: "last",
    onOddKey: (map, key) => {
      if (resolvePlain(key, "kubernetes") === null) odd ??= { map, key };
    },
    onComplexKey: (key) => {
      throw new GoError(`yaml: invalid map key: ${goSyntax(key)}`);
    },
  });
  if (!odd) return data;
  const value = fromData(unspelled((odd.map as Record<string, unknown>)[odd.key]));
  throw new GoError(sprintf("unsupported map key of type: %%!s(<nil>), key: <nil>, value: %#v", [value]));
}

/** Empty brackets before a colon at the begin: Go takes them for the whole document. */
const EMPTY_KEY = /^(?:[ \t]*(?:#.*)?\n)*[ \t]*([[{]) *[\]}] *:(?:\s|$)/;

/** fmt's %#v of what Go's YAML reader makes of a map or a list. */
function goSyntax(data: unknown): string {
  const bare = unspelled(data);
  if (bare === null) return "interface {}(nil)";
  if (Array.isArray(bare)) return `[]interface {}{${bare.map(goSyntax).join(", ")}}`;
  switch (typeof bare) {
    case "number":
      return formatG(bare, 21);
    case "bigint":
      return bare < 2n ** 63n ? String(bare) : `0x${bare.toString(16)}`;
    case "boolean":
      return String(bare);
    case "string":
      return goQuote(encode(bare));
  }
  const entries = Object.entries(bare as object).sort(([a], [b]) => compareBytes(a, b));
  const pairs = entries.map(([key, value]) => `${goQuote(encode(key))}:${goSyntax(value)}`);
  return `map[interface {}]interface {}{${pairs.join(", ")}}`;
}

const unspelled = (data: unknown): unknown => (data instanceof Raw ? data.value : data);

/** A value as YAML, or nothing where it cannot be written. */
export function toYamlText(value: Value): string {
  return orNothing(() => toYaml(value));
}

export const yaml: Functions = {
  toYaml: fn("any", (_, value) => toYamlText(value)),
  mustToYaml: fn("any", (_, value) => toYaml(value)),
  toYamlPretty: fn("any", (_, value) => prettyYaml(value)),
  fromYaml: fn("string", (_, text) => mapOrError(fromYaml(text, "map[string]interface {}"))),
  fromYamlArray: fn("string", (_, text) => listOrError(fromYaml(text, "[]interface {}"))),
};
