/**
 * Reads the head of a manifest without parsing it. Nearly all manifests are block mappings and lists of one-line scalars; a
 * text that consists of nothing else is proven to be YAML by its indents. At the first thing that is not so simple, the scan
 * gives up, and the text is parsed.
 */
import { resolvePlain } from "@sluice/yaml";
import type { Head } from "./head.ts";

/** Line breaks of another kind, and characters that YAML refuses. */
const STRANGE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffd-\uffff]/;
const MAX_DEPTH = 100;
const MAX_KEY = 500;
const KEY = /(?:[A-Za-z0-9_$][\w./-]*|"[\w ./-]+"|'[\w ./-]+')(?=: |:$)/y;
const NULL_KEY = /^(?:null|Null|NULL)$/;
const QUOTED = /"(?:[^"\\]|\\["\\/bfnrt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4})*"|'(?:[^']|'')*'/y;
const PLAIN_START = /^(?:[A-Za-z0-9_/$(.\u00a1-\ud7ff]|[-?:][\w/.-])/;
/** A number that JSON cannot hold. */
const NOT_JSON = /^[-+]?\.(?:nan|inf)/i;
const BLOCK = /^[|>][-+]?(?: +#.*| *)$/;
/** Within brackets a plain text ends in more ways, so that only the plainest are taken. */
const FLOW_PLAIN = /(?:[A-Za-z0-9_/$]|-[0-9])[\w./$+-]*(?: [\w./$+-]+)*/y;

/** What is to become of a value: a field of the head, or nothing as long as it is YAML. */
type Wanted =
  | { as: "anything" }
  | { as: "map" }
  | { as: "scalar" }
  | { as: "text"; take(value: string): void };

const ANYTHING: Wanted = { as: "anything" };

type Level = { column: number; kind: "map" | "list" };

type Scan = {
  readonly text: string;
  /** Where the next line begins. */
  next: number;
  readonly levels: Level[];
  /** Whether the last key or dash has no value yet, so that one may follow on the next lines. */
  open: boolean;
  /** What the last key wants as its value. */
  wanted: Wanted;
  /** The key of the root, and of `metadata`, that is being read. */
  root: string;
  inner: string;
  /** Maps of the head that were there. */
  metadata: boolean;
  annotations: boolean;
  readonly head: { apiVersion: string; kind: string; name: string; annotations: Record<string, string> };
};

/** The head of a manifest; undefined if it is not simple enough to tell, which does not mean that it is wrong. */
export function scanHead(text: string): Head | undefined {
  if (STRANGE.test(text)) return undefined;
  const scan: Scan = {
    text,
    next: 0,
    levels: [],
    open: true,
    wanted: { as: "map" },
    root: "",
    inner: "",
    metadata: false,
    annotations: false,
    head: { apiVersion: "", kind: "", name: "", annotations: {} },
  };
  while (scan.next < text.length) if (!takeLine(scan)) return undefined;
  return scan.levels.length > 0 ? scan.head : undefined;
}

function takeLine(scan: Scan): boolean {
  const { text, next: start } = scan;
  const newline = text.indexOf("\n", start);
  const end = newline === -1 ? text.length : newline;
  scan.next = end + 1;
  let at = start;
  while (text.charCodeAt(at) === SPACE) at++;
  if (at >= end || text.charCodeAt(at) === HASH) return true;
  const line = text.slice(start, end);
  return !line.includes("\t") && takeContent(scan, line, at - start);
}

const SPACE = 32;
const HASH = 35;
const DASH = 45;

function takeContent(scan: Scan, line: string, from: number): boolean {
  let column = from;
  while (
    line.charCodeAt(column) === DASH &&
    (column + 1 === line.length || line.charCodeAt(column + 1) === SPACE)
  ) {
    if (!enter(scan, column, "list")) return false;
    scan.open = true;
    scan.wanted = ANYTHING;
    column = skipSpaces(line, column + 1);
    if (column === line.length || line.charCodeAt(column) === HASH) return true;
  }
  KEY.lastIndex = column;
  const key = KEY.exec(line)?.[0];
  // Without a key, a text can only be an item of a list.
  if (key === undefined) return column !== from && takeValue(scan, line, column);
  if (key.length > MAX_KEY || NULL_KEY.test(key) || !enter(scan, column, "map")) return false;
  const name = isQuote(key.charCodeAt(0)) ? key.slice(1, -1) : key;
  const wanted = wantedFor(scan, name);
  if (!wanted) return false;
  scan.wanted = wanted;
  return takeValue(scan, line, skipSpaces(line, column + key.length + 1));
}

function skipSpaces(line: string, from: number): number {
  let at = from;
  while (line.charCodeAt(at) === SPACE) at++;
  return at;
}

/** Goes to the level of a column, and opens it where something is to follow. */
function enter(scan: Scan, column: number, kind: Level["kind"]): boolean {
  const { levels } = scan;
  let top = levels[levels.length - 1];
  while (top !== undefined && top.column >= column) {
    if (top.column === column && top.kind === kind) {
      scan.open = false;
      return true;
    }
    // A list may stand in the column of its key.
    if (top.column === column && top.kind === "map") break;
    levels.pop();
    scan.open = false;
    top = levels[levels.length - 1];
  }
  const { wanted } = scan;
  if (!scan.open || levels.length >= MAX_DEPTH) return false;
  if (wanted.as !== "anything" && !(wanted.as === "map" && kind === "map")) return false;
  levels.push({ column, kind });
  scan.open = false;
  return true;
}

/** What a key of the innermost map wants; undefined if that cannot be told without care. */
function wantedFor(scan: Scan, key: string): Wanted | undefined {
  const depth = scan.levels.length;
  if (depth === 1) {
    scan.root = key;
    return rootField(scan, key);
  }
  if (scan.root !== "metadata") return ANYTHING;
  if (depth === 2) {
    scan.inner = key;
    return metadataField(scan, key);
  }
  if (depth !== 3 || scan.inner !== "annotations") return ANYTHING;
  if (!key.startsWith("helm.sh/")) return { as: "scalar" };
  return { as: "text", take: (value) => (scan.head.annotations[key] = value) };
}

function rootField(scan: Scan, key: string): Wanted | undefined {
  switch (key) {
    case "apiVersion":
    case "kind":
      return { as: "text", take: (value) => (scan.head[key] = value) };
    case "metadata":
      if (scan.metadata) return undefined;
      scan.metadata = true;
      return { as: "map" };
    default:
      // Go takes the names of fields in any case.
      return /^(?:apiversion|kind|metadata)$/i.test(key) ? undefined : ANYTHING;
  }
}

function metadataField(scan: Scan, key: string): Wanted | undefined {
  switch (key) {
    case "name":
      return { as: "text", take: (value) => (scan.head.name = value) };
    case "annotations":
      if (scan.annotations) return undefined;
      scan.annotations = true;
      return { as: "map" };
    default:
      return /^(?:name|annotations)$/i.test(key) ? undefined : ANYTHING;
  }
}

/** Takes what stands behind a key or a dash. */
function takeValue(scan: Scan, line: string, at: number): boolean {
  const { wanted } = scan;
  const code = line.charCodeAt(at);
  if (at === line.length || code === HASH) {
    scan.open = true;
    return wanted.as === "anything" || wanted.as === "map";
  }
  scan.open = false;
  const value = line.slice(at);
  if (BLOCK.test(value)) return (wanted.as === "anything" || wanted.as === "scalar") && skipBlock(scan);
  if (isQuote(code)) {
    const end = matchEnd(QUOTED, value, 0);
    return end !== -1 && endsBehind(value, end) && keepQuoted(wanted, value.slice(0, end));
  }
  if (PLAIN_START.test(value)) return keepPlain(wanted, value);
  if (wanted.as !== "anything") return false;
  const end = flowEnd(value, 0, 0);
  return end !== -1 && endsBehind(value, end);
}

const isQuote = (code: number): boolean => code === 34 || code === 39;

/** Where what a sticky expression matches ends; -1 if it does not match. */
function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** Where brackets end that open at an offset; -1 if they hold anything unusual. */
function flowEnd(text: string, from: number, depth: number): number {
  const open = text[from];
  if ((open !== "[" && open !== "{") || depth > MAX_DEPTH) return -1;
  const close = open === "[" ? "]" : "}";
  let at = skipSpaces(text, from + 1);
  if (text[at] === close) return at + 1;
  while (at !== -1) {
    if (open === "{") at = behindKey(text, at);
    if (at !== -1) at = itemEnd(text, at, depth);
    if (at === -1) return -1;
    at = skipSpaces(text, at);
    if (text[at] === close) return at + 1;
    if (text[at] !== ",") return -1;
    at = skipSpaces(text, at + 1);
  }
  return -1;
}

function itemEnd(text: string, at: number, depth: number): number {
  const code = text.charCodeAt(at);
  if (isQuote(code)) return matchEnd(QUOTED, text, at);
  const end = matchEnd(FLOW_PLAIN, text, at);
  return end === -1 ? flowEnd(text, at, depth + 1) : end;
}

/** Behind a key in brackets and its colon, where the value begins; -1 if it is no plain one. */
function behindKey(text: string, from: number): number {
  const quoted = isQuote(text.charCodeAt(from));
  const end = quoted ? matchEnd(QUOTED, text, from) : matchEnd(FLOW_PLAIN, text, from);
  if (end === -1 || end - from > MAX_KEY || text[end] !== ":") return -1;
  if (!quoted && (text.charCodeAt(end + 1) !== SPACE || NULL_KEY.test(text.slice(from, end)))) return -1;
  return skipSpaces(text, end + 1);
}

/** Whether nothing follows but a comment. */
function endsBehind(value: string, at: number): boolean {
  const rest = skipSpaces(value, at);
  return rest === value.length || (rest > at && value.charCodeAt(rest) === HASH);
}

function keepQuoted(wanted: Wanted, quoted: string): boolean {
  if (wanted.as === "map") return false;
  if (wanted.as !== "text") return true;
  const text = quoted.slice(1, -1);
  if (/[\\']/.test(text)) return false;
  wanted.take(text);
  return true;
}

function keepPlain(wanted: Wanted, value: string): boolean {
  const comment = value.indexOf(" #");
  const text = (comment === -1 ? value : value.slice(0, comment)).trimEnd();
  if (text.includes(": ") || text.endsWith(":") || NOT_JSON.test(text) || wanted.as === "map") return false;
  if (wanted.as !== "text") return true;
  if (resolvePlain(text, "kubernetes") !== text) return false;
  wanted.take(text);
  return true;
}

/** Skips the lines of a block scalar. */
function skipBlock(scan: Scan): boolean {
  const { text } = scan;
  const parent = scan.levels[scan.levels.length - 1]!.column;
  let indent = -1;
  let blanks = 0;
  while (scan.next < text.length) {
    const newline = text.indexOf("\n", scan.next);
    const end = newline === -1 ? text.length : newline;
    let at = scan.next;
    while (text.charCodeAt(at) === SPACE) at++;
    const column = at - scan.next;
    if (at >= end) blanks = Math.max(blanks, column);
    else if (text.charCodeAt(at) === TAB && (indent === -1 || column < indent)) return false;
    else if (indent === -1) {
      if (column <= parent) return true;
      // Blank lines before the first line may not be longer than its indent.
      if (blanks > column) return false;
      indent = column;
    } else if (column < indent) return true;
    scan.next = end + 1;
  }
  return true;
}

const TAB = 9;
