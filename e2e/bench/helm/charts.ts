/** Charts of three sizes, made up for the benchmark, in the manner of charts that many use. Files by their paths. */
export type Files = Map<string, string>;

const chartYaml = (name: string, more = ""): string =>
  `apiVersion: v2\nname: ${name}\nversion: 1.2.3\nappVersion: "4.5.6"\ntype: application\n${more}`;

const helpers = (name: string): string => `{{- define "${name}.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "${name}.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "${name}.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "${name}.selectorLabels" -}}
app.kubernetes.io/name: {{ include "${name}.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "${name}.labels" -}}
helm.sh/chart: {{ include "${name}.chart" . }}
{{ include "${name}.selectorLabels" . }}
{{- if .Chart.AppVersion }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "${name}.image" -}}
{{- $registry := .root.Values.global.imageRegistry | default .image.registry -}}
{{- $tag := .image.tag | default .root.Chart.AppVersion | toString -}}
{{- if .image.digest -}}
{{- printf "%s/%s@%s" $registry .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s/%s:%s" $registry .image.repository $tag -}}
{{- end -}}
{{- end }}

{{- define "${name}.render" -}}
{{- $value := typeIs "string" .value | ternary .value (.value | toYaml) }}
{{- if contains "{{" (toJson .value) }}
{{- tpl $value .context }}
{{- else }}
{{- $value }}
{{- end }}
{{- end }}

{{- define "${name}.ingress.apiVersion" -}}
{{- if and (.Capabilities.APIVersions.Has "networking.k8s.io/v1") (semverCompare ">= 1.19-0" .Capabilities.KubeVersion.Version) -}}
networking.k8s.io/v1
{{- else -}}
networking.k8s.io/v1beta1
{{- end -}}
{{- end }}
`;

const workload = (chart: string, key: string): string => `{{- if .Values.${key}.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "${chart}.fullname" . }}-${key.toLowerCase()}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "${chart}.labels" . | nindent 4 }}
    app.kubernetes.io/component: ${key.toLowerCase()}
  {{- with .Values.${key}.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if not .Values.${key}.autoscaling.enabled }}
  replicas: {{ .Values.${key}.replicaCount | int }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "${chart}.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      annotations:
        checksum/config: {{ toYaml .Values.${key}.config | sha256sum }}
        {{- with .Values.${key}.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      labels:
        {{- include "${chart}.selectorLabels" . | nindent 8 }}
    spec:
      {{- with .Values.global.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      serviceAccountName: {{ include "${chart}.fullname" . }}
      securityContext:
        {{- toYaml .Values.${key}.podSecurityContext | nindent 8 }}
      containers:
        - name: main
          image: {{ include "${chart}.image" (dict "root" $ "image" .Values.${key}.image) | quote }}
          imagePullPolicy: {{ .Values.${key}.image.pullPolicy | default "IfNotPresent" }}
          args:
            {{- range .Values.${key}.args }}
            - {{ . | quote }}
            {{- end }}
            {{- range $name, $value := .Values.${key}.extraArgs }}
            - --{{ $name | kebabcase }}{{ if $value }}={{ $value }}{{ end }}
            {{- end }}
          env:
            {{- range $name, $value := .Values.${key}.env }}
            - name: {{ $name | upper | replace "-" "_" }}
              value: {{ include "${chart}.render" (dict "value" $value "context" $) | quote }}
            {{- end }}
          ports:
            {{- range .Values.${key}.ports }}
            - name: {{ .name }}
              containerPort: {{ .port }}
              protocol: {{ .protocol | default "TCP" }}
            {{- end }}
          resources:
            {{- toYaml .Values.${key}.resources | nindent 12 }}
          {{- if .Values.${key}.probes.enabled }}
          livenessProbe: {{ omit .Values.${key}.probes "enabled" | toJson }}
          {{- end }}
      {{- with .Values.${key}.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      affinity:
        {{- toYaml (.Values.${key}.affinity | default dict) | nindent 8 }}
      {{- with .Values.${key}.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
`;

