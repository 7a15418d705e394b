import type { KubeObject } from "@sluice/api";
import type { Resource } from "../catalogue.ts";
import { apiError, forbidden } from "../errors.ts";
import { same } from "../plain.ts";
import { tableOf } from "../storage/storage.ts";
import { entriesOf, entryIn } from "../storage/table.ts";
import { timestamp, type World } from "../world.ts";
import { limitRangesIn } from "./admission.ts";
import { DEFINITIONS, defaultDefinition } from "./definitions.ts";
import { fillInLimits } from "./limits.ts";

type Data = Record<string, any>;

/** What admission plugins put into a new object of a built-in kind, before policies and webhooks see it. Changes `object`. */
export function admitCreate(world: World, resource: Resource, object: KubeObject): void {
  switch (resource.table) {
    case "/pods":
      admitPod(world, object);
      return;
    case "/nodes":
      taintNode(object);
      return;
    case "/persistentvolumeclaims":
    case "/persistentvolumes":
      protect(object, PROTECTION[resource.table]!);
  }
}

/** The same for a changed object. */
export function admitUpdate(resource: Resource, object: KubeObject): void {
  if (resource.table === "/pods" && object.spec) admitTolerations(object.spec);
}

/**
 * What the API server's strategies put into an object of a built-in kind before it is stored: parts of the status that no client may choose, and
 * fields that follow from others. Changes `object`, which must be the caller's own.
 */
export function prepareCreate(world: World, resource: Resource, object: KubeObject): void {
  const fields = object as unknown as Data;
  if (resource.subresources.some(({ name }) => name === "status")) delete fields["status"];
  switch (resource.table) {
    case "/namespaces":
      fields["status"] = { phase: "Active" };
      fields["spec"] = withKubernetesFinalizer(fields["spec"]);
      return;
    case "/pods":
      fields["status"] = { phase: "Pending", qosClass: qosClass(fields["spec"] ?? {}) };
      return;
    case "/nodes":
      fields["status"] = { ...UNKNOWN_NODE };
      return;
    case "/services":
      fields["status"] = { loadBalancer: {} };
      allocateAddress(world, object);
      return;
    case "/persistentvolumeclaims":
    case "/persistentvolumes":
      fields["status"] = { phase: "Pending" };
      if (resource.table === "/persistentvolumes")
        fields["status"].lastPhaseTransitionTime = timestamp(world.now());
      return;
    case "networking.k8s.io/ingresses":
      fields["status"] = { loadBalancer: {} };
      return;
    case "policy/poddisruptionbudgets":
      fields["status"] = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
      return;
    case "apps/daemonsets":
      fields["status"] = {
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        desiredNumberScheduled: 0,
        numberReady: 0,
      };
      return;
    case "apps/replicasets":
    case "/replicationcontrollers":
      fields["status"] = { replicas: 0 };
      return;
    case "apps/statefulsets":
      fields["status"] = { replicas: 0, availableReplicas: 0 };
      return;
    case "autoscaling/horizontalpodautoscalers":
      fields["status"] = { desiredReplicas: 0, currentMetrics: null };
      return;
    case "batch/jobs":
      fields["status"] = {};
      admitJob(object);
      return;
    case "apiregistration.k8s.io/apiservices":
    case "apps/deployments":
    case "batch/cronjobs":
    case "/resourcequotas":
    case "admissionregistration.k8s.io/validatingadmissionpolicies":
    case "flowcontrol.apiserver.k8s.io/flowschemas":
    case "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations":
      fields["status"] = {};
  }
}

/** What is known of a node that nobody has reported on. */
const UNKNOWN_NODE = {
  daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
  nodeInfo: {
    machineID: "",
    systemUUID: "",
    bootID: "",
    kernelVersion: "",
    osImage: "",
    containerRuntimeVersion: "",
    kubeletVersion: "",
    kubeProxyVersion: "",
    operatingSystem: "",
    architecture: "",
  },
};

