/** Time zones: offsets from the JavaScript engine's database, abbreviations from ours. */
import { ZONES } from "../generated/zones.ts";

export type Zone = {
  /** As Go prints the location. */
  name: string;
  /** Offset in seconds and abbreviation at a time, in seconds since 1970. */
  at(seconds: number): { offset: number; abbreviation: string };
};

export const UTC: Zone = { name: "UTC", at: () => ({ offset: 0, abbreviation: "UTC" }) };

/** A zone with one offset. */
export function fixedZone(name: string, offset: number): Zone {
  const text = name === "" ? numericZone(offset) : name;
  return { name, at: () => ({ offset, abbreviation: text }) };
}

/** An abbreviation for a zone that has none: `+0200`, as Go formats it. */
function numericZone(offset: number): string {
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const sign = offset < 0 ? "-" : "+";
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${sign}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

/** Zones of TOML's dates and times that have none. */
export const LOCAL_DATETIME = fixedZone("datetime-local", 0);
export const LOCAL_DATE = fixedZone("date-local", 0);
export const LOCAL_TIME = fixedZone("time-local", 0);

const loaded = new Map<string, Zone | undefined>();

/** time.LoadLocation; undefined if there is no such zone. */
export function loadZone(name: string): Zone | undefined {
  if (name === "" || name === "UTC") return UTC;
  if (!loaded.has(name)) loaded.set(name, findZone(name));
  return loaded.get(name);
}

function findZone(name: string): Zone | undefined {
  const line = ZONES.split("\n").find((one) =>
    one
      .slice(one.indexOf("|") + 1)
      .split(" ")
      .includes(name),
  );
  if (line === undefined || !/^[A-Za-z0-9_+/-]+$/.test(name)) return undefined;
  const abbreviations = new Map<number, string>();
  for (const part of line.slice(0, line.indexOf("|")).split(",")) {
    const [, offset, text] = /^(-?\d+)~?(.+)$/.exec(part)!;
    abbreviations.set(Number(offset), text!);
  }
  const clock = clockOf(name);
  if (!clock) return undefined;
  return {
    name,
    at: (seconds) => {
      const offset = clock(seconds);
      return { offset, abbreviation: abbreviations.get(offset) ?? numericZone(offset) };
    },
  };
}

/** Years beyond these are outside what JavaScript's dates can hold. */
const LIMIT = 8.64e12;

/** The offset of a zone at a time. */
function clockOf(name: string): ((seconds: number) => number) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
  return (seconds) => {
    const time = Math.max(-LIMIT, Math.min(LIMIT, seconds)) * 1000;
    const parts: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(time)) parts[type] = value;
    const year = parts["era"] === "BC" ? 1 - Number(parts["year"]) : Number(parts["year"]);
    const local = new Date(0);
    local.setUTCFullYear(year, Number(parts["month"]) - 1, Number(parts["day"]));
    local.setUTCHours(Number(parts["hour"]), Number(parts["minute"]), Number(parts["second"]));
    return Math.round((local.getTime() - time) / 1000);
  };
}
