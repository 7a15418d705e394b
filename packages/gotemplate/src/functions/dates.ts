import { encode } from "../bytes.ts";
import { GoError } from "../errors.ts";
import { parseFloat64, parseInt64, toInt64 } from "../numbers.ts";
import type { Frame } from "../runtime.ts";
import {
  duration,
  durationText,
  inUnit,
  parseDuration,
  roundTo,
  SECOND,
  truncateTo,
} from "../time/duration.ts";
import { formatTime } from "../time/format.ts";
import { parseTime } from "../time/parse.ts";
import { addDuration, between, GoTime, inZone, timeOf, zeroTime } from "../time/time.ts";
import { loadZone, UTC, type Zone } from "../time/zone.ts";
import { int64, Num, typeName, type Value } from "../value.ts";
import { type Functions, fn } from "./define.ts";
import { trimSpace } from "./strings.ts";

function localZone({ run }: Frame): Zone {
  return loadZone(encode(run.host.timeZone)) ?? UTC;
}

function zoneOf(frame: Frame, name: string): Zone {
  return name === "Local" ? localZone(frame) : (loadZone(name) ?? UTC);
}

const now = (frame: Frame): GoTime => timeOf(frame.run.host.now(), localZone(frame));

/** A time, or seconds since 1970; anything else is now. */
function momentOf(frame: Frame, value: Value): GoTime {
  if (value instanceof GoTime) return value;
  if (typeof value === "bigint") return new GoTime(Number(value), 0, UTC);
  if (value instanceof Num && (value.type.name === "int64" || value.type.name === "int32"))
    return new GoTime(Number(value.value), 0, UTC);
  return now(frame);
}

function dateIn(frame: Frame, layout: string, value: Value, zone: string): string {
  return formatTime(inZone(momentOf(frame, value), zoneOf(frame, zone)), layout);
}

/** What `work` makes, or `otherwise` where Go swallows the error. */
function orElse<T>(otherwise: T, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof GoError) return otherwise;
    throw thrown;
  }
}

function ago(frame: Frame, value: Value): string {
  return durationText(roundTo(between(momentOf(frame, value), now(frame)), SECOND));
}

/** `duration "95"`: whole seconds, as text or int64 only. */
function secondsText(value: Value): string {
  if (value instanceof Num && value.type.name === "int64")
    return durationText(BigInt.asIntN(64, value.value * SECOND));
  if (typeof value !== "string") return "0s";
  const parsed = parseInt64(value, 10);
  const seconds = "error" in parsed && parsed.error === "syntax" ? 0n : parsed.value;
  return durationText(BigInt.asIntN(64, seconds * SECOND));
}

const ROUGH: readonly [string, bigint][] = [
  ["y", 365n * 24n * 3600n * SECOND],
  ["mo", 30n * 24n * 3600n * SECOND],
  ["d", 24n * 3600n * SECOND],
  ["h", 3600n * SECOND],
  ["m", 60n * SECOND],
  ["s", SECOND],
];

function roughly(frame: Frame, value: Value): string {
  let nanos = 0n;
  if (typeof value === "string") nanos = orElse(0n, () => parseDuration(value));
  else if (value instanceof Num && value.type.name === "int64") nanos = value.value;
  else if (value instanceof GoTime) nanos = between(value, now(frame));
  const size = nanos < 0n ? -nanos : nanos;
  const [name, unit] = ROUGH.find(([, one]) => size > one) ?? ["s", 0n];
  return unit === 0n ? "0s" : `${size / unit}${name}`;
}

/** Helm's duration of anything: texts as Go's durations, or seconds; numbers as seconds. */
function toDuration(value: Value): bigint {
  if (value === null || value === undefined) throw new GoError("invalid duration");
  if (typeof value === "number") return toInt64(value * 1e9);
  if (typeof value === "bigint") return BigInt.asIntN(64, value * SECOND);
  if (value instanceof Num)
    return value.type.name === "time.Duration" ? value.value : BigInt.asIntN(64, value.value * SECOND);
  if (typeof value !== "string") throw new GoError(`unsupported duration type ${typeName(value)}`);
  const text = trimSpace(value);
  if (text === "") throw new GoError("empty duration");
  const parsed = orElse<bigint | undefined>(undefined, () => parseDuration(text));
  if (parsed !== undefined) return parsed;
  const seconds = parseFloat64(text);
  if (seconds === undefined) throw new GoError(`could not parse duration "${value}"`);
  return toInt64(seconds * 1e9);
}

const lenient = (value: Value): bigint => orElse(0n, () => toDuration(value));
const floatIn = (unit: bigint) => fn("any", (_, value) => inUnit(lenient(value), unit));
const intIn = (unit: bigint) => fn("any", (_, value) => int64(lenient(value) / unit));
const HOUR = 3600n * SECOND;

const modify = fn("string time", (_, text: string, time: GoTime) =>
  addDuration(
    time,
    orElse(0n, () => parseDuration(text)),
  ),
);
const mustModify = fn("string time", (_, text: string, time: GoTime) =>
  addDuration(time, parseDuration(text)),
);
const dateInZone = fn("string any string", dateIn);

export const dates: Functions = {
  ago: fn("any", ago),
  date: fn("string any", (frame, layout, value) => dateIn(frame, layout, value, "Local")),
  dateInZone,
  date_in_zone: dateInZone,
  dateModify: modify,
  date_modify: modify,
  mustDateModify: mustModify,
  must_date_modify: mustModify,
  duration: fn("any", (_, value) => secondsText(value)),
  durationRound: fn("any", roughly),
  htmlDate: fn("any", (frame, value) => dateIn(frame, "2006-01-02", value, "Local")),
  htmlDateInZone: fn("any string", (frame, value, zone) => dateIn(frame, "2006-01-02", value, zone)),
  now: fn("", now),
  toDate: fn("string string", (frame, layout, text) =>
    orElse(zeroTime(), () => parseTime(layout, text, localZone(frame))),
  ),
  mustToDate: fn("string string", (frame, layout, text) => parseTime(layout, text, localZone(frame))),
  unixEpoch: fn("time", (_, time: GoTime) => String(time.seconds)),

  mustToDuration: fn("any", (_, value) => duration(toDuration(value))),
  durationNanoseconds: intIn(1n),
  durationMicroseconds: intIn(1000n),
  durationMilliseconds: intIn(1_000_000n),
  durationSeconds: floatIn(SECOND),
  durationMinutes: floatIn(60n * SECOND),
  durationHours: floatIn(HOUR),
  durationDays: floatIn(24n * HOUR),
  durationWeeks: floatIn(7n * 24n * HOUR),
  durationRoundTo: fn("any any", (_, value, unit) => duration(roundTo(lenient(value), lenient(unit)))),
  durationTruncateTo: fn("any any", (_, value, unit) => duration(truncateTo(lenient(value), lenient(unit)))),
};
