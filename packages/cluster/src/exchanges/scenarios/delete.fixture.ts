import {
  configMap,
  custom,
  defined,
  del,
  deployment,
  get,
  merge,
  paths,
  pod,
  post,
  put,
  quiet,
  type Scenarios,
  specOf,
  untilSo,
  untilStatus,
  widget,
} from "../scenario.fixture.ts";

const { configMaps, configMap: at, core, apps } = paths;
const made = (name = "a", metadata: object = {}) =>
  quiet(post(configMaps, configMap(name, undefined, metadata)));
/** A ConfigMap owned by the last object made. */
const owned = (name: string, reference: object = {}) =>
  quiet(
    post(configMaps, (seen: any) => {
      const { apiVersion, kind, metadata } = seen.at(-1).body;
      return configMap(name, undefined, {
        ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, ...reference }],
      });
    }),
  );

/** DELETE: preconditions, finalizers, what goes along. */
export const deletion: Scenarios = {
  "a deleted object is gone": [made(), del(at("a")), get(at("a")), del(at("a"))],
  "some kinds answer with what was deleted": [
    quiet(post(core("secrets"), { metadata: { name: "s" } })),
    del(core("secrets", "s")),
    quiet(post(core("serviceaccounts"), { metadata: { name: "a" } })),
    del(core("serviceaccounts", "a")),
    quiet(
      post(core("services"), { metadata: { name: "s" }, spec: { clusterIP: "None", ports: [{ port: 80 }] } }),
    ),
    del(core("services", "s")),
    quiet(post(apps("deployments"), deployment("d"))),
    del(apps("deployments", "d")),
    quiet(post(core("resourcequotas"), { metadata: { name: "q" } })),
    del(core("resourcequotas", "q")),
    quiet(
      post(core("podtemplates"), {
        metadata: { name: "t" },
        template: pod("x").spec && { metadata: {}, spec: pod("x").spec },
      }),
    ),
    del(core("podtemplates", "t")),
    quiet(
      post(core("persistentvolumeclaims"), {
        metadata: { name: "c" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      }),
    ),
    del(core("persistentvolumeclaims", "c")),
  ],
  "preconditions must hold": [
    made(),
    del(at("a"), { preconditions: { uid: "11111111-1111-4111-8111-111111111111" } }),
    del(at("a"), { preconditions: { resourceVersion: "1" } }),
    del(at("a"), (seen: any) => ({
      preconditions: {
        uid: seen[0].body.metadata.uid,
        resourceVersion: seen[0].body.metadata.resourceVersion,
      },
    })),
  ],
  "a finalizer holds an object back": [
    made("a", { finalizers: ["example.com/wait"] }),
    del(at("a")),
    get(at("a")),
    del(at("a")),
    merge(at("a"), { metadata: { labels: { x: "y" } } }),
    merge(at("a"), { metadata: { finalizers: null } }),
    get(at("a")),
  ],
  "finalizers cannot be added while dying": [
    made("a", { finalizers: ["example.com/one", "example.com/two"] }),
    quiet(del(at("a"))),
    merge(at("a"), { metadata: { finalizers: ["example.com/one", "example.com/two", "example.com/three"] } }),
    merge(at("a"), { metadata: { finalizers: ["example.com/two"] } }),
    put(at("a"), configMap("a")),
    get(at("a")),
  ],
  "a name is taken while its object is dying": [
    made("a", { finalizers: ["example.com/one"] }),
    quiet(del(at("a"))),
    post(configMaps, configMap("a")),
  ],
  "options of deletion are checked": [
    made(),
    del(`${at("a")}?propagationPolicy=Nonsense`),
    del(at("a"), { propagationPolicy: "Nonsense" }),
    del(at("a"), { propagationPolicy: "Orphan", orphanDependents: true }),
    del(`${at("a")}?dryRun=Some`),
    del(at("a"), { gracePeriodSeconds: -1 }),
    del(at("a"), "{"),
    del(at("a"), { kind: "ConfigMap", apiVersion: "v1" }),
    del(at("a"), { kind: "DeleteOptions", apiVersion: "v1", dryRun: ["All"] }),
    del(`${at("a")}?dryRun=All`),
    get(at("a")),
  ],
  "a graceful period is written to a pod": [
    quiet(post(core("pods"), pod("p", { nodeName: "nowhere", terminationGracePeriodSeconds: 20 }))),
    del(core("pods", "p"), undefined, {
      pick: ({ metadata }) => ({ ...metadata, managedFields: undefined }),
    }),
    del(
      core("pods", "p"),
      { gracePeriodSeconds: 5 },
      { pick: ({ metadata }) => metadata.deletionGracePeriodSeconds },
    ),
    get(core("pods", "p"), { pick: ({ metadata }) => metadata.generation }),
    del(core("pods", "p"), { gracePeriodSeconds: 0 }, { pick: ({ metadata }) => metadata.name }),
    get(core("pods", "p")),
    quiet(post(core("pods"), pod("q"))),
    del(core("pods", "q"), undefined, {
      pick: ({ metadata }) => metadata.deletionGracePeriodSeconds ?? "none",
    }),
    get(core("pods", "q")),
  ],
  "dependents are collected in the background": [
    made("owner"),
    owned("child"),
    del(at("owner")),
    untilStatus(at("child"), 404),
    get(at("child")),
  ],
  "dependents are orphaned when asked": [
    made("owner"),
    owned("child"),
    del(`${at("owner")}?propagationPolicy=Orphan`),
    untilStatus(at("owner"), 404),
    get(at("child"), { pick: ({ metadata }) => metadata.ownerReferences ?? "none" }),
  ],
  "a foreground deletion waits for blocking dependents": [
    made("owner"),
    owned("child", { blockOwnerDeletion: true }),
    quiet(merge(at("child"), { metadata: { finalizers: ["example.com/wait"] } })),
    del(`${at("owner")}?propagationPolicy=Foreground`),
    untilSo(at("child"), ({ metadata }) => metadata.deletionTimestamp),
    get(at("owner"), { pick: ({ metadata }) => [metadata.finalizers, Boolean(metadata.deletionTimestamp)] }),
    merge(
      at("child"),
      { metadata: { finalizers: null } },
      { pick: ({ metadata }) => metadata.finalizers ?? "none" },
    ),
    untilStatus(at("owner"), 404),
    get(at("child")),
  ],
  "an object with an owner that never was is collected": [
    made("owner"),
    quiet(
      post(
        configMaps,
        configMap("child", undefined, {
          ownerReferences: [
            {
              apiVersion: "v1",
              kind: "ConfigMap",
              name: "owner",
              uid: "11111111-1111-4111-8111-111111111111",
            },
          ],
        }),
      ),
    ),
    untilStatus(at("child"), 404),
    get(at("child")),
  ],
  "an object with one owner left stays": [
    made("one"),
    made("two"),
    quiet(
      post(configMaps, (seen: any) =>
        configMap("child", undefined, {
          ownerReferences: seen.slice(-2).map(({ body }: any) => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            name: body.metadata.name,
            uid: body.metadata.uid,
          })),
        }),
      ),
    ),
    quiet(del(at("one"))),
    untilSo(at("child"), ({ metadata }) => metadata.ownerReferences.length === 1),
    get(at("child"), { pick: ({ metadata }) => metadata.ownerReferences }),
  ],
  "a collection is deleted by selector": [
    made("a", { labels: { app: "x" } }),
    made("b", { labels: { app: "x" } }),
    made("c", { labels: { app: "y" } }),
    del(`${configMaps}?labelSelector=app=x`),
    get(`${configMaps}?labelSelector=app`),
    del(`${configMaps}?labelSelector=app=none`),
    del(`${configMaps}?labelSelector=app=y&dryRun=All`),
    del(`${configMaps}?labelSelector=!!`),
    del(`${configMaps}?fieldSelector=metadata.name=c`),
    get(at("c")),
  ],
  "custom resources are deleted alike": [
    ...defined(specOf({})),
    quiet(post(custom.widgets, widget("w"))),
    del(custom.widget("w")),
    del(custom.widget("w")),
    quiet(post(custom.widgets, widget("f", {}, { finalizers: ["example.com/wait"] }))),
    del(custom.widget("f")),
    merge(custom.widget("f"), { metadata: { finalizers: [] } }),
    get(custom.widget("f")),
    quiet(post(custom.widgets, widget("x"))),
    del(custom.widgets),
    get(custom.widgets),
  ],
  "a dying namespace takes no new objects": [
    quiet(post("/api/v1/namespaces", { metadata: { name: "{ns}-2" } })),
    quiet(
      post(
        "/api/v1/namespaces/{ns}-2/configmaps",
        configMap("a", undefined, { finalizers: ["example.com/wait"] }),
      ),
    ),
    del("/api/v1/namespaces/{ns}-2", undefined, {
      pick: ({ kind, status, metadata, spec }) => ({
        kind,
        status,
        spec,
        marked: Boolean(metadata?.deletionTimestamp),
      }),
    }),
    post("/api/v1/namespaces/{ns}-2/configmaps", configMap("b")),
    untilSo("/api/v1/namespaces/{ns}-2", ({ status }) =>
      status.conditions?.some(
        ({ type, status }: any) => type === "NamespaceFinalizersRemaining" && status === "True",
      ),
    ),
    get("/api/v1/namespaces/{ns}-2", { pick: ({ status, spec }) => ({ status, spec }) }),
    merge("/api/v1/namespaces/{ns}-2/configmaps/a", { metadata: { finalizers: null } }, { pick: () => "" }),
    untilStatus("/api/v1/namespaces/{ns}-2", 404),
    get("/api/v1/namespaces/{ns}-2"),
  ],
  "namespaces are made with a finalizer and a label": [
    post("/api/v1/namespaces", { metadata: { name: "{ns}-2" } }),
    post("/api/v1/namespaces", { metadata: { name: "{ns}-2" } }),
    merge("/api/v1/namespaces/{ns}-2", { metadata: { labels: { "kubernetes.io/metadata.name": "other" } } }),
    merge("/api/v1/namespaces/{ns}-2", { spec: { finalizers: [] } }, { pick: ({ spec }) => spec }),
    del("/api/v1/namespaces/kube-system"),
    del("/api/v1/namespaces/default"),
    post("/api/v1/namespaces/{ns}/configmaps", configMap("kube-root-ca.crt")),
  ],
};
