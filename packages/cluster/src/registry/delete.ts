import type { KubeObject } from "@sluice/api";
import { type Admission, type Asked, mutate, validate } from "../admission/index.ts";
import { nameOf, type Resource } from "../catalogue.ts";
import { conflict, forbidden, notFound } from "../errors.ts";
import { put, remove, tableOf } from "../storage/storage.ts";
import { type Entry, entryIn, type Table } from "../storage/table.ts";
import type { DeleteOptions } from "../store.ts";
import { timestamp, type World } from "../world.ts";
import { toServed } from "./convert.ts";
import { DEFINITIONS, markedDefinition } from "./definitions.ts";
import { strategyOf } from "./strategy.ts";

/** What became of a delete: gone at once, or marked and waiting for finalizers or the kubelet. `entry` is what is stored still. */
export type Deleted = { object: KubeObject; gone: boolean; entry?: Entry };

/** Namespaces that admission protects. */
const IMMORTAL = new Set(["default", "kube-public", "kube-system"]);

const OWN_FINALIZERS = ["orphan", "foregroundDeletion"];

/** Who deletes, for policies and webhooks, and the name in the request; what they warn of is added to `warnings`. */
export type Deletion = { asked: string; admission: Admission; warnings: string[] };

/** Deletes one object, or marks it when finalizers, dependents or a running pod hold it. Without a `deletion` nobody is asked. */
export function deleteObject(
  world: World,
  resource: Resource,
  namespace: string,
  name: string,
  options: DeleteOptions,
  deletion?: Deletion,
): Deleted {
  const table = tableOf(world.storage, resource.table);
  const entry = entryIn(table, namespace, name);
  if (!entry) throw notFound(nameOf(resource), name);
  checkDeletePreconditions(resource, entry, options);
  const { object } = entry;
  if (resource.table === "/namespaces" && IMMORTAL.has(name))
    throw forbidden(nameOf(resource), name, "this namespace may not be deleted");
  if (deletion) askFor(world, resource, object, options, deletion);
  const finalizers = finalizersAfter(resource, object, options);
  const grace = graceSeconds(resource, object, options);
  const held = finalizers.length > 0 || grace > 0 || holdsOthers(resource, object);
  if (!held) {
    // what is gone has the version of its end
    const last = options.dryRun ? object : remove(world.storage, table, entry).object;
    // pods end by their own rules, which leave their mark also when they end at once
    return { object: resource.table === "/pods" ? marked(world, last, [], grace) : last, gone: true };
  }
  const next = marked(world, object, finalizers, grace);
  if (options.dryRun) return { object: next, gone: false };
  const written = unchanged(object, next) ? entry : put(world.storage, table, next);
  return { object: written.object, gone: false, entry: written };
}

/** Throws when a policy or webhook does not let the object go. */
function askFor(
  world: World,
  resource: Resource,
  object: KubeObject,
  { dryRun = false }: DeleteOptions,
  { asked: wanted, admission, warnings }: Deletion,
): void {
  const { name, namespace = "" } = object.metadata;
  const asked: Asked = {
    operation: "DELETE",
    resource,
    subresource: "",
    namespace: resource.table === "/namespaces" ? name : namespace,
    name: wanted,
    object: null,
    oldObject: toServed(resource, object),
    user: admission.user,
    dryRun,
    options: admission.options,
  };
  mutate(world, asked, admission, warnings);
  validate(world, asked, admission, warnings);
}

function checkDeletePreconditions(resource: Resource, entry: Entry, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const refuse = (field: string, wanted: string, actual: string, hint: string) => {
    const because = `the ${field} in the precondition (${wanted}) does not match the ${field} in record (${actual}). ${hint}`;
    // the server names the kind here, where other conflicts name the resource
    throw conflict({ group: resource.group, resource: resource.kind }, entry.name, because);
  };
  if (uid && uid !== entry.uid)
    refuse("UID", uid, entry.uid, "The object might have been deleted and then recreated");
  if (resourceVersion && resourceVersion !== String(entry.revision))
    refuse("ResourceVersion", resourceVersion, String(entry.revision), "The object might have been modified");
}

