import assert from "node:assert/strict";
import { test } from "node:test";
import {
  capabilitiesObject,
  chartObject,
  decode,
  filesObject,
  mapOf,
  parseChart,
  parseKubeVersion,
  releaseObject,
  renderBytes,
  renderOrder,
  TemplateError,
  VALUES,
  valuesObject,
} from "./index.ts";

/** Renders files of one chart named web. */
function chart(files: Record<string, string>, values: object = {}, strict = false): Map<string, string> {
  const templates = Object.entries(files).map(([name, text]) => ({ name: `web/templates/${name}`, text }));
  const data = mapOf(
    {
      Values: valuesObject(values),
      Release: releaseObject({ name: "rel", namespace: "ns", revision: 2, isUpgrade: true }),
      Chart: chartObject({ name: "web", version: "1.0.0", keywords: ["k"], annotations: { a: "b" } }, true),
      Capabilities: capabilitiesObject({
        kubeVersion: parseKubeVersion("v1.33.4-gke.1"),
        apiVersions: ["v1", "apps/v1"],
        helmVersion: "v4.2",
      }),
      Files: filesObject([
        ["conf/a.txt", "one\ntwo\n"],
        ["conf/b.bin", Uint8Array.of(0xff, 0)],
        ["readme.md", "é"],
      ]),
    },
    VALUES,
  );
  const set = parseChart(templates, { strict });
  const rendered = renderBytes(
    set,
    templates.map(({ name }) => ({ name, basePath: "web/templates", data })),
  );
  return new Map([...rendered].map(([name, bytes]) => [name, decode(bytes)]));
}

const one = (text: string, values: object = {}): string =>
  chart({ "t.yaml": text }, values).get("web/templates/t.yaml")!;

test("deep templates come first, then from z to a, in bytes", () => {
  assert.deepEqual(renderOrder(["a/b", "a/z", "a/b/c", "a/ü"]), ["a/b/c", "a/ü", "a/z", "a/b"]);
});

test("partials are parsed and not rendered, and <no value> is gone", () => {
  const rendered = chart({
    "_h.tpl": '{{ define "x" }}{{ .Values.nope }}-{{ end }}',
    "a.yaml": '{{ include "x" . }}<no value>',
  });
  assert.deepEqual([...rendered], [["web/templates/a.yaml", "-"]]);
});

test("templates of a chart see each other's changes, in the order of rendering", () => {
  const rendered = chart({
    "a.yaml": "{{ .Values.seen }}",
    "b.yaml": '{{ $_ := set .Values "seen" .Template.Name }}',
  });
  assert.equal(rendered.get("web/templates/a.yaml"), "web/templates/b.yaml");
});

const OBJECTS: [string, string][] = [
  [
    "{{ .Release.Name }} {{ .Release.IsUpgrade }} {{ .Release.IsInstall }} {{ add .Release.Revision 1 }}",
    "rel true false 3",
  ],
  ["{{ .Chart.Name }} {{ .Chart.Keywords }} {{ .Chart.Annotations }} {{ .Chart.Nope }}", "web [k] map[a:b] "],
  [
    "{{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion.Minor }}",
    "v1.33.4 v1.33.4-gke.1 33",
  ],
  ['{{ .Capabilities.APIVersions.Has "apps/v1" }} {{ .Capabilities.APIVersions.Has "x" }}', "true false"],
  ['{{ .Files.Get "readme.md" }} {{ .Files.Get "nope" }}|{{ len (.Files.GetBytes "conf/b.bin") }}', "é |2"],
  ['{{ range .Files.Lines "conf/a.txt" }}<{{ . }}>{{ end }}', "<one><two>"],
  ['{{ range $p, $_ := .Files.Glob "conf/*" }}{{ $p }} {{ end }}', "conf/a.txt conf/b.bin "],
  ['{{ (.Files.Glob "conf/*.bin").AsSecrets }}', "b.bin: /wA="],
  ['{{ (.Files.Glob "*.md").AsConfig }}', "readme.md: é"],
  ["{{ typeOf .Values }} {{ typeOf $ }} {{ typeOf .Files }}", "common.Values common.Values engine.files"],
  ['{{ (.Values.Table "a").b }} {{ .Values.PathValue "a.b" }}', "1 1"],
];

