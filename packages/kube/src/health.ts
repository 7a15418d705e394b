import { type KubeObject, splitApiVersion } from "@sluice/api";

/**
 * How an object is, in the words of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus), which Flux, kubectl plugins and
 * dashboards share. `NotFound` and `Unknown` are for objects that could not be seen.
 */
export type Health = {
  status: "Current" | "InProgress" | "Failed" | "Terminating" | "NotFound" | "Unknown";
  message: string;
};

type Rule = (object: KubeObject) => Health;

const current = (message: string): Health => ({ status: "Current", message });
const inProgress = (message: string): Health => ({ status: "InProgress", message });
const failed = (message: string): Health => ({ status: "Failed", message });

/**
 * How `object` is. Deletion, an unobserved generation, `Reconciling` and `Stalled` come first for every kind; then the
 * kind's own rule; then its `Ready` condition; an object that says nothing is current. As in Flux, a Job is current
 * only when it is complete or suspended.
 * @param object undefined when it does not exist
 * @param now milliseconds since the epoch; a Pod may stay unschedulable for 15 s before it counts as failed
 */
export function healthOf(object: KubeObject | undefined, now: number = Date.now()): Health {
  if (!object) return { status: "NotFound", message: "it does not exist" };
  return generic(object) ?? kindRule(object, now) ?? ready(object) ?? current("Resource is current");
}

function generic(object: KubeObject): Health | undefined {
  const { deletionTimestamp, finalizers, generation } = object.metadata;
  if (deletionTimestamp) {
    const held = finalizers?.length ? `; waiting for finalizers: ${finalizers.join(", ")}` : "";
    return { status: "Terminating", message: `Resource scheduled for deletion${held}` };
  }
  const observed = object.status?.observedGeneration;
  if (generation !== undefined && observed !== undefined && Number(observed) !== Number(generation)) {
    return inProgress(
      `${object.kind} generation is ${generation}, but latest observed generation is ${observed}`,
    );
  }
  for (const { type, status, message, reason } of conditionsOf(object)) {
    if (type === "Reconciling" && status === "True") return inProgress(message || reason || "reconciling");
    if (type === "Stalled" && status === "True") return failed(message || reason || "stalled");
  }
  return undefined;
}

function ready(object: KubeObject): Health | undefined {
  const condition = conditionOf(object, "Ready");
  if (!condition) return undefined;
  if (condition.status === "True") return current("Resource is Ready");
  return inProgress(condition.message || condition.reason || `Ready is ${condition.status}`);
}

function kindRule(object: KubeObject, now: number): Health | undefined {
  const { group } = splitApiVersion(object.apiVersion);
  if (group === "" && object.kind === "Pod") return pod(object, now);
  return rules[`${group}/${object.kind}`]?.(object);
}

type Condition = { type: string; status: string; reason?: string; message?: string };

function conditionsOf(object: KubeObject): Condition[] {
  const conditions: unknown = object.status?.conditions;
  return Array.isArray(conditions) ? conditions : [];
}

const conditionOf = (object: KubeObject, type: string) =>
  conditionsOf(object).find((one) => one.type === type);

/** The first shortfall of `checks`: too little, or as pods pending termination too much. */
function shortfall(checks: [what: string, has: number, wants: number][]): Health | undefined {
  const missing = checks.find(([, has, wants]) => has < wants);
  return missing && inProgress(`${missing[0]}: ${missing[1]}/${missing[2]}`);
}

const surplus = (has: number, wants: number) =>
  has > wants ? inProgress(`Pending termination: ${has - wants}`) : undefined;

