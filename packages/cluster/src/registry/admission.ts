/** Admission of what tenants may have: limits of a namespace, and its quotas. */
import type { KubeObject } from "@sluice/api";
import { nameOf, type Resource } from "../catalogue.ts";
import { type ApiError, forbidden } from "../errors.ts";
import { put, tableOf } from "../storage/storage.ts";
import { entriesOf } from "../storage/table.ts";
import type { World } from "../world.ts";
import { limitProblems } from "./limits.ts";
import { add, covers, excess, limited, missingAmounts, statusOf, usageOf, usedBy } from "./quotas.ts";

const QUOTAS = "/resourcequotas";

/** The LimitRanges of a namespace. */
export const limitRangesIn = (world: World, namespace: string): KubeObject[] =>
  entriesOf(tableOf(world.storage, "/limitranges"), namespace).map(({ object }) => object);

/**
 * Throws the 403 for an object that a limit or quota of its namespace forbids, and charges the quotas for one that is let in. `old` is what it
 * replaces; `dryRun` charges nothing.
 */
export function admit(
  world: World,
  resource: Resource,
  object: KubeObject,
  old: KubeObject | undefined,
  dryRun: boolean,
): void {
  const { namespace = "", name } = object.metadata;
  if (!resource.namespaced) return;
  const refuse = (why: string): ApiError => forbidden(nameOf(resource), name, why);
  const isLimited = resource.table === "/persistentvolumeclaims" || (resource.table === "/pods" && !old);
  for (const range of isLimited ? limitRangesIn(world, namespace) : []) {
    const problems = limitProblems(object, range);
    if (problems.length > 0)
      throw refuse(problems.length === 1 ? problems[0]! : `[${[...new Set(problems)].join(", ")}]`);
  }
  const table = tableOf(world.storage, QUOTAS);
  const usage = usageOf(resource.table, object);
  const delta = old ? add(usage, usageOf(resource.table, old), -1n) : usage;
  const charged: KubeObject[] = [];
  for (const { object: quota } of entriesOf(table, namespace)) {
    if (!covers(quota, object)) continue;
    const more = limited(delta, quota);
    const missing = resource.table === "/pods" && !old && missingAmounts(quota, object);
    if (missing) throw refuse(`failed quota: ${quota.metadata.name}: ${missing}`);
    if (Object.values(more).every(({ nano }) => nano === 0n)) continue;
    const used = usedBy(quota);
    const why = excess(quota, used, more);
    if (why) throw refuse(`exceeded quota: ${quota.metadata.name}, ${why}`);
    charged.push({ ...quota, status: statusOf(quota, add(used, more)) });
  }
  if (!dryRun) for (const quota of charged) put(world.storage, table, quota);
}
