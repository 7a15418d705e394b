import { annotations, disabledValue, type KubeObject, type ObjectRef } from "@sluice/api";
import { type ChangeSet, type Failure, setError } from "./apply.ts";
import { isApiError } from "./errors.ts";
import { explain } from "./explain.ts";
import type { ChangeEntry } from "./look.ts";
import { policyOf, rankOf } from "./manifests.ts";
import { each } from "./pool.ts";
import type { Client, DeleteOptions } from "./types.ts";

export type PruneOptions = {
  /** Only objects that still carry these labels are deleted: what someone else has taken over is theirs. */
  ownerLabels: Record<string, string>;
  signal: AbortSignal;
  /** Default "Background". */
  propagationPolicy?: DeleteOptions["propagationPolicy"];
  /** Deletes at once; default 4. */
  concurrency?: number;
};

/**
 * Deletes objects that are no longer wanted, in the reverse of the order in which they are applied. Skipped are those
 * of other owners and those annotated `prune: disabled`, `reconcile: disabled` or `ssa: Ignore`. Requests: a metadata
 * read and a delete for each object.
 * @returns an entry for each: `deleted` (or gone already) or `skipped`
 * @throws {SetError} with every object whose deletion was not confirmed, and the entries of the others; those that
 *   failed must stay in the inventory
 * @throws the signal's reason, when `signal` comes first and nothing has failed
 */
export async function pruneSet(
  client: Client,
  refs: readonly ObjectRef[],
  options: PruneOptions,
): Promise<ChangeSet> {
  const { signal, concurrency = 4 } = options;
  const waves = Map.groupBy(refs, ({ kind }) => rankOf(kind));
  const entries: ChangeSet = [];
  const failures: Failure[] = [];
  for (const rank of [...waves.keys()].sort((one, other) => other - one)) {
    const wave = waves.get(rank)!;
    const results = await each(wave, concurrency, (ref) => prune(client, ref, options));
    for (const [at, result] of results.entries()) {
      const ref = wave[at]!;
      if (result.status === "fulfilled") entries.push(result.value);
      else
        failures.push({
          ref,
          error: result.reason,
          message: explain("delete", asObject(ref), result.reason),
        });
    }
  }
  if (failures.length > 0) throw setError(failures, entries);
  signal.throwIfAborted();
  return entries;
}

const asObject = ({ kind, name, namespace }: ObjectRef) => ({ kind, metadata: { name, namespace } });

async function prune(client: Client, ref: ObjectRef, options: PruneOptions): Promise<ChangeEntry> {
  const { ownerLabels, signal, propagationPolicy = "Background" } = options;
  signal.throwIfAborted();
  // The version of the inventory may be served no more; the object then goes by the version that is.
  const kind =
    (await client.kindOf(ref, { signal })) ?? (await client.kindOf({ ...ref, version: "" }, { signal }));
  // With its definition every object of a kind is gone.
  if (!kind) return { ref, action: "deleted" };
  const live = await client.get(kind, ref, { signal, metadataOnly: true });
  if (!live) return { ref, action: "deleted" };
  const { uid } = live.metadata;
  if (isKept(live, ownerLabels)) return { ref, action: "skipped", uid };
  try {
    await client.delete(kind, ref, { propagationPolicy, uid, signal });
  } catch (thrown) {
    // Another object has taken the name meanwhile; it was not ours to delete.
    if (isApiError(thrown, 409) && /UID/.test(thrown.message)) return { ref, action: "skipped", uid };
    throw thrown;
  }
  return { ref, action: "deleted", uid };
}

function isKept(live: KubeObject, ownerLabels: Record<string, string>): boolean {
  const { labels = {}, annotations: notes = {} } = live.metadata;
  const isOurs = Object.entries(ownerLabels).every(([key, value]) => labels[key] === value);
  const key = annotations.kustomizePrune;
  const isDisabled = [notes[key], labels[key]].some((said) => said?.toLowerCase() === disabledValue);
  return !isOurs || isDisabled || policyOf(live).skip;
}
