import {
  configMap,
  deployment,
  get,
  jsonPatch,
  merge,
  paths,
  post,
  quiet,
  type Scenarios,
  strategic,
} from "../scenario.fixture.ts";

const { configMaps, configMap: at, core, apps } = paths;
const made = (data: object = { a: "1", b: "2" }, metadata: object = {}) =>
  quiet(post(configMaps, configMap("a", data, metadata)));
const web = quiet(
  post(
    apps("deployments"),
    deployment("d", {
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            {
              name: "web",
              image: "web:1",
              env: [
                { name: "A", value: "1" },
                { name: "B", value: "2" },
              ],
              ports: [{ containerPort: 80 }],
            },
            { name: "side", image: "side:1" },
          ],
          volumes: [{ name: "v", emptyDir: {} }],
        },
      },
    }),
  ),
);
const containers = { pick: ({ spec }: any) => spec.template.spec.containers };
const inPod = (spec: object) => ({ spec: { template: { spec } } });

/** PATCH of the three older kinds. */
export const patch: Scenarios = {
  "a merge patch sets and removes": [
    made(),
    merge(at("a"), { data: { a: null, c: "3" } }),
    merge(at("a"), { metadata: { labels: { x: "y" }, annotations: { n: "1" } } }),
    merge(at("a"), { metadata: { labels: null } }),
    merge(at("a"), { data: null }),
  ],
  "an empty merge patch changes nothing": [made(), merge(at("a"), {}), merge(at("a"), { data: { a: "1" } })],
  "a merge patch replaces lists": [
    web,
    merge(apps("deployments", "d"), inPod({ containers: [{ name: "web", image: "web:2" }] }), containers),
  ],
  "a merge patch of an old version is a conflict": [
    made(),
    merge(at("a"), { metadata: { resourceVersion: "1" }, data: { a: "2" } }),
    merge(at("a"), (seen) => ({
      metadata: { resourceVersion: seen[0]!.body.metadata.resourceVersion },
      data: { a: "3" },
    })),
    merge(at("a"), (seen) => ({
      metadata: { resourceVersion: seen[0]!.body.metadata.resourceVersion },
      data: { a: "4" },
    })),
  ],
  "a patch cannot rename an object": [
    made(),
    merge(at("a"), { metadata: { name: "b" } }),
    merge(at("a"), { metadata: { namespace: "elsewhere" } }),
    merge(at("a"), { metadata: { uid: "11111111-1111-4111-8111-111111111111" } }),
    merge(at("a"), { kind: "Secret" }),
    merge(at("a"), { apiVersion: "v2" }),
  ],
  "a patch cannot change system fields": [
    made(),
    merge(at("a"), { metadata: { creationTimestamp: "2001-01-01T00:00:00Z", generation: 7 } }),
    merge(at("a"), { metadata: { creationTimestamp: null } }),
    merge(at("a"), { metadata: { deletionTimestamp: "2001-01-01T00:00:00Z" } }),
  ],
  "what is not there cannot be patched": [
    merge(at("a"), {}),
    jsonPatch(at("a"), []),
    strategic(apps("deployments", "a"), {}),
  ],
  "patches of wrong types are refused": [
    made(),
    merge(at("a"), { data: { a: 1 } }),
    merge(at("a"), { data: "text" }),
    merge(at("a"), "{"),
    merge(at("a"), "[]"),
    merge(at("a"), '"text"'),
    merge(at("a"), ""),
    merge(at("a"), {}, { headers: { "content-type": "application/json" } }),
    merge(at("a"), {}, { headers: { "content-type": "text/plain" } }),
  ],
  "a patched object is validated": [
    made(),
    merge(at("a"), { data: { "bad/key": "x" } }),
    merge(at("a"), { metadata: { labels: { "bad key": "x" } } }),
    web,
    merge(apps("deployments", "d"), { spec: { replicas: -1 } }),
    merge(apps("deployments", "d"), { spec: { replicas: "two" } }),
    strategic(apps("deployments", "d"), inPod({ containers: [{ name: "web", image: "" }] })),
  ],
  "a JSON patch has six operations": [
    made(),
    jsonPatch(at("a"), [{ op: "add", path: "/data/c", value: "3" }]),
    jsonPatch(at("a"), [{ op: "replace", path: "/data/a", value: "9" }]),
    jsonPatch(at("a"), [{ op: "remove", path: "/data/b" }]),
    jsonPatch(at("a"), [{ op: "copy", from: "/data/a", path: "/data/d" }]),
    jsonPatch(at("a"), [{ op: "move", from: "/data/d", path: "/data/e" }]),
    jsonPatch(at("a"), [
      { op: "test", path: "/data/e", value: "9" },
      { op: "remove", path: "/data/e" },
    ]),
  ],
  "a JSON patch that does not fit is refused": [
    made(),
    jsonPatch(at("a"), [{ op: "test", path: "/data/a", value: "9" }]),
    jsonPatch(at("a"), [{ op: "remove", path: "/data/missing" }]),
    jsonPatch(at("a"), [{ op: "replace", path: "/data/missing", value: "1" }]),
    jsonPatch(at("a"), [{ op: "add", path: "/missing/deep", value: "1" }]),
    jsonPatch(at("a"), [{ op: "nonsense", path: "/data/a" }]),
    jsonPatch(at("a"), [{ op: "move", from: "/data/missing", path: "/data/x" }]),
    jsonPatch(at("a"), { op: "add" }),
    jsonPatch(at("a"), "{"),
    jsonPatch(at("a"), [{ op: "add", path: "/metadata/labels/x", value: "y" }]),
  ],
  "a JSON patch reaches keys with slashes and ends of lists": [
    made({}, { annotations: { "example.com/note": "1" }, finalizers: ["example.com/one"] }),
    jsonPatch(at("a"), [{ op: "replace", path: "/metadata/annotations/example.com~1note", value: "2" }]),
    jsonPatch(at("a"), [{ op: "add", path: "/metadata/finalizers/-", value: "example.com/two" }]),
    jsonPatch(at("a"), [{ op: "add", path: "/metadata/finalizers/9", value: "example.com/three" }]),
    jsonPatch(at("a"), [{ op: "remove", path: "/metadata/finalizers/0" }]),
    jsonPatch(at("a"), [{ op: "test", path: "/metadata/annotations/x~0y", value: null }]),
  ],
  "a strategic patch merges lists by their keys": [
    web,
    strategic(apps("deployments", "d"), inPod({ containers: [{ name: "web", image: "web:2" }] }), containers),
    strategic(
      apps("deployments", "d"),
      inPod({
        containers: [
          {
            name: "web",
            env: [
              { name: "A", value: "9" },
              { name: "C", value: "3" },
            ],
          },
        ],
      }),
      containers,
    ),
    strategic(apps("deployments", "d"), inPod({ containers: [{ name: "new", image: "new:1" }] }), containers),
    strategic(
      apps("deployments", "d"),
      inPod({ containers: [{ name: "web", ports: [{ containerPort: 80, name: "http" }] }] }),
      containers,
    ),
  ],
  "a strategic patch deletes and replaces when told": [
    web,
    strategic(
      apps("deployments", "d"),
      inPod({ containers: [{ name: "side", $patch: "delete" }] }),
      containers,
    ),
    strategic(
      apps("deployments", "d"),
      inPod({ containers: [{ name: "web", env: [{ name: "A", $patch: "delete" }] }] }),
      containers,
    ),
    strategic(
      apps("deployments", "d"),
      inPod({ containers: [{ $patch: "replace" }, { name: "only", image: "only:1" }] }),
      containers,
    ),
    strategic(
      apps("deployments", "d"),
      { spec: { template: { metadata: { labels: { $patch: "replace", app: "web" } } } } },
      { pick: ({ spec }) => spec.template.metadata },
    ),
    strategic(apps("deployments", "d"), inPod({ volumes: null }), {
      pick: ({ spec }) => spec.template.spec.volumes ?? "none",
    }),
  ],
  "a strategic patch orders lists and deletes from primitive ones": [
    web,
    strategic(
      apps("deployments", "d"),
      inPod({
        "$setElementOrder/containers": [{ name: "side" }, { name: "web" }],
        containers: [{ name: "web", image: "web:3" }],
      }),
      containers,
    ),
    made({}, { finalizers: ["example.com/one", "example.com/two"] }),
    strategic(at("a"), { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/one"] } }),
    strategic(at("a"), { metadata: { finalizers: ["example.com/three"] } }),
    strategic(
      apps("deployments", "d"),
      { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
      { pick: ({ spec }) => spec.strategy },
    ),
  ],
  "a strategic patch without the key of a list is refused": [
    web,
    strategic(apps("deployments", "d"), inPod({ containers: [{ image: "web:2" }] })),
    strategic(apps("deployments", "d"), inPod({ containers: "text" })),
    strategic(apps("deployments", "d"), inPod({ containers: [{ name: "web", $patch: "nonsense" }] })),
    strategic(apps("deployments", "d"), "{"),
    strategic(apps("deployments", "d"), "[]"),
  ],
  "a service's ports are merged by number": [
    quiet(
      post(core("services"), {
        metadata: { name: "s" },
        spec: { clusterIP: "None", ports: [{ name: "a", port: 80 }] },
      }),
    ),
    strategic(
      core("services", "s"),
      { spec: { ports: [{ name: "b", port: 81 }] } },
      { pick: ({ spec }) => spec.ports },
    ),
    strategic(
      core("services", "s"),
      { spec: { ports: [{ port: 80, targetPort: "web" }] } },
      { pick: ({ spec }) => spec.ports },
    ),
    strategic(
      core("services", "s"),
      { spec: { ports: [{ name: "c", port: 80, protocol: "UDP" }] } },
      { pick: ({ spec }) => spec.ports },
    ),
  ],
  "a dry run of a patch writes nothing": [
    made(),
    merge(`${at("a")}?dryRun=All`, { data: { a: "9" } }),
    jsonPatch(`${at("a")}?dryRun=All`, [{ op: "remove", path: "/data" }]),
    get(at("a")),
  ],
  "options of apply are refused elsewhere": [
    made(),
    merge(`${at("a")}?force=true`, {}),
    merge(`${at("a")}?fieldManager=x&force=false`, {}),
    merge(`${at("a")}?fieldManager=someone`, { data: { a: "5" } }),
    merge(`${at("a")}?dryRun=Some`, {}),
  ],
  "secrets take text in patches": [
    quiet(post(core("secrets"), { metadata: { name: "s" }, stringData: { a: "1" } })),
    merge(core("secrets", "s"), { stringData: { b: "2" } }),
    strategic(core("secrets", "s"), { data: { a: null } }),
    merge(core("secrets", "s"), { type: "other" }),
  ],
};
