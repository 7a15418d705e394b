/** What all parts of the TOML decoder share, and its strings. */
import { encodeRune, runeAt, runeSize } from "../bytes.ts";
import { GoError } from "../errors.ts";
import { goQuote } from "../quote.ts";

/** A place in a text, and what errors say about it. */
export type Reader = {
  text: string;
  at: number;
  /** The name of the table that keys are put into. */
  context: string[];
  /** The key whose value is being read. */
  key: string;
};

export function fail(reader: Reader, message: string, line = lineAt(reader)): never {
  const name = [...reader.context.map(quoteKey), ...(reader.key === "" ? [] : [reader.key])].join(".");
  const last = name === "" ? "" : ` (last key ${goQuote(name)})`;
  throw new GoError(`toml: line ${line}${last}: ${message}`);
}

export function lineAt({ text, at }: Reader): number {
  const line = text.slice(0, at).split("\n").length;
  return at >= text.length && text.endsWith("\n") ? line - 1 : line;
}

export const quoteKey = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : goQuote(key));
export const peek = ({ text, at }: Reader): string => text[at] ?? "";
export const here = ({ text, at }: Reader): string =>
  goQuote(text.slice(at, at + runeSize(text, at))).replace(/^"|"$/g, "'");

/** A string in one of the four kinds of quotes. */
export function readText(reader: Reader): string {
  const quote = peek(reader);
  const long = reader.text.startsWith(quote.repeat(3), reader.at);
  const end = long ? quote.repeat(3) : quote;
  reader.at += end.length;
  if (long && reader.text.startsWith("\r\n", reader.at)) reader.at += 2;
  else if (long && peek(reader) === "\n") reader.at++;
  let out = "";
  for (;;) {
    if (reader.at >= reader.text.length) {
      const wanted = quote === '"' ? `'${end}'` : `"${end}"`;
      fail(reader, `unexpected EOF; expected ${wanted}`);
    }
    if (reader.text.startsWith(end, reader.at)) {
      // Up to two quotes may stand before the end of a long string.
      while (long && reader.text[reader.at + 3] === quote && out.length < reader.text.length) {
        out += quote;
        reader.at++;
      }
      reader.at += end.length;
      return out;
    }
    const ch = peek(reader);
    if (ch === "\n" && !long) fail(reader, "strings cannot contain newlines");
    if (/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(ch))
      fail(
        reader,
        `TOML files cannot contain control characters: '0x${ch.charCodeAt(0).toString(16).padStart(2, "0")}'`,
      );
    if (ch === "\\" && quote === '"') out += escapeOf(reader, long);
    else {
      out += ch;
      reader.at++;
    }
  }
}

const ESCAPES: Record<string, string> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\x1b",
  '"': '"',
  "\\": "\\",
};
const HEX: Record<string, [count: number, name: string]> = { x: [2, "two"], u: [4, "four"], U: [8, "eight"] };

function escapeOf(reader: Reader, long: boolean): string {
  const kind = reader.text[reader.at + 1] ?? "";
  const short = ESCAPES[kind];
  if (short !== undefined) {
    reader.at += 2;
    return short;
  }
  const hex = HEX[kind];
  if (hex) {
    const digits = reader.text.slice(reader.at + 2, reader.at + 2 + hex[0]);
    if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length < hex[0])
      fail(
        reader,
        `expected ${hex[1]} hexadecimal digits after '\\${kind}', but got ${goQuote(digits)} instead`,
      );
    reader.at += 2 + hex[0];
    return encodeRune(Number.parseInt(digits, 16));
  }
  // A backslash at the end of a line swallows the line break and the space behind it.
  const gap = long ? /^\\[ \t]*\r?\n[ \t\r\n]*/.exec(reader.text.slice(reader.at)) : null;
  if (gap) {
    reader.at += gap[0].length;
    return "";
  }
  const rune = encodeRune(runeAt(reader.text, Math.min(reader.at + 1, reader.text.length - 1)));
  return fail(reader, `invalid escape in string '\\${rune}'`);
}
