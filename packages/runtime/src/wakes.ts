import { type KubeObject, requests } from "@sluice/api";
import { type Cache, type Change, keyOf } from "@sluice/kube";
import { isRequested, newsOf } from "./judge.ts";
import type { Queue } from "./queue.ts";
import type { Because, Registration } from "./types.ts";

/**
 * Whether a change of an object itself is a reason to visit it. Our own status writes are none. An object that is new to
 * the process but was settled before (a restart) is looked at like one whose interval is over.
 */
export function becauseOf({ before, after }: Change): Because | undefined {
  if (!after) return undefined;
  if (!before) {
    if (isRequested(after)) return "request";
    return after.metadata.deletionTimestamp || newsOf(after) ? "change" : "interval";
  }
  const asked = after.metadata.annotations?.[requests.reconcile];
  if (asked !== undefined && asked !== before.metadata.annotations?.[requests.reconcile]) return "request";
  const deleted = after.metadata.deletionTimestamp && !before.metadata.deletionTimestamp;
  return deleted || after.metadata.generation !== before.metadata.generation ? "change" : undefined;
}

/** Lines up the objects of `own` as they change; `removed` hears of those that are gone. */
export function wakeByOwn(own: Cache, queue: Queue, removed: (object: KubeObject) => void): void {
  own.subscribe((change) => {
    const object = (change.after ?? change.before)!;
    if (!change.after) {
      queue.forget(keyOf(object));
      return removed(object);
    }
    const because = becauseOf(change);
    if (because) queue.add(keyOf(object), because, originOf(object));
  });
}

/** Lines up the objects of `own` that a change of `others` is an input of. */
export function wakeByInput(
  { kind: { kind }, keysOf, because = "input" }: NonNullable<Registration["wakes"]>[number],
  others: Cache,
  own: Cache,
  queue: Queue,
): void {
  others.subscribe((change) => {
    for (const key of keysOf(change, own)) {
      const object = own.get(key);
      // Who is suspended looks at all inputs anew when resumed.
      if (!object || (object.spec?.suspend && !object.metadata.deletionTimestamp)) continue;
      queue.add(key, because, `${kind}/${keyOf((change.after ?? change.before)!)}`);
    }
  });
}

/** How people name an object: "GitRepository/flux-system/apps". */
function originOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${keyOf({ metadata })}`;
}
