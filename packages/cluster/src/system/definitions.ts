import type { KubeObject } from "@sluice/api";
import { CLEANUP, DEFINITIONS } from "../registry/definitions.ts";
import { subscribe, tableOf } from "../storage/storage.ts";
import { entriesOf, entryIn } from "../storage/table.ts";
import type { World } from "../world.ts";
import { deleteEntry, rewrite } from "./garbage.ts";
import type { Tasks } from "./tasks.ts";

/** Deletes the objects of a definition that is on its way out, and lets it go when the last one is gone. */
export function startDefinitionCleanup(world: World, tasks: Tasks): { stop(): void } {
  const terminating = new Map<string, string>(); // table of the objects → name of the definition
  const look = (name: string) => tasks.add(`clean up definition ${name}`, () => cleanUp(world, name));
  const note = (object: KubeObject) => {
    if (!object.metadata.deletionTimestamp || !object.metadata.finalizers?.includes(CLEANUP)) return;
    terminating.set(objectsOf(object), object.metadata.name);
    look(object.metadata.name);
  };
  for (const { object } of entriesOf(tableOf(world.storage, DEFINITIONS))) note(object);
  const stop = subscribe(world.storage, undefined, ({ type, entry }, table) => {
    if (table.key === DEFINITIONS) {
      if (type === "DELETED") terminating.delete(objectsOf(entry.object));
      else note(entry.object);
    } else if (type === "DELETED") {
      const name = terminating.get(table.key);
      if (name) look(name);
    }
  });
  return { stop };
}

function objectsOf({ spec }: KubeObject): string {
  return `${spec.group}/${spec.names.plural}`;
}

function cleanUp(world: World, name: string): void {
  const definition = entryIn(tableOf(world.storage, DEFINITIONS), "", name);
  if (!definition?.object.metadata.deletionTimestamp) return;
  const table = tableOf(world.storage, objectsOf(definition.object));
  for (const entry of entriesOf(table))
    if (!entry.object.metadata.deletionTimestamp) deleteEntry(world, table.key, entry, "Background");
  if (table.size > 0) return;
  const current = entryIn(tableOf(world.storage, DEFINITIONS), "", name)!;
  const finalizers = (current.object.metadata.finalizers ?? []).filter((each) => each !== CLEANUP);
  rewrite(world, DEFINITIONS, current, { finalizers });
}
