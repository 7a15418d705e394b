/** encoding/json: values to JSON and back, with Go's words for what is wrong. */

import { decode, encodeRune, isAscii, RUNE_ERROR, runeAt, runeSize } from "./bytes.ts";
import { fromData } from "./data.ts";
import { GoError } from "./errors.ts";
import { spend } from "./meter.ts";
import { formatExponent, formatFixed, formatG } from "./numbers.ts";
import { goQuote } from "./quote.ts";
import {
  Complex,
  GoBytes,
  GoList,
  GoMap,
  GoObject,
  isTrue,
  Num,
  sortedKeys,
  typeName,
  type Value,
} from "./value.ts";

/** Levels of nesting; beyond them Go looks for cycles, and finds one. */
export const CYCLE_DEPTH = 1000;

export type JsonStyle = {
  /** Spaces of one level; without it all stands on one line. */
  indent?: string;
  /** Escapes `<`, `>` and `&`. */
  html: boolean;
};

/** A value as JSON. @throws {GoError} for what JSON cannot hold, in Go's words */
export function toJson(value: Value, style: JsonStyle, pad = "", depth = 0): string {
  switch (typeof value) {
    case "string":
      return jsonString(value, style.html);
    case "number":
      return jsonNumber(value);
    case "boolean":
    case "bigint":
      return String(value);
  }
  if (value === null || value === undefined) return "null";
  spend();
  if (depth > CYCLE_DEPTH)
    throw new GoError(`json: unsupported value: encountered a cycle via ${typeName(value)}`);
  if (value instanceof Num) return String(value.value);
  if (value instanceof GoBytes) return `"${Buffer.from(value.text, "latin1").toString("base64")}"`;
  if (value instanceof Complex) throw new GoError("json: unsupported type: complex128");
  if (value instanceof GoList) {
    if (value.isNil) return "null";
    return wrap("[", "]", style, pad, (inner) =>
      value.items.map((item) => toJson(item, style, inner, depth + 1)),
    );
  }
  if (value instanceof GoMap && value.isNil) return "null";
  if (value instanceof GoObject && value.type.jsonText)
    return jsonString(value.type.jsonText(value), style.html);
  const colon = style.indent === undefined ? ":" : ": ";
  return wrap("{", "}", style, pad, (inner) =>
    entriesOf(value).map(
      ([key, item]) => `${jsonString(key, style.html)}${colon}${toJson(item, style, inner, depth + 1)}`,
    ),
  );
}

/** The keys and values of a map in order, or the fields of a struct that others may see. */
export function entriesOf(value: GoMap | GoObject): [string, Value][] {
  if (value instanceof GoMap) return sortedKeys(value).map((key) => [key, value.m.get(key)]);
  return value.type.fields
    .filter(({ hidden, omitEmpty, name }) => !hidden && !(omitEmpty && !isTrue(value.fields.get(name))))
    .map(({ name, json }) => [json ?? name, value.fields.get(name)]);
}

function wrap(
  open: string,
  close: string,
  { indent }: JsonStyle,
  pad: string,
  parts: (inner: string) => string[],
): string {
  if (indent === undefined) return open + parts("").join(",") + close;
  const inner = pad + indent;
  const written = parts(inner);
  if (written.length === 0) return open + close;
  return `${open}\n${inner}${written.join(`,\n${inner}`)}\n${pad}${close}`;
}

function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) throw new GoError(`json: unsupported value: ${formatG(value)}`);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-6 || size >= 1e21)) {
    const [mantissa, exponent] = value.toExponential().split("e");
    return mantissa + formatExponent(Number(exponent)).replace("e-0", "e-");
  }
  return formatFixed(value);
}

