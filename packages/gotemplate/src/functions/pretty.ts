/** toYamlPretty: gopkg.in/yaml.v3's encoder, which differs from toYaml in lists, numbers and quotes. */

import { looksTyped, sortedKeys } from "@sluice/yaml";
import { decode, encode, isUtf8 } from "../bytes.ts";
import { GoError } from "../errors.ts";
import { spend } from "../meter.ts";
import { formatG } from "../numbers.ts";
import { textOf } from "../print.ts";
import { formatTime } from "../time/format.ts";
import { GoTime } from "../time/time.ts";
import { Complex, GoBytes, GoList, GoMap, GoObject, itemsOf, Num, type Value } from "../value.ts";

const MAX_DEPTH = 1000;

/** @throws {GoError} for what YAML cannot hold */
export function prettyYaml(value: Value): string {
  const text = node(value, 0, 0);
  return encode(text.startsWith("\n") ? text.slice(1) : text.trimStart());
}

/** A value behind a key or dash: on the same line after a space, or on lines of its own. */
function node(value: Value, indent: number, depth: number): string {
  if (depth > MAX_DEPTH) throw new GoError("value is nested too deeply");
  spend();
  if (value instanceof GoList || value instanceof GoBytes) {
    const items = itemsOf(value);
    if (items.length === 0) return " []";
    return items.map((item) => `\n${" ".repeat(indent)}-${inList(item, indent + 2, depth)}`).join("");
  }
  if (
    value instanceof GoMap ||
    (value instanceof GoObject && !(value instanceof GoTime) && !value.type.jsonText)
  ) {
    const entries = value instanceof GoMap ? mapEntries(value) : structEntries(value);
    if (entries.length === 0) return " {}";
    return entries
      .map(([key, item]) => `\n${" ".repeat(indent)}${keyText(key)}:${node(item, indent + 2, depth + 1)}`)
      .join("");
  }
  return ` ${scalar(value, indent)}`;
}

/** Lists and maps in a list begin on the line of the dash. */
function inList(value: Value, indent: number, depth: number): string {
  const text = node(value, indent, depth + 1);
  return text.startsWith("\n") ? ` ${text.slice(1 + indent)}` : text;
}

function mapEntries(map: GoMap): [string, Value][] {
  const plain: Record<string, Value> = Object.create(null);
  for (const [key, item] of map.m) plain[decode(key)] = item;
  return sortedKeys(plain).map((key) => [key, plain[key]]);
}

/** Fields in their order, in small letters. */
function structEntries(object: GoObject): [string, Value][] {
  return object.type.fields
    .filter(({ hidden }) => !hidden)
    .map(({ name }) => [name.toLowerCase(), object.fields.get(name)]);
}

function keyText(key: string): string {
  return text(key, 0, true);
}

function scalar(value: Value, indent: number): string {
  switch (typeof value) {
    case "string":
      if (!isUtf8(value)) return `!!binary ${Buffer.from(value, "latin1").toString("base64")}`;
      return text(decode(value), indent, false);
    case "number":
      return float(value);
    case "boolean":
    case "bigint":
      return String(value);
  }
  if (value === null || value === undefined) return "null";
  if (value instanceof Num)
    return value.type.name === "time.Duration" ? decode(textOf(value)!) : String(value.value);
  if (value instanceof GoTime) return decode(formatTime(value, "2006-01-02T15:04:05.999999999Z07:00"));
  if (value instanceof Complex) throw new GoError("cannot marshal type: complex128");
  if (value instanceof GoObject && value.type.jsonText)
    return text(decode(value.type.jsonText(value)), indent, false);
  throw new GoError("cannot marshal value");
}

function float(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  return formatG(value);
}

const BREAK = /[\n\r\x85\u2028\u2029]/;
// Characters beyond the basic plane count as unprintable.
const UNPRINTABLE = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;

/** A string in the style that the emitter chooses. */
function text(value: string, indent: number, isKey: boolean): string {
  if (
    value.includes("\n") &&
    !isKey &&
    !UNPRINTABLE.test(value) &&
    !/[ ]\n|[ ]$|^\s*$/.test(value.replace(/\n+$/, "x"))
  )
    return literal(value, indent);
  if (looksTyped(value) || UNPRINTABLE.test(value) || BREAK.test(value)) return double(value);
  if (/^[ ]|[ ]$|^[-?:](?:\s|$)|^[#,[\]{}&*!|>'"%@`]|: |:$| #|^---|^\.\.\./.test(value)) return single(value);
  return value;
}

const single = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const ESCAPES: Record<string, string> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\x85": "\\N",
  "\xa0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function double(value: string): string {
  // Go takes a text that begins with a byte order mark for nothing but such marks.
  const marked = value.startsWith("\ufeff");
  const body = value.replace(/./gsu, (ch) => {
    const short = ESCAPES[ch];
    if (short !== undefined && (marked || ch !== "\xa0")) return short;
    return marked || UNPRINTABLE.test(ch) ? escaped(ch.codePointAt(0)!) : ch;
  });
  return `"${body}"`;
}

function escaped(code: number): string {
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** A block: `|`, with a hint where the text begins with space, and with what becomes of its last line break. */
function literal(value: string, indent: number): string {
  const pad = " ".repeat(indent === 0 ? 2 : indent);
  const hint = /^[ \n]/.test(value) ? "2" : "";
  const chomp = !value.endsWith("\n") ? "-" : value === "\n" || value.endsWith("\n\n") ? "+" : "";
  const body = value.replace(/\n$/, "").replace(/^(?=[^\n])/gm, pad);
  return `|${hint}${chomp}\n${body}`;
}
