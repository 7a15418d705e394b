import { createHash } from "node:crypto";
import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from "@sluice/api";

/** The fields that nobody but a subresource's writer owns are status, and no concern of an applier. */
const isMain = (entry: ManagedFieldsEntry) => !entry.subresource;

/**
 * A short text that changes whenever anyone writes anything but status to an object: of managedFields without
 * subresources, labels, annotations and deletion. Annotations that come with a status write are status: the Deployment
 * controller notes the revision of each rollout in one. The metadata is enough, so a metadata-only watch can compute it.
 */
export function fingerprint({ metadata }: { metadata: ObjectMeta }): string {
  const { uid, labels, annotations, deletionTimestamp, managedFields = [] } = metadata;
  const sorted = (map: Record<string, string> = {}) =>
    Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1));
  const entries = managedFields
    .filter(isMain)
    .map(({ manager, operation, apiVersion, time, fieldsV1 }) => [
      manager,
      operation,
      apiVersion,
      time,
      fieldsV1,
    ]);
  const noted = sorted(annotations).filter(([name]) => !isOfStatus(name, managedFields));
  const seen = [uid, deletionTimestamp, sorted(labels), noted, entries];
  return createHash("sha256").update(JSON.stringify(seen)).digest("base64url").slice(0, 22);
}

/** Whether writers of subresources own an annotation, and nobody else. */
function isOfStatus(annotation: string, managedFields: readonly ManagedFieldsEntry[]): boolean {
  const owners = managedFields.filter(({ fieldsV1 }) => {
    const { "f:annotations": owned = {} } = (fieldsV1?.["f:metadata"] ?? {}) as Record<string, Fields>;
    return Object.hasOwn(owned, `f:${annotation}`);
  });
  return owners.length > 0 && !owners.some(isMain);
}

/** Who last wrote to an object besides `ours`, not counting status; undefined when nobody did. */
export function lastForeignManager(
  { metadata }: { metadata: ObjectMeta },
  ours: readonly string[],
): { manager: string; operation: "Apply" | "Update"; time?: string } | undefined {
  const [last] = (metadata.managedFields ?? [])
    .filter((entry) => isMain(entry) && !ours.includes(entry.manager ?? ""))
    .sort((one, other) => Date.parse(other.time ?? "0") - Date.parse(one.time ?? "0"));
  return (
    last && { manager: last.manager ?? "unknown", operation: last.operation ?? "Update", time: last.time }
  );
}

/** Our own server-side apply entry. */
export const entryOfManager = (metadata: ObjectMeta, manager: string): ManagedFieldsEntry | undefined =>
  metadata.managedFields?.find(
    (entry) => entry.manager === manager && entry.operation === "Apply" && isMain(entry),
  );

/** Annotations and labels that earlier appliers left behind (kubectl, Flux v1). */
const leftovers = {
  annotations: [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kustomize.toolkit.fluxcd.io/checksum",
    "fluxcd.io/sync-checksum",
  ],
  labels: ["fluxcd.io/sync-gc-mark"],
};

/**
 * The JSON patch that makes `manager` the owner of everything that kubectl, its own client-side writes and
 * `overrides` own, so that what they set by hand is reverted by the next apply; undefined when there is nothing to do.
 * Only applies to the very version of `live`. The managers are those of Flux's kustomize-controller.
 * @param overrides `--override-manager`: more managers (by prefix) whose fields are taken over
 */
export function takeover(
  live: { metadata: ObjectMeta },
  { manager, overrides = [] }: { manager: string; overrides?: readonly string[] },
): object[] | undefined {
  const { metadata } = live;
  const isTaken = ({ manager: name = "", operation, subresource }: ManagedFieldsEntry): boolean => {
    if (subresource) return false;
    if (["kubectl", ...overrides].some((prefix) => name.startsWith(prefix))) return true;
    return (
      operation === "Update" && ["before-first-apply", manager].some((prefix) => name.startsWith(prefix))
    );
  };
  const entries = metadata.managedFields ?? [];
  const own = entryOfManager(metadata, manager);
  const taken = entries.filter((entry) => entry !== own && isTaken(entry));
  const removals = [
    ...removalsOf("annotations", metadata.annotations),
    ...removalsOf("labels", metadata.labels),
  ];
  if (taken.length === 0 && removals.length === 0) return undefined;
  const [base, ...rest] = own ? [own, ...taken] : taken;
  const merged = base && {
    ...base,
    manager,
    operation: "Apply",
    fieldsV1: rest.reduce((fields, entry) => union(fields, entry.fieldsV1 ?? {}), base.fieldsV1 ?? {}),
  };
  const kept = entries.filter((entry) => entry !== own && !taken.includes(entry));
  const ownership =
    taken.length === 0 ? [] : [{ op: "replace", path: "/metadata/managedFields", value: [...kept, merged] }];
  const lock = { op: "replace", path: "/metadata/resourceVersion", value: metadata.resourceVersion };
  return [...ownership, ...removals, lock];
}

function removalsOf(field: "annotations" | "labels", held: Record<string, string> = {}): object[] {
  return leftovers[field]
    .filter((key) => key in held)
    .map((key) => ({ op: "remove", path: `/metadata/${field}/${key.replaceAll("/", "~1")}` }));
}

type Fields = Record<string, unknown>;

/** The union of two sets of fields; in fieldsV1 a set is a tree of its paths. */
function union(one: Fields, other: Fields): Fields {
  const joined: Fields = { ...one };
  for (const [key, value] of Object.entries(other))
    joined[key] = union((joined[key] ?? {}) as Fields, value as Fields);
  return joined;
}

/**
 * Whether a server-side applier other than `manager` owns the field at `path` (segments of a JSON pointer).
 * @param live the object, in which an index of a list is looked up by the item's keys
 */
export function isOwnedByOther(live: KubeObject, path: readonly string[], manager: string): boolean {
  return (live.metadata.managedFields ?? []).some((entry) => {
    if (entry.manager === manager || entry.operation !== "Apply" || !isMain(entry)) return false;
    let fields: Fields | undefined = entry.fieldsV1;
    let value: unknown = live;
    for (const segment of path) {
      value = (value as Fields | undefined)?.[segment];
      fields = (fields?.[`f:${segment}`] ?? itemOf(fields, value)) as Fields | undefined;
    }
    return fields !== undefined;
  });
}

/** The `k:{…}` child whose keys are those of a list's item. */
function itemOf(fields: Fields | undefined, item: unknown): unknown {
  const key = Object.keys(fields ?? {}).find((name) => {
    if (!name.startsWith("k:") || typeof item !== "object" || item === null) return false;
    const keys = JSON.parse(name.slice(2)) as Fields;
    return Object.entries(keys).every(([field, value]) => (item as Fields)[field] === value);
  });
  return key && fields?.[key];
}
