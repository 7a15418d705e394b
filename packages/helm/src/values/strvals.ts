import { go } from "@sluice/gotemplate";
import type { Values } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { copyDeep, copyTable, isTable } from "./tables.ts";

/**
 * How the text of a flag is read: `set` types what looks like a boolean, null or integer, `string` takes all for text, `json`
 * reads JSON, `file` reads the file that is named, `literal` takes all behind the `=` as it is.
 */
export type SetKind = "set" | "string" | "json" | "file" | "literal";

/** The content of a file by its path. An error that it throws is part of what the user reads. */
export type ReadFile = (path: string) => string;

/** Helm's limits, from its pkg/strvals. */
const MAX_INDEX = 65536;
const MAX_LEVEL = 30;
/** Ours: entries that lists may grow by, and lists within one another, in one text. */
const MAX_GROWTH = 1_000_000;
const MAX_LISTS = 500;

/**
 * Reads a text such as `image.tag=1.2,ports[0]=80` as Helm's pkg/strvals does, and sets what it says.
 * @param into the values to set it in; they are not changed
 * @param readFile for `file`
 * @returns the values with what was set; integers of `set` are bigint
 * @throws {ChartError} `bad-values` in Helm's words, without the prefix of its command line; `limit`
 */
export function parseSet(kind: SetKind, text: string, into: Values = {}, readFile?: ReadFile): Values {
  const values = copyDeep(into) as Values;
  setIn(values, kind, text, readFile);
  return values;
}

/** As `parseSet`, but writes to the values themselves, which must share nothing with others. */
export function setIn(values: Values, kind: SetKind, text: string, readFile?: ReadFile): void {
  const scan: Scan = { text, at: 0, kind, readFile, growth: 0, lists: 0 };
  while (readKey(scan, values, 0) === "more") scan.lists = 0;
}

type Scan = { text: string; at: number; kind: SetKind; readFile?: ReadFile; growth: number; lists: number };

/** Whether there may be more, or the text was over. An end in the middle of things is none of Helm's errors. */
type Ending = "more" | "end";

const fail = (message: string): ChartError => new ChartError("bad-values", message);

/** Characters up to one of `stops`, which is passed over; `stop` is empty if the text ended first. */
function until(scan: Scan, stops: string): { word: string; stop: string } {
  let word = "";
  for (; scan.at < scan.text.length; scan.at++) {
    const ch = scan.text[scan.at]!;
    if (stops.includes(ch)) {
      scan.at++;
      return { word, stop: ch };
    }
    if (ch !== "\\" || scan.kind === "literal") word += ch;
    else if (++scan.at < scan.text.length) word += scan.text[scan.at];
  }
  return { word, stop: "" };
}

/** One `key=value`, from the key on or from within it. */
function readKey(scan: Scan, table: Values, level: number): Ending {
  const { word: key, stop } = until(scan, scan.kind === "literal" ? "=[." : "=[,.");
  switch (stop) {
    case "":
      if (key === "") return "end";
      throw fail(`key ${go.quote(key)} has no value`);
    case ",":
      throw fail(`key ${go.quote(key)} has no value (cannot end with ,)`);
    case "=":
      return assign(scan, (value) => put(table, key, value));
    case ".":
      return readTable(scan, table, key, level + 1);
    default:
      return readList(scan, table, key, level);
  }
}

/** A key that is empty is passed over. */
function put(table: Values, key: string, value: unknown): void {
  if (key !== "") table[key] = value;
}

function readTable(scan: Scan, table: Values, key: string, level: number): Ending {
  if (level > MAX_LEVEL) {
    throw fail(`value name nested level is greater than maximum supported nested level of ${MAX_LEVEL}`);
  }
  const inner = Object.hasOwn(table, key) ? tableOf(table[key]) : copyTable();
  const ending = readKey(scan, inner, level);
  const empty = Object.keys(inner).length === 0;
  if (empty && ending === "more") throw fail(`key map ${go.quote(key)} has no value`);
  if (!empty) put(table, key, inner);
  return ending;
}

function readList(scan: Scan, table: Values, key: string, level: number): Ending {
  const index = readIndex(scan);
  if (index === "end") return "end";
  const list = Object.hasOwn(table, key) ? listOf(table[key]) : [];
  const ending = readItem(scan, list, index, level);
  put(table, key, list);
  return ending;
}

const tableOf = (value: unknown): Values => {
  if (isTable(value)) return value;
  throw fail(`unable to parse key: ${conversion(value, "map[string]interface {}")}`);
};

const listOf = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value;
  throw fail(`unable to parse key: ${conversion(value, "[]interface {}")}`);
};

/** Where Helm recovers from a panic of Go, it says so in Go's words. */
const conversion = (value: unknown, wanted: string): string =>
  `interface conversion: interface {} is ${value === null ? "nil" : go.typeOf(value)}, not ${wanted}`;

