import type { KubeObject, ObjectRef } from "@sluice/api";
import { type Clock, pause } from "./clock.ts";
import { reflect } from "./reflector.ts";
import type { ApiError, Client, Kind, Query } from "./types.ts";

/** `Kind/namespace/name`, as Flux writes an object in messages. */
export function subjectOf({
  kind,
  namespace,
  name,
}: {
  kind: string;
  namespace?: string;
  name: string;
}): string {
  return [kind, namespace, name].filter(Boolean).join("/");
}

/** Identifies an object regardless of the version that it is read in. */
export const idOf = ({ group, kind, namespace, name }: Omit<ObjectRef, "version">) =>
  `${group}/${kind}/${namespace ?? ""}/${name}`;

export type Observation = {
  client: Pick<Client, "kindOf" | "list" | "watch" | "get">;
  metadataOnly?: boolean;
  clock: Clock;
  random: () => number;
  /** Sees every state of every object; undefined: it does not exist. */
  see(ref: ObjectRef, object: KubeObject | undefined): void;
  /** Sees why an object cannot be seen, while trying goes on. */
  fail(ref: ObjectRef, problem: Error): void;
};

const retryMs = 5_000;

/**
 * Follows `refs` until `signal`: one watch for each kind and namespace (of the single name where there is one); where
 * listing is forbidden, reads of the objects every five seconds. Never throws.
 */
export async function observe(
  refs: ObjectRef[],
  observation: Observation,
  signal: AbortSignal,
): Promise<void> {
  const groups = Map.groupBy(refs, ({ group, version, kind, namespace }) =>
    JSON.stringify([group, version, kind, namespace]),
  );
  await Promise.all([...groups.values()].map((group) => observeGroup(group, observation, signal)));
}

async function observeGroup(refs: ObjectRef[], observation: Observation, signal: AbortSignal): Promise<void> {
  const { client, metadataOnly, clock, random, see, fail } = observation;
  const kind = await resolve(refs, observation, signal);
  if (!kind) return;
  const wanted = new Map(refs.map((ref) => [ref.name, ref]));
  const single = refs.length === 1 ? { fieldSelector: `metadata.name=${refs[0]!.name}` } : {};
  const query: Query = {
    ...single,
    namespace: kind.namespaced ? refs[0]!.namespace : undefined,
    metadataOnly,
  };
  const denied = new AbortController();
  const take = (object: KubeObject, seen: KubeObject | undefined) => {
    const ref = wanted.get(object.metadata.name);
    if (ref) see(ref, seen);
  };
  const sink = {
    replace(items: KubeObject[]) {
      const present = new Map(items.map((item) => [item.metadata.name, item]));
      for (const ref of refs) see(ref, present.get(ref.name));
    },
    put: (object: KubeObject) => take(object, object),
    remove: (object: KubeObject) => take(object, undefined),
  };
  // Of the neighbours only the name is needed.
  const keep = (object: KubeObject): KubeObject => {
    const { apiVersion, kind, metadata } = object;
    const { name, resourceVersion } = metadata;
    return wanted.has(name) ? object : { apiVersion, kind, metadata: { name, resourceVersion } };
  };
  const onProblem = (problem: ApiError) => {
    if (problem.status === 403) denied.abort();
    else for (const ref of refs) fail(ref, problem);
  };
  await reflect(
    { client, kind, query, sink, keep, clock, random, onProblem },
    AbortSignal.any([signal, denied.signal]),
  );
  if (!signal.aborted) await poll(kind, refs, observation, signal);
}

/** The kind, as soon as the server has it. */
async function resolve(
  refs: ObjectRef[],
  observation: Observation,
  signal: AbortSignal,
): Promise<Kind | undefined> {
  const { client, clock, fail } = observation;
  const { group, version, kind } = refs[0]!;
  while (!signal.aborted) {
    try {
      const found = await client.kindOf({ group, version, kind }, { signal });
      if (found) return found;
      for (const ref of refs)
        fail(ref, new Error(`the server has no kind ${kind} in ${group || "core"}/${version}`));
    } catch (thrown) {
      for (const ref of refs) fail(ref, thrown as Error);
    }
    await pause(clock, retryMs, signal);
  }
  return undefined;
}

async function poll(
  kind: Kind,
  refs: ObjectRef[],
  observation: Observation,
  signal: AbortSignal,
): Promise<void> {
  const { client, metadataOnly, clock, see, fail } = observation;
  while (!signal.aborted) {
    for (const ref of refs) {
      try {
        see(ref, await client.get(kind, ref, { signal, metadataOnly }));
      } catch (thrown) {
        if (signal.aborted) return;
        fail(ref, thrown as Error);
      }
    }
    await pause(clock, retryMs, signal);
  }
}
