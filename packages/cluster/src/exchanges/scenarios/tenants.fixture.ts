import {
  del,
  deployment,
  get,
  merge,
  paths,
  pod,
  post,
  quiet,
  type Scenarios,
  type Step,
  untilSo,
} from "../scenario.fixture.ts";

const { core, apps, of } = paths;
const withResources = (name: string, ...resources: object[]) =>
  pod(name, {
    containers: resources.map((each, index) => ({ name: `c${index}`, image: "i:1", resources: each })),
  });
const told = {
  pick: ({ kind, message, spec, metadata, status }: any) =>
    kind === "Status"
      ? message
      : [metadata.annotations, spec.containers, spec.initContainers, status.qosClass],
};
const claim = (name: string, storage: string, more: object = {}) => ({
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...more },
});
const refusal = { pick: ({ kind, message, metadata }: any) => (kind === "Status" ? message : metadata.name) };
const range = (...limits: object[]): Step =>
  quiet(post(core("limitranges"), { metadata: { name: "l" }, spec: { limits } }));
const usage = { pick: ({ spec, status }: any) => ({ spec, status }) };
const quota = (hard: object, more: object = {}): Step[] => [
  quiet(post(core("resourcequotas"), { metadata: { name: "q" }, spec: { hard, ...more } })),
  untilSo(core("resourcequotas", "q"), ({ status }) => status?.used !== undefined),
];
const used = get(core("resourcequotas", "q"), usage);
const untilUsed = (name: string, amount: string) =>
  untilSo(core("resourcequotas", "q"), ({ status }) => status.used[name] === amount);

