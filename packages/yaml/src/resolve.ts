import { integerOf } from "./number.ts";

/**
 * Which of Go's readers to follow. `kubernetes` is sigs.k8s.io/yaml (YAML 1.1 booleans, timestamps stay text); `node` is
 * the reader under kustomize (only true and false are booleans, timestamps become RFC 3339 text).
 */
export type Dialect = "kubernetes" | "node";

export type Scalar = string | number | bigint | boolean | null;

const WORDS = new Map<string, Scalar>([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, Number.NaN] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, Infinity] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, -Infinity] as const),
]);

const WORDS_1_1 = new Map<string, Scalar>([
  ...["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "off", "Off", "OFF"].map((word) => [word, false] as const),
]);

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?(Z|[+-]\d{2}:\d{2}))|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?))?$/;

/** What an unquoted scalar means. Go's resolve() in go.yaml.in/yaml v2 and v3. */
export function resolvePlain(text: string, dialect: Dialect): Scalar {
  const first = text.charCodeAt(0);
  // Most plain scalars are words that start with a letter that no boolean, null or number starts with.
  if (first > 0x39 && first < 0x7e && !"yYnNtTfFoO".includes(text[0]!)) return text;
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (dialect === "kubernetes") {
    const old = WORDS_1_1.get(text);
    if (old !== undefined) return old;
  }
  const digit = first >= 0x30 && first <= 0x39;
  if (digit || first === 0x2b || first === 0x2d) return resolveNumber(text, dialect);
  if (first === 0x2e && FLOAT.test(text)) return Number(text);
  return text;
}

function resolveNumber(text: string, dialect: Dialect): Scalar {
  const time = timestamp(text);
  if (time !== undefined) return dialect === "node" ? time : text;
  const plain = text.replaceAll("_", "");
  const integer = parseInteger(plain);
  if (integer !== undefined) return integer;
  if (FLOAT.test(plain)) {
    const value = Number(plain);
    if (Number.isFinite(value)) return value;
  }
  return text;
}

function parseInteger(text: string): number | bigint | undefined {
  const match = INTEGER.exec(text);
  if (!match) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const digits = hex ? `0x${hex}` : binary ? `0b${binary}` : octal ? `0o${octal}` : decimal!;
  if (digits.length < 15) {
    const value = Number(digits);
    return sign === "-" && value !== 0 ? -value : value;
  }
  if (digits.length > 80) return undefined;
  return integerOf(sign === "-" ? -BigInt(digits) : BigInt(digits));
}

/** RFC 3339 text of a YAML timestamp, as Go prints a time; undefined for anything else. */
export function timestamp(text: string): string | undefined {
  if (text.charCodeAt(4) !== 0x2d) return undefined;
  const match = TIMESTAMP.exec(text);
  if (!match) return undefined;
  const [, year, month, day] = match;
  const hour = match[4] ?? match[9] ?? "0";
  const minute = match[5] ?? match[10] ?? "0";
  const second = match[6] ?? match[11] ?? "0";
  const fraction = (match[7] ?? match[12] ?? "").slice(0, 10).replace(/0+$/, "");
  const zone = match[8] ?? "Z";
  if (!isDate(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const two = (part: string) => part.padStart(2, "0");
  return (
    `${year}-${two(month!)}-${two(day!)}T${two(hour)}:${two(minute)}:${two(second)}` +
    `${fraction === "." ? "" : fraction}${zone === "+00:00" || zone === "-00:00" ? "Z" : zone}`
  );
}

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}

const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** Whether a string written without quotes would be read as something else by Go's YAML 1.1 reader. */
export function looksTyped(text: string): boolean {
  if (typeof resolvePlain(text, "kubernetes") !== "string") return true;
  const first = text.charCodeAt(0);
  const numeric = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d;
  return numeric && (timestamp(text) !== undefined || BASE_60.test(text));
}
