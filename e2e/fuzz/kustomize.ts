/**
 * Random compositions, built by us and by kustomize itself: outputs must be the same bytes, and what fails must fail in both.
 *
 *   node e2e/fuzz/kustomize.ts --oracle /path/to/kustomize [--seed 1] [--count 100] [--keep DIR] [--verbose]
 *
 * The oracle is `go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2`. A failing case is told by its seed; `--seed N
 * --count 1 --keep DIR` leaves its files behind.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { build, KustomizeError } from "../../packages/kustomize/src/index.ts";

type Random = {
  /** An integer below n. */
  below(n: number): number;
  chance(percent: number): boolean;
  pick<T>(list: readonly T[]): T;
};

/** Numbers that are the same for the same seed (mulberry32). */
function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { below, chance: (percent) => below(100) < percent, pick: (list) => list[below(list.length)]! };
}

const NAMES = ["web", "db", "cache", "api", "web-db"] as const;
const NAMESPACES = ["", "", "prod", "dev", "default"] as const;
const SCALARS = [
  "plain",
  '"quoted"',
  "'single'",
  "yes",
  "No",
  "on",
  "true",
  "True",
  "~",
  "null",
  "",
  "12",
  "012",
  "0x1F",
  "1_000",
  "1.50",
  "1.0",
  "1e3",
  "1e21",
  "-0",
  ".5",
  // Not here: integers beyond 2^53, which kustomize rounds once a JSON patch touches their object. We keep them exact.
  "99999999999999999999",
  "2024-01-02",
  "12:30:45",
  '"12:30"',
  '"true"',
  '"0x1F"',
  '"1e3"',
  "a: b".replace(": ", ":"),
  '"a: b"',
  '"a # b"',
  '" lead"',
  '"trail "',
  '"- dash"',
  '"{brace}"',
  '"it\'s"',
  '"tab\\there"',
  '"line\\nbreak"',
  '"end\\n"',
  '"\\n  indented\\n\\n"',
  '"é ü 日本"',
  '"\\U0001F600"',
  `"${"word ".repeat(25).trim()}"`,
  `${"plain words ".repeat(12).trim()}`,
  `"${"it: is ".repeat(20).trim()}"`,
  "=",
  "|\n@block one\n@  two\n@\n@three",
  ">-\n@folded\n@text\n@\n@here",
  "{}",
  "[]",
  "{a: 1, b: [x, y]}",
] as const;

function scalar(r: Random, indent: number): string {
  return r.pick(SCALARS).replaceAll("@", " ".repeat(indent + 2));
}

function text(r: Random): string {
  return r.pick(['"on"', "plain", '"12"', "x-y", '"a b"', '"$(VAR)"', '"true"']);
}

function meta(r: Random, name: string, namespaced = true): string {
  const lines = ["metadata:", `  name: ${name}`];
  const namespace = r.pick(NAMESPACES);
  if (namespaced && namespace !== "") lines.push(`  namespace: ${namespace}`);
  if (r.chance(40)) lines.push("  labels:", `    app: ${r.pick(NAMES)}`, `    tier: ${text(r)}`);
  if (r.chance(30))
    lines.push("  annotations:", `    note: ${text(r)}`, `    n: ${r.pick(['"1"', "a", '""'])}`);
  if (r.chance(5)) lines.push("  finalizers: [a/b, c/d]");
  return lines.join("\n");
}

