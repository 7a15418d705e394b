import type { KubeObject } from "@sluice/api";
import { type Admission, validate } from "../admission/index.ts";
import { trackUpdate } from "../apply/index.ts";
import { apiVersionOfResource, nameOf, type Resource } from "../catalogue.ts";
import { alreadyExists, apiError, conflict, forbidden, notFound } from "../errors.ts";
import { clone, same, without } from "../plain.ts";
import { applyDefaults, type FieldError, fieldMessage, warningsOf } from "../schema/index.ts";
import { put, tableOf } from "../storage/storage.ts";
import { type Entry, entryIn, type Table } from "../storage/table.ts";
import { generatedName, newUid, timestamp, type World } from "../world.ts";
import { admit } from "./admission.ts";
import { admitted, askedOf } from "./asking.ts";
import { check } from "./check.ts";
import { toServed, toStored } from "./convert.ts";
import { decode } from "./decode.ts";
import { beginDefinition, DEFINITIONS, noteStorageVersion } from "./definitions.ts";
import { removeIfReleased } from "./delete.ts";
import { invalid } from "./invalid.ts";
import { finalizerWarnings, keepSystemFields } from "./metadata.ts";
import { requireNamespace } from "./namespaces.ts";
import { admitCreate, admitUpdate, normalise, prepareCreate, prepareUpdate } from "./native.ts";
import { compact, timeless } from "./shape.ts";
import { bumpsGeneration, type Strategy, strategyOf } from "./strategy.ts";

/** How a write is to be done: who writes, which part, for real or not, and what to do about unknown fields. */
export type Write = {
  manager: string;
  subresource: string;
  dryRun: boolean;
  fieldValidation: "Ignore" | "Warn" | "Strict";
  /** how what changes is owned; "Update" by default */
  operation?: "Apply";
  /** nulls stay where the schema does not allow them, to be refused: server-side apply made them */
  keepNulls?: boolean;
  /** throws for what the writer may not write, given the object with what the server adds and the one it replaces; absent: no limits */
  guard?: (resource: Resource, object: KubeObject, old: KubeObject | undefined) => void;
  /** who asks policies and webhooks; absent: nobody is asked */
  admission?: Admission;
  /** what clients, policies and webhooks see of the object on this path, where that is not the object itself */
  view?: { of(object: KubeObject): KubeObject; into(object: KubeObject, view: KubeObject): KubeObject };
  /** texts for Warning headers are added here; with Strict what stands here already is refused as well */
  warnings: string[];
};

/** The result of a write, as stored. */
export type Written = { object: KubeObject; created: boolean; entry?: Entry };

/** Creates `object` (the caller's own copy, in the version that `resource` serves). */
export function create(
  world: World,
  resource: Resource,
  object: KubeObject,
  write: Write,
  alreadyTracked = false,
): Written {
  decode(resource, object, write);
  requireNamespace(world, resource, object);
  if (resource.custom?.terminating)
    throw forbidden(
      nameOf(resource),
      object.metadata.name ?? "",
      "create not allowed while custom resource definition is terminating",
    );
  const strategy = strategyOf(resource);
  const { metadata } = object;
  const now = timestamp(world.now());
  for (const field of [
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    ...(strategy.generation ? ["generation"] : []),
  ])
    delete metadata[field];
  for (const field of strategy.statusFields) delete object[field];
  normalise(resource, object);
  // what the server puts in by itself comes after the bookkeeping: no client owns it
  const owned = alreadyTracked
    ? object
    : (trackUpdate({ after: object, manager: write.manager, schema: resource.schema, now }) as KubeObject);
  admitCreate(world, resource, owned);
  const tracked = admitted(world, resource, owned, undefined, write);
  const table = tableOf(world.storage, resource.table);
  beginLife(world, strategy, table, tracked.metadata, now);
  prepare(world, resource, tracked, undefined);
  write.guard?.(resource, tracked, undefined);
  check({ resource, nameRule: strategy.nameRule, object: tracked, subresource: "" });
  if (resource.custom) write.warnings.push(...finalizerWarnings(tracked.metadata));
  else write.warnings.push(...warningsOf(tracked as never));
  if (write.admission)
    validate(
      world,
      askedOf(resource, tracked, undefined, write, write.admission),
      write.admission,
      write.warnings,
    );
  // the storage looks at it, which neither a dry run nor an apply reaches
  if (!write.dryRun && !alreadyTracked && /^0*[1-9]\d*$/.test(tracked.metadata.resourceVersion ?? ""))
    throw apiError(500, "", "resourceVersion should not be set on objects to be created");
  if (entryIn(table, tracked.metadata.namespace ?? "", tracked.metadata.name))
    throw alreadyExists(nameOf(resource), tracked.metadata.name, isDying(table, tracked));
  admit(world, resource, tracked, undefined, write.dryRun);
  return persist(world, resource, tracked, undefined, write);
}

