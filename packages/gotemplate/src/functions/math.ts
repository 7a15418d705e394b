import { GoError } from "../errors.ts";
import { parseInt64 } from "../numbers.ts";
import { printValue } from "../print.ts";
import { allow, type Frame } from "../runtime.ts";
import { GoList, INTS, int64, type Num, type Value } from "../value.ts";
import { castFloat, castInt } from "./cast.ts";
import { add, type Decimal, div, fromFloat, mul, sub, toFloat } from "./decimal.ts";
import { type Functions, fn } from "./define.ts";
import { randomBelow } from "./strings.ts";

function divide(a: Value, b: Value, take: (x: bigint, y: bigint) => bigint): Num {
  const divisor = castInt(b);
  if (divisor === 0n) throw new GoError("runtime error: integer divide by zero");
  return int64(take(castInt(a), divisor));
}

function fold(first: Value, rest: Value[], step: (a: Decimal, b: Decimal) => Decimal): number {
  return toFloat(
    rest.reduce(
      (total: Decimal, value) => step(total, fromFloat(castFloat(value))),
      fromFloat(castFloat(first)),
    ),
  );
}

const lesser = (a: bigint, b: bigint): boolean => a < b;
const best = (values: Value[], beats: (a: bigint, b: bigint) => boolean): Num =>
  int64(values.map(castInt).reduce((found, value) => (beats(value, found) ? value : found)));
const least = (values: Value[]): Num => best(values, lesser);
const greatest = (values: Value[]): Num => best(values, (a, b) => lesser(b, a));

/** Go's math.Max and math.Min: infinity beats NaN, NaN beats the rest. */
function extreme(values: Value[], beats: number, pick: (a: number, b: number) => number): number {
  return values.map(castFloat).reduce((a, b) => (a === beats || b === beats ? beats : pick(a, b)));
}

/** Rounds up what is at least `on` behind the last place, on the scaled number, as sprig does. */
function round(value: Value, places: number, on: number): number {
  const power = 10 ** places;
  const digit = power * castFloat(value);
  const fraction = digit - Math.trunc(digit);
  const result = fraction >= on ? Math.ceil(digit) : Math.floor(digit);
  return result / power;
}

/** Numbers from `start` to before `stop`; none if the step leads away. */
function steps(frame: Frame, start: number, stop: number, step: number): bigint[] {
  const down = stop < start;
  if (down ? step >= 0 : step <= 0) return [];
  const count = Math.ceil((stop - start) / step);
  allow(frame.run, count * 8);
  return Array.from({ length: count }, (_, i) => BigInt(start + i * step));
}

function seq(frame: Frame, params: number[]): string {
  const [a = 0, b = 0, c = 0] = params;
  const toward = (from: number, to: number): number => (to < from ? -1 : 1);
  switch (params.length) {
    case 1:
      return steps(frame, 1, a + toward(1, a), toward(1, a)).join(" ");
    case 2:
      return steps(frame, a, b + toward(a, b), toward(a, b)).join(" ");
    case 3:
      if (c < a && b > 0) return "";
      return steps(frame, a, c + toward(a, c), b).join(" ");
    default:
      return "";
  }
}

function randInt(frame: Frame, min: number, max: number): bigint {
  if (max - min <= 0) throw new GoError("invalid argument to Intn");
  return BigInt(min + randomBelow(frame, max - min));
}

function octal(value: Value): bigint {
  const parsed = parseInt64(printValue(value), 8);
  return "error" in parsed ? 0n : parsed.value;
}

function atoi(text: string): bigint {
  const parsed = parseInt64(text, 10);
  // Atoi gives the nearest number with its error about the range, which sprig drops.
  return "error" in parsed && parsed.error === "syntax" ? 0n : parsed.value;
}

const until = (frame: Frame, count: number): GoList =>
  new GoList(steps(frame, 0, count, count < 0 ? -1 : 1), INTS);

export const math: Functions = {
  atoi: fn("string", (_, text) => atoi(text)),
  int64: fn("any", (_, value) => int64(castInt(value))),
  int: fn("any", (_, value) => castInt(value)),
  float64: fn("any", (_, value) => castFloat(value)),
  seq: fn("...int", (frame, ...params) => seq(frame, params)),
  toDecimal: fn("any", (_, value) => int64(octal(value))),
  until: fn("int", until),
  untilStep: fn(
    "int int int",
    (frame, start, stop, step) => new GoList(steps(frame, start, stop, step), INTS),
  ),
  add1: fn("any", (_, value) => int64(castInt(value) + 1n)),
  add: fn("...any", (_, ...values: Value[]) =>
    int64(values.reduce((total: bigint, value) => total + castInt(value), 0n)),
  ),
  sub: fn("any any", (_, a, b) => int64(castInt(a) - castInt(b))),
  div: fn("any any", (_, a, b) => divide(a, b, (x, y) => x / y)),
  mod: fn("any any", (_, a, b) => divide(a, b, (x, y) => x % y)),
  mul: fn("any ...any", (_, ...values: Value[]) =>
    int64(values.reduce((total: bigint, value) => BigInt.asIntN(64, total * castInt(value)), 1n)),
  ),
  randInt: fn("int int", randInt),
  add1f: fn("any", (_, value) => fold(value, [1n], add)),
  addf: fn("...any", (_, ...values) => fold(0, values, add)),
  subf: fn("any ...any", (_, first, ...rest) => fold(first, rest, sub)),
  divf: fn("any ...any", (_, first, ...rest) => fold(first, rest, div)),
  mulf: fn("any ...any", (_, first, ...rest) => fold(first, rest, mul)),
  biggest: fn("any ...any", (_, ...values) => greatest(values)),
  max: fn("any ...any", (_, ...values) => greatest(values)),
  min: fn("any ...any", (_, ...values) => least(values)),
  maxf: fn("any ...any", (_, ...values) => extreme(values, Infinity, Math.max)),
  minf: fn("any ...any", (_, ...values) => extreme(values, -Infinity, Math.min)),
  ceil: fn("any", (_, value) => Math.ceil(castFloat(value))),
  floor: fn("any", (_, value) => Math.floor(castFloat(value))),
  round: fn("any int ...float64", (_, value, places, on = 0.5) => round(value, places, on)),
};
