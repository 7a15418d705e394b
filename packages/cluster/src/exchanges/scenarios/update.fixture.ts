import {
  configMap,
  deployment,
  get,
  paths,
  pod,
  post,
  put,
  quiet,
  type Scenarios,
} from "../scenario.fixture.ts";

const { configMaps, configMap: at, core, apps } = paths;
const made = (name = "a") =>
  quiet(post(configMaps, configMap(name, { key: "1" }, { labels: { app: "web" } })));
const service = (spec: object, metadata: object = {}) => ({ metadata: { name: "s", ...metadata }, spec });

/** PUT: conflicts, what cannot change, what a replacement leaves alone. */
export const update: Scenarios = {
  "a replacement takes the place of everything but the system fields": [
    made(),
    put(at("a"), configMap("a", { other: "2" })),
    get(at("a")),
  ],
  "a replacement of the current version is taken": [
    made(),
    put(at("a"), (seen) => ({ ...seen.at(-1)!.body, data: { key: "2" } })),
  ],
  "a replacement of an old version is a conflict": [
    made(),
    put(at("a"), configMap("a", { key: "2" })),
    put(at("a"), (seen) => ({ ...seen[0]!.body, data: { key: "3" } })),
  ],
  "an unchanged replacement keeps the version": [
    made(),
    put(at("a"), (seen) => seen.at(-1)!.body),
    get(at("a")),
  ],
  "versions that are no versions are refused": [
    made(),
    put(at("a"), configMap("a", {}, { resourceVersion: "abc" })),
    put(at("a"), configMap("a", {}, { resourceVersion: "0" })),
    put(at("a"), configMap("a", {}, { resourceVersion: "99999999" })),
  ],
  "a replacement with another uid is refused": [
    made(),
    put(at("a"), configMap("a", {}, { uid: "11111111-1111-4111-8111-111111111111" })),
  ],
  "names of path and body must agree": [
    made(),
    put(at("a"), configMap("b")),
    put(at("a"), { data: {} }),
    put(at("a"), configMap("a", {}, { namespace: "elsewhere" })),
  ],
  "what is not there cannot be replaced": [
    put(at("a"), configMap("a")),
    put(at("a"), configMap("a", {}, { resourceVersion: "1" })),
    put(apps("deployments", "a"), deployment("a")),
  ],
  "some kinds are created by a replacement": [
    put("/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/a", {
      metadata: { name: "a" },
      spec: { holderIdentity: "x" },
    }),
    put(core("endpoints", "e"), { metadata: { name: "e" } }),
    put(core("events", "v"), { metadata: { name: "v" }, involvedObject: { namespace: "{ns}" }, reason: "x" }),
  ],
  "immutable maps and secrets stay as they are": [
    quiet(post(configMaps, { ...configMap("a", { key: "1" }), immutable: true })),
    put(at("a"), { ...configMap("a", { key: "2" }), immutable: true }),
    put(at("a"), configMap("a", { key: "1" })),
    put(at("a"), { ...configMap("a", { key: "1" }, { labels: { x: "y" } }), immutable: true }),
    quiet(post(core("secrets"), { metadata: { name: "s" }, immutable: true, stringData: { a: "b" } })),
    put(core("secrets", "s"), { metadata: { name: "s" }, stringData: { a: "c" } }),
    quiet(post(core("secrets"), { metadata: { name: "t" }, stringData: { a: "b" } })),
    put(core("secrets", "t"), { metadata: { name: "t" }, type: "other", stringData: { a: "c" } }),
  ],
  "the generation counts changes of the spec": [
    quiet(post(apps("deployments"), deployment("d"))),
    put(apps("deployments", "d"), deployment("d", { replicas: 3 }), { pick: ({ metadata }) => metadata }),
    put(apps("deployments", "d"), deployment("d", { replicas: 3 }), { pick: ({ metadata }) => metadata }),
    put(
      apps("deployments", "d"),
      { ...deployment("d", { replicas: 3 }), metadata: { name: "d", labels: { x: "y" } } },
      { pick: ({ metadata }) => metadata },
    ),
    put(
      apps("deployments", "d"),
      { ...deployment("d", { replicas: 3 }), status: { replicas: 9 } },
      { pick: ({ metadata, status }) => ({ metadata, status }) },
    ),
  ],
  "a deployment keeps its selector": [
    quiet(post(apps("deployments"), deployment("d"))),
    put(
      apps("deployments", "d"),
      deployment("d", {
        selector: { matchLabels: { app: "other" } },
        template: {
          metadata: { labels: { app: "other" } },
          spec: { containers: [{ name: "c", image: "i" }] },
        },
      }),
    ),
  ],
  "a stateful set keeps most of its spec": [
    quiet(post(apps("statefulsets"), { ...deployment("s", { serviceName: "s" }), kind: "StatefulSet" })),
    put(apps("statefulsets", "s"), { ...deployment("s", { serviceName: "t" }), kind: "StatefulSet" }),
    put(
      apps("statefulsets", "s"),
      { ...deployment("s", { serviceName: "s", replicas: 2 }), kind: "StatefulSet" },
      {
        pick: ({ metadata, spec }) => [metadata.generation, spec.replicas],
      },
    ),
  ],
  "a job keeps its template": [
    quiet(
      post("/apis/batch/v1/namespaces/{ns}/jobs", {
        metadata: { name: "j" },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
      }),
    ),
    put(
      "/apis/batch/v1/namespaces/{ns}/jobs/j",
      (seen) => {
        const job = structuredClone(seen.at(-1)!.body);
        job.spec.template.spec.containers[0].image = "other";
        return job;
      },
      { pick: () => "" },
    ),
  ],
  "a pod's spec can change in few places": [
    quiet(post(core("pods"), pod("p"))),
    put(
      core("pods", "p"),
      (seen) => {
        const changed = structuredClone(seen.at(-1)!.body);
        changed.spec.containers[0].image = "registry.example/web:2";
        return changed;
      },
      { pick: ({ spec, metadata }) => [spec.containers[0].image, metadata.generation] },
    ),
    put(
      core("pods", "p"),
      (seen) => {
        const changed = structuredClone(seen.at(-1)!.body);
        changed.metadata.labels = { other: "x" };
        return changed;
      },
      { pick: ({ metadata }) => metadata.labels },
    ),
  ],
  "a service keeps its address": [
    quiet(post(core("services"), service({ ports: [{ port: 80 }], selector: { app: "web" } }))),
    put(core("services", "s"), service({ ports: [{ port: 81 }] })),
    put(core("services", "s"), service({ ports: [{ port: 81 }], clusterIP: "None" })),
    put(core("services", "s"), service({ ports: [{ port: 81 }], type: "NodePort" })),
    put(core("services", "s"), service({ type: "ExternalName", externalName: "example.com" })),
  ],
  "a role binding keeps its role": [
    quiet(
      post("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", {
        metadata: { name: "b" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
        subjects: [{ kind: "ServiceAccount", name: "default" }],
      }),
    ),
    get("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings/b"),
    put("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings/b", {
      metadata: { name: "b" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
    }),
  ],
  "a dry run of a replacement writes nothing": [
    made(),
    put(`${at("a")}?dryRun=All`, configMap("a", { key: "2" })),
    get(at("a")),
  ],
  "replacements need a name in the path": [put(configMaps, configMap("a")), post(at("a"), configMap("a"))],
  "managers of replacements own what they changed": [
    quiet(post(`${configMaps}?fieldManager=one`, configMap("a", { x: "1", y: "1" }))),
    put(`${at("a")}?fieldManager=two`, configMap("a", { x: "1", y: "2", z: "2" })),
    put(`${at("a")}?fieldManager=three`, configMap("a", { x: "1" })),
    put(`${at("a")}?fieldManager=one`, configMap("a", { x: "1" }, { managedFields: [] })),
    put(`${at("a")}?fieldManager=one`, configMap("a", { x: "2" }, { managedFields: [{}] })),
  ],
};