function podSpec(r: Random, pad: string): string {
  const lines = ["containers:"];
  for (const name of ["main", "side"].slice(0, 1 + r.below(2))) {
    lines.push(
      `- name: ${name}`,
      `  image: ${r.pick(["nginx", "nginx:1.2", "repo/nginx@sha256:abc", "redis:6", "host:5000/app:v1"])}`,
    );
    if (r.chance(50)) {
      lines.push("  env:");
      for (const key of ["A", "B", "C"].slice(0, 1 + r.below(3))) {
        if (r.chance(40)) {
          const [from, ref] = r.pick([
            ["configMapKeyRef", NAMES],
            ["secretKeyRef", NAMES],
          ] as const);
          lines.push(
            `  - name: ${key}`,
            "    valueFrom:",
            `      ${from}:`,
            `        name: ${r.pick(ref)}`,
            "        key: k",
          );
        } else lines.push(`  - name: ${key}`, `    value: ${text(r)}`);
      }
    }
    if (r.chance(40)) {
      lines.push("  ports:", "  - containerPort: 80");
      if (r.chance(50)) lines.push("    protocol: TCP");
      if (r.chance(50)) lines.push("  - containerPort: 80", "    protocol: UDP");
    }
    if (r.chance(30)) lines.push(`  args: [--a, ${text(r)}]`);
    if (r.chance(20)) lines.push("  resources:", "    limits:", `      cpu: ${r.pick(["1", "100m", "0.5"])}`);
    if (r.chance(20)) lines.push("  volumeMounts:", "  - name: v", "    mountPath: /v");
  }
  if (r.chance(40)) {
    lines.push("volumes:", "- name: v");
    lines.push(
      ...r.pick([
        ["  emptyDir: {}"],
        ["  configMap:", `    name: ${r.pick(NAMES)}`],
        ["  secret:", `    secretName: ${r.pick(NAMES)}`],
        ["  persistentVolumeClaim:", `    claimName: ${r.pick(NAMES)}`],
      ]),
    );
  }
  if (r.chance(30)) lines.push(`serviceAccountName: ${r.pick(NAMES)}`);
  if (r.chance(10)) lines.push(`imagePullSecrets:\n${pad}- name: ${r.pick(NAMES)}`);
  return lines
    .map((line) => pad + line)
    .join("\n")
    .replaceAll(`${pad}${pad}`, pad + pad);
}

function workload(r: Random, kind: string, name: string): string {
  const lines = [`apiVersion: apps/v1\nkind: ${kind}`, meta(r, name), "spec:"];
  if (r.chance(50)) lines.push(`  replicas: ${r.below(5)}`);
  if (r.chance(60)) lines.push("  selector:", "    matchLabels:", `      app: ${name}`);
  if (kind === "StatefulSet" && r.chance(50)) lines.push(`  serviceName: ${r.pick(NAMES)}`);
  lines.push("  template:");
  if (r.chance(60)) lines.push("    metadata:", "      labels:", `        app: ${name}`);
  lines.push("    spec:", podSpec(r, "      "));
  return lines.join("\n");
}

