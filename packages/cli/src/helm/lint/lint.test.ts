import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { kubeVersionOf, type Values, type Warn } from "@sluice/helm";
import { lintChart } from "./lint.ts";

const chartYaml = "apiVersion: v2\nname: web\nversion: 1.0.0\nicon: https://example.com/a.png\n";
const good = {
  "Chart.yaml": chartYaml,
  "values.yaml": "a: 1\n",
  "templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
};

type Files = Record<string, string | undefined>;
type More = {
  kubeVersion?: string;
  values?: Values;
  /** Links, and where they lead. */
  links?: Record<string, string>;
  warn?: Warn;
};

/** What is found in a chart that is good but for some files; those that are undefined are not there. */
function found(files: Files, { kubeVersion, values = {}, links = {}, warn = () => {} }: More = {}): string[] {
  const dir = mkdtempSync(join(tmpdir(), "sluice-test-"));
  try {
    for (const [path, text] of Object.entries({ ...good, ...files })) {
      if (text === undefined) continue;
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    for (const [path, to] of Object.entries(links)) symlinkSync(to, join(dir, path));
    const options = {
      namespace: "default",
      values,
      kubeVersion: kubeVersion === undefined ? undefined : kubeVersionOf(kubeVersion),
      now: () => 0,
      random: Buffer.alloc,
      warn,
    };
    return lintChart(dir, options).map(({ severity, path, text }) => `${severity} ${path}: ${text}`);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const a = (text: string) => ({ "templates/a.yaml": text });
const chart = (more: string) => ({ "Chart.yaml": chartYaml + more });

/** In the words of helm v4.2.4, recorded from it. */
const rows: Record<string, [files: Files, said: RegExp[]]> = {
  "nothing in a good chart": [{}, []],
  "a chart without an icon": [
    { "Chart.yaml": chartYaml.replace(/icon.*/, "") },
    [/^INFO Chart.yaml: icon is recommended$/],
  ],
  "an icon that is no address": [
    { "Chart.yaml": chartYaml.replace(/icon.*/, "icon: a") },
    [/^ERROR Chart.yaml: invalid icon URL 'a'$/],
  ],
  "a version that YAML takes for a number": [
    { "Chart.yaml": chartYaml.replace("1.0.0", "1.0") },
    [
      /^ERROR Chart.yaml: version should be of type string but it's of type float64$/,
      /^WARNING Chart.yaml: version '1' is not a valid SemVerV2$/,
    ],
  ],
  "a field that Helm does not know": [
    chart("maintainers: [{name: a, mail: b}]\n"),
    [/^WARNING Chart.yaml: failed to strictly parse chart metadata file\n\t.*json: unknown field "mail"$/],
  ],
  "maintainers without a name": [
    chart("maintainers: [{email: a@b.co}]\n"),
    [/^ERROR Chart.yaml: each maintainer requires a name$/],
  ],
  "a chart that is not in charts/": [
    chart("dependencies: [{name: db, version: 1.0.0}]\n"),
    [/^WARNING .*: chart directory is missing these dependencies: db$/],
  ],
  "no values": [{ "values.yaml": undefined }, [/^INFO values.yaml: file does not exist$/]],
  "values that do not fit the schema": [
    { "values.schema.json": '{"properties": {"a": {"type": "string"}}}' },
    [/^ERROR values.yaml: - at '\/a': got number, want string\n$/, /^ERROR templates\/: values don't meet/],
  ],
  "no templates": [{ "templates/a.yaml": undefined }, [/^WARNING templates\/: directory does not exist$/]],
  "a template that fails": [
    a("{{ .Values.a.b.c }}"),
    [/^ERROR templates\/: .*web\/templates\/a.yaml:1:\d+/s],
  ],
  "a template that would fail for want of a value": [
    a('x: {{ required "give b" .Values.b }}'),
    [/naming requirements/],
  ],
  "files that are no templates": [
    { "templates/b.sh": "x" },
    [/^ERROR templates\/b.sh: file extension '.sh' not valid\. Valid extensions are/],
  ],
  "a document that begins indented": [
    a("  kind: A\n  metadata: {name: a}"),
    [/illegal indent: " {2}kind: A"/],
  ],
  "a name that Kubernetes would refuse": [
    a("kind: Namespace\nmetadata: {name: a.b}"),
    [/naming requirements: "a.b": metadata.name: Invalid value: "a.b": must not contain dots$/],
  ],
  "a name that is too long for a kind": [
    a(`kind: Service\nmetadata: {name: ${"a".repeat(64)}}`),
    [/naming requirements: .*: must be no more than 63 characters$/],
  ],
  "a Deployment without a selector": [
    a("kind: Deployment\nmetadata: {name: a}"),
    [
      /^ERROR templates\/a.yaml: a Deployment must contain matchLabels or matchExpressions, and "a" does not$/,
    ],
  ],
  "a kind that is gone": [
    a("apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}"),
    [/: batch\/v1beta1 CronJob is deprecated in v1.21\+, unavailable in v1.25\+; use batch\/v1 CronJob$/],
  ],
  "what is no YAML, and nothing after it": [
    { ...a("a: ["), "templates/b.yaml": "b: [" },
    [/^ERROR templates\/a.yaml: unable to parse YAML: .*did not find expected node content$/],
  ],
  "text behind a separator": [
    a("kind: A\nmetadata: {name: a}\n--- # fine\nkind: B\nmetadata: {name: b}\n--- kind: C"),
    [/^ERROR templates\/a.yaml: unable to parse YAML: invalid Yaml document separator: kind: C$/],
  ],
  "definitions that are none": [
    { "crds/a.yaml": "kind: A" },
    [
      /^ERROR crds\/a.yaml: apiVersion is not in 'apiextensions.k8s.io'$/,
      /^ERROR crds\/a.yaml: object kind is not 'CustomResourceDefinition'$/,
    ],
  ],
};
for (const [sentence, [files, said]] of Object.entries(rows)) {
  test(`lint finds ${sentence}`, () => {
    const messages = found(files);
    assert.equal(messages.length, said.length, messages.join("\n"));
    for (const [at, pattern] of said.entries()) assert.match(messages[at]!, pattern);
  });
}

test("a kind is not deprecated before its time", () => {
  const files = a("apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}");
  assert.deepEqual(found(files, { kubeVersion: "1.20" }), []);
});

test("a chart that cannot be loaded is told by each rule that loads it", () => {
  const said = found({ "crds/a.yaml": "" }, { links: { "crds/b.yaml": "nowhere" } });
  const why = String.raw`error evaluating symlink \S+/crds/b\.yaml: lstat \S+/nowhere: no such file or directory`;
  const expected = [
    `ERROR templates/: ${why}`,
    `ERROR : unable to load chart\n\t${why}`,
    `ERROR crds/: ${why}`,
  ];
  assert.equal(said.length, expected.length, said.join("\n"));
  for (const [at, pattern] of expected.entries()) assert.match(said[at]!, new RegExp(`^${pattern}$`));
});

test("links are logged by each rule that follows them", () => {
  const crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n";
  const logged: string[] = [];
  found({ "crds/a.yaml": crd }, { links: { "b.txt": "values.yaml" }, warn: (line) => logged.push(line) });
  assert.equal(logged.length, 3);
  for (const line of logged) assert.match(line, /^level=INFO msg="found symbolic link in path/);
});

test("a null of the user's deletes a default before the schema is asked", () => {
  const schema = { "values.schema.json": '{"properties": {"a": {"type": "integer"}}}' };
  assert.deepEqual(found(schema, { values: { a: null } }), []);
});

test("values that do not fit the defaults are logged by the rule of values.yaml too", () => {
  const logged: string[] = [];
  found({}, { values: { a: { b: 1 } }, warn: (line) => logged.push(line) });
  assert.deepEqual(logged, [
    'level=INFO msg="warning: destination for a is a table. Ignoring non-table value (1)"',
    'level=INFO msg="warning: skipped value for web.a: Not a table."',
    'level=INFO msg="warning: skipped value for web.a: Not a table."',
  ]);
});

test("templates see nulls among the defaults of tables that the user gave", () => {
  const logged: string[] = [];
  const files = { "values.yaml": "t: {z: null}", ...a("{{ fail (toJson .Values) }}") };
  found(files, { values: { t: { b: 1 } }, warn: (line) => logged.push(line) });
  assert.deepEqual(logged, [
    String.raw`level=INFO msg="funcMap fail" message="{\"t\":{\"b\":1,\"z\":null}}"`,
  ]);
});
