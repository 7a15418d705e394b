import type { KubeObject } from "@sluice/api";
import {
  conditionOf,
  type Data,
  MANAGER,
  ownerReference,
  removeObject,
  templateHash,
  withConditions,
  writeStatus,
} from "./common.ts";
import type { Context, Controller } from "./engine.ts";

const REVISION = "deployment.kubernetes.io/revision";
const HASH = "pod-template-hash";

/** Rolls a Deployment out: a ReplicaSet for each template; the old ones go when the new one is available. */
export const deployment: Controller = { apiVersion: "apps/v1", kind: "Deployment", reconcile };

function reconcile(context: Context, it: KubeObject): void {
  if (it.metadata.deletionTimestamp) return;
  const hash = templateHash(it.spec.template);
  const sets = context.owned(it, "ReplicaSet").filter((set) => !set.metadata.deletionTimestamp);
  const olds = sets.filter((set) => set.metadata.labels?.[HASH] !== hash);
  let current = sets.find((set) => set.metadata.labels?.[HASH] === hash);
  const isHeld = it.spec.strategy?.type === "Recreate" && olds.some((set) => (set.status?.replicas ?? 0) > 0);
  if (!current && !it.spec.paused && !isHeld) current = createSet(context, it, hash, nextRevision(sets));
  const revision = current && keepNewest(context, current, sets);
  if (current) scale(context, it, current, it.spec.replicas);
  if (!it.spec.paused) retire(context, it, olds, current);
  writeStatus(context, it, statusOf(context, it, current, olds), {
    ...(revision && { annotations: { [REVISION]: revision } }),
  });
}

const revisionOf = (set: KubeObject): number => Number(set.metadata.annotations?.[REVISION] ?? 0);
const nextRevision = (sets: KubeObject[]): number => Math.max(0, ...sets.map(revisionOf)) + 1;