/** What every new object gets: a uid, the time, and a name where it has only the beginning of one. */
function beginLife(
  world: World,
  { generation }: Strategy,
  table: Table,
  metadata: KubeObject["metadata"],
  now: string,
): void {
  metadata.uid = newUid(world.random);
  metadata.creationTimestamp = now;
  if (generation) metadata.generation = 1;
  if (metadata.name || !metadata.generateName) return;
  for (let attempt = 0; attempt < 8; attempt++) {
    metadata.name = generatedName(metadata.generateName, world.random);
    if (!entryIn(table, metadata.namespace ?? "", metadata.name)) break;
  }
}

function isDying(table: Table, { metadata }: KubeObject): boolean {
  const there = entryIn(table, metadata.namespace ?? "", metadata.name);
  return there?.object.metadata.deletionTimestamp !== undefined;
}

/** What the server adds of its own, once the managers of fields are written down. */
function prepare(world: World, resource: Resource, object: KubeObject, old: KubeObject | undefined): void {
  if (resource.custom) {
    // what the client was not asked about, like the status, has its defaults nevertheless
    if (resource.schema) applyDefaults(object, resource.schema, { keepNulls: true });
    return;
  }
  if (!old) prepareCreate(world, resource, object);
  else prepareUpdate(world, resource, object, old);
  if (resource.table === DEFINITIONS) (old ? noteStorageVersion : beginDefinition)(object);
}

/**
 * Replaces an object. `next` is the caller's own copy, in the served version, complete (not a patch). Without a resourceVersion it overwrites what
 * is there, where the kind allows that.
 */
export function update(world: World, resource: Resource, next: KubeObject, write: Write): Written {
  const table = tableOf(world.storage, resource.table);
  const entry = entryIn(table, next.metadata.namespace ?? "", next.metadata.name);
  const strategy = strategyOf(resource);
  if (!entry) {
    if (strategy.createOnUpdate && write.subresource === "") return create(world, resource, next, write);
    throw notFound(nameOf(resource), next.metadata.name);
  }
  const { managedFields } = next.metadata;
  decode(resource, next, write);
  // an empty list asks for a reset, so it must outlive the normal form, which drops empty lists
  if (managedFields) next.metadata.managedFields = managedFields;
  const { resourceVersion, uid } = next.metadata;
  if (!resourceVersion && !strategy.unconditionalUpdate) {
    const error: FieldError = {
      path: "metadata.resourceVersion",
      type: "Invalid value",
      value: 0,
      detail: "must be specified for an update",
    };
    throw invalid({ group: resource.group, kind: resource.plural }, next.metadata.name, [error]);
  }
  checkPreconditions(resource, entry, { uid, resourceVersion });
  return replace(world, resource, entry, next, write);
}

