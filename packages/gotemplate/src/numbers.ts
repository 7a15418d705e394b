/** Go's strconv for numbers: reading and the shortest forms of writing. */
import { decimalDigits } from "@sluice/yaml";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const UMAX = 2n ** 64n - 1n;

export type Parsed = { value: bigint } | { error: "syntax" | "range"; value: bigint };

/** strconv.ParseUint(text, base, 64); base 0 goes by the prefix and allows underscores. */
export function parseUint(text: string, base: number): Parsed {
  const syntax: Parsed = { error: "syntax", value: 0n };
  let digits = text.toLowerCase();
  let radix = base;
  if (base === 0) {
    radix = 10;
    if (digits[0] === "0") {
      const prefix = digits.slice(0, 2);
      if (digits.length >= 3 && prefix === "0b") [radix, digits] = [2, digits.slice(2)];
      else if (digits.length >= 3 && prefix === "0o") [radix, digits] = [8, digits.slice(2)];
      else if (digits.length >= 3 && prefix === "0x") [radix, digits] = [16, digits.slice(2)];
      else [radix, digits] = [8, digits.slice(1)];
    }
    if (digits.includes("_")) {
      if (!underscoresFit(text)) return syntax;
      digits = digits.replaceAll("_", "");
    }
    if (digits === "") return text === "0" ? { value: 0n } : syntax;
  }
  if (!(DIGITS[radix] ?? DIGITS[10]!).test(digits)) return syntax;
  const value = BigInt(PREFIX[radix]! + digits);
  return value > UMAX ? { error: "range", value: UMAX } : { value };
}

const DIGITS: Record<number, RegExp> = {
  2: /^[01]+$/,
  8: /^[0-7]+$/,
  10: /^[0-9]+$/,
  16: /^[0-9a-f]+$/,
};
const PREFIX: Record<number, string> = { 2: "0b", 8: "0o", 10: "", 16: "0x" };

/** Whether underscores stand between digits, or between the prefix and a digit, only. */
function underscoresFit(text: string): boolean {
  return /^[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|[0-9](?:_?[0-9])*)$/.test(text);
}

/** strconv.ParseInt(text, base, 64). */
export function parseInt64(text: string, base: number): Parsed {
  const sign = text[0] === "-" || text[0] === "+" ? text[0] : "";
  const parsed = parseUint(sign === "" ? text : text.slice(1), base);
  if ("error" in parsed && parsed.error === "syntax") return parsed;
  const value = sign === "-" ? -parsed.value : parsed.value;
  if (value < MIN) return { error: "range", value: MIN };
  if (value > MAX) return { error: "range", value: MAX };
  return { value };
}

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const HEX = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)$/;
const SPECIAL = /^([+-]?)(?:inf|infinity)$/i;

/** strconv.ParseFloat(text, 64); undefined if it is no number or lies beyond float64. */
export function parseFloat64(text: string): number | undefined {
  const plain = text.includes("_") ? withoutUnderscores(text) : text;
  if (plain === undefined) return undefined;
  if (DECIMAL.test(plain)) {
    const value = Number(plain);
    return Number.isFinite(value) ? value : undefined;
  }
  const special = SPECIAL.exec(plain);
  if (special) return special[1] === "-" ? -Infinity : Infinity;
  if (/^nan$/i.test(plain)) return Number.NaN;
  return hexFloat(plain);
}

/** Underscores may stand between digits, and behind a base prefix. */
function withoutUnderscores(text: string): string | undefined {
  const prefixed = text.replace(/^[+-]?0[xX]_?(?=[0-9a-fA-F])/, (prefix) => prefix.replace("_", ""));
  const digit = /^[+-]?0[xX]/.test(text) ? "[0-9a-fA-F]" : "[0-9]";
  const bare = prefixed.replace(new RegExp(`(?<=${digit})_(?=${digit})`, "g"), "");
  return bare.includes("_") ? undefined : bare;
}

function hexFloat(text: string): number | undefined {
  const match = HEX.exec(text);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  if (whole + fraction === "") return undefined;
  const mantissa = Number(BigInt(`0x${whole}${fraction}`));
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  if (!Number.isFinite(value)) return undefined;
  return sign === "-" ? -value : value;
}

/** float64 to int64 as amd64 does it: truncated; what does not fit becomes the least of all. */
export function toInt64(value: number): bigint {
  if (!Number.isFinite(value)) return MIN;
  const whole = BigInt(Math.trunc(value));
  return whole < MIN || whole > MAX ? MIN : whole;
}

/** strconv.FormatFloat(value, 'g', -1, 64), which is fmt's %v: an exponent below 1e-4 and from 1e6 (or 10^`from`) on. */
export function formatG(value: number, from = 6): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < from) return formatFixed(value);
  return mantissa + formatExponent(exponent);
}

/** The exponent as strconv writes it: a sign and two digits at least. */
export function formatExponent(exponent: number, letter = "e"): string {
  return `${letter}${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** strconv.FormatFloat(value, 'f', -1, 64) of a finite number: the shortest digits without an exponent. */
export function formatFixed(value: number): string {
  return Object.is(value, -0) ? "-0" : decimalDigits(value);
}

/**
 * The absolute value of a finite number with so many digits after the point, rounded half to even on its exact binary value.
 * JavaScript's toFixed stops at 100 digits and rounds half up.
 */
export function exactDigits(value: number, places: number): string {
  const { mantissa, exponent } = binaryParts(value);
  const scale = 10n ** BigInt(Math.max(places, 0));
  let scaled: bigint;
  if (exponent >= 0) scaled = (mantissa << BigInt(exponent)) * scale;
  else scaled = divideHalfEven(mantissa * scale, 1n << BigInt(-exponent));
  const digits = scaled.toString().padStart(places + 1, "0");
  return places > 0 ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
}

/** Mantissa and exponent of two of the absolute value of a finite number. */
export function binaryParts(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const power = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  return power === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: power - 1075 };
}

function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const whole = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  if (twice > divisor || (twice === divisor && (whole & 1n) === 1n)) return whole + 1n;
  return whole;
}
