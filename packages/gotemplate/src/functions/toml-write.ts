/** BurntSushi/toml's encoder. */

import { GoError } from "../errors.ts";
import { entriesOf } from "../json.ts";
import { spend } from "../meter.ts";
import { formatG } from "../numbers.ts";
import { textOf } from "../print.ts";
import { formatTime } from "../time/format.ts";
import { GoTime } from "../time/time.ts";
import { LOCAL_DATE, LOCAL_DATETIME, LOCAL_TIME } from "../time/zone.ts";
import {
  Complex,
  GoBytes,
  GoList,
  GoMap,
  GoObject,
  isNil,
  itemsOf,
  MAX_DEPTH,
  Num,
  type Value,
} from "../value.ts";

type Writer = { out: string };

/** A value as TOML. @throws {GoError} for what TOML cannot hold */
export function writeToml(value: Value): string {
  if (value === null || value === undefined)
    throw new GoError("reflect: call of reflect.Value.Type on zero Value");
  const writer: Writer = { out: "" };
  write(writer, [], value);
  return writer.out;
}

function isTable(value: Value): value is GoMap | GoObject {
  if (value instanceof GoMap) return !value.isNil;
  return value instanceof GoObject && value.type.jsonText === undefined;
}

/** Whether an array is one of tables only. */
function isTableArray(list: GoList): boolean {
  let tables = list.items.length > 0;
  for (const item of list.items) {
    if (item === null || item === undefined) throw new GoError("toml: cannot encode array with nil element");
    if (item instanceof GoList) isTableArray(item);
    if (!isTable(item)) tables = false;
  }
  return tables;
}

function write(writer: Writer, key: string[], value: Value): void {
  if (key.length > MAX_DEPTH) throw new GoError("toml: value is nested too deeply");
  spend();
  if (value instanceof GoList && isTableArray(value)) writeTables(writer, key, value);
  else if (isTable(value)) writeTable(writer, key, value);
  else if (!isNil(value)) writePair(writer, key, value, false);
}

const indentOf = (key: string[]): string => "  ".repeat(Math.max(key.length - 1, 0));

function newline(writer: Writer): void {
  if (writer.out !== "") writer.out += "\n";
}

function writeTables(writer: Writer, key: string[], list: GoList): void {
  if (key.length === 0) throw new GoError("toml: top-level values must be Go maps or structs");
  for (const item of list.items) {
    newline(writer);
    writer.out += `${indentOf(key)}[[${key.map(quoteKey).join(".")}]]\n`;
    writeEntries(writer, key, item as GoMap);
  }
}

function writeTable(writer: Writer, key: string[], table: GoMap | GoObject): void {
  if (key.length === 1) newline(writer);
  if (key.length > 0) writer.out += `${indentOf(key)}[${key.map(quoteKey).join(".")}]\n`;
  writeEntries(writer, key, table);
}

/** Plain values and nil, then tables, each in order of keys. */
function split(table: GoMap | GoObject): [plain: [string, Value][], tables: [string, Value][]] {
  // Fields of structs go by their Go names here, and are never left out.
  const entries =
    table instanceof GoMap
      ? entriesOf(table)
      : table.type.fields.flatMap(({ name, hidden }): [string, Value][] =>
          hidden ? [] : [[name, table.fields.get(name)]],
        );
  const sub = ([, value]: [string, Value]): boolean =>
    isTable(value) || (value instanceof GoList && isTableArray(value));
  return [entries.filter((entry) => !sub(entry)), entries.filter(sub)];
}

function writeEntries(writer: Writer, key: string[], table: GoMap | GoObject): void {
  for (const [name, value] of split(table).flat()) if (!isNil(value)) write(writer, [...key, name], value);
}

function writePair(writer: Writer, key: string[], value: Value, inline: boolean): void {
  if (key.length === 0) {
    writer.out += element(value, 0);
    return;
  }
  writer.out += `${indentOf(key)}${quoteKey(key[key.length - 1]!)} = ${element(value, 0)}`;
  if (!inline) writer.out += "\n";
}

function element(value: Value, depth: number): string {
  if (depth > MAX_DEPTH) throw new GoError("toml: value is nested too deeply");
  spend();
  switch (typeof value) {
    case "string":
      return quote(value);
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      return float(value);
  }
  if (value instanceof GoTime) return timeElement(value);
  if (value instanceof Num) {
    const text = value.type.name === "time.Duration" ? textOf(value) : undefined;
    return text === undefined ? String(value.value) : quote(text);
  }
  if (value instanceof GoList || value instanceof GoBytes)
    return `[${itemsOf(value)
      .map((item) => element(item, depth + 1))
      .join(", ")}]`;
  if (value instanceof Complex) throw new GoError("unsupported type: complex128");
  if (value instanceof GoObject && value.type.jsonText) return quote(value.type.jsonText(value));
  if (value instanceof GoMap || value instanceof GoObject) return inlineTable(value, depth);
  throw new GoError("toml: cannot encode array with nil element");
}

/** Go counts keys that are nil when it decides about commas, and leaves them out all the same. */
function inlineTable(table: GoMap | GoObject, depth: number): string {
  const [plain, tables] = split(table);
  const written = (entries: [string, Value][], more: boolean): string =>
    entries
      .map(([name, item], i) => {
        if (isNil(item)) return "";
        const pair = `${quoteKey(name)} = ${element(item, depth + 1)}`;
        return more || i < entries.length - 1 ? `${pair}, ` : pair;
      })
      .join("");
  return `{${written(plain, tables.length > 0)}${written(tables, false)}}`;
}

function float(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const text = formatG(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function timeElement(time: GoTime): string {
  switch (time.zone) {
    case LOCAL_DATETIME:
      return formatTime(time, "2006-01-02T15:04:05.999999999");
    case LOCAL_DATE:
      return formatTime(time, "2006-01-02");
    case LOCAL_TIME:
      return formatTime(time, "15:04:05.999999999");
    default:
      return formatTime(time, "2006-01-02T15:04:05.999999999Z07:00");
  }
}

const SHORT: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
};

function quote(text: string): string {
  const body = text.replace(
    /["\\\0-\x1f\x7f]/g,
    (ch) => SHORT[ch] ?? `\\u${ch.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${body}"`;
}

const quoteKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : quote(key));
