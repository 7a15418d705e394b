/** BurntSushi/toml's decoder: TOML 1.0, and the looser inline tables of 1.1. */
import { encodeRune, isUtf8, runeAt, runeSize } from "../bytes.ts";
import { GoError } from "../errors.ts";
import { parseFloat64, parseInt64 } from "../numbers.ts";
import { goQuote } from "../quote.ts";
import { parseTime } from "../time/parse.ts";
import { LOCAL_DATE, LOCAL_DATETIME, LOCAL_TIME, UTC, type Zone } from "../time/zone.ts";
import { DICT, GoList, GoMap, int64, type ListType, type Value } from "../value.ts";

const MAX_DEPTH = 500;

const TABLES: ListType = {
  name: "[]map[string]interface {}",
  elem: "map[string]interface {}",
  methods: new Map(),
};

/** What a key of a table was made by, which decides what may be added to it. */
type Origin = "value" | "implicit" | "dotted" | "header" | "array";

/** A table that is being read. */
type Table = { map: Map<string, Value>; origins: Map<string, Origin>; tables: Map<string, Table | Table[]> };

type Reader = {
  text: string;
  at: number;
  /** The table that keys are put into, and its name. */
  context: string[];
  table: Table;
  /** The key whose value is being read. */
  key: string;
};

const newTable = (): Table => ({ map: new Map(), origins: new Map(), tables: new Map() });

/** The table of a text. @throws {GoError} with Go's words, the line, and the last key */
export function readToml(text: string): GoMap {
  if (!isUtf8(text)) throw new GoError("toml: line 1: invalid UTF-8 byte");
  const root = newTable();
  const source = text.startsWith("\xef\xbb\xbf") ? text.slice(3) : text;
  const reader: Reader = { text: source, at: 0, context: [], table: root, key: "" };
  while (!skipToItem(reader)) {
    if (peek(reader) === "[") header(reader, root);
    else pair(reader, reader.table);
    endOfItem(reader);
  }
  return freeze(root);
}

/** The tables that were read as values, nested ones included. */
function freeze(table: Table): GoMap {
  for (const [key, sub] of table.tables) {
    table.map.set(key, Array.isArray(sub) ? new GoList(sub.map(freeze), TABLES) : freeze(sub));
  }
  return new GoMap(table.map, DICT);
}

function fail(reader: Reader, message: string, line = lineAt(reader)): never {
  const name = [...reader.context.map(quoteKey), ...(reader.key === "" ? [] : [reader.key])].join(".");
  const last = name === "" ? "" : ` (last key ${goQuote(name)})`;
  throw new GoError(`toml: line ${line}${last}: ${message}`);
}

function lineAt({ text, at }: Reader): number {
  const line = text.slice(0, at).split("\n").length;
  return at >= text.length && text.endsWith("\n") ? line - 1 : line;
}

const quoteKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : goQuote(key));
const peek = ({ text, at }: Reader): string => text[at] ?? "";
const here = ({ text, at }: Reader): string =>
  goQuote(text.slice(at, at + runeSize(text, at))).replace(/^"|"$/g, "'");

function skipSpace(reader: Reader): void {
  while (peek(reader) === " " || peek(reader) === "\t") reader.at++;
}

function skipComment(reader: Reader): void {
  if (peek(reader) !== "#") return;
  const end = reader.text.indexOf("\n", reader.at);
  reader.at = end === -1 ? reader.text.length : end;
}

/** Passes over blank lines and comments; whether the text is at its end. */
function skipToItem(reader: Reader): boolean {
  for (;;) {
    while (/[ \t\r\n]/.test(peek(reader))) reader.at++;
    if (peek(reader) !== "#") return reader.at >= reader.text.length;
    skipComment(reader);
  }
}

function endOfItem(reader: Reader): void {
  skipSpace(reader);
  skipComment(reader);
  const { text, at } = reader;
  if (at >= text.length || text[at] === "\n" || text.startsWith("\r\n", at)) return;
  fail(
    reader,
    `expected a top-level item to end with a newline, comment, or EOF, but got ${here(reader)} instead`,
  );
}

function header(reader: Reader, root: Table): void {
  const array = reader.text.startsWith("[[", reader.at);
  reader.at += array ? 2 : 1;
  reader.context = [];
  const key = keyParts(reader, "]");
  if (peek(reader) !== "]")
    fail(reader, `expected '.' or ']' to end table name, but got ${here(reader)} instead`);
  reader.at++;
  if (array) {
    if (peek(reader) !== "]")
      fail(reader, `expected end of table array name delimiter ']', but got ${here(reader)} instead`);
    reader.at++;
  }
  reader.table = array ? openArray(reader, root, key) : openTable(reader, root, key);
  reader.context = key;
}