function deployment(object: KubeObject): Health {
  const { spec = {}, status = {} } = object;
  const wants = spec.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  const progressing = conditionOf(object, "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") return failed("Progress deadline exceeded");
  // Without a deadline (2^31-1 stands for none) the controller never sets Progressing.
  const noDeadline = (spec.progressDeadlineSeconds ?? 2 ** 31 - 1) === 2 ** 31 - 1;
  const progressed = progressing?.status === "True" && progressing.reason === "NewReplicaSetAvailable";
  return (
    shortfall([
      ["Replicas", replicas, wants],
      ["Updated", updatedReplicas, wants],
    ]) ??
    surplus(replicas, wants) ??
    shortfall([
      ["Available", availableReplicas, updatedReplicas],
      ["Ready", readyReplicas, wants],
    ]) ??
    (progressed || noDeadline ? undefined : inProgress("ReplicaSet not Available")) ??
    (conditionOf(object, "Available")?.status === "True"
      ? undefined
      : inProgress("Deployment not Available")) ??
    current(`Deployment is available. Replicas: ${replicas}`)
  );
}

function statefulSet({ spec = {}, status = {} }: KubeObject): Health {
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  if (type === "OnDelete") return current("StatefulSet is using the ondelete update strategy");
  const wants = spec.replicas ?? 1;
  const { replicas = 0, readyReplicas = 0, currentReplicas = 0, updatedReplicas = 0 } = status;
  const running =
    shortfall([
      ["Replicas", replicas, wants],
      ["Ready", readyReplicas, wants],
    ]) ?? surplus(replicas, wants);
  if (running) return running;
  const partition: number | undefined = rollingUpdate?.partition;
  // The API server fills in partition 0, which is no partition.
  if (partition) {
    const done = current(`Partition rollout complete. updated: ${updatedReplicas}`);
    return shortfall([["updated", updatedReplicas, wants - partition]]) ?? done;
  }
  const revisions = status.currentRevision === status.updateRevision;
  return (
    shortfall([["current", currentReplicas, wants]]) ??
    (revisions ? undefined : inProgress("Waiting for updated revision to match current")) ??
    current(`All replicas scheduled as expected. Replicas: ${replicas}`)
  );
}

function replicaSet(object: KubeObject): Health {
  const { spec = {}, status = {} } = object;
  const wants = spec.replicas ?? 1;
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0, fullyLabeledReplicas = 0 } = status;
  const failure = conditionOf(object, "ReplicaFailure");
  if (failure?.status === "True")
    return inProgress(`Replica Failure condition. ${failure.message || "Check Pods"}`);
  return (
    shortfall([
      ["Labelled", fullyLabeledReplicas, wants],
      ["Available", availableReplicas, wants],
      ["Ready", readyReplicas, wants],
    ]) ??
    surplus(replicas, wants) ??
    current(`ReplicaSet is available. Replicas: ${replicas}`)
  );
}

function daemonSet({ kind, metadata, status = {} }: KubeObject): Health {
  if (metadata.generation === undefined) return inProgress(`${kind} metadata.generation not found`);
  if (status.observedGeneration === undefined)
    return inProgress(`${kind} status.observedGeneration not found`);
  const wants: number | undefined = status.desiredNumberScheduled;
  if (wants === undefined) return inProgress("Missing .status.desiredNumberScheduled");
  const {
    currentNumberScheduled = 0,
    updatedNumberScheduled = 0,
    numberAvailable = 0,
    numberReady = 0,
  } = status;
  return (
    shortfall([
      ["Current", currentNumberScheduled, wants],
      ["Updated", updatedNumberScheduled, wants],
      ["Available", numberAvailable, wants],
      ["Ready", numberReady, wants],
    ]) ?? current(`All replicas scheduled as expected. Replicas: ${wants}`)
  );
}

function job(object: KubeObject): Health {
  const { spec = {}, status = {} } = object;
  const { active = 0, succeeded = 0, failed: lost = 0 } = status;
  if (spec.suspend === true) return current("Job is suspended");
  const wants = spec.completions ?? spec.parallelism ?? 1;
  const complete = conditionOf(object, "Complete");
  if (complete?.status === "True") return current(`Job Completed. succeeded: ${succeeded}/${wants}`);
  const failure = conditionOf(object, "Failed");
  if (failure?.status === "True") {
    const why = failure.message ? `: ${failure.message}` : "";
    return failed(`Job Failed. failed: ${lost}/${wants}${why}`);
  }
  if (!status.startTime) return inProgress(`Job not started. active: 0/${spec.parallelism ?? 1}`);
  return inProgress(`Job in progress. success:${succeeded}, active: ${active}, failed: ${lost}`);
}

