import {
  accessModes,
  completions,
  count,
  endpoints,
  externalAddress,
  involved,
  jobDuration,
  jobStatus,
  NONE,
  nodeAddress,
  nodeRoles,
  nodeStatus,
  pairs,
  scalerTargets,
  seenAt,
  selector,
  servicePorts,
  someOf,
  source,
  subjects,
} from "./cells.ts";
import { age, column, integer, NAME, text, wide } from "./column.ts";
import { since } from "./duration.ts";
import { podReady, podRestarts, podStatus } from "./pods.ts";
import { RARE } from "./rare.ts";
import type { Column } from "./table.ts";

type Data = Record<string, any>;
type Cell = Column["cell"];

const AGE = text("Age", age);

const templateOf = (object: Data) =>
  object["spec"]?.template?.spec ?? object["spec"]?.jobTemplate?.spec?.template?.spec ?? {};
const containers: Cell = (object) =>
  (templateOf(object).containers ?? []).map((each: Data) => each["name"]).join(",");
const images: Cell = (object) =>
  (templateOf(object).containers ?? []).map((each: Data) => each["image"]).join(",");
const CONTAINERS = wide("Containers", containers);
const IMAGES = wide("Images", images);
const SELECTOR = wide("Selector", (object) => selector(object.spec?.selector));

const BINDING: Column[] = [
  NAME,
  text("Role", ({ roleRef }) => `${roleRef?.kind}/${roleRef?.name}`),
  AGE,
  wide("Users", subjects("User")),
  wide("Groups", subjects("Group")),
  wide("ServiceAccounts", subjects("ServiceAccount")),
];

const EVENTS: Column[] = [
  text("Last Seen", seenAt(false)),
  text("Type", ({ type }) => type ?? ""),
  text("Reason", ({ reason }) => reason ?? ""),
  text(
    "Object",
    (event) => `${String(involved(event)["kind"] ?? "").toLowerCase()}/${involved(event)["name"] ?? ""}`,
  ),
  wide("Subobject", (event) => involved(event)["fieldPath"] ?? ""),
  wide("Source", source),
  text("Message", ({ message, note }) => String(message ?? note ?? "").trim()),
  wide("First Seen", seenAt(true)),
  wide(
    "Count",
    ({ count: times, deprecatedCount, series }) => series?.count ?? (times || deprecatedCount || 1),
  ),
  { ...NAME, priority: 1 },
];

const webhooks = [NAME, integer("Webhooks", (object) => (object.webhooks ?? []).length), AGE];
const replicaSet = [
  NAME,
  integer("Desired", ({ spec }) => spec?.replicas ?? 0),
  integer("Current", ({ status }) => status?.replicas ?? 0),
  integer("Ready", ({ status }) => status?.readyReplicas ?? 0),
  AGE,
  CONTAINERS,
  IMAGES,
];