test("the objects of a chart", async (t) => {
  for (const [text, expected] of OBJECTS)
    await t.test(text, () => assert.equal(one(text, { a: { b: 1 } }), expected));
});

const fails = (files: Record<string, string>, values: object = {}, strict = false): TemplateError => {
  try {
    chart(files, values, strict);
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown;
    throw thrown;
  }
  throw new Error("did not fail");
};

test("errors are Helm's", () => {
  assert.equal(
    fails({ "t.yaml": "\n{{ nope }}" }).message,
    'parse error at (web/templates/t.yaml:2): function "nope" not defined',
  );
  assert.equal(
    fails(
      { "t.yaml": '{{ include "x" . }}', "_h.tpl": '{{ define "x" }}\n{{ .Values.a.b.c }}{{ end }}' },
      { a: {} },
    ).message,
    'web/templates/t.yaml:1:3\n  executing "web/templates/t.yaml" at <include "x" .>:\n    error calling include:\n' +
      'web/templates/_h.tpl:2:10\n  executing "x" at <.Values.a.b.c>:\n    nil pointer evaluating interface {}.c',
  );
  assert.equal(
    fails({ "t.yaml": '{{ upper (required "give x: now" .Values.x) }}' }).message,
    "execution error at (web/templates/t.yaml:1:10): give x: now",
  );
  assert.equal(
    fails({ "t.yaml": "{{ div 1 0 }}" }).message,
    'template: web/templates/t.yaml:1:3: executing "web/templates/t.yaml" at <div 1 0>: error calling div: runtime error: integer divide by zero',
  );
});

test("errors know the innermost place, the path and a hint", () => {
  const files = {
    "t.yaml": '{{ include "x" . }}',
    "_h.tpl": '{{ define "x" }}\n{{ .Values.imgae.tag }}{{ end }}',
  };
  const { code, at, template, path, hint } = fails(files, { image: { tag: 1 } });
  assert.deepEqual(
    { code, at, template, path, hint },
    {
      code: "exec",
      at: { file: "web/templates/_h.tpl", line: 2, column: 10 },
      template: "x",
      path: ".Values.imgae",
      hint: '.Values.imgae is not set; did you mean "image"?',
    },
  );
  assert.equal(fails({ "t.yaml": '{{ fail "no" }}' }).code, "failed");
});

test("a copy of the cluster's version lacks what Go hides", () => {
  assert.equal(one('{{ deepCopy (dict "v" .Capabilities.KubeVersion) }}'), "map[v:{v1.33.4-gke.1  1 33}]");
});

test("in strict mode a missing key is an error", () => {
  assert.match(fails({ "t.yaml": "{{ .Values.x }}" }, {}, true).message, /map has no entry for key "x"$/);
});

test("in lint mode fail and required let pass", () => {
  const templates = [{ name: "a/templates/t", text: '{{ fail "x" }}{{ required "y" nil }}z' }];
  const data = mapOf({ Values: {} });
  const said: string[][] = [];
  const rendered = renderBytes(parseChart(templates), [{ name: "a/templates/t", basePath: "", data }], {
    lint: (...words) => said.push(words),
  });
  assert.equal(rendered.get("a/templates/t"), "z");
  assert.deepEqual(said, [
    ["INFO", "funcMap fail", "x"],
    ["WARN", "missing required value", "y"],
  ]);
});

const NO_VERSIONS: Record<string, string> = {
  latest: 'could not parse "latest" as version',
  v1: 'illegal version string "v1"',
  "01.2": 'illegal zero-prefixed version component "01" in "01.2"',
  "1.99999999999999999999":
    'illegal non-numeric version component "99999999999999999999" in "1.99999999999999999999": strconv.ParseUint: parsing "99999999999999999999": value out of range',
};

test("a version of Kubernetes that is none is refused in Helm's words", () => {
  for (const [text, message] of Object.entries(NO_VERSIONS))
    assert.throws(() => parseKubeVersion(text), { message });
});

test("a version of Kubernetes is normalised, and keeps its suffix", () => {
  assert.deepEqual(parseKubeVersion("1.033.4-gke.1"), {
    version: "v1.033.4-gke.1",
    normalized: "v1.33.4",
    major: "1",
    minor: "33",
  });
});
