/** snakecase, kebabcase and camelcase: the words of huandu/xstrings v1.5.0, which sprig calls. */
import {
  fromRunes,
  isDigit,
  isLetter,
  isPunct,
  isSpace,
  isUpper,
  runesOf,
  toLower,
  toUpper,
} from "../bytes.ts";

const isConnector = (rune: number): boolean => rune === 0x2d || rune === 0x5f || isSpace(rune);
const NUMBER = /^\p{N}$/u;
const isNumber = (rune: number): boolean =>
  isDigit(rune) || (rune > 0x7f && NUMBER.test(String.fromCodePoint(rune)));

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

export function snakeCase(text: string): string {
  return lowerWords(text, 0x5f);
}

export function kebabCase(text: string): string {
  return lowerWords(text, 0x2d);
}

type WordKind = "none" | "number" | "upper" | "alphabet" | "connector" | "punct" | "other";
type Word = { kind: WordKind; runes: number[] };

/** The word at a place. A run of capitals ends before the one that begins the next word: HTTP, Status. */
function wordAt(runes: readonly number[], start: number): Word {
  const first = runes[start];
  if (first === undefined) return { kind: "none", runes: [] };
  let end = start + 1;
  const extend = (fits: (rune: number) => boolean): void => {
    while (end < runes.length && fits(runes[end]!)) end++;
  };
  const small = (rune: number): boolean => isAlphabet(rune) && !isUpper(rune);
  let kind: WordKind = "other";
  if (isConnector(first)) {
    kind = "connector";
    extend(isConnector);
  } else if (isPunct(first)) {
    kind = "punct";
    extend(isPunct);
  } else if (isUpper(first)) {
    kind = "upper";
    if (end < runes.length && isUpper(runes[end]!)) {
      extend(isUpper);
      if (end < runes.length && isAlphabet(runes[end]!)) end--;
    } else if (end < runes.length && isAlphabet(runes[end]!)) {
      extend(small);
    }
  } else if (isAlphabet(first)) {
    kind = "alphabet";
    extend(small);
  } else if (isNumber(first)) {
    kind = "number";
    extend(isNumber);
  } else {
    extend((rune) => !isConnector(rune) && !isAlphabet(rune) && !isNumber(rune) && !isPunct(rune));
  }
  return { kind, runes: runes.slice(start, end) };
}

function lowerWords(text: string, connector: number): string {
  const runes = runesOf(text);
  if (runes.length === 0) return "";
  const out: number[] = [];
  let at = 0;
  const next = (): Word => {
    const word = wordAt(runes, at);
    at += word.runes.length;
    return word;
  };
  const put = ({ kind, runes: word }: Word): void => {
    if (kind !== "upper" && kind !== "connector") out.push(...word);
    else
      for (const rune of word) out.push(isConnector(rune) ? connector : isUpper(rune) ? toLower(rune) : rune);
  };
  const joins = ({ kind }: Word): boolean => kind !== "none" && kind !== "connector" && kind !== "punct";
  /** Words and numbers in a row, up to something else. */
  const run = (from: Word): Word => {
    let word = from;
    while (word.kind === "alphabet" || word.kind === "number") {
      put(word);
      word = next();
    }
    return word;
  };

  let word = next();
  while (at < runes.length) {
    if (word.kind !== "connector") put(word);
    const before = word;
    word = next();
    if (before.kind === "number") {
      word = run(word);
      if (joins(word)) out.push(connector);
    } else if (before.kind === "connector") put(before);
    else if (before.kind !== "punct") word = afterLetters(word);
  }
  put(word);
  return fromRunes(out);

  /** A number behind letters belongs to them, unless small letters follow it: Bld4Floor, HTTP2xx. */
  function afterLetters(from: Word): Word {
    if (from.kind !== "number") {
      if (from.kind !== "connector" && from.kind !== "punct") out.push(connector);
      return from;
    }
    if (at >= runes.length) return from;
    const following = next();
    if (following.kind !== "alphabet") {
      put(from);
      if (following.kind !== "connector" && following.kind !== "punct") out.push(connector);
      return following;
    }
    out.push(connector);
    put(from);
    const rest = run(following);
    if (joins(rest)) out.push(connector);
    return rest;
  }
}
