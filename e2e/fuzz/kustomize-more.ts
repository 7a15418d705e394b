/** What the fuzzer beside this file composes beyond the everyday: rare kinds, directives, selectors, configuration files. */
import { NAMES, scalar } from "./kustomize-manifests.ts";
import type { Random } from "./random.ts";

export type Files = Map<string, string>;
export type Id = { kind: string; name: string; namespace: string };

const SELECTOR = "{matchLabels: {app: web}}";

/** A manifest of a kind that transformers treat specially. */
export function rareResource(r: Random): string {
  const name = r.pick(NAMES);
  const other = r.pick(NAMES);
  const head = (api: string, kind: string) =>
    `apiVersion: ${api}\nkind: ${kind}\nmetadata:\n  name: ${name}\n`;
  const service = `{name: ${other}, namespace: ${r.pick(["prod", "default", "x"])}}`;
  return r.pick([
    () =>
      `${head("networking.k8s.io/v1", "NetworkPolicy")}spec:\n  podSelector: ${SELECTOR}\n  ingress:\n  - from:\n    - podSelector: ${SELECTOR}\n    - namespaceSelector: {}`,
    () => `${head("policy/v1", "PodDisruptionBudget")}spec:\n  selector: ${SELECTOR}`,
    () =>
      `${head("batch/v1", "Job")}spec:\n  template:\n    spec:\n      volumes: [{name: v, persistentVolumeClaim: {claimName: ${other}}}]`,
    () => `${head("v1", "PersistentVolumeClaim")}spec: {volumeName: ${other}}`,
    () => `${head("v1", "PersistentVolume")}spec: {claimRef: ${service}, storageClassName: ${other}}`,
    () => `${head("storage.k8s.io/v1", "StorageClass")}provisioner: x`,
    () =>
      `${head("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")}webhooks:\n- name: a.b\n  clientConfig: {service: ${service}}`,
    () => `${head("apiregistration.k8s.io/v1", "APIService")}spec: {service: ${service}}`,
    () =>
      `${head("apiextensions.k8s.io/v1", "CustomResourceDefinition")}spec: {conversion: {webhook: {clientConfig: {service: ${service}}}}}`,
    () =>
      `${head("v1", "Pod")}spec:\n  containers:\n  - name: main\n    image: nginx # {"$imagepolicy": "a:b"}\n    ports: [{containerPort: 53}, {containerPort: 53, protocol: UDP}]\n  topologySpreadConstraints: [{topologyKey: z, labelSelector: ${SELECTOR}}]`,
    () =>
      `${head("example.com/v1", "Listed")}spec:\n  list: # {"type":"array","x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge"}\n  - name: x\n    v: ${scalar(r, 4)}\n  tagged: !!str ${r.pick(["1", "x", "true"])}\n  flow: {a: , b: [${r.pick(["x", "1", "~"])}]}`,
  ])();
}

