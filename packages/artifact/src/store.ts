import { constants } from "node:fs";
import {
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Artifact } from "./artifact.ts";
import { type Fingerprint, fingerprintOf, parseDigest } from "./digest.ts";
import { createDigestCache, type DigestCache } from "./digest-cache.ts";
import { asArtifactError, systemCodeOf } from "./errors.ts";
import { limits } from "./limits.ts";
import { checkFileName, fileNameOf, isArtifactPath, objectPath, withDigest } from "./paths.ts";
import { planGarbage, type StoredFile } from "./retention.ts";
import { openTemporaryFiles } from "./temporary.ts";

export type StoreOptions = {
  /** What consumers reach the file server by: `host[:port]`, or `https://host[:port]` (`--storage-adv-addr`). */
  hostname: string;
  /** How long a replaced artifact stays (`--artifact-retention-ttl`). */
  retentionTtlMs: number;
  /** How many artifacts of an object stay, the current one included (`--artifact-retention-records`). */
  retentionRecords: number;
  /** Milliseconds since 1970. */
  now?: () => number;
};

export type PutInput = {
  kind: string;
  namespace: string;
  name: string;
  revision: string;
  /** By default the hexadecimal part of the revision with `.tar.gz`; charts and indexes have names of their own. */
  fileName?: string;
  /** The symlink that leads to the newest file; `latest.tar.gz` by default. */
  latest?: string;
  metadata?: Record<string, string>;
  signal?: AbortSignal;
} & (
  | { /** The file to copy. */ file: string }
  | {
      /** Writes the artifact to the path that it is given; what it returns saves reading the file again. */
      write: (file: string) => Promise<Fingerprint | undefined>;
    }
);

export type Store = {
  readonly root: string;
  /**
   * Stores an artifact and returns what belongs into `status.artifact`. It appears at once or, after a crash, not at all.
   * What was stored under one path never changes: other content for the same file name (the same commit with other
   * ignore rules) gets a name of its own, so that consumers of the old artifact go on reading what they were promised.
   */
  put(input: PutInput): Promise<Artifact>;
  /** Whether the artifact's file is there and is what its digest says; reads it only if it may have changed. */
  verify(artifact: Pick<Artifact, "path" | "digest">): Promise<"present" | "missing" | "corrupt">;
  /** Removes all artifacts of an object; false if there were none. */
  remove(kind: string, namespace: string, name: string): Promise<boolean>;
  /** Removes the object's artifacts that retention no longer covers, never `keep`; returns their paths. */
  collectGarbage(
    kind: string,
    namespace: string,
    name: string,
    keep: Pick<Artifact, "path">,
  ): Promise<string[]>;
  /**
   * Removes the artifacts of objects that are not in `live` (`<kind>/<namespace>/<name>`), except fresh ones, and what
   * crashes left; returns the removed objects' paths.
   */
  sweep(live: ReadonlySet<string>): Promise<string[]>;
  /** The url under which consumers find a path of the store. */
  urlOf(path: string): string;
  /** Where the artifact lies on disk. Throws if its path is none of the store's. */
  fileOf(artifact: Pick<Artifact, "path">): string;
  readonly digests: DigestCache;
};

