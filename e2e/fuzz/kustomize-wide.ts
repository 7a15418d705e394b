/** What the fuzzer beside this file composes of files of their own: plugins, replacements, components, schemas, CRDs. */
import { NAMES } from "./kustomize-manifests.ts";
import { apiVersionOf, type Files, type Id, plugin } from "./kustomize-more.ts";
import type { Random } from "./random.ts";

type Maker = (r: Random, dir: string, files: Files, known: Id[]) => string[];

/** Configurations of plugins: inline, in a file with several documents, or in a directory with a kustomization. */
function placed(r: Random, dir: string, files: Files, field: string, configs: string[]): string[] {
  switch (r.pick(["inline", "file", "directory"])) {
    case "inline":
      return [`${field}:`, ...configs.map((text) => `- |-\n  ${text.replaceAll("\n", "\n  ")}`)];
    case "file":
      files.set(`${dir}/${field}.yaml`, `${configs.join("\n---\n")}\n`);
      return [`${field}: [${field}.yaml]`];
    default: {
      const below = `${dir}/${field}`;
      configs.forEach((text, i) => {
        files.set(`${below}/c${i}.yaml`, `${text}\n`);
      });
      const affix = r.chance(30)
        ? `\n${r.pick(["namePrefix: q-", "commonLabels: {cfg: x}", "namespace: cfg"])}`
        : "";
      files.set(
        `${below}/kustomization.yaml`,
        `resources: [${configs.map((_, i) => `c${i}.yaml`).join(", ")}]${affix}\n`,
      );
      return [`${field}: [${field}]`];
    }
  }
}

const named = (text: string, i: number): string => text.replace("\n  name: t", `\n  name: t${i}`);

const transformers: Maker = (r, dir, files, known) =>
  placed(
    r,
    dir,
    files,
    "transformers",
    Array.from({ length: 1 + r.below(3) }, (_, i) => named(plugin(r, known), i)),
  );

const generators: Maker = (r, dir, files, known) => {
  const configs = Array.from({ length: 1 + r.below(2) }, (_, i) => {
    const kind = r.pick(["ConfigMap", "Secret"]);
    const name = r.chance(80) ? `${dir}-plug${i}` : r.pick(NAMES);
    known.push({ kind, name, namespace: "" });
    const options = r.chance(40)
      ? `\noptions: {labels: {a: b}, disableNameSuffixHash: ${r.chance(50)}, immutable: ${r.chance(50)}}`
      : "";
    const more = kind === "Secret" && r.chance(40) ? "\ntype: kubernetes.io/tls" : "";
    const behavior = r.chance(20) ? `\nbehavior: ${r.pick(["merge", "replace", "create"])}` : "";
    return `apiVersion: builtin\nkind: ${kind}Generator\nmetadata:\n  name: ${name}${r.chance(30) ? "\n  namespace: prod" : ""}\nliterals: [a=1, "b=c d"]${options}${more}${behavior}`;
  });
  return placed(r, dir, files, "generators", configs);
};

const validators: Maker = (r, dir, files, known) =>
  placed(r, dir, files, "validators", [
    r.pick([
      // Not here: the label that says who validated, which kustomize lets be added only where a file has no labels.
      "apiVersion: builtin\nkind: LabelTransformer\nmetadata:\n  name: v\nlabels: {app: me}\nfieldSpecs:\n- {path: metadata/nothing}",
      `apiVersion: builtin\nkind: PatchTransformer\nmetadata:\n  name: v\npatch: '[{"op": "test", "path": "/kind", "value": "${r.pick(known).kind}"}]'\ntarget: {kind: ${r.pick(known).kind}}`,
    ]),
  ]);

const FIELDS = [
  "metadata.labels.copied",
  "metadata.annotations.[a.b/c]",
  "metadata.name",
  "spec.list.*.v",
  "spec.list.[name=x].v",
  "spec.list.[v=.*].name",
  "spec.template.spec.containers.[image=nginx.*].name",
  "spec.template.spec.containers.*.env.[name=A].value",
  "spec.new.deep.er",
  "spec.items.-",
  "data.k",
  "data.a\\.b",
];

