/** spf13/cast: any value as a number. What cannot be one is 0. */
import { parseFloat64, parseInt64, toInt64 } from "../numbers.ts";
import { Num, type Value } from "../value.ts";

/** Types that cast knows. A time.Duration is an int64 to Go's fmt, but not to cast. */
const CASTABLE = /^(?:u?int(?:8|16|32|64)?|time\.(?:Weekday|Month))$/;

/** As an int64, wrapped around. */
export function castInt(value: Value): bigint {
  switch (typeof value) {
    case "bigint":
      return value;
    case "number":
      return toInt64(value);
    case "boolean":
      return value ? 1n : 0n;
    case "string": {
      const parsed = parseInt64(withoutZeroDecimals(value), 0);
      return "error" in parsed ? 0n : parsed.value;
    }
    default:
      return value instanceof Num && CASTABLE.test(value.type.name) ? BigInt.asIntN(64, value.value) : 0n;
  }
}

/** As a float64. */
export function castFloat(value: Value): number {
  switch (typeof value) {
    case "bigint":
      return Number(value);
    case "number":
      return value;
    case "boolean":
      return value ? 1 : 0;
    case "string":
      return parseFloat64(value) ?? 0;
    default:
      return value instanceof Num && CASTABLE.test(value.type.name) ? Number(value.value) : 0;
  }
}

/** `5.00` is `5`; `5.` and `5.9` stay as they are and are no integers. */
function withoutZeroDecimals(text: string): string {
  return /\.0+$/.test(text) ? text.replace(/\.0+$/, "") : text;
}
