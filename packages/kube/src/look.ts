import type { KubeObject, ObjectRef } from "@sluice/api";
import { type Clock, pause } from "./clock.ts";
import { isApiError } from "./errors.ts";
import { isImmutable } from "./explain.ts";
import { sameJson } from "./json.ts";
import { entryOfManager, fingerprint, isOwnedByOther, takeover } from "./managers.ts";
import { type Policy, policyOf, segmentsOf, stageOf, valueAt, withValueAt } from "./manifests.ts";
import type { Client, Kind } from "./types.ts";
import { waitForTermination } from "./wait.ts";

/** One object of a set, ready to be applied. */
export type Item = {
  /** The body to send. */
  object: KubeObject;
  kind: Kind;
  ref: ObjectRef;
  policy: Policy;
  origin?: string;
  /** Its kind was defined a moment ago by this very set, so the server may not serve it yet. */
  isFresh?: boolean;
};

export type ChangeEntry = {
  ref: ObjectRef;
  action: "created" | "configured" | "unchanged" | "deleted" | "skipped";
  /** Who had last written to the object besides us, when it had to be configured. */
  foreign?: string;
  uid?: string;
  /** Of the object as it is now; see `fingerprint`. Absent where the object was not looked at. */
  fingerprint?: string;
};

/** What looking at an object decided. */
export type Finding =
  | { kind: "settled"; entry: ChangeEntry; live?: KubeObject }
  | { kind: "write"; item: Item; action: "created" | "configured"; live?: KubeObject; recreate: boolean };

export type Applier = {
  client: Client;
  manager: string;
  overrideManagers: readonly string[];
  force: boolean;
  /** JSON pointers of fields that others may set. */
  ignore?: (object: KubeObject) => string[];
  clock: Clock;
  /** How long an object that stands in the way may take to go. */
  waitMs: number;
  signal: AbortSignal;
};

/**
 * Decides by a dry run what is to be done with one object; writes nothing, except that managed fields of a version
 * that the server no longer knows are rewritten when they stand in the way.
 */
export async function look(item: Item, applier: Applier): Promise<Finding> {
  const { policy, ref } = item;
  if (policy.skip) return { kind: "settled", entry: { ref, action: "skipped" } };
  if (policy.mode === "IfNotPresent") {
    const there = await applier.client.get(item.kind, item.object.metadata, {
      signal: applier.signal,
      metadataOnly: true,
    });
    if (there) return skipped(item, there);
  }
  const pointers = applier.ignore?.(item.object) ?? [];
  if (pointers.length === 0) return dryRun(item, applier, undefined);
  const live = await read(item, applier);
  const adopted = live ? adopt(item.object, live, pointers, applier.manager) : item.object;
  return dryRun({ ...item, object: adopted }, applier, live);
}

const skipped = ({ ref }: Item, { metadata }: KubeObject): Finding => ({
  kind: "settled",
  entry: { ref, action: "skipped", uid: metadata.uid },
});

const read = ({ kind, object }: Item, { client, signal }: Applier) =>
  client.get(kind, object.metadata, { signal });

async function dryRun(item: Item, applier: Applier, known: KubeObject | undefined): Promise<Finding> {
  const { kind, object } = item;
  const { client, manager, clock, signal } = applier;
  let answered: { serverTime?: number; elapsedMs: number } = { elapsedMs: 0 };
  const onAnswer = (answer: typeof answered) => {
    answered = answer;
  };
  const attempt = () =>
    client.apply(kind, object, { fieldManager: manager, force: true, dryRun: true, signal, onAnswer });
  let result: KubeObject;
  try {
    result = await (item.isFresh ? patiently(attempt, clock, signal) : attempt());
  } catch (thrown) {
    signal.throwIfAborted();
    const way = await wayOut(item, applier, thrown);
    if (way === "again") result = await attempt();
    else if (way) return way;
    else throw thrown;
  }
  if (!result.metadata.resourceVersion) return { kind: "write", item, action: "created", recreate: false };
  // What the live object says of itself comes through in the result, unless the manifest overrides it.
  if (policyOf(result).skip) return skipped(item, result);
  if (result.metadata.deletionTimestamp && isGround(object)) return afterItsEnd(item, result, applier);
  if (isUntouched(result, answered, manager) && !leftoversOf(result, item, applier))
    return unchanged(item, result);
  const live = known ?? (await read(item, applier));
  if (!live) return { kind: "write", item, action: "created", recreate: false };
  if (policyOf(live).skip) return skipped(item, live);
  // A manifest without any field of its own leaves no entry in either.
  const isOwned =
    Boolean(entryOfManager(live.metadata, manager)) === Boolean(entryOfManager(result.metadata, manager));
  if (isOwned && !differs(result, live) && !leftoversOf(live, item, applier)) return unchanged(item, live);
  return { kind: "write", item, action: "configured", live, recreate: false };
}

/** Whether other objects stand on this one: they cannot be created while it goes, and go with it. */
const isGround = (object: KubeObject) => ["definitions", "classes"].includes(stageOf(object));

