import {
  type Artifact,
  entryOf,
  type InventoryEntry,
  type KubeObject,
  type Kustomization,
  type ObjectRef,
  splitApiVersion,
} from "@sluice/api";
import { type ChangeSet, subjectOf } from "@sluice/kube";
import { matchesAnchored, matchesLabels, type Selector } from "@sluice/kustomize";

/** What is applied, what was left behind, and what the inventory must hold until the leftovers are gone. */
export type ApplyPlan = {
  wanted: InventoryEntry[];
  /** What an earlier visit applied and this one does not. */
  garbage: ObjectRef[];
  /** Wanted and old together: written before apply, so that a crash in between orphans nothing. */
  union: InventoryEntry[];
};

/** Compares the objects to apply with those of the last inventory. */
export function planApply(refs: ObjectRef[], before: ObjectRef[]): ApplyPlan {
  const wanted = refs.map(entryOf);
  const ids = new Set(wanted.map(({ id }) => id));
  const garbage = before.filter((ref) => !ids.has(entryOf(ref).id));
  return { wanted, garbage, union: [...wanted, ...garbage.map(entryOf)] };
}

/** What a dependency must have, besides being there: see `dependencyProblem`. */
export type Dependency = {
  name: string;
  namespace: string;
  object: Kustomization | undefined;
  readyExpr?: (dep: Kustomization) => boolean;
};

/**
 * Why `ks` must wait for one of its dependencies, or undefined when all are ready: each exists, has observed its generation,
 * is Ready, and where both read the same source, has applied the revision that `ks` is about to apply.
 */
export function dependencyProblem(
  ks: Kustomization,
  source: Artifact,
  dependencies: Dependency[],
  additive: boolean,
): string | undefined {
  for (const { name, namespace, object, readyExpr } of dependencies) {
    const quoted = `dependency '${namespace}/${name}'`;
    if (object === undefined) return `${quoted} not found`;
    if (readyExpr !== undefined) {
      if (!readyExpr(object)) return `${quoted} is not ready according to readyExpr eval`;
      if (!additive) continue;
    }
    const { status, metadata } = object;
    const ready = status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True");
    if (!ready || status?.observedGeneration !== metadata.generation) return `${quoted} is not ready`;
    if (sameSource(ks, object) && status.lastAppliedRevision !== source.revision)
      return `${quoted} revision is not up to date`;
  }
  return undefined;
}

/**
 * The objects whose health `ks` waits for: all that were applied and not left alone, or those that it names; never itself, which
 * could not become Ready before it is.
 */
export function healthTargets(ks: Kustomization, changes: ChangeSet): ObjectRef[] {
  const { wait, healthChecks } = ks.spec;
  const applied = changes.filter(({ action }) => action !== "skipped").map(({ ref }) => ref);
  const named = (healthChecks ?? []).map(({ apiVersion, ...rest }) => ({
    ...splitApiVersion(apiVersion ?? ""),
    ...rest,
  }));
  const { name, namespace } = ks.metadata;
  return (wait ? applied : named).filter(
    (ref) => !(ref.kind === "Kustomization" && ref.name === name && ref.namespace === namespace),
  );
}

function sameSource(a: Kustomization, b: Kustomization): boolean {
  const [x, y] = [a, b].map(({ spec: { sourceRef }, metadata }) =>
    [sourceRef.kind, sourceRef.namespace ?? metadata.namespace, sourceRef.name].join("/"),
  );
  return x === y;
}

/** Whether deleting `ks` deletes what it applied: `spec.deletionPolicy`, by default as `spec.prune` says. */
export function deletesObjects({ spec, status }: Kustomization): boolean {
  if (spec.suspend || !status?.inventory?.entries.length) return false;
  switch (spec.deletionPolicy ?? "MirrorPrune") {
    case "MirrorPrune":
      return spec.prune;
    case "Delete":
    case "WaitForTermination":
      return true;
    case "Orphan":
      return false;
  }
}

/** The JSON pointers of the fields of `object` that `spec.ignore` leaves to others. */
export function ignoredPaths({ spec }: Kustomization): ((object: KubeObject) => string[]) | undefined {
  if (!spec.ignore?.length) return undefined;
  return (object) =>
    spec
      .ignore!.filter(({ target }) => target === undefined || selects(target, object))
      .flatMap(({ paths }) => paths);
}

function selects(target: Selector, { apiVersion, kind, metadata }: KubeObject): boolean {
  const { group, version } = splitApiVersion(apiVersion);
  const texts = [group, version, kind, metadata.name, metadata.namespace ?? ""];
  const patterns = [target.group, target.version, target.kind, target.name, target.namespace];
  return (
    patterns.every((pattern, index) => matchesAnchored(pattern, texts[index]!)) &&
    matchesLabels(target.labelSelector, () => new Map(Object.entries(metadata.labels ?? {}))) &&
    matchesLabels(target.annotationSelector, () => new Map(Object.entries(metadata.annotations ?? {})))
  );
}

/** Whether a change set wrote anything. */
export function changed(entries: ChangeSet): boolean {
  return entries.some(({ action }) => action !== "unchanged" && action !== "skipped");
}

/** The change log that an event carries: one line an object that was written, `Deployment/demo/web configured`. */
export function changeLog(entries: ChangeSet): string {
  return entries
    .filter(({ action }) => action !== "unchanged" && action !== "skipped")
    .map(({ ref, action }) => `${subjectOf(ref)} ${action}`)
    .join("\n");
}

type History = NonNullable<NonNullable<Kustomization["status"]>["history"]>;
export type Outcome = {
  digest: string;
  reason: string;
  tookMs: number;
  at: number;
  metadata: Record<string, string>;
};

/** Adds a visit to `status.history`: one entry a digest, newest first, five at most, as Flux keeps it. */
export function withOutcome(
  history: History = [],
  { digest, reason, tookMs, at, metadata }: Outcome,
): History {
  const known = history.find((entry) => entry.digest === digest && entry.lastReconciledStatus === reason);
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
  const entry = {
    digest,
    firstReconciled: known?.firstReconciled ?? time,
    lastReconciled: time,
    lastReconciledDuration: `${tookMs}ms`,
    lastReconciledStatus: reason,
    totalReconciliations: (known?.totalReconciliations ?? 0) + 1,
    metadata,
  };
  return [entry, ...history.filter((other) => other !== known)].slice(0, 5);
}
