/** Values as texts: `string(x)`, and `format` with cel-go's clauses and its words for what cannot be formatted (ext/formatting.go). */
import { evaluate } from "@marcbachmann/cel-js";

type Seconds = { seconds: bigint; nanos: number };

// the library keeps these classes to itself
const UnsignedInt = evaluate("1u").constructor as new (value: bigint) => { value: bigint };
const Duration = evaluate("duration('1s')").constructor as new () => Seconds;
const Type = evaluate("type(1)").constructor as new () => { name: string };

/** The name of a value's type as Go prints it. */
export function typeNameOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return "string";
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "boolean":
      return "bool";
  }
  if (value === null) return "null_type";
  if (Array.isArray(value)) return "list";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Date) return "google.protobuf.Timestamp";
  if (value instanceof UnsignedInt) return "uint";
  if (value instanceof Duration) return "google.protobuf.Duration";
  if (value instanceof Type) return "type";
  const { typeName } = value as { typeName?: string };
  return typeName ?? "map";
}

/** Numbers as Go's %g: exponents from 1e21 on, and below 1e-4. */
function doubleText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-Inf" : "+Inf";
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e21))
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return Object.is(value, -0) ? "-0" : String(value);
}

function durationText({ seconds, nanos }: Seconds): string {
  return `${doubleText(Number(seconds) + nanos / 1e9)}s`;
}

/** `string(value)`. */
export function textOf(value: unknown): string {
  switch (typeNameOf(value)) {
    case "double":
      return doubleText(value as number);
    case "bytes": {
      const text = Buffer.from(value as Uint8Array).toString();
      if (text.includes("\ufffd")) throw new Error("invalid UTF-8 in bytes, cannot convert to string");
      return text;
    }
    case "google.protobuf.Timestamp":
      return (value as Date).toISOString().replace(/\.?0*Z$/, "Z");
    case "google.protobuf.Duration":
      return durationText(value as Seconds);
    case "type":
      return (value as { name: string }).name;
    default:
      return String(value);
  }
}

/** `text.format(values)`. @throws in cel-go's words */
export function formatted(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replace(/%(?:%|(\.\d*)?([\s\S]?))/g, (clause, precision: string | undefined, verb: string) => {
    if (clause === "%%") return "%";
    if (next >= values.length) throw new Error(`index ${next} out of range`);
    if (verb === "") throw new Error("unexpected end of string");
    const value = values[next++];
    const format = FORMATS[verb];
    if (!format)
      throw new Error(
        `could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(verb)}`,
      );
    return format(value, precision === undefined ? 6 : Number(precision.slice(1)));
  });
}

const FORMATS: Record<string, (value: unknown, digits: number) => string> = {
  s: listed,
  d: (value) => whole(value, "decimal clause can only be used on integers").toString(),
  f: (value, digits) => {
    const number = double(value, "fixed-point");
    return Number.isFinite(number) ? grouped(number.toFixed(digits)) : oddNumber(number);
  },
  e: (value, digits) => {
    const number = double(value, "scientific");
    if (!Number.isFinite(number)) return oddNumber(number);
    // what is meant to be the precision is taken for the width
    const [mantissa, exponent = "0"] = number.toExponential(6).split("e");
    const padded = exponent.replace(/\d+/, (text) => text.padStart(2, "0")).replace("+", "");
    return `${mantissa}×10${padded.replace(/[-\d]/g, (sign) => RAISED[sign]!)}`.padStart(digits);
  },
  b: (value) =>
    typeof value === "boolean"
      ? String(Number(value))
      : whole(value, "only integers and bools can be formatted as binary").toString(2),
  o: (value) => whole(value, "octal clause can only be used on integers").toString(8),
  x: hex,
  X: (value) => hex(value).toUpperCase(),
};

const RAISED: Record<string, string> = {
  "-": "⁻",
  ...Object.fromEntries([..."⁰¹²³⁴⁵⁶⁷⁸⁹"].map((raised, digit) => [digit, raised])),
};

const refused = (rule: string, value: unknown): Error =>
  new Error(`error during formatting: ${rule}, was given ${typeNameOf(value)}`);

function whole(value: unknown, rule: string): bigint {
  if (typeof value === "bigint") return value;
  if (value instanceof UnsignedInt) return value.value;
  throw refused(rule, value);
}

function double(value: unknown, clause: string): number {
  if (typeof value === "number") return value;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  throw refused(`${clause} clause can only be used on doubles`, value);
}

function hex(value: unknown): string {
  if (typeof value === "string" || value instanceof Uint8Array)
    return Buffer.from(value as string).toString("hex");
  return whole(value, "only integers, byte buffers, and strings can be formatted as hex").toString(16);
}

const oddNumber = (value: number): string => (Number.isNaN(value) ? "NaN" : value < 0 ? "-∞" : "∞");

/** Thousands are set apart by commas, as in English. */
const grouped = (text: string): string => text.replace(/\d(?=(?:\d{3})+(?:\.|$))(?<!\.\d*)/g, "$&,");

/** `%s`: texts as they are, lists and maps as CEL would write them. */
function listed(value: unknown): string {
  switch (typeNameOf(value)) {
    case "list":
      return `[${(value as unknown[]).map(literal).join(", ")}]`;
    case "map":
      return `{${mapEntries(value as object)
        .map(([key, below]) => `${literal(key)}:${literal(below)}`)
        .sort()
        .join(", ")}}`;
    case "null_type":
      return "null";
  }
  if (TEXTUAL.has(typeNameOf(value))) return textOf(value);
  throw refused(
    "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
    value,
  );
}

const TEXTUAL = new Set(
  "string bool int uint double bytes type google.protobuf.Timestamp google.protobuf.Duration".split(" "),
);

const mapEntries = (map: object): [unknown, unknown][] =>
  map instanceof Map ? [...map.entries()] : Object.entries(map);

/** A value inside of a list or map. */
function literal(value: unknown): string {
  switch (typeNameOf(value)) {
    case "string":
      return JSON.stringify(value);
    case "bytes":
      return `b${JSON.stringify(textOf(value))}`;
    case "double":
      return Number.isFinite(value)
        ? (value as number).toFixed(6)
        : JSON.stringify(doubleText(value as number));
    case "google.protobuf.Timestamp":
      return `timestamp(${JSON.stringify(textOf(value))})`;
    case "google.protobuf.Duration":
      return `duration(${JSON.stringify(textOf(value))})`;
    default:
      return listed(value);
  }
}