/** What is being deleted cannot be kept, only made anew. */
async function afterItsEnd(
  item: Item,
  { metadata: { uid } }: KubeObject,
  { client, clock, signal, waitMs }: Applier,
): Promise<Finding> {
  await waitForTermination(client, [{ ...item.ref, uid }], { signal, timeoutMs: waitMs, clock });
  return { kind: "write", item, action: "created", recreate: false };
}

const unchanged = ({ ref }: Item, live: KubeObject): Finding => ({
  kind: "settled",
  entry: { ref, action: "unchanged", uid: live.metadata.uid, fingerprint: fingerprint(live) },
  live,
});

/** What kubectl and others left on the object and has to be taken over; manifests in mode Merge share their objects. */
export const leftoversOf = (live: KubeObject, { policy }: Item, { manager, overrideManagers }: Applier) =>
  policy.mode === "Merge" ? undefined : takeover(live, { manager, overrides: overrideManagers });

// Times of managed fields and of the Date header are cut to seconds.
const marginMs = 2_000;

/**
 * Whether a dry run left the object as it was, by the server's own evidence: a server-side apply that changes anything
 * stamps the manager's entry with the server's time, one that does not leaves the old stamp
 * (k8s.io/apimachinery, managedfieldsupdater.go). An old stamp therefore saves the read of the live object.
 */
function isUntouched(
  { metadata }: KubeObject,
  { serverTime, elapsedMs }: { serverTime?: number; elapsedMs: number },
  manager: string,
): boolean {
  const stamp = Date.parse(entryOfManager(metadata, manager)?.time ?? "");
  return serverTime !== undefined && stamp < serverTime - elapsedMs - marginMs;
}

/** Whether two versions of an object differ in anything that an applier can say. */
function differs(result: KubeObject, live: KubeObject): boolean {
  const told = ({ metadata, status: _, ...rest }: KubeObject) => {
    const { labels = {}, annotations = {}, finalizers = [], ownerReferences = [] } = metadata;
    return { ...rest, metadata: { labels, annotations, finalizers, ownerReferences } };
  };
  return !sameJson(told(result), told(live));
}

/** What a dry run that failed still allows: to skip, to recreate, to try again. */
async function wayOut(item: Item, applier: Applier, thrown: unknown): Promise<Finding | "again" | undefined> {
  if (!isApiError(thrown) || ![400, 403, 409, 422, 500].includes(thrown.status)) return undefined;
  const live = await read(item, applier).catch(() => undefined);
  if (!live) return undefined;
  const policy = policyOf(live);
  if (policy.skip) return skipped(item, live);
  if (/field not declared in schema/.test(thrown.message) && (await modernize(item, live, applier)))
    return "again";
  const isForced = applier.force || item.policy.force || policy.force;
  const mayBeImmutable = thrown.status === 422 || isImmutable(thrown);
  if (!isForced || !mayBeImmutable || !(await isCreatable(item, applier))) return undefined;
  return { kind: "write", item, action: "configured", live, recreate: true };
}

/**
 * Whether the manifest would be taken as a new object: a dry-run create of a name that exists is refused with "already
 * exists" only after everything else about it was found valid. Without this proof a manifest that is merely wrong
 * would cost the live object.
 */
async function isCreatable({ kind, object }: Item, { client, manager, signal }: Applier): Promise<boolean> {
  try {
    await client.create(kind, object, { dryRun: true, fieldManager: manager, signal });
    return true;
  } catch (thrown) {
    return isApiError(thrown, 409) && thrown.reason === "AlreadyExists";
  }
}

/** Rewrites managed fields to the version of the manifest, after the CRD has moved on; false when they are. */
async function modernize({ kind, object }: Item, live: KubeObject, applier: Applier): Promise<boolean> {
  const entries = live.metadata.managedFields ?? [];
  const { apiVersion } = object;
  if (entries.every((entry) => entry.apiVersion === apiVersion)) return false;
  const body = [
    {
      op: "replace",
      path: "/metadata/managedFields",
      value: entries.map((entry) => ({ ...entry, apiVersion })),
    },
    { op: "replace", path: "/metadata/resourceVersion", value: live.metadata.resourceVersion },
  ];
  const { client, manager, signal } = applier;
  await client.patch(kind, object.metadata, { type: "json", body }, { fieldManager: manager, signal });
  return true;
}

/**
 * The manifest with the ignored fields as they are: left out where another applier owns them, else as they are live,
 * so that applying neither takes them away nor resets them.
 */
function adopt(
  object: KubeObject,
  live: KubeObject,
  pointers: readonly string[],
  manager: string,
): KubeObject {
  return pointers.map(segmentsOf).reduce((adopted, path) => {
    const wanted = valueAt(adopted, path);
    const found = valueAt(live, path);
    if (path.length === 0 || wanted === undefined || sameJson(wanted, found)) return adopted;
    return withValueAt(adopted, path, isOwnedByOther(live, path, manager) ? undefined : found);
  }, object);
}

/** Tries again for five seconds while the server does not know the kind yet. */
async function patiently<T>(attempt: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt();
    } catch (thrown) {
      if (tried >= 20 || !isApiError(thrown, 404)) throw thrown;
      await pause(clock, 250, signal);
      signal.throwIfAborted();
    }
  }
}
