import { type Condition, conditions, type Kind, type KubeObject, reasons } from "@sluice/api";
import type { Access } from "./cluster-access.ts";
import { follow } from "./follow.ts";
import { readyOf } from "./summary.ts";

/**
 * Watches `object` until its controller has dealt with `hasBegun` and come to a verdict, and returns it as it is then.
 * Throws when it is deleted meanwhile; when time runs out, the error tells what it was waiting for.
 */
export async function untilReconciled(
  access: Access,
  kind: Kind<any>,
  { metadata }: KubeObject,
  hasBegun: (object: KubeObject) => boolean,
): Promise<KubeObject> {
  const { namespace, name } = metadata;
  let last: KubeObject | undefined;
  try {
    await follow(access, kind, { namespace, fieldSelector: `metadata.name=${name}` }, ([object], gone) => {
      if (gone) throw new Error(`${kind.kind} '${name}' was deleted`);
      last = object!;
      return hasBegun(last) && isAtRest(last) && "enough";
    });
  } catch (thrown) {
    if (!access.signal.aborted) throw thrown;
    const state = last && hasBegun(last) ? readyOf(last)?.message : "its controller has not taken it up";
    throw Object.assign(new Error(`${kind.kind} '${name}': ${state}`), { code: "gave-up" as const });
  }
  return last!;
}

/**
 * Whether there is a verdict on the object as it is: Ready is about this generation, True or False, no visit is under way and no
 * dependency is waited for. A failure that is tried again is a verdict: whoever asked wants to know of it now.
 */
export function isAtRest(object: KubeObject): boolean {
  const { generation } = object.metadata;
  const ready = readyOf(object);
  if (ready === undefined || ready.status === "Unknown" || ready.reason === reasons.DependencyNotReady)
    return false;
  const running = ((object.status?.conditions ?? []) as Condition[]).find(
    ({ type }) => type === conditions.Reconciling,
  );
  if (running?.status === "True" && running.reason === reasons.Progressing) return false;
  return (ready.observedGeneration ?? object.status?.observedGeneration ?? generation) === generation;
}
