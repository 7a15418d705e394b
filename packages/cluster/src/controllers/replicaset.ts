import type { KubeObject } from "@sluice/api";
import { selects } from "../selectors/labels.ts";
import {
  createPod,
  type Data,
  isActive,
  isReady,
  podFrom,
  removePod,
  withConditions,
  writeStatus,
} from "./common.ts";
import type { Context, Controller } from "./engine.ts";

/** Keeps as many pods as the ReplicaSet asks for. */
export const replicaSet: Controller = { apiVersion: "apps/v1", kind: "ReplicaSet", reconcile };

function reconcile(context: Context, set: KubeObject): void {
  if (set.metadata.deletionTimestamp) return;
  const { replicas = 1, template } = set.spec;
  const pods = context.owned(set, "Pod").filter(isActive);
  let refusal: string | undefined;
  for (let i = pods.length; i < replicas && refusal === undefined; i++)
    refusal = createPod(context, set, podFrom(set, template, { generateName: `${set.metadata.name}-` }));
  for (const pod of surplus(pods, replicas)) removePod(context, set, pod);
  const current = context.owned(set, "Pod").filter(isActive);
  const conditions =
    refusal === undefined ? [] : withConditions(set.status?.conditions, [failure(refusal)], context.now());
  writeStatus(context, set, { ...statusOf(set, current), ...(conditions.length > 0 && { conditions }) });
}

const failure = (message: string) => ({
  type: "ReplicaFailure",
  status: "True",
  reason: "FailedCreate",
  message,
});

/** The pods that go first are those that are not ready. */
function surplus(pods: KubeObject[], wanted: number): KubeObject[] {
  const byUse = [...pods].sort((a, b) => Number(isReady(a)) - Number(isReady(b)));
  return byUse.slice(0, Math.max(0, pods.length - wanted));
}

function statusOf(set: KubeObject, pods: KubeObject[]): Data {
  const ready = pods.filter(isReady).length;
  const { template } = set.spec;
  const labelled = pods.filter((pod) =>
    selects({ matchLabels: template.metadata?.labels ?? {} }, pod.metadata.labels),
  );
  return {
    replicas: pods.length,
    ...(labelled.length > 0 && { fullyLabeledReplicas: labelled.length }),
    ...(ready > 0 && { readyReplicas: ready, availableReplicas: ready }),
    observedGeneration: set.metadata.generation,
  };
}
