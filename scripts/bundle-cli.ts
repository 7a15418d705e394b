/** The CLI as JavaScript that starts fast: a chunk for each command, and what V8 compiled of it beside it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { lazyBuiltins } from "./bundle-builtins.ts";
import { fingerprintOf } from "./run.mjs";

/** What is not put into bundles: openpgp has the LGPL, by which its users may put another in its place. */
export const external = ["openpgp"];

/** Chunks of the bundle before stay this long, for programs that run and have not loaded all of theirs yet. */
const KEPT_MS = 24 * 3600 * 1000;

/**
 * Writes `dir`/sluice.mjs and its chunks, whose names carry their content, and `dir`/sources.txt: from which files, and
 * in which state, by which `packages/cli/bin/sluice.mjs` tells whether the bundle is of today.
 */
export async function bundleCli(root: string, dir: string): Promise<{ file: string; bytes: number }> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { sluice: join(root, "packages/cli/bin/bundled.mjs") },
    outdir: dir,
    outExtension: { ".js": ".mjs" },
    chunkNames: "[name]-[hash]",
    bundle: true,
    external,
    splitting: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "esm",
    legalComments: "linked",
    metafile: true,
    write: false,
    logLevel: "warning",
    plugins: [upFromSources(root, dir), yamlAsModules(root), lazyBuiltins],
    // For CommonJS dependencies, which ask for Node's modules by require().
    banner: {
      js: 'let nodeRequire; const require = (id) => (nodeRequire ??= process.getBuiltinModule("module").createRequire(import.meta.url))(id);',
    },
  });
  mkdirSync(dir, { recursive: true });
  const file = join(dir, "sluice.mjs");
  // The entry last: whoever starts meanwhile finds either bundle whole.
  const ordered = [...outputFiles].sort((a, b) => Number(a.path === file) - Number(b.path === file));
  for (const { path, contents } of ordered) replace(path, contents);
  replace(join(dir, "sources.txt"), sourcesText(root, metafile));
  removeOld(dir, new Set(outputFiles.map(({ path }) => path)));
  rmSync(join(dir, ".compiled"), { recursive: true, force: true });
  warm(file);
  const written = outputFiles.filter(({ path }) => path.endsWith(".mjs"));
  return { file, bytes: written.reduce((sum, { contents }) => sum + contents.length, 0) };
}

/** `sluice up` runs the controllers from their sources, so its own sources are there too. */
const upFromSources = (root: string, dir: string): Plugin => ({
  name: "up from the sources",
  setup: (build) =>
    build.onResolve({ filter: /\/up\/up\.ts$/ }, () => ({
      path: relative(dir, join(root, "packages/cli/src/up/up.ts")),
      external: true,
    })),
});

/** The ES modules of `yaml`, of which a bundle holds only what is used; Node would be given CommonJS. */
const yamlAsModules = (root: string): Plugin => ({
  name: "yaml as modules",
  setup: (build) =>
    build.onResolve({ filter: /^yaml$/ }, () => ({
      path: join(root, "packages/yaml/node_modules/yaml/browser/index.js"),
      sideEffects: false,
    })),
});

function replace(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

function sourcesText(root: string, { inputs }: Metafile): string {
  const sources = Object.keys(inputs).filter((path) => path.startsWith("packages/"));
  const files = [...sources, "scripts/bundle-cli.ts", "scripts/bundle-builtins.ts"].sort();
  return `${fingerprintOf(root, files)}\n${files.join("\n")}\n`;
}

function removeOld(dir: string, current: ReadonlySet<string>): void {
  for (const name of readdirSync(dir).filter((name) => /\.mjs(\.LEGAL\.txt)?$/.test(name))) {
    const path = join(dir, name);
    if (!current.has(path) && Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path);
  }
}

/** Runs what people run most, so that V8's code for it lies in the cache before the first of them does. */
function warm(file: string): void {
  const dir = mkdtempSync(join(tmpdir(), "sluice-warm-"));
  try {
    for (const [path, text] of Object.entries(samples)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    for (const args of [["helm", "template", "a", "chart"], ["kustomize", "build", "base"], ["--help"]])
      spawnSync(process.execPath, [file, ...args], { cwd: dir, stdio: "ignore" });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const samples = {
  "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\ndescription: a chart\n",
  "chart/values.yaml":
    "image: {repository: a, tag: '1'}\nreplicas: 2\nhosts: [a.example.com]\nannotations: {}\n",
  "chart/templates/_helpers.tpl": `{{- define "labels" -}}
app.kubernetes.io/name: {{ .Chart.Name | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | default .Chart.Version | quote }}
{{- end }}
`,
  "chart/templates/a.yaml": `# a comment
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ printf "%s-%s" .Release.Name .Chart.Name }}
  labels: {{- include "labels" . | nindent 4 }}
  {{- with .Values.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    metadata:
      annotations: {checksum: {{ .Values | toJson | sha256sum }}}
    spec:
      containers:
        - image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
{{- range $i, $host := .Values.hosts }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i{{ $i }}}
spec: {rules: [{host: {{ $host | quote }}}]}
{{- end }}
`,
  "base/kustomization.yaml": `namePrefix: a-
namespace: b
labels: [{pairs: {c: d}, includeSelectors: true}]
images: [{name: e, newTag: "1"}]
patches:
- target: {kind: Deployment}
  patch: |-
    - {op: replace, path: /spec/replicas, value: 3}
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: web, env: [{name: A, value: b}]}]}}}
configMapGenerator: [{name: conf, literals: [a=b]}]
resources: [web.yaml]
`,
  "base/web.yaml": `# a comment
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: "e:2"
          envFrom: [{configMapRef: {name: conf}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`,
};
