import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, render } from "../render.fixture.ts";

const VALUES = {
  n: 3,
  f: 2.5,
  big: 1234567890,
  list: ["b", "a", "b"],
  map: { b: 2, a: { x: 1 } },
  nil: null,
  text: "Ünïcode",
  annotated: { "a.b/c": "d" },
};

/** By subject: an action without its braces, and what it prints. */
const PRINTS: Record<string, [string, string][]> = {
  strings: [
    ["upper .Values.text", "ÜNÏCODE"],
    ['title "hello big-world o\'neil"', "Hello Big-World O'Neil"],
    ['untitle "Hello World"', "hello world"],
    ['swapcase "Ab cD"', "aB Cd"],
    ['trunc 3 "abcdef"', "abc"],
    ['trunc -2 "abcdef"', "ef"],
    ['abbrev 8 "hello world"', "hello..."],
    ['abbrevboth 5 10 "1234 5678 9123"', "...5678..."],
    ['substr 1 3 "abcdef"', "bc"],
    ['trimAll "-x" "x-a-x"', "a"],
    ['trimSuffix "" "a"', "a"],
    ['nospace " a b\\t"', "ab"],
    ['initials "Ann Bee cee"', "ABc"],
    ['quote 1 nil "a\\"b"', '"1" "a\\"b"'],
    ['squote 1.0 "x"', "'1' 'x'"],
    ['cat "a" nil 1 (list 2)', "a 1 [2]"],
    ['"a\\nb" | nindent 2', "\n  a\n  b"],
    ['replace "" "-" "ab"', "-a-b-"],
    ['plural "one" "many" 1', "one"],
    ['snakecase "HTTPServer2Go"', "http_server2_go"],
    ['kebabcase "FirstName x"', "first-name-x"],
    ['kebabcase "HTTP2xx Bld4Floor 4.Go"', "http-2xx-bld4-floor-4.go"],
    // Bytes that are no UTF-8 are no words of their own: they stay with a letter.
    ['snakecase ("tg==" | b64dec) | b64enc', "tg=="],
    ['printf "%.2s" ("w8Nh" | b64dec) | b64enc', "w8M="],
    ['snakecase (printf "Ab%sC%s" ("tg==" | b64dec) ("tg==" | b64dec))', "ab_\ufffdc\ufffd"],
    ['snakecase (printf "a%sb" ("tg==" | b64dec)) | b64enc', "YbZi"],
    ['camelcase "some_http server"', "SomeHttpServer"],
    ['wrap 5 "one two three"', "one\ntwo\nthree"],
    ['wrapWith 3 "/" "abcdefg"', "abc/def/g"],
    ['join "," (list 1 nil "a")', "1,a"],
    ['sortAlpha .Values.list | join ""', "abb"],
    ['(splitn "/" 2 "a/b/c")._1', "b/c"],
    ['splitList "" "aü" | len', "2"],
    ['len "ü"', "2"],
    ["toStrings (list 1 nil 2.5)", "[1 2.5]"],
  ],
  math: [
    ['add 1 "2" 3.9 true nil', "7"],
    ["sub 1 3", "-2"],
    ["mul 4611686018427387904 2", "-9223372036854775808"],
    ["div -7 2", "-3"],
    ["mod -7 2", "-1"],
    ["max 1 5 3", "5"],
    ["minf 1.5 0.5", "0.5"],
    ["round -2.5 0", "-3"],
    ["round 3.14159 2", "3.14"],
    ["addf 0.1 0.2", "0.3"],
    ["divf 1 3", "0.3333333333333333"],
    ["mulf 1.1 1.1", "1.21"],
    ['int "0x1F"', "31"],
    ['int "5.00"', "5"],
    ['int "5.9"', "0"],
    ["toDecimal 777", "511"],
    ["until 3", "[0 1 2]"],
    ["untilStep 5 0 -2", "[5 3 1]"],
    ["seq 1 2 5", "1 3 5"],
    ["seq 3 1", "3 2 1"],
    ["ceil 1.2", "2"],
  ],
  compare: [
    ["eq 1 2 1", "true"],
    ["eq nil .Values.nil", "true"],
    ["lt 1 (int64 2)", "true"],
    ['ge "b" "a"', "true"],
    ["ne 1.5 1.5", "false"],
    ["not (list)", "true"],
  ],
  lists: [
    ["first .Values.list", "b"],
    ["rest .Values.list", "[a b]"],
    ["rest (list)", "[]"],
    ["last (list) | quote", ""],
    ["initial .Values.list", "[b a]"],
    ["append (list 1) 2", "[1 2]"],
    ["prepend (list 1) 2", "[2 1]"],
    ["concat (list 1) .Values.list", "[1 b a b]"],
    ["reverse .Values.list", "[b a b]"],
    ["uniq .Values.list", "[b a]"],
    ['without .Values.list "b"', "[a]"],
    ['has "a" .Values.list', "true"],
    ["has 1 (list 1.0)", "false"],
    ['compact (list 0 "" 1 nil)', "[1]"],
    ["slice (list 1 2 3 4) 1 3", "[2 3]"],
    ["chunk 2 (list 1 2 3)", "[[1 2] [3]]"],
    ["typeOf (chunk 2 (list 1))", "[][]interface {}"],
  ],
  dicts: [
    ['dict "a" 1 "b"', "map[a:1 b:]"],
    ['get (dict "a" 1) "b" | quote', '""'],
    ['dig "a" "x" 0 (dict "a" (dict "x" 5))', "5"],
    ['dig "a" "y" "no" (dict "a" (dict "x" 5))', "no"],
    ['pluck "a" (dict "a" 1) (dict "b" 2) (dict "a" 3)', "[1 3]"],
    ['pick (dict "a" 1 "b" 2) "a" "c"', "map[a:1]"],
    ['omit (dict "a" 1 "b" 2) "a"', "map[b:2]"],
    ["keys .Values.map | sortAlpha", "[a b]"],
    ['merge (dict "a" 0 "b" (dict "x" 1)) (dict "a" 5 "b" (dict "y" 2))', "map[a:5 b:map[x:1 y:2]]"],
    ['mergeOverwrite (dict "a" 1) (dict "a" "")', "map[a:]"],
    ['merge (dict "a" (list 1)) (dict "a" (list 2))', "map[a:[1]]"],
    ["len (deepCopy .Values.map)", "2"],
    // Go's copier leaves out what is not exported.
    ['deepCopy (semver "1.2.3-a")', "0.0.0"],
    ['hasKey nil "a"', "false"],
  ],
  defaults: [
    ["default 5 0", "5"],
    ["default 5", "5"],
    ['coalesce "" 0 nil "x"', "x"],
    ['ternary "a" "b" true', "a"],
    ["empty (dict)", "true"],
    ["all 1 0", "false"],
    ["any 0 1", "true"],
  ],
  types: [
    ["typeOf 1", "int"],
    ["typeOf .Values.n", "float64"],
    ["typeOf (add 1)", "int64"],
    ["typeOf nil", "<nil>"],
    ["kindOf .Values.map", "map"],
    ["kindOf nil", "invalid"],
    ['typeIsLike "semver.Version" (semver "1.0.0")', "true"],
    ["deepEqual (list 1) (list 1)", "true"],
    ["deepEqual (list 1) (list 1.0)", "false"],
  ],
  encoding: [
    ['b64enc "ü"', "w7w="],
    ['b64dec "w7w="', "ü"],
    ['b64dec "a"', "illegal base64 data at input byte 0"],
    ['b64dec "YW=="', "a"],
    ['b32enc "foo"', "MZXW6==="],
    ['b32dec "MZXW6==="', "foo"],
    ['b32dec "1"', "illegal base32 data at input byte 0"],
    ['html "<a>"', "&lt;a&gt;"],
    ['js "\'<é"', "\\'\\u003Cé"],
    ['urlquery "a b&c"', "a+b%26c"],
    ['urlquery dict (toDate "2006-01-02" "2024-02-29")', "map%5B%5D+2024-02-29+00%3A00%3A00+%2B0000+UTC"],
  ],
  regex: [
    ['regexMatch "^a+$" "aaa"', "true"],
    ['regexMatch "(" "x"', "false"],
    ['regexMatch "^\\\\p{Letter}\\\\P{digit}[\\\\p{uppercase letter}]$" "éxÄ"', "true"],
    ['regexMatch "^\\\\\\\\p{Letter}$" "\\\\p{Letter}"', "true"],
    ['regexFind "[0-9]+" "ab12cd3"', "12"],
    ['regexFindAll "[a-z]" "a1b2c" 2', "[a b]"],
    ['regexReplaceAll "(\\\\w)(\\\\w)" "abcd" "$2${1}"', "badc"],
    ['regexReplaceAll "a" "banana" "$1x"', "bnn"],
    ['regexReplaceAllLiteral "a" "aba" "$1"', "$1b$1"],
    ['regexReplaceAll "x*" "abc" "-"', "-a-b-c-"],
    ['regexSplit "[,;]" "a,b;c" -1', "[a b c]"],
    ['regexQuoteMeta "a.b[c]"', "a\\.b\\[c\\]"],
    ['regexReplaceAll "(?P<first>é)" "é1" "<${first}>"', "<é>1"],
  ],
  semver: [
    ['semverCompare ">=1.2.0-0" "v1.3.0-beta"', "true"],
    ['semverCompare "^1.2" "2.0.0"', "false"],
    ['(semver "v1.2.3-rc.1+b").Prerelease', "rc.1"],
    ['(semver "1.2").IncMinor', "1.3.0"],
    ['(semver "1.2.3").LessThan (semver "1.2.4")', "true"],
    ['typeOf (semver "1.2.3").Major', "uint64"],
  ],
  urls: [
    ['(urlParse "https://u:p@h.example:81/a%20b?q=1#f").host', "h.example:81"],
    ['(urlParse "https://u:p@h.example:81/a%20b?q=1#f").hostname', "h.example"],
    ['(urlParse "https://u:p@h.example:81/a%20b?q=1#f").path', "/a b"],
    ['(urlParse "mailto:a@b").opaque', "a@b"],
    [
      'urlJoin (dict "scheme" "http" "host" "h" "path" "/a b" "query" "x=1" "userinfo" "u:p")',
      "http://u:p@h/a%20b?x=1",
    ],
    ['base "/a/b.txt"', "b.txt"],
    ['dir "/a/../b/c"', "/b"],
    ['clean "a//b/./../c/"', "a/c"],
    ['ext "a.tar.gz"', ".gz"],
    ['isAbs "a"', "false"],
    ['getHostByName "localhost" | quote', '""'],
  ],
  json: [
    ['toJson (dict "b" 1.0 "a" (list nil "<é>"))', '{"a":[null,"\\u003cé\\u003e"],"b":1}'],
    ['toRawJson "<"', '"<"'],
    ['toPrettyJson (dict "a" (list 1) "b" (dict))', '{\n  "a": [\n    1\n  ],\n  "b": {}\n}'],
    ["toJson 1e21", "1e+21"],
    ["toJson 1e-7", "1e-7"],
    ["toJson (rest (list))", "null"],
    ['(fromJson "{\\"a\\": [1, 2]}").a', "[1 2]"],
    [
      'fromJson "[1]"',
      "map[Error:json: cannot unmarshal array into Go value of type map[string]interface {}]",
    ],
    ['fromJson "{"', "map[Error:unexpected end of JSON input]"],
    ['fromJsonArray "[1, {}]"', "[1 map[]]"],
    ['(mustFromJson "[1]") | kindOf', "slice"],
  ],
  yaml: [
    ['toYaml (dict "b" (list 1 "yes") "a" nil)', 'a: null\nb:\n- 1\n- "yes"'],
    ['toYaml "a\\nb"', "|-\n  a\n  b"],
    ["toYaml (int .Values.big)", "1234567890"],
    ['(fromYaml "a: 0x10\\nb: yes").a', "16"],
    [
      'fromYaml "a: b: c"',
      "map[Error:error converting YAML to JSON: yaml: mapping values are not allowed in this context]",
    ],
    ['fromYaml "a: 1\\n---\\nb: ["', "map[a:1]"],
    ['fromYamlArray "- a\\n- 2"', "[a 2]"],
    [
      '(fromYaml "{a: [1.5, ~]}: x").Error',
      'error converting YAML to JSON: yaml: invalid map key: map[interface {}]interface {}{"a":[]interface {}{1.5, interface {}(nil)}}',
    ],
    ['fromYamlArray "[]: x"', "[]"],
    [
      '(fromYaml "a: 1\\n\\t\\nb: 2").Error',
      "error converting YAML to JSON: yaml: line 2: found a tab character that violates indentation",
    ],
    [
      '(fromYaml "a: 1 # \\x7f").Error',
      "error converting YAML to JSON: yaml: control characters are not allowed",
    ],
    [
      '(fromYaml "a: b: c # \\x07").Error',
      "error converting YAML to JSON: yaml: control characters are not allowed",
    ],
    [
      '(fromYaml (printf "a: b: c\\n#%s\\x07" (repeat 512 "-"))).Error',
      "error converting YAML to JSON: yaml: mapping values are not allowed in this context",
    ],
    ['fromYaml "  a: 1\\nb: 2"', "map[a:1]"],
    ['set (fromYaml "") "a" 1', "map[a:1]"],
    ['toJson (fromYaml "null")', "{}"],
    ['deepEqual (toDate "2006" "2024") (toDate "2006" "2023")', "false"],
    ['deepEqual (toDate "2006" "2024") (toDate "2006" "2024")', "true"],
    ['camelcase "_"', "__"],
    ['toYamlPretty "a\\nb "', '"a\\nb "'],
    ['toYamlPretty "a \\n"', '"a \\n"'],
    ['toYamlPretty "a\\n\\tb"', "|-\n  a\n  \tb"],
    ['toYamlPretty "\\u00a0 x"', "\u00a0 x"],
    ['toYamlPretty (dict "a" "\\u2028x")', "a: '\u2028  x'"],
    ['toYamlPretty (dict "a\\nb" (dict "c" 1) "d" 2)', "? |-\n  a\n  b\n: c: 1\nd: 2"],
    ['toYamlPretty (dict "a" "\\ufeffx y")', 'a: "\\uFEFF\\x78\\x20\\x79"'],
    ['toYaml (dict "a" "\\ufeffx y")', 'a: "\\uFEFF\\x78\\x20\\x79"'],
    ['toYamlPretty (dict "a" (list 1 (list 2)) "s" "x: y")', "a:\n  - 1\n  - - 2\ns: 'x: y'"],
  ],
  toml: [
    [
      'toToml (dict "a" 1 "t" (dict "x" 1.0) "l" (list (dict "y" "z")))',
      'a = 1\n\n[[l]]\n  y = "z"\n\n[t]\n  x = 1.0\n',
    ],
    // Go's commas count the keys that are nil.
    ['toToml (dict "l" (list (dict "a" nil "b" 1 "c" nil) 2))', "l = [{b = 1, }, 2]\n"],
    [
      'fromToml "a = 1\\n[t]\\nb = [1, \\"x\\"]\\n[[l]]\\nc = {d = 2020-01-02}" | toJson',
      '{"a":1,"l":[{"c":{"d":"2020-01-02T00:00:00Z"}}],"t":{"b":[1,"x"]}}',
    ],
    [
      'fromToml "a = 1\\na = 2"',
      "map[Error:toml: line 2 (last key \"a\"): Key 'a' has already been defined.]",
    ],
    [
      'fromToml "a\\x00"',
      "map[Error:toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8]",
    ],
    ['fromToml "[t]\\nx = "', 'map[Error:toml: line 2 (last key "t.x"): unexpected EOF; expected value]'],
    ['(fromToml "a.b = 1\\na.c = 2").a', "map[b:1 c:2]"],
  ],
  flow: [
    ['index (dict "a" (list 1 2)) "a" 1', "2"],
    ['index "abc" 1', "98"],
    ['required "why" 0', "0"],
    ['lookup "v1" "Pod" "a" "b"', "map[]"],
    ["hello", "Hello!"],
  ],
};