/** The finalizers with the garbage collector's own ones set as the policy asks. */
function finalizersAfter(
  resource: Resource,
  object: KubeObject,
  { propagationPolicy }: DeleteOptions,
): string[] {
  const finalizers = object.metadata.finalizers ?? [];
  const others = finalizers.filter((each) => !OWN_FINALIZERS.includes(each));
  if (resource.table === "/events") return others;
  switch (propagationPolicy) {
    case "Orphan":
      return [...others, "orphan"];
    case "Foreground":
      return [...others, "foregroundDeletion"];
    case "Background":
      return others;
    case undefined:
      if (finalizers.length > others.length) return [...finalizers];
      return strategyOf(resource).orphanByDefault ? [...others, "orphan"] : others;
  }
}

/** Seconds that a pod on a node keeps running; the kubelet ends it by deleting it once more with 0. All else goes at once. */
function graceSeconds(resource: Resource, object: KubeObject, { gracePeriodSeconds }: DeleteOptions): number {
  if (resource.table !== "/pods") return 0;
  if (!object.spec?.nodeName || ["Succeeded", "Failed"].includes(object.status?.phase)) return 0;
  const wanted = gracePeriodSeconds ?? object.spec.terminationGracePeriodSeconds ?? 30;
  return object.metadata.deletionTimestamp
    ? Math.min(wanted, object.metadata.deletionGracePeriodSeconds ?? wanted)
    : wanted;
}

/** Namespaces and definitions stay until what lies in them is gone. */
function holdsOthers(resource: Resource, object: KubeObject): boolean {
  if (resource.table === DEFINITIONS) return object.metadata.deletionTimestamp === undefined;
  return resource.table === "/namespaces" && (object.spec?.finalizers ?? []).length > 0;
}

function marked(world: World, object: KubeObject, finalizers: string[], grace: number): KubeObject {
  const { finalizers: _, ...kept } = object.metadata;
  const first = object.metadata.deletionTimestamp === undefined;
  // namespaces and definitions are marked by code of their own, which leaves the rest alone
  const bare = object.kind === "Namespace" || object.kind === "CustomResourceDefinition";
  const metadata: KubeObject["metadata"] = {
    ...kept,
    ...(first ? { deletionTimestamp: timestamp(world.now() + grace * 1000) } : {}),
    ...(bare ? {} : { deletionGracePeriodSeconds: grace }),
    ...(finalizers.length > 0 ? { finalizers } : {}),
    ...(first && !bare && object.metadata.generation !== undefined
      ? { generation: object.metadata.generation + 1 }
      : {}),
  };
  if (first && object.kind === "CustomResourceDefinition")
    return markedDefinition({ ...object, metadata }, timestamp(world.now()));
  const terminating = object.kind === "Namespace" && object.apiVersion === "v1";
  return {
    ...object,
    metadata,
    ...(terminating ? { status: { ...object.status, phase: "Terminating" } } : {}),
  };
}

function unchanged(before: KubeObject, after: KubeObject): boolean {
  const [a, b] = [before.metadata, after.metadata];
  return (
    a.deletionTimestamp === b.deletionTimestamp &&
    a.deletionGracePeriodSeconds === b.deletionGracePeriodSeconds &&
    (a.finalizers ?? []).join() === (b.finalizers ?? []).join()
  );
}

/**
 * Takes an object out when it is marked for deletion and `next`, which was to be written over it, has nothing that holds it any more.
 * False when something does: then `next` is still to be written.
 */
export function removeIfReleased(world: World, table: Table, entry: Entry, next: KubeObject): boolean {
  const { deletionTimestamp, finalizers, deletionGracePeriodSeconds } = next.metadata;
  if (!deletionTimestamp || (finalizers ?? []).length > 0) return false;
  if (table.key === "/pods" && (deletionGracePeriodSeconds ?? 0) > 0) return false;
  if (table.key === "/namespaces" && (next.spec?.finalizers ?? []).length > 0) return false;
  remove(world.storage, table, entry);
  return true;
}
