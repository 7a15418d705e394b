/** Go's fmt/format.go: single operands under flags, width and precision. All texts are byte strings. */
import { encodeRune, isPrint, runeCount, runeSize } from "./bytes.ts";
import { binaryParts, exactDigits, formatExponent, formatFixed, formatG } from "./numbers.ts";
import { canBackquote, goQuote, quoteRune } from "./quote.ts";

export type Flags = {
  sharp: boolean;
  zero: boolean;
  plus: boolean;
  minus: boolean;
  space: boolean;
  /** `%#v` and `%+v`, which change what is printed and not how. */
  sharpV: boolean;
  plusV: boolean;
  width?: number;
  precision?: number;
};

export const newFlags = (): Flags => ({
  sharp: false,
  zero: false,
  plus: false,
  minus: false,
  space: false,
  sharpV: false,
  plusV: false,
});

function padding(flags: Flags, count: number): string {
  return (flags.zero && !flags.minus ? "0" : " ").repeat(Math.max(count, 0));
}

export function pad(flags: Flags, text: string): string {
  if (flags.width === undefined || flags.width === 0) return text;
  const filler = padding(flags, flags.width - runeCount(text));
  return flags.minus ? text + filler : filler + text;
}

const RADIX: Record<string, number> = { b: 2, o: 8, O: 8, x: 16, X: 16 };

/** An integer under one of the verbs d b o O x X; `verb` v is d. */
export function formatInteger(flags: Flags, value: bigint, verb: string): string {
  const negative = value < 0n;
  let precision = 0;
  if (flags.precision !== undefined) {
    precision = flags.precision;
    if (precision === 0 && value === 0n) return padding({ ...flags, zero: false }, flags.width ?? 0);
  } else if (flags.zero && !flags.minus && flags.width !== undefined) {
    precision = flags.width;
    if (negative || flags.plus || flags.space) precision--;
  }
  const radix = RADIX[verb] ?? 10;
  let digits = (negative ? -value : value).toString(radix).padStart(precision, "0");
  if (verb === "X") digits = digits.toUpperCase();
  if (flags.sharp) {
    if (radix === 2) digits = `0b${digits}`;
    else if (radix === 8 && digits[0] !== "0") digits = `0${digits}`;
    else if (radix === 16) digits = `0${verb === "X" ? "X" : "x"}${digits}`;
  }
  if (verb === "O") digits = `0o${digits}`;
  const sign = negative ? "-" : flags.plus ? "+" : flags.space ? " " : "";
  return pad({ ...flags, zero: false }, sign + digits);
}

const runeOf = (value: bigint): number => (value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd);

/** %c */
export function formatChar(flags: Flags, value: bigint): string {
  return pad(flags, encodeRune(runeOf(value)));
}

/** %q of an integer. */
export function formatQuotedChar(flags: Flags, value: bigint): string {
  return pad(flags, quoteRune(runeOf(value), flags.plus));
}

/** %U */
export function formatUnicode(flags: Flags, value: bigint): string {
  const least = Math.max(flags.precision ?? 4, 4);
  const hex = BigInt.asUintN(64, value).toString(16).toUpperCase().padStart(least, "0");
  const shown = flags.sharp && value >= 0n && value <= 0x10ffffn && isPrint(Number(value));
  const text = `U+${hex}${shown ? ` '${encodeRune(Number(value))}'` : ""}`;
  return pad({ ...flags, zero: false }, text);
}

function truncate(flags: Flags, text: string): string {
  if (flags.precision === undefined) return text;
  let end = 0;
  for (let left = flags.precision; left > 0 && end < text.length; left--) end += runeSize(text, end);
  return text.slice(0, end);
}

/** %s and %v of a string. */
export function formatText(flags: Flags, text: string): string {
  return pad(flags, truncate(flags, text));
}

/** %q of a string. */
export function formatQuoted(flags: Flags, text: string): string {
  const short = truncate(flags, text);
  if (flags.sharp && canBackquote(short)) return pad(flags, `\`${short}\``);
  return pad(flags, goQuote(short, flags.plus));
}

