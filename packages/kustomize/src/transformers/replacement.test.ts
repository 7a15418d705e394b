import { type Case, testCases } from "../testing/cases.ts";

const objects = `apiVersion: v1
kind: ConfigMap
metadata: {name: source}
data: {host: example.com, port: "8080", path: a/b/c, spelt: 1.50, json: '{"a":{"b":1},"l":[1]}', yaml: "# note\\na: 1 # one\\n"}
---
apiVersion: x/v1
kind: T
metadata: {name: target}
spec: {port: 80, text: old, image: "repo:tag", list: [{name: one, v: 1}, {name: two, v: 2}], quoted: "1"}
`;
const replace = (field: string, paths: string, options = "{}", select = "{kind: T}") =>
  `replacements:\n- source: {kind: ConfigMap, fieldPath: ${field}}\n  targets: [{select: ${select}, fieldPaths: ["${paths}"], options: ${options}}]`;

const renamed = `replacements: [{sourceValue: "true", targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.name]}]}]`;
const plain = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

testCases({
  ...Object.fromEntries(
    [
      ["{b: c}", "v.x", /x: ""\n/],
      ["{}", "v.y.x", /x: ""\n/],
      ["[]", "v.0", /- ""\n/],
      ["[{n: a}]", "v.[n=b].x", /x: ""\n/],
      ["{b: null}", "v.b", /b: ""\n/],
      ["\n  b: c", "v.x", /x: null\n/],
      ["\n- {n: a}", "v.[n=b].x", /x: null\n/],
    ].map(([old, path, expected]): [string, Case] => [
      `makes an empty text at ${path} of ${old} what kustomize can write there`,
      [
        `apiVersion: v1\nkind: Foo\nmetadata: {name: a}\nv: ${old}\n`,
        `replacements: [{sourceValue: "", targets: [{select: {kind: Foo}, fieldPaths: ["${path}"], options: {create: true}}]}]`,
        expected as RegExp,
      ],
    ]),
  ),
  ...Object.fromEntries(
    [
      ["", "v:\n  b: c", /x: null\n/],
      ["", "v: {b: c}", /x: ""\n/],
      ["null", "v: {b: c}", /x: "null"\n/],
      ["~", "v:\n  b: c", /x: "~"\n/],
    ].map(([text, old, expected]): [string, Case] => [
      `keeps ${text || "an empty text"} in ${old} when a patch comes by`,
      [
        `apiVersion: v1\nkind: Foo\nmetadata: {name: a}\n${old}\n`,
        `replacements: [{sourceValue: "${text}", targets: [{select: {kind: Foo}, fieldPaths: [v.x], options: {create: true}}]}]\n` +
          `transformers: ['{apiVersion: builtin, kind: PatchTransformer, metadata: {name: p}, patch: "{apiVersion: v1, kind: Foo, metadata: {name: a}, t: 1}"}']`,
        expected as RegExp,
      ],
    ]),
  ),
  ...Object.fromEntries(
    [
      ["1.0", "2.5", /v: 2.5\n/],
      ["1e3", "7", /v: 7\n/],
      ["1", "1e3", /cannot decode !!float as a !!int/],
      ["1.0", "x", /cannot decode !!str as a !!float/],
      ["0x1F", "7", /v: 7\n/],
    ].map(([old, text, expected]): [string, Case] => [
      `puts ${text} where ${old} was`,
      [
        `apiVersion: v1\nkind: Foo\nmetadata: {name: a}\nv: ${old}\n`,
        `replacements: [{sourceValue: "${text}", targets: [{select: {kind: Foo}, fieldPaths: [v]}]}]`,
        expected as RegExp,
      ],
    ]),
  ),
  "gives a name that a prefix left without a type the type it looks like, as kustomize does": [
    plain,
    `namePrefix: p-\n${renamed}`,
    /name: true\n/,
  ],
  "keeps a name a string that was in quotes": [
    plain.replace("name: a", 'name: "a"'),
    `namePrefix: p-\n${renamed}`,
    /name: "true"\n/,
  ],
  "gives references to a name the type that it looks like, but for those in quotes": [
    `${plain}---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, envFrom: [{configMapRef: {name: a}}, {configMapRef: {name: "a"}}]}]}\n`,
    `namePrefix: p-\n${renamed.replace('"true"', '"5"')}`,
    /configMapRef:\n {8}name: 5\n {4}- configMapRef:\n {8}name: "5"\n/,
  ],
  "keeps a name a string that nothing touched": [plain, renamed, /name: "true"\n/],
  "copies a value": [objects, replace("data.host", "spec.text"), /text: example\.com/],
  "keeps the type of the target": [objects, replace("data.port", "spec.port"), /port: 8080/],
  "refuses text where a number is": [
    objects,
    replace("data.host", "spec.port"),
    /cannot decode !!str as a !!int/,
  ],
  "gives a new field the type of the text": [
    objects,
    replace("data.port", "spec.new.deep", "{create: true}"),
    /new:\n {4}deep: 8080/,
  ],
  "copies numbers as they are spelt": [objects, replace("data.spelt", "spec.text"), /text: "1\.50"/],
  "reads a part of the source": [
    objects,
    "replacements:\n- source: {kind: ConfigMap, fieldPath: data.path, options: {delimiter: /, index: 1}}\n  targets: [{select: {kind: T}, fieldPaths: [spec.text]}]",
    /text: b/,
  ],
  "writes a part of the target": [
    objects,
    replace("data.host", "spec.image", "{delimiter: ':', index: 1}"),
    /image: repo:example\.com/,
  ],
  "puts a part before the first": [
    objects,
    replace("data.host", "spec.image", "{delimiter: ':', index: -1}"),
    /image: example\.com:repo:tag/,
  ],
  "selects items by a field": [
    objects,
    replace("data.port", "spec.list.[name=two].v"),
    /- name: one\n {4}v: 1\n {2}- name: two\n {4}v: 8080/,
  ],
  "selects all items": [
    objects,
    replace("data.port", "spec.list.*.v"),
    /v: 8080\n {2}- name: two\n {4}v: 8080/,
  ],
  "selects items by index": [objects, replace("data.port", "spec.list.0.v"), /name: one\n {4}v: 8080/],
  "makes an item that is missing": [
    objects,
    replace("data.port", "spec.list.[name=three].v", "{create: true}"),
    /name: three\n {4}v: 8080/,
  ],
  "writes into JSON in a string": [
    objects,
    replace("data.port", "data.json.a.b", "{}", "{kind: ConfigMap}"),
    /json: '\{"a":\{"b":8080\},"l":\[1\]\}'/,
  ],
  "writes into YAML in a string and keeps its comments": [
    objects,
    replace("data.port", "data.yaml.a", "{}", "{kind: ConfigMap}"),
    /yaml: \|-\n {4}# note\n {4}a: 8080 # one/,
  ],
  "takes a literal": [
    objects,
    "replacements:\n- sourceValue: lit\n  targets: [{select: {kind: T}, fieldPaths: [spec.text]}]",
    /text: lit/,
  ],
  "rejects what is to be rejected": [
    objects,
    "replacements:\n- sourceValue: lit\n  targets: [{select: {name: .*}, reject: [{kind: Conf.*}], fieldPaths: [spec.text]}]",
    /text: lit/,
  ],
  "reads replacements from files": [
    objects,
    "replacements: [{path: f.yaml}]",
    /text: lit/,
    { "f.yaml": "- sourceValue: lit\n  targets: [{select: {kind: T}, fieldPaths: [spec.text]}]\n" },
  ],
  "refuses a field that is missing": [
    objects,
    replace("data.host", "spec.none"),
    /unable to find field "spec\.none" in replacement target T\.v1/,
  ],
  "refuses a source that is missing": [
    objects,
    replace("data.none", "spec.text"),
    /fieldPath `data\.none` is missing for replacement source ConfigMap/,
  ],
  "refuses several sources": [
    objects,
    "replacements:\n- source: {name: ''}\n  targets: [{select: {kind: T}}]",
    /multiple matches for selector/,
  ],
  "refuses a source without targets": [
    objects,
    "replacements: [{source: {kind: T}}]",
    /must specify a source and at least one target/,
  ],
});
