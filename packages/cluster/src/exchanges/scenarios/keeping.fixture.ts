import {
  configMap,
  deployment,
  jsonPatch,
  merge,
  paths,
  pod,
  podTemplate,
  post,
  quiet,
  type Scenarios,
  type Step,
} from "../scenario.fixture.ts";

const { core, apps, of } = paths;
const told = {
  pick: ({ kind, message, details, metadata }: any) =>
    kind === "Status" ? { message, details } : metadata.generation,
};

/** An object, and what merge patches to it are answered. */
const kept = (path: string, object: any, ...changes: object[]): Step[] => [
  quiet(post(path, object)),
  ...changes.map((change) => merge(`${path}/${object.metadata.name}`, change, told)),
];
const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const rbac = "rbac.authorization.k8s.io";

/** What cannot be changed once it is there, and what can. */
export const keeping: Scenarios = {
  "secrets keep their type": kept(
    core("secrets"),
    { metadata: { name: "s" }, stringData: { a: "b" } },
    { type: "example.com/x" },
    { data: { a: "Yg==" }, stringData: { c: "d" } },
    { immutable: true },
    { immutable: false },
    { data: { a: "eA==" } },
    { metadata: { labels: { x: "y" } } },
  ),
  "types of secrets have their keys": [
    post(core("secrets"), {
      metadata: { name: "a" },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": "" },
    }),
    post(core("secrets"), {
      metadata: { name: "a" },
      type: "kubernetes.io/basic-auth",
      stringData: { x: "" },
    }),
    post(core("secrets"), { metadata: { name: "a" }, type: "kubernetes.io/ssh-auth" }),
    post(core("secrets"), {
      metadata: { name: "a" },
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": "{" },
    }),
    post(core("secrets"), { metadata: { name: "a" }, type: "kubernetes.io/dockerconfigjson" }),
    post(core("secrets"), {
      metadata: { name: "a" },
      type: "kubernetes.io/dockercfg",
      stringData: { ".dockercfg": "x" },
    }),
    post(core("secrets"), { metadata: { name: "a" }, type: "kubernetes.io/service-account-token" }),
    post(core("secrets"), { metadata: { name: "a" }, data: { a: "not base64!" } }),
    post(core("secrets"), { metadata: { name: "a" }, stringData: { "bad key": "x" } }),
  ],
  "claims keep their spec": kept(
    core("persistentvolumeclaims"),
    { metadata: { name: "c" }, spec: { ...claim, storageClassName: "fast" } },
    { spec: { accessModes: ["ReadWriteMany"] } },
    { spec: { storageClassName: "slow" } },
    { spec: { resources: { requests: { storage: "2Gi" } } } },
    { spec: { volumeMode: "Block" } },
    { spec: { selector: { matchLabels: { a: "b" } } } },
    { spec: { volumeName: "v" } },
    { metadata: { annotations: { a: "b" } } },
  ),
  "volumes keep their source": kept(
    "/api/v1/persistentvolumes",
    {
      metadata: { name: "{ns}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } },
    },
    { spec: { hostPath: { path: "/y" } } },
    { spec: { hostPath: null, nfs: { server: "s", path: "/" } } },
    { spec: { volumeMode: "Block" } },
    { spec: { capacity: { storage: "2Gi" } } },
    { spec: { persistentVolumeReclaimPolicy: "Delete" } },
  ),
  "classes of storage keep nearly all": kept(
    "/apis/storage.k8s.io/v1/storageclasses",
    { metadata: { name: "{ns}" }, provisioner: "example.com/x", parameters: { a: "b" } },
    { provisioner: "example.com/y" },
    { parameters: { a: "c" } },
    { reclaimPolicy: "Retain" },
    { volumeBindingMode: "WaitForFirstConsumer" },
    { allowVolumeExpansion: true },
  ),
  "stateful sets keep their claims": kept(
    apps("statefulsets"),
    {
      ...deployment("s", {
        serviceName: "s",
        volumeClaimTemplates: [{ metadata: { name: "v" }, spec: claim }],
      }),
      kind: "StatefulSet",
    },
    {
      spec: {
        volumeClaimTemplates: [{ metadata: { name: "v" }, spec: { ...claim, storageClassName: "x" } }],
      },
    },
    { spec: { podManagementPolicy: "Parallel" } },
    { spec: { selector: { matchLabels: { app: "other" } } } },
    { spec: { replicas: 3, minReadySeconds: 5, updateStrategy: { type: "OnDelete", rollingUpdate: null } } },
    { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" }, revisionHistoryLimit: 3 } },
    { spec: { ordinals: { start: 1 } } },
    { spec: { template: podTemplate({ restartPolicy: "Never" }) } },
  ),
  "daemon sets keep their selector": kept(
    apps("daemonsets"),
    { ...deployment("d"), kind: "DaemonSet" },
    { spec: { selector: { matchLabels: { app: "x" } }, template: { metadata: { labels: { app: "x" } } } } },
    { spec: { template: { metadata: { annotations: { a: "b" } } } } },
    { spec: { template: { metadata: { labels: { app: "x" } } } } },
    { spec: { updateStrategy: { type: "OnDelete", rollingUpdate: null } } },
  ),
  "replica sets keep their selector": kept(
    apps("replicasets"),
    { ...deployment("r"), kind: "ReplicaSet" },
    { spec: { selector: { matchLabels: { app: "x" } }, template: { metadata: { labels: { app: "x" } } } } },
    { spec: { template: { metadata: { labels: { app: "x" } } } } },
    { spec: { replicas: 3 } },
    { spec: { replicas: -3 } },
  ),
  "deployments are checked when they change": kept(
    apps("deployments"),
    deployment("d"),
    { spec: { template: { metadata: { labels: { app: "x" } } } } },
    { spec: { selector: null } },
    { spec: { paused: true } },
    { spec: { template: { spec: { containers: null } } } },
    { spec: { strategy: { type: "Recreate" } } },
    { spec: { strategy: { type: "Recreate", rollingUpdate: null } } },
  ),
  "jobs keep what they do": kept(
    of("batch/v1", "jobs"),
    {
      metadata: { name: "j" },
      spec: {
        completions: 3,
        template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } },
      },
    },
    { spec: { completions: 5 } },
    { spec: { parallelism: 2 } },
    { spec: { backoffLimit: 2 } },
    { spec: { completionMode: "Indexed" } },
    { spec: { suspend: true } },
    { spec: { ttlSecondsAfterFinished: 5, activeDeadlineSeconds: 60 } },
    { spec: { manualSelector: true } },
  ),
  "cron jobs may change": kept(
    of("batch/v1", "cronjobs"),
    {
      metadata: { name: "c" },
      spec: {
        schedule: "@hourly",
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
        },
      },
    },
    { spec: { schedule: "@weekly", suspend: true } },
    { spec: { schedule: "@never" } },
    { spec: { jobTemplate: { spec: { template: { spec: { restartPolicy: "Always" } } } } } },
    { spec: { startingDeadlineSeconds: -1, successfulJobsHistoryLimit: -1 } },
    { spec: { timeZone: "" } },
  ),
  "pods keep nearly all": kept(
    core("pods"),
    pod("p", { activeDeadlineSeconds: 50 }),
    { spec: { nodeName: "n" } },
    { spec: { activeDeadlineSeconds: 20 } },
    { spec: { activeDeadlineSeconds: 30 } },
    { spec: { tolerations: [{ key: "a", operator: "Exists" }] } },
    { spec: { tolerations: [] } },
    { spec: { serviceAccountName: "other" } },
    { spec: { containers: [{ name: "web", image: "other" }] } },
    { spec: { containers: [{ name: "web", image: "" }] } },
    {
      spec: {
        containers: [
          { name: "web", image: "x" },
          { name: "more", image: "y" },
        ],
      },
    },
    { spec: { terminationGracePeriodSeconds: 1 } },
    { metadata: { annotations: { a: "b" } } },
  ),
  "services keep what they were given": kept(
    core("services"),
    { metadata: { name: "s" }, spec: { ports: [{ port: 80, name: "http" }], selector: { app: "web" } } },
    { spec: { clusterIP: "" } },
    { spec: { clusterIP: "10.255.255.1" } },
    { spec: { ipFamilies: ["IPv6"] } },
    { spec: { ports: [{ port: 80 }, { port: 81 }] } },
    { spec: { type: "ExternalName" } },
    { spec: { type: "LoadBalancer", loadBalancerClass: "example.com/x" } },
    { spec: { loadBalancerClass: "example.com/y" } },
    { spec: { type: "ClusterIP" } },
    { spec: { sessionAffinity: "ClientIP" } },
    { spec: { externalName: "example.com" } },
  ),
  "rules may change, roles of bindings not": [
    ...kept(
      of(`${rbac}/v1`, "roles"),
      { metadata: { name: "r" }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
      { rules: [{ apiGroups: [""], resources: ["pods"], verbs: [] }] },
      { rules: null },
      { rules: [{ nonResourceURLs: ["/x"], verbs: ["get"] }] },
    ),
    ...kept(
      `/apis/${rbac}/v1/clusterrolebindings`,
      { metadata: { name: "{ns}" }, roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "view" } },
      { roleRef: { name: "edit" } },
      { subjects: [{ kind: "ServiceAccount", name: "x" }] },
      { subjects: [{ kind: "User", name: "x" }] },
    ),
  ],
  "policies of networks and budgets may change": [
    ...kept(
      of("networking.k8s.io/v1", "networkpolicies"),
      { metadata: { name: "n" }, spec: { podSelector: {} } },
      { spec: { policyTypes: ["Egress"] } },
      { spec: { egress: [{ to: [{ ipBlock: { cidr: "192.0.2.0/24", except: ["198.51.100.0/24"] } }] }] } },
      { spec: { ingress: [{ ports: [{ port: 10, endPort: 5 }] }] } },
      { spec: { ingress: [{ ports: [{ port: "http", endPort: 5 }] }] } },
    ),
    ...kept(
      of("policy/v1", "poddisruptionbudgets"),
      { metadata: { name: "b" }, spec: { minAvailable: 1, selector: { matchLabels: { a: "b" } } } },
      { spec: { selector: { matchLabels: { a: "c" } } } },
      { spec: { maxUnavailable: 1 } },
      { spec: { minAvailable: "150%" } },
      { spec: { minAvailable: -1 } },
    ),
  ],
  "classes and slices keep their nature": [
    ...kept(
      "/apis/scheduling.k8s.io/v1/priorityclasses",
      { metadata: { name: "{ns}" }, value: 5 },
      { value: 6 },
      { preemptionPolicy: "Never" },
      { description: "x" },
    ),
    ...kept(
      "/apis/networking.k8s.io/v1/ingressclasses",
      { metadata: { name: "{ns}" }, spec: { controller: "example.com/a" } },
      { spec: { controller: "example.com/b" } },
    ),
    ...kept(
      "/apis/node.k8s.io/v1/runtimeclasses",
      { metadata: { name: "{ns}" }, handler: "a" },
      { handler: "b" },
      { handler: "Bad_" },
    ),
    ...kept(
      of("discovery.k8s.io/v1", "endpointslices"),
      { metadata: { name: "e" }, addressType: "IPv4", endpoints: [], ports: [] },
      { addressType: "IPv6" },
      { endpoints: [{ addresses: ["nope"] }] },
      { endpoints: [{ addresses: ["127.0.0.1"] }] },
      { ports: [{ name: "Bad_", port: 80 }] },
    ),
    ...kept(
      apps("controllerrevisions"),
      { metadata: { name: "c" }, revision: 1, data: { a: 1 } },
      { data: { a: 2 } },
      { revision: 2 },
      { revision: -1 },
    ),
  ],
  "an autoscaler is checked when it changes": kept(
    of("autoscaling/v2", "horizontalpodautoscalers"),
    {
      metadata: { name: "h" },
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } },
    },
    { spec: { maxReplicas: 0 } },
    { spec: { minReplicas: 0 } },
    { spec: { minReplicas: 9 } },
    { spec: { metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization" } } }] } },
    {
      spec: {
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 0 } },
          },
        ],
      },
    },
    { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 5000 } } } },
    { spec: { behavior: { scaleUp: { policies: [] } } } },
    { spec: { behavior: { scaleUp: { policies: [{ type: "Pods", value: 0, periodSeconds: 0 }] } } } },
    { spec: { scaleTargetRef: { name: "" } } },
  ),
  "quotas and limits are checked": [
    ...kept(
      core("resourcequotas"),
      { metadata: { name: "q" }, spec: { hard: { pods: "5" } } },
      { spec: { hard: { pods: "5.5" } } },
      { spec: { hard: { pods: "-1" } } },
      { spec: { scopes: ["BestEffort"] } },
      { spec: { hard: { "requests.nvidia.com/gpu": "4", "count/configmaps": "10" } } },
    ),
    post(core("resourcequotas"), { metadata: { name: "x" }, spec: { scopes: ["Nope"] } }),
    post(core("resourcequotas"), {
      metadata: { name: "x" },
      spec: { hard: { "requests.cpu": "1" }, scopes: ["BestEffort"] },
    }),
    ...kept(
      core("limitranges"),
      { metadata: { name: "l" }, spec: { limits: [{ type: "Container", default: { cpu: "1" } }] } },
      { spec: { limits: [{ type: "Container", default: { cpu: "1" }, defaultRequest: { cpu: "2" } }] } },
      { spec: { limits: [{ type: "Pod", default: { cpu: "1" } }] } },
      { spec: { limits: [{ type: "Container", maxLimitRequestRatio: { cpu: "0.5" } }] } },
      { spec: { limits: [{ type: "PersistentVolumeClaim" }] } },
    ),
  ],
  "labels and annotations are checked when they change": kept(
    core("configmaps"),
    configMap("a"),
    { metadata: { labels: { "bad key": "x" } } },
    { metadata: { labels: { a: "bad value" } } },
    { metadata: { annotations: { "a/b/c": "x" } } },
    { metadata: { finalizers: ["nodomain"] } },
    { metadata: { ownerReferences: [{ name: "x" }] } },
    { metadata: { generateName: "x" } },
    { metadata: { creationTimestamp: "2001-01-01T00:00:00Z" } },
    { metadata: { generation: 7 } },
  ),
  "JSON patches test and move": [
    quiet(post(apps("deployments"), deployment("d"))),
    jsonPatch(apps("deployments", "d"), [{ op: "test", path: "/spec/replicas", value: 2 }], told),
    jsonPatch(
      apps("deployments", "d"),
      [
        { op: "test", path: "/spec/replicas", value: 1 },
        { op: "replace", path: "/spec/replicas", value: 4 },
      ],
      told,
    ),
    jsonPatch(
      apps("deployments", "d"),
      [{ op: "add", path: "/spec/template/spec/containers/-", value: { name: "side", image: "s" } }],
      told,
    ),
    jsonPatch(apps("deployments", "d"), [{ op: "remove", path: "/spec/template/spec/containers/5" }], told),
    jsonPatch(
      apps("deployments", "d"),
      [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: 5 }],
      told,
    ),
    jsonPatch(
      apps("deployments", "d"),
      [{ op: "move", from: "/spec/template/spec/containers/1", path: "/spec/template/spec/containers/0" }],
      { pick: ({ spec }) => spec.template.spec.containers.map(({ name }: any) => name) },
    ),
    jsonPatch(
      apps("deployments", "d"),
      [{ op: "copy", from: "/metadata/name", path: "/metadata/labels" }],
      told,
    ),
    jsonPatch(apps("deployments", "d"), [{ op: "add", path: "/metadata/labels/x", value: "y" }], told),
  ],
};
