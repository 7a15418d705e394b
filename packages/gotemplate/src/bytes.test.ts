import assert from "node:assert/strict";
import { test } from "node:test";
import { isDigit, isLetter, isLower, isNumber, isPrint, isPunct, isTitle, isUpper } from "./bytes.ts";

/** Functions of runes, and of which categories of Unicode they are. */
const CLASSES: Record<string, [(rune: number) => boolean, RegExp]> = {
  isLetter: [isLetter, /\p{L}/u],
  isDigit: [isDigit, /\p{Nd}/u],
  isNumber: [isNumber, /\p{N}/u],
  isUpper: [isUpper, /\p{Lu}/u],
  isLower: [isLower, /\p{Ll}/u],
  isTitle: [isTitle, /\p{Lt}/u],
  isPunct: [isPunct, /\p{P}/u],
  isPrint: [isPrint, /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u],
};

for (const [name, [is, pattern]] of Object.entries(CLASSES))
  test(`${name} takes what fits ${pattern.source}, in ASCII and beyond`, () => {
    const runes = Array.from({ length: 0x2100 }, (_, rune) => rune);
    const wrong = runes.filter((rune) => is(rune) !== pattern.test(String.fromCodePoint(rune)));
    assert.deepEqual(wrong, []);
  });