/** A List of some manifests. */
export function asList(manifests: string[]): string {
  const items = manifests.map((text) => `- ${text.replaceAll("\n", "\n  ")}`);
  return `apiVersion: v1\nkind: List\nitems:\n${items.join("\n")}`;
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
export const apiVersionOf = (kind: string): string => API_VERSIONS[kind] ?? "v1";

/** The configuration of a built-in transformer. */
export function plugin(r: Random, known: Id[]): string {
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

const API_OF: Record<string, string> = { Deployment: "apps/v1", ConfigMap: "v1", Thing: "example.com/v1" };
const FIELDS: Record<string, string[]> = {
  Deployment: [
    "spec.template.spec.containers.[name=main].image",
    "spec.template.spec.containers.*.name",
    "spec.template.spec.containers.0.args.0",
    "spec.replicas",
  ],
  ConfigMap: ["data.k", "data.new", "metadata.annotations.[a.b/c]", "binaryData.x"],
  Thing: ["spec.list.1.v", "spec.list.[name=x].v", "spec.list.-.w", "spec.made.[name=q].deep", "spec.f.g"],
};

function richReplacement(r: Random, known: Id[]): string[] {
  const sources = known.filter(({ kind }) => kind in FIELDS);
  if (sources.length === 0) return [];
  const source = r.pick(sources);
  const target = r.pick(sources);
  const reject = r.chance(30) ? [`    reject: [{name: ${r.pick(NAMES)}}, {labelSelector: tier=x-y}]`] : [];
  const options = r.pick([
    ...Array(6).fill("{create: true}"),
    "{}",
    `{delimiter: "${r.pick([":", "/", "."])}", index: ${r.pick(["0", "1", "-1", "9"])}}`,
    '{delimiter: ":", index: 1, create: true}',
  ]);
  const from = r.chance(25)
    ? [`- sourceValue: ${r.pick(['"5"', "text", '"true"', '"a:b"'])}`]
    : [
        `- source:`,
        `    kind: ${source.kind}`,
        `    name: ${source.name}`,
        `    fieldPath: ${r.pick(["metadata.name", ...FIELDS[source.kind]!])}`,
        ...(r.chance(25) ? ['    options: {delimiter: ":", index: 0}'] : []),
      ];
  return [
    ...from,
    "  targets:",
    `  - select: {kind: ${target.kind}, name: "${r.pick([target.name, ".*", `${target.name[0]}.*`])}"}`,
    ...reject,
    `    fieldPaths: ["${r.pick(FIELDS[target.kind]!)}"]`,
    `    options: ${options}`,
  ];
}

/** More operations of RFC 6902, good and bad. */
export function rareJsonPatch(r: Random): string {
  return r.pick([
    "- {op: remove, path: /metadata/labels}",
    "- {op: remove, path: /metadata/annotations}",
    "- {op: add, path: /metadata/annotations/a~1b, value: x}",
    "- {op: move, from: /metadata/labels, path: /metadata/annotations}",
    "- {op: test, path: /metadata/name, value: web}\n- {op: add, path: /tested, value: true}",
    "- {op: add, path: /spec/template/spec/containers/-, value: {name: json, image: redis}}",
    "- {op: remove, path: /spec/template/spec/containers/0}",
    "- {op: replace, path: /spec/template/spec/containers/-1/image, value: neg}",
    "- {op: add, path: /data/k, value: ~}",
    "- {op: replace, path: /data, value: {k: '1', z: '2'}}",
    '- op: add\n  path: /metadata/labels\n  value: {a: "1", b: yes}',
  ]);
}

/** Directives at every level. */
export function directivePatch(r: Random, { name, namespace }: Omit<Id, "kind">): string {
  const space = namespace === "" ? "" : `  namespace: ${namespace}\n`;
  const head = `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\n${space}`;
  return (
    head +
    r.pick([
      "$patch: replace\nspec: {replicas: 1}",
      "spec:\n  $patch: replace\n  replicas: 2",
      "spec:\n  template:\n    $patch: delete",
      "spec:\n  template:\n    spec:\n      containers:\n      - $patch: delete",
      "spec:\n  template:\n    spec:\n      containers:\n      - name: main\n        ports:\n        - containerPort: 80\n          $patch: delete\n        - containerPort: 80\n          protocol: UDP\n          name: dns",
      "spec:\n  template:\n    spec:\n      $retainKeys: [containers]\n      volumes: null\n      containers: [{name: main, env: null}]",
      "spec:\n  template:\n    spec:\n      containers:\n      - name: main\n        env: [{name: A, $patch: replace, value: x}, {name: C}]",
      "  labels: {$patch: replace, only: this}\nspec: {template: {metadata: {labels: {$patch: delete}}}}",
    ])
  );
}

function configurations(r: Random, dir: string, files: Files): string[] {
  files.set(
    `${dir}/config.yaml`,
    r.pick([
      "commonLabels:\n- {path: spec/labels, kind: Thing, create: true}\n",
      "namePrefix:\n- {path: spec/list/name, kind: Thing}\nnameReference:\n- kind: ConfigMap\n  fieldSpecs: [{path: spec/list/name, kind: Thing}]\n",
      "images:\n- {path: spec/list[]/v, kind: Thing}\n- {path: data/k}\n",
      "varReference:\n- {path: spec/list/v, kind: Thing}\n- {path: data/k, kind: ConfigMap}\n",
      "namespace:\n- {path: spec/ns, kind: Thing, create: true}\nreplicas:\n- {path: spec/count, kind: Thing, create: true}\n",
      "commonAnnotations:\n- {path: spec/template/metadata/annotations, kind: Job, create: true}\n",
    ]),
  );
  return ["configurations: [config.yaml]"];
}

function openapi(r: Random, dir: string, files: Files): string[] {
  const list = {
    type: "array",
    items: { type: "object" },
    "x-kubernetes-patch-strategy": r.pick(["merge", "replace", "merge,retainKeys"]),
    "x-kubernetes-patch-merge-key": r.pick(["name", "v"]),
  };
  const thing = {
    "x-kubernetes-group-version-kind": [{ group: "example.com", version: "v1", kind: "Thing" }],
    properties: { spec: { properties: { list } } },
  };
  files.set(`${dir}/schema.json`, JSON.stringify({ definitions: { "com.example.v1.Thing": thing } }));
  return ["openapi: {path: schema.json}"];
}

function labels(r: Random): string[] {
  return [
    "labels:",
    "- pairs: {one: a}",
    `  ${r.pick(["includeSelectors", "includeTemplates"])}: ${r.chance(50)}`,
    "- pairs: {two: b, three: c}",
    "  fields:",
    `  - {path: spec/labels, create: ${r.chance(50)}, kind: ${r.pick(["Thing", "Deployment", "Service"])}}`,
    `  - {path: ${r.pick(["metadata/labels", "spec/selector"])}, create: ${r.chance(95)}}`,
  ];
}

function manyPatches(r: Random, dir: string, files: Files, known: Id[]): string[] {
  const deployment = known.find(({ kind }) => kind === "Deployment");
  if (!deployment) return [];
  const end = r.pick(["\n", "", "\n---\n"]);
  files.set(
    `${dir}/many.yaml`,
    `${directivePatch(r, deployment)}\n---\n# second\n${directivePatch(r, deployment)}${end}`,
  );
  return ["patchesStrategicMerge: [many.yaml]"];
}

function thing(known: Id[]): string[] {
  const found = known.find(({ kind }) => kind in API_OF);
  if (!found) return [];
  return [
    "vars:",
    "- name: VAR",
    `  objref: {kind: ${found.kind}, name: ${found.name}, apiVersion: ${API_OF[found.kind]}}`,
    `  fieldref: {fieldpath: "${found.kind === "ConfigMap" ? "data.k" : "metadata.name"}"}`,
  ];
}

/** Fields of a kustomization that are written seldom. Each maker gives whole entries or nothing. */
export const RARE_OPTIONS: ((r: Random, dir: string, files: Files, known: Id[]) => string[])[] = [
  configurations,
  openapi,
  labels,
  manyPatches,
  (_r, _dir, _files, known) => thing(known),
  (r, _dir, _files, known) => {
    const entries = Array.from({ length: 1 + r.below(3) }, () => richReplacement(r, known)).flat();
    return entries.length > 0 ? ["replacements:", ...entries] : [];
  },
  (r) => [
    "sortOptions:",
    "  order: legacy",
    "  legacySortOptions:",
    `    orderFirst: [${r.pick(["Thing", "Service, Deployment", ""])}]`,
    `    orderLast: [${r.pick(["ConfigMap", "Namespace, Secret", ""])}]`,
  ],
  (r, dir, files) => {
    files.set(`${dir}/bin`, `\u0000${r.pick(["x", "\n", "é"])}`);
    files.set(`${dir}/long`, "x".repeat(60 + r.below(20)));
    return [
      "secretGenerator:",
      "- name: files",
      "  files: [bin, long, sub=bin]",
      `  type: ${r.pick(["Opaque", "kubernetes.io/tls"])}`,
    ];
  },
  (r, dir, files) => {
    files.set(
      `${dir}/odd.env`,
      r.pick(["A=1\r\nB= x \r\n", "# c\n\n  A=\nB==\n", "A='q'\nB=\"r\"", "\ufeffA=1\n"]),
    );
    return ["configMapGenerator:", "- name: odd", "  envs: [odd.env]", "  literals: [C='1', 'D=\"2']"];
  },
  (r) => [
    "images:",
    `- {name: "${r.pick(["ngin.", ".*/nginx", "redis|nginx", "host:5000/app"])}", newTag: "1.10"}`,
    "- {name: nginx, tagSuffix: -s}",
    `- {name: repo/nginx, digest: "sha256:${"a".repeat(64)}"}`,
  ],
];
