/** shopspring/decimal as far as sprig's addf, subf, mulf and divf need it: exact sums and products, quotients to 16 places. */
import { GoError } from "../errors.ts";
import { formatG } from "../numbers.ts";

/** coefficient × 10^exponent */
export type Decimal = { coefficient: bigint; exponent: number };

const PLACES = 16;

/** The shortest decimal that reads back as the number. */
export function fromFloat(value: number): Decimal {
  if (!Number.isFinite(value)) throw new GoError(`Cannot create a Decimal from ${formatG(value)}`);
  const [mantissa = "", power = "0"] = value.toExponential().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return { coefficient: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

/** The float64 next to it. */
export function toFloat({ coefficient, exponent }: Decimal): number {
  return Number(`${coefficient}e${exponent}`);
}

function scaled({ coefficient, exponent }: Decimal, to: number): bigint {
  return coefficient * 10n ** BigInt(exponent - to);
}

export function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { coefficient: scaled(a, exponent) + scaled(b, exponent), exponent };
}

export function sub(a: Decimal, b: Decimal): Decimal {
  return add(a, { ...b, coefficient: -b.coefficient });
}

export function mul(a: Decimal, b: Decimal): Decimal {
  return { coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent };
}

/** Rounded half away from zero at the sixteenth place. */
export function div(a: Decimal, b: Decimal): Decimal {
  if (b.coefficient === 0n) throw new GoError("decimal division by 0");
  const shift = a.exponent - b.exponent + PLACES;
  const dividend = shift >= 0 ? a.coefficient * 10n ** BigInt(shift) : a.coefficient;
  const divisor = shift >= 0 ? b.coefficient : b.coefficient * 10n ** BigInt(-shift);
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  const away = abs(rest) * 2n >= abs(divisor);
  const sign = dividend < 0n === divisor < 0n ? 1n : -1n;
  return { coefficient: away ? quotient + sign : quotient, exponent: -PLACES };
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value);
