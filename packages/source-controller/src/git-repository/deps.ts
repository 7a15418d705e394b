import { cp, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { type Artifact, builtin, type GitRepository, kinds } from "@sluice/api";
import { ignoreMatcher, packDirectory, readSourceIgnore, type Store, unpack } from "@sluice/artifact";
import type { Credentials, Mirrors } from "@sluice/git";
import type { Client } from "@sluice/kube";
import { contentOf, credentialsOf, type ReadSecret } from "./credentials.ts";

/** The effects that a GitRepository needs. */
export type Deps = {
  git: Pick<Mirrors, "resolve" | "checkout">;
  store: Store;
  credentials(repo: GitRepository, signal: AbortSignal): Promise<Credentials>;
  /** The artifact of the GitRepository `name` in `namespace`; undefined when there is none yet. */
  artifactOf(namespace: string, name: string, signal: AbortSignal): Promise<Artifact | undefined>;
  /** Packs `dir` under the object's ignore rules and stores it. */
  archive(repo: GitRepository, dir: string, revision: string, signal: AbortSignal): Promise<Artifact>;
  /** Unpacks stored `artifact` and copies its `fromPath` to `toPath` below `dir`. */
  include(
    artifact: Artifact,
    paths: { fromPath: string; toPath: string },
    dir: string,
    signal: AbortSignal,
  ): Promise<void>;
  /** Runs `work` in a fresh directory that is removed afterwards. */
  workdir<V>(work: (dir: string) => Promise<V>): Promise<V>;
};

/** Where the store keeps the artifacts of `repo`. */
export function storeKeyOf({ metadata }: GitRepository) {
  return { kind: "gitrepository", namespace: metadata.namespace!, name: metadata.name };
}

/** What the real effects are made of. */
export type Parts = {
  client: Client;
  git: Mirrors;
  store: Store;
  /** A directory on the file system of the store, for work in progress. */
  scratch: string;
  /** Hears of every secret value that is read, so that it can be masked wherever it turns up. */
  remember(secret: string): void;
};

/** The real effects. */
export function realDeps({ client, git, store, scratch, remember }: Parts): Deps {
  const readSecret: ReadSecret = async (namespace, name, signal) => {
    const secret = await client.get(builtin.secrets, { namespace, name }, { signal });
    for (const value of Object.values(secret ? contentOf(secret) : {})) remember(value);
    return secret;
  };
  const workdir = async <V>(work: (dir: string) => Promise<V>) => {
    await mkdir(scratch, { recursive: true });
    const dir = await mkdtemp(join(scratch, "checkout-"));
    try {
      return await work(dir);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  };
  return {
    git,
    store,
    workdir,
    credentials: (repo, signal) => credentialsOf(repo, readSecret, signal),
    artifactOf: async (namespace, name, signal) => {
      const other = await client.get<GitRepository>(kinds.gitRepository, { namespace, name }, { signal });
      return other?.status?.artifact;
    },
    archive: async (repo, dir, revision, signal) => {
      const ignore = ignoreMatcher({
        spec: repo.spec.ignore,
        files: await readSourceIgnore(dir),
        defaults: true,
      });
      return store.put({
        ...storeKeyOf(repo),
        revision,
        signal,
        write: (file) => packDirectory(dir, file, { ignore, signal }),
      });
    },
    include: (artifact, { fromPath, toPath }, dir, signal) =>
      workdir(async (unpacked) => {
        await unpack(store.fileOf(artifact), unpacked, { symlinks: "skip", signal });
        const from = await inside(unpacked, fromPath);
        const to = await madeInside(dir, toPath);
        await cp(from, to, { recursive: true, force: true, verbatimSymlinks: true });
      }),
  };
}

/** The directory `path` below `root`, made one name after the other, because a link on the way may lead outside. */
async function madeInside(root: string, path: string): Promise<string> {
  let made = "/";
  for (const name of join("/", path).split("/").filter(Boolean)) {
    const parent = await inside(root, made);
    await mkdir(join(parent, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    made = join(made, name);
  }
  return inside(root, made);
}

/** `path` below `root`, with symlinks resolved; throws when it does not exist or leads outside. */
async function inside(root: string, path: string): Promise<string> {
  const top = await realpath(root);
  const real = await realpath(join(top, join("/", path))).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? new Error(`'${path}' does not exist in the source`) : error;
  });
  if (real !== top && !real.startsWith(top + sep)) throw new Error(`'${path}' leads out of the source`);
  return real;
}