const service = (chart: string, key: string): string => `{{- if .Values.${key}.enabled }}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "${chart}.fullname" . }}-${key.toLowerCase()}
  labels:
    {{- include "${chart}.labels" . | nindent 4 }}
spec:
  type: {{ .Values.${key}.service.type }}
  ports:
    {{- range $port := .Values.${key}.ports }}
    - port: {{ $port.port }}
      targetPort: {{ $port.name }}
      {{- if and (eq $.Values.${key}.service.type "NodePort") $port.nodePort }}
      nodePort: {{ $port.nodePort }}
      {{- end }}
      name: {{ $port.name }}
    {{- end }}
  selector:
    {{- include "${chart}.selectorLabels" . | nindent 4 }}
{{- end }}
`;

const ingress = (
  chart: string,
  key: string,
): string => `{{- if and .Values.${key}.enabled .Values.${key}.ingress.enabled }}
{{- $full := printf "%s-${key.toLowerCase()}" (include "${chart}.fullname" .) }}
apiVersion: {{ include "${chart}.ingress.apiVersion" . }}
kind: Ingress
metadata:
  name: {{ $full }}
  labels:
    {{- include "${chart}.labels" . | nindent 4 }}
  annotations:
    {{- include "${chart}.render" (dict "value" .Values.${key}.ingress.annotations "context" $) | nindent 4 }}
spec:
  rules:
    {{- range .Values.${key}.ingress.hosts }}
    - host: {{ tpl .host $ | quote }}
      http:
        paths:
          {{- range .paths }}
          - path: {{ . }}
            pathType: Prefix
            backend: {service: {name: {{ $full }}, port: {number: {{ first $.Values.${key}.ports | dig "port" 80 }}}}}
          {{- end }}
    {{- end }}
{{- end }}
`;

const config = (chart: string, key: string): string => `{{- if .Values.${key}.enabled }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "${chart}.fullname" . }}-${key.toLowerCase()}
  labels: {{- include "${chart}.labels" . | nindent 4 }}
data:
  config.yaml: |-
    {{- tpl (toYaml .Values.${key}.config) . | nindent 4 }}
{{- end }}
`;

const makers = [workload, service, ingress, config];

const component = (i: number): string => `  enabled: true
  replicaCount: ${1 + (i % 3)}
  annotations: {}
  podAnnotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: "8080"
  image:
    registry: registry.example.com
    repository: team-${i}/app
    tag: ""
    digest: ""
    pullPolicy: IfNotPresent
  autoscaling:
    enabled: ${i % 4 === 0}
  args: [serve, --verbose, "--port=8080"]
  extraArgs:
    logLevel: info
    maxConnections: 100
    enableFeature: ""
  env:
    log-format: json
    release: "{{ .Release.Name }}"
    region: eu-central-${i}
    feature-flags: a,b,c
  ports:
    - name: http
      port: 8080
    - name: metrics
      port: 9090
      nodePort: 30${100 + i}
  service:
    type: ClusterIP
  podSecurityContext:
    runAsNonRoot: true
    fsGroup: 2000
    seccompProfile: {type: RuntimeDefault}
  resources:
    limits: {cpu: 500m, memory: 256Mi}
    requests: {cpu: 100m, memory: 128Mi}
  probes:
    enabled: true
    httpGet: {path: /healthz, port: http}
    initialDelaySeconds: 5
  nodeSelector:
    kubernetes.io/os: linux
  affinity:
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
  tolerations:
    - key: dedicated
      operator: Exists
      effect: NoSchedule
  ingress:
    enabled: ${i % 2 === 0}
    annotations:
      cert-manager.io/cluster-issuer: letsencrypt
      owner: "{{ .Release.Name }}"
    hosts:
      - host: "{{ .Release.Name }}-${i}.example.com"
        paths: [/, /api]
  config:
    server: {listen: ":8080", timeout: 30s}
    logging: {level: info, format: json}
    upstreams:
      - {name: a, url: "http://a.{{ .Release.Namespace }}.svc"}
      - {name: b, url: "http://b.{{ .Release.Namespace }}.svc"}
`;

