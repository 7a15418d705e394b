import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHead, readHead } from "./head.ts";
import { scanHead } from "./scan.ts";

/** What a manifest says, as `kind/name` and Helm's annotations. */
const READ: Record<string, [string, string, Record<string, string>?]> = {
  "a plain manifest": ["apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n", "v1 Pod/a"],
  "names of fields in any case": ["KIND: Pod\nMetaData:\n  NAME: a\n", " Pod/a"],
  "numbers and booleans as texts": ["kind: 5\nmetadata:\n  name: true\n", " 5/true"],
  "an integer in hexadecimal": ["kind: A\nmetadata:\n  name: 0x10\n", " A/16"],
  "an integer beyond float64": ["kind: A\nmetadata:\n  name: 12345678901234567\n", " A/12345678901234567"],
  "floats as float32": ["kind: 1e6\nmetadata:\n  name: 1.10\n", " 1e+06/1.1"],
  "a float without a fraction": ["kind: A\nmetadata:\n  name: 16777217.0\n", " A/1.6777216e+07"],
  "Helm's annotations only": [
    "kind: A\nmetadata:\n  name: a\n  annotations:\n    helm.sh/hook: test\n    helm.sh/hook-weight: -5\n    other: x\n",
    " A/a",
    { "helm.sh/hook": "test", "helm.sh/hook-weight": "-5" },
  ],
  "an annotation of nothing": [
    "metadata:\n  annotations:\n    helm.sh/hook:\n",
    " /",
    { "helm.sh/hook": "" },
  ],
  "annotations of no kind": ["kind: A\nmetadata:\n  annotations:\n", " A/"],
  "the first document only": ["kind: A\n...\n[ {", " A/"],
  "what stands above a line that is indented less": ["# c\n  kind: 1.0\nkind: B\n", " 1/"],
  "nothing but a comment": ["# c\n", " /"],
  "an anchor": ["kind: &k A\nmetadata:\n  name: *k\n", " A/A"],
};

test("what a manifest says of itself", async (t) => {
  for (const [sentence, [text, expected, annotations = {}]] of Object.entries(READ)) {
    await t.test(sentence, () => {
      const head = readHead(text, "a.yaml");
      assert.equal(`${head.apiVersion} ${head.kind}/${head.name}`, expected);
      assert.deepEqual({ ...head.annotations }, annotations);
    });
  }
});

const IN = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";
const BROKEN: Record<string, [string, string]> = {
  "a list": ["- a\n", `${IN} array into Go value of type util.SimpleHead`],
  "a text": ['"a"\n', `${IN} string into Go value of type util.SimpleHead`],
  "a kind that is a list": ["kind: [a]\n", `${IN} array into Go struct field SimpleHead.kind of type string`],
  "a name that is a map": [
    "metadata:\n  name:\n    a: 1\n",
    `${IN} object into Go struct field .metadata.name of type string`,
  ],
  "the first by the order of keys": [
    "metadata: 5\nkind:\n  a: 1\n",
    `${IN} object into Go struct field SimpleHead.kind of type string`,
  ],
  "metadata that are a text": [
    "metadata: x\n",
    `${IN} string into Go struct field SimpleHead.metadata of type struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }`,
  ],
  "annotations that are a list": [
    "metadata:\n  annotations:\n  - a\n",
    `${IN} array into Go struct field .metadata.annotations of type map[string]string`,
  ],
  "an annotation that is a map": [
    "metadata:\n  annotations:\n    other:\n      a: 1\n",
    `${IN} object into Go struct field .metadata.annotations of type string`,
  ],
  "no YAML": [
    "a: b: c\n",
    "error converting YAML to JSON: yaml: mapping values are not allowed in this context",
  ],
  "brackets that are never closed": [
    "a: [1\n",
    "error converting YAML to JSON: yaml: line 1: did not find expected ',' or ']'",
  ],
  "brackets with nothing behind a comma": [
    "a: {b: 1,\n",
    "error converting YAML to JSON: yaml: line 1: did not find expected node content",
  ],
  "a quote that is never closed": [
    'a: "x\ny\n',
    "error converting YAML to JSON: yaml: line 3: found unexpected end of stream",
  ],
  "a number that JSON lacks": ["a: .nan\n", "error converting YAML to JSON: json: unsupported value: NaN"],
};

