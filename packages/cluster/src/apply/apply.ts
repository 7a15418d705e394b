/**
 * Server-side apply and the bookkeeping of every other write: the pipeline of apimachinery's managedfields package as pure
 * functions. Objects are given and returned in one API version, as they are (to be) stored.
 */
import { splitApiVersion } from "@sluice/api";
import type { KubeObject, Schema } from "../schema/types.ts";
import { type Atom, rootAtom } from "./atoms.ts";
import { type Conflict, conflictMessage, conflictsOf } from "./conflict.ts";
import {
  builder,
  difference,
  EMPTY,
  equalSets,
  type FieldSet,
  has,
  intersection,
  paths,
  recursiveDifference,
  union,
  withNamedFields,
} from "./fieldset.ts";
import { fieldsLastApplied, withLastApplied } from "./lastapplied.ts";
import {
  capUpdaters,
  equalButTimes,
  isReset,
  type Managers,
  managerId,
  readManagers,
  reconcileWithSchema,
  writeManagers,
} from "./managers.ts";
import { emptyObject } from "./skeleton.ts";
import {
  type Comparison,
  check,
  compare,
  equal,
  fieldsOf,
  merge,
  problemText,
  remove,
  type TypeProblem,
} from "./typed.ts";

/** An apply that cannot be carried out: HTTP status, reason of the Status object ("" if it has none), and the message. */
export class ApplyError extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = "ApplyError";
    this.status = status;
    this.reason = reason;
  }
}

export type ApplyArgs = {
  /** the stored object; absent if apply creates it */
  live?: KubeObject;
  /** the configuration as sent, in the API version of `live`, without fields that the resource resets (status) */
  applied: KubeObject;
  manager: string;
  force: boolean;
  /** absent for kinds whose schema is not known: types are deduced from the values */
  schema?: Schema;
  subresource?: string;
  /** top-level fields that writes on this path leave alone; default: the status of built-in kinds */
  resets?: readonly string[];
  /** RFC 3339, whole seconds */
  now: string;
};

export type ApplyResult =
  /** `object` is `live` itself when nothing changed, managedFields included */
  | { kind: "applied"; object: KubeObject }
  /** `message` and the conflicts' `text` and `path` are those of the 409 and its causes */
  | { kind: "conflict"; conflicts: Conflict[]; message: string };

export type TrackArgs = {
  /** the stored object; absent on create */
  before?: KubeObject;
  /** the object to be stored, defaulted; its managedFields are as the client sent them */
  after: KubeObject;
  manager: string;
  subresource?: string;
  schema?: Schema;
  /** RFC 3339, whole seconds */
  now: string;
};

/** Fields that nobody owns. */
const STRIPPED: FieldSet = (() => {
  const set = builder();
  for (const field of ["apiVersion", "kind", "metadata"]) set.add([`f:${field}`]);
  for (const field of [
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ])
    set.add(["f:metadata", `f:${field}`]);
  return set.done();
})();

const NOBODY = "before-first-apply";

/**
 * Applies a configuration: fields of `applied` are set and owned by `manager`; fields that it applied before, no longer applies and
 * that nobody else owns are removed; fields that others own with other values are conflicts unless `force`.
 * Throws ApplyError for a configuration that does not fit the schema or carries managedFields.
 */
export function serverSideApply(args: ApplyArgs): ApplyResult {
  const { live, applied, manager, force, schema } = args;
  const atom = rootAtom(schema);
  if (applied.metadata?.managedFields != null)
    throw new ApplyError(400, "BadRequest", "metadata.managedFields must be nil");
  const problems = check(applied, atom);
  if (problems.length > 0) throw new ApplyError(500, "", typedMessage(applied, problems));
  const managers = managersOf(live, schema);
  const bare = live ? withoutManagers(live) : undefined;
  if (bare && managers.size === 0) claimEarlierFields(bare, managers, args, atom);

  let outcome = attempt(bare, managers, args, atom, force);
  if ("conflicts" in outcome && manager === "kubectl" && bare) {
    const allowed = fieldsLastApplied(bare, applied.apiVersion, atom);
    if (allowed) {
      const left = withoutAllowed(outcome.sets, allowed);
      if (left.size === 0) outcome = attempt(bare, managers, args, atom, true);
      else outcome = { sets: left, conflicts: conflictsOf(left, managers) };
    }
  }
  if ("conflicts" in outcome)
    return { kind: "conflict", conflicts: outcome.conflicts, message: conflictMessage(outcome.conflicts) };
  const object = manager === "kubectl" ? withLastApplied(outcome.object, applied) : outcome.object;
  return { kind: "applied", object: finish(live, object, outcome.managers) };
}

