/**
 * A chart and a kustomization with a little of all that most have, by their paths. V8 keeps the code of the functions that
 * they need; what they leave out is compiled when it is first called, at 25 µs a function.
 */
export const samples: Record<string, string> = {
  "chart/Chart.yaml": `apiVersion: v2
name: web
version: 1.0.0
appVersion: "2.0"
description: a chart
keywords: [a]
maintainers: [{name: b}]
kubeVersion: ">=1.20.0-0"
dependencies:
  - {name: cache, version: ">=1.0.0 <2.0.0", condition: cache.enabled, tags: [backend]}
  - {name: off, version: ~1.0.0, condition: off.enabled}
`,
  "chart/values.yaml": `# a comment
global: {registry: ""}
nameOverride: ""
image: {repository: a, tag: '1', pullPolicy: IfNotPresent}
replicas: 2
hosts:
  - host: a.example.com
    paths: [{path: /, pathType: Prefix}]
annotations: {"a.b/c": "true", d: "1"}
env:
  A: "b: c"
  LONG: |
    some lines
    more
resources:
  limits: {cpu: 100m, memory: 128Mi}
affinity: {}
config: "name: {{ .Release.Name }}"
cache: {enabled: true, size: 3}
off: {enabled: false}
`,
  "chart/charts/cache/Chart.yaml": "apiVersion: v2\nname: cache\nversion: 1.2.3\n",
  "chart/charts/cache/values.yaml": "enabled: true\nsize: 1\n",
  "chart/charts/cache/templates/a.yaml": `{{- if and .Values.enabled (gt (int .Values.size) 2) }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-cache, labels: {registry: {{ .Values.global.registry | quote }}}}
{{- end }}
`,
  "chart/charts/off/Chart.yaml": "apiVersion: v2\nname: off\nversion: 1.0.0\n",
  "chart/.helmignore": "*.bak\n.git/\n",
  "chart/templates/NOTES.txt": "{{ .Release.Name }} is there\n",
  "chart/templates/_helpers.tpl": `{{/* names */}}
{{- define "name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- define "fullname" -}}
{{- $name := include "name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- define "labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- if .Chart.AppVersion }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}
app.kubernetes.io/name: {{ include "name" . }}
{{- end }}
{{- define "render" -}}
{{- tpl (.value | toString) .context }}
{{- end }}
`,
  "chart/templates/a.yaml": `# a comment
{{- $root := . }}
{{- if and .Values.replicas (not .Values.global.off) }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "fullname" . }}
  namespace: {{ .Release.Namespace }}
  labels: {{- include "labels" . | nindent 4 }}
  {{- with .Values.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  replicas: {{ .Values.replicas | int64 }}
  template:
    metadata:
      annotations: {checksum/config: {{ include (print $.Template.BasePath "/config.yaml") . | sha256sum }}}
    spec:
      containers:
        - name: {{ .Chart.Name | lower | kebabcase }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          env:
            {{- range $key, $value := .Values.env }}
            - name: {{ $key | upper | quote }}
              value: {{ $value | quote }}
            {{- end }}
          {{- if or (eq .Release.Service "x") (ne (len .Values.hosts) 0) }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
          {{- else if hasKey .Values "b" }}
          b: {{ required "needed" .Values.b }}
          {{- end }}
      {{- with .Values.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
{{- range $i, $host := .Values.hosts }}
---
{{- if semverCompare ">=1.19-0" $root.Capabilities.KubeVersion.GitVersion }}
apiVersion: networking.k8s.io/v1
{{- else }}
apiVersion: networking.k8s.io/v1beta1
{{- end }}
kind: Ingress
metadata:
  name: {{ printf "%s-%d" $.Release.Name $i }}
  annotations: {kind: {{ ternary "a" "b" (kindIs "map" $host) }}, all: {{ join "," (list "a" "b") }}}
spec:
  rules:
    - host: {{ $host.host | quote }}
      http: {paths: {{ $host.paths | toJson }}}
{{- end }}
`,
  "chart/templates/config.yaml": `{{- if .Capabilities.APIVersions.Has "v1" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: config, annotations: {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-weight": "1"}}
data:
  config: {{ include "render" (dict "value" .Values.config "context" $) | b64enc }}
  merged: |-
    {{- toYaml (merge (dict "a" (dict "b" 1)) (deepCopy .Values.image)) | nindent 4 }}
  text: {{ coalesce .Values.nothing "it is" | squote }}
{{- end }}
`,
  "overlay/kustomization.yaml": `namePrefix: a-
namespace: b
labels: [{pairs: {c: d}, includeSelectors: true}]
commonAnnotations: {e: f}
images: [{name: e, newTag: "1"}]
replicas: [{name: web, count: 4}]
patches:
- target: {kind: Deployment}
  patch: |-
    - {op: replace, path: /spec/replicas, value: 3}
    - {op: add, path: /metadata/annotations, value: {g: h}}
- path: patch.yaml
configMapGenerator: [{name: conf, behavior: merge, literals: [c=d]}]
resources: [../base]
`,
  "overlay/patch.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: web, env: [{name: A, value: b}], resources: {limits: {cpu: 1}}}]
      volumes: [{name: v, $patch: delete}]
`,
  "base/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
configMapGenerator: [{name: conf, literals: [a=b], files: [file.txt]}]
secretGenerator: [{name: secret, literals: [a=b]}]
resources: [web.yaml, service.yaml]
`,
  "base/file.txt": "some\nlines\n",
  "base/service.yaml": `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`,
  "base/web.yaml": `# a comment
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    text: "it's: quoted"
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: "e:2"
          args: ["--a=b", '1']
          env: [{name: C, valueFrom: {secretKeyRef: {name: secret, key: a}}}]
          envFrom: [{configMapRef: {name: conf}}]
      volumes: [{name: v, emptyDir: {}}, {name: w, configMap: {name: conf}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {rules: [{host: a.example.com, http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}}]}
`,
};
