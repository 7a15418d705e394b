/** Numbers and characters that are written in templates. */
import type { NumberNode } from "./ast.ts";
import { parseFloat64, parseInt64, parseUint, toInt64 } from "./numbers.ts";
import { goQuote, unquoteChar } from "./quote.ts";

/** A number as all types that can hold it. */
export type NumberParts = Pick<NumberNode, "int" | "uint" | "float" | "complex">;

/** A character literal such as `'a'`, or what is wrong with it. */
export function readChar(text: string): NumberParts | string {
  const read = unquoteChar(text, 1, "'");
  if (!read) return "invalid syntax";
  if (text.slice(read.end) !== "'") return `malformed character constant: ${text}`;
  const rune = BigInt(read.rune);
  return { int: rune, uint: rune, float: read.rune };
}

/** A number literal, or what is wrong with it. */
export function readNumber(text: string): NumberParts | string {
  const complex = /^(.*?)([+-](?:[^+-]|(?<=[eEpP])[+-])*)i$/.exec(text);
  if (complex?.[1]) {
    const [re, im] = [parseFloat64(complex[1]), parseFloat64(complex[2]!)];
    return re === undefined || im === undefined
      ? `illegal number syntax: ${goQuote(text)}`
      : simplify(re, im);
  }
  if (text.endsWith("i")) {
    const im = parseFloat64(text.slice(0, -1));
    if (im !== undefined) return simplify(0, im);
  }
  return readReal(text);
}

function simplify(re: number, im: number): NumberParts {
  const complex = { re, im };
  return im === 0 ? { complex, float: re, ...integersOf(re) } : { complex };
}

function readReal(text: string): NumberParts | string {
  const uint = parseUint(text, 0);
  const int = parseInt64(text, 0);
  if (!("error" in int)) {
    const positive = !("error" in uint) || int.value === 0n;
    return { int: int.value, uint: positive ? int.value : undefined, float: Number(int.value) };
  }
  if (!("error" in uint)) return { uint: uint.value, float: Number(uint.value) };
  const float = parseFloat64(text);
  if (float === undefined) return `illegal number syntax: ${goQuote(text)}`;
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${goQuote(text)}`;
  return { float, ...integersOf(float) };
}

function integersOf(float: number): NumberParts {
  const int = toInt64(float);
  const whole = Number(int) === float ? int : undefined;
  const fits = Number.isInteger(float) && float >= 0 && float < 2 ** 64;
  return { int: whole, uint: fits ? BigInt(float) : undefined };
}
