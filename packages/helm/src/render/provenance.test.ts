import assert from "node:assert/strict";
import { test } from "node:test";
import { originOf } from "./provenance.ts";
import { chartOf, render } from "./render.fixture.ts";

const WEB = `{{- if .Values.enabled }}
kind: ConfigMap
metadata:
  name: {{ .Values.missing }}{{ .Values.name }}
---
kind: Secret
data:
  {{- range .Values.hosts }}
  {{ .name }}: é
  {{- end }}
  {{- with .Values.image }}
  tag: {{ .tag }}
  {{- end }}
---
kind: Zed
db: {{ include "db" . }}
{{- end }}
`;

const chart = chartOf(
  { "web.yaml": WEB, "_h.tpl": '{{ define "db" }}{{ toJson .Values.db.pool }}{{ end }}' },
  {
    values: {
      enabled: true,
      name: "x",
      hosts: [{ name: "a" }, { name: "b" }],
      image: { tag: "1", other: "2" },
      db: { pool: { size: 5 } },
    },
    dependencies: [
      chartOf(
        { "db.yaml": "\n\nkind: Db\nhost: {{ .Values.host }}" },
        { metadata: { name: "db" }, values: { host: "h" } },
      ),
    ],
  },
);
const traced = render(chart, { provenance: true });
const of = (kind: string) => traced.manifests.find(({ head }) => head.kind === kind) ?? assert.fail(kind);

const ORIGINS: Record<string, [string, number, string, number, string[]]> = {
  "its first line, and what stands around it": ["ConfigMap", 1, "web", 2, ["enabled", "missing", "name"]],
  "a line behind one from which nothing was deleted": [
    "ConfigMap",
    3,
    "web",
    4,
    ["enabled", "missing", "name"],
  ],
  "the second of a template": ["Secret", 1, "web", 6, ["hosts[0].name", "hosts[1].name", "image.tag"]],
  "a line of a loop": ["Secret", 4, "web", 9, ["hosts[0].name", "hosts[1].name", "image.tag"]],
  "a line behind a loop": ["Secret", 5, "web", 12, ["hosts[0].name", "hosts[1].name", "image.tag"]],
  "what an include printed, and what it read": ["Zed", 2, "web", 16, ["db.pool"]],
  "a chart within, by the values of the outermost": ["Db", 1, "web/charts/db", 3, ["db.host"]],
};

test("a manifest comes from", async (t) => {
  for (const [sentence, [kind, line, path, expected, values]] of Object.entries(ORIGINS)) {
    await t.test(sentence, () => {
      const file = `${path}/templates/${path.endsWith("db") ? "db" : "web"}.yaml`;
      assert.deepEqual(originOf(of(kind), line), { file, line: expected, values });
    });
  }
});

test("what is read behind the last manifest of a template, and prints nothing, is part of it", () => {
  const { manifests } = render(chartOf({ "a.yaml": "kind: A\nvalue: {{ .Values.absent }}" }), {
    provenance: true,
  });
  assert.deepEqual(originOf(manifests[0]!)?.values, ["absent"]);
});

test("hooks have origins too", () => {
  const hook = "kind: Job\nmetadata:\n  name: x\n  annotations: {helm.sh/hook: {{ .Values.when }}}\n";
  const { hooks } = render(chartOf({ "h.yaml": hook }, { values: { when: "test" } }), { provenance: true });
  assert.deepEqual(originOf(hooks[0]!, 4), { file: "web/templates/h.yaml", line: 4, values: ["when"] });
});

test("a manifest that is wrong names the line of its template, without having been traced", () => {
  const broken = chartOf({
    "b.yaml": 'kind: A\n---\n{{ if true }}\nkind: B\nx: {{ print "y: z" }}\n{{ end }}',
  });
  assert.throws(() => render(broken), {
    code: "bad-manifest",
    message:
      /^YAML parse error on web\/templates\/b\.yaml: .* line 2: mapping values are not allowed in this context$/,
    file: "web/templates/b.yaml",
    line: 5,
  });
  assert.throws(() => render(chartOf({ "b.yaml": "\n\n- a" })), { code: "bad-manifest", line: 3 });
});

test("rendering is the same, and without provenance nothing is known", () => {
  const { manifest, manifests } = render(chart);
  assert.equal(manifest, traced.manifest);
  assert.equal(originOf(manifests[0]!), undefined);
});
