import { groups, type KubeObject, kinds, type ObjectRef, ownerOf } from "@sluice/api";
import { type Cache, fingerprint } from "@sluice/kube";
import type { Context } from "@sluice/runtime";
import { createMemory, type Memory } from "./memory.ts";

/** What is kept of an applied object: enough to tell whose it is, and whether anyone has written to it. */
type Trace = KubeObject & { fingerprint: string };

const ownerLabel = `${groups.kustomize}/name`;

/** A memory of what was applied, and metadata watches of the applied kinds that feed it: a foreign write wakes the owner. */
export function watchDrift(context: Context): { memory: Memory; watch(refs: ObjectRef[]): Promise<void> } {
  const caches = new Map<string, Cache<Trace>>();
  const memory = createMemory((ref) => caches.get(kindOf(ref))?.get(keyOf(ref))?.fingerprint);

  const see = (ref: ObjectRef, before: Trace | undefined, after: Trace | undefined) => {
    const surprised = memory.observe({ ref, fingerprint: after?.fingerprint, moved: before !== undefined });
    const owner = after && ownerKey(after);
    for (const key of surprised) {
      // Two that apply the same object meet at their intervals only: woken by each other they would never rest.
      if (owner === undefined || owner === key) context.wake(kinds.kustomization, key, "drift");
    }
  };
  const watch = async (refs: ObjectRef[]) => {
    for (const ref of new Map(refs.map((each) => [kindOf(each), each])).values()) {
      if (caches.has(kindOf(ref))) continue;
      const kind = await context.client.kindOf(ref);
      if (kind === undefined || caches.has(kindOf(ref))) continue;
      const cache = context.cache<Trace>(kind, {
        labelSelector: ownerLabel,
        metadataOnly: true,
        keep: traceOf,
      });
      caches.set(kindOf(ref), cache);
      cache.subscribe(({ before, after }) => {
        const { namespace, name } = (after ?? before)!.metadata;
        see({ group: kind.group, version: kind.version, kind: kind.kind, namespace, name }, before, after);
      });
    }
  };
  return { memory, watch };
}

/** managedFields are most of an object's metadata; their fingerprint stands for them. */
function traceOf({ apiVersion, kind, metadata }: KubeObject): Trace {
  const { name, namespace, uid, resourceVersion, labels } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, uid, resourceVersion, labels },
    fingerprint: fingerprint({ metadata }),
  };
}

function ownerKey({ metadata }: KubeObject): string | undefined {
  const owner = ownerOf(groups.kustomize, metadata.labels);
  return owner && `${owner.namespace}/${owner.name}`;
}

const kindOf = ({ group, kind }: ObjectRef) => `${group}/${kind}`;
const keyOf = ({ namespace, name }: ObjectRef) => (namespace ? `${namespace}/${name}` : name);
