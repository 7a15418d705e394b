import assert from "node:assert/strict";
import { test } from "node:test";
import { parseKubeVersion } from "@sluice/gotemplate";
import type { Chart } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { checkInstallable } from "./installable.ts";
import { chartOf, render } from "./render.fixture.ts";
import type { RenderOptions } from "./render.ts";
import { templateText } from "./template.ts";

const POD = (name: string, hook?: string) =>
  `kind: Pod\nmetadata:\n  name: ${name}\n${hook ? `  annotations:\n    helm.sh/hook: ${hook}\n` : ""}`;

/** What one template prints below `out:`. */
function printed(text: string, options: Partial<RenderOptions> = {}, chart: Partial<Chart> = {}): string {
  const { manifests } = render({ ...chartOf({ "a.yaml": `out: ${text}` }), ...chart }, options);
  return manifests[0]!.text.slice("out: ".length);
}

test("a release is manifests by kind, hooks, notes and definitions", () => {
  const chart = chartOf(
    {
      "a.yaml": `${POD("a")}---\nkind: Service`,
      "test.yaml": POD("t", "test"),
      "NOTES.txt": "Hi {{ .Release.Name }}",
    },
    { others: { "crds/b.yaml": "kind: CustomResourceDefinition\n", "crds/README.md": "" } },
  );
  const rendered = render(chart);
  assert.deepEqual(
    rendered.manifests.map(({ head }) => head.kind),
    ["Service", "Pod"],
  );
  assert.deepEqual(
    rendered.hooks.map(({ name }) => name),
    ["t"],
  );
  assert.equal(rendered.notes, "Hi rel");
  assert.deepEqual(
    rendered.crds.map(({ path }) => path),
    ["web/crds/b.yaml"],
  );
  const service = "---\n# Source: web/templates/a.yaml\nkind: Service\n";
  assert.ok(rendered.manifest.startsWith(service));
  const definition = "---\n# Source: web/crds/b.yaml\nkind: CustomResourceDefinition\n\n";
  assert.ok(render(chart, { includeCrds: true }).manifest.startsWith(definition + service));
});

test("notes of charts within are shown if that is asked for", () => {
  const sub = chartOf({ "NOTES.txt": "sub", "x/NOTES.txt": "deep" }, { metadata: { name: "sub" } });
  const chart = chartOf({ "NOTES.txt": "own", "b/NOTES.txt": "below" }, { dependencies: [sub] });
  assert.equal(render(chart).notes, "own");
  assert.equal(render(chart, { subNotes: true }).notes, "own\nsub\ndeep\nbelow");
  assert.equal(render(chart).manifests.length, 0);
});

test("templates see the release, the chart, the cluster and the files", () => {
  const release = { name: "r", namespace: "n", revision: 7, isUpgrade: true };
  assert.equal(printed("{{ .Release.Revision }}{{ .Release.IsUpgrade }}", { release }), "7true");
  assert.equal(printed("{{ .Chart.Name }} {{ .Template.Name }}"), "web web/templates/a.yaml");
  assert.equal(printed('{{ .Capabilities.APIVersions.Has "x/v1" }}', { apiVersions: ["x/v1"] }), "true");
  assert.equal(
    printed("{{ .Capabilities.HelmVersion.Version }} {{ .Capabilities.KubeVersion }}"),
    "v4.2.4 v1.36.0",
  );
  const files = [{ name: "a.txt", data: Buffer.from("é") }];
  assert.equal(printed('{{ .Files.Get "a.txt" }}', {}, { files }), "é");
});

test("charts within see their section of the values, and themselves as part of the parent", () => {
  const leaf = chartOf(
    { "l.yaml": "leaf: {{ .Values.a }}{{ .Values.global.g }}{{ .Chart.IsRoot }}" },
    { metadata: { name: "leaf" } },
  );
  const mid = chartOf({ "_x.tpl": "" }, { metadata: { name: "mid" }, dependencies: [leaf] });
  const chart = chartOf(
    { "a.yaml": "root: {{ .Subcharts.mid.Subcharts.leaf.Values.a }}" },
    { dependencies: [mid] },
  );
  const values = { mid: { leaf: { a: 1 } }, global: { g: "g" } };
  const texts = render(chart, { values }).manifests.map(({ path, text }) => `${path} ${text}`);
  assert.deepEqual(texts, [
    "web/charts/mid/charts/leaf/templates/l.yaml leaf: 1gfalse",
    "web/templates/a.yaml root: 1",
  ]);
});

