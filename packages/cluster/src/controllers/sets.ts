/** StatefulSets and DaemonSets: pods with names or places of their own. */
import type { KubeObject } from "@sluice/api";
import {
  createPod,
  type Data,
  isActive,
  isReady,
  MANAGER,
  NODE,
  ownerReference,
  podFrom,
  removeObject,
  removePod,
  templateHash,
  writeStatus,
} from "./common.ts";
import type { Context, Controller } from "./engine.ts";

const REVISION = "controller-revision-hash";

export const statefulSet: Controller = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  reconcile: reconcileStateful,
};
export const daemonSet: Controller = { apiVersion: "apps/v1", kind: "DaemonSet", reconcile: reconcileDaemon };

function reconcileStateful(context: Context, set: KubeObject): void {
  if (set.metadata.deletionTimestamp) return;
  const { replicas = 1, podManagementPolicy, updateStrategy } = set.spec;
  const revision = `${set.metadata.name}-${templateHash(set.spec.template)}`;
  const pods = new Map(context.owned(set, "Pod").map((pod) => [pod.metadata.name, pod]));
  const start: number = set.spec.ordinals?.start ?? 0;
  const isOrdered = podManagementPolicy !== "Parallel";
  for (let ordinal = start; ordinal < start + replicas; ordinal++) {
    const name = `${set.metadata.name}-${ordinal}`;
    const pod = pods.get(name);
    if (!pod) createStatefulPod(context, set, name, ordinal, revision);
    if (isOrdered && !(pod && isReady(pod))) break;
  }
  const isBeyond = (pod: KubeObject) => Number(pod.metadata.name.split("-").pop()) >= start + replicas;
  const beyond = [...pods.values()].filter(isBeyond).reverse();
  for (const pod of isOrdered ? beyond.slice(0, 1) : beyond) removePod(context, set, pod);
  if (updateStrategy?.type !== "OnDelete" && beyond.length === 0)
    replaceOutdated(
      context,
      [...pods.values()],
      revision,
      start + (updateStrategy?.rollingUpdate?.partition ?? 0),
    );
  writeStatus(context, set, statefulStatus(set, context.owned(set, "Pod").filter(isActive), revision));
}

function createStatefulPod(
  context: Context,
  set: KubeObject,
  name: string,
  ordinal: number,
  revision: string,
): void {
  const { template, serviceName, volumeClaimTemplates = [] } = set.spec;
  const labels = {
    "apps.kubernetes.io/pod-index": String(ordinal),
    [REVISION]: revision,
    "statefulset.kubernetes.io/pod-name": name,
  };
  const volumes = volumeClaimTemplates.map((claim: Data) => {
    const claimName = `${claim["metadata"].name}-${name}`;
    createClaim(context, set, claim, claimName);
    return { name: claim["metadata"].name, persistentVolumeClaim: { claimName } };
  });
  const spec = {
    hostname: name,
    ...(serviceName && { subdomain: serviceName }),
    ...(volumes.length > 0 && { volumes: [...(template.spec.volumes ?? []), ...volumes] }),
  };
  createPod(context, set, podFrom(set, template, { name, labels }, spec));
}

/** Claims outlive their pods and their set, unless the set says otherwise. */
function createClaim({ store }: Context, set: KubeObject, claim: Data, name: string): void {
  const { namespace } = set.metadata;
  if (store.get({ apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace })) return;
  const isOwned = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === "Delete";
  const labels = { ...claim["metadata"].labels, ...set.spec.selector.matchLabels };
  const metadata = {
    ...claim["metadata"],
    name,
    namespace,
    labels,
    ...(isOwned && { ownerReferences: [ownerReference(set)] }),
  };
  store.create(
    { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: claim["spec"] },
    { manager: MANAGER },
  );
}

/** One outdated pod at a time, the last first. */
function replaceOutdated(context: Context, pods: KubeObject[], revision: string, partition: number): void {
  if (pods.some((pod) => pod.metadata.labels?.[REVISION] === revision && !isReady(pod))) return;
  const ordinal = (pod: KubeObject) => Number(pod.metadata.name.split("-").pop());
  const outdated = pods.filter(
    (pod) => pod.metadata.labels?.[REVISION] !== revision && ordinal(pod) >= partition,
  );
  const last = outdated.sort((a, b) => ordinal(b) - ordinal(a))[0];
  if (last && !outdated.some((pod) => pod.metadata.deletionTimestamp)) removeObject(context, last);
}

function statefulStatus(set: KubeObject, pods: KubeObject[], revision: string): Data {
  const ready = pods.filter(isReady).length;
  const updated = pods.filter((pod) => pod.metadata.labels?.[REVISION] === revision).length;
  const isDone = updated === pods.length && pods.length === (set.spec.replicas ?? 1);
  const former = set.status?.currentRevision ?? revision;
  return {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    ...(ready > 0 && { readyReplicas: ready }),
    availableReplicas: ready,
    ...(isDone
      ? updated > 0 && { currentReplicas: updated }
      : pods.length > updated && { currentReplicas: pods.length - updated }),
    ...(updated > 0 && { updatedReplicas: updated }),
    currentRevision: isDone ? revision : former,
    updateRevision: revision,
    collisionCount: 0,
  };
}

function reconcileDaemon(context: Context, set: KubeObject): void {
  if (set.metadata.deletionTimestamp) return;
  const revision = templateHash(set.spec.template);
  const pods = context.owned(set, "Pod").filter(isActive);
  const outdated = pods.filter((pod) => pod.metadata.labels?.[REVISION] !== revision);
  if (set.spec.updateStrategy?.type !== "OnDelete") for (const pod of outdated) removePod(context, set, pod);
  const selector = set.spec.template.spec?.nodeSelector ?? {};
  const { labels = {} } = context.store.get({ apiVersion: "v1", kind: "Node", name: NODE })?.metadata ?? {};
  const isWanted = Object.entries(selector).every(([key, value]) => labels[key] === value);
  if (isWanted && context.owned(set, "Pod").filter(isActive).length === 0) {
    const metadata = { generateName: `${set.metadata.name}-`, labels: { [REVISION]: revision } };
    createPod(context, set, podFrom(set, set.spec.template, metadata));
  }
  if (!isWanted) for (const pod of pods) removePod(context, set, pod);
  const now = context.owned(set, "Pod").filter(isActive);
  const [ready, desired] = [now.filter(isReady).length, isWanted ? 1 : 0];
  const updated = now.filter((pod) => pod.metadata.labels?.[REVISION] === revision).length;
  writeStatus(context, set, {
    currentNumberScheduled: Math.min(desired, now.length),
    numberMisscheduled: 0,
    desiredNumberScheduled: desired,
    numberReady: ready,
    observedGeneration: set.metadata.generation,
    ...(updated > 0 && { updatedNumberScheduled: updated }),
    ...(ready > 0 && { numberAvailable: ready }),
    ...(desired > ready && { numberUnavailable: desired - ready }),
  });
}
