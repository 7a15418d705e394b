/** What the API server fills in where a client is silent, by Go type (defaults.go of each API group of Kubernetes v1.36). */

export type Json = Record<string, any>;

type Defaulter = (value: Json) => void;

/** Sets fields that are absent. */
function fill(map: Json, defaults: Json): void {
  for (const key of Object.keys(defaults)) map[key] ??= structuredClone(defaults[key]);
}

const filler =
  (defaults: Json): Defaulter =>
  (map) =>
    fill(map, defaults);

/** Ports as pods and services have them. */
const PROTOCOL = filler({ protocol: "TCP" });
const MODE = filler({ defaultMode: 420 });
const PERCENT = "25%";

function container(it: Json): void {
  if (typeof it["image"] === "string")
    it["imagePullPolicy"] ??= isLatest(it["image"]) ? "Always" : "IfNotPresent";
  fill(it, {
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  });
}

/** True for images without a tag or digest, and for the tag `latest`. */
function isLatest(image: string): boolean {
  const name = image.slice(image.lastIndexOf("/") + 1);
  if (name.includes("@")) return /:latest@/.test(name);
  const colon = name.indexOf(":");
  return colon < 0 || name.slice(colon + 1) === "latest";
}

function podSpec(it: Json): void {
  fill(it, {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  });
  const account = it["serviceAccountName"] ?? it["serviceAccount"];
  if (account) Object.assign(it, { serviceAccountName: account, serviceAccount: account });
}

function pod(it: Json): void {
  const { spec } = it;
  spec["enableServiceLinks"] ??= true;
  for (const { resources, ports = [] } of [
    ...(spec["containers"] ?? []),
    ...(spec["initContainers"] ?? []),
  ]) {
    if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests };
    if (spec["hostNetwork"]) for (const port of ports) port.hostPort ??= port.containerPort;
  }
}

function volume(it: Json): void {
  if (Object.keys(it).every((key) => key === "name")) it["emptyDir"] = {};
}

