import assert from "node:assert/strict";
import { test } from "node:test";
import { Lexer } from "./lex.ts";

function tokens(text: string): string[] {
  const lexer = new Lexer(text);
  const all: string[] = [];
  for (;;) {
    const { kind, text: body, pos, line } = lexer.next();
    all.push(`${kind}(${body})@${pos}:${line}`);
    if (kind === "eof" || kind === "error") return all;
  }
}

const ROWS: Record<string, [string, string[]]> = {
  "text and an action": [
    "a{{.b}}",
    ["text(a)@0:1", "leftDelim({{)@1:1", "field(.b)@3:1", "rightDelim(}})@5:1", "eof()@7:1"],
  ],
  "trimmed text, with lines counted on": [
    "a\n{{- 1 -}}\n b",
    ["text(a)@0:1", "leftDelim({{)@2:2", "number(1)@6:2", "rightDelim(}})@9:2", "text(b)@13:3", "eof()@14:3"],
  ],
  "words, keywords and variables": [
    "{{if $x.y|f}}",
    [
      "leftDelim({{)@0:1",
      "if(if)@2:1",
      "space( )@4:1",
      "variable($x)@5:1",
      "field(.y)@7:1",
      "pipe(|)@9:1",
      "identifier(f)@10:1",
      "rightDelim(}})@11:1",
      "eof()@13:1",
    ],
  ],
};

test("tokens have kinds, places and lines", async (t) => {
  for (const [sentence, [text, expected]] of Object.entries(ROWS)) {
    await t.test(sentence, () => assert.deepEqual(tokens(text), expected));
  }
});

test("letters are those of Unicode, in bytes", () => {
  assert.deepEqual(tokens("{{\xc3\xa9}}")[1], "identifier(\xc3\xa9)@2:1");
});
