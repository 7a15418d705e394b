/** A chart with something of everything, and ways to damage it. */
import type { Random } from "./random.ts";

/** Files by their paths; bytes, since not all that is tried is text. */
export type Chart = Map<string, Buffer>;

const HELPERS = `{{- define "c.labels" -}}
app: {{ .Chart.Name }}
release: {{ .Release.Name | quote }}
{{- end }}
{{- define "c.tpl" -}}{{ tpl (.Values.text | default "") . }}{{- end }}
`;

const SOUND: Record<string, string> = {
  "Chart.yaml": `apiVersion: v2
name: c
version: 1.2.3-rc.1+b
appVersion: "1"
kubeVersion: ">=1.20.0-0"
type: application
annotations: {a: b}
maintainers: [{name: Ann, email: a@example.com}]
dependencies:
- {name: sub, version: ">=0.0.0-0", alias: other, condition: other.enabled, tags: [t], import-values: [data, {child: a, parent: b}]}
- {name: lib, version: 1.x}
`,
  "Chart.lock": `dependencies: []\ndigest: sha256:00\ngenerated: "2024-01-02T03:04:05Z"\n`,
  "values.yaml": `text: "{{ .Release.Name }}"\nnumber: 1\nlist: [1, a, {b: c}]\nother: {enabled: true, a: {z: 1}}\ntags: {t: true}\nmap: &m {k: v}\nmerged: {<<: *m, z: ~}\n`,
  "values.schema.json": `{"type": "object", "properties": {"number": {"type": "integer", "minimum": 0}, "text": {"pattern": "^.*$"}, "list": {"$ref": "#/$defs/l"}}, "$defs": {"l": {"items": {}}}}`,
  ".helmignore": "*.bak\n!keep\n/dir/\n",
  "templates/_h.tpl": HELPERS,
  "templates/a.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {{- include "c.labels" . | nindent 4 }}\ndata:\n  x: {{ .Values.number }}\n  z: {{ include "c.tpl" . | quote }}\n{{- range $i, $e := .Values.list }}\n  k{{ $i }}: {{ toJson $e | quote }}\n{{- end }}\n`,
  "templates/b.yaml": `{{- if .Values.map }}\n---\nkind: Job\napiVersion: batch/v1\nmetadata:\n  name: j\n  annotations: {helm.sh/hook: "pre-install,test", helm.sh/hook-weight: "-5", helm.sh/hook-delete-policy: hook-succeeded}\n---\n# nothing\n---\nkind: List\napiVersion: v1\nitems:\n{{ toYaml .Values.list | indent 2 }}\n{{- end }}\n`,
  "templates/NOTES.txt": "Hello {{ .Release.Name }}\n",
  "crds/crd.yaml":
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a.b}\n",
  "files/data.txt": "{{ nothing }}\n",
  "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 0.1.0\n",
  "charts/sub/values.yaml": "exports: {data: {imported: true}}\na: {port: 2}\nglobal: {g: 1}\n",
  "charts/sub/templates/s.yaml": "kind: Service\napiVersion: v1\nmetadata: {name: {{ .Values.a.port }}}\n",
  "charts/lib/Chart.yaml": "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n",
  "charts/lib/templates/_l.tpl": '{{ define "lib.x" }}x{{ end }}',
};

export const soundChart = (): Chart =>
  new Map(Object.entries(SOUND).map(([path, text]) => [path, Buffer.from(text)]));

const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefghij"].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[i]}`).join()}]\n`).join("")}`;

