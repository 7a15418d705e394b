/** time.Duration: nanoseconds as a 64-bit integer. */
import { encode } from "../bytes.ts";
import { GoError } from "../errors.ts";
import { int64, type Method, Num, type NumType, type Value } from "../value.ts";

export const SECOND = 1_000_000_000n;
const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

const UNITS = new Map<string, bigint>([
  ["ns", 1n],
  ["us", 1000n],
  [encode("µs"), 1000n],
  [encode("μs"), 1000n],
  ["ms", 1_000_000n],
  ["s", SECOND],
  ["m", 60n * SECOND],
  ["h", 3600n * SECOND],
]);

/** Quotes text in errors of Go's package time: bytes beyond ASCII as `\xc3`. */
export function quoteTime(text: string): string {
  const body = text.replace(/["\\\0-\x1f\x80-\xff]/g, (ch) =>
    ch === '"' || ch === "\\" ? `\\${ch}` : `\\x${ch.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `"${body}"`;
}

/** time.ParseDuration. @throws {GoError} in Go's words */
export function parseDuration(text: string): bigint {
  const fail = (what: string): never => {
    throw new GoError(`time: ${what} ${quoteTime(text)}`);
  };
  const negative = text[0] === "-";
  let rest = negative || text[0] === "+" ? text.slice(1) : text;
  if (rest === "0") return 0n;
  if (rest === "") fail("invalid duration");
  let total = 0n;
  while (rest !== "") {
    const match = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest)!;
    const [all, whole = "", fraction = ""] = match;
    if (whole + fraction === "" || BigInt(whole || 0) > MAX + 1n) fail("invalid duration");
    rest = rest.slice(all.length);
    const name = /^[^.0-9]*/.exec(rest)![0];
    if (name === "") fail("missing unit in duration");
    const unit = UNITS.get(name) ?? fail(`unknown unit ${quoteTime(name)} in duration`);
    rest = rest.slice(name.length);
    total += BigInt(whole || 0) * unit + fractionOf(fraction, unit);
    if (total > MAX + 1n) fail("invalid duration");
  }
  if (!negative && total > MAX) fail("invalid duration");
  return negative ? -total : total;
}

/** Digits behind the point of a unit, cut off below a nanosecond; Go computes them with floats. */
function fractionOf(digits: string, unit: bigint): bigint {
  if (digits === "") return 0n;
  const used = digits.slice(0, 18);
  return BigInt(Math.trunc(Number(used) * (Number(unit) / 10 ** used.length)));
}

/** (Duration).String: `1h0m0.5s`, `1.5ms`. */
export function durationText(value: bigint): string {
  const size = value < 0n ? -value : value;
  const sign = value < 0n ? "-" : "";
  if (size === 0n) return "0s";
  if (size < 1000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${withFraction(size, 3)}${encode("µs")}`;
  if (size < SECOND) return `${sign}${withFraction(size, 6)}ms`;
  const seconds = `${withFraction(size % (60n * SECOND), 9)}s`;
  const minutes = size / (60n * SECOND);
  if (minutes === 0n) return sign + seconds;
  const hours = minutes / 60n;
  return `${sign}${hours > 0n ? `${hours}h` : ""}${minutes % 60n}m${seconds}`;
}

function withFraction(value: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const fraction = (value % scale).toString().padStart(digits, "0").replace(/0+$/, "");
  return `${value / scale}${fraction === "" ? "" : `.${fraction}`}`;
}

/** (Duration).Truncate. */
export function truncateTo(value: bigint, unit: bigint): bigint {
  return unit <= 0n ? value : value - (value % unit);
}

/** (Duration).Round: half away from zero. */
export function roundTo(value: bigint, unit: bigint): bigint {
  if (unit <= 0n) return value;
  const rest = value % unit;
  const size = rest < 0n ? -rest : rest;
  if (size * 2n < unit) return value - rest;
  const rounded = value < 0n ? value - unit + size : value + unit - size;
  return rounded > MAX ? MAX : rounded < MIN ? MIN : rounded;
}

/** A duration in a larger unit, as Go divides: whole part and rest apart. */
export function inUnit(value: bigint, unit: bigint): number {
  return Number(value / unit) + Number(value % unit) / Number(unit);
}

const method = (result: string, call: (value: bigint) => Value): Method => ({
  params: [],
  result,
  call: (receiver: Num) => call(receiver.value),
});

const DURATION: NumType = {
  name: "time.Duration",
  kind: "int64",
  text: durationText,
  methods: new Map<string, Method>([
    ["Hours", method("float64", (value) => inUnit(value, 3600n * SECOND))],
    ["Minutes", method("float64", (value) => inUnit(value, 60n * SECOND))],
    ["Seconds", method("float64", (value) => inUnit(value, SECOND))],
    ["Milliseconds", method("int64", (value) => int64(value / 1_000_000n))],
    ["Microseconds", method("int64", (value) => int64(value / 1000n))],
    ["Nanoseconds", method("int64", int64)],
    ["String", method("string", durationText)],
    [
      "Abs",
      method("time.Duration", (value) => duration(value < 0n ? (value === MIN ? MAX : -value) : value)),
    ],
    ["Round", unary(roundTo)],
    ["Truncate", unary(truncateTo)],
  ]),
};

function unary(call: (value: bigint, unit: bigint) => bigint): Method {
  return {
    params: ["duration"],
    result: "time.Duration",
    call: (receiver: Num, unit: bigint) => duration(call(receiver.value, unit)),
  };
}

export function duration(value: bigint): Num {
  return new Num(BigInt.asIntN(64, value), DURATION);
}
