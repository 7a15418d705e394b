/** The formats of dates, times and durations. */
import { go } from "@sluice/gotemplate";
import { type Format, goProblem, prefixed } from "./schema-format.ts";

/** Two bytes as Go's Atoi reads them: a sign may be among them. */
const number = (text: string): number => (/^[+-]?[0-9]+$/.test(text) ? Number(text) : Number.NaN);

/** Go counts bytes. */
const bytesOf = (text: string): string => Buffer.from(text).toString("latin1");

/** RFC 3339's full-time. */
export const time: Format = (written) => {
  const text = bytesOf(written);
  if (text.length < 9) return "less than 9 characters long";
  if (text[2] !== ":" || text[5] !== ":") return "missing colon in correct place";
  const [hour = 0, minute = 0, second = 0] = [0, 3, 6].map((at) => number(text.slice(at, at + 2)));
  if ([hour, minute, second].some(Number.isNaN)) return "invalid hour/min/sec";
  if (hour < 0 || minute < 0 || second < 0) return "non-positive hour/min/sec";
  if (hour > 23 || minute > 59 || second > 60) return "hour/min/sec out of range";
  let rest = text.slice(8);
  if (rest.startsWith(".")) {
    const digits = /^\.([0-9]*)/.exec(rest)![1]!;
    if (digits === "") return "no digits in second fraction";
    rest = rest.slice(1 + digits.length);
  }
  const zone = offsetOf(rest);
  if (typeof zone === "string") return zone;
  const minutes = hour * 60 + minute - zone;
  const utc = minutes < 0 ? minutes + 24 * 60 : minutes;
  return second >= 60 && utc !== 23 * 60 + 59 ? "invalid leap second" : undefined;
};

/** Minutes east of Greenwich, or what is wrong. */
function offsetOf(text: string): number | string {
  if (text === "z" || text === "Z") return 0;
  if (text.length !== 6) return "offset must be 6 characters long";
  if (!/^[+-]/.test(text)) return "offset must begin with plus/minus";
  if (text[3] !== ":") return "missing colon in offset in correct place";
  const [hour = 0, minute = 0] = [1, 4].map((at) => number(text.slice(at, at + 2)));
  if (Number.isNaN(hour) || Number.isNaN(minute)) return "invalid hour/min in offset";
  if (hour < 0 || minute < 0) return "non-positive hour/min in offset";
  if (hour > 23 || minute > 59) return "hour/min in offset out of range";
  return (text[0] === "+" ? 1 : -1) * (hour * 60 + minute);
}

/** RFC 3339's date-time. */
export const dateTime: Format = (written) => {
  const text = bytesOf(written);
  if (text.length < 20) return "less than 20 characters long";
  if (text[10] !== "t" && text[10] !== "T") return "11th character must be t or T";
  const [day, clock] = [text.slice(0, 10), text.slice(11)].map((part) =>
    Buffer.from(part, "latin1").toString(),
  );
  const date = goProblem(() => go.checkTime("2006-01-02", day!));
  return prefixed("invalid date element: ", date) ?? prefixed("invalid time element: ", time(clock!));
};

/** RFC 3339's duration. */
export const duration: Format = (text) => {
  if (!text.startsWith("P")) return "must start with P";
  const body = text.slice(1);
  if (body === "") return "nothing after P";
  if (body.endsWith("W")) {
    if (body === "W") return "no number in week";
    return /^[0-9]+W$/.test(body) ? undefined : "invalid week";
  }
  for (const [i, part] of body.split("T").entries()) {
    if (i > 0 && part === "") return "no time elements";
    const units = ["YMD", "HMS"][i];
    if (units === undefined) return "more than one T";
    const problem = elements(part, units);
    if (problem) return problem;
  }
  return undefined;
};

function elements(text: string, units: string): string | undefined {
  let left = units;
  for (let rest = text; rest !== ""; ) {
    const digits = /^[0-9]*/.exec(rest)![0];
    if (digits === "") return "missing number";
    const unit = rest[digits.length];
    if (unit === undefined) return "missing unit";
    const at = left.indexOf(unit);
    const shown = go.format("%q", BigInt(Buffer.from(rest.slice(digits.length))[0]!));
    if (at === -1) return units.includes(unit) ? `unit ${shown} out of order` : `invalid unit ${shown}`;
    left = left.slice(at + 1);
    rest = rest.slice(digits.length + 1);
  }
  return undefined;
}

/** RFC 3339's period: two times, or one and a duration. */
export const period: Format = (text) => {
  const slash = text.indexOf("/");
  if (slash === -1) return "missing slash";
  const [start, end] = [text.slice(0, slash), text.slice(slash + 1)];
  if (start.startsWith("P")) {
    return (
      prefixed("invalid start duration: ", duration(start)) ??
      prefixed("invalid end date-time: ", dateTime(end))
    );
  }
  const problem = prefixed("invalid start date-time: ", dateTime(start));
  if (problem) return problem;
  if (end.startsWith("P")) return prefixed("invalid end duration: ", duration(end));
  return prefixed("invalid end date-time: ", dateTime(end));
};
