/** time.ParseInLocation. */
import { GoError } from "../errors.ts";
import { DAYS, daysFromCivil, daysIn, fieldsOf, isLeap, MONTHS } from "./calendar.ts";
import { quoteTime } from "./duration.ts";
import { type Element, nextChunk } from "./layout.ts";
import { dateOf, GoTime } from "./time.ts";
import { fixedZone, UTC, type Zone } from "./zone.ts";

/** What has been read so far; -1 is what has not. */
type State = {
  value: string;
  layout: string;
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  zone?: Zone;
  offset?: number;
  zoneName: string;
  half: "" | "am" | "pm";
};

/** A part that is no such part, or that is out of its range. */
class Bad {
  readonly range?: string;
  constructor(range?: string) {
    this.range = range;
  }
}

/**
 * Reads a time by Go's layout. Without a zone in the text it is one of `local`.
 * @throws {GoError} in Go's words
 */
export function parseTime(layout: string, text: string, local: Zone): GoTime {
  const state: State = {
    value: text,
    layout,
    year: 0,
    month: -1,
    day: -1,
    yearDay: -1,
    hour: 0,
    minute: 0,
    second: 0,
    nanos: 0,
    zoneName: "",
    half: "",
  };
  const fail = (message: string): never => {
    throw new GoError(`parsing time ${quoteTime(text)}${message}`);
  };
  const cannot = (rest: string, part: string): never =>
    fail(` as ${quoteTime(layout)}: cannot parse ${quoteTime(rest)} as ${quoteTime(part)}`);
  for (;;) {
    const chunk = nextChunk(state.layout);
    if (!skip(state, chunk.prefix)) cannot(state.value, chunk.prefix);
    if (!chunk.element) {
      if (state.value !== "") fail(`: extra text: ${quoteTime(state.value)}`);
      break;
    }
    state.layout = chunk.rest;
    const before = state.value;
    try {
      READERS[chunk.element](state, chunk.text);
    } catch (thrown) {
      if (!(thrown instanceof Bad)) throw thrown;
      if (thrown.range) fail(`: ${thrown.range} out of range`);
      cannot(before, chunk.text);
    }
  }
  setDay(state, fail);
  return finish(state, local);
}

/** Passes over text that is no element; runs of spaces match any others. */
function skip(state: State, prefix: string): boolean {
  let wanted = prefix;
  while (wanted !== "") {
    if (wanted[0] === " ") {
      if (state.value !== "" && state.value[0] !== " ") return false;
      wanted = wanted.replace(/^ +/, "");
      state.value = state.value.replace(/^ +/, "");
      continue;
    }
    if (state.value[0] !== wanted[0]) return false;
    wanted = wanted.slice(1);
    state.value = state.value.slice(1);
  }
  return true;
}

/** Takes what a pattern matches at the front. */
function take(state: State, pattern: RegExp): string {
  const found = pattern.exec(state.value)?.[0];
  if (found === undefined) throw new Bad();
  state.value = state.value.slice(found.length);
  return found;
}

function number(state: State, fixed: boolean): number {
  return Number(take(state, fixed ? /^[0-9]{2}/ : /^[0-9]{1,2}/));
}

/** A number below a limit. */
function below(value: number, limit: number, name: string): number {
  if (value >= limit) throw new Bad(name);
  return value;
}

function lookup(state: State, names: readonly string[]): number {
  const index = names.findIndex(
    (name) => state.value.slice(0, name.length).toLowerCase() === name.toLowerCase(),
  );
  if (index === -1) throw new Bad();
  state.value = state.value.slice(names[index]!.length);
  return index;
}

const short = (names: readonly string[]): string[] => names.map((name) => name.slice(0, 3));

function month(state: State, fixed: boolean): void {
  state.month = number(state, fixed);
  if (state.month < 1 || state.month > 12) throw new Bad("month");
}

function day(state: State, element: Element): void {
  if (element === "_2") state.value = state.value.replace(/^ /, "");
  state.day = number(state, element === "02");
}

function yearDay(state: State, fixed: boolean): void {
  if (!fixed) state.value = state.value.replace(/^ {1,2}/, "");
  state.yearDay = Number(take(state, fixed ? /^[0-9]{3}/ : /^[0-9]{1,3}/));
}

function second(state: State, fixed: boolean): void {
  state.second = below(number(state, fixed), 60, "second");
  // A fraction may follow although the layout does not say so.
  if (!/^[.,][0-9]/.test(state.value)) return;
  const next = nextChunk(state.layout).element;
  if (next !== "fraction0" && next !== "fraction9") nanos(state, take(state, /^[.,][0-9]+/));
}

function nanos(state: State, text: string): void {
  state.nanos = Number(text.slice(1, 10).padEnd(9, "0"));
}

function fraction0(state: State, text: string): void {
  if (state.value.length < text.length) throw new Bad();
  const part = state.value.slice(0, text.length);
  if (!/^[.,][0-9]+$/.test(part)) throw new Bad();
  state.value = state.value.slice(part.length);
  nanos(state, part);
}

function fraction9(state: State): void {
  if (/^[.,][0-9]/.test(state.value)) nanos(state, take(state, /^[.,][0-9]+/));
}

const OFFSETS: Record<string, RegExp> = {
  "-07": /^.(..)/s,
  "-0700": /^.(..)(..)/s,
  "-07:00": /^.(..):(..)/s,
  "-070000": /^.(..)(..)(..)/s,
  "-07:00:00": /^.(..):(..):(..)/s,
};

