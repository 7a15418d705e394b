import { type KubeObject, type ObjectRef, splitApiVersion } from "@sluice/api";
import { type Clock, systemClock } from "./clock.ts";
import { isApiError } from "./errors.ts";
import { explain } from "./explain.ts";
import { healthOf } from "./health.ts";
import { type Applier, type ChangeEntry, type Finding, type Item, leftoversOf, look } from "./look.ts";
import { fingerprint, lastForeignManager } from "./managers.ts";
import {
  isCrd,
  kindsOfCrd,
  type Policy,
  policyOf,
  prepare,
  rankOf,
  type Stage,
  stageOf,
  stages,
} from "./manifests.ts";
import { each } from "./pool.ts";
import type { Client, Kind } from "./types.ts";
import { untilHealthy, waitForTermination } from "./wait.ts";

export type ChangeSet = ChangeEntry[];

export type ApplySetOptions = {
  /** The field manager, "kustomize-controller" or "helm-controller". */
  manager: string;
  signal: AbortSignal;
  /** Delete and create objects again when a field changes that cannot change. */
  force?: boolean;
  /** What a manifest asks for; default: its `kustomize.toolkit.fluxcd.io/` annotations. */
  ssaOf?: (object: KubeObject) => Policy;
  /** Requests at once; default 4, as Flux's `--concurrent-ssa`. */
  concurrency?: number;
  /** Added to every object: whose it is. */
  ownerLabels?: Record<string, string>;
  /** `--override-manager`: field managers (by prefix) whose changes are reverted, besides kubectl. */
  overrideManagers?: readonly string[];
  /** JSON pointers of fields in an object that others may set (`spec.ignore`). */
  ignore?: (object: KubeObject) => string[];
  /** `--custom-stage-kinds`, as "group/Kind". */
  customStageKinds?: readonly string[];
  /** Where each manifest comes from, as `file:line`, for messages. */
  origins?: ReadonlyMap<KubeObject, string>;
  /**
   * How long CRDs and classes may take to be ready, and to go what stands in the way: a recreated object, a namespace or CRD that
   * is being deleted; default 60 s.
   */
  waitMs?: number;
  clock?: Clock;
  random?: () => number;
};

export type Failure = { ref: ObjectRef; message: string; error: Error };

/** Thrown by `applySet` and `pruneSet`: everything that failed, and what was done before. */
export type SetError = Error & { name: "SetError"; failures: Failure[]; entries: ChangeSet };

/**
 * Makes the objects of the cluster what the manifests say, by server-side apply, stage by stage (see `stages`), within
 * a stage kind by kind as `rankOf` orders them. A stage is dry-run as a whole before any of it is written; CRDs and
 * classes are ready before the next stage begins.
 *
 * Requests: one (the dry run) for an unchanged object that nobody has written to in the last seconds; one more (a
 * read) if someone has, or for fields to ignore; one (a metadata read) for `IfNotPresent` objects that exist, none
 * for skipped ones; two for a new object, three for a changed one, one more when kubectl had written to it. A change
 * that only a mutating webhook would make to an otherwise unchanged object is not looked for.
 * @returns what was done, in the order of the stages
 * @throws {SetError} with every failure of the stage, and the entries of what was done before
 * @throws the signal's reason, when `signal` comes before anything of a stage is written; after that, what could not
 *   be written any more is a failure like others, so that the entries are not lost
 */
export async function applySet(
  client: Client,
  objects: readonly KubeObject[],
  options: ApplySetOptions,
): Promise<ChangeSet> {
  const { signal, customStageKinds, clock = systemClock } = options;
  const applier: Applier = {
    client,
    manager: options.manager,
    overrideManagers: options.overrideManagers ?? [],
    force: options.force ?? false,
    ignore: options.ignore,
    clock,
    waitMs: options.waitMs ?? 60_000,
    signal,
  };
  const fresh = new Map<string, Kind>();
  const entries: ChangeSet = [];
  const byStage = Map.groupBy(objects, (object) => stageOf(object, customStageKinds));
  for (const stage of stages) {
    const manifests = byStage.get(stage) ?? [];
    if (manifests.length === 0) continue;
    const items = await itemsOf(manifests, applier, options, fresh, entries);
    const written = await applyStage(items, applier, options, entries);
    await settleStage(stage, written, client, options, entries);
    for (const object of manifests.filter(isCrd)) {
      for (const kind of kindsOfCrd(object)) fresh.set(idOfKind(kind), kind);
    }
  }
  return entries;
}