test("what templates change is gone with the rendering, and the chart stays as it was", () => {
  const chart = chartOf(
    { "a.yaml": 'n: {{ $_ := set .Values "n" (add1 .Values.n) }}{{ .Values.n }}' },
    { values: { n: 1 } },
  );
  for (let i = 0; i < 2; i++) assert.equal(render(chart).manifests[0]!.text, "n: 2");
  assert.deepEqual(chart.values, { n: 1 });
});

test("templates are parsed once per chart, and again when other charts within are enabled", () => {
  const sub = chartOf({ "s.yaml": "s: 1" }, { metadata: { name: "sub", version: "1.0.0" } });
  const dependencies = [{ name: "sub", version: "1.0.0", condition: "sub.on" }];
  const chart = chartOf({ "a.yaml": "a: 1" }, { metadata: { dependencies }, dependencies: [sub] });
  const count = (on: boolean) => render(chart, { values: { sub: { on } } }).manifests.length;
  assert.deepEqual([count(true), count(false), count(true)], [2, 1, 2]);
});

test("a library gives its definitions and prints nothing", () => {
  const library = chartOf(
    { "_l.tpl": '{{ define "l" }}lib{{ end }}', "l.yaml": "l: 1" },
    { metadata: { name: "lib", type: "Library" } },
  );
  const { manifests } = render(chartOf({ "a.yaml": 'a: {{ include "l" . }}' }, { dependencies: [library] }));
  assert.deepEqual(
    manifests.map(({ text }) => text),
    ["a: lib"],
  );
});

test("the cluster is asked through lookup", () => {
  const lookup = (...args: string[]) => ({ found: args.join("/") });
  assert.equal(printed('{{ (lookup "v1" "Pod" "n" "x").found }}', { lookup }), "v1/Pod/n/x");
  assert.equal(printed('{{ lookup "v1" "Pod" "n" "x" }}'), "map[]");
});

test("an unknown event is said once, and its manifest is neither installed nor run", () => {
  const lines: string[] = [];
  const { hooks, manifests, warnings } = render(chartOf({ "a.yaml": POD("a", "test,bogus") }), {
    warn: (line) => lines.push(line),
  });
  assert.deepEqual([hooks, manifests], [[], []]);
  assert.deepEqual(lines, ['level=INFO msg="skipping unknown hooks" hookTypes=test,bogus']);
  assert.deepEqual(warnings, lines);
});

/** What is rendered, and Helm's words against it. */
const REFUSED: Record<string, [Chart, Partial<RenderOptions>, string]> = {
  "a release without a name": [
    chartOf({}),
    { release: { name: "", namespace: "ns" } },
    'release name check failed: release name "": no name provided',
  ],
  "a version of Kubernetes that is none": [
    chartOf({}),
    { kubeVersion: "latest" },
    "invalid kube version 'latest': could not parse \"latest\" as version",
  ],
  "a cluster that is too old": [
    chartOf({}, { metadata: { kubeVersion: ">=1.25.0-0" } }),
    { kubeVersion: "1.20" },
    "chart requires kubeVersion: >=1.25.0-0 which is incompatible with Kubernetes v1.20",
  ],
  "a range that is none": [
    chartOf({}, { metadata: { kubeVersion: "new" } }),
    {},
    "chart requires kubeVersion: new which is incompatible with Kubernetes v1.36.0",
  ],
  "a cluster whose version has a suffix, because Helm normalises only what users name": [
    chartOf({}, { metadata: { kubeVersion: ">=1.25.0" } }),
    { kubeVersion: { version: "v1.33.4-gke.1", major: "1", minor: "33+" } },
    "chart requires kubeVersion: >=1.25.0 which is incompatible with Kubernetes v1.33.4-gke.1",
  ],
  "half a character": [
    chartOf({ "a.yaml": 'a: {{ trunc 1 "é" }}' }),
    {},
    "YAML parse error on web/templates/a.yaml: error converting YAML to JSON: yaml: invalid leading UTF-8 octet",
  ],
};