function offset(state: State, text: string): void {
  if (text[0] === "Z" && state.value[0] === "Z") {
    state.value = state.value.slice(1);
    state.zone = UTC;
    return;
  }
  const match = OFFSETS[`-${text.slice(1)}`]!.exec(state.value);
  if (!match) throw new Bad();
  const [all, ...digits] = match;
  const [hours = 0, minutes = 0, seconds = 0] = digits.map((part) =>
    /^[0-9]{2}$/.test(part) ? Number(part) : -1,
  );
  if (hours > 24) throw new Bad("time zone offset hour");
  if (minutes > 60) throw new Bad("time zone offset minute");
  if (seconds > 60) throw new Bad("time zone offset second");
  if (Math.min(hours, minutes, seconds) < 0 || !/^[+-]/.test(all)) throw new Bad();
  const size = (hours * 60 + minutes) * 60 + seconds;
  state.offset = all[0] === "-" ? -size : size;
  state.value = state.value.slice(all.length);
}

const ZONE_NAME =
  /^(?:ChST|MeST|GMT(?:[+-](?:2[0-3]|1?[0-9])(?![0-9]))?|[+-](?:2[0-3]|[01]?[0-9])(?![0-9])|[A-Z]{4}T(?![A-Z])|(?:[A-Z]{3}T|WITA)(?![A-Z])|[A-Z]{3}(?![A-Z]))/;

function zoneName(state: State): void {
  if (state.value.startsWith("UTC")) {
    state.value = state.value.slice(3);
    state.zone = UTC;
    return;
  }
  state.zoneName = take(state, ZONE_NAME);
}

type Reader = (state: State, text: string) => void;

const READERS: Record<Element, Reader> = {
  "2006": (state) => {
    state.year = Number(take(state, /^[0-9]{4}/));
  },
  "06": (state) => {
    const year = Number(take(state, /^[0-9]{2}/));
    state.year = year >= 69 ? year + 1900 : year + 2000;
  },
  January: (state) => {
    state.month = lookup(state, MONTHS) + 1;
  },
  Jan: (state) => {
    state.month = lookup(state, short(MONTHS)) + 1;
  },
  "1": (state) => month(state, false),
  "01": (state) => month(state, true),
  Monday: (state) => void lookup(state, DAYS),
  Mon: (state) => void lookup(state, short(DAYS)),
  "2": (state) => day(state, "2"),
  _2: (state) => day(state, "_2"),
  "02": (state) => day(state, "02"),
  __2: (state) => yearDay(state, false),
  "002": (state) => yearDay(state, true),
  "15": (state) => {
    state.hour = below(number(state, false), 24, "hour");
  },
  "3": (state) => {
    state.hour = below(number(state, false), 13, "hour");
  },
  "03": (state) => {
    state.hour = below(number(state, true), 13, "hour");
  },
  "4": (state) => {
    state.minute = below(number(state, false), 60, "minute");
  },
  "04": (state) => {
    state.minute = below(number(state, true), 60, "minute");
  },
  "5": (state) => second(state, false),
  "05": (state) => second(state, true),
  PM: (state) => {
    state.half = take(state, /^(?:AM|PM)/).toLowerCase() as "am" | "pm";
  },
  pm: (state) => {
    state.half = take(state, /^(?:am|pm)/) as "am" | "pm";
  },
  "-07": offset,
  "-0700": offset,
  "-07:00": offset,
  "-070000": offset,
  "-07:00:00": offset,
  Z07: offset,
  Z0700: offset,
  "Z07:00": offset,
  Z070000: offset,
  "Z07:00:00": offset,
  MST: zoneName,
  fraction0,
  fraction9,
};

/** Settles month and day, which may have been given as a day of the year. */
function setDay(state: State, fail: (message: string) => never): void {
  if (state.yearDay >= 0) {
    if (state.yearDay < 1 || state.yearDay > (isLeap(state.year) ? 366 : 365))
      fail(": day-of-year out of range");
    const date = fieldsOf((daysFromCivil(state.year, 1, 1) + state.yearDay - 1) * 86_400, 0);
    if (state.month >= 0 && state.month !== date.month) fail(": day-of-year does not match month");
    if (state.day >= 0 && state.day !== date.day) fail(": day-of-year does not match day");
    [state.month, state.day] = [date.month, date.day];
  }
  if (state.month < 0) state.month = 1;
  if (state.day < 0) state.day = 1;
  if (state.day < 1 || state.day > daysIn(state.month, state.year)) fail(": day out of range");
}

function finish(state: State, local: Zone): GoTime {
  const { half, hour, zone, offset: away, zoneName: name } = state;
  const fields = {
    ...state,
    hour: half === "pm" && hour < 12 ? hour + 12 : half === "am" && hour === 12 ? 0 : hour,
  };
  if (zone) return dateOf(fields, zone);
  if (away === undefined && name === "") return dateOf(fields, local);
  const utc = dateOf(fields, UTC);
  if (away !== undefined) {
    const seconds = utc.seconds - away;
    const here = local.at(seconds);
    const same = here.offset === away && (name === "" || here.abbreviation === name);
    return new GoTime(seconds, utc.nanos, same ? local : fixedZone(name, away));
  }
  // A zone of that name is looked for in the local one only; others have no known offset.
  const here = local.at(utc.seconds);
  if (here.abbreviation === name) return new GoTime(utc.seconds - here.offset, utc.nanos, local);
  const hours = name.startsWith("GMT") && name.length > 3 ? Number(name.slice(3)) : 0;
  // Go takes the time for UTC here and only shows it with the offset.
  return new GoTime(utc.seconds, utc.nanos, fixedZone(name, hours * 3600));
}
