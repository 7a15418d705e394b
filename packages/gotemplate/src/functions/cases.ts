/** snakecase, kebabcase and camelcase: the words of huandu/xstrings v1.5.0, which sprig calls. */
import {
  encodeRune,
  fromRunes,
  isLetter,
  isNumber,
  isPunct,
  isSpace,
  isUpper,
  RUNE_ERROR,
  runeAt,
  runeSize,
  runesOf,
  toLower,
  toUpper,
} from "../bytes.ts";

const isConnector = (rune: number): boolean => rune === 0x2d || rune === 0x5f || isSpace(rune);

/** Letters of scripts that know words; Chinese characters are not among them. */
function isAlphabet(rune: number): boolean {
  if (!isLetter(rune)) return false;
  if (rune < 0x3400) return true;
  const cjk = (rune >= 0x4e00 && rune <= 0x9fcc) || rune <= 0x4d85 || (rune >= 0x20000 && rune <= 0x2b81d);
  return !cjk;
}

/** Words of a text in Pascal case: connectors go, letters behind them grow. */
export function pascalCase(text: string): string {
  const runes = runesOf(text);
  let at = 0;
  while (at < runes.length && isConnector(runes[at]!)) at++;
  const out = runes.slice(0, at);
  // Nothing but connectors: the last one comes twice, in Go too.
  if (at >= runes.length) return fromRunes([...runes, ...runes.slice(-1)]);
  let pending = runes[at++]!;
  let firstUpper = isUpper(pending);
  pending = toUpper(pending);
  for (; at < runes.length; at++) {
    const before = pending;
    pending = runes[at]!;
    if (isConnector(before) && isConnector(pending)) {
      out.push(before);
      continue;
    }
    if (isConnector(before)) {
      firstUpper = isUpper(pending);
      pending = toUpper(pending);
      continue;
    }
    if (firstUpper) {
      if (isUpper(pending)) pending = toLower(pending);
      else firstUpper = false;
    }
    out.push(before);
  }
  out.push(pending);
  return fromRunes(out);
}

/** Words of a text in small letters, with `_` between them. */
export function snakeCase(text: string): string {
  return lowerWords(text, "_");
}

/** Words of a text in small letters, with `-` between them. */
export function kebabCase(text: string): string {
  return lowerWords(text, "-");
}

/** A code point, and the bytes it was read from. */
type Letter = { rune: number; bytes: string };

/** The letters of a text. Bytes that are no UTF-8 belong to the letter that follows them, at the end to the one before. */
function lettersOf(text: string): Letter[] {
  const letters: Letter[] = [];
  let stray = "";
  for (let at = 0; at < text.length; ) {
    const rune = runeAt(text, at);
    const size = runeSize(text, at);
    stray += text.slice(at, at + size);
    at += size;
    if (rune === RUNE_ERROR) continue;
    letters.push({ rune, bytes: stray });
    stray = "";
  }
  const last = letters.at(-1);
  if (last) last.bytes += stray;
  else if (stray !== "") letters.push({ rune: RUNE_ERROR, bytes: stray });
  return letters;
}

type WordKind = "none" | "number" | "upper" | "alphabet" | "connector" | "punct" | "other";
type Word = { kind: WordKind; bytes: string };

const isSmall = (rune: number): boolean => isAlphabet(rune) && !isUpper(rune);

/** The kind of word that a letter begins, and which letters go on with it. */
function kindOf(rune: number): [WordKind, goesOn: (rune: number) => boolean] {
  if (rune === RUNE_ERROR) return ["none", () => false];
  if (isConnector(rune)) return ["connector", isConnector];
  if (isPunct(rune)) return ["punct", isPunct];
  if (isUpper(rune)) return ["upper", isUpper];
  if (isAlphabet(rune)) return ["alphabet", isSmall];
  if (isNumber(rune)) return ["number", isNumber];
  return ["other", (next) => kindOf(next)[0] === "other"];
}

function wordsOf(text: string): Word[] {
  const letters = lettersOf(text);
  const words: Word[] = [];
  for (let start = 0; start < letters.length; ) {
    const [kind, goesOn] = kindOf(letters[start]!.rune);
    let end = start + 1;
    const extend = (fits: (rune: number) => boolean): void => {
      while (end < letters.length && fits(letters[end]!.rune)) end++;
    };
    extend(goesOn);
    if (kind === "upper" && end < letters.length && isAlphabet(letters[end]!.rune)) {
      // A run of capitals ends before the one that begins the next word: HTTP, Status.
      if (end > start + 1) end--;
      else extend(isSmall);
    }
    const bytes = letters.slice(start, end).map((letter) => letter.bytes);
    words.push({ kind, bytes: bytes.join("") });
    start = end;
  }
  return words;
}

function lowered({ kind, bytes }: Word, connector: string): string {
  if (kind !== "upper" && kind !== "connector") return bytes;
  return runesOf(bytes)
    .map((rune) => (isConnector(rune) ? connector : encodeRune(isUpper(rune) ? toLower(rune) : rune)))
    .join("");
}

function lowerWords(text: string, connector: string): string {
  const words = wordsOf(text);
  let out = "";
  let at = 0;
  const kind = (): WordKind => words[at]?.kind ?? "none";
  const put = (): void => {
    out += lowered(words[at++]!, connector);
  };
  const join = (): void => {
    if (!["none", "connector", "punct"].includes(kind())) out += connector;
  };
  /** Words and numbers in a row, up to something else. */
  const run = (): void => {
    while (kind() === "alphabet" || kind() === "number") put();
    join();
  };

  while (at < words.length - 1) {
    const before = kind();
    put();
    if (before === "connector" || before === "punct") continue;
    if (before === "number") run();
    else if (kind() !== "number") join();
    else if (at < words.length - 1) {
      // A number behind letters belongs to them, unless small letters follow it: Bld4Floor, HTTP2xx.
      if (words[at + 1]!.kind === "alphabet") out += connector;
      run();
    }
  }
  if (at < words.length) put();
  return out;
}
