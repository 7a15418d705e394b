import type { KubeObject } from "@sluice/api";
import { removeIfReleased } from "../registry/delete.ts";
import { put, subscribe, tableOf } from "../storage/storage.ts";
import { type Entry, entriesOf, entryIn, type Table } from "../storage/table.ts";
import { timestamp, type World } from "../world.ts";
import { deleteEntry } from "./garbage.ts";
import type { Tasks } from "./tasks.ts";

const NAMESPACES = "/namespaces";

/** How many objects of a dying namespace are deleted before requests get their turn. */
const AT_ONCE = 500;

/** Empties namespaces that are marked for deletion, and lets them go when nothing is left. */
export function startNamespaceLifecycle(world: World, tasks: Tasks): { stop(): void } {
  const terminating = new Set<string>();
  const look = (name: string) => tasks.add(`empty namespace ${name}`, () => empty(world, name, look));
  const stop = subscribe(world.storage, undefined, ({ type, entry }, table) => {
    if (table.key === NAMESPACES) {
      if (type === "DELETED") terminating.delete(entry.name);
      else if (entry.object.metadata.deletionTimestamp && !terminating.has(entry.name)) {
        terminating.add(entry.name);
        look(entry.name);
      }
    } else if (type === "DELETED" && terminating.has(entry.namespace)) look(entry.namespace);
  });
  for (const entry of entriesOf(tableOf(world.storage, NAMESPACES)))
    if (entry.object.metadata.deletionTimestamp) {
      terminating.add(entry.name);
      look(entry.name);
    }
  return { stop };
}

function empty(world: World, name: string, look: (name: string) => void): void {
  const namespaces = tableOf(world.storage, NAMESPACES);
  const namespace = entryIn(namespaces, "", name);
  if (!namespace?.object.metadata.deletionTimestamp) return;
  let left = AT_ONCE;
  const remaining: { table: Table; entry: Entry }[] = [];
  for (const table of [...world.storage.tables.values()]) {
    for (const entry of entriesOf(table, name)) {
      if (left-- <= 0) {
        look(name);
        return;
      }
      if (!entry.object.metadata.deletionTimestamp) deleteEntry(world, table.key, entry, "Background");
      const still = entryIn(table, name, entry.name);
      if (still) remaining.push({ table, entry: still });
    }
  }
  const current = entryIn(namespaces, "", name);
  if (!current) return;
  if (remaining.length > 0) report(world, namespaces, current, remaining);
  else release(world, namespaces, current);
}

function release(world: World, table: Table, entry: Entry): void {
  const spec = { ...entry.object.spec };
  const finalizers = (spec.finalizers ?? []).filter((each: string) => each !== "kubernetes");
  if (finalizers.length > 0) spec.finalizers = finalizers;
  else delete spec.finalizers;
  const next: KubeObject = { ...entry.object, spec };
  if (!removeIfReleased(world, table, entry, next)) put(world.storage, table, next);
}

/** Says in the namespace's conditions what it still waits for. */
function report(
  world: World,
  table: Table,
  namespace: Entry,
  remaining: { table: Table; entry: Entry }[],
): void {
  const kinds = new Map<string, number>();
  const finalizers = new Map<string, number>();
  const raise = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const {
    table: { key },
    entry,
  } of remaining) {
    const [group, plural] = key.split("/");
    raise(kinds, `${plural}.${group}`);
    for (const finalizer of entry.object.metadata.finalizers ?? []) raise(finalizers, finalizer);
  }
  const list = (counts: Map<string, number>, word: string) =>
    [...counts]
      .sort()
      .map(([key, count]) => `${key} ${word} ${count} resource instances`)
      .join(", ");
  const condition = (type: string, status: boolean, reason: string, message: string) => {
    const before = namespace.object.status?.conditions?.find((each: { type: string }) => each.type === type);
    const value = status ? "True" : "False";
    const lastTransitionTime = before?.status === value ? before.lastTransitionTime : timestamp(world.now());
    return { type, status: value, lastTransitionTime, reason, message };
  };
  const conditions = [
    condition(
      "NamespaceDeletionDiscoveryFailure",
      false,
      "ResourcesDiscovered",
      "All resources successfully discovered",
    ),
    condition(
      "NamespaceDeletionGroupVersionParsingFailure",
      false,
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    condition(
      "NamespaceDeletionContentFailure",
      false,
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ),
    condition(
      "NamespaceContentRemaining",
      true,
      "SomeResourcesRemain",
      `Some resources are remaining: ${list(kinds, "has")}`,
    ),
    finalizers.size > 0
      ? condition(
          "NamespaceFinalizersRemaining",
          true,
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${list(finalizers, "in")}`,
        )
      : condition(
          "NamespaceFinalizersRemaining",
          false,
          "ContentHasNoFinalizers",
          "All content-preserving finalizers finished",
        ),
  ];
  const status = { ...namespace.object.status, conditions };
  if (JSON.stringify(status) !== JSON.stringify(namespace.object.status))
    put(world.storage, table, { ...namespace.object, status });
}