/** Nobody is to use a node before its kubelet has said that it is ready. */
function taintNode(node: KubeObject): void {
  const key = "node.kubernetes.io/not-ready";
  const spec: Data = (node.spec ??= {});
  const taints: Data[] = spec["taints"] ?? [];
  if (!taints.some((each) => each["key"] === key && each["effect"] === "NoSchedule"))
    spec["taints"] = [...taints, { key, effect: "NoSchedule" }];
}

/** What a Service has only while it has an address of its own. */
const ADDRESSES = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"];

/** Node ports stay with their ports when a client leaves them out. */
function keepPorts(spec: Data, before: Data): void {
  for (const port of spec["ports"] ?? []) {
    const old = (before["ports"] ?? []).find(
      (each: Data) => each["port"] === port.port && each["protocol"] === port.protocol,
    );
    if (old?.nodePort && spec["type"] === before["type"]) port.nodePort ??= old.nodePort;
  }
}

/** A pod's first address is in two places; whoever writes one writes both. */
function shareAddresses({ status }: KubeObject): void {
  if (status?.podIP && !status.podIPs?.length) status.podIPs = [{ ip: status.podIP }];
  else if (!status?.podIP && status?.podIPs?.length) status.podIP = status.podIPs[0].ip;
}

const TEMPLATES = "deprecated.daemonset.template.generation";

/** The server counts the templates of a DaemonSet in an annotation. */
function countTemplates(object: KubeObject, old: KubeObject): void {
  const count = Number(old.metadata.annotations?.[TEMPLATES] ?? 1);
  const changed = !same(object.spec["template"], old.spec["template"]);
  object.metadata.annotations = {
    ...object.metadata.annotations,
    [TEMPLATES]: String(count + (changed ? 1 : 0)),
  };
}

/** Fields that only some types of Service have, and which go with the type unless a client has changed them. */
function dropWhatTypeHad(spec: Data, before: Data): void {
  const hasNodePorts = ({ type }: Data) => type === "NodePort" || type === "LoadBalancer";
  const dropSame = (field: string) => {
    if (same(spec[field], before[field])) delete spec[field];
  };
  if (hasNodePorts(before) && !hasNodePorts(spec)) {
    const old = (before["ports"] ?? []).map(({ nodePort }: Data) => nodePort);
    for (const port of spec["ports"] ?? []) if (old.includes(port.nodePort)) delete port.nodePort;
    if (!spec["externalIPs"]?.length) dropSame("externalTrafficPolicy");
  }
  if (before["type"] === "LoadBalancer" && spec["type"] !== "LoadBalancer")
    for (const field of ["loadBalancerClass", "allocateLoadBalancerNodePorts", "healthCheckNodePort"])
      dropSame(field);
}

/** What an update keeps of the old object although the client left it out. */
export function prepareUpdate(world: World, resource: Resource, object: KubeObject, old: KubeObject): void {
  const [spec, before]: [Data, Data] = [object.spec ?? {}, old.spec ?? {}];
  switch (resource.table) {
    case "/namespaces":
      // spec.finalizers has a path of its own
      object.spec = { ...spec, finalizers: before["finalizers"] };
      if (!before["finalizers"]) delete object.spec.finalizers;
      return;
    case "apps/daemonsets":
      countTemplates(object, old);
      return;
    case "/services":
      if (spec["type"] === "ExternalName") {
        if (before["type"] !== "ExternalName")
          for (const field of ADDRESSES)
            if (spec[field] !== undefined && same(spec[field], before[field])) delete spec[field];
        return;
      }
      for (const field of ADDRESSES.slice(0, 4))
        if (before[field] !== undefined) spec[field] ??= before[field];
      dropWhatTypeHad(spec, before);
      keepPorts(spec, before);
      allocateAddress(world, object);
  }
}

/** Derived fields that hold after each write, not only the first. */
export function normalise(resource: Resource, object: KubeObject): void {
  if (resource.table === "/secrets") mergeStringData(object);
  if (resource.table === "/pods") shareAddresses(object);
  if (resource.table === DEFINITIONS) defaultDefinition(object);
  // the finalizer that every namespace begins with is the server's, not the client's
  if (resource.table === "/namespaces" && object.spec?.finalizers?.join() === "kubernetes")
    delete object.spec;
}