const globals = `global:
  imageRegistry: ""
  imagePullSecrets:
    - name: registry
nameOverride: ""
fullnameOverride: ""
commonLabels:
  team: platform
`;

/** A chart of `count` templates, four to a component. */
export function plainChart(name: string, count: number): Files {
  const files: Files = new Map([
    ["Chart.yaml", chartYaml(name)],
    ["templates/_helpers.tpl", helpers(name)],
  ]);
  let values = globals;
  for (let i = 0; i < count; i++) {
    const key = `component${Math.floor(i / makers.length)}`;
    if (i % makers.length === 0) values += `${key}:\n${component(i)}`;
    files.set(`templates/${key}-${i % makers.length}.yaml`, makers[i % makers.length]!(name, key));
  }
  return files.set("values.yaml", values);
}

const rule = (
  group: number,
  i: number,
): string => `{{- if not (.Values.defaultRules.disabled.Alert${group}x${i} | default false) }}
    - alert: Alert${group}x${i}
      annotations:
{{- if .Values.defaultRules.additionalRuleAnnotations }}
{{ toYaml .Values.defaultRules.additionalRuleAnnotations | indent 8 }}
{{- end }}
        description: '{{\`{{\`}} $labels.instance {{\`}}\`}} has been at {{\`{{\`}} $value | humanize {{\`}}\`}} for ${i} minutes.'
        runbook_url: {{ .Values.defaultRules.runbookUrl }}/group${group}/alert${i}
        summary: Something about group ${group} is not as it should be.
      expr: |-
        sum by (namespace, job) (rate(requests_total{job="group-${group}", namespace=~"{{ $targetNamespace }}"}[5m]))
          / on ({{ range $.Values.defaultRules.additionalAggregationLabels }}{{ . }},{{ end }}cluster) group_left
        sum(kube_node_info{job="kube-state-metrics"}) > 0.${i}
      for: {{ dig "Alert${group}x${i}" "for" "15m" .Values.customRules }}
      labels:
        severity: {{ dig "Alert${group}x${i}" "severity" "warning" .Values.customRules }}
      {{- with .Values.defaultRules.additionalRuleLabels }}
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
`;

const rules = (
  chart: string,
  group: number,
  count: number,
): string => `{{- if and .Values.defaultRules.create .Values.defaultRules.rules.group${group} }}
{{- $targetNamespace := .Values.defaultRules.appNamespacesTarget }}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: {{ printf "%s-%s" (include "${chart}.fullname" .) "group${group}" | trunc 63 | trimSuffix "-" }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "${chart}.labels" . | nindent 4 }}
  {{- if .Values.defaultRules.labels }}
{{ toYaml .Values.defaultRules.labels | indent 4 }}
  {{- end }}
spec:
  groups:
  - name: group${group}
    rules:
${Array.from({ length: count }, (_, i) => rule(group, i)).join("")}{{- end }}
`;

const panel = (i: number): string => `          {
            "datasource": {"type": "prometheus", "uid": "$datasource"},
            "fieldConfig": {"defaults": {"unit": "percentunit", "min": 0}, "overrides": []},
            "gridPos": {"h": 7, "w": 12, "x": ${(i % 2) * 12}, "y": ${i * 7}},
            "id": ${i},
            "targets": [
              {"expr": "sum(rate(cpu_seconds_total{mode!=\\"idle\\", cluster=\\"$cluster\\"}[$__rate_interval])) by (node)", "legendFormat": "{{\`{{\`}} node {{\`}}\`}}"},
              {"expr": "avg(memory_bytes{cluster=\\"$cluster\\", panel=\\"${i}\\"})", "legendFormat": "__auto"}
            ],
            "title": "Panel ${i}",
            "type": "timeseries"
          }`;

