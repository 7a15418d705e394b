import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, render } from "./render.fixture.ts";

const VALUES = {
  s: "hello",
  n: 3,
  list: ["a", "b"],
  map: { b: 2, a: 1 },
  deep: { x: { y: "z" } },
  nil: null,
  empty: [],
};

/** What is shown: the template, and what it prints. */
const PRINTS: Record<string, [string, string]> = {
  "prints text as it is": ["a { b } c", "a { b } c"],
  "trims white space next to a dash": ["a \n {{- 1 -}} \t b", "a1b"],
  "keeps a dash that belongs to a number": ["{{-3}}", "-3"],
  "forgets comments, and trims around them": ["a {{- /* x */ -}} b{{/* y */}}", "ab"],
  "walks fields": ["{{ .Values.deep.x.y }}", "z"],
  "prints nothing that is missing": ["{{ .Values.nope }}{{ .Values.nil }}", "<no value><no value>"],
  "goes on from nothing in parentheses": ["{{ (.Values.nope).more }}", "<no value>"],
  "pipes the last argument": ['{{ "x" | printf "%s-%s" "a" }}', "a-x"],
  "declares, assigns and scopes variables": [
    "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ $x }}{{ end }}{{ $x }}",
    "32",
  ],
  "keeps the root in $": ["{{ with .Values.deep }}{{ $.Values.s }}{{ end }}", "hello"],
  "breaks in an else end their own range, and continues go on with the one around": [
    "{{ range .Values.list }}{{ range $.Values.empty }}{{ else }}{{ break }}{{ end }}x{{ end }}" +
      "{{ range .Values.list }}{{ range $.Values.empty }}{{ else }}{{ continue }}{{ end }}y{{ end }}",
    "xx",
  ],
  "chooses with if, else if, else": [
    "{{ range list 1 2 3 }}{{ if eq . 1 }}a{{ else if eq . 2 }}b{{ else }}c{{ end }}{{ end }}",
    "abc",
  ],
  "chooses with with, else with": [
    "{{ with .Values.nope }}a{{ else with .Values.s }}{{ . }}{{ end }}",
    "hello",
  ],
  "ranges over lists with index": ["{{ range $i, $e := .Values.list }}{{ $i }}{{ $e }} {{ end }}", "0a 1b "],
  "ranges over maps by key": ["{{ range $k, $v := .Values.map }}{{ $k }}{{ $v }} {{ end }}", "a1 b2 "],
  "ranges over numbers": ["{{ range 3 }}{{ . }}{{ end }}{{ range $i := int 2 }}{{ $i }}{{ end }}", "01201"],
  "takes else when there is nothing to range over": [
    "{{ range .Values.empty }}x{{ else }}none{{ end }}",
    "none",
  ],
  "breaks and continues": [
    "{{ range until 9 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 4 }}{{ break }}{{ end }}{{ . }}{{ end }}",
    "023",
  ],
  "leaves only the inner loop": [
    "{{ range until 2 }}{{ range until 3 }}{{ break }}{{ end }}{{ . }}{{ end }}",
    "01",
  ],
  "defines and calls templates": [
    '{{ define "a" }}<{{ . }}>{{ end }}{{ template "a" .Values.s }}',
    "<hello>",
  ],
  "defines blocks in place": [
    '{{ block "b" .Values.s }}[{{ . }}]{{ end }}{{ template "b" 1 }}',
    "[hello][1]",
  ],
  "includes templates as text": ['{{ define "a" }}a{{ . }}{{ end }}{{ include "a" 1 | upper }}', "A1"],
  "runs text as a template, with its own definitions": [
    `{{ define "o" }}outer{{ end }}{{ tpl "{{ define \\"i\\" }}{{ .x }}{{ end }}{{ include \\"i\\" . }} {{ include \\"o\\" . }}" (dict "x" 1) }}`,
    "1 outer",
  ],
  "lets a text of tpl replace what its includes use": [
    `{{ define "a" }}{{ template "b" }}{{ end }}{{ define "b" }}1{{ end }}{{ tpl "{{ define \\"b\\" }}2{{ end }}{{ include \\"a\\" . }}" . }}{{ include "a" . }}`,
    "21",
  ],
  "stops and and or as soon as they know": ['{{ and false (fail "no") }}{{ or "x" (fail "no") }}', "falsex"],
  "reads numbers of all kinds": [
    "{{ 0x1F }} {{ 0b11 }} {{ 0o17 }} {{ 1_000 }} {{ 1e3 }} {{ 'a' }} {{ 1i }}",
    "31 3 15 1000 1000 97 (0+1i)",
  ],
  "reads strings of both kinds": ['{{ "a\\tb\\u00e9\\x41" }}{{ `raw\\n` }}', "a\tbéAraw\\n"],
  "lets methods shadow keys": ["{{ .Values.YAML }}", "s: x\n"],
};