/** The table that a name leads to from another; tables on the way come into being. */
function walk(reader: Reader, from: Table, path: string[], origin: Origin): Table {
  let table = from;
  for (const [i, name] of path.entries()) {
    const made = table.origins.get(name);
    const sub = table.tables.get(name);
    if (made === undefined) {
      const fresh = newTable();
      table.tables.set(name, fresh);
      table.origins.set(name, origin);
      table = fresh;
    } else if (sub === undefined || (origin === "dotted" && made === "array")) {
      fail(
        reader,
        `Key '${path
          .slice(0, i + 1)
          .map(quoteKey)
          .join(".")}' has already been defined.`,
      );
    } else table = Array.isArray(sub) ? sub[sub.length - 1]! : sub;
  }
  return table;
}

function openTable(reader: Reader, root: Table, key: string[]): Table {
  const name = key[key.length - 1]!;
  const parent = walk(reader, root, key.slice(0, -1), "implicit");
  const made = parent.origins.get(name);
  if (made === undefined) {
    const fresh = newTable();
    parent.tables.set(name, fresh);
    parent.origins.set(name, "header");
    return fresh;
  }
  if (made !== "implicit") fail(reader, `Key '${key.map(quoteKey).join(".")}' has already been defined.`);
  parent.origins.set(name, "header");
  return parent.tables.get(name) as Table;
}

function openArray(reader: Reader, root: Table, key: string[]): Table {
  const name = key[key.length - 1]!;
  const parent = walk(reader, root, key.slice(0, -1), "implicit");
  const list = parent.tables.get(name);
  const made = parent.origins.get(name);
  if (made !== undefined && !Array.isArray(list))
    fail(reader, `Key '${key.map(quoteKey).join(".")}' was already created and cannot be used as an array.`);
  const fresh = newTable();
  parent.origins.set(name, "array");
  parent.tables.set(name, Array.isArray(list) ? [...list, fresh] : [fresh]);
  return fresh;
}

/** `a.b."c d"` */
function keyParts(reader: Reader, end: "=" | "]"): string[] {
  const parts: string[] = [];
  for (;;) {
    skipSpace(reader);
    parts.push(keyPart(reader, end));
    skipSpace(reader);
    if (peek(reader) !== ".") return parts;
    reader.at++;
  }
}

function keyPart(reader: Reader, end: "=" | "]"): string {
  const ch = peek(reader);
  if (ch === '"' || ch === "'") return text(reader);
  const bare = /^[A-Za-z0-9_-]+/.exec(reader.text.slice(reader.at, reader.at + 1024))?.[0];
  if (bare !== undefined) {
    reader.at += bare.length;
    return bare;
  }
  if (end === "]") {
    if (ch === "]" || ch === "") fail(reader, "unexpected end of table name (table names cannot be empty)");
    if (ch === ".") fail(reader, "unexpected table separator (table names cannot be empty)");
    fail(reader, `expected '.' or ']' to end table name, but got ${here(reader)} instead`);
  }
  if (ch === "=") fail(reader, "unexpected '=': key name appears blank");
  if (ch === ".") fail(reader, "unexpected '.': keys cannot start with a '.'");
  if (ch === "") fail(reader, "unexpected EOF; expected key separator '='");
  fail(reader, `expected '.' or '=', but got ${here(reader)} instead`);
}

/** `key = value` */
function pair(reader: Reader, into: Table, depth = 0): void {
  const key = keyParts(reader, "=");
  if (peek(reader) !== "=") {
    if (peek(reader) === "" || peek(reader) === "\n")
      fail(
        reader,
        reader.at >= reader.text.length
          ? "unexpected EOF; expected key separator '='"
          : `expected '.' or '=', but got ${here(reader)} instead`,
      );
    fail(reader, `expected '.' or '=', but got ${here(reader)} instead`);
  }
  reader.at++;
  const line = lineAt(reader);
  const name = key[key.length - 1]!;
  const outer = { context: reader.context, key: reader.key };
  reader.context = [...reader.context, ...key.slice(0, -1)];
  reader.key = name;
  const table = walk(reader, into, key.slice(0, -1), "dotted");
  const value = readValue(reader, depth);
  if (table.origins.has(name))
    fail(
      reader,
      `Key '${[...reader.context, name].map(quoteKey).join(".")}' has already been defined.`,
      line,
    );
  table.map.set(name, value);
  table.origins.set(name, "value");
  reader.context = outer.context;
  reader.key = outer.key;
}