/** The addresses that Services get, 10.96.0.0/16; one is the first that no Service has. */
function allocateAddress(world: World, service: KubeObject): void {
  const spec = service.spec as Data;
  if (spec["type"] === "ExternalName") return;
  if (!spec["clusterIP"]) spec["clusterIP"] = freeAddress(world);
  spec["clusterIPs"] ??= [spec["clusterIP"]];
  // what is behind a headless Service without a selector may have addresses of both families
  if (spec["clusterIP"] === "None" && !spec["selector"]) {
    spec["ipFamilies"] ??= ["IPv4", "IPv6"];
    spec["ipFamilyPolicy"] ??= "RequireDualStack";
  }
  spec["ipFamilies"] ??= ["IPv4"];
  spec["ipFamilyPolicy"] ??= "SingleStack";
  allocatePorts(world, spec);
}

/** The ports that Services of the types NodePort and LoadBalancer get on every node. */
const NODE_PORTS = { from: 30000, count: 2768 };

function allocatePorts(world: World, spec: Data): void {
  const wanted =
    spec["type"] === "NodePort" ||
    (spec["type"] === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false);
  if (!wanted) return;
  const services = entriesOf(tableOf(world.storage, "/services"));
  const taken = new Set<number>();
  for (const { object } of services) for (const { nodePort } of object.spec?.ports ?? []) taken.add(nodePort);
  for (const port of spec["ports"] ?? []) {
    const start = Math.floor(world.random() * NODE_PORTS.count);
    for (let tries = 0; !port.nodePort && tries < NODE_PORTS.count; tries++) {
      const number = NODE_PORTS.from + ((start + tries) % NODE_PORTS.count);
      if (!taken.has(number)) port.nodePort = number;
    }
    if (!port.nodePort) throw apiError(500, "InternalError", "failed to allocate a nodePort: range is full");
    taken.add(port.nodePort);
  }
  if (spec["type"] !== "LoadBalancer" || spec["externalTrafficPolicy"] !== "Local") return;
  const start = Math.floor(world.random() * NODE_PORTS.count);
  for (let tries = 0; !spec["healthCheckNodePort"] && tries < NODE_PORTS.count; tries++) {
    const number = NODE_PORTS.from + ((start + tries) % NODE_PORTS.count);
    if (!taken.has(number)) spec["healthCheckNodePort"] = number;
  }
}

