import assert from "node:assert/strict";
import test from "node:test";
import { substitute } from "./envsubst.ts";

const vars: Record<string, string> = {
  name: "abcABC123ABCabc",
  path: "/home/me/notes.tar.gz",
  empty: "",
  word: "straße",
  dotted: "foo.bar",
  dollars: "a$&b",
};

const rows: Record<string, [text: string, expected: string]> = {
  "leaves plain text alone": ["a $5 bill, $name and 100%", "a $5 bill, $name and 100%"],
  "puts a value in": ["<${name}>", "<abcABC123ABCabc>"],
  "gives nothing for an unknown variable": ["<${unknown}>", "<>"],
  "turns $$ into $": ["$$ $${name} $$$${name}", "$ ${name} $${name}"],
  "goes on after an escaped expression": ["$${a=${dotted}}", "${a=foo.bar}"],
  "uses a default when unset or empty": ["${unknown:-x}${empty:=y}${unknown=z}${dotted:-no}", "xyzfoo.bar"],
  "builds a default from other variables": ["${unknown:=a-${dotted}-b}", "a-foo.bar-b"],
  "accepts an empty default": ["<${unknown:=}>", "<>"],
  "counts bytes": ["${#word}", "7"],
  "changes case": [
    "${name^} ${name^^} ${name,} ${name,,}",
    "AbcABC123ABCabc ABCABC123ABCABC abcABC123ABCabc abcabc123abcabc",
  ],
  "cuts by offset": [
    "${name:6}|${name:6:3}|${name:99}|${name: -3}|${name:-3}",
    "123ABCabc|123||abcABC123ABCabc|abcABC123ABCabc",
  ],
  "replaces the first": ["${name/abc/X}", "XABC123ABCabc"],
  "replaces all": ["${name//abc/X}", "XABC123ABCX"],
  "replaces a prefix": ["${name/#abc/X}", "XABC123ABCabc"],
  "replaces a suffix": ["${name/%abc/X}", "abcABC123ABCX"],
  "does not replace a prefix elsewhere": ["${name/#ABC/X}", "abcABC123ABCabc"],
  "replaces with nothing": ["${dotted/./}", "foobar"],
  "unescapes slashes": ["${path//\\//-}", "-home-me-notes.tar.gz"],
  "takes values literally": ["${dotted/./$&}${dollars}", "foo$&bara$&b"],
  "removes the shortest prefix": ["${path#*/}|${path#*.}", "home/me/notes.tar.gz|tar.gz"],
  "removes the longest prefix": ["${path##*/}|${path##*.}", "notes.tar.gz|gz"],
  "removes the shortest suffix": ["${path%.*}", "/home/me/notes.tar"],
  "removes the longest suffix": ["${path%%.*}", "/home/me/notes"],
  "keeps what a glob does not match": ["${dotted#x*}", "foo.bar"],
};
for (const [sentence, [text, expected]] of Object.entries(rows))
  test(sentence, () =>
    assert.equal(
      substitute(text, (name) => vars[name], { strict: false }),
      expected,
    ),
  );

const errors: Record<string, [text: string, message: RegExp]> = {
  "refuses an unknown variable in strict mode": [
    "a ${unknown}",
    /variable not set \(strict mode\): "unknown"/,
  ],
  "refuses it in every function that reads it": ["${unknown^^}", /variable not set/],
  "refuses it in a length": ["${#unknown}", /variable not set/],
  "refuses an unclosed expression": ["x ${name", /missing closing brace in '\$\{name'/],
  "refuses an empty name": ["${}", /unable to parse variable name in '\$\{\}'/],
  "refuses an operator that the shell has and envsubst has not": ["${name-x}", /missing closing brace/],
  "refuses a replacement without a second slash": ["${name/abc}", /bad substitution/],
  "refuses a trim without a pattern": ["${name%}", /unable to parse substitution within function/],
  "refuses an unclosed default": ["${name:=abc", /unable to parse substitution within function/],
};
for (const [sentence, [text, message]] of Object.entries(errors))
  test(sentence, () =>
    assert.throws(() => substitute(text, (name) => vars[name], { strict: true }), { message }),
  );

test("strict mode allows defaults", () => {
  assert.equal(
    substitute("${unknown:-x}${unknown:=y}", () => undefined, { strict: true }),
    "xy",
  );
});
