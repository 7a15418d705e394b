import assert from "node:assert/strict";
import { test } from "node:test";
import { isEmptyTree, print } from "./ast.ts";
import { TemplateError } from "./errors.ts";
import { parse } from "./parse.ts";

const FUNCTIONS = new Set(["print", "upper", "index"]);
const tree = (text: string) => parse({ name: "f", text }, FUNCTIONS);

test("nodes print as they were written", () => {
  for (const text of [
    "{{.a.b}}",
    "{{$x := 1}}{{$x.y}}",
    "{{(print 1).a | upper}}",
    "{{if .a}}b{{else}}c{{end}}",
    "{{range $i, $e := .l}}{{$i}}{{break}}{{end}}",
    '{{template "x" .}}',
    "{{with $y := 'a'}}{{nil | print}}{{end}}",
  ])
    assert.equal(print(tree(text).get("f")!), text);
});

test("else if is an if of its own", () => {
  assert.equal(
    print(tree("{{if 1}}a{{else if 2}}b{{end}}").get("f")!),
    "{{if 1}}a{{else}}{{if 2}}b{{end}}{{end}}",
  );
});

test("definitions get names of their own, and blank ones give way", () => {
  const trees = tree('{{define "a"}} {{end}}{{define "a"}}x{{end}}{{block "b" .}}y{{end}}');
  assert.deepEqual([...trees.keys()], ["a", "b", "f"]);
  assert.equal(print(trees.get("a")!), "x");
  assert.equal(isEmptyTree(trees.get("f")!), false);
  assert.equal(isEmptyTree(tree("{{/* c */}} \n\xc2\xa0").get("f")!), true);
});

/** The text, and the error behind `template: f:`. */
const FAILS: Record<string, [string, string]> = {
  "an action that is open": ["{{ .a", "1: unclosed action"],
  "the line where an action began": ["{{ print\n\n", "3: unclosed action started at f:1"],
  "a comment that is open": ["{{/* a", "1: unclosed comment"],
  "text in quotes that is open": ['{{ "a }}', "1: unterminated quoted string"],
  "a function that is none": ["a\n{{ nope }}", '2: function "nope" not defined'],
  "a variable that is none": ["{{ $x }}", '1: undefined variable "$x"'],
  "a block that is open": ["{{ if 1 }}", "1: unexpected EOF"],
  "an end without a beginning": ["{{ end }}", "1: unexpected {{end}}"],
  "parentheses that are open": ["{{ (1 }}", "1: unclosed left paren"],
  "nothing in an action": ["{{ }}", "1: missing value for command"],
  "a constant in the middle of a pipeline": ["{{ 1 | 2 }}", "1: non executable command in pipeline stage 2"],
  "break outside of a range": ["{{ break }}", "1: {{break}} outside {{range}}"],
  "an else in a block, on the line of the block": [
    '{{ block "a" .\n }}\n\n{{ else }}',
    "2: unexpected {{else}} in block clause",
  ],
  "operators of other languages": ["{{ 1 == 2 }}", '1: unexpected "=" in operand'],
  "long texts, ten characters of them": [
    '{{ "["' + `"${"\xc3\xa9".repeat(6)}" }}`,
    `1: unexpected "\\"${"\xc3\xa9".repeat(6)}\\""... in operand`,
  ],
  "two variables outside of a range": ["{{ $a, $b := 1 }}", "1: too many declarations in command"],
  "fields of constants": ["{{ 1.a }}", '1: bad number syntax: "1.a"'],
  "two definitions of one name": [
    '{{define "a"}}x{{end}}{{define "a"}}y{{end}}',
    '1: template: multiple definition of template "a"',
  ],
  "numbers that fit no integer": [
    "{{ 99999999999999999999 }}",
    '1: integer overflow: "99999999999999999999"',
  ],
  "characters that mean nothing": ["{{ \x01 }}", "1: unrecognized character in action: U+0001"],
  "parentheses without end": [`{{ ${"(".repeat(600)}1`, "1: max expression depth exceeded"],
  "blocks without end": ["{{if 1}}".repeat(600), "1: blocks are nested too deeply"],
};

test("what is no template is told in Go's words", async (t) => {
  for (const [sentence, [text, expected]] of Object.entries(FAILS)) {
    await t.test(sentence, () => {
      assert.throws(
        () => tree(text),
        (thrown) => thrown instanceof TemplateError && thrown.message === `template: f:${expected}`,
      );
    });
  }
});

test("a name that is nearly there is named", () => {
  assert.throws(() => tree("{{ indxe }}"), { hint: 'did you mean "index"?' });
  assert.throws(() => tree("{{ $name := 1 }}{{ $nmae }}"), { hint: "did you mean $name?" });
});
