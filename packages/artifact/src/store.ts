import { constants } from "node:fs";
import { copyFile, mkdir, open, rename, rm, rmdir, symlink } from "node:fs/promises";
import { basename, dirname, join, posix, resolve } from "node:path";
import type { Artifact } from "@sluice/api";
import { type Fingerprint, fingerprintOf, parseDigest } from "./digest.ts";
import { createDigestCache, type DigestCache } from "./digest-cache.ts";
import { entriesOf, modifiedAt, openRegularFile, settleFile, syncDirectory } from "./disk.ts";
import { asArtifactError, systemCodeOf } from "./errors.ts";
import { limits } from "./limits.ts";
import { checkFileName, fileNameOf, isArtifactPath, objectPath, withDigest } from "./paths.ts";
import { planGarbage, type StoredFile } from "./retention.ts";
import { openTemporaryFiles, type TemporaryFiles } from "./temporary.ts";
import { createTurns, type Turns } from "./turns.ts";

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
  /** What the file server shares with the store. */
  readonly digests: DigestCache;
};

/** What the store's operations share. `base` is its absolute directory. */
type Context = Required<StoreOptions> & {
  base: string;
  temporary: TemporaryFiles;
  digests: DigestCache;
  inTurn: Turns;
  urlOf: (path: string) => string;
};

/** Opens (and creates) the store in directory `root` and removes what a crash left there. */
export function openStore(root: string, options: StoreOptions): Store {
  const { hostname, now = Date.now } = options;
  const base = resolve(root);
  const origin = /^https?:\/\//.test(hostname) ? hostname.replace(/\/+$/, "") : `http://${hostname}`;
  const context: Context = {
    ...options,
    now,
    base,
    temporary: openTemporaryFiles(base, now),
    digests: createDigestCache(now),
    inTurn: createTurns(),
    urlOf: (path) => `${origin}/${path}`,
  };
  return {
    root: base,
    digests: context.digests,
    urlOf: context.urlOf,
    fileOf: ({ path }) => {
      if (!isArtifactPath(path))
        throw new Error(`artifact path ${JSON.stringify(path)}: not a path of the store`);
      return join(base, path);
    },
    put: (input) => put(context, input),
    verify: (artifact) => verify(context, artifact),
    remove: async (kind, namespace, name) => {
      const path = objectPath(kind, namespace, name);
      return await context.inTurn(path, () => removeObject(base, path));
    },
    collectGarbage: async (kind, namespace, name, keep) =>
      await collectGarbage(context, objectPath(kind, namespace, name), keep.path),
    sweep: (live) => sweep(context, live),
  };
}

async function put(context: Context, input: PutInput): Promise<Artifact> {
  const { temporary, inTurn, urlOf, now } = context;
  const { kind, namespace, name, revision, metadata, signal } = input;
  const directory = objectPath(kind, namespace, name);
  const fileName = checkFileName(input.fileName ?? fileNameOf(revision));
  const latest = checkFileName(input.latest ?? "latest.tar.gz", fileName);
  const file = temporary.next();
  try {
    const fingerprint = await fillTemporary(file, input);
    signal?.throwIfAborted();
    const at = now();
    await settleFile(file, at);
    const path = await inTurn(directory, () =>
      publish(context, { file, directory, fileName, latest, fingerprint }),
    );
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
    await rm(file, { force: true });
    throw asArtifactError(thrown, `storing ${directory}/${fileName}`, signal);
  }
}

async function fillTemporary(file: string, input: PutInput): Promise<Fingerprint> {
  if ("write" in input) {
    const written = await input.write(file);
    if (written) return { digest: written.digest, size: written.size };
  } else {
    await copyFile(input.file, file, constants.COPYFILE_FICLONE);
  }
  return await fingerprintOf(file, "sha256", input.signal);
}

/** A finished temporary file and where it shall go. */
type Publication = {
  file: string;
  directory: string;
  fileName: string;
  latest: string;
  fingerprint: Fingerprint;
};

