/** TOML's numbers, dates and words. */
import { GoError } from "../errors.ts";
import { parseFloat64, parseInt64 } from "../numbers.ts";
import { goQuote } from "../quote.ts";
import { parseTime } from "../time/parse.ts";
import { LOCAL_DATE, LOCAL_DATETIME, LOCAL_TIME, UTC, type Zone } from "../time/zone.ts";
import { int64, type Value } from "../value.ts";
import { fail, here, type Reader } from "./toml-text.ts";

const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}/;
const TIME = /^[0-9]{2}:[0-9]{2}/;

/** A value that stands without quotes or brackets. */
export function bareValue(reader: Reader): Value {
  let word = /^[^\s,\]}#=]*/.exec(reader.text.slice(reader.at, reader.at + 4096))![0];
  // A date and a time may stand apart.
  if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(word)) {
    const time = /^ [0-9]{2}:[0-9]{2}[^\s,\]}#]*/.exec(
      reader.text.slice(reader.at + word.length, reader.at + 64),
    );
    word += time?.[0] ?? "";
  }
  const value = scalar(reader, word);
  reader.at += word.length;
  return value;
}

function scalar(reader: Reader, word: string): Value {
  if (word === "true" || word === "false") return word === "true";
  const special = /^([+-]?)(inf|nan)$/.exec(word);
  if (special) return special[2] === "nan" ? Number.NaN : special[1] === "-" ? -Infinity : Infinity;
  if (DATE.test(word) || TIME.test(word)) return datetime(reader, word);
  if (/^[+-]?[0-9]/.test(word)) return number(reader, word);
  if (/^[+-]/.test(word))
    fail(reader, `expected a digit but got ${goQuote(word[1] ?? "").replace(/"/g, "'")}`);
  if (/^[a-zA-Z]/.test(word)) fail(reader, `expected value but found ${goQuote(word)} instead`);
  fail(reader, `expected value but found ${here(reader)} instead`);
}

function number(reader: Reader, word: string): Value {
  const prefixed = /^0[xob]/.test(word);
  const kind = !prefixed && /[.eE]/.test(word) ? "float" : "integer";
  if (/__|_$|^_|_[.eE+-]|[.eE+-]_/.test(prefixed ? word.slice(2) : word))
    fail(reader, `Invalid ${kind} ${goQuote(word)}: underscores must be surrounded by digits`);
  const plain = word.replaceAll("_", "");
  if (/^[+-]?0[0-9]/.test(plain))
    fail(reader, `Invalid ${kind} ${goQuote(word)}: cannot have leading zeroes`);
  if (kind === "float") {
    if (/\.(?![0-9])/.test(plain))
      fail(reader, `Invalid float ${goQuote(word)}: '.' must be followed by one or more digits`);
    return parseFloat64(plain) ?? fail(reader, `Invalid float value: ${goQuote(word)}`);
  }
  const parsed = parseInt64(plain, 0);
  if (!("error" in parsed)) return int64(parsed.value);
  if (parsed.error === "range") fail(reader, `${word} is out of range for int64`);
  const at = plain.search(prefixed ? /[^0-9a-fA-Fxob]/ : /[^0-9+-]/);
  reader.at += Math.max(at, 0);
  fail(
    reader,
    `expected a top-level item to end with a newline, comment, or EOF, but got ${here(reader)} instead`,
  );
}

const LAYOUTS: readonly [string, Zone][] = [
  ["2006-01-02T15:04:05.999999999Z07:00", UTC],
  ["2006-01-02T15:04:05.999999999", LOCAL_DATETIME],
  ["2006-01-02", LOCAL_DATE],
  ["15:04:05.999999999", LOCAL_TIME],
  ["2006-01-02T15:04Z07:00", UTC],
  ["2006-01-02T15:04", LOCAL_DATETIME],
  ["15:04", LOCAL_TIME],
];

function datetime(reader: Reader, word: string): Value {
  const text = word.replace(/z/g, "Z").replace(/[t ]/g, "T");
  for (const [layout, zone] of LAYOUTS) {
    try {
      return parseTime(layout, text, zone);
    } catch (thrown) {
      if (!(thrown instanceof GoError)) throw thrown;
    }
  }
  return fail(reader, `Invalid date: ${goQuote(word)}`);
}
