import assert from "node:assert/strict";
import { test } from "node:test";
import { goProblem } from "./problem.ts";

/** Texts, and what Go's reader said about them. */
const SAID: [text: string, words: string][] = [
  ["a: 1\nb\n", "line 3: could not find expected ':'"],
  ["a: 1\nb\n\n\nc", "line 5: could not find expected ':'"],
  ["a:\n- b\n-c\n", "line 4: could not find expected ':'"],
  ["- a\n-b\n", "line 3: could not find expected ':'"],
  ["a: b: c", "mapping values are not allowed in this context"],
  ["x: 1\na: b: c\n", "line 2: mapping values are not allowed in this context"],
  ["a: [1, 2", "line 1: did not find expected ',' or ']'"],
  ["a:\n- [1, 2\n- b\n", "line 3: did not find expected ',' or ']'"],
  ["{a: 1]", "did not find expected ',' or '}'"],
  ["x:\n- {a: 1\n  b: 2}\n", "line 2: did not find expected ',' or '}'"],
  ["a: 'x\n", "line 2: found unexpected end of stream"],
  ['x: 1\na: "x\n', "line 3: found unexpected end of stream"],
  ['a: "\\q"\n', "found unknown escape character"],
  ['a: "\\x1"\n', "did not find expected hexdecimal number"],
  ["a:\n\tb: 1\n", "line 2: found character that cannot start any token"],
  ["a: 1\n\tb: 2\n", "line 2: found a tab character that violates indentation"],
  ["a: |\n\tx\n", "line 2: found a tab character where an indentation space is expected"],
  ["a: |0\n", "found an indentation indicator equal to 0"],
  ["a: | x\n", "did not find expected comment or line break"],
  ["a: @x\n", "found character that cannot start any token"],
  ["a: 1\n  b: 2\n", "line 2: mapping values are not allowed in this context"],
  ["a:\n  b: 1\n c: 2\n", "line 2: did not find expected key"],
  ["- a\n b: c\n", "line 2: mapping values are not allowed in this context"],
  ["a: - b\n", "block sequence entries are not allowed in this context"],
  ["? a\n? b\n- c\n", "line 2: did not find expected key"],
  ["a: *x\n", "unknown anchor 'x' referenced"],
  ["a: &\n", "did not find expected alphabetic or numeric character"],
  ["a: !<x\n", "did not find the expected '>'"],
  ["a: !x!y z\n", "found undefined tag handle"],
  ["%FOO\n---\na: 1\n", "found unknown directive name"],
  ["%YAML 1.2\n---\na: 1\n", "found incompatible YAML document"],
  ["%YAML 1.1\n%YAML 1.1\n---\n", "line 1: found duplicate %YAML directive"],
  ["%YAML 1.1\na: 1\n", "line 1: did not find expected <document start>"],
  ["...\na: 1\n", "did not find expected node content"],
  ["- - a\n   b\n- {}x: y\n", "line 2: did not find expected '-' indicator"],
  ["a: 1\n{{- y }}\n", "line 3: could not find expected ':'"],
  ['a: "\n--- x\n', "line 2: found unexpected document indicator"],
  ["a: x\n  y: z\n", "line 2: mapping values are not allowed in this context"],
  ["key: [a, b]: c\n", "mapping values are not allowed in this context"],
  ["]\n", "did not find expected node content"],
  ["a: }\n", "did not find expected node content"],
];

test("what is wrong with a text is told in Go's words, with Go's line", () => {
  for (const [text, words] of SAID) assert.equal(goProblem(text), words, JSON.stringify(text));
});

test("sound texts have no problem, whatever follows their first document", () => {
  const texts = [
    "{? a, b}}\n",
    "",
    "# nothing\n",
    "a: 1\n---\n]\n",
    "? [a, b]\n: {c: d, ? e}\n",
    "a: &x !!str b\nc: *x\nd: |-\n  e\n   f\n\ng: 'h''i'\n",
  ];
  for (const text of texts) assert.equal(goProblem(text), undefined, JSON.stringify(text));
});

test("brackets nest up to Go's limit, and no stack overflows", () => {
  assert.equal(goProblem("[".repeat(10_001)), "exceeded max depth of 10000");
  assert.equal(goProblem("[".repeat(5000) + "]".repeat(5000)), undefined);
});
