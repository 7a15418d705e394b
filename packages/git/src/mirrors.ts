import { mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { env } from "node:process";
import { type Bare, exclusively } from "./bare.ts";
import { type SubmoduleRequest, submodulesOf, writeTree } from "./checkout.ts";
import type { CommitInfo } from "./commit.ts";
import { gitError, isGitError } from "./errors.ts";
import { explainReading } from "./explain.ts";
import { fetchHistory, fetchTip } from "./fetch.ts";
import { tipsOf } from "./refs.ts";
import { listRemote } from "./remote.ts";
import { proofOf, resolveRef } from "./resolve.ts";
import { isGitFailure } from "./run.ts";
import type { Environment } from "./session.ts";
import { accessOf, fetchOptionsOf, localOf, type Mirror, mirrorOf, openStore, type Store } from "./store.ts";
import { sweepMirrors } from "./sweep.ts";
import type { TreePlan } from "./tree.ts";
import type { CheckedOut, CheckoutRequest, Credentials, Limits, Mirrors } from "./types.ts";
import { parseRemote, type Remote, submoduleRemote } from "./url.ts";

const GiB = 1024 ** 3;
const LIMITS: Limits = {
  checkoutBytes: 2 * GiB,
  checkoutFiles: 500_000,
  fetchBytes: 4 * GiB,
  mirrorBytes: 8 * GiB,
};
/** Submodules within submodules; as in Flux. */
const MAX_DEPTH = 10;
const MAX_SUBMODULES = 200;

/**
 * Opens the mirrors kept under `dir`, which belongs to this process alone. PATH and the proxy variables are taken from
 * `environment`.
 */
export function openMirrors(
  dir: string,
  { limits, environment = env }: { limits?: Partial<Limits>; environment?: Environment } = {},
): Mirrors {
  const store = openStore(dir, { ...LIMITS, ...limits }, environment);
  return {
    resolve: (url, ref, credentials, signal) => resolveRef(store, url, ref, credentials, signal),
    checkout: (request) => checkOut(store, request),
    sweep: (activeUrls, signal) => sweepMirrors(store, activeUrls, signal),
  };
}

/** One repository's part in a checkout. */
type Part = {
  mirror: Mirror;
  remote: Remote;
  credentials: Credentials;
  commit: string;
  dir: string;
  depth: number;
};

/** A whole checkout; `left` counts down. */
type Job = { store: Store; signal: AbortSignal; recurse: boolean; left: Left };

type Left = { checkoutBytes: number; checkoutFiles: number; submodules: number };

async function checkOut(store: Store, request: CheckoutRequest): Promise<CheckedOut> {
  const { credentials, signal, sparse } = request;
  const { commit } = request.resolved;
  const { checkoutBytes, checkoutFiles } = store.limits;
  const remote = parseRemote(request.url);
  const { wanted, ref, tips } = await proofOf(store, request);
  const mirror = mirrorOf(store, remote.key);
  const left = { checkoutBytes, checkoutFiles, submodules: MAX_SUBMODULES };
  const job = { store, signal, recurse: request.submodules ?? false, left };
  const part = { mirror, remote, credentials, commit, dir: resolve(request.dir), depth: 0 };
  const fetching = fetchOptionsOf(store, accessOf(store, remote, credentials), signal);
  const write = (bare: Bare) => writePart(job, part, bare, sparse);

  const pinned = wanted.kind === "commit";
  const tip = pinned ? tips.get(commit) : ref;
  const info =
    pinned && tip === undefined
      ? await reading(job, part, mirror.history, write, () =>
          fetchHistory(mirror.history, commit, wanted.branch, new Set(tips.keys()), fetching),
        )
      : await reading(job, part, mirror.tips, write, () => fetchTip(mirror.tips, commit, tip, fetching));
  const { message, author, committer } = info;
  return { message, author, committer, files: checkoutFiles - left.checkoutFiles };
}

/** Fetches what is missing as a writer, then reads side by side with others; meanwhile nothing is tidied away. */
async function reading(
  job: Job,
  part: Part,
  bare: Bare,
  read: (bare: Bare) => Promise<void>,
  fetch: () => Promise<CommitInfo>,
): Promise<CommitInfo> {
  let counted = false;
  try {
    const info = await exclusively(bare, job.signal, async () => {
      const fetched = await fetch();
      bare.readers += 1;
      counted = true;
      return fetched;
    });
    bare.used.add(part.commit);
    await read(bare);
    return info;
  } catch (error) {
    if (!isGitFailure(error)) throw error;
    const explained = explainReading(error, part);
    bare.damaged ||= isGitError(explained);
    throw explained;
  } finally {
    if (counted) bare.readers -= 1;
  }
}

async function writePart(job: Job, part: Part, bare: Bare, sparse?: readonly string[]): Promise<void> {
  const { store, signal, left, recurse } = job;
  const local = localOf(store, signal);
  const scratch = await mkdtemp(join(store.temporary, "index-"));
  let plan: TreePlan;
  try {
    const target = { dir: part.dir, index: join(scratch, "index"), sparse, budget: left };
    plan = await writeTree(bare, part.commit, target, local);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  left.checkoutBytes -= plan.bytes;
  left.checkoutFiles -= plan.files;
  if (!recurse) return;
  for (const request of await submodulesOf(bare, plan, local)) {
    await writeSubmodule(job, part, request).catch((error) => {
      if (isGitError(error)) error.message = `submodule "${request.path}": ${error.message}`;
      throw error;
    });
  }
}

async function writeSubmodule(job: Job, parent: Part, request: SubmoduleRequest): Promise<void> {
  const { store, signal, left } = job;
  const depth = parent.depth + 1;
  left.submodules -= 1;
  if (depth > MAX_DEPTH) throw gitError("too-large", `submodules are nested deeper than ${MAX_DEPTH}`);
  if (left.submodules < 0) throw gitError("too-large", `there are more than ${MAX_SUBMODULES} submodules`);
  const remote = submoduleRemote(parent.remote, request.url);
  const credentials = credentialsFor(remote, parent);
  const mirror = mirrorOf(store, remote.key);
  parent.mirror.submodules.add(mirror.key);
  const access = accessOf(store, remote, credentials);
  const { commit } = request;
  const tips = tipsOf(await listRemote(access, ["--heads", "--tags"], signal));
  const fetching = fetchOptionsOf(store, access, signal);
  const part = { mirror, remote, credentials, commit, dir: join(parent.dir, request.path), depth };
  const write = (bare: Bare) => writePart(job, part, bare);
  const fetch = () => fetchTip(mirror.tips, commit, tips.get(commit), fetching);
  await reading(job, part, mirror.tips, write, fetch).catch((error) => {
    if (!isGitError(error) || error.code !== "ref-missing" || tips.has(commit)) throw error;
    // the server hands out advertised commits only: look for this one in the history
    const search = () => fetchHistory(mirror.history, commit, undefined, new Set(tips.keys()), fetching);
    return reading(job, part, mirror.history, write, search);
  });
}

/** Credentials belong to one host: a repository that names another host in `.gitmodules` does not get them sent there. */
function credentialsFor(remote: Remote, parent: Part): Credentials {
  if (remote.origin === parent.remote.origin) {
    const { username = parent.remote.username, password = parent.remote.password } = parent.credentials;
    return { ...parent.credentials, username, password };
  }
  const { caCert, proxy } = parent.credentials;
  return remote.scheme === "ssh" ? {} : { caCert, proxy };
}
