import { resourceOfKind } from "../catalogue.ts";
import { apiError } from "../errors.ts";
import { put, tableOf } from "../storage/storage.ts";
import type { Entry } from "../storage/table.ts";
import { timestamp, type World } from "../world.ts";
import { getEntry } from "./read.ts";

type Data = Record<string, any>;

/** Sends a pod to a node, for good. Throws 404 without the pod, 409 when it has a node already. */
export function bindPod(
  world: World,
  { namespace, name }: { namespace: string; name: string },
  node: string,
  dryRun = false,
): Entry {
  const resource = resourceOfKind(world.catalogue, "v1", "Pod")!;
  const entry = getEntry(world, resource, namespace, name);
  if (entry.object.spec?.nodeName)
    throw apiError(
      409,
      "Conflict",
      `Operation cannot be fulfilled on pods/binding "${name}": pod ${name} is already assigned to node ${JSON.stringify(entry.object.spec.nodeName)}`,
      { name, kind: "pods/binding" },
    );
  if (dryRun) return entry;
  const { status = {} } = entry.object;
  const others = (status.conditions ?? []).filter((each: Data) => each["type"] !== "PodScheduled");
  const lastTransitionTime = timestamp(world.now());
  const scheduled = { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime };
  return put(world.storage, tableOf(world.storage, resource.table), {
    ...entry.object,
    spec: { ...entry.object.spec, nodeName: node },
    status: { ...status, conditions: [...others, scheduled] },
  });
}
