// The story with a real git server, real mirrors and a real store; of Kubernetes, only the objects that it reads.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Condition, type GitRepository, type KubeObject, kinds } from "@sluice/api";
import { openStore, type Store, unpack } from "@sluice/artifact";
import { openMirrors } from "@sluice/git";
import type { Client } from "@sluice/kube";
import { judge, run } from "@sluice/runtime";
import {
  type GitServer,
  type Overrides,
  gitRepository as object,
  scriptedClock,
  secret,
  startGitServer,
} from "@sluice/testing";
import { type Deps, realDeps } from "./deps.ts";
import { gitRepository } from "./reconcile.ts";

let dir: string;
let git: GitServer;
let store: Store;
let deps: Deps;
/** What the API server holds, by `Kind/name`. */
const cluster = new Map<string, KubeObject>();
const { signal } = new AbortController();

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-source-"));
  git = await startGitServer({ auth: { username: "ada", password: "hunter22" } });
  store = openStore(join(dir, "store"), {
    hostname: "source-controller",
    retentionTtlMs: 60_000,
    retentionRecords: 2,
  });
  const client = {
    get: async (kind: { kind: string }, { name }: { name: string }) => cluster.get(`${kind.kind}/${name}`),
  } as unknown as Client;
  const mirrors = openMirrors(join(dir, "mirrors"));
  deps = realDeps({ client, git: mirrors, store, scratch: join(dir, "scratch"), remember: () => {} });
  cluster.set("Secret/login", secret("login", { username: "ada", password: "hunter22" }));
});
after(async () => {
  await git.close();
  await rm(dir, { recursive: true });
});

/** A GitRepository of a repository of the same name. */
function repository(name: string, spec: Overrides = {}): GitRepository {
  const url = git.url(name);
  return kinds.gitRepository.parse(
    object({ metadata: { name, generation: 1 }, spec: { url, secretRef: { name: "login" }, ...spec } }),
  );
}

/** One visit; the object with the status that comes of it. */
async function visit(repo: GitRepository): Promise<GitRepository> {
  const clock = scriptedClock();
  const { story, ending } = await run(gitRepository, repo, deps, {
    because: "change",
    clock,
    shutdown: signal,
    interrupt: signal,
    mask: (text) => text,
    save: async () => {},
    event: () => {},
    enter: () => () => {},
  });
  const { status } = judge(gitRepository.steps, repo, story, ending, clock.now());
  return { ...repo, status } as GitRepository;
}

/** The conditions as `Type=Status Reason`. */
const conditionsOf = ({ status }: GitRepository): string[] =>
  ((status?.conditions ?? []) as Condition[]).map((one) => `${one.type}=${one.status} ${one.reason}`).sort();

async function filesOf({ status }: GitRepository): Promise<number> {
  const target = await mkdtemp(join(dir, "unpacked-"));
  return (await unpack(store.fileOf(status!.artifact!), target, { symlinks: "skip", signal })).files;
}

