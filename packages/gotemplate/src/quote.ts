import { encodeRune, isPrint, RUNE_ERROR, runeAt, runeSize } from "./bytes.ts";

const SIMPLE = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;
const ESCAPES: Record<string, string> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/** Go's strconv.Quote of a byte string; with `ascii`, strconv.QuoteToASCII. */
export function goQuote(bytes: string, ascii = false): string {
  if (SIMPLE.test(bytes)) return `"${bytes}"`;
  let out = '"';
  for (let at = 0; at < bytes.length; ) {
    const size = runeSize(bytes, at);
    const rune = runeAt(bytes, at);
    if (size === 1 && rune === RUNE_ERROR) out += hexByte(bytes.charCodeAt(at));
    else out += escapeRune(rune, '"', ascii);
    at += size;
  }
  return `${out}"`;
}

/** Go's strconv.QuoteRune. */
export function quoteRune(rune: number, ascii = false): string {
  const valid = rune >= 0 && rune <= 0x10ffff && !(rune >= 0xd800 && rune <= 0xdfff);
  return `'${escapeRune(valid ? rune : RUNE_ERROR, "'", ascii)}'`;
}

/** Whether a byte string can be written in back quotes: no control characters, no byte order mark, valid UTF-8. */
export function canBackquote(bytes: string): boolean {
  for (let at = 0; at < bytes.length; ) {
    const size = runeSize(bytes, at);
    const rune = runeAt(bytes, at);
    if (size > 1 ? rune === 0xfeff : rune === RUNE_ERROR) return false;
    if (size === 1 && ((rune < 0x20 && rune !== 9) || rune === 0x60 || rune === 0x7f)) return false;
    at += size;
  }
  return true;
}

function escapeRune(rune: number, quote: string, ascii: boolean): string {
  const ch = rune < 0x80 ? String.fromCharCode(rune) : "";
  if (ch === quote || ch === "\\") return `\\${ch}`;
  if (isPrint(rune) && (rune < 0x80 || !ascii)) return encodeRune(rune);
  const short = ESCAPES[ch];
  if (short !== undefined) return short;
  if (rune < 0x20 || rune === 0x7f) return hexByte(rune);
  const hex = rune.toString(16);
  return rune < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

function hexByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

const UNESCAPES: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** The text of a quoted Go literal, in `"` or back quotes; undefined if it is none (strconv.Unquote). */
export function unquote(literal: string): string | undefined {
  const quote = literal[0]!;
  const body = literal.slice(1, -1);
  if (quote === "`") return body.replaceAll("\r", "");
  if (!body.includes("\\")) return body;
  let out = "";
  for (let at = 0; at < body.length; ) {
    const read = unquoteChar(body, at, quote);
    if (!read) return undefined;
    out += read.bytes;
    at = read.end;
  }
  return out;
}

/** One character of a quoted literal: its bytes, its code point and where the next begins; undefined if malformed. */
export function unquoteChar(
  text: string,
  at: number,
  quote: string,
): { bytes: string; rune: number; end: number } | undefined {
  if (at >= text.length || text[at] === quote) return undefined;
  if (text[at] !== "\\") {
    const size = runeSize(text, at);
    return { bytes: text.slice(at, at + size), rune: runeAt(text, at), end: at + size };
  }
  const kind = text[at + 1] ?? "";
  const simple = UNESCAPES[kind] ?? (kind === quote ? kind : undefined);
  if (simple !== undefined) return { bytes: simple, rune: simple.charCodeAt(0), end: at + 2 };
  const digits = { x: 2, u: 4, U: 8 }[kind];
  if (digits !== undefined) return unquoteHex(text, at + 2, digits, kind);
  const octal = /^[0-7]{3}/.exec(text.slice(at + 1, at + 4));
  if (!octal) return undefined;
  const value = Number.parseInt(octal[0], 8);
  return value > 255 ? undefined : { bytes: String.fromCharCode(value), rune: value, end: at + 4 };
}

function unquoteHex(
  text: string,
  at: number,
  digits: number,
  kind: string,
): { bytes: string; rune: number; end: number } | undefined {
  const hex = text.slice(at, at + digits);
  if (hex.length < digits || !/^[0-9a-fA-F]+$/.test(hex)) return undefined;
  const rune = Number.parseInt(hex, 16);
  const end = at + digits;
  if (kind === "x") return { bytes: String.fromCharCode(rune), rune, end };
  if (rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff)) return undefined;
  return { bytes: encodeRune(rune), rune, end };
}