test("the language prints what Go prints", async (t) => {
  for (const [sentence, [text, expected]] of Object.entries(PRINTS)) {
    const values = sentence === "lets methods shadow keys" ? { s: "x" } : VALUES;
    await t.test(sentence, () => assert.equal(render(text, values), expected));
  }
});

/** What is shown: the template, and the end of the message. */
const FAILS: Record<string, [string, string]> = {
  "stops at what is not there": [
    "{{ .Values.nope.x }}",
    "at <.Values.nope.x>: nil pointer evaluating interface {}.x",
  ],
  "does not look into text": [
    "{{ .Values.s.x }}",
    "at <.Values.s.x>: can't evaluate field x in type interface {}",
  ],
  "knows the type inside with": [
    "{{ with .Values.s }}{{ .x }}{{ end }}",
    "at <.x>: can't evaluate field x in type string",
  ],
  "knows that a range hides the type": [
    "{{ range .Values.list }}{{ .x }}{{ end }}",
    "at <.x>: can't evaluate field x in type interface {}",
  ],
  "gives nil no arguments": ["{{ nil 1 }}", "at <nil>: can't give argument to non-function nil"],
  "refuses a bare nil": ["{{ nil }}", "at <nil>: nil is not a command"],
  "refuses arguments for values": [
    "{{ .Values.s 1 }}",
    "at <.Values.s>: s is not a method but has arguments",
  ],
  "refuses arguments for constants": ['{{ "a" 1 }}', `at <"a">: can't give argument to non-function "a"`],
  "counts arguments": ["{{ upper }}", "at <upper>: wrong number of args for upper: want 1 got 0"],
  "counts arguments of variadic functions": [
    "{{ index }}",
    "at <index>: wrong number of args for index: want at least 1 got 0",
  ],
  "checks literal arguments": ["{{ upper 1 }}", "at <1>: expected string; found 1"],
  "checks values": [
    "{{ upper .Values.n }}",
    "at <.Values.n>: wrong type for value; expected string; got float64",
  ],
  "checks nothing as a value": ["{{ .Values.nil | upper }}", "at <upper>: invalid value; expected string"],
  "checks nil as an argument": ["{{ upper nil }}", "at <nil>: cannot assign nil to string"],
  "places errors of piped values behind the last argument": [
    '{{ 1 | replace "a" (print "b") }}',
    'at <"b">: wrong type for value; expected string; got int',
  ],
  "places errors where or stopped": ['{{ range or "x" 1 }}{{ end }}', `at <"x">: range can't iterate over x`],
  "does not range over text": [
    "{{ range .Values.s }}{{ end }}",
    "at <.Values.s>: range can't iterate over hello",
  ],
  "does not give indices of numbers": [
    "{{ range $i, $j := 3 }}{{ end }}",
    "at <3>: can't use 3 to iterate over more than one variable",
  ],
  "knows variables of other branches no more": [
    "{{ if false }}{{ $v := 1 }}{{ else }}{{ $v }}{{ end }}",
    "at <$v>: undefined variable: $v",
  ],
  "knows the type of what a method gives": [
    "{{ .Values.YAML.x }}",
    "at <.Values.YAML.x>: can't evaluate field x in type string",
  ],
  "places errors behind the arguments of a method": [
    '{{ range (.Values.Table "deep").YAML }}{{ end }}',
    `at <"deep">: range can't iterate over x:\n  "y": z\n`,
  ],
  "places errors at a method that is not there, not at its arguments": [
    '{{ .Values.nil.Lines "a" | upper }}',
    "at <.Values.nil.Lines>: nil pointer evaluating interface {}.Lines",
  ],
  "misses templates": ['{{ template "x" }}', 'at <{{template "x"}}>: template "x" not defined'],
  "misses included templates": [
    '{{ include "x" . }}',
    'at <include "x" .>: error calling include: template: no template "x" associated with template "gotpl"',
  ],
  "calls nothing": [
    "{{ call .Values.s }}",
    "at <call .Values.s>: error calling call: non-function .Values.s of type string",
  ],
};

test("the language fails with Go's words", async (t) => {
  for (const [sentence, [text, expected]] of Object.entries(FAILS)) {
    await t.test(sentence, () => assert.equal(failure(text, VALUES), expected));
  }
});