type Attempt =
  | { object: KubeObject; managers: Managers }
  | { conflicts: Conflict[]; sets: Map<string, FieldSet> };

function attempt(
  live: KubeObject | undefined,
  recorded: Managers,
  args: ApplyArgs,
  atom: Atom,
  force: boolean,
): Attempt {
  const { applied, manager, subresource = "", now } = args;
  const managers: Managers = new Map(recorded);
  const identity = { manager, operation: "Apply" as const, apiVersion: applied.apiVersion, subresource };
  const id = managerId(identity);
  const last = managers.get(id);
  const fields = fieldsOf(applied, atom);
  managers.set(id, { ...identity, time: last?.time, fields });

  const start = live ?? { apiVersion: applied.apiVersion, kind: applied.kind };
  const merged = merge(start, applied, atom);
  const object = dropUnapplied(merged, managers, last?.fields ?? EMPTY, fields, atom) as KubeObject;

  if (object !== start) {
    const comparison = compare(start, object, atom);
    const lost = conflicting(managers, id, comparison);
    if (lost.size > 0 && !force) return { sets: lost, conflicts: conflictsOf(lost, managers) };
    disown(managers, id, lost, comparison.removed);
  }
  const isChanged = live === undefined || !equal(live, object);
  strip(managers, id);
  const mine = managers.get(id);
  if (mine && isChanged) managers.set(id, { ...mine, time: now });
  return { object: isChanged ? object : live, managers };
}

/**
 * Removes what the manager applied last time, does not apply now, and nobody else owns. Parents that would be left empty by it
 * go too if only this manager named them.
 */
function dropUnapplied(
  merged: unknown,
  managers: Managers,
  last: FieldSet,
  now: FieldSet,
  atom: Atom,
): unknown {
  if (difference(last, now).size === 0) return merged; // whatever could go is owned again
  const named = (set: FieldSet) => withNamedFields(set, atom);
  const all = named(fieldsOf(merged, atom));
  const lastNamed = named(last);
  let owned = EMPTY;
  for (const { fields } of managers.values()) owned = union(owned, fields);
  const without = remove(merged, lastNamed, atom);
  const kept = union(named(fieldsOf(without, atom)), named(owned));
  const withOwned = remove(merged, difference(all, kept), atom);
  const dangling = intersection(difference(all, named(fieldsOf(withOwned, atom))), lastNamed);
  return remove(merged, dangling, atom);
}

/** By manager: the fields that it owns and that this write sets to something else. */
function conflicting(
  managers: Managers,
  self: string,
  { modified, added }: Comparison,
): Map<string, FieldSet> {
  const written = union(modified, added);
  const out = new Map<string, FieldSet>();
  for (const [id, { fields }] of managers) {
    if (id === self) continue;
    const common = intersection(fields, written);
    if (common.size > 0) out.set(id, common);
  }
  return out;
}

/** Takes fields that were overwritten or removed from their former owners. */
function disown(managers: Managers, self: string, lost: Map<string, FieldSet>, removed: FieldSet): void {
  for (const [id, owner] of managers) {
    const taken = lost.get(id) ?? EMPTY;
    const fields = id === self ? owner.fields : difference(difference(owner.fields, taken), removed);
    if (fields.size === 0) managers.delete(id);
    else if (fields !== owner.fields && !equalSets(fields, owner.fields))
      managers.set(id, { ...owner, fields });
  }
}

function strip(managers: Managers, id: string): void {
  const mine = managers.get(id);
  if (!mine) return;
  const fields = difference(mine.fields, STRIPPED);
  if (fields.size === 0) managers.delete(id);
  else managers.set(id, { ...mine, fields });
}

/** Fields written before anybody tracked them belong to an owner of their own. */
function claimEarlierFields(live: KubeObject, managers: Managers, args: ApplyArgs, atom: Atom): void {
  const { schema, now, subresource = "" } = args;
  const ignored = builder();
  for (const field of args.resets ?? (schema?.goType && subresource === "" ? ["status"] : []))
    ignored.add([`f:${field}`]);
  const { modified, added } = compare(emptyObject(schema), live, atom);
  const written = difference(union(modified, added), STRIPPED);
  const fields = recursiveDifference(written, ignored.done());
  const identity = {
    manager: NOBODY,
    operation: "Update" as const,
    apiVersion: live.apiVersion,
    subresource,
  };
  if (fields.size > 0) managers.set(managerId(identity), { ...identity, time: now, fields });
}

