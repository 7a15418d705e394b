/** toYamlPretty: gopkg.in/yaml.v3's encoder, which differs from toYaml in lists, numbers and quotes. */

import { sortedKeys, writeKey, writeString } from "@sluice/yaml";
import { decode, encode, isUtf8 } from "../bytes.ts";
import { GoError } from "../errors.ts";
import { spend } from "../meter.ts";
import { formatG } from "../numbers.ts";
import { textOf } from "../print.ts";
import { formatTime } from "../time/format.ts";
import { GoTime } from "../time/time.ts";
import { Complex, GoBytes, GoList, GoMap, GoObject, itemsOf, MAX_DEPTH, Num, type Value } from "../value.ts";

/** @throws {GoError} for what YAML cannot hold */
export function prettyYaml(value: Value): string {
  const text = node(value, 0, 0);
  // What it begins with is the line break or the space behind a key that is not there.
  return encode(text.slice(1));
}

/** A value behind a key or dash: on the same line after a space, or on lines of its own. */
function node(value: Value, indent: number, depth: number): string {
  if (depth > MAX_DEPTH) throw new GoError("value is nested too deeply");
  spend();
  if (value instanceof GoList || value instanceof GoBytes) {
    const items = itemsOf(value);
    if (items.length === 0) return " []";
    return items.map((item) => `\n${" ".repeat(indent)}-${onSameLine(item, indent + 2, depth)}`).join("");
  }
  if (
    value instanceof GoMap ||
    (value instanceof GoObject && !(value instanceof GoTime) && !value.type.jsonText)
  ) {
    const entries = value instanceof GoMap ? mapEntries(value) : structEntries(value);
    if (entries.length === 0) return " {}";
    return entries.map(([key, item]) => `\n${" ".repeat(indent)}${pair(key, item, indent, depth)}`).join("");
  }
  return ` ${scalar(value, indent)}`;
}

function pair(key: string, item: Value, indent: number, depth: number): string {
  const written = writeKey(key, indent, "v3");
  const value = written.explicit ? onSameLine(item, indent + 2, depth) : node(item, indent + 2, depth + 1);
  return written.text + value;
}

/** Lists and maps begin on the line of the dash of a list, or of the colon of a key that takes lines of its own. */
function onSameLine(value: Value, indent: number, depth: number): string {
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

function scalar(value: Value, indent: number): string {
  switch (typeof value) {
    case "string":
      if (!isUtf8(value)) return `!!binary ${Buffer.from(value, "latin1").toString("base64")}`;
      return text(decode(value), indent);
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
    return text(decode(value.type.jsonText(value)), indent);
  throw new GoError("cannot marshal value");
}

function float(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  return formatG(value);
}

/** A string in the style that the emitter chooses, whose blocks stand further in than the margin. */
function text(value: string, indent: number): string {
  return writeString(value, Math.max(indent, 2), 0, "v3").replace(/\n$/, "");
}
