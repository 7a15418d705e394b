/** Go's fmt/print.go: Sprint, Sprintln, Sprintf and %v. All texts are byte strings. */

import { encodeRune, runeAt, runeSize } from "./bytes.ts";
import {
  type Flags,
  formatChar,
  formatFloat,
  formatHex,
  formatInteger,
  formatQuoted,
  formatQuotedChar,
  formatText,
  formatUnicode,
  newFlags,
  pad,
} from "./format.ts";
import { spend } from "./meter.ts";
import { formatG } from "./numbers.ts";
import {
  Complex,
  type Field,
  GoBytes,
  GoList,
  GoMap,
  GoObject,
  itemsOf,
  MAX_DEPTH,
  Num,
  sortedKeys,
  typeName,
  type Value,
} from "./value.ts";

/** Largest width, precision and index of an argument; Go takes what is beyond for a mistake. */
const LARGEST = 1_000_000;

/** A value as %v prints it. */
export function printValue(value: Value): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return formatG(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "undefined":
      return "<nil>";
    default:
      return value === null ? "<nil>" : printArg(newFlags(), value, "v");
  }
}

/** fmt.Sprint: a space between two operands that are no strings. `print` makes the text of one. */
export function sprint(args: readonly Value[], print = printValue): string {
  let out = "";
  let afterText = true;
  for (const arg of args) {
    const isText = typeof arg === "string";
    if (!isText && !afterText) out += " ";
    out += print(arg);
    afterText = isText;
  }
  return out;
}

/** fmt.Sprintln. */
export function sprintln(args: readonly Value[]): string {
  return `${args.map(printValue).join(" ")}\n`;
}

/** fmt.Sprintf. What does not fit is told in the result: `%!d(string=x)`. */
export function sprintf(format: string, args: readonly Value[]): string {
  const state: State = { format, args, at: 0, next: 0, reordered: false, badIndex: false, afterIndex: false };
  let out = "";
  while (state.at < format.length) {
    const percent = format.indexOf("%", state.at);
    const end = percent === -1 ? format.length : percent;
    out += format.slice(state.at, end);
    state.at = end + 1;
    if (percent !== -1) out += directive(state);
  }
  return out + extraArgs(state);
}

type State = {
  format: string;
  args: readonly Value[];
  at: number;
  next: number;
  reordered: boolean;
  badIndex: boolean;
  afterIndex: boolean;
};

function extraArgs({ reordered, next, args }: State): string {
  if (reordered || next >= args.length) return "";
  const extra = args.slice(next).map((arg) => {
    if (arg === null || arg === undefined) return "<nil>";
    return `${typeName(arg)}=${printArg(newFlags(), arg, "v")}`;
  });
  return `%!(EXTRA ${extra.join(", ")})`;
}

const FLAGS: Record<string, "sharp" | "zero" | "plus" | "minus" | "space"> = {
  "#": "sharp",
  "0": "zero",
  "+": "plus",
  "-": "minus",
  " ": "space",
};

function directive(state: State): string {
  const flags = newFlags();
  const { format, args } = state;
  state.badIndex = false;
  state.afterIndex = false;
  for (let flag = FLAGS[format[state.at]!]; flag; flag = FLAGS[format[++state.at]!]) flags[flag] = true;
  argIndex(state);
  let out = width(state, flags);
  if (state.at + 1 < format.length && format[state.at] === ".") out += precision(state, flags);
  if (!state.afterIndex) argIndex(state);
  if (state.at >= format.length) return `${out}%!(NOVERB)`;
  const size = runeSize(format, state.at);
  const verb = encodeRune(runeAt(format, state.at));
  state.at += size;
  if (verb === "%") return `${out}%`;
  if (state.badIndex) return `${out}%!${verb}(BADINDEX)`;
  if (state.next >= args.length) return `${out}%!${verb}(MISSING)`;
  if (verb === "v" || verb === "w") {
    [flags.sharpV, flags.sharp] = [flags.sharp, false];
    [flags.plusV, flags.plus] = [flags.plus, false];
  }
  return out + printArg(flags, args[state.next++], verb);
}

