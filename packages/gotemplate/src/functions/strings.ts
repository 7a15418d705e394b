import {
  encodeRune,
  fromRunes,
  isAscii,
  isDigit,
  isLetter,
  isLower,
  isSpace,
  isTitle,
  isUpper,
  RUNE_ERROR,
  runeAt,
  runeSize,
  runesOf,
  toLower,
  toTitle,
  toUpper,
} from "../bytes.ts";
import { GoError } from "../errors.ts";
import { printValue, textOf } from "../print.ts";
import { goQuote } from "../quote.ts";
import { allow, type Frame } from "../runtime.ts";
import { GoBytes, GoList, GoMap, itemsOf, STRING_MAP, STRINGS, type Value } from "../value.ts";
import { kebabCase, pascalCase, snakeCase } from "./cases.ts";
import { type Functions, fn } from "./define.ts";

/** sprig's strval: what `toString`, `quote` and `join` make of a value. */
export function toText(value: Value): string {
  if (typeof value === "string") return value;
  if (value instanceof GoBytes) return value.text;
  return textOf(value) ?? printValue(value);
}

/** sprig's strslice: texts of the items of a list, without those that are nil. */
function toTexts(value: Value): string[] {
  if (value === null || value === undefined) return [];
  if (!(value instanceof GoList || value instanceof GoBytes)) return [toText(value)];
  return itemsOf(value)
    .filter((item) => item !== null)
    .map(toText);
}

export function listOfTexts(texts: string[]): GoList {
  return new GoList(texts, STRINGS);
}

/** Maps each rune, as strings.Map does. */
function mapRunes(text: string, map: (rune: number) => number): string {
  return fromRunes(runesOf(text).map(map));
}

function upper(text: string): string {
  return isAscii(text) ? text.toUpperCase() : mapRunes(text, toUpper);
}

export function lower(text: string): string {
  return isAscii(text) ? text.toLowerCase() : mapRunes(text, toLower);
}

/** strings.Title: the first letter of each word. */
function title(text: string): string {
  let afterWord = false;
  return mapRunes(text, (rune) => {
    const result = afterWord ? rune : toTitle(rune);
    afterWord =
      rune < 0x80 ? /\w/.test(String.fromCharCode(rune)) : isLetter(rune) || isDigit(rune) || !isSpace(rune);
    return result;
  });
}

/** Lowers the first letter of each word. */
function untitle(text: string): string {
  let next = true;
  return mapRunes(text, (rune) => {
    if (isSpace(rune)) {
      next = true;
      return rune;
    }
    const result = next ? toLower(rune) : rune;
    next = false;
    return result;
  });
}

function swapCase(text: string): string {
  let afterSpace = true;
  return mapRunes(text, (rune) => {
    if (isUpper(rune) || isTitle(rune)) {
      afterSpace = false;
      return toLower(rune);
    }
    if (isLower(rune)) {
      const result = afterSpace ? toTitle(rune) : toUpper(rune);
      afterSpace = false;
      return result;
    }
    afterSpace = isSpace(rune);
    return rune;
  });
}

/** Where the text begins and ends without the runes at both ends that `drop` wants gone. */
function trimRunes(text: string, drop: (rune: number) => boolean): string {
  let start = 0;
  while (start < text.length && drop(runeAt(text, start))) start += runeSize(text, start);
  let end = text.length;
  while (end > start) {
    let at = end - 1;
    while (at > start && at > end - 4 && (text.charCodeAt(at) & 0xc0) === 0x80) at--;
    if (at + runeSize(text, at) !== end) at = end - 1;
    if (!drop(runeAt(text, at))) break;
    end = at;
  }
  return text.slice(start, end);
}

export function trimSpace(text: string): string {
  return trimRunes(text, isSpace);
}

function trimAll(cutset: string, text: string): string {
  if (cutset === "") return text;
  const runes = new Set(runesOf(cutset));
  return trimRunes(text, (rune) => runes.has(rune));
}

/** Deletes white space. Looks at bytes and not at runes, which garbles other text: goutils.DeleteWhiteSpace does so. */
function noSpace(text: string): string {
  const kept = Array.from(text, (byte) => byte.charCodeAt(0)).filter((byte) => !isSpace(byte));
  return kept.length === text.length ? text : kept.map(encodeRune).join("");
}

function initials(text: string): string {
  let out = "";
  let gap = true;
  for (let i = 0; i < text.length; i++) {
    const byte = text.charCodeAt(i);
    if (isSpace(byte)) gap = true;
    else if (gap) {
      out += encodeRune(byte);
      gap = false;
    }
  }
  return out;
}

