import type { ObjectRef } from "@sluice/api";

/** From what an object was last brought to its end: all equal and nothing touched means that there is nothing to do. */
export type Basis = { generation: number; artifact: string; variables: string };

/** What a visit has applied: from which basis, the digest of the manifests, and each object's fingerprint right after apply. */
export type Settled = {
  basis: Basis;
  manifests: string;
  applied: { ref: ObjectRef; fingerprint: string }[];
  /** Whether the health of the objects counts, so that a change of their status is news. */
  health: boolean;
};

/** An object as a watch sees it; without a fingerprint it is gone. */
export type Sighting = {
  ref: ObjectRef;
  fingerprint?: string /** It was seen before, and something changed. */;
  moved: boolean;
};

type Entry = Settled & {
  expected: Map<string, string>;
  /** Objects that no watch has seen as they were applied. */
  unseen: Set<string>;
  state: "applied" | "resting" | "touched";
};

/**
 * What this process remembers of Kustomizations that are at rest, so that an unchanged one costs nothing at its interval,
 * and a foreign write is seen as it happens. Lost with the process: the next visit then compares with the API server.
 */
export type Memory = {
  /** Whether `key` is at rest on `basis`: a visit ended well, and a watch has seen every object as it was left, and no change since. */
  rests(key: string, basis: Basis): boolean;
  /**
   * Whether `key` rests with these very manifests of this generation, so that another commit of the source changes nothing for it.
   * It then rests on the new basis.
   */
  restsOn(key: string, basis: Basis, manifests: string): boolean;
  /** Objects were applied; it rests once `complete` is called. */
  settle(key: string, settled: Settled): void;
  complete(key: string): void;
  forget(key: string): void;
  /**
   * Compares what a watch sees with what was applied: gives those who applied it and do not find it as it was, and who rest no
   * longer. Nearly always that is one, or none.
   */
  observe(sighting: Sighting): string[];
};

/** `lastSeen` gives an object's fingerprint as the watches know it now. */
export function createMemory(lastSeen: (ref: ObjectRef) => string | undefined): Memory {
  const entries = new Map<string, Entry>();
  const appliers = new Map<string, Set<string>>();
  const forget = (key: string) => {
    for (const id of entries.get(key)?.expected.keys() ?? []) {
      const keys = appliers.get(id);
      keys?.delete(key);
      if (keys?.size === 0) appliers.delete(id);
    }
    entries.delete(key);
  };
  const resting = (key: string, generation: number): Entry | undefined => {
    const entry = entries.get(key);
    if (entry?.state !== "resting" || entry.unseen.size > 0) return undefined;
    return entry.basis.generation === generation ? entry : undefined;
  };
  return {
    rests: (key, { generation, artifact, variables }) => {
      const basis = resting(key, generation)?.basis;
      return basis?.artifact === artifact && basis.variables === variables;
    },
    restsOn: (key, basis, manifests) => {
      const entry = resting(key, basis.generation);
      if (entry?.manifests !== manifests) return false;
      entry.basis = basis;
      return true;
    },
    settle: (key, settled) => {
      forget(key);
      const expected = new Map(settled.applied.map(({ ref, fingerprint }) => [idOf(ref), fingerprint]));
      const unseen = settled.applied.filter(({ ref, fingerprint }) => lastSeen(ref) !== fingerprint);
      entries.set(key, {
        ...settled,
        expected,
        unseen: new Set(unseen.map(({ ref }) => idOf(ref))),
        state: "applied",
      });
      for (const id of expected.keys()) appliers.set(id, (appliers.get(id) ?? new Set()).add(key));
    },
    complete: (key) => {
      const entry = entries.get(key);
      if (entry?.state === "applied") entry.state = "resting";
    },
    forget,
    observe: ({ ref, fingerprint, moved }) => {
      const id = idOf(ref);
      const surprised: string[] = [];
      for (const key of appliers.get(id) ?? []) {
        const entry = entries.get(key)!;
        if (entry.expected.get(id) === fingerprint) {
          // The same but for its status: whoever waits for health looks again at the next interval.
          if (moved && entry.health && entry.state === "resting") entry.state = "touched";
          entry.unseen.delete(id);
        } else if (!entry.unseen.has(id)) {
          entry.state = "touched";
          surprised.push(key);
        }
      }
      return surprised;
    },
  };
}

/** The name of an object, whatever version of its group it is read in. */
const idOf = ({ group, kind, namespace, name }: ObjectRef) => `${group}/${kind}/${namespace ?? ""}/${name}`;
