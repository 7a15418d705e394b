/** The scheduler and the kubelet of the only node: pods run as soon as they exist. */
import type { KubeObject } from "@sluice/api";
import type { StoreEvent } from "../store.ts";
import { type Data, isActive, NODE, withConditions, writeStatus } from "./common.ts";
import { type Context, type Controller, controllerOf, refOf } from "./engine.ts";
import type { News } from "./events.ts";

const KUBELET = "kubelet";
const MISSING_IMAGE = /(^|\/)does-not-exist/;

export const pod: Controller = { apiVersion: "v1", kind: "Pod", reconcile, concerns };

function reconcile(context: Context, it: KubeObject): void {
  if (it.metadata.deletionTimestamp) {
    // nothing has to be stopped: the grace period is over at once
    if (it.metadata.finalizers?.length) return;
    tellStop(context, it);
    context.store.delete(refOf(it), { gracePeriodSeconds: 0 });
    return;
  }
  if (!isActive(it)) return;
  if (!it.spec.nodeName) {
    context.store.bind({ namespace: it.metadata.namespace!, name: it.metadata.name }, NODE);
    return;
  }
  const outcome = outcomeOf(context, it);
  tellOf(context, it, outcome);
  writeStatus(context, it, statusOf(context, it, outcome), { manager: KUBELET });
}

/** What the scheduler and the kubelet say when a pod begins, or comes to another state. */
function tellOf(context: Context, it: KubeObject, outcome: Outcome): void {
  const { namespace, name, uid } = it.metadata;
  const before: Data[] = it.status?.containerStatuses ?? [];
  if (before.length === 0)
    context.tell(it, {
      component: "default-scheduler",
      type: "Normal",
      reason: "Scheduled",
      message: `Successfully assigned ${namespace}/${name} to ${NODE}`,
    });
  const told = stateOf(outcome);
  for (const container of it.spec.containers) {
    const { state = {} } = before.find((each) => each["name"] === container.name) ?? {};
    const was = state.waiting?.reason ?? Object.keys(state)[0];
    if (was === told) continue;
    const fieldPath = `spec.containers{${container.name}}`;
    for (const news of newsOf(outcome, container, `${name}_${namespace}(${uid})`))
      context.tell(it, { component: KUBELET, fieldPath, ...news });
  }
}

function tellStop(context: Context, it: KubeObject): void {
  for (const { name, state } of it.status?.containerStatuses ?? [])
    if (state.running)
      context.tell(it, {
        component: KUBELET,
        type: "Normal",
        reason: "Killing",
        message: `Stopping container ${name}`,
        fieldPath: `spec.containers{${name}}`,
      });
}

const stateOf = (outcome: Outcome): string =>
  outcome.kind === "waiting" ? outcome.reason : outcome.kind === "running" ? "running" : "terminated";

function newsOf(outcome: Outcome, { name, image }: Data, pod: string): Omit<News, "component">[] {
  const normal = (reason: string, message: string) => ({ type: "Normal" as const, reason, message });
  const warning = (reason: string, message: string) => ({ type: "Warning" as const, reason, message });
  const started = [
    normal("Pulled", `Container image ${JSON.stringify(image)} already present on machine`),
    normal("Created", "Container created"),
    normal("Started", "Container started"),
  ];
  if (outcome.kind !== "waiting") return started;
  switch (outcome.reason) {
    case "ImagePullBackOff":
      return [
        normal("BackOff", `Back-off pulling image ${JSON.stringify(image)}`),
        warning("Failed", "Error: ImagePullBackOff"),
      ];
    case "CrashLoopBackOff":
      return [...started, warning("BackOff", `Back-off restarting failed container ${name} in pod ${pod}`)];
    case "CreateContainerConfigError":
      return [warning("Failed", `Error: ${outcome.message}`)];
    default:
      return [];
  }
}

/** Pods that wait for a ConfigMap or Secret look again when one comes. */
function concerns({ store }: Context, { type, object }: StoreEvent): readonly KubeObject[] {
  if (type !== "ADDED" || object.apiVersion !== "v1" || !["ConfigMap", "Secret"].includes(object.kind))
    return [];
  const pods = store.list({ apiVersion: "v1", kind: "Pod" }, { namespace: object.metadata.namespace });
  return pods.filter(({ status }) => status?.phase === "Pending");
}

/** What becomes of the containers. */
type Outcome =
  | { kind: "running" }
  | { kind: "done"; exitCode: number }
  | { kind: "waiting"; reason: string; message?: string; restarts?: number };

function outcomeOf(context: Context, it: KubeObject): Outcome {
  const verdict = context.verdict(it);
  const runsOnce = it.spec.restartPolicy !== "Always" && controllerOf(it)?.kind === "Job";
  if (verdict?.kind === "hang") return { kind: "waiting", reason: "ContainerCreating" };
  const missing = it.spec.containers.find(({ image }: Data) => MISSING_IMAGE.test(image));
  if (missing)
    return {
      kind: "waiting",
      reason: "ImagePullBackOff",
      message: `Back-off pulling image "${missing.image}"`,
    };
  const absent = absentReference(context, it);
  if (absent) return absent;
  if (verdict?.kind === "fail")
    return runsOnce
      ? { kind: "done", exitCode: 1 }
      : {
          kind: "waiting",
          reason: "CrashLoopBackOff",
          message: `back-off 5m0s restarting failed container=${it.spec.containers[0].name} pod=${it.metadata.name}_${it.metadata.namespace}(${it.metadata.uid})`,
          restarts: 5,
        };
  return runsOnce ? { kind: "done", exitCode: 0 } : { kind: "running" };
}

