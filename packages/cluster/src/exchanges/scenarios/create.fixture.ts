import { configMap, deployment, get, paths, pod, post, type Scenarios } from "../scenario.fixture.ts";

const { configMaps, core } = paths;

/** POST: what is filled in, and what is refused. */
export const create: Scenarios = {
  "a created object gets uid, version, time and managed fields": [
    post(
      configMaps,
      configMap("a", { key: "value" }, { labels: { app: "web" }, annotations: { note: "x" } }),
    ),
    get(`${configMaps}/a`),
  ],
  "a second object of the same name is refused": [
    post(configMaps, configMap("a")),
    post(configMaps, configMap("a", { other: "x" })),
  ],
  "kind and apiVersion may be left out of a built-in object": [post(configMaps, { metadata: { name: "a" } })],
  "kind and apiVersion must fit the path": [
    post(configMaps, { kind: "Secret", apiVersion: "v1", metadata: { name: "a" } }),
    post(configMaps, { kind: "ConfigMap", apiVersion: "v2", metadata: { name: "a" } }),
    post(configMaps, { kind: "Nonsense", apiVersion: "nowhere/v1", metadata: { name: "a" } }),
    post(configMaps, { kind: "ConfigMap", metadata: { name: "b" } }),
  ],
  "an object needs a name": [
    post(configMaps, {}),
    post(configMaps, { metadata: {} }),
    post(configMaps, { metadata: { name: "" } }),
  ],
  "a name is a DNS name": [
    post(configMaps, configMap("Upper")),
    post(configMaps, configMap("under_score")),
    post(configMaps, configMap("-dash")),
    post(configMaps, configMap("a".repeat(254))),
    post(configMaps, configMap("with.dots")),
    post(core("services"), { metadata: { name: "1digit" }, spec: { ports: [{ port: 80 }] } }),
    post(core("services"), { metadata: { name: "with.dots" }, spec: { ports: [{ port: 80 }] } }),
    post("/api/v1/namespaces", { metadata: { name: "with.dots" } }),
    post("/apis/rbac.authorization.k8s.io/v1/clusterroles", { metadata: { name: "with/slash" } }),
    post("/apis/rbac.authorization.k8s.io/v1/clusterroles", { metadata: { name: "with:colon" } }),
  ],
  "generateName makes up the rest of the name": [
    post(configMaps, { metadata: { generateName: "made-" } }),
    post(core("pods"), { ...pod(""), metadata: { generateName: "made-up-" } }),
  ],
  "a generated name shortens a long prefix": [
    post(
      configMaps,
      { metadata: { generateName: "p".repeat(70) } },
      { pick: (body) => body.metadata.name.length },
    ),
  ],
  "a generateName that makes no name is refused": [
    post(
      configMaps,
      { metadata: { generateName: "Wrong_" } },
      {
        pick: () => "",
      },
    ),
  ],
  "the namespace is that of the path": [
    post(configMaps, configMap("a", undefined, { namespace: "{ns}" })),
    post(configMaps, configMap("b", undefined, { namespace: "elsewhere" })),
    post("/api/v1/namespaces", { metadata: { name: "{ns}-other", namespace: "{ns}" } }),
  ],
  "a namespace must exist": [
    post("/api/v1/namespaces/missing/configmaps", configMap("a")),
    post("/apis/apps/v1/namespaces/missing/deployments", deployment("a")),
  ],
  "a version given at creation is refused": [
    post(configMaps, configMap("a", undefined, { resourceVersion: "1" })),
    post(configMaps, configMap("a", undefined, { resourceVersion: "x" })),
  ],
  "system fields given at creation are overwritten": [
    post(
      configMaps,
      configMap("a", undefined, {
        uid: "11111111-1111-4111-8111-111111111111",
        creationTimestamp: "2001-01-01T00:00:00Z",
        generation: 9,
        selfLink: "/somewhere",
        deletionTimestamp: "2001-01-01T00:00:00Z",
        deletionGracePeriodSeconds: 5,
      }),
    ),
    post(
      paths.apps("deployments"),
      { ...deployment("d"), metadata: { name: "d", generation: 9 }, status: { replicas: 4 } },
      { pick: ({ metadata, status }) => ({ metadata, status }) },
    ),
  ],
  "labels and annotations are checked": [
    post(configMaps, configMap("a", undefined, { labels: { ok: "bad value!" } })),
    post(configMaps, configMap("a", undefined, { labels: { ["l".repeat(64)]: "x" } })),
    post(configMaps, configMap("a", undefined, { labels: { "a/b/c": "y" } })),
    post(configMaps, configMap("a", undefined, { labels: { "/x": "z" } })),
    post(configMaps, configMap("a", undefined, { labels: { ok: "v".repeat(64) } })),
    post(configMaps, configMap("a", undefined, { annotations: { "bad key": "x" } })),
    post(configMaps, configMap("a", undefined, { annotations: { big: "x".repeat(262_145) } }), {
      pick: () => "",
    }),
    post(configMaps, configMap("a", undefined, { labels: { n: 1 } })),
    post(configMaps, configMap("a", undefined, { labels: { n: null } })),
  ],
  "owner references are checked": [
    post(
      configMaps,
      configMap("a", undefined, { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "x" }] }),
    ),
    post(
      configMaps,
      configMap("a", undefined, {
        ownerReferences: [
          { apiVersion: "v1", kind: "Pod", name: "x", uid: "1", controller: true },
          { apiVersion: "v1", kind: "Pod", name: "y", uid: "2", controller: true },
        ],
      }),
    ),
    post(configMaps, configMap("a", undefined, { ownerReferences: [{ kind: "Pod", name: "", uid: "" }] })),
    post(
      configMaps,
      configMap("b", undefined, {
        ownerReferences: [{ apiVersion: "v1", kind: "Event", name: "x", uid: "1" }],
      }),
    ),
  ],
  "finalizers are checked": [
    post(configMaps, configMap("a", undefined, { finalizers: ["nodomain"] })),
    post(configMaps, configMap("b", undefined, { finalizers: ["example.com/ok"] })),
    post(configMaps, configMap("c", undefined, { finalizers: ["bad value/x y"] })),
    post(configMaps, configMap("d", undefined, { finalizers: ["foregroundDeletion", "orphan"] })),
  ],
  "a dry run answers as the write would, and writes nothing": [
    post(`${configMaps}?dryRun=All`, configMap("a", { x: "y" })),
    get(`${configMaps}/a`),
    post(`${configMaps}?dryRun=All`, { metadata: { generateName: "made-" } }),
    post(`${configMaps}?dryRun=Some`, configMap("a")),
    post(`${configMaps}?dryRun=All&dryRun=Other`, configMap("a")),
    post(`${configMaps}?dryRun=`, configMap("b")),
  ],
  "a field manager has a bounded printable name": [
    post(`${configMaps}?fieldManager=someone`, configMap("a")),
    post(`${configMaps}?fieldManager=${"m".repeat(129)}`, configMap("b")),
    post(`${configMaps}?fieldManager=%07bell`, configMap("c")),
    post(configMaps, configMap("d"), { headers: { "user-agent": "kubectl/v1.35 (linux)" } }),
    post(configMaps, configMap("e"), { headers: { "user-agent": "" } }),
  ],
  "a body must be an object of JSON": [
    post(configMaps, ""),
    post(configMaps, "[]"),
    post(configMaps, "null"),
    post(configMaps, "{"),
    post(configMaps, "text"),
    post(configMaps, '{"metadata":{"name":"a"}} {}'),
    post(configMaps, '{"metadata":"a"}'),
    post(configMaps, '{"metadata":{"name":1}}'),
    post(configMaps, '{"metadata":{"name":"a"},"data":{"k":1}}'),
    post(configMaps, '{"metadata":{"name":"a"},"data":["k"]}'),
    post(configMaps, '{"metadata":{"name":"a"},"data":null}'),
    post(configMaps, '{"metadata":{"name":"b"},"immutable":"yes"}'),
  ],
  "bodies may be YAML but not just anything": [
    post(configMaps, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  on: 'off'\n", {
      headers: { "content-type": "application/yaml" },
    }),
    post(configMaps, "a: [", { headers: { "content-type": "application/yaml" } }),
    post(configMaps, configMap("b"), { headers: { "content-type": "text/plain" } }),
    post(configMaps, configMap("b"), { headers: { "content-type": "application/xml" } }),
    post(configMaps, configMap("b"), { headers: { "content-type": "application/json; charset=utf-8" } }),
    post(configMaps, configMap("c"), { headers: { "content-type": "nonsense" } }),
  ],
  "bodies over three megabytes are refused": [
    post(configMaps, configMap("big", { text: "x".repeat(3 * 1024 * 1024) })),
    post(configMaps, configMap("large", { text: "x".repeat(1024 * 1024 + 1) })),
    post(core("secrets"), { metadata: { name: "s" }, stringData: { text: "x".repeat(1024 * 1024 + 1) } }),
  ],
  "data keys are checked": [
    post(configMaps, configMap("a", { "bad/key": "x" })),
    post(configMaps, configMap("a", { "": "x" })),
    post(configMaps, configMap("a", { "..": "x" })),
    post(configMaps, { metadata: { name: "a" }, data: { k: "x" }, binaryData: { k: "eA==" } }),
    post(configMaps, { metadata: { name: "a" }, binaryData: { k: "not base64!" } }),
    post(core("secrets"), { metadata: { name: "a" }, data: { k: "not base64!" } }),
    post(core("secrets"), { metadata: { name: "a" }, stringData: { k: "v" }, data: { l: "eA==" } }),
    post(core("secrets"), { metadata: { name: "t" }, type: "kubernetes.io/tls", data: { "tls.crt": "" } }),
    post(core("secrets"), { metadata: { name: "t" }, type: "kubernetes.io/dockerconfigjson", data: {} }),
    post(core("secrets"), { metadata: { name: "b" }, type: "kubernetes.io/basic-auth", data: {} }),
    post(core("secrets"), { metadata: { name: "o" }, type: "Opaque" }),
  ],
};