/** Opens (and creates) the store in directory `root` and removes what a crash left there. */
export function openStore(root: string, options: StoreOptions): Store {
  const { hostname, retentionTtlMs, retentionRecords, now = Date.now } = options;
  const base = resolve(root);
  const temporary = openTemporaryFiles(base, now);
  const digests = createDigestCache(now);
  const inTurn = turns();
  const origin = /^https?:\/\//.test(hostname) ? hostname.replace(/\/+$/, "") : `http://${hostname}`;
  const urlOf = (path: string) => `${origin}/${path}`;
  const fileOf = ({ path }: Pick<Artifact, "path">) => {
    if (!isArtifactPath(path))
      throw new Error(`artifact path ${JSON.stringify(path)}: not a path of the store`);
    return join(base, path);
  };

  /** Moves a finished temporary file to its place; the object's turn has to be held. */
  const publish = async (
    temporaryFile: string,
    directory: string,
    fileName: string,
    fingerprint: Fingerprint,
  ) => {
    await mkdir(join(base, directory), { recursive: true });
    const taken = await fingerprintAt(join(base, directory, fileName), digests);
    const isOther = taken !== undefined && taken.digest !== fingerprint.digest;
    const path = `${directory}/${isOther ? withDigest(fileName, fingerprint.digest) : fileName}`;
    await rename(temporaryFile, join(base, path));
    await syncDirectory(join(base, directory));
    const handle = await open(join(base, path));
    await digests.note(handle, fingerprint).finally(() => handle.close());
    return path;
  };
  const pointLatest = async (path: string, latest: string) => {
    const link = temporary.next();
    await symlink(path.slice(path.lastIndexOf("/") + 1), link);
    await rename(link, join(base, dirname(path), latest));
  };
  const removeObject = async (path: string): Promise<boolean> => {
    const dir = join(base, path);
    if ((await modifiedAt(dir)) === undefined) return false;
    await rm(dir, { recursive: true, force: true });
    await rmdir(dirname(dir)).catch(() => {}); // the namespace's directory, if that was its last object
    return true;
  };

  return {
    root: base,
    digests,
    urlOf,
    fileOf,

    async put(input) {
      const directory = objectPath(input.kind, input.namespace, input.name);
      const fileName = checkFileName(input.fileName ?? fileNameOf(input.revision));
      const latest = checkFileName(input.latest ?? "latest.tar.gz");
      const temporaryFile = temporary.next();
      try {
        const fingerprint = await fillTemporary(temporaryFile, input);
        input.signal?.throwIfAborted();
        const at = now();
        await settle(temporaryFile, at);
        const path = await inTurn(directory, async () => {
          // The namespace's directory may go, with its last other object, between being made and being used.
          const published = await publish(temporaryFile, directory, fileName, fingerprint).catch((thrown) => {
            if (systemCodeOf(thrown) !== "ENOENT") throw thrown;
            return publish(temporaryFile, directory, fileName, fingerprint);
          });
          await pointLatest(published, latest);
          return published;
        });
        const { revision, metadata } = input;
        const lastUpdateTime = new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
        return {
          path,
          url: urlOf(path),
          revision,
          ...fingerprint,
          lastUpdateTime,
          ...(metadata && { metadata }),
        };
      } catch (thrown) {
        await rm(temporaryFile, { force: true });
        throw asArtifactError(thrown, `storing ${directory}/${fileName}`, input.signal);
      }
    },

    async verify({ path, digest }) {
      if (!isArtifactPath(path)) return "missing";
      const found = await fingerprintAt(join(base, path), digests, parseDigest(digest).algorithm);
      if (found === undefined) return "missing";
      return parseDigest(found.digest).hex === parseDigest(digest).hex ? "present" : "corrupt";
    },

    async remove(kind, namespace, name) {
      const path = objectPath(kind, namespace, name);
      return await inTurn(path, () => removeObject(path));
    },

    async collectGarbage(kind, namespace, name, keep) {
      const path = objectPath(kind, namespace, name);
      return await inTurn(path, async () => {
        const files = await storedFiles(join(base, path));
        const current = keep.path.slice(keep.path.lastIndexOf("/") + 1);
        const garbage = planGarbage(
          files,
          current,
          { ttlMs: retentionTtlMs, records: retentionRecords },
          now(),
        );
        for (const file of garbage) await rm(join(base, path, file), { force: true });
        return garbage.map((file) => `${path}/${file}`);
      });
    },

    async sweep(live) {
      temporary.sweep();
      const removed: string[] = [];
      for (const path of await objectsIn(base)) {
        if (live.has(path)) continue;
        const gone = await inTurn(path, async () => {
          const modified = await modifiedAt(join(base, path));
          return (
            modified !== undefined && now() - modified > limits.sweepGraceMs && (await removeObject(path))
          );
        });
        if (gone) removed.push(path);
      }
      return removed;
    },
  };
}

/** Runs the work for one key in the order in which it was asked for; different keys do not wait for one another. */
function turns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const previous = last.get(key);
    const mine = (previous ?? Promise.resolve()).then(work, work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}

async function fillTemporary(temporaryFile: string, input: PutInput): Promise<Fingerprint> {
  if ("write" in input) {
    const written = await input.write(temporaryFile);
    if (written) return { digest: written.digest, size: written.size };
  } else {
    await copyFile(input.file, temporaryFile, constants.COPYFILE_FICLONE);
  }
  return await fingerprintOf(temporaryFile, "sha256", input.signal);
}

/** Brings the file to the disk, so that the rename that follows never publishes a half of it. */
async function settle(file: string, at: number): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.chmod(0o644);
    await handle.utimes(at / 1000, at / 1000);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir);
  await handle.sync().finally(() => handle.close());
}

/** Undefined if there is no regular file. */
async function fingerprintAt(
  file: string,
  digests: DigestCache,
  algorithm?: string,
): Promise<Fingerprint | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"].includes(systemCodeOf(thrown))) return undefined;
    throw thrown;
  }
  try {
    return (await handle.stat()).isFile() ? await digests.fingerprint(handle, algorithm) : undefined;
  } finally {
    await handle.close();
  }
}

async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(thrown))) return undefined;
    throw thrown;
  }
}

async function storedFiles(dir: string): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for (const entry of await listing(dir)) {
    if (!entry.isFile()) continue;
    const modified = await modifiedAt(join(dir, entry.name));
    if (modified !== undefined) files.push({ name: entry.name, modified });
  }
  return files;
}

async function objectsIn(root: string): Promise<string[]> {
  const directoriesIn = async (path: string) =>
    (await listing(join(root, path)))
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => (path === "" ? entry.name : `${path}/${entry.name}`));
  const objects: string[] = [];
  for (const kind of await directoriesIn("")) {
    for (const namespace of await directoriesIn(kind)) objects.push(...(await directoriesIn(namespace)));
  }
  return objects;
}

async function listing(dir: string) {
  return await readdir(dir, { withFileTypes: true }).catch((thrown) => {
    if (systemCodeOf(thrown) === "ENOENT") return [];
    throw thrown;
  });
}