function freeAddress(world: World): string {
  const services = entriesOf(tableOf(world.storage, "/services"));
  const taken = new Set(services.map(({ object }) => object.spec?.clusterIP));
  for (
    let number = 1 + Math.floor(world.random() * 65000), tries = 0;
    tries < 65000;
    tries++, number = (number % 65000) + 1
  ) {
    const address = `10.96.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
  throw apiError(500, "InternalError", "failed to allocate IP: the range 10.96.0.0/16 is full");
}

/** `stringData` is for writing only: its entries land in `data`, encoded. */
function mergeStringData(object: KubeObject): void {
  const fields = object as unknown as Data;
  const plain: Record<string, string> | undefined | null = fields["stringData"];
  if (!plain) return;
  const encoded = Object.entries(plain).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  fields["data"] = { ...fields["data"], ...Object.fromEntries(encoded) };
  delete fields["stringData"];
}

/** Finalizers that keep volumes and claims while they are in use; `system/protection.ts` takes them away again. */
export const PROTECTION: Record<string, string> = {
  "/persistentvolumeclaims": "kubernetes.io/pvc-protection",
  "/persistentvolumes": "kubernetes.io/pv-protection",
};

function protect({ metadata }: KubeObject, finalizer: string): void {
  const { finalizers = [] } = metadata;
  if (!finalizers.includes(finalizer)) metadata.finalizers = [...finalizers, finalizer];
}

/** What admission adds to a new pod: its priority, and patience with nodes that are not ready. */
function admitPod(world: World, pod: KubeObject): void {
  const spec = pod.spec as Data;
  fillInLimits(pod, limitRangesIn(world, pod.metadata.namespace ?? ""));
  admitPriority(world, pod);
  admitTolerations(spec);
}

function admitTolerations(spec: Data): void {
  const tolerations: Data[] = spec["tolerations"] ?? [];
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    const tolerated = tolerations.some(
      (each) => (!each["key"] || each["key"] === key) && (!each["effect"] || each["effect"] === "NoExecute"),
    );
    if (!tolerated)
      tolerations.push({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 });
  }
  spec["tolerations"] = tolerations;
}

const SYSTEM_PRIORITIES: Record<string, number> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

/** The priority that the class of a pod, or else the default class, gives it. Throws 403 for a class that is not there. */
function admitPriority(world: World, { metadata, spec }: KubeObject): void {
  const classes = tableOf(world.storage, "scheduling.k8s.io/priorityclasses");
  const refuse = (why: string) => forbidden({ group: "", resource: "pods" }, metadata.name, why);
  const wanted: string | undefined = spec.priorityClassName;
  const found = wanted
    ? entryIn(classes, "", wanted)?.object
    : entriesOf(classes)
        .map(({ object }) => object)
        .find((each) => (each as unknown as Data)["globalDefault"]);
  const { value, preemptionPolicy = "PreemptLowerPriority" } = (found ?? {}) as unknown as Data;
  const priority = value ?? SYSTEM_PRIORITIES[wanted ?? ""] ?? (wanted ? undefined : 0);
  if (priority === undefined) throw refuse(`no PriorityClass with name ${wanted} was found`);
  if (spec.priority !== undefined && spec.priority !== priority)
    throw refuse(
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    );
  spec.priority = priority;
  if (!wanted && found) spec.priorityClassName = found.metadata.name;
  spec.preemptionPolicy ??= preemptionPolicy;
}

function withKubernetesFinalizer(spec: Data | undefined): Data {
  const finalizers: string[] = spec?.["finalizers"] ?? [];
  return {
    ...spec,
    finalizers: finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"],
  };
}

/** A Job that took the labels of its template as its own goes on sharing them, in Go even the map. */
function admitJob(job: KubeObject): void {
  const template: Data = job.spec["template"];
  const { labels } = job.metadata;
  const shares = labels === undefined || same(labels, template["metadata"]?.labels);
  selectOwnPods(job);
  if (shares && template["metadata"]?.labels) job.metadata.labels = { ...template["metadata"].labels };
}

/** A Job without a selector of its own selects its pods by its uid. */
function selectOwnPods(job: KubeObject): void {
  const spec = job.spec as Data;
  if (!spec || spec["manualSelector"]) return;
  const uid = job.metadata.uid!;
  const template: Data = (spec["template"] ??= {});
  const metadata: Data = (template["metadata"] ??= {});
  metadata["labels"] = {
    ...metadata["labels"],
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": job.metadata.name,
    "controller-uid": uid,
    "job-name": job.metadata.name,
  };
  const selector: Data = (spec["selector"] ??= {});
  selector["matchLabels"] = { ...selector["matchLabels"], "batch.kubernetes.io/controller-uid": uid };
}

/** The quality-of-service class: kubernetes/pkg/apis/core/v1/helper/qos, by CPU and memory of all containers. */
function qosClass(spec: Data): "Guaranteed" | "Burstable" | "BestEffort" {
  const containers: Data[] = [...(spec["containers"] ?? []), ...(spec["initContainers"] ?? [])];
  const amounts = (container: Data, side: "requests" | "limits") =>
    ["cpu", "memory"].map((resource) => container["resources"]?.[side]?.[resource]);
  const isSet = (amount: unknown) => amount !== undefined && amount !== "0" && amount !== 0;
  const any = containers.some((each) =>
    [...amounts(each, "requests"), ...amounts(each, "limits")].some(isSet),
  );
  if (!any) return "BestEffort";
  const guaranteed = containers.every((each) => {
    const limits = amounts(each, "limits");
    const requests = amounts(each, "requests");
    return (
      limits.every(isSet) &&
      limits.every((limit, index) => !isSet(requests[index]) || requests[index] === limit)
    );
  });
  return guaranteed ? "Guaranteed" : "Burstable";
}
