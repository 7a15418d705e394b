import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact } from "@sluice/api";

/** An unpacked artifact. It stays as it is until `close`. */
export type Tree = { root: string; close(): void };

export type Trees = {
  /** Unpacks `artifact`, or shares the copy that another object has unpacked. Throws what fetching throws. */
  open(artifact: Artifact, signal: AbortSignal): Promise<Tree>;
};

type Entry = { root: string; bytes: number; users: number; ready: Promise<void> };

/** Fetches and unpacks into a directory that does not exist yet; gives the bytes that it takes. */
type Fetch = (artifact: Artifact, dir: string, signal: AbortSignal) => Promise<{ bytes: number }>;

/**
 * One unpacked copy for each digest, shared by all objects that read it, below `dir`. Copies that nobody reads any more are
 * kept up to `idleBytes`, least recently used first out: objects of one source follow each other.
 */
export function createTrees(dir: string, fetch: Fetch, idleBytes: number): Trees {
  const entries = new Map<string, Entry>();

  const unpack = (digest: string, artifact: Artifact, signal: AbortSignal): Entry => {
    const root = join(dir, digest.replace(":", "-"));
    const entry: Entry = { root, bytes: 0, users: 0, ready: Promise.resolve() };
    entry.ready = (async () => {
      await mkdir(dir, { recursive: true });
      await rm(root, { recursive: true, force: true });
      entry.bytes = (await fetch(artifact, root, signal)).bytes;
    })();
    // A failed fetch is nobody's copy: the next one tries again.
    entry.ready.catch(() => entries.get(digest) === entry && entries.delete(digest));
    entries.set(digest, entry);
    return entry;
  };

  const evict = () => {
    const idle = [...entries].filter(([, { users }]) => users === 0);
    let bytes = idle.reduce((sum, [, entry]) => sum + entry.bytes, 0);
    for (const [digest, entry] of idle) {
      if (bytes <= idleBytes) return;
      bytes -= entry.bytes;
      entries.delete(digest);
      void rm(entry.root, { recursive: true, force: true });
    }
  };

  return {
    open: async (artifact, signal) => {
      const { digest } = artifact;
      const entry = entries.get(digest) ?? unpack(digest, artifact, signal);
      entry.users += 1;
      try {
        await entry.ready;
      } catch (thrown) {
        entry.users -= 1;
        throw thrown;
      }
      return {
        root: entry.root,
        close: () => {
          entry.users -= 1;
          // Moves to the end: the order of the map is the order of use.
          if (entries.delete(digest)) entries.set(digest, entry);
          evict();
        },
      };
    },
  };
}
