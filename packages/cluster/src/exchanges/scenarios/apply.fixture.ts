import {
  apply,
  configMap,
  custom,
  defined,
  deployment,
  get,
  merge,
  paths,
  post,
  put,
  quiet,
  type Scenarios,
  type Seen,
  specOf,
  widget,
} from "../scenario.fixture.ts";

const { configMaps, configMap: at, core, apps } = paths;
const d = apps("deployments", "d");
const template = (containers: object[], more: object = {}) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers, ...more },
});
const web = (containers: object[] = [{ name: "web", image: "web:1" }], spec: object = {}) =>
  deployment("d", { template: template(containers), ...spec });
const short = {
  pick: ({ metadata, spec }: any) => ({
    managedFields: metadata.managedFields,
    spec: spec.template.spec.containers,
  }),
};
const partOf = (spec: object) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d" },
  spec,
});

/** A reference to the namespace that was seen last. */
const ownerOf = (seen: Seen) => {
  const { name, uid } = seen.at(-1)!.body.metadata;
  return { apiVersion: "v1", kind: "Namespace", name, uid };
};

/** Server-side apply: owners, conflicts, lists of each kind. */
export const serverSideApply: Scenarios = {
  "apply creates what is not there": [
    apply(at("a"), "one", configMap("a", { key: "1" }, { labels: { app: "web" } })),
    get(at("a")),
  ],
  "apply again changes nothing": [
    apply(at("a"), "one", configMap("a", { key: "1" })),
    apply(at("a"), "one", configMap("a", { key: "1" })),
  ],
  "what is no longer applied is removed": [
    apply(at("a"), "one", configMap("a", { x: "1", y: "1" }, { labels: { l: "1" } })),
    apply(at("a"), "one", configMap("a", { x: "1" })),
    apply(at("a"), "one", configMap("a")),
  ],
  "what another manager owns too stays": [
    apply(at("a"), "one", configMap("a", { x: "1", y: "1" })),
    apply(at("a"), "two", configMap("a", { x: "1" })),
    apply(at("a"), "one", configMap("a", { y: "1" })),
    apply(at("a"), "two", configMap("a")),
  ],
  "a conflict names the managers and fields": [
    apply(at("a"), "one", configMap("a", { x: "1", y: "1" })),
    apply(at("a"), "two", configMap("a", { x: "2", y: "2", z: "2" })),
    apply(at("a"), "three", configMap("a", { z: "3" })),
  ],
  "a conflict with a manager of updates tells its time": [
    quiet(post(`${configMaps}?fieldManager=kubectl-create`, configMap("a", { x: "1" }))),
    apply(at("a"), "two", configMap("a", { x: "2" })),
    quiet(merge(`${at("a")}?fieldManager=kubectl-edit`, { data: { y: "1" } })),
    apply(at("a"), "two", configMap("a", { y: "2" })),
  ],
  "force takes over": [
    apply(at("a"), "one", configMap("a", { x: "1", y: "1" })),
    apply(at("a"), "two", configMap("a", { x: "2" }), "force=true"),
    apply(at("a"), "one", configMap("a", { x: "1", y: "1" })),
    apply(at("a"), "one", configMap("a", { y: "1" })),
  ],
  "an update takes ownership from an applier": [
    apply(at("a"), "one", configMap("a", { x: "1", y: "1" })),
    merge(`${at("a")}?fieldManager=editor`, { data: { x: "2" } }),
    apply(at("a"), "one", configMap("a", { x: "1", y: "1" })),
    apply(at("a"), "one", configMap("a", { x: "2", y: "1" })),
  ],
  "a field removed by an update is owned by nobody": [
    apply(at("a"), "one", configMap("a", { x: "1", y: "1" })),
    merge(`${at("a")}?fieldManager=editor`, { data: { x: null } }),
    apply(at("a"), "one", configMap("a", { x: "1", y: "1" })),
  ],
  "apply needs a manager and a kind": [
    apply(at("a"), "", configMap("a")),
    { ...apply(at("a"), "x", configMap("a")), path: at("a") },
    apply(at("a"), "one", { metadata: { name: "a" } }),
    apply(at("a"), "one", { apiVersion: "v1", metadata: { name: "a" } }),
    apply(at("a"), "one", { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }),
    apply(at("a"), "one", { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "a" } }),
    apply(at("a"), "one", configMap("b")),
    apply(at("a"), "one", { apiVersion: "v1", kind: "ConfigMap" }),
  ],
  "apply refuses managed fields in the body": [
    apply(
      at("a"),
      "one",
      configMap(
        "a",
        {},
        {
          managedFields: [
            { manager: "x", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: {} },
          ],
        },
      ),
    ),
    apply(at("a"), "one", configMap("a", {}, { managedFields: [] })),
    apply(at("a"), "one", configMap("a", {}, { managedFields: null })),
  ],
  "apply with a uid or version does not create": [
    apply(at("a"), "one", configMap("a", {}, { uid: "11111111-1111-4111-8111-111111111111" })),
    apply(at("a"), "one", configMap("a", {}, { resourceVersion: "1" })),
    quiet(apply(at("b"), "one", configMap("b"))),
    apply(at("b"), "one", configMap("b", {}, { resourceVersion: "1" })),
  ],
  "apply takes YAML": [
    apply(
      at("a"),
      "one",
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  key: |\n    text\n",
    ),
    apply(at("a"), "one", "a: ["),
    apply(at("a"), "one", ""),
    apply(at("a"), "one", "- a\n"),
    apply(at("a"), "one", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  key: 1\n"),
  ],
  "a dry run of apply writes nothing": [
    apply(at("a"), "one", configMap("a", { x: "1" }), "dryRun=All"),
    get(at("a")),
    quiet(apply(at("a"), "one", configMap("a", { x: "1" }))),
    apply(at("a"), "one", configMap("a", { x: "2" }), "dryRun=All"),
    apply(at("a"), "two", configMap("a", { x: "2" }), "dryRun=All"),
    get(at("a")),
  ],
  "apply of unknown fields is refused or warned of": [
    apply(at("a"), "one", { ...configMap("a"), nonsense: 1 }),
    apply(at("a"), "one", { ...configMap("a"), nonsense: 1 }, "fieldValidation=Strict"),
    apply(at("a"), "one", { ...configMap("a"), nonsense: 1 }, "fieldValidation=Warn"),
    apply(at("a"), "one", { ...configMap("a"), nonsense: 1 }, "fieldValidation=Ignore"),
    apply(d, "one", web([{ name: "web", image: "web:1", imag: "x" } as object])),
  ],
  "apply fills in defaults that it does not own": [
    apply(d, "one", web()),
    apply(d, "two", partOf({ replicas: 1, selector: { matchLabels: { app: "web" } } }), "", short),
    apply(d, "one", web([{ name: "web", image: "web:1" }], { replicas: 2 }), "", short),
  ],
  "lists with keys are merged by entry": [
    quiet(apply(d, "one", web([{ name: "web", image: "web:1", env: [{ name: "A", value: "1" }] }]))),
    apply(
      d,
      "two",
      partOf({ template: { spec: { containers: [{ name: "side", image: "side:1" }] } } }),
      "",
      short,
    ),
    apply(
      d,
      "two",
      partOf({ template: { spec: { containers: [{ name: "web", env: [{ name: "B", value: "2" }] }] } } }),
      "",
      short,
    ),
    apply(d, "one", web([{ name: "web", image: "web:1" }]), "", short),
    apply(d, "three", partOf({ template: { spec: { containers: [{ name: "web", image: "web:3" }] } } })),
  ],
  "the order of an applied list wins": [
    quiet(
      apply(
        d,
        "one",
        web([
          { name: "a", image: "i" },
          { name: "b", image: "i" },
          { name: "c", image: "i" },
        ]),
      ),
    ),
    apply(
      d,
      "one",
      web([
        { name: "c", image: "i" },
        { name: "a", image: "i" },
      ]),
      "",
      short,
    ),
    apply(
      d,
      "two",
      partOf({
        template: {
          spec: {
            containers: [
              { name: "z", image: "i" },
              { name: "a", image: "i" },
            ],
          },
        },
      }),
      "",
      short,
    ),
    apply(
      d,
      "one",
      web([
        { name: "b", image: "i" },
        { name: "a", image: "i" },
        { name: "c", image: "i" },
      ]),
      "",
      short,
    ),
  ],
  "keys of ports are number and protocol": [
    apply(
      d,
      "one",
      web([
        { name: "web", image: "i", ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }] },
      ]),
      "",
      short,
    ),
    apply(
      d,
      "one",
      web([
        { name: "web", image: "i", ports: [{ containerPort: 80, name: "http" }, { containerPort: 443 }] },
      ]),
      "",
      short,
    ),
    apply(core("services", "s"), "one", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { clusterIP: "None", ports: [{ port: 80 }, { port: 53, protocol: "UDP", name: "dns" }] },
    }),
    apply(core("services", "s"), "two", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { ports: [{ port: 80, targetPort: 8080 }] },
    }),
  ],
  "keys twice in a list are refused": [
    apply(
      d,
      "one",
      web([
        { name: "web", image: "a" },
        { name: "web", image: "b" },
      ]),
    ),
    apply(
      d,
      "one",
      web([
        {
          name: "web",
          image: "a",
          env: [
            { name: "A", value: "1" },
            { name: "A", value: "2" },
          ],
        },
      ]),
    ),
    apply(core("services", "s"), "one", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { ports: [{ port: 80 }, { port: 80, name: "b" }] },
    }),
    apply(d, "one", web([{ image: "a" }])),
  ],
  "sets are merged by value": [
    apply(at("a"), "one", configMap("a", {}, { finalizers: ["example.com/one", "example.com/both"] })),
    apply(at("a"), "two", configMap("a", {}, { finalizers: ["example.com/two", "example.com/both"] })),
    apply(at("a"), "one", configMap("a", {}, { finalizers: ["example.com/one"] })),
    apply(at("a"), "one", configMap("a", {})),
    apply(at("a"), "two", configMap("a", {})),
  ],
  "a value twice in a set is refused": [
    apply(at("a"), "one", configMap("a", {}, { finalizers: ["example.com/one", "example.com/one"] })),
  ],
  "owner references are keyed by uid": [
    quiet(get("/api/v1/namespaces/default")),
    apply(at("a"), "one", (seen) => configMap("a", undefined, { ownerReferences: [ownerOf(seen)] })),
    quiet(get("/api/v1/namespaces/kube-system")),
    apply(at("a"), "two", (seen) => configMap("a", undefined, { ownerReferences: [ownerOf(seen)] })),
    apply(at("a"), "one", configMap("a")),
  ],
  "atomic lists and maps are owned as a whole": [
    apply(d, "one", web([{ name: "web", image: "i", args: ["a", "b"], command: ["c"] }]), "", short),
    apply(d, "two", partOf({ template: { spec: { containers: [{ name: "web", args: ["a"] }] } } })),
    apply(d, "two", partOf({ selector: { matchLabels: { app: "web" } } }), "", short),
    apply(d, "two", partOf({ template: { spec: { nodeSelector: { a: "b" } } } }), "", {
      pick: ({ spec }) => spec.template.spec.nodeSelector,
    }),
    apply(d, "three", partOf({ template: { spec: { nodeSelector: { c: "d" } } } })),
  ],
  "unions and empty objects are owned": [
    apply(d, "one", web([{ name: "web", image: "i" }], { strategy: {} }), "", {
      pick: ({ metadata, spec }) => [metadata.managedFields, spec.strategy],
    }),
    apply(
      d,
      "one",
      deployment("d", {
        template: template([{ name: "web", image: "i", resources: {} }], {
          volumes: [{ name: "v", emptyDir: {} }],
          securityContext: {},
        }),
      }),
      "",
      { pick: ({ metadata, spec }) => [metadata.managedFields, spec.template.spec] },
    ),
  ],
  "null in an apply is as good as absent": [
    apply(at("a"), "one", configMap("a", { x: "1" })),
    apply(at("a"), "one", { ...configMap("a"), data: null }),
    apply(at("a"), "one", configMap("a", { x: "1" }, { labels: { l: null }, annotations: null })),
  ],
  "quantities keep their own spelling": [
    apply(
      d,
      "one",
      web([
        {
          name: "web",
          image: "i",
          resources: { limits: { cpu: "1000m", memory: "1024Mi" }, requests: { cpu: 0.5 } },
        },
      ]),
      "",
      short,
    ),
    apply(
      d,
      "two",
      partOf({ template: { spec: { containers: [{ name: "web", resources: { limits: { cpu: 1 } } }] } } }),
      "",
      short,
    ),
  ],
  "an update with a changed version of managed fields": [
    quiet(apply(at("a"), "one", configMap("a", { x: "1" }))),
    merge(at("a"), { metadata: { managedFields: [{}] } }),
    apply(at("a"), "two", configMap("a", { x: "2" })),
  ],
  "managers with many names stay apart": [
    ...["one", "two", "three", "four"].map((name) =>
      quiet(apply(at("a"), name, configMap("a", { [name]: "1" }))),
    ),
    merge(`${at("a")}?fieldManager=one`, { data: { one: "2" } }),
    apply(at("a"), "one", configMap("a", { one: "3" })),
    apply(at("a"), "one", configMap("a", { one: "3" }), "force=true"),
  ],
  "status is applied by itself": [
    quiet(apply(d, "one", web())),
    apply(
      `${d}/status`,
      "status",
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, status: { replicas: 1 } },
      "",
      { pick: ({ metadata, status }) => ({ metadata, status }) },
    ),
    apply(`${d}/status`, "status", { ...partOf({ replicas: 5 }), status: { replicas: 2 } }, "", {
      pick: ({ metadata, spec, status }) => ({
        managedFields: metadata.managedFields,
        replicas: spec.replicas,
        status,
      }),
    }),
    apply(`${apps("deployments", "missing")}/status`, "status", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "missing" },
      status: {},
    }),
  ],
  "custom resources are applied by their schema": [
    ...defined(
      specOf({
        list: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            required: ["name"],
            properties: { name: { type: "string" }, value: { type: "string" } },
          },
        },
        set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
        atoms: { type: "array", items: { type: "string" } },
        atom: {
          type: "object",
          "x-kubernetes-map-type": "atomic",
          properties: { a: { type: "string" }, b: { type: "string" } },
        },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        map: { type: "object", additionalProperties: { type: "string" } },
      }),
      { subresources: { status: {} } },
    ),
    apply(
      custom.widget("w"),
      "one",
      widget("w", {
        spec: {
          list: [{ name: "a", value: "1" }],
          set: ["x"],
          atoms: ["p"],
          atom: { a: "1" },
          free: { deep: { x: 1 }, list: [1] },
          map: { k: "v" },
        },
      }),
    ),
    apply(
      custom.widget("w"),
      "two",
      widget("w", {
        spec: { list: [{ name: "b", value: "2" }], set: ["y"], free: { deep: { y: 2 } }, map: { l: "w" } },
      }),
    ),
    apply(
      custom.widget("w"),
      "two",
      widget("w", {
        spec: { list: [{ name: "a", value: "3" }], atoms: ["q"], atom: { b: "2" }, free: { deep: { x: 3 } } },
      }),
    ),
    apply(
      custom.widget("w"),
      "two",
      widget("w", { spec: { list: [{ name: "a", value: "3" }], atoms: ["q"], atom: { b: "2" } } }),
      "force=true",
    ),
    apply(custom.widget("w"), "one", widget("w")),
    apply(custom.widget("w"), "one", widget("w", { spec: { set: ["x", "x"] } })),
    apply(custom.widget("w"), "one", widget("w", { spec: { list: [{ value: "x" }] } })),
    apply(custom.widget("w"), "one", widget("w", { spec: { nonsense: 1 } })),
    apply(custom.widget("w"), "one", widget("w", { spec: { nonsense: 1 } }), "fieldValidation=Strict"),
    apply(custom.widget("w"), "one", widget("w", { spec: { set: "text" } })),
    apply(`${custom.widget("w")}/status`, "status", widget("w", { status: { phase: "Done" } })),
  ],
  "flux takes over from kubectl": [
    quiet(
      post(
        `${configMaps}?fieldManager=kubectl-client-side-apply`,
        configMap(
          "a",
          { x: "1", y: "1" },
          {
            annotations: {
              "kubectl.kubernetes.io/last-applied-configuration":
                '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1","y":"1"}}',
            },
          },
        ),
      ),
    ),
    apply(at("a"), "kubectl", configMap("a", { x: "2" })),
    apply(at("a"), "kustomize-controller", configMap("a", { x: "3" }), "force=true"),
  ],
  "apply to what is being deleted": [
    quiet(apply(at("a"), "one", configMap("a", { x: "1" }, { finalizers: ["example.com/wait"] }))),
    quiet({ method: "DELETE", path: at("a"), headers: {} }),
    apply(at("a"), "one", configMap("a", { x: "2" }, { finalizers: ["example.com/wait"] })),
    apply(
      at("a"),
      "one",
      configMap("a", { x: "2" }, { finalizers: ["example.com/wait", "example.com/new"] }),
    ),
    apply(at("a"), "one", configMap("a", { x: "2" })),
    get(at("a")),
  ],
  "apply without changes after a foreign write": [
    quiet(apply(at("a"), "one", configMap("a", { x: "1" }))),
    put(`${at("a")}?fieldManager=other`, configMap("a", { x: "1", y: "2" })),
    apply(at("a"), "one", configMap("a", { x: "1" })),
  ],
};
