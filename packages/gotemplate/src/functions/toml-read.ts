/** BurntSushi/toml's decoder: TOML 1.0, and the looser inline tables of 1.1. */
import { isUtf8 } from "../bytes.ts";
import { GoError } from "../errors.ts";
import { DICT, GoList, GoMap, type ListType, type Value } from "../value.ts";
import { bareValue } from "./toml-scalar.ts";
import { fail, here, lineAt, peek, quoteKey, type Reader, readText } from "./toml-text.ts";

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

const newTable = (): Table => ({ map: new Map(), origins: new Map(), tables: new Map() });

/** The table of a text. @throws {GoError} with Go's words, the line, and the last key */
export function readToml(text: string): GoMap {
  if (text.slice(0, 6).includes("\0"))
    throw new GoError(
      "toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8",
    );
  if (!isUtf8(text)) throw new GoError("toml: line 1: invalid UTF-8 byte");
  const root = newTable();
  const source = text.startsWith("\xef\xbb\xbf") ? text.slice(3) : text;
  const reader: Reader = { text: source, at: 0, context: [], key: "" };
  let table = root;
  while (!skipToItem(reader)) {
    if (peek(reader) === "[") table = header(reader, root);
    else pair(reader, table);
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

/** A line such as `[a.b]` or `[[a]]`: the table that it opens. */
function header(reader: Reader, root: Table): Table {
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
  const table = array ? openArray(reader, root, key) : openTable(reader, root, key);
  reader.context = key;
  return table;
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
  if (ch === '"' || ch === "'") return readText(reader);
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
  if (reader.at >= reader.text.length) fail(reader, "unexpected EOF; expected key separator '='");
  if (peek(reader) !== "=") fail(reader, `expected '.' or '=', but got ${here(reader)} instead`);
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
  if (ch === '"' || ch === "'") return readText(reader);
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
