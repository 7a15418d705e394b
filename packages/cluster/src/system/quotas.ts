import type { KubeObject } from "@sluice/api";
import { same } from "../plain.ts";
import { add, covers, limited, statusOf, type Usage, usageOf } from "../registry/quotas.ts";
import { put, subscribe, tableOf } from "../storage/storage.ts";
import { entriesOf, entryIn } from "../storage/table.ts";
import type { World } from "../world.ts";
import type { Tasks } from "./tasks.ts";

const QUOTAS = "/resourcequotas";

/** Counts what a namespace uses, for new quotas and whenever something is freed. Admission adds to it in between. */
export function startQuotas(world: World, tasks: Tasks): { stop(): void } {
  const look = (namespace: string, name: string) =>
    tasks.add(`count quota ${namespace}/${name}`, () => count(world, namespace, name));
  const quotas = tableOf(world.storage, QUOTAS);
  const stop = subscribe(world.storage, undefined, ({ type, entry, previous }, { key }) => {
    if (key === QUOTAS && type !== "DELETED" && !same(previous?.object.spec, entry.object.spec))
      look(entry.namespace, entry.name);
    const ended = key === "/pods" && previous?.object.status?.phase !== entry.object.status?.phase;
    if ((type === "DELETED" || ended) && entry.namespace)
      for (const { namespace, name } of entriesOf(quotas, entry.namespace)) look(namespace, name);
  });
  for (const { namespace, name } of entriesOf(quotas)) look(namespace, name);
  return { stop };
}

function count(world: World, namespace: string, name: string): void {
  const table = tableOf(world.storage, QUOTAS);
  const entry = entryIn(table, namespace, name);
  if (!entry) return;
  const quota: KubeObject = entry.object;
  let used: Usage = {};
  for (const [key, each] of world.storage.tables)
    for (const { object } of entriesOf(each, namespace))
      if (covers(quota, object)) used = add(used, limited(usageOf(key, object), quota));
  const status = statusOf(quota, used);
  if (!same(status, quota.status)) put(world.storage, table, { ...quota, status });
}