for (const [subject, rows] of Object.entries(PRINTS)) {
  test(`functions of ${subject}`, async (t) => {
    for (const [action, expected] of rows)
      await t.test(action, () => assert.equal(render(`{{ ${action} }}`, VALUES), expected));
  });
}

/** An action, and what it fails with behind `error calling …: `. */
const FAILS: [string, string][] = [
  ["div 1 0", "runtime error: integer divide by zero"],
  ['mustRegexMatch "a\\xc3" "a"', "error parsing regexp: invalid UTF-8: `\ufffd`"],
  ['substr 0 9 "abc" | substr 5 9', "runtime error: slice bounds out of range [5:3]"],
  ['repeat -1 "a"', "strings: negative Repeat count"],
  ["first 1", "Cannot find first on type int"],
  ["first nil", "runtime error: invalid memory address or nil pointer dereference"],
  ["slice (list 1) 0 2", "reflect.Value.Slice: slice index out of bounds"],
  ["chunk 0 (list 1)", "runtime error: makeslice: len out of range"],
  ["index (list 1) 1", "reflect: slice index out of range"],
  ["index (list 1) 2", "index out of range: 2"],
  ["index .Values.map 1", "value has type int; should be string"],
  ["index nil 1", "index of untyped nil"],
  ["len 1", "len of type int"],
  ["eq 1 1.0", "incompatible types for comparison: int and float64"],
  ["lt true false", "invalid type for comparison"],
  ["eq (list) (list)", "non-comparable type []: []interface {}"],
  ['set nil "a" 1', "assignment to entry in nil map"],
  [
    'dig "b" "x" 0 .Values',
    "interface conversion: interface {} is common.Values, not map[string]interface {}",
  ],
  ["toYamlPretty (list 1i)", "cannot marshal type: complex128"],
  ["deepCopy nil", "reflect: call of reflect.Value.Type on zero Value"],
  ['regexFind "(" "x"', "regexp: Compile(`(`): error parsing regexp: missing closing ): `(`"],
  ['semver "x"', "invalid semantic version"],
  ['semverCompare "a || b" "1.0.0"', 'improper constraint: "a "'],
  ['urlParse ":"', 'unable to parse url: parse ":": missing protocol scheme'],
  ['mustToYaml (float64 "NaN")', "error marshaling into JSON: json: unsupported value: NaN"],
  ['mustFromJson "nul"', "invalid character ' ' in literal null (expecting 'l')"],
  ['mustToDate "2006-01-02" "2020-02-30"', 'parsing time "2020-02-30": day out of range'],
  ["mustToToml nil", "reflect: call of reflect.Value.Type on zero Value"],
];

test("functions fail with Go's words", async (t) => {
  for (const [action, expected] of FAILS) {
    await t.test(action, () => {
      const words = failure(`{{ ${action} }}`, VALUES);
      assert.equal(words.slice(words.indexOf("error calling")).replace(/^error calling \w+: /, ""), expected);
    });
  }
});

test("merge shares what it takes over, and fills its first argument", () => {
  const text = `{{ $a := dict }}{{ $b := dict "x" (dict "y" 1) }}{{ $_ := merge $a $b }}{{ $_ := set $a.x "z" 2 }}{{ toJson $a }}{{ toJson $b }}`;
  assert.equal(render(text), '{"x":{"y":1,"z":2}}{"x":{"y":1,"z":2}}');
});

test("a map that holds itself is no trap", () => {
  const self = `{{ $x := dict }}{{ $_ := set $x "x" $x }}`;
  assert.equal(render(`${self}{{ toJson $x }}{{ toYaml $x }}`), "");
  assert.match(failure(`${self}{{ deepCopy $x }}`), /value is nested too deeply$/);
});
