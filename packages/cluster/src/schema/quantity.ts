/** Quantities (`100m`, `1.5Gi`, `2e3`) as exact numbers, and their canonical text, as apimachinery's resource package has them. */

/** An exact decimal: `value` × 10^-9 … kept as an integer count of nano-units. `base` is the notation it was written in. */
export type Quantity = { nano: bigint; base: "binary" | "decimal" | "exponent" };

const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [suffix: string, power: number][] = [
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
];
const PATTERN = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d{1,3})?$/;
const NANO = 1_000_000_000n;

/** Reads a quantity; undefined if it is none. Parts below one nano-unit are rounded up (away from zero). */
export function parseQuantity(text: string): Quantity | undefined {
  const match = text.length <= 100 ? PATTERN.exec(text) : null;
  if (!match) return undefined;
  const [, sign, digits = "", suffix = ""] = match;
  const [whole = "", fraction = ""] = digits.split(".");
  const mantissa = BigInt(whole + fraction || "0");
  const binary = BINARY.indexOf(suffix);
  const isBinary = binary > 0;
  const decimal = DECIMAL.find(([name]) => name === suffix);
  const power = isBinary ? 0 : decimal ? decimal[1] : Number(suffix.slice(1));
  const shift = power + 9 - fraction.length;
  let nano = mantissa * (isBinary ? 1024n ** BigInt(binary) : 1n);
  if (shift >= 0) nano *= 10n ** BigInt(shift);
  else {
    const divisor = 10n ** BigInt(-shift);
    nano = (nano + divisor - 1n) / divisor;
  }
  const base = isBinary ? "binary" : decimal ? "decimal" : "exponent";
  return { nano: sign === "-" ? -nano : nano, base };
}

/** The power of ten that a decimal suffix stands for; undefined for the binary ones. */
export const powerOf = (suffix: string): number | undefined =>
  DECIMAL.find(([name]) => name === suffix)?.[1] ??
  (/^[eE]/.test(suffix) ? Number(suffix.slice(1)) : undefined);

/** The shortest exact text in the notation of the quantity: `1000m` becomes `1`, `1024Mi` becomes `1Gi`. */
export function formatQuantity({ nano, base }: Quantity): string {
  const sign = nano < 0n ? "-" : "";
  const size = nano < 0n ? -nano : nano;
  if (size === 0n) return "0";
  if (base === "binary" && size % NANO === 0n && size >= 1024n * NANO) {
    let [whole, power] = [size / NANO, 0];
    while (whole % 1024n === 0n && power < BINARY.length - 1) [whole, power] = [whole / 1024n, power + 1];
    return `${sign}${whole}${BINARY[power]}`;
  }
  let [whole, power] = [size, -9];
  while (whole % 1000n === 0n && power < 18) [whole, power] = [whole / 1000n, power + 3];
  if (base === "exponent") return `${sign}${whole}${power === 0 ? "" : `e${power}`}`;
  return `${sign}${whole}${DECIMAL.find(([, exponent]) => exponent === power)?.[0] ?? ""}`;
}

/** The canonical text of a quantity; undefined if `text` is none. */
export function canonicalQuantity(text: string): string | undefined {
  const quantity = parseQuantity(text);
  return quantity && formatQuantity(quantity);
}