const SIMPLE = /^[\x20\x21\x23-\x25\x27-\x3b\x3d\x3f-\x5b\x5d-\x7e]*$/;
const SHORT: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function jsonString(text: string, html: boolean): string {
  if (SIMPLE.test(text)) return `"${text}"`;
  let out = '"';
  for (let at = 0; at < text.length; ) {
    const size = runeSize(text, at);
    const rune = runeAt(text, at);
    const ch = text.slice(at, at + size);
    at += size;
    if (rune < 0x80) out += SHORT[ch] ?? (mustEscape(rune, html) ? unicode(rune) : ch);
    else if (size === 1 && rune === RUNE_ERROR) out += "\\ufffd";
    else out += rune === 0x2028 || rune === 0x2029 ? unicode(rune) : ch;
  }
  return `${out}"`;
}

const mustEscape = (rune: number, html: boolean): boolean =>
  rune < 0x20 || (html && (rune === 0x3c || rune === 0x3e || rune === 0x26));

const unicode = (rune: number): string => `\\u${rune.toString(16).padStart(4, "0")}`;

/** What encoding/json calls the type of plain data in its errors: `array`, `bool`, `null`, `number`, `object`, `string`. */
export function jsonType(data: unknown): string {
  if (data === null) return "null";
  if (Array.isArray(data)) return "array";
  if (typeof data === "boolean") return "bool";
  return typeof data === "bigint" ? "number" : typeof data;
}

/** What a JSON text may be decoded into. */
export type Target = "map[string]interface {}" | "[]interface {}" | "interface {}";

/**
 * The value of a JSON text.
 * @returns the value, and Go's error if the text is wrong or its value does not fit `target`; null fits all of them.
 */
export function parseJson(text: string, target: Target): { value: Value; error?: string } {
  const source = isAscii(text) ? text : decode(text);
  let data: unknown;
  try {
    data = JSON.parse(source);
  } catch {
    return { value: null, error: explainJson(text) };
  }
  const kind = jsonType(data);
  const fits = { "map[string]interface {}": "object", "[]interface {}": "array", "interface {}": kind }[
    target
  ];
  if (kind !== "null" && kind !== fits)
    return { value: null, error: `json: cannot unmarshal ${kind} into Go value of type ${target}` };
  const huge = /[eE]|[0-9]{300}/.test(source) ? hugeNumber(source) : undefined;
  let value: Value;
  try {
    value = fromData(huge === undefined ? data : withoutInfinity(data));
  } catch {
    // Nothing else can be wrong with what JSON gives. Go's own limit is 10,000 levels.
    return { value: null, error: "exceeded max depth" };
  }
  if (huge !== undefined)
    return { value, error: `json: cannot unmarshal number ${huge} into Go value of type float64` };
  return { value };
}

/** The first number of a JSON text that is beyond float64. */
function hugeNumber(text: string): string | undefined {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return bare.match(/-?\d[\d.eE+-]*/g)?.find((number) => !Number.isFinite(Number(number)));
}

/** Go leaves out numbers that it cannot hold. */
function withoutInfinity(data: unknown): unknown {
  if (typeof data === "number") return Number.isFinite(data) ? data : null;
  if (Array.isArray(data)) return data.map(withoutInfinity);
  if (data === null || typeof data !== "object") return data;
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [key, withoutInfinity(item)]));
}

const END = "unexpected end of JSON input";

/** What Go's scanner says about a text that is no JSON. */
function explainJson(text: string): string {
  const scan: Scan = { text, at: 0 };
  try {
    value(scan, 0);
    space(scan);
    if (scan.at < text.length) unexpected(scan, "after top-level value");
  } catch (thrown) {
    if (thrown instanceof GoError) return thrown.message;
    throw thrown;
  }
  return END;
}

/** Where the first value of a text ends. @throws {GoError} what Go's Decoder says if there is none */
export function jsonEnd(text: string): number {
  const scan: Scan = { text, at: 0 };
  try {
    value(scan, 0);
    return scan.at;
  } catch (thrown) {
    if (!(thrown instanceof GoError) || thrown.message !== END) throw thrown;
    throw new GoError(text.trim() === "" ? "EOF" : "unexpected EOF");
  }
}

type Scan = { text: string; at: number };

function space(scan: Scan): void {
  while (/[ \t\r\n]/.test(scan.text[scan.at] ?? "")) scan.at++;
}