function width(state: State, flags: Flags): string {
  if (state.format[state.at] !== "*") {
    flags.width = number(state);
    if (state.afterIndex && flags.width !== undefined) state.badIndex = true;
    return "";
  }
  state.at++;
  state.afterIndex = false;
  const value = intArg(state);
  if (value === undefined) return "%!(BADWIDTH)";
  flags.width = Math.abs(value);
  if (value < 0) [flags.minus, flags.zero] = [true, false];
  return "";
}

function precision(state: State, flags: Flags): string {
  state.at++;
  if (state.afterIndex) state.badIndex = true;
  argIndex(state);
  if (state.format[state.at] !== "*") {
    flags.precision = number(state) ?? 0;
    return "";
  }
  state.at++;
  state.afterIndex = false;
  const value = intArg(state);
  if (value === undefined || value < 0) return "%!(BADPREC)";
  flags.precision = value;
  return "";
}

/** Digits at the current place; undefined if there are none, or too many. */
function number(state: State): number | undefined {
  const digits = /^[0-9]+/.exec(state.format.slice(state.at, state.at + 24))?.[0];
  if (digits === undefined) return undefined;
  if (Number(digits) > LARGEST * 10) {
    state.at = state.format.length;
    return undefined;
  }
  state.at += digits.length;
  return Number(digits);
}

function intArg(state: State): number | undefined {
  if (state.next >= state.args.length) return undefined;
  const arg = state.args[state.next++];
  const value = typeof arg === "bigint" ? arg : arg instanceof Num ? arg.value : undefined;
  if (value === undefined || value > BigInt(LARGEST) || value < -BigInt(LARGEST)) return undefined;
  return Number(value);
}

/** `[3]` at the current place. */
function argIndex(state: State): void {
  state.afterIndex = false;
  if (state.format[state.at] !== "[") return;
  state.reordered = true;
  const close = state.format.indexOf("]", state.at + 1);
  if (close === -1) {
    state.badIndex = true;
    state.at++;
    return;
  }
  const text = state.format.slice(state.at + 1, close);
  state.at = close + 1;
  state.afterIndex = /^[0-9]+$/.test(text) && Number(text) <= LARGEST;
  const index = Number(text) - 1;
  if (state.afterIndex && index >= 0 && index < state.args.length) state.next = index;
  else state.badIndex = true;
}

/** One operand under a verb. */
function printArg(flags: Flags, arg: Value, verb: string): string {
  if (arg === null || arg === undefined)
    return verb === "T" || verb === "v" ? pad(flags, "<nil>") : bad(flags, arg, verb);
  if (verb === "T") return formatText(flags, typeName(arg));
  if (verb === "p") return bad(flags, arg, verb);
  return printAny(flags, arg, verb, 0);
}

/** A verb that does not fit. The operand is printed as by %v, under the same flags, and without its String(). */
function bad(flags: Flags, arg: Value, verb: string): string {
  if (arg === null || arg === undefined) return `%!${verb}(<nil>)`;
  return `%!${verb}(${typeName(arg)}=${printAny(flags, arg, "v", 0, true)})`;
}

const STRINGABLE = new Set(["v", "s", "x", "X", "q"]);

function printAny(flags: Flags, arg: Value, verb: string, depth: number, bare = false): string {
  if (depth > MAX_DEPTH) return "...";
  if (depth > 0) spend();
  switch (typeof arg) {
    case "string":
      return printText(flags, arg, verb);
    case "boolean":
      return verb === "t" || verb === "v" ? pad(flags, String(arg)) : bad(flags, arg, verb);
    case "number":
      return "vbgGxXfeEF".includes(verb) ? formatFloat(flags, arg, verb) : bad(flags, arg, verb);
    case "bigint":
      return printInteger(flags, arg, arg, verb);
  }
  if (arg === null || arg === undefined) return printNil(flags, verb, depth);
  if (!bare && !flags.sharpV && STRINGABLE.has(verb)) {
    const text = textOf(arg);
    if (text !== undefined) return printText(flags, text, verb);
  }
  if (arg instanceof Num) return printInteger(flags, arg.value, arg, verb);
  if (arg instanceof Complex) return printComplex(flags, arg, verb);
  if (arg instanceof GoMap) return printMap(flags, arg, verb, depth, bare);
  if (arg instanceof GoObject) return printObject(flags, arg, verb, depth, bare);
  return printList(flags, arg, verb, depth, bare);
}

