/** Random manifests for the fuzzer beside this file, with the scalars that YAML readers disagree about. */

import type { Random } from "./random.ts";

export const NAMES = ["web", "db", "cache", "api", "web-db"] as const;
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
  ">+\n@kept\n@  deeper\n@end\n",
  "|+\n@kept\n\n",
  "|2-\n@  deeper\n@x",
  '"two\\\n@ lines"',
  "'single\n@ lines'",
  "!!str 12",
  "!!float 3",
  "! 7",
  "0o17",
  "+12",
  "1e-7",
  "123456789.5",
  "{}",
  "[]",
  "{a: 1, b: [x, y]}",
] as const;

export function scalar(r: Random, indent: number): string {
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

export function resource(r: Random): string {
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
