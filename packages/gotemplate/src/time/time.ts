/** time.Time and its methods. */
import { GoError } from "../errors.ts";
import { GoObject, int64, type Method, Num, type NumType, type ObjectType, type Value } from "../value.ts";
import { DAYS, daysFromCivil, type Fields, fieldsOf, MONTHS } from "./calendar.ts";
import { duration, SECOND } from "./duration.ts";
import { formatTime } from "./format.ts";
import { UTC, type Zone } from "./zone.ts";

/** A moment: seconds since 1970, nanoseconds within the second, and the zone it is shown in. */
export class GoTime extends GoObject {
  readonly seconds: number;
  readonly nanos: number;
  readonly zone: Zone;
  constructor(seconds: number, nanos: number, zone: Zone) {
    super(TIME, NO_FIELDS);
    this.seconds = seconds;
    this.nanos = nanos;
    this.zone = zone;
  }
}

const NO_FIELDS: ReadonlyMap<string, Value> = new Map();
/** 0001-01-01 00:00:00 UTC, Go's zero time. */
const ZERO_SECONDS = -62_135_596_800;
export const zeroTime = (): GoTime => new GoTime(ZERO_SECONDS, 0, UTC);

/** A moment of so many milliseconds since 1970. */
export function timeOf(milliseconds: number, zone: Zone): GoTime {
  const seconds = Math.floor(milliseconds / 1000);
  return new GoTime(seconds, Math.round((milliseconds - seconds * 1000) * 1e6), zone);
}

/** time.Date: parts may lie outside their usual ranges. */
export function dateOf(fields: Omit<Fields, "weekday" | "yearDay">, zone: Zone): GoTime {
  const { year, month, day, hour, minute, second, nanos } = fields;
  const local = daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  // The offset that holds shortly before decides, unless it is no longer that at the resulting time.
  const guess = zone.at(local).offset;
  const offset = zone.at(local - guess).offset;
  const carry = Math.floor(nanos / 1e9);
  return new GoTime(local - offset + carry, nanos - carry * 1e9, zone);
}

/** The calendar fields of a time in its zone. */
export function localFields({
  seconds,
  nanos,
  zone,
}: GoTime): Fields & { offset: number; abbreviation: string } {
  const { offset, abbreviation } = zone.at(seconds);
  return { ...fieldsOf(seconds + offset, nanos), offset, abbreviation };
}

export function inZone(time: GoTime, zone: Zone): GoTime {
  return new GoTime(time.seconds, time.nanos, zone);
}

export function addDuration(time: GoTime, nanos: bigint): GoTime {
  const total = BigInt(time.nanos) + nanos;
  const rest = ((total % SECOND) + SECOND) % SECOND;
  return new GoTime(time.seconds + Number((total - rest) / SECOND), Number(rest), time.zone);
}

/** The duration from `from` to `to`, held within 64 bits. */
export function between(from: GoTime, to: GoTime): bigint {
  const nanos = BigInt(to.seconds - from.seconds) * SECOND + BigInt(to.nanos - from.nanos);
  const max = 2n ** 63n - 1n;
  return nanos > max ? max : nanos < -max - 1n ? -max - 1n : nanos;
}

function timeText(time: GoTime): string {
  return formatTime(time, "2006-01-02 15:04:05.999999999 -0700 MST");
}

/** As JSON: RFC 3339 with nanoseconds. */
function timeJson(time: GoTime): string {
  const { year, offset } = localFields(time);
  if (year < 0 || year > 9999) throw new GoError("Time.MarshalJSON: year outside of range [0,9999]");
  if (Math.abs(offset) >= 86_400)
    throw new GoError("Time.MarshalJSON: timezone hour outside of range [0,23]");
  return formatTime(time, "2006-01-02T15:04:05.999999999Z07:00");
}

const named = (name: string, names: readonly string[], first: number): NumType => ({
  name: `time.${name}`,
  kind: "int",
  text: (value) => names[Number(value) - first] ?? `%!${name}(${value})`,
  methods: new Map<string, Method>([
    [
      "String",
      {
        params: [],
        result: "string",
        call: ({ value, type }: Num) => type.text!(value),
      },
    ],
  ]),
});
const MONTH = named("Month", MONTHS, 1);
const WEEKDAY = named("Weekday", DAYS, 0);

function compare(a: GoTime, b: GoTime): number {
  return Math.sign(a.seconds - b.seconds || a.nanos - b.nanos);
}