/** What a namespace allows those who live in it: LimitRanges and ResourceQuotas. */
export const tenants: Scenarios = {
  "limits are filled in": [
    range({ type: "Container", default: { cpu: "500m", memory: "256Mi" }, defaultRequest: { cpu: "100m" } }),
    get(core("limitranges", "l"), { pick: ({ spec }) => spec }),
    post(
      core("pods"),
      withResources("a", {}, { limits: { memory: "64Mi" } }, { requests: { cpu: "200m" } }),
      told,
    ),
    post(
      core("pods"),
      pod("b", {
        initContainers: [{ name: "i", image: "i:1" }],
        containers: [
          { name: "c", image: "i:1", resources: { requests: { cpu: 1 }, limits: { cpu: 1, memory: "1Gi" } } },
        ],
      }),
      told,
    ),
    post(
      core("pods"),
      withResources("c", { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1", memory: "1Gi" } }),
      told,
    ),
    post(core("pods"), withResources("d", { requests: { memory: "2Gi" } }), told),
    post(core("pods"), withResources("e", { requests: { cpu: "600m" } }), told),
    post(`${core("pods")}?dryRun=All`, withResources("f", {}), told),
  ],
  "limits of containers and pods are kept": [
    range(
      { type: "Container", max: { memory: "1Gi" }, min: { cpu: "50m" }, maxLimitRequestRatio: { cpu: "10" } },
      { type: "Pod", max: { cpu: "3" } },
    ),
    ...[
      [{ limits: { memory: "2Gi", cpu: "1" }, requests: { cpu: "1" } }],
      [{ limits: { memory: "1Gi", cpu: "2" }, requests: { cpu: "100m" } }],
      [{ limits: { memory: "1Gi", cpu: "10m" }, requests: { cpu: "10m" } }],
      [
        { limits: { memory: "1Gi", cpu: "2" }, requests: { cpu: "1" } },
        { limits: { memory: "1Gi", cpu: "2" }, requests: { cpu: "1" } },
      ],
      [{ limits: { memory: "1Gi", cpu: "1" }, requests: { cpu: "1" } }],
    ].map((resources, index) => post(core("pods"), withResources(`p${index}`, ...resources), refusal)),
  ],
  "claims have their limits": [
    range({ type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "10Gi" } }),
    ...["500Mi", "20Gi", "5Gi"].map((size) =>
      post(core("persistentvolumeclaims"), claim("c", size), refusal),
    ),
  ],
  "objects are counted": [
    ...quota({
      "count/configmaps": "3",
      secrets: "1",
      "count/deployments.apps": "1",
      services: "2",
      "services.loadbalancers": "0",
      "services.nodeports": "1",
    }),
    used,
    post(core("configmaps"), { metadata: { name: "a" } }, refusal),
    post(core("configmaps"), { metadata: { name: "b" } }, refusal),
    post(core("configmaps"), { metadata: { name: "c" } }, refusal),
    post(`${core("configmaps")}?dryRun=All`, { metadata: { name: "c" } }, refusal),
    post(core("secrets"), { metadata: { name: "a" } }, refusal),
    post(core("secrets"), { metadata: { name: "b" } }, refusal),
    post(apps("deployments"), deployment("d"), refusal),
    post(apps("deployments"), deployment("e"), refusal),
    post(
      core("services"),
      { metadata: { name: "a" }, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } },
      refusal,
    ),
    post(
      core("services"),
      { metadata: { name: "a" }, spec: { type: "NodePort", ports: [{ port: 80 }] } },
      refusal,
    ),
    post(
      core("services"),
      { metadata: { name: "b" }, spec: { type: "NodePort", ports: [{ port: 80 }] } },
      refusal,
    ),
    post(core("services"), { metadata: { name: "b" }, spec: { ports: [{ port: 80 }] } }, refusal),
    merge(core("services", "b"), { spec: { type: "NodePort" } }, refusal),
    used,
    quiet(del(core("configmaps", "a"))),
    untilUsed("count/configmaps", "2"),
    post(core("configmaps"), { metadata: { name: "c" } }, refusal),
  ],
  "pods are counted with what they ask for": [
    ...quota({ pods: "3", "requests.cpu": "1", "limits.memory": "1Gi" }),
    post(core("pods"), withResources("a", {}), refusal),
    post(core("pods"), withResources("a", { requests: { cpu: "1" } }), refusal),
    post(
      core("pods"),
      withResources("a", { requests: { cpu: "500m" }, limits: { memory: "256Mi" } }),
      refusal,
    ),
    post(
      core("pods"),
      withResources("b", { requests: { cpu: "600m" }, limits: { memory: "256Mi" } }),
      refusal,
    ),
    post(core("pods"), withResources("b", { requests: { cpu: "600m" }, limits: { memory: "2Gi" } }), refusal),
    post(
      core("pods"),
      withResources(
        "b",
        { requests: { cpu: "0.1" }, limits: { memory: "256Mi" } },
        { requests: { cpu: "100m" }, limits: { memory: "128Mi" } },
      ),
      refusal,
    ),
    used,
    quiet(merge(`${core("pods", "a")}/status`, { status: { phase: "Succeeded" } })),
    untilUsed("pods", "1"),
    used,
    quiet(merge(core("resourcequotas", "q"), { spec: { hard: { pods: "1" } } })),
    untilSo(core("resourcequotas", "q"), ({ status }) => status.hard.pods === "1"),
    post(
      core("pods"),
      withResources("c", { requests: { cpu: "100m" }, limits: { memory: "64Mi" } }),
      refusal,
    ),
  ],
  "storage is counted": [
    ...quota({
      persistentvolumeclaims: "2",
      "requests.storage": "5Gi",
      "fast.storageclass.storage.k8s.io/requests.storage": "1Gi",
    }),
    post(core("persistentvolumeclaims"), claim("a", "3Gi"), refusal),
    post(core("persistentvolumeclaims"), claim("b", "3Gi"), refusal),
    post(core("persistentvolumeclaims"), claim("b", "2Gi", { storageClassName: "fast" }), refusal),
    post(core("persistentvolumeclaims"), claim("b", "1Gi", { storageClassName: "fast" }), refusal),
    post(core("persistentvolumeclaims"), claim("c", "1Gi"), refusal),
    used,
  ],
  "a quota may be about some pods": [
    ...quota({ pods: "0" }, { scopes: ["BestEffort"] }),
    post(core("pods"), withResources("a", {}), refusal),
    post(core("pods"), withResources("a", { requests: { cpu: "1m" } }), refusal),
    post(
      of("batch/v1", "jobs"),
      {
        metadata: { name: "j" },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
      },
      refusal,
    ),
    used,
  ],
};