function replacement(r: Random, known: Id[]): string {
  const source = r.pick(known);
  const from = r.chance(20)
    ? `sourceValue: ${r.pick(['"5"', "text", '"true"', '""', '"a:b"'])}`
    : [
        "source:",
        `  kind: ${source.kind}`,
        ...(r.chance(70) ? [`  name: ${source.name}`] : []),
        ...(r.chance(20) ? [`  version: ${apiVersionOf(source.kind).split("/").at(-1)}`] : []),
        ...(r.chance(70)
          ? [
              `  fieldPath: ${r.pick(["metadata.name", "metadata.labels.app", "data.k", "spec.replicas", "spec.list", "spec.template.spec.containers.0", "spec.template.metadata"])}`,
            ]
          : []),
        ...(r.chance(20)
          ? [`  options: {delimiter: "${r.pick([":", "-", "."])}", index: ${r.below(2)}}`]
          : []),
      ].join("\n");
  const targets = Array.from({ length: 1 + r.below(2) }, () => {
    const target = r.pick(known);
    const select = r.pick([
      `kind: ${target.kind}`,
      `kind: ${target.kind}, name: ${target.name}`,
      `kind: "${target.kind.slice(0, 3)}.*"`,
      `name: "${target.name}|nobody"`,
      `labelSelector: "app in (${target.name}, web)"`,
      `annotationSelector: "note,!nothing"`,
      `group: "${apiVersionOf(target.kind).includes("/") ? apiVersionOf(target.kind).split("/")[0] : ""}"`,
    ]);
    const reject = r.chance(25)
      ? `\n  reject: [{kind: ${r.pick(known).kind}, name: "${r.pick(NAMES)}"}]`
      : "";
    const paths = Array.from(
      { length: 1 + r.below(2) },
      () => `"${r.pick(FIELDS).replaceAll("\\", "\\\\")}"`,
    );
    const options = r.pick([
      "",
      "\n  options: {create: true}",
      "\n  options: {create: true}",
      '\n  options: {delimiter: "-", index: 1}',
    ]);
    return `- select: {${select}}${reject}\n  fieldPaths: [${paths.join(", ")}]${options}`;
  });
  return `${from}\ntargets:\n${targets.join("\n")}`;
}

const replacements: Maker = (r, dir, files, known) => {
  const made = Array.from({ length: 1 + r.below(2) }, () => replacement(r, known));
  const item = (text: string): string => `- ${text.replaceAll("\n", "\n  ")}`;
  if (r.chance(40)) {
    files.set(
      `${dir}/replace.yaml`,
      `${made.length === 1 && r.chance(50) ? made[0]! : made.map(item).join("\n")}\n`,
    );
    return ["replacements: [{path: replace.yaml}]"];
  }
  return ["replacements:", ...made.map(item)];
};

const SOURCES = [
  "metadata.name",
  "metadata.namespace",
  "metadata.labels.app",
  "data.k",
  "spec.list[1].v",
  "spec.ports[0].port",
];

const vars: Maker = (r, _dir, _files, known) => [
  "vars:",
  ...["VAR", "TWO"].slice(0, 1 + r.below(2)).flatMap((name) => {
    const { kind, name: of } = r.pick(known);
    return [
      `- name: ${name}`,
      `  objref: {kind: ${kind}, name: ${of}, apiVersion: ${apiVersionOf(kind)}}`,
      ...(r.chance(60) ? [`  fieldref: {fieldPath: "${r.pick(SOURCES)}"}`] : []),
    ];
  }),
];