function abbreviate(text: string, left: number, width: number): string {
  if (text === "" || width < 4) return "";
  if (text.length <= width) return text;
  let offset = Math.min(left, text.length);
  if (text.length - offset < width - 3) offset = text.length - (width - 3);
  if (offset <= 4) return `${text.slice(0, width - 3)}...`;
  if (width < 7) return "";
  if (offset + width - 3 < text.length) return `...${abbreviate(text.slice(offset), 0, width - 3)}`;
  return `...${text.slice(text.length - (width - 3))}`;
}

function substr(start: number, end: number, text: string): string {
  if (start < 0) {
    if (end < 0) throw new GoError(`runtime error: slice bounds out of range [:${end}]`);
    if (end > text.length)
      throw new GoError(`runtime error: slice bounds out of range [:${end}] with length ${text.length}`);
    return text.slice(0, end);
  }
  if (end < 0 || end > text.length) {
    if (start > text.length)
      throw new GoError(`runtime error: slice bounds out of range [${start}:${text.length}]`);
    return text.slice(start);
  }
  if (start > end) throw new GoError(`runtime error: slice bounds out of range [${start}:${end}]`);
  return text.slice(start, end);
}

function trunc(count: number, text: string): string {
  if (count < 0 && text.length + count > 0) return text.slice(text.length + count);
  return count >= 0 && text.length > count ? text.slice(0, count) : text;
}

function repeat(frame: Frame, count: number, text: string): string {
  if (count < 0) throw new GoError("strings: negative Repeat count");
  allow(frame.run, count * text.length);
  return text.repeat(count);
}

function indent(frame: Frame, spaces: number, text: string): string {
  const pad = repeat(frame, spaces, " ");
  allow(frame.run, text.length + (text.split("\n").length - 1) * spaces);
  return pad + text.replaceAll("\n", `\n${pad}`);
}

function replace(frame: Frame, old: string, next: string, text: string): string {
  const parts = old === "" ? ["", ...splitRunes(text), ""] : text.split(old);
  const gaps = old === "" && text === "" ? 1 : parts.length - 1;
  allow(frame.run, text.length + gaps * next.length);
  return old === "" && text === "" ? next : parts.join(next);
}

function splitRunes(text: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const size = runeSize(text, at);
    parts.push(text.slice(at, at + size));
    at += size;
  }
  return parts;
}