function createSet(context: Context, it: KubeObject, hash: string, revision: number): KubeObject {
  const { template, selector, replicas } = it.spec;
  const labels = { ...template.metadata?.labels, [HASH]: hash };
  const set = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${it.metadata.name}-${hash}`,
      namespace: it.metadata.namespace,
      labels,
      annotations: {
        "deployment.kubernetes.io/desired-replicas": String(replicas),
        [REVISION]: String(revision),
      },
      ownerReferences: [ownerReference(it)],
    },
    spec: {
      replicas,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  const created = context.store.create(set, { manager: MANAGER });
  if (replicas > 0) tellScaling(context, it, created, 0, replicas);
  return created;
}

function tellScaling(context: Context, it: KubeObject, set: KubeObject, from: number, to: number): void {
  context.tell(it, {
    component: "deployment-controller",
    type: "Normal",
    reason: "ScalingReplicaSet",
    message: `Scaled ${from < to ? "up" : "down"} replica set ${set.metadata.name} from ${from} to ${to}`,
  });
}

/** A template that comes back makes its ReplicaSet the newest again. */
function keepNewest(context: Context, current: KubeObject, sets: KubeObject[]): string {
  const others = sets.filter((set) => set.metadata.uid !== current.metadata.uid);
  const newest = Math.max(0, ...others.map(revisionOf));
  if (revisionOf(current) > newest) return String(revisionOf(current));
  const annotations = { ...current.metadata.annotations, [REVISION]: String(newest + 1) };
  context.store.update({ ...current, metadata: { ...current.metadata, annotations } }, { manager: MANAGER });
  return String(newest + 1);
}

function scale(context: Context, it: KubeObject, set: KubeObject, replicas: number): void {
  if (set.spec.replicas === replicas) return;
  tellScaling(context, it, set, set.spec.replicas, replicas);
  const current =
    context.store.get({ ...set, name: set.metadata.name, namespace: set.metadata.namespace }) ?? set;
  context.store.update({ ...current, spec: { ...current.spec, replicas } }, { manager: MANAGER });
}

/** Scales old ReplicaSets down once the new one can stand in for them, and forgets the oldest. */
function retire(context: Context, it: KubeObject, olds: KubeObject[], current: KubeObject | undefined): void {
  const isRecreate = it.spec.strategy?.type === "Recreate";
  const isAvailable = (current?.status?.availableReplicas ?? 0) >= it.spec.replicas;
  if (isRecreate || (current && isAvailable)) for (const old of olds) scale(context, it, old, 0);
  const idle = olds.filter((set) => set.spec.replicas === 0 && (set.status?.replicas ?? 0) === 0);
  const surplus = idle.length - (it.spec.revisionHistoryLimit ?? 10);
  idle.sort((a, b) => revisionOf(a) - revisionOf(b));
  for (const old of idle.slice(0, Math.max(0, surplus))) removeObject(context, old);
}

function statusOf(
  context: Context,
  it: KubeObject,
  current: KubeObject | undefined,
  olds: KubeObject[],
): Data {
  const all = current ? [current, ...olds] : olds;
  const sum = (field: string, sets: KubeObject[]) =>
    sets.reduce((total, set) => total + (set.status?.[field] ?? 0), 0);
  const [replicas, available, updated] = [
    sum("replicas", all),
    sum("availableReplicas", all),
    current ? sum("replicas", [current]) : 0,
  ];
  const missing = Math.max(0, Math.max(it.spec.replicas, replicas) - available);
  const isComplete = updated === it.spec.replicas && replicas === updated && available >= updated;
  return {
    observedGeneration: it.metadata.generation,
    ...(replicas > 0 && { replicas }),
    ...(updated > 0 && { updatedReplicas: updated }),
    ...(available > 0 && { readyReplicas: sum("readyReplicas", all), availableReplicas: available }),
    ...(missing > 0 && { unavailableReplicas: missing }),
    conditions: withConditions(
      it.status?.conditions,
      [availability(it, available), progress(context, it, current, isComplete)],
      context.now(),
      { updates: true },
    ),
  };
}

function availability({ spec }: KubeObject, available: number) {
  const minimum = spec.replicas - maxUnavailable(spec);
  return available >= minimum
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
}

function maxUnavailable({ replicas, strategy }: Data): number {
  if (strategy?.type === "Recreate") return 0;
  const allowed = strategy?.rollingUpdate?.maxUnavailable ?? "25%";
  return typeof allowed === "number" ? allowed : Math.floor((replicas * Number.parseInt(allowed, 10)) / 100);
}

function progress(context: Context, it: KubeObject, set: KubeObject | undefined, isComplete: boolean) {
  const type = "Progressing";
  const before = conditionOf(it, type);
  const name = set?.metadata.name ?? "";
  if (it.spec.paused)
    return { type, status: "Unknown", reason: "DeploymentPaused", message: "Deployment is paused" };
  if (set && isComplete)
    return {
      type,
      status: "True",
      reason: "NewReplicaSetAvailable",
      message: `ReplicaSet "${name}" has successfully progressed.`,
    };
  const late = {
    type,
    status: "False",
    reason: "ProgressDeadlineExceeded",
    message: `ReplicaSet "${name}" has timed out progressing.`,
  };
  if (context.verdict(it)?.kind === "fail") return late;
  const isWaiting =
    before?.["status"] === "True" &&
    before["message"].includes(`"${name}"`) &&
    before["reason"] !== "NewReplicaSetAvailable";
  const since = isWaiting ? Date.parse(before["lastUpdateTime"]) : context.store.now();
  const left = since + (it.spec.progressDeadlineSeconds ?? 600) * 1000 - context.store.now();
  if (left <= 0 || (before?.["reason"] === late.reason && before["message"] === late.message)) return late;
  if (!isWaiting) context.later(it, left + 1000);
  return {
    type,
    status: "True",
    reason: "ReplicaSetUpdated",
    message: `ReplicaSet "${name}" is progressing.`,
  };
}