test("what is no manifest fails in Helm's words", async (t) => {
  for (const [sentence, [text, expected]] of Object.entries(BROKEN)) {
    await t.test(sentence, () => {
      assert.throws(() => readHead(text, "web/templates/a.yaml"), {
        code: "bad-manifest",
        message: `YAML parse error on web/templates/a.yaml: ${expected}`,
      });
    });
  }
});

/** Texts that the scan must leave to the parser, because they are wrong or mean something else. */
const LEFT = [
  "a: b: c",
  "a:\n b\n",
  "a: 1\n  b: 2",
  "a:\n  - x\n  b: 1",
  "a:\n    b: 1\n  c: 2",
  "- a",
  "a: [b",
  "a: {b: [c}]",
  "a: {b: c:d}",
  "a: {b:c}",
  "a: [b, ]",
  'a: {"b": "\\ud800"}',
  "a: {b: .nan}",
  "a: {null: b}",
  "a: 'b' c",
  'a: "b\\q"',
  "a: @b",
  "a: b:",
  "a: &x b",
  "a: !!str b",
  "a: - b",
  "a: .nan",
  "a: -.inf",
  "null: b",
  "<<: b",
  "? a",
  "a\t: b",
  "a: |\n    \n  b\n",
  "a: |\n  b\n c\n",
  "a: |\n\t b\n",
  "a: |2\n  b\n",
  "a: b\n...\n",
  "%YAML 1.1",
  "a: \u0085",
  "a: 1\r\nb: 2",
  "kind: yes",
  "kind: null",
  "kind: |\n  A\n",
  "Kind: A",
  "metadata: {name: a}",
  "metadata:\n- a\n",
  "metadata:\n  name:\n    a: 1",
  "metadata:\n  Name: a",
  "metadata:\n  annotations:\n    a:\n      b: 1",
  "metadata:\n  annotations:\n    helm.sh/hook: 5",
  "metadata:\n  a: 1\nmetadata:\n  b: 1",
];

test("the scan gives up at what is not simple", async (t) => {
  for (const text of LEFT) await t.test(JSON.stringify(text), () => assert.equal(scanHead(text), undefined));
});

/** Everyday manifests that must not need the parser. */
const SCANNED = [
  "# c\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web # c\n  labels:\n    a: b\n\nspec:\n  x: {}\n  l: []\n",
  'kind: A\nspec:\n  args: ["a", b]\n  s: {app: web}\n  - x\n'.replace("  - x\n", ""),
  "kind: A\nspec:\n- a: 1\n  b:\n  - c\n  - - d\n-\n  e: 2\n- |\n  f\n- >-\n  g\n\n    h\nnext: true",
  "kind: A\ndata:\n  a: |-\n    #!/bin/sh\n    \techo: [ \n\n  b: x:y#z\n  c: 'it''s'\n  d: \"a\\n\"\n",
  'kind: "A"\nmetadata:\n  annotations:\n    "helm.sh/hook": \'test\'\n    x: 5\n    y: |\n      z\n  name: a-b.c\n',
  "kind: A\nmetadata:\nspec:\n  key:\n",
  'kind: A\na: {"b":{"c":[1,-2.5,1e+06,true,null,"\\u003c"]},"d":{}}\ne: [ a b , {f: .5x} ]\n'.replace(
    ".5x",
    "5x",
  ),
  "kind: A\n$patch: delete\na: .spec.url\nb: :8080\nc: ?x=y\nd: -x\ne: Ünder\n",
];

test("the scan reads everyday manifests, and says what the parser says", async (t) => {
  for (const text of SCANNED) {
    await t.test(JSON.stringify(text.slice(0, 40)), () => {
      assert.deepEqual({ ...scanHead(text) }, { ...parseHead(text, "a") });
    });
  }
});