/** Rounds towards zero time in steps of a duration, as (Time).Truncate and (Time).Round do. */
function toStep(time: GoTime, step: bigint, nearest: boolean): GoTime {
  if (step <= 0n) return time;
  const since = BigInt(time.seconds - ZERO_SECONDS) * SECOND + BigInt(time.nanos);
  const rest = ((since % step) + step) % step;
  return addDuration(time, nearest && rest * 2n >= step ? step - rest : -rest);
}

/** Methods with several results cannot be called by templates. */
function several(name: string, count: number): Method {
  return {
    params: [],
    result: "",
    call: () => {
      throw new GoError(`function ${name} has ${count} return values; should be 1 or 2`);
    },
  };
}

const none = (result: string, call: (time: GoTime) => Value): Method => ({ params: [], result, call });
const int = (pick: (fields: Fields) => number): Method =>
  none("int", (time) => BigInt(pick(localFields(time))));
const other = (call: (a: GoTime, b: GoTime) => Value): Method => ({ params: ["time"], result: "bool", call });
const unix = (scale: bigint): Method =>
  none("int64", ({ seconds, nanos }) => int64((BigInt(seconds) * SECOND + BigInt(nanos)) / scale));

const METHODS = new Map<string, Method>([
  ["Year", int(({ year }) => year)],
  ["Month", none("time.Month", (time) => new Num(BigInt(localFields(time).month), MONTH))],
  ["Day", int(({ day }) => day)],
  ["Hour", int(({ hour }) => hour)],
  ["Minute", int(({ minute }) => minute)],
  ["Second", int(({ second }) => second)],
  ["Nanosecond", int(({ nanos }) => nanos)],
  ["Weekday", none("time.Weekday", (time) => new Num(BigInt(localFields(time).weekday), WEEKDAY))],
  ["YearDay", int(({ yearDay }) => yearDay)],
  ["Unix", none("int64", ({ seconds }) => int64(BigInt(seconds)))],
  ["UnixMilli", unix(1_000_000n)],
  ["UnixMicro", unix(1000n)],
  ["UnixNano", unix(1n)],
  ["UTC", none("time.Time", (time) => inZone(time, UTC))],
  ["Local", none("time.Time", (time) => inZone(time, UTC))],
  ["String", none("string", timeText)],
  ["IsZero", none("bool", ({ seconds, nanos }) => seconds === ZERO_SECONDS && nanos === 0)],
  ["Format", { params: ["string"], result: "string", call: formatTime }],
  ["Add", { params: ["duration"], result: "time.Time", call: addDuration }],
  ["AddDate", { params: ["int", "int", "int"], result: "time.Time", call: addDate }],
  [
    "Sub",
    { params: ["time"], result: "time.Duration", call: (a: GoTime, b: GoTime) => duration(between(b, a)) },
  ],
  [
    "Truncate",
    { params: ["duration"], result: "time.Time", call: (time, step) => toStep(time, step, false) },
  ],
  ["Round", { params: ["duration"], result: "time.Time", call: (time, step) => toStep(time, step, true) }],
  ["After", other((a, b) => compare(a, b) > 0)],
  ["Before", other((a, b) => compare(a, b) < 0)],
  ["Equal", other((a, b) => compare(a, b) === 0)],
  ["Compare", other((a, b) => BigInt(compare(a, b)))],
  ["Date", several("Date", 3)],
  ["Clock", several("Clock", 3)],
]);

function addDate(time: GoTime, years: number, months: number, days: number): GoTime {
  const fields = localFields(time);
  const date = { ...fields, year: fields.year + years, month: fields.month + months, day: fields.day + days };
  return dateOf(date, time.zone);
}

function isSame(a: GoTime, b: GoTime): boolean {
  if (a.seconds !== b.seconds || a.nanos !== b.nanos) return false;
  const [x, y] = [a.zone.at(a.seconds), b.zone.at(b.seconds)];
  return a.zone === b.zone || (x.offset === y.offset && x.abbreviation === y.abbreviation);
}

const TIME: ObjectType = {
  name: "time.Time",
  kind: "struct",
  fields: [
    { name: "wall", type: "uint64", hidden: true },
    { name: "ext", type: "int64", hidden: true },
    { name: "loc", type: "*time.Location", hidden: true },
  ],
  equal: isSame,
  methods: METHODS,
  text: timeText,
  jsonText: timeJson,
};