/** %x and %X of a string or of bytes. */
export function formatHex(flags: Flags, text: string, verb: string): string {
  const used = flags.precision === undefined ? text : text.slice(0, flags.precision);
  if (used === "") return padding(flags, flags.width ?? 0);
  const prefix = flags.sharp ? (verb === "X" ? "0X" : "0x") : "";
  const parts = Array.from(used, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0"));
  let hex = flags.space ? parts.join(` ${prefix === "" ? "" : "0x"}`) : parts.join("");
  if (verb === "X") hex = hex.toUpperCase();
  const filler = padding(flags, (flags.width ?? 0) - prefix.length - hex.length);
  return flags.minus ? prefix + hex + filler : filler + prefix + hex;
}

/** A float64 under one of the verbs e E f F g G b x X; v is g. */
export function formatFloat(flags: Flags, value: number, verb: string): string {
  const letter = verb === "v" ? "g" : verb === "F" ? "f" : verb;
  const byDefault = letter === "e" || letter === "E" || letter === "f" ? 6 : -1;
  const precision = flags.precision ?? byDefault;
  const text = floatText(value, letter, precision);
  let sign = text[0] === "-" ? "-" : "+";
  let digits = text.replace(/^[-+]/, "");
  if (flags.space && sign === "+" && !flags.plus) sign = " ";
  if (digits === "Inf" || digits === "NaN") {
    // Infinity always shows its sign, NaN only if asked to.
    const bare = digits === "NaN" && !flags.space && !flags.plus;
    return pad({ ...flags, zero: false }, bare ? digits : sign + digits);
  }
  if (flags.sharp && letter !== "b") digits = withPoint(digits, letter, precision);
  if (!flags.plus && sign === "+") return pad(flags, digits);
  if (flags.zero && !flags.minus && flags.width !== undefined && flags.width > digits.length + 1)
    return sign + padding(flags, flags.width - digits.length - 1) + digits;
  return pad(flags, sign + digits);
}

/** The # flag: a decimal point, and for %g the trailing zeros. */
function withPoint(text: string, letter: string, precision: number): string {
  const counts = letter === "g" || letter === "G" || letter === "x";
  let digits = counts ? (precision === -1 ? 6 : precision) : 0;
  const at = text.search(letter === "x" || letter === "X" ? /[pP]/ : /[eE]/);
  let body = at === -1 ? text : text.slice(0, at);
  const tail = at === -1 ? "" : text.slice(at);
  digits -= body.replace(".", "").replace(/^0+/, "").length;
  if (!body.includes(".")) {
    if (body === "0") digits--;
    body += ".";
  }
  return body + "0".repeat(Math.max(digits, 0)) + tail;
}

/** strconv.FormatFloat(value, letter, precision, 64). */
function floatText(value: number, letter: string, precision: number): string {
  if (!Number.isFinite(value)) return formatG(value);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  switch (letter) {
    case "e":
    case "E":
      return sign + exponentForm(size, precision, letter);
    case "f":
      return sign + (precision < 0 ? formatFixed(size) : exactDigits(size, precision));
    case "g":
    case "G":
      return sign + generalForm(size, precision, letter === "g" ? "e" : "E");
    case "b": {
      const { mantissa, exponent } = binaryParts(size);
      return `${sign}${mantissa}p${exponent < 0 ? "" : "+"}${exponent}`;
    }
    default:
      return sign + hexForm(size, precision, letter);
  }
}

/** `1.5e+06`, with so many digits after the point, or with the fewest that tell the number apart. */
function exponentForm(value: number, precision: number, letter: string): string {
  if (precision < 0) {
    const [mantissa = "", power = "0"] = value.toExponential().split("e");
    return mantissa + formatExponent(Number(power), letter);
  }
  const { digits, exponent } = roundedDigits(value, precision + 1);
  const mantissa = precision > 0 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return mantissa + formatExponent(exponent, letter);
}

function generalForm(value: number, precision: number, letter: string): string {
  if (precision < 0) {
    const text = formatG(value);
    return letter === "E" ? text.replace("e", "E") : text;
  }
  const wanted = precision === 0 ? 1 : precision;
  const { digits: all, exponent } = roundedDigits(value, wanted);
  const digits = all.replace(/0+$/, "") || "0";
  let limit = wanted;
  if (limit > digits.length && digits.length >= exponent + 1) limit = digits.length;
  if (exponent < -4 || exponent >= Math.max(limit, value === 0 ? 1 : 0)) {
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return mantissa + formatExponent(exponent, letter);
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, "0");
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** So many significant digits of a number, rounded half to even on its exact value, and the power of ten of the first. */
function roundedDigits(value: number, count: number): { digits: string; exponent: number } {
  if (value === 0) return { digits: "0".repeat(count), exponent: 0 };
  let exponent = Number(value.toExponential().split("e")[1]);
  // The exact value may lie just below a power of ten that the shortest form rounds up to.
  if (Number(`1e${exponent}`) > value) exponent--;
  const digits = scaledDigits(value, count - 1 - exponent);
  if (digits.length > count) return { digits: digits.slice(0, count), exponent: exponent + 1 };
  return { digits: digits.padStart(count, "0"), exponent };
}

/** The integer next to value × 10^places. */
function scaledDigits(value: number, places: number): string {
  if (places >= 0)
    return exactDigits(value, places)
      .replace(".", "")
      .replace(/^0+(?=\d)/, "");
  const { mantissa, exponent } = binaryParts(value);
  const whole = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa >> BigInt(-exponent);
  const divisor = 10n ** BigInt(-places);
  const rest = whole % divisor;
  const inexact = exponent < 0 && (mantissa & ((1n << BigInt(-exponent)) - 1n)) !== 0n;
  let quotient = whole / divisor;
  const twice = rest * 2n;
  if (twice > divisor || (twice === divisor && (inexact || (quotient & 1n) === 1n))) quotient++;
  return quotient.toString();
}

/** %x of a float64: `0x1.8p+01`. */
function hexForm(value: number, precision: number, letter: string): string {
  let { mantissa, exponent } = binaryParts(value);
  let power = 0;
  if (mantissa !== 0n) {
    while (mantissa >> 52n === 0n) {
      mantissa <<= 1n;
      exponent--;
    }
    power = exponent + 52;
  }
  let fraction = 52;
  if (precision >= 0 && precision < 13) {
    const drop = BigInt(52 - precision * 4);
    const half = 1n << (drop - 1n);
    const rest = mantissa & ((1n << drop) - 1n);
    mantissa >>= drop;
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa++;
    fraction = precision * 4;
    if (mantissa >> BigInt(fraction + 1) !== 0n) {
      mantissa >>= 1n;
      power++;
    }
  }
  const lead = mantissa >> BigInt(fraction);
  let hex = (mantissa & ((1n << BigInt(fraction)) - 1n)).toString(16).padStart(fraction / 4, "0");
  if (fraction === 0) hex = "";
  if (precision < 0) hex = hex.replace(/0+$/, "");
  else hex = hex.padEnd(precision, "0");
  const text = `0x${lead}${hex === "" ? "" : `.${hex}`}${formatExponent(power, "p")}`;
  return letter === "X" ? text.toUpperCase() : text;
}