/** A ConfigMap or Secret that the pod needs and that is not there. */
function absentReference({ store }: Context, it: KubeObject): Outcome | undefined {
  const { namespace } = it.metadata;
  const isAbsent = (kind: string, name: string | undefined, optional: boolean | undefined) =>
    name !== undefined && !optional && !store.get({ apiVersion: "v1", kind, name, namespace });
  for (const { configMap, secret } of it.spec.volumes ?? [])
    if (
      isAbsent("ConfigMap", configMap?.name, configMap?.optional) ||
      isAbsent("Secret", secret?.secretName, secret?.optional)
    )
      return { kind: "waiting", reason: "ContainerCreating" };
  for (const { env = [], envFrom = [] } of it.spec.containers) {
    const sources = [
      ...envFrom,
      ...env.map(({ valueFrom = {} }: Data) => ({
        configMapRef: valueFrom.configMapKeyRef,
        secretRef: valueFrom.secretKeyRef,
      })),
    ];
    for (const { configMapRef: map, secretRef: secret } of sources)
      for (const [kind, ref] of [
        ["ConfigMap", map],
        ["Secret", secret],
      ] as const)
        if (isAbsent(kind, ref?.name, ref?.optional))
          return {
            kind: "waiting",
            reason: "CreateContainerConfigError",
            message: `${kind.toLowerCase()} "${ref.name}" not found`,
          };
  }
  return undefined;
}

function statusOf(context: Context, it: KubeObject, outcome: Outcome): Data {
  const now = context.now();
  const startTime = it.status?.startTime ?? now;
  const isReady = outcome.kind === "running";
  const names = it.spec.containers.map(({ name }: Data) => name).join(" ");
  const unready =
    outcome.kind === "done"
      ? { reason: "PodCompleted" }
      : { reason: "ContainersNotReady", message: `containers with unready status: [${names}]` };
  const condition = (type: string, isTrue: boolean, why: object = {}) => ({
    type,
    status: isTrue ? "True" : "False",
    ...(isTrue ? {} : why),
  });
  return {
    ...it.status,
    observedGeneration: it.metadata.generation,
    phase: phaseOf(outcome),
    conditions: withConditions(
      it.status?.conditions,
      [
        condition(
          "PodReadyToStartContainers",
          outcome.kind !== "waiting" || outcome.reason !== "ContainerCreating",
        ),
        condition("Initialized", true),
        condition("Ready", isReady, unready),
        condition("ContainersReady", isReady, unready),
        condition("PodScheduled", true),
      ],
      now,
    ),
    hostIP: "192.0.2.10",
    hostIPs: [{ ip: "192.0.2.10" }],
    ...(outcome.kind === "waiting" && outcome.reason === "ContainerCreating" ? {} : addressOf(it)),
    startTime,
    containerStatuses: it.spec.containers.map((container: Data) =>
      containerStatus(it, container, outcome, startTime),
    ),
  };
}

function phaseOf(outcome: Outcome): string {
  if (outcome.kind === "done") return outcome.exitCode === 0 ? "Succeeded" : "Failed";
  return outcome.kind === "running" || outcome.reason === "CrashLoopBackOff" ? "Running" : "Pending";
}

/** An address of the pod network that follows from the uid. */
function addressOf({ metadata: { uid = "" } }: KubeObject): Data {
  const number = Number.parseInt(uid.replace(/\D/g, "").slice(0, 6) || "1", 10);
  const podIP = `10.244.${(number >> 8) & 255}.${number & 255 || 1}`;
  return { podIP, podIPs: [{ ip: podIP }] };
}

function containerStatus(it: KubeObject, { name, image }: Data, outcome: Outcome, startedAt: string): Data {
  const containerID = `containerd://${(it.metadata.uid ?? "").replaceAll("-", "").padEnd(64, "0")}`;
  const ended = (exitCode: number) => ({
    terminated: {
      exitCode,
      reason: exitCode === 0 ? "Completed" : "Error",
      startedAt,
      finishedAt: startedAt,
      containerID,
    },
  });
  const isStarted = outcome.kind === "running";
  const state =
    outcome.kind === "running"
      ? { running: { startedAt } }
      : outcome.kind === "done"
        ? ended(outcome.exitCode)
        : { waiting: { reason: outcome.reason, ...(outcome.message && { message: outcome.message }) } };
  const restarts = outcome.kind === "waiting" ? (outcome.restarts ?? 0) : 0;
  return {
    name,
    state,
    lastState: restarts > 0 ? ended(1) : {},
    ready: isStarted,
    restartCount: restarts,
    image,
    imageID: isStarted ? `${image}@sha256:${"0".repeat(64)}` : "",
    ...(outcome.kind !== "waiting" && { containerID }),
    started: isStarted,
  };
}