function readValue(reader: Reader, depth: number): Value {
  if (depth > MAX_DEPTH) fail(reader, "value is nested too deeply");
  skipSpace(reader);
  const ch = peek(reader);
  if (ch === "" || ch === "\n") {
    if (reader.at >= reader.text.length) fail(reader, "unexpected EOF; expected value");
    fail(reader, `expected value but found ${here(reader)} instead`);
  }
  if (ch === '"' || ch === "'") return text(reader);
  if (ch === "[") return array(reader, depth);
  if (ch === "{") return inlineTable(reader, depth);
  if (ch === ".") fail(reader, "floats must start with a digit, not '.'");
  return bareValue(reader);
}

function array(reader: Reader, depth: number): Value {
  reader.at++;
  const items: Value[] = [];
  for (;;) {
    skipToItem(reader);
    if (peek(reader) === "]") break;
    if (peek(reader) === ",") fail(reader, "unexpected comma");
    items.push(readValue(reader, depth + 1));
    skipToItem(reader);
    if (peek(reader) === "]") break;
    if (peek(reader) !== ",") {
      const got = reader.at >= reader.text.length ? "end of file" : here(reader);
      fail(reader, `expected a comma (',') or array terminator (']'), but got ${got}`);
    }
    reader.at++;
  }
  reader.at++;
  return new GoList(items);
}

function inlineTable(reader: Reader, depth: number): Value {
  reader.at++;
  const table = newTable();
  const outer = { context: reader.context, key: reader.key };
  reader.context = [...reader.context, reader.key];
  reader.key = "";
  for (;;) {
    skipToItem(reader);
    if (peek(reader) === "}") break;
    if (peek(reader) === ",") fail(reader, "unexpected comma");
    pair(reader, table, depth + 1);
    skipToItem(reader);
    if (peek(reader) === "}") break;
    if (peek(reader) !== ",") {
      const got = reader.at >= reader.text.length ? "end of file" : here(reader);
      fail(reader, `expected a comma or an inline table terminator '}', but got ${got} instead`);
    }
    reader.at++;
  }
  reader.at++;
  Object.assign(reader, outer);
  return freeze(table);
}

const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}/;
const TIME = /^[0-9]{2}:[0-9]{2}/;

function bareValue(reader: Reader): Value {
  let word = /^[^\s,\]}#=]*/.exec(reader.text.slice(reader.at, reader.at + 4096))![0];
  // A date and a time may stand apart.
  if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(word)) {
    const time = /^ [0-9]{2}:[0-9]{2}[^\s,\]}#]*/.exec(
      reader.text.slice(reader.at + word.length, reader.at + 64),
    );
    word += time?.[0] ?? "";
  }
  const value = scalar(reader, word);
  reader.at += word.length;
  return value;
}

function scalar(reader: Reader, word: string): Value {
  if (word === "true" || word === "false") return word === "true";
  const special = /^([+-]?)(inf|nan)$/.exec(word);
  if (special) return special[2] === "nan" ? Number.NaN : special[1] === "-" ? -Infinity : Infinity;
  if (DATE.test(word) || TIME.test(word)) return datetime(reader, word);
  if (/^[+-]?[0-9]/.test(word)) return number(reader, word);
  if (/^[+-]/.test(word))
    fail(reader, `expected a digit but got ${goQuote(word[1] ?? "").replace(/"/g, "'")}`);
  if (/^[a-zA-Z]/.test(word)) fail(reader, `expected value but found ${goQuote(word)} instead`);
  fail(reader, `expected value but found ${here(reader)} instead`);
}

