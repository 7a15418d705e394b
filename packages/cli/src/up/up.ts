import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { builtin, conditions, defaultNamespace, type KubeObject, kinds, requests } from "@sluice/api";
import type { Client } from "@sluice/kube";
import { readyOf, shortHex } from "../summary.ts";
import { paint, progress, type Terminal } from "../terminal.ts";
import { type Board, openBoard } from "./board.ts";
import { type Located, locate, ownObjects, type Served } from "./repository.ts";
import { firstCommit, sampleObjects, secondCommit } from "./sample.ts";
import { applyAll, startWorld, type World } from "./world.ts";

export type UpOptions = {
  repo?: string;
  path?: string;
  branch?: string;
  once?: boolean;
  port?: string;
  data?: string;
};

/** Kinds that have a controller: the others of a user's repository are stored, and nothing acts on them. */
const watched = [kinds.gitRepository, kinds.kustomization];

type Scene = {
  world: World;
  terminal: Terminal;
  signal: AbortSignal;
  limit: AbortSignal;
  atEnd(work: () => Promise<void>): void;
};

/**
 * `sluice up`: an embedded cluster and the controllers, each its own process, on a repository. Stays until `signal` ends,
 * or with `--once` until everything is Ready. Throws when that has not come about after `timeoutMs`.
 */
export async function up(
  terminal: Terminal,
  options: UpOptions,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const say = progress(terminal);
  // A wrong --repo should be told before anything is started.
  const located = options.repo === undefined ? undefined : await locate(options.repo, options.branch);
  const dir = options.data === undefined ? await mkdtemp(join(tmpdir(), "sluice-")) : resolve(options.data);
  const endings: (() => Promise<void>)[] =
    options.data === undefined ? [() => rm(dir, { recursive: true, force: true })] : [];
  try {
    const world = await startWorld({
      dir,
      port: options.port === undefined ? undefined : Number(options.port),
      onStep: say.action,
      onExit: (name, how) =>
        say.failure(
          `${name} ended (${how}), starting it again; its log: ${join(dir, "logs", `${name}.log`)}`,
        ),
      signal,
    });
    endings.push(() => world.stop());
    say.success(
      `Kubernetes API at ${world.client.host}, ${Object.keys(kinds).length} custom resource definitions installed`,
    );
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const scene: Scene = { world, terminal, signal, limit, atEnd: (work) => void endings.push(work) };
    await (located === undefined ? demo(scene) : ownRepository(scene, located, options));
    if (!options.once) await stay(scene, located === undefined ? "apps" : defaultNamespace);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

/** The sample: deploys a first commit, then pushes a second one and shows it rolled out. */
async function demo({ world, terminal, signal, limit, atEnd }: Scene): Promise<void> {
  const { client } = world;
  const say = progress(terminal);
  const { startGitServer } = await import("@sluice/testing");
  const git = await startGitServer({ root: join(world.dir, "repositories") });
  atEnd(() => git.close());
  const first = await git.createRepo("sample", { ...firstCommit, branch: "main" });
  say.success(
    `serving a sample repository at ${git.url("sample")}, commit ${shortHex(first)}: ${firstCommit.message}\n`,
  );
  await applyAll(client, sampleObjects(git.url("sample")), signal);
  const board = openBoard({ client, kinds: watched, terminal, signal, now: Date.now });
  await untilRolledOut(board, first, limit);
  board.settle();

  const second = await git.commit("sample", { ...secondCommit, branch: "main" });
  terminal.out("\n");
  say.action(`pushed commit ${shortHex(second)}: ${secondCommit.message}\n`);
  await requestFetch(client, "sample", signal);
  await untilRolledOut(board, second, limit);
  board.settle();
  terminal.out("\n");
  await summarize(client, terminal, signal);
}

/** The user's own repository: a folder is served from here, a URL is fetched from where it is. */
async function ownRepository(
  { world, terminal, signal, limit, atEnd }: Scene,
  located: Located,
  options: UpOptions,
): Promise<void> {
  const say = progress(terminal);
  const served = await serve(located, atEnd);
  say.success(`reading ${options.repo} (${served.branch}) at ${served.url}\n`);
  await applyAll(world.client, ownObjects(served, options.path ?? "./"), signal);
  const board = openBoard({ client: world.client, kinds: watched, terminal, signal, now: Date.now });
  try {
    await board.until(allReady, limit);
  } catch (thrown) {
    if (options.once || signal.aborted) throw thrown;
    say.failure("not everything is Ready yet; it goes on trying");
  }
  board.settle();
}

/** Serves a folder's repository over smart HTTP; a URL needs no help. */
async function serve(located: Located, atEnd: Scene["atEnd"]): Promise<Served> {
  if ("url" in located) return { ...located, local: false };
  const { startGitServer } = await import("@sluice/testing");
  const git = await startGitServer();
  atEnd(() => git.close());
  const name = basename(located.path);
  await git.serve(located.path, name);
  return { url: git.url(name), branch: located.branch, local: true };
}

async function untilRolledOut(board: Board, commit: string, limit: AbortSignal): Promise<void> {
  await board.until(
    (objects) =>
      allReady(objects) &&
      objects.every(({ status }) =>
        String(status?.lastAppliedRevision ?? status?.artifact?.revision).endsWith(commit),
      ),
    limit,
  );
}

function allReady(objects: KubeObject[]): boolean {
  const awaited = objects.filter(({ spec }) => !spec?.suspend);
  return (
    awaited.some(({ kind }) => kind === kinds.kustomization.kind) &&
    awaited.every(
      (object) =>
        readyOf(object)?.status === "True" &&
        object.status?.observedGeneration === object.metadata.generation,
    ) &&
    !awaited.some(({ status }) =>
      status?.conditions?.some(({ type }: { type: string }) => type === conditions.Reconciling),
    )
  );
}

async function requestFetch(client: Client, name: string, signal: AbortSignal): Promise<void> {
  const body = { metadata: { annotations: { [requests.reconcile]: new Date().toISOString() } } };
  await client.patch(
    kinds.gitRepository,
    { namespace: defaultNamespace, name },
    { type: "merge", body },
    { signal },
  );
}

/** What runs in the cluster now, as proof that objects were applied and pruned. */
async function summarize(client: Client, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const say = progress(terminal);
  const { items } = await client.list(builtin.deployments, { namespace: "demo" }, { signal });
  for (const { metadata, spec, status } of items)
    say.success(
      `Deployment demo/${metadata.name}: ${spec.template.spec.containers[0].image}, ${status?.readyReplicas ?? 0}/${spec.replicas} ready`,
    );
  const welcome = await client.get(builtin.configMaps, { namespace: "demo", name: "welcome" }, { signal });
  if (welcome === undefined) say.success("ConfigMap demo/welcome left the repository and was pruned");
}

async function stay({ world, terminal, signal }: Scene, root: string): Promise<void> {
  const bold = (text: string) => paint(terminal, "bold", text);
  const hints = [
    "npx sluice get all -A",
    `npx sluice tree ks ${root}`,
    "npx sluice events",
    "npx sluice logs --follow",
  ];
  terminal.out(
    `\nEverything is running. In another terminal:\n\n  ${bold(`export KUBECONFIG=${world.kubeconfig}`)}\n`,
  );
  for (const hint of hints) terminal.out(`  ${bold(hint)}\n`);
  terminal.out(`\nCtrl-C ends it.\n`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  terminal.err("\nstopping…\n");
}