function resource(r: Random): string {
  const name = r.pick(NAMES);
  const kind = r.pick([
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "CronJob",
    "Service",
    "ConfigMap",
    "Secret",
    "Ingress",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
    "HorizontalPodAutoscaler",
    "Namespace",
    "Custom",
    "Custom",
    "ConfigMap",
  ]);
  switch (kind) {
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
      return workload(r, kind, name);
    case "CronJob":
      return [
        "apiVersion: batch/v1\nkind: CronJob",
        meta(r, name),
        `spec:\n  schedule: "* * * * *"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n${podSpec(r, "          ")}`,
      ].join("\n");
    case "Service":
      return [
        "apiVersion: v1\nkind: Service",
        meta(r, name),
        `spec:\n  selector:\n    app: ${name}\n  ports:\n  - port: ${r.pick(["80", "0x50", "8080"])}\n    targetPort: ${r.pick(["http", "80", '"80"'])}`,
      ].join("\n");
    case "Secret":
      return [
        "apiVersion: v1\nkind: Secret",
        meta(r, name),
        `type: Opaque\ndata:\n  k: ${r.pick(["YQ==", '"Yg=="'])}`,
      ].join("\n");
    case "Ingress":
      return [
        "apiVersion: networking.k8s.io/v1\nkind: Ingress",
        meta(r, name),
        `spec:\n  tls:\n  - hosts: [a.b]\n    secretName: ${r.pick(NAMES)}\n  rules:\n  - host: ${text(r)}\n    http:\n      paths:\n      - path: /\n        backend:\n          service:\n            name: ${r.pick(NAMES)}`,
      ].join("\n");
    case "ServiceAccount":
      return ["apiVersion: v1\nkind: ServiceAccount", meta(r, name)].join("\n");
    case "Role":
      return [
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role",
        meta(r, name),
        `rules:\n- apiGroups: [""]\n  resources: [secrets]\n  resourceNames: [${r.pick(NAMES)}, ${r.pick(NAMES)}]\n  verbs: [get]`,
      ].join("\n");
    case "ClusterRole":
      return [
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole",
        meta(r, name, false),
        "rules: []",
      ].join("\n");
    case "RoleBinding":
    case "ClusterRoleBinding": {
      const role = kind === "RoleBinding" ? r.pick(["Role", "ClusterRole"]) : "ClusterRole";
      const namespace = r.pick(["", "", "prod", "dev", "default"]);
      return [
        `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}`,
        meta(r, name, kind === "RoleBinding"),
        `roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ${role}\n  name: ${r.pick(NAMES)}\nsubjects:\n- kind: ServiceAccount\n  name: ${r.pick([...NAMES, "default"])}`,
        namespace === "" ? "" : `  namespace: ${namespace}`,
      ]
        .filter((part) => part !== "")
        .join("\n");
    }
    case "HorizontalPodAutoscaler":
      return [
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler",
        meta(r, name),
        `spec:\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: ${r.pick(NAMES)}`,
      ].join("\n");
    case "Namespace":
      return `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: prod`;
    case "Custom":
      return [
        `apiVersion: example.com/v1\nkind: ${r.pick(["Thing", "Widget"])}`,
        meta(r, name),
        "spec:",
        ...Array.from(
          { length: 1 + r.below(6) },
          (_, i) => `  f${r.pick(["a", "B", "1", "10", "-x", ".y", "_"])}${i}: ${scalar(r, 2)}`,
        ),
        `  list:\n  - ${scalar(r, 2)}\n  - name: x\n    v: ${scalar(r, 4)}`,
      ].join("\n");
    default:
      return [
        "apiVersion: v1\nkind: ConfigMap",
        meta(r, name),
        "data:",
        ...["k", "a.b", "Z", "k2", "k10"].slice(0, 1 + r.below(5)).map((key) => `  ${key}: ${configText(r)}`),
      ].join("\n");
  }
}