function withoutAllowed(sets: Map<string, FieldSet>, allowed: FieldSet): Map<string, FieldSet> {
  const out = new Map<string, FieldSet>();
  for (const [id, set] of sets) {
    const left = builder();
    for (const path of paths(set)) if (!has(allowed, path)) left.add(path);
    if (left.done().size > 0) out.set(id, left.done());
  }
  return out;
}

/**
 * `after` with managedFields brought up to date for a create, update or patch by `manager`: what it changed becomes its own, what it
 * removed is owned by nobody. Objects that are not tracked (no managedFields before) stay so.
 */
export function trackUpdate(args: TrackArgs): KubeObject {
  const { before, manager, subresource = "", schema, now } = args;
  const atom = rootAtom(schema);
  const managers =
    subresource === "" ? requestedManagers(before, args.after, schema) : managersOf(before, schema);
  const after = compact(withoutManagers(args.after));
  if (managers.size === 0 && before) return after;
  const bare = before ? withoutManagers(before) : emptyObject(schema);

  const comparison = compare(bare, after, atom);
  const taken = conflicting(managers, "", comparison);
  disown(managers, "", taken, comparison.removed);
  const fields = difference(union(comparison.modified, comparison.added), STRIPPED);
  if (fields.size > 0) {
    const identity = {
      manager: manager || "unknown",
      operation: "Update" as const,
      apiVersion: after.apiVersion,
      subresource,
    };
    const id = managerId(identity);
    const earlier = managers.get(id)?.fields ?? EMPTY;
    managers.set(id, { ...identity, time: now, fields: union(fields, earlier) });
  }
  capUpdaters(managers);
  return finish(before, after, managers);
}

/** A client may send managedFields of its own, and may reset them; if they make no sense, the stored ones stay. */
function requestedManagers(
  before: KubeObject | undefined,
  after: KubeObject,
  schema: Schema | undefined,
): Managers {
  const sent = after.metadata.managedFields;
  // the metadata of custom resources is read into a struct first, where an empty list is as good as none
  const isUnheard = sent?.length === 0 && !schema?.goType;
  if (isReset(sent) && !isUnheard) return new Map();
  try {
    const managers = readManagers(sent);
    if (managers.size > 0) return managers;
  } catch {
    // as if it had not been sent
  }
  return managersOf(before, schema);
}

function managersOf(object: KubeObject | undefined, schema: Schema | undefined): Managers {
  let managers: Managers;
  try {
    managers = readManagers(object?.metadata?.managedFields);
  } catch {
    return new Map();
  }
  if (!schema || schema.goType !== undefined) return managers; // only schemas of custom resources change
  const atom = rootAtom(schema);
  for (const [id, owner] of managers) {
    const fields = reconcileWithSchema(owner.fields, atom);
    if (fields !== owner.fields) managers.set(id, { ...owner, fields });
  }
  return managers;
}

function withoutManagers(object: KubeObject): KubeObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Empty labels, annotations and lists of metadata are as good as none. */
function compact(object: KubeObject): KubeObject {
  const isEmpty = (value: unknown) =>
    value === null || (typeof value === "object" && Object.keys(value as object).length === 0);
  if (!Object.values(object.metadata).some(isEmpty)) return object;
  const entries = Object.entries(object.metadata).filter(([, value]) => !isEmpty(value));
  return { ...object, metadata: Object.fromEntries(entries) as KubeObject["metadata"] };
}

/** Puts the managers into the object; returns `before` itself if that changes nothing but times. */
function finish(before: KubeObject | undefined, object: KubeObject, managers: Managers): KubeObject {
  const managedFields = writeManagers(managers);
  if (before && equalButTimes(before.metadata.managedFields, managedFields)) {
    if (object === before || equal(withoutManagers(before), withoutManagers(object))) return before;
  }
  const metadata = { ...object.metadata };
  if (managedFields) metadata.managedFields = managedFields;
  else delete metadata.managedFields;
  return { ...object, metadata };
}

function typedMessage(applied: KubeObject, problems: TypeProblem[]): string {
  const { name = "", namespace = "" } = applied.metadata ?? {};
  const { group, version } = splitApiVersion(applied.apiVersion);
  return `failed to create typed patch object (${namespace}/${name}; ${group}/${version}, Kind=${applied.kind}): ${problemText(problems)}`;
}