/** strings.SplitN: no parts for 0, all of them for a negative number. */
function splitN(text: string, separator: string, count: number): string[] {
  if (count === 0) return [];
  const parts = separator === "" ? splitRunes(text) : text.split(separator);
  if (count < 0 || parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

function numbered(parts: string[]): GoMap {
  return new GoMap(new Map(parts.map((part, i) => [`_${i}`, part])), STRING_MAP);
}

/** goutils.WrapCustom. Counts bytes. */
function wrap(text: string, length: number, newline: string, wrapLong: boolean): string {
  const width = Math.max(length, 1);
  const separator = newline === "" ? "\n" : newline;
  let out = "";
  let offset = 0;
  while (text.length - offset > width) {
    if (text[offset] === " ") {
      offset++;
      continue;
    }
    const space = text.slice(offset, offset + width + 1).lastIndexOf(" ");
    if (space >= 0) {
      out += text.slice(offset, offset + space) + separator;
      offset += space + 1;
    } else if (wrapLong) {
      out += text.slice(offset, offset + width) + separator;
      offset += width;
    } else {
      const next = text.indexOf(" ", offset + width);
      if (next === -1) return out + text.slice(offset);
      out += text.slice(offset, next) + separator;
      offset = next + 1;
    }
  }
  return out + text.slice(offset);
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const ASCII = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");

/** A whole number below a limit, each as likely as the others. */
export function randomBelow(frame: Frame, limit: number): number {
  const size = 6;
  const most = 2 ** 48;
  for (;;) {
    const bytes = frame.run.host.random(size);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + bytes[i]!;
    // Values beyond the last full range would favour small numbers.
    if (value < most - (most % limit)) return value % limit;
  }
}

function randomText(frame: Frame, count: number, alphabet: string): string {
  allow(frame.run, count);
  let out = "";
  for (let i = 0; i < count; i++) out += alphabet[randomBelow(frame, alphabet.length)];
  return out;
}

function shuffle(frame: Frame, text: string): string {
  const runes = runesOf(text);
  for (let i = runes.length - 1; i > 0; i--) {
    const j = randomBelow(frame, i + 1);
    [runes[i], runes[j]] = [runes[j]!, runes[i]!];
  }
  return runes.includes(RUNE_ERROR) ? text : fromRunes(runes);
}

const texts = (values: Value[]): Value[] => values.filter((value) => value !== null);

export const strings: Functions = {
  hello: fn("", () => "Hello!"),
  abbrev: fn("int string", (_, width: number, text: string) =>
    width < 4 ? text : abbreviate(text, 0, width),
  ),
  abbrevboth: fn("int int string", (_, left: number, right: number, text: string) =>
    right < 4 || (left > 0 && right < 7) ? text : abbreviate(text, left, right),
  ),
  trunc: fn("int string", (_, count, text) => trunc(count, text)),
  trim: fn("string", (_, text) => trimSpace(text)),
  upper: fn("string", (_, text) => upper(text)),
  lower: fn("string", (_, text) => lower(text)),
  title: fn("string", (_, text) => title(text)),
  untitle: fn("string", (_, text) => untitle(text)),
  substr: fn("int int string", (_, start, end, text) => substr(start, end, text)),
  repeat: fn("int string", repeat),
  trimall: fn("string string", (_, cutset, text) => trimAll(cutset, text)),
  trimAll: fn("string string", (_, cutset, text) => trimAll(cutset, text)),
  trimSuffix: fn("string string", (_, suffix: string, text: string) =>
    suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
  ),
  trimPrefix: fn("string string", (_, prefix: string, text: string) =>
    text.startsWith(prefix) ? text.slice(prefix.length) : text,
  ),
  nospace: fn("string", (_, text) => noSpace(text)),
  initials: fn("string", (_, text) => initials(text)),
  randAlphaNum: fn("int", (frame, count) => randomText(frame, count, LETTERS + DIGITS)),
  randAlpha: fn("int", (frame, count) => randomText(frame, count, LETTERS)),
  randAscii: fn("int", (frame, count) => randomText(frame, count, ASCII)),
  randNumeric: fn("int", (frame, count) => randomText(frame, count, DIGITS)),
  swapcase: fn("string", (_, text) => swapCase(text)),
  shuffle: fn("string", shuffle),
  snakecase: fn("string", (_, text) => snakeCase(text)),
  camelcase: fn("string", (_, text) => pascalCase(text)),
  kebabcase: fn("string", (_, text) => kebabCase(text)),
  wrap: fn("int string", (_, length, text) => wrap(text, length, "", false)),
  wrapWith: fn("int string string", (frame, length: number, separator: string, text: string) => {
    allow(frame.run, text.length + (text.length / Math.max(length, 1)) * separator.length);
    return wrap(text, length, separator, true);
  }),
  contains: fn("string string", (_, part: string, text: string) => text.includes(part)),
  hasPrefix: fn("string string", (_, prefix: string, text: string) => text.startsWith(prefix)),
  hasSuffix: fn("string string", (_, suffix: string, text: string) => text.endsWith(suffix)),
  quote: fn("...any", (_, ...values) =>
    texts(values)
      .map((value) => goQuote(toText(value)))
      .join(" "),
  ),
  squote: fn("...any", (_, ...values) =>
    texts(values)
      .map((value) => `'${printValue(value)}'`)
      .join(" "),
  ),
  cat: fn("...any", (_, ...values) => texts(values).map(printValue).join(" ")),
  indent: fn("int string", indent),
  nindent: fn("int string", (frame, spaces, text) => `\n${indent(frame, spaces, text)}`),
  replace: fn("string string string", replace),
  plural: fn("string string int", (_, one, many, count) => (count === 1 ? one : many)),
  toString: fn("any", (_, value) => toText(value)),
  toStrings: fn("any", (_, value) => listOfTexts(toTexts(value))),
  join: fn("string any", (frame, separator: string, value) => {
    const parts = toTexts(value);
    allow(frame.run, parts.length * separator.length);
    return parts.join(separator);
  }),
  split: fn("string string", (_, separator, text) => numbered(splitN(text, separator, -1))),
  splitn: fn("string int string", (_, separator, count, text) => numbered(splitN(text, separator, count))),
  splitList: fn("string string", (_, separator, text) => listOfTexts(splitN(text, separator, -1))),
  sortAlpha: fn("any", (_, value) => listOfTexts(toTexts(value === null ? "<nil>" : value).sort())),
};