function deployment(it: Json): void {
  fill(it, { replicas: 1, strategy: {}, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const { strategy } = it;
  strategy["type"] ??= "RollingUpdate";
  if (strategy["type"] !== "RollingUpdate") return;
  strategy["rollingUpdate"] ??= {};
  fill(strategy["rollingUpdate"], { maxUnavailable: PERCENT, maxSurge: PERCENT });
}

function statefulSet(it: Json): void {
  fill(it, {
    podManagementPolicy: "OrderedReady",
    updateStrategy: {},
    replicas: 1,
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: {},
  });
  fill(it["persistentVolumeClaimRetentionPolicy"], { whenDeleted: "Retain", whenScaled: "Retain" });
  it["updateStrategy"]["type"] ??= "RollingUpdate";
  if (it["updateStrategy"]["type"] === "RollingUpdate") {
    it["updateStrategy"]["rollingUpdate"] ??= {};
    it["updateStrategy"]["rollingUpdate"]["partition"] ??= 0;
  }
  for (const claim of it["volumeClaimTemplates"] ?? [])
    fill(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim" });
}

function daemonSet(it: Json): void {
  fill(it, { updateStrategy: {}, revisionHistoryLimit: 10 });
  it["updateStrategy"]["type"] ??= "RollingUpdate";
  if (it["updateStrategy"]["type"] !== "RollingUpdate") return;
  it["updateStrategy"]["rollingUpdate"] ??= {};
  fill(it["updateStrategy"]["rollingUpdate"], { maxUnavailable: 1, maxSurge: 0 });
}

/** The defaults of Jobs; those inside of CronJobs take them when they start. */
function job({ metadata, spec }: Json): void {
  const { labels } = spec["template"].metadata;
  if (labels) metadata["labels"] ??= { ...labels };
  if (spec["completions"] === undefined && spec["parallelism"] === undefined) spec["completions"] = 1;
  fill(spec, {
    parallelism: 1,
    backoffLimit: spec["backoffLimitPerIndex"] === undefined ? 6 : 2147483647,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: spec["podFailurePolicy"] ? "Failed" : "TerminatingOrFailed",
    manualSelector: false,
  });
}

function service(it: Json): void {
  fill(it, { sessionAffinity: "None", type: "ClusterIP" });
  if (it["sessionAffinity"] === "ClientIP") {
    it["sessionAffinityConfig"] ??= {};
    it["sessionAffinityConfig"]["clientIP"] ??= {};
    it["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"] ??= 10_800;
  }
  for (const port of it["ports"] ?? []) port.targetPort ||= port.port;
  if (it["type"] === "ExternalName") return;
  fill(it, { internalTrafficPolicy: "Cluster" });
  if (it["type"] === "NodePort" || it["type"] === "LoadBalancer")
    fill(it, { externalTrafficPolicy: "Cluster" });
  if (it["type"] === "LoadBalancer") fill(it, { allocateLoadBalancerNodePorts: true });
}

function networkPolicy(it: Json): void {
  fill(it, { podSelector: {} });
  it["policyTypes"] ??= it["egress"]?.length ? ["Ingress", "Egress"] : ["Ingress"];
  for (const rule of [...(it["ingress"] ?? []), ...(it["egress"] ?? [])])
    for (const port of rule?.ports ?? []) port.protocol ??= "TCP";
}

function autoscaler(it: Json): void {
  fill(it, { minReplicas: 1 });
  if (!it["metrics"]?.length)
    it["metrics"] = [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
      },
    ];
  if (!it["behavior"]) return;
  const policy = (type: string, value: number) => ({ type, value, periodSeconds: 15 });
  it["behavior"]["scaleUp"] = {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [policy("Pods", 4), policy("Percent", 100)],
    ...it["behavior"]["scaleUp"],
  };
  it["behavior"]["scaleDown"] = {
    selectPolicy: "Max",
    policies: [policy("Percent", 100)],
    ...it["behavior"]["scaleDown"],
  };
}

const RBAC = "rbac.authorization.k8s.io";

function binding(it: Json): void {
  if (it["roleRef"]) it["roleRef"]["apiGroup"] ??= RBAC;
  for (const subject of it["subjects"] ?? []) {
    if (subject.apiGroup === "") delete subject.apiGroup;
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ??= RBAC;
  }
}

const WEBHOOK = {
  failurePolicy: "Fail",
  matchPolicy: "Equivalent",
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
};

function definition(it: Json): void {
  fill(it, { conversion: { strategy: "None" }, names: {} });
  const { names } = it;
  if (typeof names["kind"] === "string")
    fill(names, { singular: names["kind"].toLowerCase(), listKind: `${names["kind"]}List` });
}

function namespace(it: Json): void {
  it["spec"]["finalizers"] ??= ["kubernetes"];
  it["status"]["phase"] ??= "Active";
  const name = it["metadata"]?.["name"];
  if (name) it["metadata"]["labels"] = { ...it["metadata"]["labels"], "kubernetes.io/metadata.name": name };
}

function claim(it: Json): void {
  fill(it["status"], { phase: "Pending" });
}

/** A ReplicationController without a selector or labels of its own takes those of its template. */
function replicationController(it: Json): void {
  const labels = it["spec"]["template"]?.metadata?.labels;
  if (!labels) return;
  it["spec"]["selector"] ??= { ...labels };
  it["metadata"]["labels"] ??= { ...labels };
}

function limits(it: Json): void {
  if (it["type"] !== "Container") return;
  const upper = { ...it["max"], ...it["default"] };
  const lower = { ...it["min"], ...upper, ...it["defaultRequest"] };
  if (Object.keys(upper).length > 0) it["default"] = upper;
  if (Object.keys(lower).length > 0) it["defaultRequest"] = lower;
}

/** By the type's name as in Go: package (the version) and struct. Children are done before their parents. */
export const DEFAULTS: Record<string, Defaulter | undefined> = {
  "core.v1.Container": container,
  "core.v1.EphemeralContainer": container,
  "core.v1.ContainerPort": PROTOCOL,
  "core.v1.ServicePort": PROTOCOL,
  "core.v1.EndpointPort": PROTOCOL,
  "discovery.v1.EndpointPort": filler({ name: "", protocol: "TCP" }),
  "core.v1.Probe": filler({ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }),
  "core.v1.HTTPGetAction": filler({ path: "/", scheme: "HTTP" }),
  "core.v1.GRPCAction": filler({ service: "" }),
  "core.v1.ObjectFieldSelector": filler({ apiVersion: "v1" }),
  "core.v1.SecretVolumeSource": MODE,
  "core.v1.ConfigMapVolumeSource": MODE,
  "core.v1.DownwardAPIVolumeSource": MODE,
  "core.v1.ProjectedVolumeSource": MODE,
  "core.v1.ServiceAccountTokenProjection": filler({ expirationSeconds: 3600 }),
  "core.v1.ImageVolumeSource": (it) => {
    it["pullPolicy"] ??= isLatest(String(it["reference"] ?? "")) ? "Always" : "IfNotPresent";
  },
  "core.v1.HostPathVolumeSource": filler({ type: "" }),
  "core.v1.Volume": volume,
  "core.v1.PodSpec": podSpec,
  "core.v1.Pod": pod,
  "apps.v1.DeploymentSpec": deployment,
  "apps.v1.StatefulSetSpec": statefulSet,
  "apps.v1.DaemonSetSpec": daemonSet,
  "apps.v1.ReplicaSetSpec": filler({ replicas: 1 }),
  "core.v1.ReplicationControllerSpec": filler({ replicas: 1 }),
  "core.v1.ReplicationController": replicationController,
  "core.v1.LimitRangeItem": limits,
  "core.v1.ResourceFieldSelector": filler({ divisor: "0" }),
  "apps.v1.DaemonSet": (it) => {
    it["metadata"]["annotations"] = {
      "deprecated.daemonset.template.generation": "1",
      ...it["metadata"]["annotations"],
    };
  },
  "batch.v1.Job": job,
  "batch.v1.CronJobSpec": filler({
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  }),
  "core.v1.ServiceSpec": service,
  "core.v1.Secret": filler({ type: "Opaque" }),
  "core.v1.Namespace": namespace,
  "core.v1.PersistentVolumeClaim": claim,
  "core.v1.PersistentVolumeClaimSpec": filler({ volumeMode: "Filesystem", resources: {} }),
  "core.v1.PersistentVolume": claim,
  "core.v1.PersistentVolumeSpec": filler({
    volumeMode: "Filesystem",
    persistentVolumeReclaimPolicy: "Retain",
  }),
  "storage.v1.StorageClass": filler({ reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  "networking.v1.IngressClassParametersReference": filler({ scope: "Cluster" }),
  "networking.v1.NetworkPolicySpec": networkPolicy,
  "autoscaling.v2.HorizontalPodAutoscalerSpec": autoscaler,
  "autoscaling.v1.HorizontalPodAutoscalerSpec": filler({ minReplicas: 1 }),
  "rbac.v1.RoleBinding": binding,
  "rbac.v1.ClusterRoleBinding": binding,
  "scheduling.v1.PriorityClass": filler({ preemptionPolicy: "PreemptLowerPriority" }),
  "admissionregistration.v1.ValidatingWebhook": filler(WEBHOOK),
  "admissionregistration.v1.MutatingWebhook": filler({ ...WEBHOOK, reinvocationPolicy: "Never" }),
  "admissionregistration.v1.RuleWithOperations": filler({ scope: "*" }),
  "admissionregistration.v1.NamedRuleWithOperations": filler({ scope: "*" }),
  "admissionregistration.v1.ServiceReference": (it) =>
    fill(it, it["port"] === undefined ? { port: 443 } : {}),
  "apiregistration.v1.ServiceReference": filler({ port: 443 }),
  "admissionregistration.v1.MatchResources": filler({
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
  }),
  "admissionregistration.v1.ValidatingAdmissionPolicySpec": filler({ failurePolicy: "Fail" }),
  "admissionregistration.v1.MutatingAdmissionPolicySpec": filler({ failurePolicy: "Fail" }),
  "storage.v1.CSIDriverSpec": filler({
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    requiresRepublish: false,
    seLinuxMount: false,
    fsGroupPolicy: "ReadWriteOnceWithFSType",
    volumeLifecycleModes: ["Persistent"],
  }),
  "apiextensions.v1.CustomResourceDefinitionSpec": definition,
  "flowcontrol.v1.FlowSchemaSpec": filler({ matchingPrecedence: 1000 }),
  "flowcontrol.v1.LimitedPriorityLevelConfiguration": filler({
    nominalConcurrencyShares: 30,
    lendablePercent: 0,
  }),
  "flowcontrol.v1.QueuingConfiguration": (it) => {
    for (const [field, usual] of Object.entries({ queues: 64, handSize: 8, queueLengthLimit: 50 }))
      it[field] ||= usual;
  },
};
