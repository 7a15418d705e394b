/** JSON as schemas need it: numbers exact, whatever they are written with. */
import { go } from "@sluice/gotemplate";
import { ChartError } from "../errors.ts";

/** A number of a schema that is not written as JavaScript would: `1.0`, `1e3`, one of twenty digits. */
export class Written {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Numeric = number | bigint | Written;

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** Reads a schema. @throws {ChartError} `bad-schema` in the words of Go's decoder */
export function readSchema(text: string): unknown {
  const exact: Reviver = (_, value, { source = "" }) =>
    typeof value === "number" && String(value) !== source ? new Written(source) : value;
  try {
    return JSON.parse(text, exact as Parameters<typeof JSON.parse>[1]);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw new ChartError("bad-schema", wordsFor(text));
  }
}

function wordsFor(text: string): string {
  try {
    go.endOfJson(text);
    return "invalid character after top-level value";
  } catch (thrown) {
    if (thrown instanceof go.GoError) return thrown.message;
    throw thrown;
  }
}

export type Type = "null" | "boolean" | "number" | "integer" | "string" | "array" | "object";

/** The type of a value; integers are numbers here, see `isInteger`. */
export function typeOf(value: unknown): Type {
  if (value === null || value === undefined) return "null";
  switch (typeof value) {
    case "boolean":
    case "string":
      return typeof value as Type;
    case "number":
    case "bigint":
      return "number";
  }
  if (value instanceof Written) return "number";
  return Array.isArray(value) ? "array" : "object";
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Written);
}

export const isNumeric = (value: unknown): value is Numeric => typeOf(value) === "number";

/** mantissa × 10^exponent */
type Decimal = { mantissa: bigint; exponent: number };

/** Go's big.Rat does not read larger exponents. */
const MAX_EXPONENT = 1_000_000;

/** What a number is written as stands for; undefined if it is beyond all reason. */
function decimalOf(value: Numeric): Decimal | undefined {
  const text = value instanceof Written ? value.text : String(value);
  const match = /^(-?[0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text);
  if (!match) return undefined;
  const [, whole = "", fraction = "", power = "0"] = match;
  const exponent = Number(power) - fraction.length;
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const digits = (whole + fraction).replace(/0+$/, "");
  const mantissa = BigInt(/[0-9]$/.test(digits) ? digits : "0");
  if (mantissa === 0n) return { mantissa, exponent: 0 };
  return { mantissa, exponent: exponent + whole.length + fraction.length - digits.length };
}

/** Whether a number means anything to a schema. */
export const isSound = (value: Numeric): boolean =>
  typeof value === "number" || decimalOf(value) !== undefined;

/** The float64 that is nearest, for messages. */
export const floatOf = (value: Numeric): number => Number(value instanceof Written ? value.text : value);

export function isInteger(value: Numeric): boolean {
  if (typeof value !== "object") return typeof value === "bigint" || Number.isInteger(value);
  const decimal = decimalOf(value);
  return decimal !== undefined && decimal.exponent >= 0;
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`; exact. */
export function compareNumbers(a: Numeric, b: Numeric): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [x, y] = [decimalOf(a), decimalOf(b)];
  if (!x || !y) return floatOf(a) - floatOf(b);
  const [signX, signY] = [sign(x.mantissa), sign(y.mantissa)];
  if (signX !== signY || signX === 0) return signX - signY;
  const sizes = magnitude(x) - magnitude(y);
  if (sizes !== 0) return sizes * signX;
  const least = Math.min(x.exponent, y.exponent);
  return sign(scaled(x, least) - scaled(y, least));
}

const sign = (value: bigint): number => (value < 0n ? -1 : value > 0n ? 1 : 0);
const magnitude = ({ mantissa, exponent }: Decimal): number =>
  String(mantissa < 0n ? -mantissa : mantissa).length + exponent;
const scaled = ({ mantissa, exponent }: Decimal, to: number): bigint =>
  mantissa * 10n ** BigInt(exponent - to);

/** Whether a number is a whole multiple of another, which is not zero. */
export function isMultiple(value: Numeric, of: Numeric): boolean {
  const [x, y] = [decimalOf(value), decimalOf(of)];
  if (!x || !y || y.mantissa === 0n) return false;
  if (x.mantissa === 0n) return true;
  const power = x.exponent - y.exponent;
  if (power < 0)
    return magnitude(x) >= magnitude(y) - 1 && x.mantissa % (y.mantissa * 10n ** BigInt(-power)) === 0n;
  // More powers of ten than the divisor has bits divide nothing more.
  const enough = Math.min(power, y.mantissa.toString(2).length);
  return (x.mantissa * 10n ** BigInt(enough)) % y.mantissa === 0n;
}

/** Whether two values are the same to a schema: 1 and 1.0 are. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  switch (type) {
    case "number":
      return compareNumbers(a as Numeric, b as Numeric) === 0;
    case "array": {
      const [x, y] = [a as unknown[], b as unknown[]];
      return x.length === y.length && x.every((item, i) => isSame(item, y[i]));
    }
    case "object": {
      const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
      const keys = Object.keys(x);
      if (keys.length !== Object.keys(y).length) return false;
      return keys.every((key) => Object.hasOwn(y, key) && isSame(x[key], y[key]));
    }
    case "null":
      return true;
    case "boolean":
    case "string":
    case "integer":
      return false;
  }
}

/** A text that is the same for values that are the same. */
export function identityOf(value: unknown): string {
  switch (typeOf(value)) {
    case "number": {
      const decimal = decimalOf(value as Numeric);
      return decimal ? `${decimal.mantissa}e${decimal.exponent}` : "?";
    }
    case "array":
      return `[${(value as unknown[]).map(identityOf).join()}]`;
    case "object": {
      const object = value as Record<string, unknown>;
      const keys = Object.keys(object).sort();
      return `{${keys.map((key) => `${JSON.stringify(key)}:${identityOf(object[key])}`).join()}}`;
    }
    case "null":
    case "boolean":
    case "string":
    case "integer":
      return JSON.stringify(value) ?? "null";
  }
}
