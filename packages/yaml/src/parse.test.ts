import assert from "node:assert/strict";
import { test } from "node:test";
import { buildDocuments } from "./build.ts";
import { YamlError } from "./errors.ts";
import { firstDocument, parse, parseAll, parseManifests, splitDocuments } from "./parse.ts";

const values: Record<string, [string, unknown]> = {
  "reads YAML 1.1 booleans": [
    "[yes, No, on, OFF, y, N, true, False]",
    [true, false, true, false, true, false, true, false],
  ],
  "keeps quoted words as text": [`["yes", 'on', "1"]`, ["yes", "on", "1"]],
  "reads integers in every base": [
    "[0777, 0o17, 0x1F, 0b11, 1_000, -5, +3, 08]",
    [511, 15, 31, 3, 1000, -5, 3, 8],
  ],
  "keeps 64-bit integers exact": [
    "[9007199254740993, 18446744073709551615]",
    [9007199254740993n, 18446744073709551615n],
  ],
  "reads larger integers as floats": ["99999999999999999999", 1e20],
  "reads floats": ["[1.50, .5, 1e3, 1., -1.5e-3]", [1.5, 0.5, 1000, 1, -0.0015]],
  "leaves times and base 60 as text": ["[2024-01-02, 12:30:45, 1:2]", ["2024-01-02", "12:30:45", "1:2"]],
  "reads nulls in every spelling": ["[~, null, Null, '']", [null, null, null, ""]],
  "takes the last of duplicate keys": ["a: 1\na: 2", { a: 2 }],
  "turns keys into text": ["1: a\ntrue: b\nyes: c", { 1: "a", true: "c" }],
  "copies aliases, so that editing one does not edit the other": ["a: &x [1]\nb: *x", { a: [1], b: [1] }],
  "merges maps, own keys first": [
    "a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3",
    { a: { p: 1, q: 2 }, b: { q: 3, p: 1 } },
  ],
  "merges lists of maps, the first that has a key wins": [
    "b:\n  <<: [{p: 1}, {p: 2, q: 2}]",
    { b: { p: 1, q: 2 } },
  ],
  "reads a key called __proto__ as a key": ['{"__proto__": 1}', JSON.parse('{"__proto__": 1}')],
  "reads local tags as text": ["a: !Ref b", { a: "b" }],
  "reads an empty text as null": ["", null],
  "reads no line break where a block ends with the text": ["a: |\n  x\n  y", { a: "x\ny" }],
  "reads the line break of a block that another line follows": ["a: |\n  x\n# end", { a: "x\n" }],
  "reads no line break to keep where there is none": ["a: |+\n  x", { a: "x" }],
  "reads an empty key that is announced": ["? \n: x", { "": "x" }],
  "reads a set as a map to nothing": ["a: !!set {x, z}", { a: { x: null, z: null } }],
  "accepts brackets that close at the indent of their key": [
    "a: {\n  b: [\n    1,\n  2\n]\n}\nc: d",
    { a: { b: [1, 2] }, c: "d" },
  ],
  "accepts tabs behind a colon": ["a:\tb\nc:\t{d: e}\nf:\t[1]", { a: "b", c: { d: "e" }, f: [1] }],
  "accepts tabs in texts, behind spaces, and where brackets or quotes go on": [
    'a: |\n  x\n  \ty\nb: 1\n  \t\nc: [1,\n\t2]\nd: "x\n\ty"\n',
    { a: "x\n\ty\n", b: 1, c: [1, 2], d: "x y" },
  ],
  "accepts quotes that go on at the margin": ['a: "one\ntwo"', { a: "one two" }],
  "accepts brackets and quotes that go on at the margin, wherever they begin": [
    "- - k: [\na: 'x\ny', # c ]\n\n{\nb: z\n}]\n    l: |\n      [\n      k: [\n- ? q\n  : [\n1,\n2]",
    [[{ k: [{ a: "x y" }, { b: "z" }], l: "[\nk: [\n" }], { q: [1, 2] }],
  ],
};
for (const [sentence, [text, expected]] of Object.entries(values)) {
  test(sentence, () => assert.deepEqual(parse(text), expected));
}

const firsts: Record<string, [text: string, first: string]> = {
  "of one document": ["a: 1\n", "a: 1\n"],
  "of two": ["a: 1\n---\nb: [", "a: 1\n"],
  "behind a mark, a directive and comments": [
    "\ufeff# c\n\n%YAML 1.1\n--- # d\na: 1\n...\nb: [",
    "# c\n\n%YAML 1.1\n--- # d\na: 1\n",
  ],
  "in lines of Windows": ["# c\r\n\r\n---\r\na: 1\r\n---\r\nb: [", "# c\r\n\r\n---\r\na: 1\r\n"],
  "that is empty": ["---\n---\na: 1", "---\n"],
  "with dashes in its texts": ["a: |\n  ---\nb: ---x\n---x: 1", "a: |\n  ---\nb: ---x\n---x: 1"],
};
for (const [sentence, [text, first]] of Object.entries(firsts))
  test(`finds the first document ${sentence}`, () => assert.equal(firstDocument(text), first));

