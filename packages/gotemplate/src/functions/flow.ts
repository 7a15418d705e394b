/** Defaults, choices, failures, and the built-in functions of text/template that are no comparison. */
import { decode, isPrint, runeAt, runeSize } from "../bytes.ts";
import { GoError } from "../errors.ts";
import { printValue, sprint, sprintf, sprintln } from "../print.ts";
import { allow, type Frame } from "../runtime.ts";
import { goText } from "../text.ts";
import {
  GoBytes,
  GoList,
  GoMap,
  GoObject,
  isTrue,
  Num,
  typeName,
  UINT8,
  type Value,
  zeroOf,
} from "../value.ts";
import { type Functions, fn } from "./define.ts";
import { isEmpty } from "./lists.ts";
import { queryEscape } from "./urls.ts";

/** Marks of a message of `fail` or `required` within an error: the outermost shows nothing but it. */
const BEGIN = "HELM_ERR_START";
const END = "HELM_ERR_END";

/** The message of `fail` or `required` that an error was made of; undefined for other errors. */
export function failureIn(message: string): string | undefined {
  const start = message.indexOf(BEGIN);
  const end = message.lastIndexOf(END);
  return start !== -1 && end > start ? message.slice(start + BEGIN.length, end) : undefined;
}

/** The same message without marks. */
export function withoutMarks(message: string): string {
  return message.includes(BEGIN) ? message.replaceAll(BEGIN, "").replaceAll(END, "") : message;
}

function fail({ run }: Frame, message: string): string {
  if (!run.host.lint) throw new GoError(BEGIN + message + END);
  run.host.lint("INFO", "funcMap fail", decode(message));
  return "";
}

function required(frame: Frame, message: string, value: Value): Value {
  if (value !== null && value !== "") return value;
  const { host } = frame.run;
  if (!host.lint) return fail(frame, message);
  host.lint("WARN", value === null ? "missing required value" : "missing required values", decode(message));
  return "";
}

/** Which item of a list or string is meant. @throws {GoError} in Go's words */
function indexArg(index: Value, length: number): number {
  const value = typeof index === "bigint" ? index : index instanceof Num ? index.value : undefined;
  if (value === undefined) {
    if (index === null || index === undefined) throw new GoError("cannot index slice/array with nil");
    throw new GoError(`cannot index slice/array with type ${typeName(index)}`);
  }
  if (value < 0n || value > BigInt(length)) throw new GoError(`index out of range: ${value}`);
  return Number(value);
}

function indexMap(map: GoMap, key: Value): Value {
  if (key === null || key === undefined) throw new GoError("value is nil; should be of type string");
  if (typeof key !== "string") throw new GoError(`value has type ${typeName(key)}; should be string`);
  const found = map.m.get(key);
  return found === undefined ? zeroOf(map.type.elem) : found;
}

function indexOne(item: Value, key: Value): Value {
  if (item === null || item === undefined) throw new GoError("index of nil pointer");
  if (item instanceof GoMap) return indexMap(item, key);
  if (typeof item === "string" || item instanceof GoBytes) {
    const text = typeof item === "string" ? item : item.text;
    const at = indexArg(key, text.length);
    if (at === text.length)
      throw new GoError(`reflect: ${typeof item === "string" ? "string" : "slice"} index out of range`);
    return new Num(BigInt(text.charCodeAt(at)), UINT8);
  }
  if (item instanceof GoList) {
    const at = indexArg(key, item.items.length);
    if (at === item.items.length) throw new GoError("reflect: slice index out of range");
    return item.items[at];
  }
  throw new GoError(`can't index item of type ${typeName(item).replace("*", "")}`);
}

function index(item: Value, ...keys: Value[]): Value {
  if (item === null || item === undefined) throw new GoError("index of untyped nil");
  return keys.reduce(indexOne, item);
}

