import assert from "node:assert/strict";
import { test } from "node:test";
import { mapOf, parseTemplates } from "./index.ts";
import { errorOf, render } from "./render.fixture.ts";

test("a later file replaces what an earlier one defines, unless it is blank", () => {
  const files = [
    { name: "a", text: '{{ define "x" }}1{{ end }}' },
    { name: "b", text: '{{ define "x" }}2{{ end }}' },
    { name: "c", text: '{{ define "x" }}  {{ end }}{{ template "x" }}' },
  ];
  const set = parseTemplates(files);
  assert.equal(set.execute("c", {}), "2");
  assert.throws(() => set.execute("d", {}), {
    message: 'template: no template "d" associated with template "gotpl"',
  });
});

test("text may be bytes, and output may be none", () => {
  const set = parseTemplates([{ name: "t", text: Buffer.from('{{ trunc 1 "é" }}') }]);
  assert.equal(set.run("t", mapOf({}), {}), "\xc3");
  assert.equal(set.execute("t", {}), "\ufffd");
});

test("a set runs again and again, each time anew", () => {
  const set = parseTemplates([{ name: "t", text: '{{ $x := .n }}{{ $_ := set . "n" 2 }}{{ $x }}' }]);
  assert.equal(set.execute("t", { n: 1 }), "1");
  assert.equal(set.execute("t", { n: 5 }), "5");
});

test("the cluster and the clock are what is handed in", () => {
  const lookup = (...args: string[]) => (args[3] === "gone" ? undefined : { found: args.join(" ") });
  assert.equal(render('{{ (lookup "v1" "Pod" "ns" "é").found }}', {}, { lookup }), "v1 Pod ns é");
  assert.equal(render('{{ lookup "v1" "Pod" "ns" "gone" }}', {}, { lookup }), "map[]");
  assert.equal(render('{{ getHostByName "a" }}', {}, { resolve: () => "10.0.0.1" }), "10.0.0.1");
  assert.equal(render('{{ date "2006" now }}', {}, { now: () => 0 }), "1970");
});

/** What is tried, and which limit stops it. */
const LIMITS: Record<string, [string, object, RegExp]> = {
  "a loop that prints for ever": [
    "{{ range 100000 }}0123456789{{ end }}",
    { output: 1000 },
    /more than 1000 bytes/,
  ],
  "a loop that does nothing for ever": [
    "{{ range 1000000000 }}{{ end }}",
    { steps: 5000 },
    /more than 5000 steps/,
  ],
  "a text that is too long": ['{{ repeat 2000 "x" | len }}', { output: 1000 }, /more than 1000 bytes/],
  "a text that doubles": [
    '{{ $x := "ab" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}',
    { output: 1000 },
    /more than 1000 bytes/,
  ],
  "a list that doubles": [
    "{{ $x := list 1 }}{{ range 60 }}{{ $x = concat $x $x }}{{ end }}",
    { output: 9000 },
    /more than 9000 bytes/,
  ],
  "values that pile up": [
    '{{ $x := list }}{{ range 1000 }}{{ $x = list $x (repeat 900 "x") }}{{ end }}',
    { output: 1000 },
    /more values than fit/,
  ],
  "a value that holds itself twice, and twice again": [
    '{{ $x := dict "a" 1 }}{{ range 40 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ toJson $x }}',
    { steps: 20000 },
    /more than 20000 steps/,
  ],
  "a replacement that grows": [
    '{{ regexReplaceAll "a" (repeat 900 "a") (repeat 900 "b") | len }}',
    { output: 1000 },
    /more than 1000 bytes/,
  ],
  "a template that calls itself": [
    '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}',
    {},
    /maximum template depth/,
  ],
  "a template that calls itself a little": [
    '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}',
    { depth: 10 },
    /exceeded maximum template depth \(10\)$/,
  ],
  "a text that runs itself": ["{{ tpl .Values.x . }}", {}, /maximum template depth/],
};

test("limits stop what goes too far", async (t) => {
  for (const [sentence, [text, limits, words]] of Object.entries(LIMITS)) {
    await t.test(sentence, () => {
      const { message } = errorOf(text, { x: "{{ tpl .Values.x . }}" }, { limits });
      assert.match(message, words);
    });
  }
});

test("time is a limit, by the clock that is handed in", () => {
  let clock = 0;
  const error = errorOf("{{ range 100000 }}{{ end }}", {}, { now: () => clock++, limits: { time: 5 } });
  assert.equal(error.code, "limit");
  assert.match(error.message, /longer than 5 ms/);
});

test("an include that never ends has Helm's words", () => {
  const { message } = errorOf('{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}');
  assert.match(message, /rendering template has a nested reference name: a: unable to execute template$/);
});

test("a template reaches its data and nothing else", () => {
  const data = { a: { b: 1 } };
  for (const path of [".constructor", ".__proto__", ".toString", ".a.constructor", ".a.hasOwnProperty"])
    assert.equal(
      parseTemplates([{ name: "t", text: `{{ ${path} }}` }]).execute("t", mapOf(data)),
      "<no value>",
    );
  assert.equal(
    render('{{ hasKey .Values "constructor" }}{{ index .Values "__proto__" }}'),
    "false<no value>",
  );
  const own = JSON.parse('{"__proto__": {"x": 1}}');
  assert.equal(
    render("{{ .Values.__proto__.x }}{{ toJson .Values }}{{ toYaml .Values }}", own),
    '1{"__proto__":{"x":1}}__proto__:\n  x: 1',
  );
  assert.equal(({} as { x?: number }).x, undefined);
});

test("data that is none is refused", () => {
  assert.throws(() => mapOf({ a: () => 1 }), /a function is no data/);
  let deep: unknown = 1;
  for (let i = 0; i < 2000; i++) deep = [deep];
  assert.throws(() => mapOf({ deep }), /deeper than 1000 levels/);
});

test("a traced set tells where statements begin and what they read", () => {
  const text = 'a\n{{ with .x }}{{ .y }}{{ include "h" . }}{{ end }}{{ .no }}\n';
  const files = [
    { name: "h", text: "{{ .z }}" },
    { name: "t", text },
  ];
  const told: string[] = [];
  const trace = {
    statement: (printed: number, pos: number, isText: boolean) =>
      told.push(`${printed}@${pos}${isText ? "t" : ""}`),
    read: (_: unknown, key: string) => told.push(key),
  };
  const data = { x: { y: "1", z: "23" } };
  const print = (set: ReturnType<typeof parseTemplates>) => set.execute("t", data, { trace });
  assert.equal(print(parseTemplates(files, { trace: true })), "a\n123<no value>\n");
  assert.deepEqual(told, ["0@0t", "2@10", "x", "2@18", "y", "3@26", "z", "5@54", "no", "15@60t"]);
  told.length = 0;
  print(parseTemplates(files));
  assert.deepEqual(told, []);
});