const components: Maker = (r, dir, files, known) => {
  const head = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
  const names = ["one", "two"].slice(0, 1 + r.below(2)).map((name) => `${dir}-${name}`);
  for (const name of names) {
    files.set(
      `parts/${name}/r.yaml`,
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {k: "1"}\n`,
    );
    const { kind } = r.pick(known);
    const body = r.pick([
      "resources: [r.yaml]",
      "resources: [r.yaml]\nnamePrefix: c-",
      "configMapGenerator: [{name: part, literals: [x=y]}]",
      `patches: [{patch: '[{"op": "add", "path": "/metadata/labels", "value": {"part": "p"}}]', target: {kind: "${kind}"}}]`,
      "replicas: [{name: web, count: 3}]",
      "vars: [{name: PART, objref: {kind: ConfigMap, name: web, apiVersion: v1}}]",
      `replacements:\n- sourceValue: part\n  targets: [{select: {kind: ${kind}}, fieldPaths: [metadata.labels.part], options: {create: true}}]`,
      "labels: [{pairs: {part: p}, includeSelectors: true}]",
      "namespace: part",
      "transformers: ['{apiVersion: builtin, kind: PrefixTransformer, metadata: {name: x}, prefix: t-, fieldSpecs: [{path: metadata/name}]}']",
    ]);
    files.set(`parts/${name}/kustomization.yaml`, `${head}${body}\n`);
  }
  return ["components:", ...names.map((name) => `- ../parts/${name}`)];
};

const configurations: Maker = (r, dir, files) => {
  files.set(
    `${dir}/names.yaml`,
    r.pick([
      "nameReference:\n- kind: Thing\n  group: example.com\n  fieldSpecs:\n  - {path: data/k, kind: ConfigMap}\n  - {path: spec/ref/name, kind: Widget, create: true}\n- kind: Secret\n  version: v1\n  fieldSpecs: [{path: spec/list/v, kind: Thing}]\n",
      "commonLabels:\n- {path: spec/selector/more, create: true, kind: Deployment}\ncommonAnnotations:\n- {path: spec/anno, create: true, group: example.com}\n",
      "nameSuffix:\n- {path: spec/list/name, kind: Thing}\nvarReference:\n- {path: metadata/annotations}\n",
      "replicas:\n- {path: spec/fa0, kind: Thing, create: true}\nimages:\n- {path: spec/template/spec/ephemeral[]/image, create: true}\n",
      "labels:\n- {path: spec/more, create: true, kind: Thing}\ntemplateLabels:\n- {path: spec/t/labels, create: true, kind: Widget}\n",
    ]),
  );
  files.set(
    `${dir}/spaces.yaml`,
    "namespace:\n- {path: spec/space, create: true, group: example.com, version: v1}\n",
  );
  return [`configurations: [${r.pick(["names.yaml", "names.yaml, spaces.yaml", "spaces.yaml"])}]`];
};

const crds: Maker = (r, dir, files) => {
  const ref = {
    "x-kubernetes-object-ref-api-version": "v1",
    "x-kubernetes-object-ref-kind": r.pick(["ConfigMap", "Secret", "Service"]),
    ...(r.chance(50) ? { "x-kubernetes-object-ref-name-key": "name" } : {}),
  };
  const schema = (properties: object) => ({ Schema: { properties } });
  files.set(
    `${dir}/crd.json`,
    JSON.stringify({
      "example.com/v1.Thing": schema({
        kind: {},
        apiVersion: {},
        metadata: {},
        spec: { $ref: "example.com/v1.Spec" },
      }),
      "example.com/v1.Spec": schema({
        list: ref,
        labels: { "x-kubernetes-label-selector": "" },
        notes: { "x-kubernetes-annotation": "" },
        fa0: { "x-kubernetes-identity": "" },
      }),
    }),
  );
  return ["crds: [crd.json]"];
};

const openapi: Maker = (r, dir, files) => {
  const kind = { group: "example.com", version: "v1", kind: r.pick(["Thing", "Widget"]) };
  const get = { get: { "x-kubernetes-group-version-kind": kind } };
  const cluster = r.chance(60);
  const paths: Record<string, object> = cluster ? { "/apis/example.com/v1/things/{name}": get } : {};
  if (!cluster || r.chance(20)) paths["/apis/example.com/v1/namespaces/{namespace}/things"] = get;
  const list = {
    type: "array",
    items: { $ref: "#/definitions/item" },
    "x-kubernetes-patch-strategy": "merge",
    "x-kubernetes-list-map-keys": r.pick([["name"], ["name", "v"]]),
    "x-kubernetes-patch-merge-key": "name",
  };
  const definitions = r.chance(70)
    ? {
        item: { properties: { name: { type: "string" } } },
        thing: { "x-kubernetes-group-version-kind": [kind], properties: { spec: { properties: { list } } } },
      }
    : {};
  files.set(
    `${dir}/openapi.json`,
    r.chance(90) ? JSON.stringify({ definitions, paths }) : '{"definitions": [1]}',
  );
  return [r.chance(90) ? "openapi: {path: openapi.json}" : "openapi: {version: v1.21.2}"];
};

const patches: Maker = (r, dir, files, known) => {
  const { kind, name } = r.pick(known);
  const target = r.pick([
    `kind: "${kind}|Nothing"`,
    `name: "^${name}$"`,
    `kind: ${kind}, name: "${name.slice(0, 2)}.*"`,
    `group: ".*", version: "v[0-9]+", kind: "[A-Z].*"`,
    `namespace: "prod|dev|default"`,
    `labelSelector: "tier!=x-y"`,
    `labelSelector: "app in (web,db),!missing"`,
    `annotationSelector: "note notin (plain)"`,
    `name: "(web|db)(-.*)?"`,
  ]);
  const head = `apiVersion: ${apiVersionOf(kind)}\nkind: ${kind}\nmetadata:\n  name: ${name}`;
  const body = r.pick([
    `${head}\n  labels: {wide: patch}`,
    `${head}-renamed`,
    `${head}\n  annotations: {wide: null, note: ~}`,
    "- {op: add, path: /metadata/labels, value: {wide: json}}",
    '[{"op": "test", "path": "/metadata/name", "value": "web"}, {"op": "add", "path": "/metadata/annotations", "value": {"a": "1.0"}}]',
    '[{"op": "add", "path": "/extra", "value": 1.0}, {"op": "test", "path": "/extra", "value": 1}]',
    "- {op: add, path: /spec/list/0, value: {name: first}}",
    "- {op: copy, from: /metadata/name, path: /metadata/labels/name}",
  ]);
  files.set(
    `${dir}/wide.yaml`,
    r.chance(80) ? `${body}\n` : `${body}\n---\n${head}\n  labels: {second: b}\n`,
  );
  const options = r.chance(25)
    ? `, options: {allowNameChange: ${r.chance(60)}, allowKindChange: ${r.chance(30)}}`
    : "";
  return [`patches: [{path: wide.yaml, target: {${target}}${options}}]`];
};

const buildMetadata: Maker = (r) => [
  `buildMetadata: [${r.pick(["originAnnotations, transformerAnnotations", "managedByLabel, originAnnotations", "originAnnotations, transformerAnnotations, managedByLabel"])}]`,
];

const images: Maker = (r) => [
  "images:",
  `- {name: ${r.pick(["nginx", "repo/nginx", "host:5000/app"])}, newName: "${r.pick(["reg:5000/x", "y", "a/b@sha256:1"])}", ${r.pick(["newTag: v2", "digest: sha256:0", "newTag: v3, digest: sha256:1", "tagSuffix: -q", "newTag: v2, tagSuffix: -q"])}}`,
];

const generatorMerge: Maker = (r, _dir, _files, known) => {
  const found = known.find(({ kind }) => kind === "ConfigMap" || kind === "Secret");
  if (!found) return [];
  const space = found.namespace === "" ? "" : `, namespace: ${found.namespace}`;
  return [
    `${found.kind === "Secret" ? "secret" : "configMap"}Generator:`,
    `- {name: ${found.name}${space}, behavior: ${r.pick(["merge", "replace"])}, literals: [merged=1], options: {labels: {m: x}, annotations: {n: y}, disableNameSuffixHash: ${r.chance(30)}}}`,
    ...(r.chance(50) ? ["generatorOptions: {labels: {all: z}, immutable: true}"] : []),
  ];
};

/** Makers of whole entries of a kustomization, and of the files that these name. */
export const WIDE_OPTIONS: Maker[] = [
  transformers,
  generators,
  validators,
  replacements,
  vars,
  components,
  configurations,
  crds,
  openapi,
  patches,
  buildMetadata,
  images,
  generatorMerge,
];