function configText(r: Random): string {
  const chosen = scalar(r, 2);
  return /^[{[]/.test(chosen) ? '"{}"' : chosen;
}

type Files = Map<string, string>;
type Id = { kind: string; name: string; namespace: string };

function idOf(text: string): Id {
  const find = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? "";
  return {
    kind: find(/^kind: (.*)$/m),
    name: find(/^metadata:\n {2}name: (.*)$/m),
    namespace: find(/^metadata:\n {2}name: .*\n {2}namespace: (.*)$/m),
  };
}

const PATCHED = ["Deployment", "StatefulSet", "ConfigMap", "Service", "Thing"];

function strategicPatch(r: Random, known: Id[]): string {
  const candidates = known.filter(({ kind }) => PATCHED.includes(kind));
  const { kind, name, namespace } =
    candidates.length > 0 && r.chance(95)
      ? r.pick(candidates)
      : { kind: r.pick(PATCHED), name: r.pick(NAMES), namespace: "" };
  const api =
    kind === "Thing" ? "example.com/v1" : kind === "ConfigMap" || kind === "Service" ? "v1" : "apps/v1";
  const head = `apiVersion: ${api}\nkind: ${kind}\nmetadata:\n  name: ${name}${namespace ? `\n  namespace: ${namespace}` : ""}`;
  const labels = r.chance(30)
    ? `\n  labels:\n    patched: ${r.pick(["a", "null", '"1"'])}\n  annotations:\n    note: ${r.pick(["b", "null"])}`
    : "";
  if (r.chance(8)) return `$patch: delete\n${head}`;
  const body = {
    ConfigMap: `data:\n  k: ${r.pick(["patched", "null", '"1"'])}\n  extra: x`,
    Service: `spec:\n  ports:\n  - port: 80\n    name: ${r.pick(["http", "x"])}\n  - port: 443`,
    Thing: `spec:\n  f${r.pick(["a", "B", "1", "_"])}${r.below(3)}: ${scalar(r, 2)}\n  list:\n  - ${r.pick(["z", "name: x"])}\n  new:\n    deep: null\n    kept: 1`,
  }[kind];
  const containers = r.pick([
    "      - name: main\n        env:\n        - name: A\n          value: patched\n        - name: Z\n          value: new",
    "      - name: side\n        $patch: delete",
    "      - name: extra\n        image: busybox",
    "      - name: main\n        ports:\n        - containerPort: 80\n          name: http\n        - containerPort: 81",
    "      - $patch: replace\n      - name: only\n        image: x",
    "      - name: main\n        args: [new]\n        resources: null",
  ]);
  const volumes = r.chance(30)
    ? `\n      volumes:\n      - name: v\n        ${r.pick(["emptyDir: null\n        hostPath:\n          path: /x", "$patch: delete", "configMap:\n          name: db"])}`
    : "";
  return `${head}${labels}\n${body ?? `spec:\n  replicas: ${r.below(9)}\n  template:\n    spec:\n      containers:\n${containers}${volumes}`}`;
}

function jsonPatch(r: Random): string {
  return r.pick([
    '[{"op": "add", "path": "/metadata/labels", "value": {"json": "yes"}}]',
    '- op: add\n  path: /metadata/annotations/json\n  value: "1"',
    "- op: replace\n  path: /metadata/name\n  value: renamed",
    "- op: add\n  path: /extra\n  value: {a: [1, 2.50, null]}",
    "- op: replace\n  path: /spec\n  value: {replaced: 900719925474099}",
    "- op: copy\n  from: /metadata/name\n  path: /metadata/copied",
  ]);
}

const indented = (body: string, pad: string): string =>
  body
    .split("\n")
    .map((line) => pad + line)
    .join("\n");

function patches(r: Random, dir: string, files: Files, known: Id[]): string[] {
  const lines = ["patches:"];
  for (let i = 0; i <= r.below(3); i++) {
    const json = r.chance(40);
    const body = json ? jsonPatch(r) : strategicPatch(r, known);
    if (r.chance(50)) {
      files.set(`${dir}/patch${i}.yaml`, `${body}\n`);
      lines.push(`- path: patch${i}.yaml`);
    } else lines.push("- patch: |-", indented(body, "    "));
    if (json || r.chance(40)) {
      const selector = r.pick([
        ["kind: Deployment"],
        ["name: web"],
        ["name: web.*"],
        ["labelSelector: app=web"],
        ["kind: ConfigMap", "name: .*"],
        ["namespace: prod"],
        ["annotationSelector: note"],
        ["group: apps", "version: v1"],
      ]);
      lines.push("  target:", ...selector.map((line) => `    ${line}`));
    }
    if (!json && r.chance(15))
      lines.push("  options:", `    ${r.pick(["allowNameChange", "allowKindChange"])}: true`);
  }
  return lines;
}

function generators(r: Random, dir: string, files: Files, known: Id[]): string[] {
  const kind = r.pick(["ConfigMap", "Secret"]);
  const lines = [kind === "ConfigMap" ? "configMapGenerator:" : "secretGenerator:"];
  const existing = known.filter((id) => id.kind === kind);
  if (existing.length > 0 && r.chance(60)) {
    const { name, namespace } = r.pick(existing);
    lines.push(`- name: ${name}`, `  behavior: ${r.pick(["merge", "merge", "merge", "replace"])}`);
    if (namespace !== "") lines.push(`  namespace: ${namespace}`);
  } else {
    const name = r.chance(90) ? `${dir}-gen` : r.pick(NAMES);
    lines.push(`- name: ${name}`);
    known.push({ kind, name, namespace: "" });
  }
  lines.push("  literals:", "  - k=v", `  - q="${r.pick(["a b", "", "x=y"])}"`);
  if (r.chance(40)) {
    files.set(`${dir}/env.txt`, "# comment\nENV=1\n  SPACED= x \nEMPTY=\n");
    lines.push("  envs: [env.txt]");
  }
  if (r.chance(40)) {
    files.set(
      `${dir}/file.conf`,
      r.pick(["line one\nline two\n", "no newline", "", "trailing \nspace\n", "in\ttab\n"]),
    );
    lines.push("  files:", r.pick(["  - file.conf", "  - renamed=file.conf"]));
  }
  if (r.chance(30))
    lines.push(
      "  options:",
      "    labels: {gen: a}",
      `    ${r.pick(["immutable", "disableNameSuffixHash"])}: true`,
    );
  if (r.chance(20))
    lines.push("generatorOptions:", "  annotations: {all: b}", `  disableNameSuffixHash: ${r.chance(50)}`);
  return lines;
}

const SOURCE_FIELDS: Record<string, string> = {
  ConfigMap: "data.k",
  Service: "spec.ports.0.port",
  Deployment: "spec.template.spec.containers.0.image",
  Thing: "spec.list",
};

function replacements(r: Random, known: Id[]): string[] {
  const sources = known.filter(({ kind }) => kind in SOURCE_FIELDS);
  const targets = known.filter(({ kind }) => ["Deployment", "Thing", "ConfigMap", "Ingress"].includes(kind));
  if (sources.length === 0 || targets.length === 0) return [];
  const { kind, name } = r.pick(sources);
  const path = r.pick([
    "metadata.labels.copied",
    "metadata.annotations.note",
    "spec.new.deep",
    "spec.items.0.deep",
    "metadata.labels.[a.b/c]",
  ]);
  return [
    "replacements:",
    `- source: {kind: ${kind}, name: ${name}, fieldPath: ${r.chance(60) ? SOURCE_FIELDS[kind] : "metadata.name"}}`,
    "  targets:",
    `  - select: {kind: ${r.pick(targets).kind}}`,
    `    fieldPaths: ["${path}"]`,
    ...(r.chance(90) ? ["    options: {create: true}"] : ["    options: {delimiter: ':', index: 1}"]),
  ];
}

const API_VERSIONS: Record<string, string> = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  CronJob: "batch/v1",
  Ingress: "networking.k8s.io/v1",
  Role: "rbac.authorization.k8s.io/v1",
  RoleBinding: "rbac.authorization.k8s.io/v1",
  ClusterRole: "rbac.authorization.k8s.io/v1",
  ClusterRoleBinding: "rbac.authorization.k8s.io/v1",
  HorizontalPodAutoscaler: "autoscaling/v2",
  Thing: "example.com/v1",
  Widget: "example.com/v1",
};
const apiVersionOf = (kind: string): string => API_VERSIONS[kind] ?? "v1";

/** The configuration of a built-in transformer. */
function plugin(r: Random, known: Id[]): string {
  const head = (kind: string): string => `apiVersion: builtin\nkind: ${kind}\nmetadata:\n  name: t`;
  const metadataName = "fieldSpecs:\n- path: metadata/name";
  return r.pick([
    `${head("LabelTransformer")}\nlabels: {plug: "1"}\nfieldSpecs:\n- path: metadata/labels\n  create: ${r.chance(50)}\n- path: spec/a/b\n  create: true\n  kind: Thing`,
    `${head("AnnotationsTransformer")}\nannotations: {plug: x}\nfieldSpecs:\n- path: metadata/annotations\n  create: true`,
    `${head("PrefixTransformer")}\nprefix: plug-\n${metadataName}`,
    `${head("SuffixTransformer")}\nsuffix: -plug\n${metadataName}\n  kind: ConfigMap`,
    `${head("PrefixSuffixTransformer")}\nprefix: a-\nsuffix: -z\n${metadataName}`,
    `${head("NamespaceTransformer")}\n  namespace: plugged\nunsetOnly: ${r.chance(50)}\nsetRoleBindingSubjects: ${r.pick(["none", "allServiceAccounts", "defaultOnly"])}`,
    `${head("ImageTagTransformer")}\nimageTag: {name: nginx, newTag: "9"}\nfieldSpecs:\n- path: spec/template/spec/containers[]/image`,
    `${head("HashTransformer")}`,
    `${head("PatchTransformer")}\npatch: '[{"op": "add", "path": "/metadata/labels", "value": {"plug": "j"}}]'\ntarget: {kind: ${r.pick(known).kind}}`,
    `${head("ValueAddTransformer")}\nvalue: v\ntargets:\n- selector: {kind: ${r.pick(known).kind}}\n  fieldPath: metadata/annotations/added`,
    `${head("ReplacementTransformer")}\nreplacements:\n- sourceValue: lit\n  targets:\n  - select: {kind: ${r.pick(known).kind}}\n    reject: [{name: web}]\n    fieldPaths: [metadata.annotations.lit]\n    options: {create: true}`,
  ]);
}

const OPTIONS: ((r: Random, known: Id[]) => string[])[] = [
  (r) => [`namePrefix: ${r.pick(["p-", "x"])}`],
  (r) => [`nameSuffix: ${r.pick(["-s", "'2'"])}`],
  (r) => [`namespace: ${r.pick(["prod", "other"])}`],
  () => ["commonLabels:", "  common: label"],
  (r) => [
    "labels:",
    "- pairs:",
    "    l: v",
    `  ${r.pick(["includeSelectors", "includeTemplates", "includeVolumeClaimTemplates"])}: true`,
  ],
  () => ["commonAnnotations:", '  anno: "1"'],
  (r) => [
    "images:",
    "- name: nginx",
    `  ${r.pick(["newTag: '2'", "newName: mirror/nginx", "digest: sha256:def", "tagSuffix: -x"])}`,
    "- name: redis",
    "  newName: mirror/redis",
    '  newTag: "7"',
  ],
  replacements,
  (r, known) => {
    const workloads = known.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
    return workloads.length > 0 ? ["replicas:", `- name: ${r.pick(workloads).name}`, "  count: 7"] : [];
  },
  (r, known) => {
    const named = known.filter(({ kind }) => kind !== "Namespace");
    if (named.length === 0) return [];
    const { kind, name } = r.pick(named);
    return [
      "vars:",
      "- name: VAR",
      `  objref: {kind: ${kind}, name: ${name}, apiVersion: ${apiVersionOf(kind)}}`,
    ];
  },
  (r, known) => ["patchesStrategicMerge:", "- |-", indented(strategicPatch(r, known), "  ")],
  (r, known) => {
    const { kind, name } = r.pick(known);
    const [group = "", version = ""] = apiVersionOf(kind).includes("/")
      ? apiVersionOf(kind).split("/")
      : ["", apiVersionOf(kind)];
    return [
      "patchesJson6902:",
      `- target: {group: "${group}", version: ${version}, kind: ${kind}, name: ${name}}`,
      "  patch: |-",
      indented(jsonPatch(r), "    "),
    ];
  },
  (r, known) => ["transformers:", "- |-", indented(plugin(r, known), "  ")],
  (r) => [
    "generators:",
    "- |-",
    `  apiVersion: builtin\n  kind: ${r.pick(["ConfigMapGenerator", "SecretGenerator"])}\n  metadata:\n    name: plugged\n  literals: [a=1]`,
  ],
  (r) => ["sortOptions:", `  order: ${r.pick(["fifo", "legacy"])}`],
  (r) => ["buildMetadata:", `- ${r.pick(["originAnnotations", "transformerAnnotations", "managedByLabel"])}`],
];

function kustomization(
  r: Random,
  dir: string,
  files: Files,
  resources: string[],
  overlay: boolean,
  known: Id[],
): void {
  const lines = ["resources:", ...resources.map((path) => `- ${path}`)];
  if (r.chance(overlay ? 60 : 25)) lines.push(...patches(r, dir, files, known));
  if (r.chance(30)) lines.push(...generators(r, dir, files, known));
  for (const option of OPTIONS) if (r.chance(12)) lines.push(...option(r, known));
  if (overlay && r.chance(20)) {
    files.set(
      `component/kustomization.yaml`,
      `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n${r.pick(OPTIONS.slice(0, 7))(r, []).join("\n")}\n`,
    );
    lines.push("components:", "- ../component");
  }
  files.set(`${dir}/kustomization.yaml`, `${lines.join("\n")}\n`);
}

function composition(r: Random): Files {
  const files: Files = new Map();
  const bases = ["base", "other"].slice(0, 1 + r.below(2));
  const taken = new Set<string>();
  const all: Id[] = [];
  for (const base of bases) {
    const known: Id[] = [];
    const fresh = (): string => {
      for (;;) {
        const made = resource(r);
        const id = idOf(made);
        // Mostly without namespaces in the way: the same name twice is an error in any overlay that moves both.
        const key = r.chance(98) ? `${id.kind}/${id.name}` : `${id.kind}/${id.name}/${id.namespace}`;
        if (taken.has(key)) continue;
        taken.add(key);
        known.push(id);
        return made;
      }
    };
    const names: string[] = [];
    for (let i = 0; i <= r.below(3); i++) {
      const documents = Array.from({ length: 1 + r.below(4) }, fresh);
      files.set(
        `${base}/r${i}.yaml`,
        `${documents.join(r.pick(["\n---\n", "\n---\n# note\n", "\n\n---\n\n"]))}\n`,
      );
      names.push(`r${i}.yaml`);
    }
    kustomization(r, base, files, names, false, known);
    all.push(...known);
  }
  kustomization(
    r,
    "overlay",
    files,
    bases.map((base) => `../${base}`),
    true,
    all,
  );
  return files;
}

function write(dir: string, files: Files): void {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
}

type Answer = { output: string } | { error: string };

function ours(dir: string): Answer {
  try {
    return { output: build(dir).yaml() };
  } catch (thrown) {
    if (thrown instanceof KustomizeError) return { error: thrown.message };
    return { error: `CRASH ${thrown instanceof Error ? thrown.stack : String(thrown)}` };
  }
}

function theirs(oracle: string, dir: string): Answer {
  const { status, stdout, stderr } = spawnSync(oracle, ["build", dir], { encoding: "utf8", timeout: 20_000 });
  return status === 0
    ? { output: stdout }
    : {
        error: stderr
          .split("\n")
          .filter((line) => !line.startsWith("#"))
          .join(" "),
      };
}

function difference(mine: Answer, other: Answer): string | undefined {
  if ("error" in mine && mine.error.startsWith("CRASH")) return mine.error;
  if ("error" in mine) return "error" in other ? undefined : `we fail: ${mine.error}`;
  if ("error" in other) return `we build, kustomize fails: ${other.error.slice(0, 600)}`;
  if (mine.output === other.output) return undefined;
  const a = mine.output.split("\n");
  const b = other.output.split("\n");
  const at = b.findIndex((line, i) => line !== a[i]);
  const from = Math.max(at - 6, 0);
  return `line ${at + 1}:\n--- kustomize\n${b.slice(from, at + 3).join("\n")}\n--- ours\n${a.slice(from, at + 3).join("\n")}`;
}

function main(): number {
  const { values } = parseArgs({
    options: {
      oracle: { type: "string" },
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "100" },
      keep: { type: "string" },
      verbose: { type: "boolean" },
    },
  });
  if (!values.oracle) {
    console.error("give the kustomize to compare with: --oracle /path/to/kustomize");
    return 2;
  }
  const first = Number(values.seed);
  let failed = 0;
  let errors = 0;
  for (let seed = first; seed < first + Number(values.count); seed++) {
    const dir = values.keep ?? realpathSync(mkdtempSync(join(tmpdir(), "sluice-fuzz-")));
    write(dir, composition(seeded(seed)));
    const mine = ours(join(dir, "overlay"));
    const problem = difference(mine, theirs(values.oracle, join(dir, "overlay")));
    if ("error" in mine) errors++;
    if ("error" in mine && values.verbose) console.log(`seed ${seed}: both fail: ${mine.error}`);
    if (problem) {
      failed++;
      console.log(`seed ${seed}: ${problem}\n`);
    }
    if (!values.keep) rmSync(dir, { recursive: true, force: true });
  }
  console.log(`${Number(values.count) - failed} of ${values.count} alike (${errors} of them errors)`);
  return failed > 0 ? 1 : 0;
}

process.exitCode = main();
