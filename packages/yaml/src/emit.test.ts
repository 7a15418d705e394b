import assert from "node:assert/strict";
import { test } from "node:test";
import { stringify } from "./emit.ts";

const long = (word: string, times: number): string => Array(times).fill(word).join(" ");

const scalars: Record<string, [unknown, string]> = {
  "leaves plain words alone": ["plain-word_1/x.y", "plain-word_1/x.y"],
  "quotes what would be a boolean": ["yes", '"yes"'],
  "quotes what would be a number": ["0x1F", '"0x1F"'],
  "quotes what would be a time": ["2024-01-02", '"2024-01-02"'],
  "quotes base 60": ["12:30", '"12:30"'],
  "quotes the empty text": ["", '""'],
  "leaves = << NaN :a a,b alone": [["=", "<<", "NaN", ":a", "a,b"], "- =\n- <<\n- NaN\n- :a\n- a,b"],
  "uses single quotes for syntax": [
    ["a: b", "- x", "#", "it's: x", " lead", "trail ", "{a}"],
    "- 'a: b'\n- '- x'\n- '#'\n- 'it''s: x'\n- ' lead'\n- 'trail '\n- '{a}'",
  ],
  "takes a no-break space for a letter": [["-\u00a0", ":\u00a0"], "- -\u00a0\n- :\u00a0"],
  "escapes tabs, control and astral characters": ["\t\x01\u{1F600}", '"\\t\\x01\\U0001F600"'],
  "keeps other characters": ["é 日本", "é 日本"],
  "writes lines as a block": ["a\nb\n", "|\n  a\n  b"],
  "strips the block of a text without a final line break": ["a\nb", "|-\n  a\n  b"],
  "keeps final line breaks": ["a\n\n", "|+\n  a\n"],
  "ends a block with the line break that it has": [["a\n\u2028", "b"], "- |+\n  a\n\u2028- b"],
  "hints at leading space": ["  a\nb", "|2-\n    a\n  b"],
  "quotes lines with trailing space": ["a \nb", '"a \\nb"'],
  "prints integers of any size": [9223372036854775807n, "9223372036854775807"],
  "prints whole floats as integers": [1e18, "1000000000000000000"],
  "prints floats beyond 64 bits with an exponent": [1e20, "1e+20"],
  "prints fractions as Go does": [
    [1.5, 0.000001, 1234567.5, 0.0001],
    "- 1.5\n- 1e-06\n- 1.2345675e+06\n- 0.0001",
  ],
  "prints null and booleans": [[null, undefined, true], "- null\n- null\n- true"],
  "folds plain text after column 80": [long("plain", 16), `${long("plain", 14)}\n  plain plain`],
  "prints empty collections": [{ a: {}, b: [] }, "a: {}\nb: []"],
  "keeps lists at the indent of their key": [{ a: [{ b: [1], c: 2 }] }, "a:\n- b:\n  - 1\n  c: 2"],
  "nests lists": [[[1, [2]], []], "- - 1\n  - - 2\n- []"],
  "sorts keys by number, letters last": [
    { a10: 1, a2: 2, B: 3, "1": 4, _: 5 },
    '_: 5\n"1": 4\nB: 3\na2: 2\na10: 1',
  ],
  "quotes keys": [{ y: 1, "a: b": 2, "": 3 }, '"": 3\n\'a: b\': 2\n"y": 1'],
};
for (const [sentence, [value, expected]] of Object.entries(scalars)) {
  test(sentence, () => {
    const isCollection = typeof value === "object" && value !== null;
    // A scalar is written as the value of a key, where folding and blocks have an indent.
    const written = isCollection ? stringify(value) : stringify({ v: value }).replace(/^v: /, "");
    assert.equal(written, `${expected}\n`);
  });
}

test("folds text in single quotes after column 80", () => {
  const lines = stringify({ key: `a: ${long("word", 20)}` }).split("\n");
  assert.equal(lines[0]!.length, 83);
  assert.match(lines[1]!, /^ {2}word/);
});

test("goes on at an indent of two where a text stands alone", () => {
  assert.equal(stringify("a\nb\n"), "|\n  a\n  b\n");
  assert.match(stringify(`a: ${long("word", 20)}`), /^'a: .*\n {2}word/);
});

test("writes long keys explicitly", () => {
  const key = "k".repeat(129);
  assert.equal(stringify({ [key]: 1 }), `? ${key}\n: 1\n`);
});

test("refuses what Go refuses", () => {
  assert.throws(() => stringify({ a: Infinity }), /unsupported value/);
  assert.throws(() => stringify({ a: "\x7f" }), /control character/);
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  assert.throws(() => stringify(loop), /nested deeper/);
});