/** The columns of built-in kinds as kube-apiserver v1.36 has them; kinds that are not here have a name and a creation time. */
export const BUILTIN: Record<string, Column[]> = {
  ...RARE,
  "/configmaps": [NAME, text("Data", ({ data, binaryData }) => count(data) + count(binaryData)), AGE],
  "/endpoints": [NAME, text("Endpoints", endpoints), AGE],
  "/events": EVENTS,
  "/namespaces": [NAME, text("Status", ({ status }) => status?.phase ?? ""), AGE],
  "/nodes": [
    NAME,
    text("Status", nodeStatus),
    text("Roles", nodeRoles),
    AGE,
    text("Version", ({ status }) => status?.nodeInfo?.kubeletVersion ?? ""),
    wide("Internal-IP", nodeAddress("InternalIP")),
    wide("External-IP", nodeAddress("ExternalIP")),
    wide("OS-Image", ({ status }) => status?.nodeInfo?.osImage || "<unknown>"),
    wide("Kernel-Version", ({ status }) => status?.nodeInfo?.kernelVersion || "<unknown>"),
    wide("Container-Runtime", ({ status }) => status?.nodeInfo?.containerRuntimeVersion || "<unknown>"),
  ],
  "/persistentvolumeclaims": [
    NAME,
    text("Status", ({ metadata, status }) =>
      metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? ""),
    ),
    text("Volume", ({ spec }) => spec?.volumeName ?? ""),
    text("Capacity", ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.storage ?? "") : "")),
    text("Access Modes", ({ spec, status }) => (spec?.volumeName ? accessModes(status?.accessModes) : "")),
    text("StorageClass", ({ spec }) => spec?.storageClassName ?? ""),
    text("VolumeAttributesClass", ({ spec }) => spec?.volumeAttributesClassName ?? "<unset>"),
    AGE,
    wide("VolumeMode", ({ spec }) => spec?.volumeMode ?? "<unset>"),
  ],
  "/persistentvolumes": [
    NAME,
    text("Capacity", ({ spec }) => spec?.capacity?.storage ?? ""),
    text("Access Modes", ({ spec }) => accessModes(spec?.accessModes)),
    text("Reclaim Policy", ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? ""),
    text("Status", ({ metadata, status }) =>
      metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? ""),
    ),
    text("Claim", ({ spec }) => (spec?.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : "")),
    text("StorageClass", ({ spec }) => spec?.storageClassName ?? ""),
    text("VolumeAttributesClass", ({ spec }) => spec?.volumeAttributesClassName ?? "<unset>"),
    text("Reason", ({ status }) => status?.reason ?? ""),
    AGE,
    wide("VolumeMode", ({ spec }) => spec?.volumeMode ?? "<unset>"),
  ],
  "/pods": [
    NAME,
    text("Ready", podReady),
    text("Status", podStatus),
    text("Restarts", podRestarts),
    AGE,
    wide("IP", ({ status }) => status?.podIP || NONE),
    wide("Node", ({ spec }) => spec?.nodeName || NONE),
    wide("Nominated Node", ({ status }) => status?.nominatedNodeName || NONE),
    wide("Readiness Gates", ({ spec }) =>
      spec?.readinessGates?.length ? `0/${spec.readinessGates.length}` : NONE,
    ),
  ],
  "/podtemplates": [
    NAME,
    text("Containers", ({ template }) => containers({ spec: { template } }, 0)),
    text("Images", ({ template }) => images({ spec: { template } }, 0)),
    text("Pod Labels", ({ template }) => pairs(template?.metadata?.labels)),
  ],
  "/replicationcontrollers": [...replicaSet, wide("Selector", ({ spec }) => pairs(spec?.selector))],
  "/secrets": [NAME, text("Type", ({ type }) => type ?? ""), text("Data", ({ data }) => count(data)), AGE],
  "/serviceaccounts": [NAME, AGE],
  "/services": [
    NAME,
    text("Type", ({ spec }) => spec?.type ?? ""),
    text("Cluster-IP", ({ spec }) => spec?.clusterIP || NONE),
    text("External-IP", externalAddress),
    text("Port(s)", servicePorts),
    AGE,
    wide("Selector", ({ spec }) => pairs(spec?.selector)),
  ],
  "apiregistration.k8s.io/apiservices": [
    NAME,
    text("Service", ({ spec }) =>
      spec?.service ? `${spec.service.namespace}/${spec.service.name}` : "Local",
    ),
    text(
      "Available",
      ({ status }) =>
        (status?.conditions ?? []).find((each: Data) => each["type"] === "Available")?.status ?? "Unknown",
    ),
    AGE,
  ],
  "apps/controllerrevisions": [
    NAME,
    text("Controller", ({ metadata }) => {
      const owner = (metadata.ownerReferences ?? []).find((each: Data) => each["controller"]);
      return owner ? `${owner.kind.toLowerCase()}.${owner.apiVersion.split("/")[0]}/${owner.name}` : NONE;
    }),
    text("Revision", ({ revision }) => revision ?? 0),
    AGE,
  ],
  "apps/daemonsets": [
    NAME,
    integer("Desired", ({ status }) => status?.desiredNumberScheduled ?? 0),
    integer("Current", ({ status }) => status?.currentNumberScheduled ?? 0),
    integer("Ready", ({ status }) => status?.numberReady ?? 0),
    integer("Up-to-date", ({ status }) => status?.updatedNumberScheduled ?? 0),
    integer("Available", ({ status }) => status?.numberAvailable ?? 0),
    text("Node Selector", ({ spec }) => pairs(spec?.template?.spec?.nodeSelector)),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  "apps/deployments": [
    NAME,
    text("Ready", ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
    column("Up-to-date", "string", ({ status }) => status?.updatedReplicas ?? 0),
    column("Available", "string", ({ status }) => status?.availableReplicas ?? 0),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  "apps/replicasets": [...replicaSet, SELECTOR],
  "apps/statefulsets": [
    NAME,
    text("Ready", ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
    AGE,
    CONTAINERS,
    IMAGES,
  ],
  "autoscaling/horizontalpodautoscalers": [
    NAME,
    text("Reference", ({ spec }) => `${spec?.scaleTargetRef?.kind}/${spec?.scaleTargetRef?.name}`),
    text("Targets", scalerTargets),
    text("MinPods", ({ spec }) => (spec?.minReplicas === undefined ? "<unset>" : `${spec.minReplicas}`)),
    column("MaxPods", "string", ({ spec }) => spec?.maxReplicas ?? 0),
    column("Replicas", "string", ({ status }) => status?.currentReplicas ?? 0),
    AGE,
  ],
  "batch/cronjobs": [
    NAME,
    text("Schedule", ({ spec }) => spec?.schedule ?? ""),
    text("Timezone", ({ spec }) => spec?.timeZone ?? NONE),
    column("Suspend", "boolean", ({ spec }) => (spec?.suspend ? "True" : "False")),
    integer("Active", ({ status }) => (status?.active ?? []).length),
    text("Last Schedule", ({ status }, now) =>
      status?.lastScheduleTime ? since(status.lastScheduleTime, now) : NONE,
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    wide("Selector", () => NONE),
  ],
  "batch/jobs": [
    NAME,
    text("Status", jobStatus),
    text("Completions", completions),
    text("Duration", jobDuration),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  "networking.k8s.io/ingresses": [
    NAME,
    text("Class", ({ spec }) => spec?.ingressClassName ?? NONE),
    text("Hosts", ({ spec }) =>
      someOf((spec?.rules ?? []).map((rule: Data) => rule["host"]).filter(Boolean), "*"),
    ),
    text("Address", ({ status }) =>
      (status?.loadBalancer?.ingress ?? []).map((each: Data) => each["ip"] ?? each["hostname"]).join(","),
    ),
    text("Ports", ({ spec }) => (spec?.tls?.length ? "80, 443" : "80")),
    AGE,
  ],
  "networking.k8s.io/ingressclasses": [
    NAME,
    text("Controller", ({ spec }) => spec?.controller ?? ""),
    text("Parameters", ({ spec }) =>
      spec?.parameters ? `${spec.parameters.kind}.${spec.parameters.apiGroup}/${spec.parameters.name}` : NONE,
    ),
    AGE,
  ],
  "networking.k8s.io/networkpolicies": [
    NAME,
    text("Pod-Selector", ({ spec }) => selector(spec?.podSelector)),
    AGE,
  ],
  "policy/poddisruptionbudgets": [
    NAME,
    text("Min Available", ({ spec }) => `${spec?.minAvailable ?? "N/A"}`),
    text("Max Unavailable", ({ spec }) => `${spec?.maxUnavailable ?? "N/A"}`),
    integer("Allowed Disruptions", ({ status }) => status?.disruptionsAllowed ?? 0),
    AGE,
  ],
  "rbac.authorization.k8s.io/clusterrolebindings": BINDING,
  "rbac.authorization.k8s.io/rolebindings": BINDING,
  "storage.k8s.io/storageclasses": [
    NAME,
    text("Provisioner", ({ provisioner }) => provisioner ?? ""),
    text("ReclaimPolicy", ({ reclaimPolicy }) => reclaimPolicy ?? "Delete"),
    text("VolumeBindingMode", ({ volumeBindingMode }) => volumeBindingMode ?? "Immediate"),
    text("AllowVolumeExpansion", ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false),
    AGE,
  ],
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": webhooks,
  "admissionregistration.k8s.io/validatingwebhookconfigurations": webhooks,
  "scheduling.k8s.io/priorityclasses": [
    NAME,
    integer("Value", ({ value }) => value ?? 0),
    column("Global-Default", "boolean", ({ globalDefault }) => globalDefault ?? false),
    AGE,
    text("PreemptionPolicy", ({ preemptionPolicy }) => preemptionPolicy ?? ""),
  ],
  "coordination.k8s.io/leases": [NAME, text("Holder", ({ spec }) => spec?.holderIdentity ?? ""), AGE],
  "node.k8s.io/runtimeclasses": [NAME, text("Handler", ({ handler }) => handler ?? ""), AGE],
  "discovery.k8s.io/endpointslices": [
    NAME,
    text("AddressType", ({ addressType }) => addressType ?? ""),
    text("Ports", ({ ports = [] }) =>
      someOf(
        (ports ?? []).map(({ port, name }: Data) => `${port ?? name ?? "*"}`),
        "<unset>",
      ),
    ),
    text("Endpoints", ({ endpoints: list = [] }) =>
      someOf(
        (list ?? []).flatMap(({ addresses = [] }: Data) => addresses),
        "<unset>",
      ),
    ),
    AGE,
  ],
};