function number(reader: Reader, word: string): Value {
  const prefixed = /^0[xob]/.test(word);
  const kind = !prefixed && /[.eE]/.test(word) ? "float" : "integer";
  if (/__|_$|^_|_[.eE+-]|[.eE+-]_/.test(prefixed ? word.slice(2) : word))
    fail(reader, `Invalid ${kind} ${goQuote(word)}: underscores must be surrounded by digits`);
  const plain = word.replaceAll("_", "");
  if (/^[+-]?0[0-9]/.test(plain))
    fail(reader, `Invalid ${kind} ${goQuote(word)}: cannot have leading zeroes`);
  if (kind === "float") {
    if (/\.(?![0-9])/.test(plain))
      fail(reader, `Invalid float ${goQuote(word)}: '.' must be followed by one or more digits`);
    return parseFloat64(plain) ?? fail(reader, `Invalid float value: ${goQuote(word)}`);
  }
  const parsed = parseInt64(plain, 0);
  if (!("error" in parsed)) return int64(parsed.value);
  if (parsed.error === "range") fail(reader, `${word} is out of range for int64`);
  const at = plain.search(prefixed ? /[^0-9a-fA-Fxob]/ : /[^0-9+-]/);
  reader.at += Math.max(at, 0);
  fail(
    reader,
    `expected a top-level item to end with a newline, comment, or EOF, but got ${here(reader)} instead`,
  );
}

const LAYOUTS: readonly [string, Zone][] = [
  ["2006-01-02T15:04:05.999999999Z07:00", UTC],
  ["2006-01-02T15:04:05.999999999", LOCAL_DATETIME],
  ["2006-01-02", LOCAL_DATE],
  ["15:04:05.999999999", LOCAL_TIME],
  ["2006-01-02T15:04Z07:00", UTC],
  ["2006-01-02T15:04", LOCAL_DATETIME],
  ["15:04", LOCAL_TIME],
];

function datetime(reader: Reader, word: string): Value {
  const text = word.replace(/z/g, "Z").replace(/[t ]/g, "T");
  for (const [layout, zone] of LAYOUTS) {
    try {
      return parseTime(layout, text, zone);
    } catch (thrown) {
      if (!(thrown instanceof GoError)) throw thrown;
    }
  }
  return fail(reader, `Invalid date: ${goQuote(word)}`);
}

/** A string in one of the four kinds of quotes. */
function text(reader: Reader): string {
  const quote = peek(reader);
  const long = reader.text.startsWith(quote.repeat(3), reader.at);
  const end = long ? quote.repeat(3) : quote;
  reader.at += end.length;
  if (long && reader.text.startsWith("\r\n", reader.at)) reader.at += 2;
  else if (long && peek(reader) === "\n") reader.at++;
  let out = "";
  for (;;) {
    if (reader.at >= reader.text.length) {
      const wanted = quote === '"' ? `'${end}'` : `"${end}"`;
      fail(reader, `unexpected EOF; expected ${wanted}`);
    }
    if (reader.text.startsWith(end, reader.at)) {
      // Up to two quotes may stand before the end of a long string.
      while (long && reader.text[reader.at + 3] === quote && out.length < reader.text.length) {
        out += quote;
        reader.at++;
      }
      reader.at += end.length;
      return out;
    }
    const ch = peek(reader);
    if (ch === "\n" && !long) fail(reader, "strings cannot contain newlines");
    if (/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(ch))
      fail(
        reader,
        `TOML files cannot contain control characters: '0x${ch.charCodeAt(0).toString(16).padStart(2, "0")}'`,
      );
    if (ch === "\\" && quote === '"') out += escapeOf(reader, long);
    else {
      out += ch;
      reader.at++;
    }
  }
}

const ESCAPES: Record<string, string> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\x1b",
  '"': '"',
  "\\": "\\",
};
const HEX: Record<string, [count: number, name: string]> = { x: [2, "two"], u: [4, "four"], U: [8, "eight"] };

function escapeOf(reader: Reader, long: boolean): string {
  const kind = reader.text[reader.at + 1] ?? "";
  const short = ESCAPES[kind];
  if (short !== undefined) {
    reader.at += 2;
    return short;
  }
  const hex = HEX[kind];
  if (hex) {
    const digits = reader.text.slice(reader.at + 2, reader.at + 2 + hex[0]);
    if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length < hex[0])
      fail(
        reader,
        `expected ${hex[1]} hexadecimal digits after '\\${kind}', but got ${goQuote(digits)} instead`,
      );
    reader.at += 2 + hex[0];
    return encodeRune(Number.parseInt(digits, 16));
  }
  // A backslash at the end of a line swallows the line break and the space behind it.
  const gap = long ? /^\\[ \t]*\r?\n[ \t\r\n]*/.exec(reader.text.slice(reader.at)) : null;
  if (gap) {
    reader.at += gap[0].length;
    return "";
  }
  const rune = encodeRune(runeAt(reader.text, Math.min(reader.at + 1, reader.text.length - 1)));
  return fail(reader, `invalid escape in string '\\${rune}'`);
}
