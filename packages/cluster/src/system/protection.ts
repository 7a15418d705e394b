import type { KubeObject } from "@sluice/api";
import { PROTECTION } from "../registry/native.ts";
import { subscribe, tableOf } from "../storage/storage.ts";
import { entriesOf, entryIn } from "../storage/table.ts";
import type { World } from "../world.ts";
import { rewrite } from "./garbage.ts";
import type { Tasks } from "./tasks.ts";

const CLAIMS = "/persistentvolumeclaims";
const VOLUMES = "/persistentvolumes";
const PODS = "/pods";

/** Lets claims and volumes go that are marked for deletion and that nothing uses any more. */
export function startVolumeProtection(world: World, tasks: Tasks): { stop(): void } {
  const look = (key: string, namespace: string, name: string) =>
    tasks.add(`protection of ${key} ${namespace}/${name}`, () => release(world, key, namespace, name));
  const stop = subscribe(world.storage, undefined, ({ type, entry }, { key }) => {
    if ((key === CLAIMS || key === VOLUMES) && type !== "DELETED" && entry.object.metadata.deletionTimestamp)
      look(key, entry.namespace, entry.name);
    // what a claim or a volume waits for
    if (type !== "DELETED") return;
    if (key === PODS) for (const name of claimsOf(entry.object)) look(CLAIMS, entry.namespace, name);
    if (key === CLAIMS && entry.object.spec?.volumeName) look(VOLUMES, "", entry.object.spec.volumeName);
  });
  for (const key of [CLAIMS, VOLUMES])
    for (const { namespace, name } of entriesOf(tableOf(world.storage, key))) look(key, namespace, name);
  return { stop };
}

function claimsOf(pod: KubeObject): string[] {
  const volumes: { persistentVolumeClaim?: { claimName: string } }[] = pod.spec?.volumes ?? [];
  return volumes.flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : [],
  );
}

function release(world: World, key: string, namespace: string, name: string): void {
  const entry = entryIn(tableOf(world.storage, key), namespace, name);
  const finalizer = PROTECTION[key]!;
  const { finalizers = [], deletionTimestamp } = entry?.object.metadata ?? {};
  if (
    !entry ||
    !deletionTimestamp ||
    !finalizers.includes(finalizer) ||
    isUsed(world, key, namespace, entry.object)
  )
    return;
  rewrite(world, key, entry, { finalizers: finalizers.filter((each) => each !== finalizer) });
}

function isUsed(world: World, key: string, namespace: string, object: KubeObject): boolean {
  if (key === VOLUMES) {
    const claim = object.spec?.claimRef;
    if (!claim) return false;
    return entryIn(tableOf(world.storage, CLAIMS), claim.namespace, claim.name)?.uid === claim.uid;
  }
  return entriesOf(tableOf(world.storage, PODS), namespace).some((pod) =>
    claimsOf(pod.object).includes(object.metadata.name),
  );
}
