import { type KubeObject, type ObjectRef, splitApiVersion } from "@sluice/api";
import { fingerprint } from "@sluice/kube";

/** From what an object was last brought to its end: all equal and nothing touched means that there is nothing to do. */
export type Basis = { generation: number; artifact: string; variables: string };

/** An applied object as it was right after apply. */
export type Applied = { ref: ObjectRef; fingerprint: string };

type Entry = { basis: Basis; expected: Map<string, string>; touched: boolean };

/**
 * What this process remembers of Kustomizations that are at rest, so that an unchanged one costs nothing at its interval,
 * and a foreign write is seen as it happens. Lost with the process: the next visit then compares with the API server.
 */
export type Memory = {
  /** Whether `key` is at rest on `basis`, and every kind that it applied is being watched. */
  rests(key: string, basis: Basis): boolean;
  settle(key: string, basis: Basis, applied: Applied[]): void;
  forget(key: string): void;
  /**
   * Compares a watched object with what was applied: gives those who applied it and do not find it as it was, and who rest no
   * longer. Nearly always that is one, or none.
   */
  observe(object: KubeObject, removed: boolean): string[];
};

/** `covered` says whether a kind is watched, so that rest can be trusted. */
export function createMemory(covered: (ref: ObjectRef) => boolean): Memory {
  const entries = new Map<string, Entry>();
  const kinds = new Map<string, ObjectRef[]>();
  const appliers = new Map<string, Set<string>>();
  const forget = (key: string) => {
    for (const id of entries.get(key)?.expected.keys() ?? []) {
      const keys = appliers.get(id);
      keys?.delete(key);
      if (keys?.size === 0) appliers.delete(id);
    }
    entries.delete(key);
    kinds.delete(key);
  };
  return {
    rests: (key, basis) => {
      const entry = entries.get(key);
      return (
        entry !== undefined &&
        !entry.touched &&
        entry.basis.generation === basis.generation &&
        entry.basis.artifact === basis.artifact &&
        entry.basis.variables === basis.variables &&
        kinds.get(key)!.every(covered)
      );
    },
    settle: (key, basis, applied) => {
      forget(key);
      const expected = new Map(applied.map((each) => [idOf(each.ref), each.fingerprint]));
      entries.set(key, { basis, touched: false, expected });
      for (const id of expected.keys()) appliers.set(id, (appliers.get(id) ?? new Set()).add(key));
      const byKind = new Map(applied.map(({ ref }) => [`${ref.group}/${ref.kind}`, ref]));
      kinds.set(key, [...byKind.values()]);
    },
    forget,
    observe: ({ apiVersion, kind, metadata }, removed) => {
      const { namespace, name } = metadata;
      const id = idOf({ ...splitApiVersion(apiVersion), kind, namespace, name });
      const keys = appliers.get(id);
      if (keys === undefined) return [];
      const found = removed ? undefined : fingerprint({ metadata });
      const surprised = [...keys].filter((key) => entries.get(key)!.expected.get(id) !== found);
      for (const key of surprised) entries.get(key)!.touched = true;
      return surprised;
    },
  };
}

const idOf = ({ group, kind, namespace, name }: ObjectRef) => `${group}/${kind}/${namespace ?? ""}/${name}`;
