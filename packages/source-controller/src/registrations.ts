import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type GitRepository, kinds } from "@sluice/api";
import { openStore, type Store, serveStore } from "@sluice/artifact";
import { type Mirrors, openMirrors } from "@sluice/git";
import { keyOf } from "@sluice/kube";
import { type Context, parseAddress, type Registration } from "@sluice/runtime";
import { realDeps } from "./git-repository/deps.ts";
import { gitRepository } from "./git-repository/reconcile.ts";
import { indexes, wakes } from "./git-repository/watch.ts";

export type Storage = {
  /** Directory of artifacts and mirrors. */
  path: string;
  /** `[host]:port` to listen on. */
  address: string;
  /** `host[:port]` in the URLs of artifacts. */
  advertised: string;
};

/** How often what nobody needs any more is looked for: artifacts and mirrors of deleted objects. */
const sweepMs = 10 * 60_000;

/**
 * The controllers of this process, with its file server: it listens as soon as this replica leads.
 * @throws when the address to listen on is none
 */
export async function registrations(
  context: Context,
  { path, address, advertised }: Storage,
): Promise<Registration[]> {
  const { flags, client } = context;
  const { host = "0.0.0.0", port } = parseAddress(address);
  mkdirSync(path, { recursive: true });
  const store = openStore(path, {
    hostname: advertised,
    retentionTtlMs: Number(flags.artifactRetentionTtl),
    retentionRecords: Number(flags.artifactRetentionRecords),
    now: context.now,
  });
  const git = openMirrors(join(path, ".mirrors"));
  void context.elected.then(() => {
    void serve(store, { host, port }, context);
    void sweep(context, store, git);
  });
  const scratch = join(path, ".scratch");
  const deps = realDeps({ client, git, store, scratch, remember: context.secrets.remember });
  return [{ controller: gitRepository, deps, indexes, wakes }];
}

async function serve(
  store: Store,
  address: { host: string; port: number },
  { log, signal }: Context,
): Promise<void> {
  const server = await serveStore(store, {
    ...address,
    onError: (error) => log.error("artifact server", { error }),
  });
  log.info("serving artifacts", { url: server.url });
  signal.addEventListener("abort", () => void server.close(), { once: true });
}

/** Drops what deleted objects left behind while this process was away; forever, until shutdown. */
async function sweep(context: Context, store: Store, git: Mirrors): Promise<void> {
  const { clock, signal, log } = context;
  const repositories = context.cache<GitRepository>(kinds.gitRepository);
  while (!signal.aborted) {
    try {
      await clock.sleep(sweepMs, signal);
      await repositories.whenSynced(signal);
      const live = repositories.list();
      await store.sweep(new Set(live.map((repo) => `gitrepository/${keyOf(repo)}`)));
      await git.sweep(new Set(live.map(({ spec }) => spec.url)), signal);
    } catch (error) {
      if (!signal.aborted) log.error("sweeping the storage", { error });
    }
  }
}
