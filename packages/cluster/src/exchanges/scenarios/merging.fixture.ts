import {
  apply,
  configMap,
  deployment,
  paths,
  pod,
  post,
  quiet,
  type Scenarios,
  type Step,
  strategic,
} from "../scenario.fixture.ts";

const { core, apps, of, configMap: at, configMaps } = paths;
const d = apps("deployments", "d");
const container = { name: "web", image: "registry.example/web:1" };

/** A Deployment whose pods have one container of these fields; `more` goes into the pod's spec. */
const shaped = (fields: object, more: object = {}, spec: object = {}) =>
  deployment("d", {
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ ...container, ...fields }], ...more },
    },
    ...spec,
  });
/** What another manager wants of that Deployment. */
const part = (fields: object, more: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d" },
  spec: { template: { spec: { containers: [{ name: "web", ...fields }], ...more } } },
});
const shown = {
  pick: ({ metadata, spec }: any) => ({ managedFields: metadata.managedFields, pod: spec.template.spec }),
};
const podOf = { pick: ({ spec }: any) => spec.template.spec };

/** One list by its keys: applied, extended by another manager, and given up by the first. */
const shared = (first: [object, object?], second: [object, object?]): Step[] => [
  apply(d, "one", shaped(...first), "", shown),
  apply(d, "two", part(...second), "", shown),
  apply(d, "one", shaped({}), "", shown),
];
const patched = (before: [object, object?], ...patches: object[]): Step[] => [
  quiet(post(apps("deployments"), shaped(...before))),
  ...patches.map((each) => strategic(d, { spec: { template: { spec: each } } }, podOf)),
];
const inContainer = (fields: object) => ({ containers: [{ name: "web", ...fields }] });