/** What String() of a value says, if it has that method. */
export function textOf(value: Value): string | undefined {
  if (value instanceof Num) return value.type.text?.(value.value);
  if (value instanceof GoObject) return value.type.text?.(value);
  return undefined;
}

function printNil(flags: Flags, verb: string, depth: number): string {
  if (flags.sharpV && depth > 0) return "interface {}(nil)";
  return verb === "v" || depth > 0 ? "<nil>" : `%!${verb}(<nil>)`;
}

function printText(flags: Flags, text: string, verb: string): string {
  switch (verb) {
    case "v":
      return flags.sharpV ? formatQuoted(flags, text) : formatText(flags, text);
    case "s":
      return formatText(flags, text);
    case "q":
      return formatQuoted(flags, text);
    case "x":
    case "X":
      return formatHex(flags, text, verb);
    default:
      return bad(flags, text, verb);
  }
}

function printInteger(flags: Flags, value: bigint, arg: Value, verb: string): string {
  switch (verb) {
    case "v":
      if (flags.sharpV && arg instanceof Num && arg.type.kind.startsWith("u"))
        return formatInteger({ ...flags, sharp: true }, value, "x");
      return formatInteger(flags, value, "d");
    case "d":
    case "b":
    case "o":
    case "O":
    case "x":
    case "X":
      return formatInteger(flags, value, verb);
    case "c":
      return formatChar(flags, value);
    case "q":
      return formatQuotedChar(flags, value);
    case "U":
      return formatUnicode(flags, value);
    default:
      return bad(flags, arg, verb);
  }
}

function printComplex(flags: Flags, { re, im }: Complex, verb: string): string {
  if (!"vbgGxXfFeE".includes(verb)) return bad(flags, new Complex(re, im), verb);
  return `(${formatFloat(flags, re, verb)}${formatFloat({ ...flags, plus: true }, im, verb)}i)`;
}

function printMap(flags: Flags, map: GoMap, verb: string, depth: number, bare: boolean): string {
  if (flags.sharpV && map.isNil) return `${map.type.name}(nil)`;
  const entries = sortedKeys(map).map(
    (key) => `${printText(flags, key, verb)}:${printAny(flags, map.m.get(key), verb, depth + 1, bare)}`,
  );
  if (flags.sharpV) return `${map.type.name}{${entries.join(", ")}}`;
  return `map[${entries.join(" ")}]`;
}

function printList(flags: Flags, list: GoList | GoBytes, verb: string, depth: number, bare: boolean): string {
  if (list instanceof GoBytes && "sqxX".includes(verb)) return printText(flags, list.text, verb);
  const items = itemsOf(list).map((item) => printAny(flags, item, verb, depth + 1, bare));
  if (!flags.sharpV) return `[${items.join(" ")}]`;
  // Go names a []byte by its alias when it is the operand itself.
  const name = list instanceof GoBytes ? (depth === 0 ? "[]byte" : "[]uint8") : list.type.name;
  return list instanceof GoList && list.isNil ? `${name}(nil)` : `${name}{${items.join(", ")}}`;
}

function printObject(flags: Flags, object: GoObject, verb: string, depth: number, bare: boolean): string {
  const { type } = object;
  if (type.kind === "ptr" && depth > 0) return "0xc000000000";
  const named = flags.sharpV || flags.plusV;
  const parts = type.fields.map((field: Field) => {
    const value = printField(flags, object, field, verb, depth + 1, bare);
    return named ? `${field.name}:${value}` : value;
  });
  const name = flags.sharpV ? type.name.replace("*", "") : "";
  return `${type.kind === "ptr" ? "&" : ""}${name}{${parts.join(flags.sharpV ? ", " : " ")}}`;
}

/** Fields that are not exported print without their methods. */
function printField(
  flags: Flags,
  object: GoObject,
  field: Field,
  verb: string,
  depth: number,
  bare: boolean,
): string {
  return printAny(flags, object.fields.get(field.name), verb, depth, bare || field.hidden === true);
}
