const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/** An integer as a number where that is exact, as a bigint where it is not; undefined outside int64 and uint64. */
export function integerOf(value: bigint): number | bigint | undefined {
  if (value < INT64_MIN || value > UINT64_MAX) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * A number as Go's YAML writes it after a trip through JSON: integers that fit 64 bits in full, other numbers in the
 * shortest form, with an exponent below 1e-4 and from 1e6 on.
 */
export function printNumber(value: number): string {
  if (Object.is(value, -0)) return "0";
  if (Number.isSafeInteger(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e21 && integerOf(BigInt(String(value))) !== undefined) {
    return String(value);
  }
  return goFloat(value);
}

/** Go's strconv.FormatFloat(value, 'g', -1, 64). */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 6) {
    const sign = power < 0 ? "-" : "+";
    return `${mantissa}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  return plainDigits(mantissa, power);
}

/** Go's strconv.FormatFloat(value, 'f', -1, 64) of a finite number: the shortest digits that say it, without an exponent. */
export function decimalDigits(value: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  return plainDigits(mantissa, Number(exponent));
}

function plainDigits(mantissa: string, power: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`;
  if (digits.length <= power + 1) return sign + digits.padEnd(power + 1, "0");
  return `${sign}${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
}