/** Within these Go reports the end of the text as a space that should not be there. */
const INSIDE = /literal (?!$)|numeric|exponent|decimal|escape/;

function unexpected({ text, at }: Scan, where: string): never {
  if (at >= text.length && !INSIDE.test(where)) throw new GoError(END);
  const ch = text[at] ?? " ";
  const quoted =
    ch === "'" ? "'\\''" : ch === '"' ? "'\"'" : `'${goQuote(encodeRune(ch.charCodeAt(0))).slice(1, -1)}'`;
  throw new GoError(`invalid character ${quoted} ${where}`);
}

function value(scan: Scan, depth: number): void {
  if (depth > CYCLE_DEPTH) throw new GoError("exceeded max depth");
  space(scan);
  const ch = scan.text[scan.at] ?? "";
  if (ch === "{") object(scan, depth);
  else if (ch === "[") array(scan, depth);
  else if (ch === '"') string(scan);
  else if (/[-0-9]/.test(ch)) number(scan);
  else if (ch !== "" && "tfn".includes(ch)) literal(scan, { t: "true", f: "false", n: "null" }[ch]!);
  else unexpected(scan, "looking for beginning of value");
}

function object(scan: Scan, depth: number): void {
  scan.at++;
  space(scan);
  if (scan.text[scan.at] === "}") {
    scan.at++;
    return;
  }
  for (;;) {
    space(scan);
    if (scan.text[scan.at] !== '"') unexpected(scan, "looking for beginning of object key string");
    string(scan);
    space(scan);
    if (scan.text[scan.at] !== ":") unexpected(scan, "after object key");
    scan.at++;
    value(scan, depth + 1);
    space(scan);
    const ch = scan.text[scan.at];
    if (ch !== "," && ch !== "}") unexpected(scan, "after object key:value pair");
    scan.at++;
    if (ch === "}") return;
  }
}

function array(scan: Scan, depth: number): void {
  scan.at++;
  space(scan);
  if (scan.text[scan.at] === "]") {
    scan.at++;
    return;
  }
  for (;;) {
    value(scan, depth + 1);
    space(scan);
    const ch = scan.text[scan.at];
    if (ch !== "," && ch !== "]") unexpected(scan, "after array element");
    scan.at++;
    if (ch === "]") return;
  }
}

function string(scan: Scan): void {
  scan.at++;
  for (;;) {
    const ch = scan.text[scan.at];
    if (ch === undefined || ch < " ") unexpected(scan, "in string literal");
    scan.at++;
    if (ch === '"') return;
    if (ch !== "\\") continue;
    const escaped = scan.text[scan.at];
    if (escaped === undefined || !'"\\/bfnrtu'.includes(escaped)) unexpected(scan, "in string escape code");
    scan.at++;
    for (let i = 0; escaped === "u" && i < 4; i++) {
      if (!/[0-9a-fA-F]/.test(scan.text[scan.at] ?? ""))
        unexpected(scan, "in \\u hexadecimal character escape");
      scan.at++;
    }
  }
}

function digits(scan: Scan, where: string): void {
  if (!/[0-9]/.test(scan.text[scan.at] ?? "")) unexpected(scan, where);
  while (/[0-9]/.test(scan.text[scan.at] ?? "")) scan.at++;
}

function number(scan: Scan): void {
  if (scan.text[scan.at] === "-") scan.at++;
  if (scan.text[scan.at] === "0") scan.at++;
  else digits(scan, "in numeric literal");
  if (scan.text[scan.at] === ".") {
    scan.at++;
    digits(scan, "after decimal point in numeric literal");
  }
  if (/[eE]/.test(scan.text[scan.at] ?? "")) {
    scan.at++;
    if (/[+-]/.test(scan.text[scan.at] ?? "")) scan.at++;
    digits(scan, "in exponent of numeric literal");
  }
}

function literal(scan: Scan, word: string): void {
  for (let i = 0; i < word.length; i++) {
    if (scan.text[scan.at] !== word[i]) unexpected(scan, `in literal ${word} (expecting '${word[i]}')`);
    scan.at++;
  }
}