function readIndex(scan: Scan): number | "end" {
  const { word, stop } = until(scan, "]");
  if (stop === "") return "end";
  const wrong = (why: string) => fail(`error parsing index: strconv.Atoi: parsing ${go.quote(word)}: ${why}`);
  if (!/^[+-]?[0-9]+$/.test(word)) throw wrong("invalid syntax");
  const index = BigInt(word.replace("+", ""));
  if (index !== BigInt.asIntN(64, index)) throw wrong("value out of range");
  return Number(index);
}

/** What follows an index: a value, a key of a table, or one more index. */
function readItem(scan: Scan, list: unknown[], index: number, level: number): Ending {
  if (index < 0) throw fail(`negative ${index} index not allowed`);
  if (++scan.lists > MAX_LISTS)
    throw new ChartError("limit", `more than ${MAX_LISTS} lists within one another`);
  const { word, stop } = until(scan, "[.=");
  if (word !== "") throw fail(`unexpected data at end of array index: ${runes(word)}`);
  switch (stop) {
    case "":
      return "end";
    case "=":
      assign(scan, (value) => putAt(scan, list, index, value));
      return "more";
    case ".": {
      if (index < list.length && !isTable(list[index])) list[index] = copyTable();
      const inner = index < list.length ? (list[index] as Values) : copyTable();
      if (readKey(scan, inner, level) === "end") return "end";
      putAt(scan, list, index, inner);
      return "more";
    }
    default: {
      const next = readIndex(scan);
      if (next === "end") return "end";
      const inner = list[index] === undefined || list[index] === null ? [] : listOf(list[index]);
      if (readItem(scan, inner, next, level) === "end") return "end";
      putAt(scan, list, index, inner);
      return "more";
    }
  }
}

/** fmt's %q of runes. */
const runes = (word: string): string =>
  `[${[...word].map((rune) => (rune === "'" ? "'\\''" : `'${go.quote(rune).slice(1, -1).replace('\\"', '"')}'`)).join(" ")}]`;

function putAt(scan: Scan, list: unknown[], index: number, value: unknown): void {
  if (index > MAX_INDEX) {
    throw fail(`index of ${index} is greater than maximum supported index of ${MAX_INDEX}`);
  }
  scan.growth += Math.max(0, index + 1 - list.length);
  if (scan.growth > MAX_GROWTH) throw new ChartError("limit", `lists of more than ${MAX_GROWTH} entries`);
  while (list.length < index) list.push(null);
  list[index] = value;
}

/** What is behind a `=`, up to the comma behind it. */
function assign(scan: Scan, set: (value: unknown) => void): Ending {
  switch (scan.kind) {
    case "json":
      return assignJson(scan, set);
    case "literal":
      set(scan.text.slice(scan.at));
      scan.at = scan.text.length;
      return "more";
    case "set":
    case "string":
    case "file":
      return assignWord(scan, set);
  }
}

function assignWord(scan: Scan, set: (value: unknown) => void): Ending {
  if (scan.at === scan.text.length) {
    set("");
    return "end";
  }
  if (scan.text[scan.at] === "{") set(readWords(scan));
  else set(valueFor(scan, until(scan, ",").word));
  return "more";
}

/** `{a,b}` */
function readWords(scan: Scan): unknown[] {
  scan.at++;
  const list: unknown[] = [];
  for (;;) {
    const { word, stop } = until(scan, ",}");
    if (stop === "") throw fail("list must terminate with '}'");
    if (stop === "}" && scan.text[scan.at] === ",") scan.at++;
    list.push(valueFor(scan, word));
    if (stop === "}") return list;
  }
}

function valueFor(scan: Scan, word: string): unknown {
  if (scan.kind === "string") return word;
  if (scan.kind === "set") return typed(word);
  if (!scan.readFile) throw fail(`open ${word}: files cannot be read here`);
  try {
    return scan.readFile(word);
  } catch (thrown) {
    throw new ChartError("bad-values", (thrown as Error).message, { cause: thrown });
  }
}

function typed(word: string): unknown {
  if (/^true$/iu.test(word)) return true;
  if (/^false$/iu.test(word)) return false;
  if (/^null$/iu.test(word)) return null;
  if (word === "0") return 0n;
  if (!/^(?:[+-][0-9]+|[1-9][0-9]*)$/.test(word)) return word;
  const value = BigInt(word.replace("+", ""));
  return value === BigInt.asIntN(64, value) ? value : word;
}

function assignJson(scan: Scan, set: (value: unknown) => void): Ending {
  if (isBlank(scan)) {
    set(null);
    return "more";
  }
  try {
    const rest = scan.text.slice(scan.at);
    const end = go.endOfJson(rest);
    set(go.readJson(rest.slice(0, end)));
    scan.at += end;
  } catch (thrown) {
    if (thrown instanceof go.GoError) throw fail(thrown.message);
    throw thrown;
  }
  isBlank(scan);
  return "more";
}

/** Passes over spaces and a comma behind them; whether nothing else was there. */
function isBlank(scan: Scan): boolean {
  while (scan.at < scan.text.length) {
    const ch = scan.text[scan.at]!;
    if (ch !== "," && !go.isSpace(ch.charCodeAt(0))) return false;
    scan.at++;
    if (ch === ",") return true;
  }
  return true;
}
