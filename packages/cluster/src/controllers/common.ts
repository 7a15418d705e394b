import type { KubeObject, OwnerReference } from "@sluice/api";
import { accountUsername } from "../auth/user.ts";
import { isApiError } from "../errors.ts";
import { same } from "../plain.ts";
import type { Context } from "./engine.ts";
import { refOf } from "./engine.ts";

export type Data = Record<string, any>;

/** The field manager of controllers, as in a real cluster. */
export const MANAGER = "kube-controller-manager";
export const NODE = "sluice-node";

/** The reference that makes `owner` the controller of an object. */
export function ownerReference({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  const { name, uid = "" } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Writes a status if it differs, and annotations along with it. */
export function writeStatus(
  { store }: Context,
  object: KubeObject,
  status: Data,
  { annotations, manager = MANAGER }: { annotations?: Record<string, string>; manager?: string } = {},
): void {
  const isSame = same(object.status ?? {}, status);
  const noted =
    annotations &&
    !same({ ...object.metadata.annotations, ...annotations }, object.metadata.annotations ?? {});
  if (isSame && !noted) return;
  const metadata = noted
    ? { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } }
    : object.metadata;
  store.update({ ...object, metadata, status }, { subresource: "status", manager });
}

/** How long a workload waits that may not have more pods: a quota, a limit, a policy. */
const REFUSED_MS = 10_000;

/** The ServiceAccounts of the controllers that make pods, whom policies are told of. */
const ACCOUNTS: Record<string, string> = {
  ReplicaSet: "replicaset-controller",
  StatefulSet: "statefulset-controller",
  DaemonSet: "daemon-set-controller",
  Job: "job-controller",
};

/** Creates a pod of a workload, and says so as its controller does. Where that is refused the answer says why, and it is tried again later. */
export function createPod(context: Context, owner: KubeObject, pod: KubeObject): string | undefined {
  try {
    const as = accountUsername("kube-system", ACCOUNTS[owner.kind]!);
    const { metadata } = context.store.create(pod, { manager: MANAGER, as });
    tellOfPod(context, owner, "Create", metadata.name);
    return undefined;
  } catch (thrown) {
    // the world moved on: whoever looks after the owner looks again
    if (!isApiError(thrown) || [404, 409].includes(thrown.status.code)) throw thrown;
    const component = `${owner.kind.toLowerCase()}-controller`;
    const message = `Error creating: ${thrown.message}`;
    context.tell(owner, { component, type: "Warning", reason: "FailedCreate", message });
    context.later(owner, REFUSED_MS);
    return thrown.message;
  }
}

/** Removes a pod of a workload, and says so. */
export function removePod(context: Context, owner: KubeObject, pod: KubeObject): void {
  if (pod.metadata.deletionTimestamp) return;
  removeObject(context, pod);
  tellOfPod(context, owner, "Delete", pod.metadata.name);
}

function tellOfPod(context: Context, owner: KubeObject, verb: "Create" | "Delete", name: string): void {
  const { kind, metadata } = owner;
  context.tell(owner, {
    component: `${kind.toLowerCase()}-controller`,
    type: "Normal",
    reason: `Successful${verb}`,
    message:
      kind === "StatefulSet"
        ? `${verb} Pod ${name} in StatefulSet ${metadata.name} successful`
        : `${verb}d pod: ${name}`,
  });
}

/** Removes an object unless it is on its way out already. */
export function removeObject({ store }: Context, object: KubeObject): void {
  if (!object.metadata.deletionTimestamp) store.delete(refOf(object), { propagationPolicy: "Background" });
}

type Condition = { type: string; status: string; reason?: string; message?: string };

/**
 * Conditions with `next` in place; times move only where the status does. With `updates`, as Deployments have it, lastUpdateTime moves with
 * every change.
 */
export function withConditions(
  current: readonly Data[] | undefined,
  next: readonly Condition[],
  now: string,
  { updates = false }: { updates?: boolean } = {},
): Data[] {
  const merged = next.map((condition) => {
    const before = current?.find(({ type }) => type === condition.type);
    const isSame =
      before?.["status"] === condition.status &&
      before["reason"] === condition.reason &&
      before["message"] === condition.message;
    if (before && isSame) return before;
    const lastTransitionTime = before?.["status"] === condition.status ? before["lastTransitionTime"] : now;
    return { ...condition, ...(updates && { lastUpdateTime: now }), lastTransitionTime };
  });
  const others = (current ?? []).filter(({ type }) => !next.some((condition) => condition.type === type));
  return [...others, ...merged];
}

export function conditionOf(object: KubeObject, type: string): Data | undefined {
  return (object.status?.conditions as Data[] | undefined)?.find((condition) => condition["type"] === type);
}

export const isReady = (pod: KubeObject): boolean => conditionOf(pod, "Ready")?.["status"] === "True";
export const isActive = (pod: KubeObject): boolean =>
  !pod.metadata.deletionTimestamp && pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed";

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** A short name for what a template says, the same whenever it says the same. */
export function templateHash(template: unknown): string {
  let hash = 0x811c9dc5;
  for (const char of canonical(template)) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return [...String(hash)].map((digit) => ALPHABET[Number(digit)]).join("");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${key}:${canonical((value as Data)[key])}`).join()}}`;
}

/** A pod from a template, running on the node. `spec` changes parts of the template's. */
export function podFrom(owner: KubeObject, template: Data, metadata: Data, spec: Data = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...template["metadata"],
      namespace: owner.metadata.namespace,
      ...metadata,
      labels: { ...template["metadata"]?.labels, ...metadata["labels"] },
      ownerReferences: [ownerReference(owner)],
    } as KubeObject["metadata"],
    spec: { ...template["spec"], nodeName: NODE, ...spec },
  };
}