function length(item: Value): bigint {
  if (typeof item === "string") return BigInt(item.length);
  if (item instanceof GoMap) return BigInt(item.m.size);
  if (item instanceof GoList) return BigInt(item.items.length);
  if (item instanceof GoBytes) return BigInt(item.text.length);
  if (item === null) throw new GoError("len of nil pointer");
  if (item === undefined) throw new GoError("reflect: call of reflect.Value.Type on zero Value");
  throw new GoError(`len of type ${typeName(item).replace("*", "")}`);
}

/** Operands of html, js and urlquery as one text. */
function joined(values: Value[]): string {
  if (typeof values[0] === "string" && values.length === 1) return values[0];
  return sprint(
    values.map((value) => (value === null ? "<no value>" : value)),
    (value) => (value instanceof GoObject ? goText(value) : printValue(value)),
  );
}

const HTML: Record<string, string> = {
  "\0": "\xef\xbf\xbd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

const JS: Record<string, string> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
};

const hex = (rune: number): string => rune.toString(16).toUpperCase().padStart(4, "0");

function escapeJs(text: string): string {
  let out = "";
  for (let at = 0; at < text.length; ) {
    const rune = runeAt(text, at);
    const size = runeSize(text, at);
    const ch = text.slice(at, at + size);
    if (rune < 0x20) out += JS[ch] ?? `\\u${hex(rune)}`;
    else if (rune < 0x80) out += JS[ch] ?? ch;
    else out += isPrint(rune) ? ch : `\\u${hex(rune)}`;
    at += size;
  }
  return out;
}

/** `call` finds nothing that it could call. */
function callAnything(fn: Value, name: string): never {
  if (fn === null || fn === undefined) throw new GoError("call of nil");
  throw new GoError(`non-function ${name} of type ${typeName(fn)}`);
}

function checkedSprintf(frame: Frame, format: string, ...args: Value[]): string {
  // Widths of up to a million may be repeated; each directive is three bytes at least.
  const widths = [...format.matchAll(/\d{4,7}/g)].reduce((total, [digits]) => total + Number(digits), 0);
  const stars =
    (format.match(/\*/g)?.length ?? 0) * (args.some((arg) => typeof arg === "bigint") ? 1_000_000 : 0);
  allow(frame.run, widths + stars);
  return sprintf(format, args);
}

export const flow: Functions = {
  // Evaluated by the compiler, which stops as soon as it knows the answer.
  and: fn("value ...value", (_, value) => value),
  or: fn("value ...value", (_, value) => value),
  not: fn("value", (_, value) => !isTrue(value)),
  len: fn("value", (_, item) => length(item)),
  index: fn("value ...value", (_, item, ...keys) => index(item, ...keys)),
  // The compiler adds how the template writes what is called.
  call: fn(
    "value ...value",
    (_, callee, name = typeof callee === "string" ? callee : `<${typeName(callee)} Value>`) =>
      callAnything(callee, name),
  ),
  print: fn("...any", (_, ...values) => sprint(values)),
  println: fn("...any", (_, ...values) => sprintln(values)),
  printf: fn("string ...any", checkedSprintf),
  html: fn("...any", (_, ...values) => joined(values).replace(/[\0"'&<>]/g, (ch) => HTML[ch]!)),
  js: fn("...any", (_, ...values) => escapeJs(joined(values))),
  urlquery: fn("...any", (_, ...values) => queryEscape(joined(values))),

  default: fn("any ...any", (_, otherwise, value = null) => (isEmpty(value) ? otherwise : value)),
  empty: fn("any", (_, value) => isEmpty(value)),
  coalesce: fn("...any", (_, ...values: Value[]) => values.find((value) => !isEmpty(value)) ?? null),
  all: fn("...any", (_, ...values) => !values.some(isEmpty)),
  any: fn("...any", (_, ...values: Value[]) => values.some((value) => !isEmpty(value))),
  ternary: fn("any any bool", (_, yes, no, choice) => (choice ? yes : no)),
  required: fn("string any", required),
  fail: fn("string", fail),
};