const idOfKind = ({ group, version, kind }: Pick<Kind, "group" | "version" | "kind">) =>
  `${group}/${version}/${kind}`;

/** Finds the kind of each manifest and prepares it. */
async function itemsOf(
  manifests: readonly KubeObject[],
  { client, signal }: Applier,
  { ownerLabels, origins, ssaOf = policyOf }: ApplySetOptions,
  fresh: ReadonlyMap<string, Kind>,
  entries: ChangeSet,
): Promise<Item[]> {
  const prepared = await each(manifests, 8, async (manifest): Promise<Item> => {
    const wanted = { ...splitApiVersion(manifest.apiVersion), kind: manifest.kind };
    const defined = fresh.get(idOfKind(wanted));
    const kind = defined ?? (await client.kindOf(wanted, { signal }));
    if (!kind) {
      throw new Error(
        `no matches for kind "${wanted.kind}" in version "${manifest.apiVersion}" → its CustomResourceDefinition is not installed: apply it first, or depend on what installs it`,
      );
    }
    if (kind.namespaced && !manifest.metadata.namespace) {
      throw new Error("namespace not specified → set metadata.namespace, or spec.targetNamespace");
    }
    const object = prepare(manifest, kind, ownerLabels);
    const { name, namespace } = object.metadata;
    const ref = namespace ? { ...wanted, namespace, name } : { ...wanted, name };
    return {
      object,
      kind,
      ref,
      policy: ssaOf(manifest),
      origin: origins?.get(manifest),
      isFresh: Boolean(defined),
    };
  });
  signal.throwIfAborted();
  const failures = prepared.flatMap((result, at) => {
    if (result.status === "fulfilled") return [];
    const manifest = manifests[at]!;
    const ref = { ...splitApiVersion(manifest.apiVersion), kind: manifest.kind, ...manifest.metadata };
    return [failureOf("dry-run", ref, manifest, result.reason, origins?.get(manifest))];
  });
  if (failures.length > 0) throw setError(failures, entries);
  return prepared.map((result) => (result as PromiseFulfilledResult<Item>).value);
}

type Written = { entry: ChangeEntry; object?: KubeObject };

/** Looks at all items, then writes those that need it; adds what was done to `entries`. */
async function applyStage(
  items: readonly Item[],
  applier: Applier,
  { concurrency = 4, random = Math.random }: ApplySetOptions,
  entries: ChangeSet,
): Promise<Written[]> {
  const findings = await each(items, concurrency, (item) => look(item, applier));
  applier.signal.throwIfAborted();
  const refused = failuresOf("dry-run", items, findings);
  if (refused.length > 0) throw setError(refused, entries);

  const found = findings.map((result) => (result as PromiseFulfilledResult<Finding>).value);
  const written: Written[] = found.flatMap((finding) =>
    finding.kind === "settled" ? [{ entry: finding.entry, object: finding.live }] : [],
  );
  entries.push(...written.map(({ entry }) => entry));
  const writes = found.filter((finding) => finding.kind === "write");
  const waves = Map.groupBy(writes, ({ item }) => rankOf(item.kind.kind));
  for (const rank of [...waves.keys()].sort((one, other) => one - other)) {
    const wave = waves.get(rank)!;
    const results = await each(wave, concurrency, (finding) => write(finding, applier, random));
    const done = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    written.push(...done);
    entries.push(...done.map(({ entry }) => entry));
    const failures = failuresOf(
      "apply",
      wave.map(({ item }) => item),
      results,
    );
    if (applier.signal.aborted && failures.length === 0) applier.signal.throwIfAborted();
    if (failures.length > 0) throw setError(failures, entries);
  }
  return written;
}