/** Moves the file to its place and the link to it; returns its path. The object's turn has to be held. */
async function publish(context: Context, publication: Publication): Promise<string> {
  const { base, temporary } = context;
  const { directory, latest } = publication;
  // The namespace's directory may go, with its last other object, between being made and being used.
  const path = await moveIntoPlace(context, publication).catch((thrown) => {
    if (systemCodeOf(thrown) !== "ENOENT") throw thrown;
    return moveIntoPlace(context, publication);
  });
  const link = temporary.next();
  await symlink(basename(path), link);
  await rename(link, join(base, directory, latest));
  await syncDirectory(join(base, directory));
  return path;
}

async function moveIntoPlace(
  { base, digests }: Context,
  { file, directory, fileName, fingerprint }: Publication,
): Promise<string> {
  await mkdir(join(base, directory), { recursive: true });
  const taken = await fingerprintAt(join(base, directory, fileName), digests);
  const isOther = taken !== undefined && taken.digest !== fingerprint.digest;
  const path = `${directory}/${isOther ? withDigest(fileName, fingerprint.digest) : fileName}`;
  await rename(file, join(base, path));
  const handle = await open(join(base, path));
  await digests.note(handle, fingerprint).finally(() => handle.close());
  return path;
}

async function verify({ base, digests }: Context, { path, digest }: Pick<Artifact, "path" | "digest">) {
  const { algorithm, hex } = parseDigest(digest);
  if (!isArtifactPath(path)) return "missing";
  const found = await fingerprintAt(join(base, path), digests, algorithm);
  if (found === undefined) return "missing";
  return found.digest === `${algorithm}:${hex}` ? "present" : "corrupt";
}

/** Undefined if there is no regular file. */
async function fingerprintAt(
  file: string,
  digests: DigestCache,
  algorithm?: string,
): Promise<Fingerprint | undefined> {
  const handle = await openRegularFile(file);
  return handle && (await digests.fingerprint(handle, algorithm).finally(() => handle.close()));
}

async function collectGarbage(context: Context, directory: string, current: string): Promise<string[]> {
  const { base, inTurn, retentionTtlMs: ttlMs, retentionRecords: records, now } = context;
  return await inTurn(directory, async () => {
    const files: StoredFile[] = [];
    for (const entry of await entriesOf(join(base, directory))) {
      const modified = entry.isFile() ? await modifiedAt(join(base, directory, entry.name)) : undefined;
      if (modified !== undefined) files.push({ name: entry.name, modified });
    }
    const garbage = planGarbage(files, basename(current), { ttlMs, records }, now());
    for (const name of garbage) await rm(join(base, directory, name), { force: true });
    return garbage.map((name) => `${directory}/${name}`);
  });
}

async function sweep(
  { base, temporary, inTurn, now }: Context,
  live: ReadonlySet<string>,
): Promise<string[]> {
  temporary.sweep();
  const removed: string[] = [];
  for (const path of await objectsIn(base)) {
    if (live.has(path)) continue;
    const gone = await inTurn(path, async () => {
      const modified = await modifiedAt(join(base, path));
      return (
        modified !== undefined && now() - modified > limits.sweepGraceMs && (await removeObject(base, path))
      );
    });
    if (gone) removed.push(path);
  }
  return removed;
}

async function removeObject(base: string, path: string): Promise<boolean> {
  const dir = join(base, path);
  if ((await modifiedAt(dir)) === undefined) return false;
  await rm(dir, { recursive: true, force: true });
  await rmdir(dirname(dir)).catch(() => {}); // the namespace's directory, if that was its last object
  return true;
}

/** The directories `<kind>/<namespace>/<name>` that exist. */
async function objectsIn(base: string): Promise<string[]> {
  let paths = [""];
  for (let depth = 0; depth < 3; depth++) {
    const below: string[] = [];
    for (const path of paths) {
      const entries = await entriesOf(join(base, path));
      const names = entries
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
        .map(({ name }) => name);
      below.push(...names.map((name) => posix.join(path, name)));
    }
    paths = below;
  }
  return paths;
}
