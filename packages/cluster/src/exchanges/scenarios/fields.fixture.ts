import {
  configMap,
  custom,
  defined,
  deployment,
  jsonPatch,
  merge,
  paths,
  pod,
  post,
  put,
  quiet,
  type Scenarios,
  specOf,
  strategic,
  widget,
} from "../scenario.fixture.ts";

const { configMaps, configMap: at, core, apps } = paths;
const d = apps("deployments");
const wrong = { ...deployment("d", { replica: 2 }), metadata: { name: "d", label: {} } };
const none = { pick: () => "" };

/** fieldValidation: Strict, Warn and Ignore, for unknown and repeated fields. */
export const fields: Scenarios = {
  "unknown fields are told of by default": [
    post(configMaps, { ...configMap("a"), one: 1, two: 2 }),
    post(`${d}?dryRun=All`, wrong, none),
  ],
  "strict refuses unknown fields": [
    post(`${configMaps}?fieldValidation=Strict`, { ...configMap("a"), nonsense: 1 }),
    post(`${d}?fieldValidation=Strict`, wrong),
    post(
      `${core("pods")}?fieldValidation=Strict`,
      pod("p", { containers: [{ name: "c", image: "i", imagePullPolice: "Always", env: [{ nam: "x" }] }] }),
    ),
  ],
  "warn and ignore let them pass": [
    post(`${d}?fieldValidation=Warn&dryRun=All`, wrong, none),
    post(`${d}?fieldValidation=Ignore&dryRun=All`, wrong, none),
    post(`${d}?fieldValidation=Nonsense&dryRun=All`, wrong),
    post(`${d}?fieldValidation=&dryRun=All`, wrong, none),
  ],
  "repeated fields are found": [
    post(
      `${configMaps}?fieldValidation=Strict`,
      '{"metadata":{"name":"a","name":"b"},"data":{"x":"1","x":"2"}}',
    ),
    post(configMaps, '{"metadata":{"name":"a"},"data":{"x":"1","x":"2"}}'),
    post(`${configMaps}?fieldValidation=Ignore`, '{"metadata":{"name":"ignored"},"data":{"x":"1","x":"2"}}'),
    ...["metadata:\n  name: a\n  name: b\n", "metadata:\n  name: a\n  name: b\nother: 1\nother: 2\n"].flatMap(
      (text) =>
        ["Strict", "Warn"].map((validation) =>
          post(`${configMaps}?dryRun=All&fieldValidation=${validation}`, text, {
            headers: { "content-type": "application/yaml" },
          }),
        ),
    ),
  ],
  "fields are case sensitive": [
    post(`${configMaps}?fieldValidation=Strict`, { metadata: { name: "a" }, Data: { x: "1" } }),
    post(configMaps, { metadata: { name: "a" }, Data: { x: "1" } }),
  ],
  "replacements and patches are checked alike": [
    quiet(post(configMaps, configMap("a"))),
    put(`${at("a")}?fieldValidation=Strict`, { ...configMap("a"), nonsense: 1 }),
    put(at("a"), { ...configMap("a"), nonsense: 1 }),
    merge(`${at("a")}?fieldValidation=Strict`, { nonsense: 1 }),
    merge(at("a"), { nonsense: 1 }),
    merge(`${at("a")}?fieldValidation=Strict`, '{"data":{"x":"1","x":"2"}}'),
    jsonPatch(`${at("a")}?fieldValidation=Strict`, [{ op: "add", path: "/nonsense", value: 1 }]),
    jsonPatch(`${at("a")}?fieldValidation=Strict`, [{ op: "add", path: "/data", value: {}, extra: 1 }]),
    strategic(`${at("a")}?fieldValidation=Strict`, { nonsense: 1 }),
    strategic(at("a"), { nonsense: 1 }),
  ],
  "custom resources are pruned, or refused": [
    ...defined(specOf({ size: { type: "integer" } })),
    post(custom.widgets, widget("a", { spec: { size: 1, color: "red" }, other: {} })),
    post(
      `${custom.widgets}?fieldValidation=Strict`,
      widget("b", { spec: { size: 1, color: "red" }, other: {} }),
    ),
    post(`${custom.widgets}?fieldValidation=Ignore`, widget("c", { spec: { size: 1, color: "red" } })),
    post(`${custom.widgets}?fieldValidation=Strict`, widget("b", { spec: {} }, { label: 1 })),
    merge(`${custom.widget("a")}?fieldValidation=Strict`, { spec: { color: "blue" } }),
    merge(custom.widget("a"), { spec: { color: "blue" } }),
    put(`${custom.widget("a")}?fieldValidation=Strict`, widget("a", { spec: { color: "red" } })),
    post(
      `${custom.widgets}?fieldValidation=Strict`,
      '{"apiVersion":"{group}/v1","kind":"Widget","metadata":{"name":"x"},"spec":{"size":1,"size":2}}',
    ),
  ],
  "odd values are warned of": [
    post(
      core("pods"),
      pod("p", {
        containers: [
          {
            name: "c",
            image: "i",
            env: [
              { name: "A", value: "1" },
              { name: "A", value: "2" },
            ],
            ports: [{ containerPort: 80 }, { containerPort: 80 }],
          },
        ],
      }),
      none,
    ),
    post(
      core("pods"),
      pod("q", {
        nodeSelector: { "beta.kubernetes.io/os": "linux" },
        containers: [{ name: "c", image: "i", resources: { requests: { memory: "100m" } } }],
      }),
      none,
    ),
    post(
      core("services"),
      {
        metadata: { name: "s" },
        spec: { clusterIP: "None", ports: [{ port: 80 }], externalIPs: ["1.2.3.4"] },
      },
      none,
    ),
    post(
      core("pods"),
      {
        ...pod("r"),
        metadata: { name: "r", annotations: { "seccomp.security.alpha.kubernetes.io/pod": "x" } },
      },
      none,
    ),
    post(core("endpoints"), { metadata: { name: "e" } }, none),
    post("/api/v1/namespaces", { metadata: { name: "{ns}-2" }, spec: { finalizers: ["kubernetes"] } }, none),
    post("/apis/batch/v1/namespaces/{ns}/cronjobs", {
      metadata: { name: "a".repeat(52) },
      spec: {
        schedule: "TZ=UTC 0 0 * * *",
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
        },
      },
    }),
  ],
};