describe("a GitRepository", () => {
  test("becomes an artifact, and a visit later, nothing new, is left as it is without a fetch", async () => {
    await git.createRepo("web", { files: { "a.yaml": "a", "b/c.yaml": "c" } });
    const first = await visit(repository("web"));
    assert.deepEqual(conditionsOf(first), ["ArtifactInStorage=True Succeeded", "Ready=True Succeeded"]);
    assert.match(first.status!.artifact!.revision, /^main@sha1:[0-9a-f]{40}$/);
    assert.equal(await filesOf(first), 2);
    const { fetches } = git.stats();
    const second = await visit(first);
    assert.deepEqual(second.status!.artifact, first.status!.artifact);
    assert.equal(git.stats().fetches, fetches);
  });

  test("follows its branch", async () => {
    await git.createRepo("moving", { files: { "a.yaml": "a" } });
    const first = await visit(repository("moving"));
    await git.commit("moving", { files: { "b.yaml": "b" } });
    const second = await visit(first);
    assert.notEqual(second.status!.artifact!.revision, first.status!.artifact!.revision);
    assert.equal(await filesOf(second), 2);
  });

  test("is packed again when its file is gone, and when what it leaves out has changed", async () => {
    await git.createRepo("lost", { files: { "a.yaml": "a", "b.yaml": "b" } });
    const first = await visit(repository("lost"));
    await rm(store.fileOf(first.status!.artifact!));
    const second = await visit(first);
    assert.equal(await filesOf(second), 2);
    const third = await visit({ ...second, spec: { ...second.spec, ignore: "/b.yaml\n" } });
    assert.equal(await filesOf(third), 1);
    assert.equal(third.status!.observedIgnore, "/b.yaml\n");
  });

  test("waits for what it includes, and takes it in", async () => {
    await git.createRepo("library", { files: { "shared/lib.yaml": "lib" } });
    await git.createRepo("app", { files: { "a.yaml": "a" } });
    const including = repository("app", {
      include: [{ repository: { name: "library" }, fromPath: "shared" }],
    });
    const early = await visit(including);
    assert.deepEqual(conditionsOf(early), [
      "IncludeUnavailable=True NotFound",
      "Ready=False NotFound",
      "Reconciling=True ProgressingWithRetry",
    ]);
    cluster.set("GitRepository/library", await visit(repository("library")));
    const late = await visit(early);
    assert.deepEqual(conditionsOf(late), ["ArtifactInStorage=True Succeeded", "Ready=True Succeeded"]);
    assert.equal(await filesOf(late), 2);
    assert.equal(late.status!.includedArtifacts!.length, 1);
  });

  test("keeps its artifact through a failure", async () => {
    await git.createRepo("flaky", { files: { "a.yaml": "a" } });
    const good = await visit(repository("flaky"));
    git.inject({ status: 503 }, { times: 1 });
    const bad = await visit(good);
    assert.deepEqual(conditionsOf(bad), [
      "ArtifactInStorage=True Succeeded",
      "FetchFailed=True GitOperationFailed",
      "Ready=False GitOperationFailed",
      "Reconciling=True ProgressingWithRetry",
    ]);
    assert.deepEqual(bad.status!.artifact, good.status!.artifact);
    assert.deepEqual(conditionsOf(await visit(bad)), conditionsOf(good));
  });

  test("takes its artifacts with it when it is deleted", async () => {
    await git.createRepo("gone", { files: { "a.yaml": "a" } });
    const made = await visit(repository("gone"));
    const deletionTimestamp = "2026-01-02T03:04:05Z";
    await visit({ ...made, metadata: { ...made.metadata, deletionTimestamp } });
    assert.equal(await store.verify(made.status!.artifact!), "missing");
  });
});

const refused: Record<string, [spec: Overrides, conditions: string[]]> = {
  "a Secret that is not there": [
    { secretRef: { name: "absent" } },
    [
      "FetchFailed=True AuthenticationFailed",
      "Ready=False AuthenticationFailed",
      "Reconciling=True ProgressingWithRetry",
    ],
  ],
  "no credentials where some are wanted": [
    { secretRef: undefined },
    [
      "FetchFailed=True AuthenticationFailed",
      "Ready=False AuthenticationFailed",
      "Reconciling=True ProgressingWithRetry",
    ],
  ],
  "a branch that is not there": [
    { ref: { branch: "absent" } },
    [
      "FetchFailed=True GitOperationFailed",
      "Ready=False GitOperationFailed",
      "Reconciling=True ProgressingWithRetry",
    ],
  ],
  "a signature to check, which is not there yet": [
    { verify: { mode: "HEAD", secretRef: { name: "keys" } } },
    ["Ready=False VerificationError", "Stalled=True VerificationError"],
  ],
  "the identity of a cloud, which is not there yet": [
    { provider: "aws" },
    ["Ready=False InvalidProviderConfiguration", "Stalled=True InvalidProviderConfiguration"],
  ],
};
describe("a GitRepository is not Ready with", () => {
  before(() => git.createRepo("plain", { files: { "a.yaml": "a" } }));
  for (const [sentence, [spec, conditions]] of Object.entries(refused)) {
    test(sentence, async () => {
      const seen = await visit(repository("plain", spec));
      assert.deepEqual(conditionsOf(seen), conditions);
      assert.equal(seen.status!.artifact, undefined);
      assert.doesNotMatch(JSON.stringify(seen.status), /hunter22/);
    });
  }
});