/** How lists and maps of built-in kinds are merged, by server-side apply and by strategic patches. */
export const merging: Scenarios = {
  "variables are shared by name": shared(
    [
      {
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "1" },
        ],
      },
    ],
    [
      {
        env: [
          { name: "B", value: "1" },
          { name: "C", value: "2" },
        ],
      },
    ],
  ),
  "mounts are shared by their path": shared(
    [{ volumeMounts: [{ name: "v", mountPath: "/a" }] }, { volumes: [{ name: "v", emptyDir: {} }] }],
    [
      {
        volumeMounts: [
          { name: "v", mountPath: "/a", readOnly: true },
          { name: "w", mountPath: "/b" },
        ],
      },
      { volumes: [{ name: "w", configMap: { name: "c" } }] },
    ],
  ),
  "ports of containers are shared by number and protocol": shared(
    [{ ports: [{ containerPort: 80, name: "http" }] }],
    [
      {
        ports: [
          { containerPort: 80, protocol: "UDP", name: "quic" },
          { containerPort: 443, protocol: "TCP" },
        ],
      },
    ],
  ),
  "devices are shared by their path": shared(
    [
      { volumeDevices: [{ name: "v", devicePath: "/dev/a" }] },
      { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }] },
    ],
    [
      { volumeDevices: [{ name: "w", devicePath: "/dev/b" }] },
      { volumes: [{ name: "w", persistentVolumeClaim: { claimName: "c" } }] },
    ],
  ),
  "init containers are shared by name": shared(
    [{}, { initContainers: [{ name: "a", image: "a" }] }],
    [{}, { initContainers: [{ name: "b", image: "b", restartPolicy: "Always" }] }],
  ),
  "secrets to pull with are shared by name": shared(
    [{}, { imagePullSecrets: [{ name: "a" }] }],
    [{}, { imagePullSecrets: [{ name: "b" }] }],
  ),
  "names of hosts are shared by address": shared(
    [{}, { hostAliases: [{ ip: "192.0.2.1", hostnames: ["a"] }] }],
    [{}, { hostAliases: [{ ip: "192.0.2.2", hostnames: ["b"] }] }],
  ),
  "spreads are shared by key and what to do": shared(
    [
      {},
      {
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" }],
      },
    ],
    [
      {},
      {
        topologySpreadConstraints: [{ maxSkew: 2, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway" }],
      },
    ],
  ),
  "tolerations are one value": shared(
    [{}, { tolerations: [{ key: "a", operator: "Exists" }] }],
    [{}, { tolerations: [{ key: "b", operator: "Exists" }] }],
  ),
  "resources are shared by their names": shared(
    [{ resources: { limits: { memory: "64Mi" }, requests: { cpu: "10m" } } }],
    [{ resources: { limits: { cpu: "1" }, requests: { cpu: "0.01", memory: "32Mi" } } }],
  ),
  "security contexts are shared by field": shared(
    [
      { securityContext: { runAsUser: 1, capabilities: { drop: ["ALL"] } } },
      { securityContext: { fsGroup: 1 } },
    ],
    [
      { securityContext: { readOnlyRootFilesystem: true, capabilities: { add: ["NET_ADMIN"] } } },
      { securityContext: { runAsNonRoot: true } },
    ],
  ),
  "probes are shared by field": shared(
    [{ livenessProbe: { httpGet: { path: "/", port: 80 } } }],
    [{ livenessProbe: { periodSeconds: 5 }, readinessProbe: { exec: { command: ["x"] } } }],
  ),
  "affinities are shared by their parts": shared(
    [
      {},
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }],
            },
          },
        },
      },
    ],
    [
      {},
      {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname" }],
          },
        },
      },
    ],
  ),
  "conditions are shared by type": [
    quiet(post(core("pods"), pod("p"))),
    ...[
      ["one", { type: "A", status: "True" }],
      ["two", { type: "B", status: "False", reason: "R" }],
      ["two", { type: "A", status: "False" }],
    ].map(([manager, condition]) =>
      apply(
        `${core("pods", "p")}/status`,
        manager as string,
        { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, status: { conditions: [condition] } },
        "",
        {
          pick: ({ metadata, status }) => ({ managedFields: metadata.managedFields, is: status.conditions }),
        },
      ),
    ),
  ],
  "rules of an ingress are one value": [
    apply(of("networking.k8s.io/v1", "ingresses", "i"), "one", {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "i" },
      spec: { rules: [{ host: "a.example.com" }], tls: [{ hosts: ["a.example.com"] }] },
    }),
    apply(of("networking.k8s.io/v1", "ingresses", "i"), "two", {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "i" },
      spec: { rules: [{ host: "b.example.com" }] },
    }),
  ],
  "secrets of an account are shared by name": [
    apply(core("serviceaccounts", "s"), "one", {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "s" },
      secrets: [{ name: "a" }],
      imagePullSecrets: [{ name: "a" }],
    }),
    apply(core("serviceaccounts", "s"), "two", {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "s" },
      secrets: [{ name: "b" }],
      imagePullSecrets: [{ name: "b" }],
    }),
  ],
  "webhooks are shared by name": ["one", "two"].map((manager) =>
    apply("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/{ns}", manager, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: "{ns}" },
      webhooks: [
        {
          name: `${manager}.example.com`,
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          clientConfig: { url: "https://example.com" },
        },
      ],
    }),
  ),
  "a patch of variables": patched(
    [
      {
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      },
    ],
    inContainer({ env: [{ name: "B", value: "3" }] }),
    inContainer({ env: [{ name: "A", $patch: "delete" }] }),
    inContainer({
      env: [{ name: "B", value: null, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
    }),
    inContainer({ env: [{ name: "Z", value: "1" }], "$setElementOrder/env": [{ name: "Z" }, { name: "B" }] }),
    inContainer({ env: [{ name: "Y", value: "1" }, { $patch: "replace" }] }),
    inContainer({ env: null }),
  ),
  "a patch of volumes keeps one kind of source": patched(
    [
      {},
      {
        volumes: [
          { name: "v", emptyDir: {} },
          { name: "w", secret: { secretName: "s" } },
        ],
      },
    ],
    { volumes: [{ name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "c" } }] },
    { volumes: [{ name: "w", secret: null, hostPath: { path: "/x" } }] },
    { volumes: [{ name: "w", emptyDir: {} }] },
    { "$setElementOrder/volumes": [{ name: "w" }, { name: "v" }], volumes: [{ name: "x", emptyDir: {} }] },
  ),
  "a patch of a strategy keeps its fields": [
    quiet(post(apps("deployments"), deployment("d"))),
    strategic(d, { spec: { strategy: { type: "Recreate" } } }),
    strategic(
      d,
      { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
      { pick: ({ spec }) => spec.strategy },
    ),
    strategic(d, { spec: { strategy: { $patch: "delete" } } }, { pick: ({ spec }) => spec.strategy }),
    strategic(
      d,
      { spec: { strategy: { $patch: "replace", type: "RollingUpdate", rollingUpdate: { maxSurge: 3 } } } },
      { pick: ({ spec }) => spec.strategy },
    ),
  ],
  "a patch of other lists with keys": patched(
    [
      { ports: [{ containerPort: 80 }], volumeMounts: [{ name: "v", mountPath: "/a" }] },
      {
        volumes: [{ name: "v", emptyDir: {} }],
        hostAliases: [{ ip: "192.0.2.1", hostnames: ["a"] }],
        tolerations: [{ key: "a", operator: "Exists" }],
        imagePullSecrets: [{ name: "a" }],
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" }],
      },
    ],
    inContainer({ ports: [{ containerPort: 80, name: "http" }, { containerPort: 81 }] }),
    inContainer({
      volumeMounts: [
        { mountPath: "/a", readOnly: true },
        { name: "v", mountPath: "/b" },
      ],
    }),
    { hostAliases: [{ ip: "192.0.2.1", hostnames: ["b"] }, { ip: "192.0.2.2" }] },
    { tolerations: [{ key: "b", operator: "Exists" }] },
    { imagePullSecrets: [{ name: "b" }, { name: "a", $patch: "delete" }] },
    { topologySpreadConstraints: [{ maxSkew: 2, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" }] },
    { nodeSelector: { a: "b" }, affinity: { nodeAffinity: {} } },
    { nodeSelector: { $patch: "replace", c: "d" } },
    { nodeSelector: { $patch: "delete" } },
    { "$deleteFromPrimitiveList/containers": ["x"] },
    { containers: [{ name: "web", $patch: "merge", image: "x" }] },
    { containers: [{ name: "web", $patch: "nonsense" }] },
    {
      containers: [{ name: "side", image: "s" }],
      "$setElementOrder/containers": [{ name: "side" }, { name: "web" }],
    },
    {
      containers: [
        { name: "web", command: ["a"] },
        { name: "side", command: ["b"] },
      ],
    },
    {
      containers: [
        { name: "web", $patch: "delete" },
        { name: "side", $patch: "delete" },
      ],
    },
    { securityContext: null, terminationGracePeriodSeconds: null },
  ),
  "a patch of finalizers and owners": [
    quiet(post(configMaps, configMap("a", { x: "1" }, { finalizers: ["example.com/a", "example.com/b"] }))),
    strategic(
      at("a"),
      { metadata: { finalizers: ["example.com/c"] } },
      { pick: ({ metadata }) => metadata.finalizers },
    ),
    strategic(
      at("a"),
      { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] } },
      { pick: ({ metadata }) => metadata.finalizers },
    ),
    strategic(
      at("a"),
      { metadata: { "$setElementOrder/finalizers": ["example.com/c", "example.com/b"], finalizers: [] } },
      { pick: ({ metadata }) => metadata.finalizers },
    ),
    strategic(
      at("a"),
      { metadata: { ownerReferences: [{ uid: "11111111-1111-4111-8111-111111111111", $patch: "delete" }] } },
      { pick: ({ metadata }) => metadata.ownerReferences },
    ),
    strategic(at("a"), { metadata: { finalizers: null }, data: { $patch: "replace", z: "1" } }),
    strategic(at("a"), { $patch: "replace", data: { q: "1" } }),
    strategic(at("a"), { $patch: "delete" }),
  ],
};