const failures: Record<string, [string, RegExp]> = {
  "says where a mapping value is out of place": ["a: b: c", /^f\.yaml:1:5: mapping values are not allowed/],
  "says where a key is missing": ["a:\n  b\n  - c: 1\n d: 2", /^f\.yaml:\d+:\d+: /],
  "refuses a line of nothing but a tab": [
    "a: 1\n\t\nb: 2",
    /^f\.yaml:2:1: found a tab character that violates indentation$/,
  ],
  "refuses an unknown alias": ["a: *x", /unknown anchor 'x'/],
  "refuses an anchor that contains itself": ["a: &x [*x]", /contains itself/],
  "refuses a wrong tag": ["a: !!int x", /cannot decode !!str as a !!int/],
  "refuses maps as keys": ["? {a: 1}\n: b", /^f\.yaml:1:3: a mapping key must be a scalar/],
  "says where a template was not filled in": [
    "a: 1\nb: {{ .c }}\n",
    /^f\.yaml:2:5: a mapping key must be a scalar/,
  ],
  "refuses more than 500 levels": [`${"[".repeat(600)}${"]".repeat(600)}`, /nesting exceeded/],
  "refuses control characters": ["a: \x07", /non-printable/],
  "refuses a colon without a key": ["a:\n- b\n: x", /^f\.yaml:\d+:1: did not find expected key$/],
  "refuses a document's start in brackets": ["a: [\nb,\n--- c\n]", /^f\.yaml:\d+:\d+: /],
  "refuses brackets that nobody closes": ["a: [\nb,\nc", /did not find expected ',' or ']'/],
  "refuses a second document where one is expected": ["a: 1\n---\nb: 2", /holds 2 documents/],
};
for (const [sentence, [text, expected]] of Object.entries(failures)) {
  test(sentence, () => {
    assert.throws(
      () => parse(text, { file: "f.yaml" }),
      (error) => error instanceof YamlError && expected.test(error.message),
    );
  });
}

/** Texts of so many lines or items, and how many to try. */
const growing: Record<string, [(lines: number) => string, number]> = {
  "keys in one line with a comment": [(count) => `[${"{k: {}}, ".repeat(count)}] # {}`, 20_000],
  "beginnings of comments": [(count) => `[${"{k: {}}, ".repeat(count)}] ${"# {".repeat(count)}`, 4_000],
  "keys that come again": [(lines) => "- {a: 1, a: 2}\n".repeat(lines), 40_000],
  "brackets at the margin": [(lines) => `[\n${"{b: 'c\nd'},\n".repeat(lines)}]`, 20_000],
  "keys that are announced and empty": [(lines) => "- ?\n  : x\n".repeat(lines), 4_000],
};
for (const [sentence, [textOf, most]] of Object.entries(growing)) {
  test(`reads texts in time that grows with the text: ${sentence}`, () => {
    // Time of the processor, which a busy machine does not lengthen.
    const microseconds = (lines: number): number => {
      const text = textOf(lines);
      const before = process.cpuUsage();
      const options = { dialect: "node", spelling: true, duplicates: "last", onDuplicate() {} } as const;
      assert.equal((buildDocuments(text, options)[0] as unknown[]).length, lines);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    microseconds(most / 20);
    assert.ok(microseconds(most) < 100 * microseconds(most / 20) + 1_000_000);
  });
}

test("stops at an alias bomb instead of filling memory", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 12; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`);
  assert.throws(() => parse(lines.join("\n")), /excessive aliasing/);
});

test("never quotes the text around an error, which may be secret", () => {
  const attempt = () => parse("password: hunter2\nbad: b: c");
  assert.throws(attempt, (error) => error instanceof YamlError && !error.message.includes("hunter2"));
});

test("reads all documents, and drops those that are no objects on request", () => {
  assert.deepEqual(parseAll("a: 1\n---\n---\n# only a comment\n---\n[1]"), [{ a: 1 }, null, null, [1]]);
  assert.deepEqual(parseManifests("a: 1\n---\n---\n[1]\n---\nb: 2"), [{ a: 1 }, { b: 2 }]);
});

test("splits documents at separators and counts lines", () => {
  assert.deepEqual(splitDocuments("a: 1\n---\nb: |\n  ---x\n--- # note\r\nc: 3\n"), [
    { text: "a: 1\n", line: 0 },
    { text: "b: |\n  ---x\n", line: 2 },
    { text: "c: 3\n", line: 5 },
  ]);
  assert.throws(
    () => splitDocuments("a: 1\n--- b\nc: 2\n", "f.yaml"),
    /f\.yaml:2:1: invalid document separator: --- b/,
  );
});