const dashboard = (
  chart: string,
  index: number,
  panels: number,
): string => `{{- $kubeTargetVersion := default .Capabilities.KubeVersion.GitVersion .Values.kubeTargetVersionOverride }}
{{- if and (or .Values.dashboards.enabled .Values.dashboards.force) (semverCompare ">=1.14.0-0" $kubeTargetVersion) (semverCompare "<9.9.9-9" $kubeTargetVersion) }}
apiVersion: v1
kind: ConfigMap
metadata:
  namespace: {{ .Release.Namespace }}
  name: {{ printf "%s-%s" (include "${chart}.fullname" $) "dashboard-${index}" | trunc 63 | trimSuffix "-" }}
  annotations:
{{ toYaml .Values.dashboards.annotations | indent 4 }}
  labels:
    {{- if $.Values.dashboards.label }}
    {{ $.Values.dashboards.label }}: {{ ternary $.Values.dashboards.labelValue "1" (not (empty $.Values.dashboards.labelValue)) | quote }}
    {{- end }}
{{ include "${chart}.labels" $ | indent 4 }}
data:
  dashboard-${index}.json: |-
    {{\`{"editable":\`}} {{ .Values.dashboards.editable }}{{\`,"panels": [
${Array.from({ length: panels }, (_, i) => panel(i).replaceAll("{{`{{`}}", "{{").replaceAll("{{`}}`}}", "}}")).join(",\n")}
    ], "time": {"from": "now-1h", "to": "now"}, "timezone": "\`}}{{ .Values.dashboards.timezone }}{{\`"}\`}}
{{- end }}
`;

/**
 * A chart of the size and in the manner of the large monitoring charts: 100 templates of its own and three sub-charts of ten,
 * rules and dashboards that are mostly text, and 4,000 lines of values.
 */
export function stackChart(): Files {
  const name = "stack";
  const subcharts = ["visuals", "state-metrics", "node-metrics"];
  const files = plainChart(name, 40);
  const dependencies = subcharts
    .map((sub) => `- name: ${sub}\n  version: 1.2.3\n  condition: ${sub}.enabled\n`)
    .join("");
  files.set("Chart.yaml", chartYaml(name, `dependencies:\n${dependencies}`));
  for (let i = 0; i < 35; i++) files.set(`templates/rules/group${i}.yaml`, rules(name, i, 12));
  for (let i = 0; i < 25; i++) files.set(`templates/dashboards/d${i}.yaml`, dashboard(name, i, 30));
  files.set("values.yaml", files.get("values.yaml")! + stackValues(subcharts));
  for (const sub of subcharts)
    for (const [path, text] of plainChart(sub, 10)) files.set(`charts/${sub}/${path}`, text);
  return files;
}

function stackValues(subcharts: readonly string[]): string {
  const groups = Array.from({ length: 35 }, (_, i) => `    group${i}: true\n`).join("");
  const custom = Array.from(
    { length: 445 },
    (_, i) =>
      `  Alert${i % 35}x${i}:\n    for: ${i}m\n    severity: critical\n    note: number ${i}\n    owners: [a, b]\n`,
  ).join("");
  const relabelings = Array.from(
    { length: 250 },
    (_, i) =>
      `    - sourceLabels: [__meta_${i}]\n      action: replace\n      targetLabel: l${i}\n      regex: (.*)\n`,
  ).join("");
  return `defaultRules:
  create: true
  labels: {release: stack}
  appNamespacesTarget: ".*"
  runbookUrl: https://runbooks.example.com
  additionalRuleLabels: {tier: "1"}
  additionalRuleAnnotations: {owner: platform}
  additionalAggregationLabels: [region]
  disabled: {Alert3x4: true}
  rules:
${groups}customRules:
${custom}dashboards:
  enabled: true
  force: false
  label: dashboard
  labelValue: "1"
  annotations: {folder: stack}
  editable: true
  timezone: utc
kubeTargetVersionOverride: ""
monitors:
  relabelings:
${relabelings}${subcharts.map((sub) => `${sub}:\n  enabled: true\n  commonLabels: {part: ${sub}}\n`).join("")}`;
}