test("Helm refuses", async (t) => {
  for (const [sentence, [chart, options, message]] of Object.entries(REFUSED)) {
    await t.test(sentence, () => {
      assert.throws(
        () => render(chart, options),
        (thrown: Error) => thrown instanceof ChartError && thrown.message === message,
      );
    });
  }
});

test("all templates together keep to the limits of one", () => {
  const chart = chartOf({ "a.yaml": "a: 123456", "b.yaml": "b: 123456", "c.yaml": "c: 123456" });
  assert.throws(() => render(chart, { limits: { output: 20 } }), {
    code: "limit",
    message: "web/templates/a.yaml: the chart prints more than 20 bytes",
  });
  let clock = 0;
  assert.throws(() => render(chart, { now: () => clock++, limits: { time: 3 } }), {
    code: "limit",
    message: /longer than 3 ms$/,
  });
});

test("values that are nested too deeply are refused", () => {
  let values = {};
  for (let i = 0; i < 2000; i++) values = { a: values };
  assert.throws(() => render(chartOf({ "a.yaml": "a: 1" }), { values }), {
    code: "limit",
    message: /^values: data is nested/,
  });
});

test("a version with a suffix fits if a user names it", () => {
  const chart = chartOf({}, { metadata: { kubeVersion: ">=1.25.0" } });
  assert.doesNotThrow(() => render(chart, { kubeVersion: "v1.33.4-gke.1" }));
  assert.doesNotThrow(() => render(chart, { kubeVersion: parseKubeVersion("v1.33.4-gke.1") }));
});

test("a character that stands for a broken one may be printed", () => {
  assert.equal(printed('"\ufffd{{ .Values.nope }}"'), '"\ufffd"');
});

test("helm template prints manifests, then hooks, or the chosen ones", () => {
  const rendered = render(
    chartOf({
      "a.yaml": "a: 1\n\n",
      "x/b.yaml": "b: 1",
      "t.yaml": POD("t", "test"),
      "h.yaml": POD("h", "pre-install"),
    }),
  );
  const source = (path: string, text: string) => `---\n# Source: web/templates/${path}\n${text}\n`;
  const manifests = source("a.yaml", "a: 1\n\n") + source("x/b.yaml", "b: 1");
  const hook = source("h.yaml", POD("h", "pre-install"));
  assert.equal(templateText(rendered), manifests + hook + source("t.yaml", POD("t", "test")));
  assert.equal(templateText(rendered, { hooks: "no-tests" }), manifests + hook);
  assert.equal(templateText(rendered, { hooks: "none" }), manifests);
  assert.equal(
    templateText(rendered, { showOnly: ["templates/*/*.yaml"] }),
    "---\n# Source: web/templates/x/b.yaml\nb: 1\n\n",
  );
  assert.throws(() => templateText(rendered, { showOnly: ["templates/c.yaml"] }), {
    message: "could not find template templates/c.yaml in chart",
  });
});

test("a chart that prints nothing is an empty line", () => {
  assert.equal(templateText(render(chartOf({ "a.yaml": " \n" }))), "\n");
});

test("libraries and charts with gaps are not installed, deprecated ones with a warning", () => {
  const check = (chart: Chart) => {
    const lines: string[] = [];
    checkInstallable(chart, (line) => lines.push(line));
    return lines;
  };
  assert.throws(() => check(chartOf({}, { metadata: { type: "library" } })), {
    message: "library charts are not installable",
  });
  assert.throws(() => check(chartOf({}, { metadata: { dependencies: [{ name: "a" }, { name: "b" }] } })), {
    message: /missing in charts\/ directory: a, b$/,
  });
  assert.deepEqual(check(chartOf({}, { metadata: { deprecated: true, type: "application" } })), [
    'level=WARN msg="this chart is deprecated"',
  ]);
});