/** Throws the 409 for a uid or resourceVersion that is no longer the current one. */
export function checkPreconditions(
  resource: Resource,
  entry: Entry,
  wanted: { uid?: string | undefined; resourceVersion?: string | undefined },
): void {
  const { name, uid } = entry;
  if (wanted.uid && wanted.uid !== uid)
    throw conflict(
      nameOf(resource),
      name,
      `StorageError: invalid object, Code: 4, Key: ${storageKey(resource, entry)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`,
    );
  const version = wanted.resourceVersion;
  if (!version || version === "0") return;
  if (!/^\d+$/.test(version))
    throw apiError(500, "", `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
  if (version !== String(entry.revision))
    throw conflict(
      nameOf(resource),
      name,
      "the object has been modified; please apply your changes to the latest version and try again",
    );
}

/** The key under which the real server would keep the object in etcd: some messages show it. */
export function storageKey(
  resource: Resource,
  { namespace, name }: Pick<Entry, "namespace" | "name">,
): string {
  const prefix = resource.custom || resource.group.includes("apiextensions") ? `${resource.group}/` : "";
  return `/registry/${prefix}${resource.plural}/${namespace ? `${namespace}/` : ""}${name}`;
}

/** Writes `next` over `entry`: system fields, status or the rest kept from the old, generation, checks, managedFields. */
export function replace(
  world: World,
  resource: Resource,
  entry: Entry,
  next: KubeObject,
  write: Write,
  alreadyTracked = false,
): Written {
  const strategy = strategyOf(resource);
  const old = clone(toServed(resource, entry.object));
  const part = (whole: KubeObject) =>
    write.subresource === "status" ? statusOnly(resource, old, whole) : mainOnly(strategy, old, whole);
  const merged = part(next);
  const problems = keepSystemFields(merged, old);
  // metadata is checked twice on its way through the server, and complained about twice
  problems.push(...problems);
  normalise(resource, merged);
  merged.metadata.resourceVersion = entry.object.metadata.resourceVersion;
  const owned = alreadyTracked
    ? merged
    : (trackUpdate({
        before: old,
        after: merged,
        manager: write.manager,
        schema: resource.schema,
        now: timestamp(world.now()),
        ...(write.subresource ? { subresource: write.subresource } : {}),
      }) as KubeObject);
  if (write.subresource === "scale") scaleOwners(owned, write);
  if (write.subresource === "") admitUpdate(resource, owned);
  const made = admitted(world, resource, owned, old, write);
  const tracked = made === owned ? owned : part(made);
  prepare(world, resource, tracked, old);
  write.guard?.(resource, tracked, old);
  if (write.subresource !== "status" && bumpsGeneration(resource, strategy, old, tracked))
    tracked.metadata.generation = (old.metadata.generation ?? 0) + 1;
  check({
    resource,
    nameRule: strategy.nameRule,
    object: tracked,
    old,
    subresource: write.subresource,
    keep: (fault) => write.warnings.push(fieldMessage(fault)),
    more: problems,
  });
  if (resource.custom && !same(tracked.metadata.finalizers, old.metadata.finalizers))
    write.warnings.push(...finalizerWarnings(tracked.metadata));
  if (!resource.custom) write.warnings.push(...warningsOf(tracked as never, old as never));
  if (write.admission)
    validate(world, askedOf(resource, tracked, old, write, write.admission), write.admission, write.warnings);
  if (write.subresource !== "status") admit(world, resource, tracked, old, write.dryRun);
  return persist(world, resource, tracked, entry, write);
}

/** What is written through a scale has no time, and what has no time comes first; who applied a scale has applied its replicas. */
function scaleOwners({ metadata }: KubeObject, { manager, operation }: Write): void {
  const bare = (metadata.managedFields ?? []).map((each) => {
    if (each.subresource !== "scale") return each;
    const timeless = without(each, "time");
    return operation && each.manager === manager ? { ...timeless, operation } : timeless;
  });
  metadata.managedFields = [...bare.filter(({ time }) => !time), ...bare.filter(({ time }) => time)];
}

/** The main path leaves the status alone, for kinds whose status has a path of its own. */
function mainOnly(strategy: Strategy, old: KubeObject, next: KubeObject): KubeObject {
  const merged: KubeObject = { ...next, metadata: { ...next.metadata } };
  for (const field of strategy.statusFields) {
    if (old[field] === undefined) delete merged[field];
    else merged[field] = old[field];
  }
  return merged;
}

/** The status path writes the status alone; of a built-in kind also metadata, except labels where the strategy keeps them. */
function statusOnly(resource: Resource, old: KubeObject, next: KubeObject): KubeObject {
  const { managedFields } = next.metadata;
  const merged: KubeObject = { ...old };
  if (next.status === undefined) delete merged.status;
  else merged.status = next.status;
  if (resource.custom) return { ...merged, metadata: { ...old.metadata, managedFields } };
  const labels = resource.table === "apps/deployments" ? { labels: old.metadata.labels } : {};
  const { finalizers, ownerReferences } = old.metadata;
  return { ...merged, metadata: { ...next.metadata, ...labels, finalizers, ownerReferences } };
}

/** Stores the object unless this is a dry run or nothing has changed; takes it out when its last finalizer is gone. */
function persist(
  world: World,
  resource: Resource,
  object: KubeObject,
  entry: Entry | undefined,
  write: Write,
): Written {
  const stored = compact(
    toStored(resource, { ...object, apiVersion: apiVersionOfResource(resource), kind: resource.kind }),
  );
  const created = entry === undefined;
  if (entry && same(timeless(stored), timeless(entry.object)))
    return { object: entry.object, created, entry };
  if (write.dryRun) return { object: unstored(stored), created };
  const table = tableOf(world.storage, resource.table);
  if (entry) {
    if (removeIfReleased(world, table, entry, stored)) return { object: stored, created };
  }
  const written = put(world.storage, table, stored);
  return { object: written.object, created, entry: written };
}

/** What a dry run shows: a new object has no version yet. */
function unstored(object: KubeObject): KubeObject {
  if (object.metadata.resourceVersion) return object;
  return { ...object, metadata: without(object.metadata, "resourceVersion") };
}