/** Applies one object for good. */
async function write(
  { item, action, live, recreate }: Extract<Finding, { kind: "write" }>,
  applier: Applier,
  random: () => number,
): Promise<Written> {
  const { client, manager, clock, waitMs, signal } = applier;
  const { kind, object, ref } = item;
  signal.throwIfAborted();
  if (recreate && live) {
    const uid = live.metadata.uid;
    await client.delete(kind, object.metadata, { propagationPolicy: "Background", uid, signal });
    await waitForTermination(client, [{ ...ref, uid }], { signal, timeoutMs: waitMs, clock, random });
  } else if (live) await takeOver(item, live, applier);
  const applied = await client.apply(kind, object, { fieldManager: manager, force: true, signal });
  const foreign = live && lastForeignManager(live, [manager])?.manager;
  const entry: ChangeEntry = { ref, action, uid: applied.metadata.uid, fingerprint: fingerprint(applied) };
  return { entry: foreign ? { ...entry, foreign } : entry, object: applied };
}

/** Takes over what kubectl and others had set, from the newest version of the object. */
async function takeOver(item: Item, live: KubeObject, applier: Applier): Promise<void> {
  const { client, manager, signal } = applier;
  let seen: KubeObject | undefined = live;
  for (let tries = 3; seen; tries--) {
    const body = leftoversOf(seen, item, applier);
    if (!body) return;
    try {
      await client.patch(
        item.kind,
        item.object.metadata,
        { type: "json", body },
        { fieldManager: manager, signal },
      );
      return;
    } catch (thrown) {
      if (isApiError(thrown, 404)) return;
      if (!isApiError(thrown, 409) || tries <= 1) throw thrown;
      seen = await client.get(item.kind, item.object.metadata, { signal });
    }
  }
}

/** What the next stage builds on must be there: waits for the definitions and classes that are not ready yet. */
async function settleStage(
  stage: Stage,
  written: readonly Written[],
  client: Client,
  { signal, waitMs = 60_000, clock = systemClock, random }: ApplySetOptions,
  entries: ChangeSet,
): Promise<void> {
  if (stage !== "definitions" && stage !== "classes") return;
  const refs = written
    .filter(({ object }) => object && healthOf(object, clock.now()).status !== "Current")
    .map(({ entry }) => entry.ref);
  try {
    await untilHealthy(client, refs, { signal, timeoutMs: waitMs, clock, random });
  } catch (thrown) {
    signal.throwIfAborted();
    const { states = [] } = thrown as { states?: { ref: ObjectRef }[] };
    const failures = states.map(({ ref }) => ({
      ref,
      message: (thrown as Error).message,
      error: thrown as Error,
    }));
    throw setError(failures.slice(0, 1), entries);
  }
}

function failuresOf(
  act: string,
  items: readonly Item[],
  results: readonly PromiseSettledResult<unknown>[],
): Failure[] {
  return items.flatMap(({ object, ref, origin }, at) => {
    const result = results[at]!;
    return result.status === "rejected" ? [failureOf(act, ref, object, result.reason, origin)] : [];
  });
}

function failureOf(act: string, ref: ObjectRef, object: KubeObject, error: Error, origin?: string): Failure {
  return { ref, error, message: explain(act, object, error, origin) };
}

/** The error of a set: the message holds every failure, a line each, within bounds. */
export function setError(failures: Failure[], entries: ChangeSet): SetError {
  const shown = failures.slice(0, 50).map(({ message }) => message);
  const rest = failures.length - shown.length;
  const message = [...shown, ...(rest > 0 ? [`… and ${rest} more`] : [])].join("\n");
  const error = new Error(message, { cause: failures[0]?.error });
  return Object.assign(error, { name: "SetError" as const, failures, entries });
}
