const nanosecondsPer: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3, // U+00B5, micro sign
  μs: 1e3, // U+03BC, Greek letter mu: Go takes both
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

// A signed 64-bit count of nanoseconds, which is what Go keeps: about 292 years.
const longest = 2 ** 63;

/**
 * Reads a Go duration ("1h2m3.5s", "-1.5h", "0") as milliseconds; parts below a millisecond become a
 * fraction. Same grammar as Go's `time.ParseDuration`.
 * @throws {Error} on anything else, naming the text.
 */
export function parseDuration(text: string): number {
  const fail = (because: string) =>
    new Error(`"${text}" is not a duration: ${because}; write it like 1h30m, 45s or 500ms`);
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[-+]/, "");
  if (body === "0") return 0;
  if (body === "") throw fail("it is empty");
  const term = /(\d+)?(?:\.(\d*))?([^\d.]*)/y;
  let nanoseconds = 0;
  while (term.lastIndex < body.length) {
    const [, whole = "", fraction = "", unit = ""] = term.exec(body)!;
    if (whole + fraction === "") throw fail("a number is missing");
    if (unit === "") throw fail(`a unit is missing after ${body.slice(0, term.lastIndex)}`);
    const size = Object.hasOwn(nanosecondsPer, unit) ? nanosecondsPer[unit]! : undefined;
    if (size === undefined) throw fail(`"${unit}" is not a unit`);
    // The two parts apart, as Go does: 1.001 has no exact binary form, and a truncated product would be short.
    const digits = fraction.slice(0, 18); // more cannot make a nanosecond
    nanoseconds += Number(whole) * size + Math.trunc(Number(digits) * (size / 10 ** digits.length));
  }
  if (nanoseconds >= longest) throw fail("it is longer than 292 years");
  return (sign * Math.trunc(nanoseconds)) / 1e6 + 0; // + 0: no negative zero
}

/** Writes milliseconds the way Go prints a duration: "1h0m0s", "1m30s", "1.5s", "500ms", "0s". */
export function formatDuration(milliseconds: number): string {
  const nanoseconds = Math.round(Math.abs(milliseconds) * 1e6);
  const sign = milliseconds < 0 && nanoseconds > 0 ? "-" : "";
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 1e3) return `${sign}${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${sign}${decimal(nanoseconds, 3)}µs`;
  if (nanoseconds < 1e9) return `${sign}${decimal(nanoseconds, 6)}ms`;
  const seconds = `${decimal(nanoseconds % 60e9, 9)}s`;
  const minutes = Math.floor(nanoseconds / 60e9);
  if (minutes === 0) return `${sign}${seconds}`;
  if (minutes < 60) return `${sign}${minutes}m${seconds}`;
  return `${sign}${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

/** `value / 10^digits` without trailing zeros. */
function decimal(value: number, digits: number): string {
  const scale = 10 ** digits;
  const fraction = String(value % scale)
    .padStart(digits, "0")
    .replace(/0+$/, "");
  const whole = Math.floor(value / scale);
  return fraction === "" ? `${whole}` : `${whole}.${fraction}`;
}
