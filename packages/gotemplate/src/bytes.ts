/**
 * Go's strings are bytes. Inside this package a string is therefore a *byte string*: each of its characters is one byte of the
 * UTF-8 text, so that length, slicing, comparison and sorting are Go's without further ado, and V8 stores one byte each.
 * Texts are translated where they enter and where they leave; pure ASCII, nearly all of them, is the same in both forms.
 */

const BEYOND_ASCII = /[^\x00-\x7f]/;

/** What Go puts in the place of bytes that are no UTF-8. */
export const RUNE_ERROR = 0xfffd;

export function isAscii(text: string): boolean {
  return !BEYOND_ASCII.test(text);
}

/** The UTF-8 bytes of a text, as a byte string. Halves of surrogate pairs become U+FFFD. */
export function encode(text: string): string {
  return BEYOND_ASCII.test(text) ? Buffer.from(text, "utf8").toString("latin1") : text;
}

/** The text of a byte string. What is not UTF-8 becomes U+FFFD. */
export function decode(bytes: string): string {
  return BEYOND_ASCII.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
}

/** The bytes of a byte string. */
export function bytesOf(bytes: string): Buffer {
  return Buffer.from(bytes, "latin1");
}

/** A byte string of bytes. */
export function fromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** The UTF-8 bytes of one code point, as Go's utf8.EncodeRune: what is no code point becomes U+FFFD. */
export function encodeRune(rune: number): string {
  if (rune < 0x80 && rune >= 0) return String.fromCharCode(rune);
  if (!(rune >= 0 && rune <= 0x10ffff) || (rune >= 0xd800 && rune <= 0xdfff)) return "\xef\xbf\xbd";
  return encode(String.fromCodePoint(rune));
}

/** Number of bytes of the rune at an offset: 1 to 4; a byte that begins no UTF-8 counts for itself. */
export function runeSize(bytes: string, at: number): number {
  const lead = bytes.charCodeAt(at);
  if (lead < 0xc2 || lead > 0xf4) return 1;
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const second = bytes.charCodeAt(at + 1);
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (!(second >= low && second <= high)) return 1;
  for (let i = 2; i < size; i++) if ((bytes.charCodeAt(at + i) & 0xc0) !== 0x80) return 1;
  return at + size <= bytes.length ? size : 1;
}

/** The code point at an offset; U+FFFD for a byte that begins no UTF-8, as Go's utf8.DecodeRune. */
export function runeAt(bytes: string, at: number): number {
  const lead = bytes.charCodeAt(at);
  if (lead < 0x80) return lead;
  const rest = (i: number): number => bytes.charCodeAt(at + i) & 0x3f;
  switch (runeSize(bytes, at)) {
    case 2:
      return ((lead & 0x1f) << 6) | rest(1);
    case 3:
      return ((lead & 0x0f) << 12) | (rest(1) << 6) | rest(2);
    case 4:
      return ((lead & 0x07) << 18) | (rest(1) << 12) | (rest(2) << 6) | rest(3);
    default:
      return RUNE_ERROR;
  }
}

/** The code points of a byte string. */
export function runesOf(bytes: string): number[] {
  const runes: number[] = [];
  for (let at = 0; at < bytes.length; at += runeSize(bytes, at)) runes.push(runeAt(bytes, at));
  return runes;
}

/** A byte string of code points. */
export function fromRunes(runes: readonly number[]): string {
  return runes.map(encodeRune).join("");
}

/** Number of code points. */
export function runeCount(bytes: string): number {
  if (!BEYOND_ASCII.test(bytes)) return bytes.length;
  let count = 0;
  for (let at = 0; at < bytes.length; at += runeSize(bytes, at)) count++;
  return count;
}

/** The offset of the first byte that is no UTF-8; -1 if all are. */
export function strayByte(bytes: string): number {
  if (!BEYOND_ASCII.test(bytes)) return -1;
  for (let at = 0; at < bytes.length; ) {
    const size = runeSize(bytes, at);
    if (size === 1 && bytes.charCodeAt(at) >= 0x80) return at;
    at += size;
  }
  return -1;
}

/** Whether the bytes are UTF-8. */
export function isUtf8(bytes: string): boolean {
  return strayByte(bytes) === -1;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";

/** Whether a rune is one of `ascii`, or fits `pattern`; a class of Unicode takes V8 a millisecond to compile. */
const ONE = (ascii: string, pattern: RegExp) => {
  const known = new Map<number, boolean>();
  return (rune: number): boolean => {
    if (rune < 0x80) return ascii.includes(String.fromCharCode(rune));
    let is = known.get(rune);
    if (is === undefined) {
      is = pattern.test(String.fromCodePoint(rune));
      if (known.size < 4096) known.set(rune, is);
    }
    return is;
  };
};

export const isLetter = ONE(LOWER + UPPER, /^\p{L}$/u);
export const isDigit = ONE(DIGITS, /^\p{Nd}$/u);
export const isNumber = ONE(DIGITS, /^\p{N}$/u);
export const isUpper = ONE(UPPER, /^\p{Lu}$/u);
export const isLower = ONE(LOWER, /^\p{Ll}$/u);
export const isTitle = ONE("", /^\p{Lt}$/u);
export const isPunct = ONE("!\"#%&'()*,-./:;?@[\\]_{}", /^\p{P}$/u);
/** Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrint(rune: number): boolean {
  return rune < 0x80 ? rune >= 0x20 && rune < 0x7f : isPrintBeyondAscii(rune);
}
const isPrintBeyondAscii = ONE("", /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u);

/** Go's unicode.IsSpace. */
export function isSpace(rune: number): boolean {
  if (rune <= 0xff) return rune === 0x20 || (rune >= 9 && rune <= 13) || rune === 0x85 || rune === 0xa0;
  return (
    rune === 0x1680 ||
    (rune >= 0x2000 && rune <= 0x200a) ||
    rune === 0x2028 ||
    rune === 0x2029 ||
    rune === 0x202f ||
    rune === 0x205f ||
    rune === 0x3000
  );
}

/** Maps one code point to one code point, as Go does; JavaScript's case mapping may answer with several. */
function mapOne(rune: number, map: (text: string) => string): number {
  const mapped = map(String.fromCodePoint(rune));
  const code = mapped.codePointAt(0)!;
  return mapped.length === (code > 0xffff ? 2 : 1) ? code : rune;
}

export function toUpper(rune: number): number {
  return mapOne(rune, (text) => text.toUpperCase());
}

export function toLower(rune: number): number {
  // U+0130 has a simple mapping of its own that JavaScript spells with a combining dot.
  return rune === 0x130 ? 0x69 : mapOne(rune, (text) => text.toLowerCase());
}

const TITLES = new Map([
  [0x1c4, 0x1c5],
  [0x1c6, 0x1c5],
  [0x1c7, 0x1c8],
  [0x1c9, 0x1c8],
  [0x1ca, 0x1cb],
  [0x1cc, 0x1cb],
  [0x1f1, 0x1f2],
  [0x1f3, 0x1f2],
  [0x1c5, 0x1c5],
  [0x1c8, 0x1c8],
  [0x1cb, 0x1cb],
  [0x1f2, 0x1f2],
]);

export function toTitle(rune: number): number {
  return TITLES.get(rune) ?? toUpper(rune);
}