const YAML = [
  "\t",
  "a: *absent\n",
  "&x [*x]\n",
  bomb,
  "[".repeat(5000),
  `${"a: {".repeat(3000)}`,
  `${"- ".repeat(4000)}\n`,
  "? [a, b]\n: c\n",
  "__proto__: {x: 1}\n",
  "constructor: {prototype: 1}\n",
  "!!binary aGk=\n",
  "a: !!int x\n",
  "%YAML 1.3\n---\n",
  "--- a\n--- b\n...\n",
  "x: 99999999999999999999999\n",
  "x: .nan\ny: -.inf\n",
  "<<: [1]\n",
  "a: 1\na: 2\n",
  "a: 'x\n",
  'b: "\\ud800"\n',
  "k: |9\n  x\n",
  "null\n",
  "- 1\n",
  "~: 1\n",
  "dependencies: {}\n",
  "dependencies: [1, null, {name: c}]\n",
  "dependencies: [{name: sub, alias: ../../x}]\n",
  "dependencies: [{name: sub, import-values: [[], 1, {child: 1}]}]\n",
  "name: ../../../etc\n",
  "version: ''\n",
  "kubeVersion: '>>1'\n",
  "type: 5\n",
  "apiVersion: v9\n",
  "global: 5\n",
  "other: [1]\n",
  "tags: {t: maybe}\n",
];
const SCHEMAS = [
  '{"$ref": "#"}',
  '{"allOf": [{"$ref": "#"}, {"$ref": "#/x"}]}',
  '{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}',
  '{"properties": {"text": {"pattern": "(a+)+$"}}}',
  '{"patternProperties": {"[": {}}}',
  "[]",
  "true",
  '{"$ref": "file:///etc/passwd"}',
  '{"$ref": "http://127.0.0.1:1/x"}',
  `${'{"not":'.repeat(2000)}{}${"}".repeat(2000)}`,
  '{"type": ["x", 1]}',
  '{"multipleOf": 0}',
  '{"enum": []}',
  '{"maxLength": -1}',
  '{"$schema": "http://example.com/none"}',
];
const TEMPLATES = [
  '{{ include "c.self" . }}{{ define "c.self" }}{{ include "c.self" . }}{{ end }}',
  '{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}',
  "{{ range until 999999999 }}x{{ end }}",
  '{{ repeat 999999999 "x" }}',
  '{{ printf "%999999999d" 1 }}',
  '{{ range 9999999999 }}{{ "x" | repeat 1000 }}{{ end }}',
  '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toYaml $d }}',
  '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ printf "%v" $d }}',
  '{{ $_ := set .Values "v" .Values }}{{ mergeOverwrite .Values .Values | toJson }}',
  '{{ regexReplaceAll "(a*)*b" (repeat 5000 "a") "x" }}',
  '{{ tpl .Values.text . }}{{ $_ := set .Values "text" "{{ tpl .Values.text . }}" }}{{ tpl .Values.text . }}',
  `{{ ${"(".repeat(5000)}1${")".repeat(5000)} }}`,
  "{{ if true }}".repeat(3000),
  '{{ genPrivateKey "none" }}{{ fail "no" }}',
  "{{ .Values.__proto__.x }}{{ .Values.constructor }}{{ .__proto__ }}",
  '{{ range $i := until 100000 }}{{ $_ := set $.Values (toString $i) (repeat 1000 "y") }}{{ end }}',
  "---\n".repeat(20000),
  '{{ fromYaml (repeat 3000 "[") }}{{ fromJson (repeat 3000 "[") }}{{ fromToml (repeat 3000 "[") }}',
  '{{ toDate "2006" "x" | date (repeat 100000 "2006") | len }}',
  '{{ lookup "v1" "Secret" "" "" | toJson }}{{ getHostByName "example.com" }}',
  "kind: [\n",
  "metadata: 5\nkind: {}\napiVersion: []\n",
  "kind: Pod\nmetadata: {annotations: {helm.sh/hook: 5, helm.sh/hook-weight: x}}\n",
  '{{ semverCompare ">=1 <2 || ^3" (repeat 1000 "9") }}',
  "{{ seq 1 2000000000 }}",
  '{{ urlParse (repeat 100000 "%") }}',
  '{{ indent 1000000 (repeat 1000 "a\\n") }}',
];
const NAMES = [
  "../escape.yaml",
  "/absolute",
  "templates/../../x.yaml",
  "a\\b",
  "",
  ".",
  "templates/",
  "charts/x.tgz",
  "charts/_ignored/Chart.yaml",
  "charts/.hidden/Chart.yaml",
  "charts/deep/charts/deep/charts/deep/Chart.yaml",
  "requirements.yaml",
  "requirements.lock",
  "templates/\u0000.yaml",
  `templates/${"n".repeat(300)}.yaml`,
  "templates/é/日.yaml",
  "Chart.yaml/x",
  "con:x",
];

/** The same text or bytes with something wrong in them. */
function damagedBytes(r: Random, bytes: Buffer): Buffer {
  const list = [...bytes];
  for (let i = 1 + r.below(4); i > 0; i--) {
    const at = r.below(list.length + 1);
    switch (r.below(5)) {
      case 0:
        list.splice(at, 1 + r.below(8));
        break;
      case 1:
        list.splice(at, 0, r.below(256));
        break;
      case 2:
        if (at < list.length) list[at] = (list[at]! ^ (1 << r.below(8))) & 255;
        break;
      case 3:
        list.splice(at, 0, ...list.slice(at, at + r.below(64)));
        break;
      case 4:
        if (r.chance(20)) list.length = at;
        else
          list.splice(
            at,
            0,
            ...Buffer.from(r.pick(["{{", "}}", ":", "\n", "\t", "-", "'", '"', "&", "*", "#"])),
          );
    }
  }
  return Buffer.from(list);
}

function fitting(r: Random, path: string): string {
  if (path.endsWith(".json")) return r.pick(SCHEMAS);
  if (path.includes("templates/")) return r.pick(r.chance(70) ? TEMPLATES : YAML);
  return r.pick(YAML);
}

/** The chart with something wrong in it: in one file, or in which files there are. */
export function damagedChart(r: Random, chart: Chart): Chart {
  const made = new Map(chart);
  const path = r.pick([...made.keys()]);
  const content = made.get(path)!;
  switch (r.below(14)) {
    case 0:
      made.delete(path);
      break;
    case 1:
      made.set(r.pick(NAMES), content);
      break;
    case 2:
      for (const [name, bytes] of chart) made.set(`charts/${r.pick(["c", "sub", "x"])}/${name}`, bytes);
      break;
    case 3:
    case 4:
      made.set(path, damagedBytes(r, content));
      break;
    case 5:
      made.set(path, Buffer.from(fitting(r, path)));
      break;
    default: {
      const lines = content.toString("latin1").split("\n");
      lines.splice(r.below(lines.length + 1), r.below(2), Buffer.from(fitting(r, path)).toString("latin1"));
      made.set(path, Buffer.from(lines.join("\n"), "latin1"));
    }
  }
  return made;
}

export const damagedArchive = damagedBytes;

/** A values file that is more or less one. */
export function damagedValues(r: Random): Buffer {
  const text = r.chance(50) ? SOUND["values.yaml"]! : r.pick(YAML);
  return r.chance(60) ? damagedBytes(r, Buffer.from(text)) : Buffer.from(text + r.pick(YAML));
}
