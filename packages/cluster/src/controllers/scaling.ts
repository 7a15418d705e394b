/** HorizontalPodAutoscalers and PodDisruptionBudgets say that all is well. */
import type { KubeObject } from "@sluice/api";
import { selects } from "../selectors/labels.ts";
import type { StoreEvent } from "../store.ts";
import { type Data, isActive, isReady, withConditions, writeStatus } from "./common.ts";
import type { Context, Controller } from "./engine.ts";

const AUTOSCALER = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
const BUDGET = { apiVersion: "policy/v1", kind: "PodDisruptionBudget" };

export const autoscaler: Controller = {
  ...AUTOSCALER,
  reconcile: reconcileAutoscaler,
  concerns({ store }, { object }: StoreEvent) {
    if (!object.spec || object.spec.replicas === undefined) return [];
    const all = store.list(AUTOSCALER, { namespace: object.metadata.namespace });
    return all.filter(
      ({ spec }) =>
        spec.scaleTargetRef.kind === object.kind && spec.scaleTargetRef.name === object.metadata.name,
    );
  },
};

export const disruptionBudget: Controller = {
  ...BUDGET,
  reconcile: reconcileBudget,
  concerns({ store }, { object }: StoreEvent) {
    if (object.apiVersion !== "v1" || object.kind !== "Pod") return [];
    const all = store.list(BUDGET, { namespace: object.metadata.namespace });
    return all.filter(({ spec }) => selects(spec.selector, object.metadata.labels));
  },
};

function reconcileAutoscaler(context: Context, it: KubeObject): void {
  if (it.metadata.deletionTimestamp) return;
  const { apiVersion, kind, name } = it.spec.scaleTargetRef;
  const target = context.store.get({
    apiVersion: apiVersion ?? "apps/v1",
    kind,
    name,
    namespace: it.metadata.namespace,
  });
  const replicas = target?.spec?.replicas ?? 0;
  const able = target
    ? { status: "True", reason: "ReadyForNewScale", message: "recommended size matches current size" }
    : {
        status: "False",
        reason: "FailedGetScale",
        message: `the HPA controller was unable to get the target's current scale: ${kind} "${name}" not found`,
      };
  const conditions = [
    { type: "AbleToScale", ...able },
    ...(target
      ? [
          {
            type: "ScalingActive",
            status: "True",
            reason: "ValidMetricFound",
            message: "the HPA was able to successfully calculate a replica count",
          },
        ]
      : []),
  ];
  writeStatus(context, it, {
    currentMetrics: null,
    currentReplicas: replicas,
    desiredReplicas: replicas,
    conditions: withConditions(it.status?.conditions, conditions, context.now()),
  });
}

function reconcileBudget(context: Context, it: KubeObject): void {
  if (it.metadata.deletionTimestamp) return;
  const pods = context.store
    .list({ apiVersion: "v1", kind: "Pod" }, { namespace: it.metadata.namespace })
    .filter((pod) => isActive(pod) && selects(it.spec.selector, pod.metadata.labels));
  const [expectedPods, currentHealthy] = [pods.length, pods.filter(isReady).length];
  const desiredHealthy = desired(it.spec, expectedPods);
  const disruptionsAllowed = Math.max(0, currentHealthy - desiredHealthy);
  const isAllowed = disruptionsAllowed > 0;
  const condition = {
    type: "DisruptionAllowed",
    status: isAllowed ? "True" : "False",
    reason: isAllowed ? "SufficientPods" : "InsufficientPods",
    message: "",
    observedGeneration: it.metadata.generation,
  };
  writeStatus(context, it, {
    observedGeneration: it.metadata.generation,
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    conditions: withConditions(it.status?.conditions, [condition], context.now()),
  });
}

function desired({ minAvailable, maxUnavailable }: Data, expected: number): number {
  const scaled = (value: number | string) =>
    typeof value === "number" ? value : Math.ceil((expected * Number.parseInt(value, 10)) / 100);
  if (minAvailable !== undefined) return scaled(minAvailable);
  return Math.max(0, expected - scaled(maxUnavailable ?? 1));
}