function claim({ status }: KubeObject): Health {
  const phase = status?.phase ?? "unknown";
  return phase === "Bound" ? current("PVC is Bound") : inProgress(`PVC is not Bound. phase: ${phase}`);
}

function service({ spec = {} }: KubeObject): Health {
  // A LoadBalancer without its address is current in kstatus; many clusters have nobody who gives addresses.
  if (spec.type === "LoadBalancer" && !spec.clusterIP)
    return inProgress("ClusterIP not set. Service type: LoadBalancer");
  return current("Service is ready");
}

function crd(object: KubeObject): Health {
  const names = conditionOf(object, "NamesAccepted");
  if (names?.status === "False") return failed(names.message || names.reason || "its names are not accepted");
  const established = conditionOf(object, "Established");
  if (established?.status === "True") return current("CRD is established");
  if (established?.status === "False" && established.reason !== "Installing") {
    return failed(established.message || established.reason || "it is not established");
  }
  return inProgress("Install in progress");
}

const unschedulableMs = 15_000;

function pod(object: KubeObject, now: number): Health {
  const { phase } = object.status ?? {};
  switch (phase) {
    case undefined:
    case "":
      return inProgress("Pod phase not available");
    case "Succeeded":
      return current("Pod has completed successfully");
    case "Failed":
      return current("Pod has completed, but not successfully");
    case "Running": {
      if (conditionOf(object, "Ready")?.status === "True") return current("Pod is Ready");
      const looping = troublesOf(object).filter(({ reason }) => reason === "CrashLoopBackOff");
      if (looping.length === 0) return inProgress("Pod is running but is not Ready");
      return failed(`Containers in CrashLoop state: ${looping.map(({ container }) => container).join(",")}`);
    }
    case "Pending": {
      const scheduled = conditionOf(object, "PodScheduled");
      if (scheduled?.status !== "False" || scheduled.reason !== "Unschedulable") {
        return inProgress("Pod is in the Pending phase");
      }
      const age = now - Date.parse(object.metadata.creationTimestamp ?? "");
      return age < unschedulableMs
        ? inProgress("Pod has not been scheduled")
        : failed("Pod could not be scheduled");
    }
    default:
      return { status: "Unknown", message: `unknown phase ${phase}` };
  }
}

/** Why containers of a Pod do not run: the reasons that kubelet gives, the last exit included. */
export function troublesOf(object: KubeObject): { container: string; reason: string; message: string }[] {
  const { containerStatuses = [], initContainerStatuses = [] } = object.status ?? {};
  return [...initContainerStatuses, ...containerStatuses].flatMap(
    ({ name, state = {}, lastState = {} }: any) => {
      const { reason, message = "" } = state.waiting ?? {};
      const quiet = !reason || reason === "ContainerCreating" || reason === "PodInitializing";
      if (quiet) return [];
      const ended = lastState.terminated;
      const exit = ended ? `exit code ${ended.exitCode}${ended.reason ? ` (${ended.reason})` : ""}` : "";
      return [{ container: name, reason, message: [message, exit].filter(Boolean).join("; ") }];
    },
  );
}

const always: Rule = () => current("Resource is always ready");

const rules: Record<string, Rule> = {
  "/Service": service,
  "/Secret": always,
  "/ConfigMap": always,
  "/PersistentVolumeClaim": claim,
  "apps/Deployment": deployment,
  "apps/StatefulSet": statefulSet,
  "apps/ReplicaSet": replicaSet,
  "apps/DaemonSet": daemonSet,
  "batch/CronJob": always,
  "batch/Job": job,
  // Reached only when the controller has observed its generation, if it says so at all.
  "policy/PodDisruptionBudget": () => current("AllowedDisruptions has been computed."),
  "apiextensions.k8s.io/CustomResourceDefinition": crd,
};
