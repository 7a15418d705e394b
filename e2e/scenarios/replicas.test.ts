import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { builtin, kinds, requests } from "@sluice/api";
import { type ControllerName, freePort } from "@sluice/cli";
import { eventually } from "@sluice/testing";
import {
  applier,
  configMap,
  configMaps,
  type Line,
  type Loose,
  logOf,
  namespace,
  openStage,
  ready,
  type Stage,
  source,
} from "../harness.ts";

const { gitRepository, kustomization } = kinds;
const { leases } = builtin;
// Long enough that a machine with much else to do does not cost a leader its lease.
const leaseMs = 15_000;
const election = [
  "--enable-leader-election",
  `--leader-election-lease-duration=${leaseMs}ms`,
  "--leader-election-renew-deadline=12s",
  "--leader-election-retry-period=500ms",
];
const controllers: ControllerName[] = ["source-controller", "kustomize-controller"];
const shard = "sharding.fluxcd.io/key";

/** Starts another process of a controller on the stage; its own storage, as a pod has. */
async function startAnother(stage: Stage, controller: ControllerName, name: string, flags: string[]) {
  const storage = `127.0.0.1:${await freePort()}`;
  const stored = [
    `--storage-path=${join(stage.world.dir, name)}`,
    `--storage-addr=${storage}`,
    `--storage-adv-addr=${storage}`,
  ];
  stage.world.processes.start({
    name,
    entry: fileURLToPath(new URL(`../../packages/${controller}/src/main.ts`, import.meta.url)),
    args: [
      ...["--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0"],
      ...(controller === "source-controller" ? stored : []),
      ...flags,
    ],
    env: { KUBECONFIG: stage.world.kubeconfig, RUNTIME_NAMESPACE: namespace },
  });
}

describe("two replicas of each controller", () => {
  let stage: Stage;
  let commits = 0;
  before(async () => {
    const flags = Object.fromEntries(controllers.map((name) => [name, election]));
    stage = await openStage({ flags });
    for (const name of controllers) await startAnother(stage, name, `${name}-2`, election);
    await stage.git.createRepo("replicas", { files: { "a.yaml": configMap("replicas", { v: "0" }) } });
    await stage.apply(source(stage, "replicas"));
    await stage.apply(applier("replicas", "replicas"));
    const commit = await stage.git.git("replicas", ["rev-parse", "main"]);
    await stage.until(kustomization, "replicas", ready(commit));
  });
  after(() => stage.close());

  const replicasOf = (controller: ControllerName) => [controller, `${controller}-2`];
  /** Which of the two processes holds the lease of `controller`, by what each said when it began to lead. */
  const leaderOf = (controller: ControllerName) =>
    // it is said after the lease was taken, and who holds it may change meanwhile
    eventually(async () => {
      const lease = await stage.get<Loose>(leases, `${controller}-leader-election`);
      const holder: string | undefined = lease?.spec.holderIdentity;
      for (const name of replicasOf(controller)) {
        const led = (await logOf(stage, name)).filter(({ msg }) => msg === "leading");
        if (holder && led.at(-1)?.identity === holder) return { name, holder };
      }
      throw new Error(`${holder} holds the lease of ${controller}, and neither process says that it leads`);
    });
  const rollOut = async () => {
    const v = String(++commits);
    const commit = await stage.git.commit("replicas", { files: { "a.yaml": configMap("replicas", { v }) } });
    await stage.request(gitRepository, "replicas");
    await stage.until(kustomization, "replicas", ready(commit));
    assert.equal((await stage.get(configMaps, "replicas", "default"))?.data.v, v);
  };
  const successor = async (controller: ControllerName, before: string) => {
    await stage.until<Loose>(
      leases,
      `${controller}-leader-election`,
      ({ spec }) => !!spec.holderIdentity && spec.holderIdentity !== before,
    );
    return leaderOf(controller);
  };

  /** Nobody works on an object after another has begun to lead, unless it leads again itself. */
  const assertOneAtATime = async (controller: ControllerName) => {
    const logs = await Promise.all(
      replicasOf(controller).map(async (process) =>
        (await logOf(stage, process)).map((line) => ({ ...line, process })),
      ),
    );
    const lines = logs.flat().sort((one, other) => Date.parse(one.ts) - Date.parse(other.ts));
    let leader: string | undefined;
    for (const { msg, name, process, ts } of lines) {
      if (msg === "leading") leader = process;
      else if (name === "replicas")
        assert.equal(process, leader, `${process} worked at ${ts} although ${leader} led`);
    }
  };
  const lastSaid = async (process: string, words: string) =>
    (await logOf(stage, process)).findLast(({ msg }) => msg === words)!;

  for (const controller of controllers) {
    const lease = `${controller}-leader-election`;

    test(`only the leading ${controller} works`, async () => {
      const { name } = await leaderOf(controller);
      const [idle] = replicasOf(controller).filter((each) => each !== name);
      await rollOut();
      const works = ({ name: object }: Line) => object === "replicas";
      await eventually(async () => (await logOf(stage, name)).some(works));
      await eventually(() => lastSaid(idle!, "another process leads"));
      await assertOneAtATime(controller);
    });

    test(`${controller} hands over at once when it is asked to end`, async () => {
      const { name, holder } = await leaderOf(controller);
      process.kill(stage.world.processes.pid(name)!, "SIGTERM");
      const next = await successor(controller, holder);
      const begun = Date.parse((await lastSaid(next.name, "leading")).ts);
      assert.ok(
        begun >= Date.parse((await lastSaid(name, "stopping")).ts),
        "it led before the other stopped",
      );
      // Nobody waited for it to end by itself.
      await eventually(() => lastSaid(name, "the lease was given up"));
      await rollOut();
      await assertOneAtATime(controller);
    });

    test(`${controller} is replaced when it was killed, once its lease has ended`, async () => {
      const { name, holder } = await leaderOf(controller);
      const { spec } = (await stage.get<Loose>(leases, lease))!;
      stage.world.processes.kill(name);
      const next = await successor(controller, holder);
      const begun = Date.parse((await lastSaid(next.name, "leading")).ts);
      assert.ok(begun >= Date.parse(spec.renewTime) + leaseMs, "it led before the lease had ended");
      await rollOut();
      await assertOneAtATime(controller);
    });
  }
});

describe("two shards of kustomize-controller", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage({
      flags: { "kustomize-controller": [`--watch-label-selector=!${shard}`] },
    });
    await startAnother(stage, "kustomize-controller", "shard1", [
      `--watch-label-selector=${shard}=shard1`,
      "--enable-leader-election",
    ]);
  });
  after(() => stage.close());

  test("each looks after its own objects, and both read the same source", async () => {
    const files = { "a/a.yaml": configMap("mine", { v: "1" }), "b/b.yaml": configMap("theirs", { v: "1" }) };
    const commit = await stage.git.createRepo("shards", { files });
    const sharded = applier("of-shard1", "shards", { path: "./b" });
    await stage.apply(source(stage, "shards"));
    await stage.apply(applier("of-none", "shards", { path: "./a" }));
    await stage.apply({ ...sharded, metadata: { ...sharded.metadata, labels: { [shard]: "shard1" } } });
    for (const name of ["of-none", "of-shard1"]) await stage.until(kustomization, name, ready(commit));
    assert.equal((await stage.get(configMaps, "mine", "default"))?.data.v, "1");
    assert.equal((await stage.get(configMaps, "theirs", "default"))?.data.v, "1");
    const visited = async (process: string) => {
      const names = (await logOf(stage, process)).flatMap(({ name }) =>
        name?.startsWith("of-") ? name : [],
      );
      return names.length > 0 ? [...new Set(names)] : undefined;
    };
    assert.deepEqual(await eventually(() => visited("kustomize-controller")), ["of-none"]);
    assert.deepEqual(await eventually(() => visited("shard1")), ["of-shard1"]);
  });

  test("an object that no shard looks after stays as it is", async () => {
    const lost = applier("of-shard2", "shards", { path: "./a" });
    await stage.apply({ ...lost, metadata: { ...lost.metadata, labels: { [shard]: "shard2" } } });
    const commit = await stage.git.commit("shards", { files: { "a/c.yaml": configMap("more", {}) } });
    await stage.request(gitRepository, "shards");
    for (const name of ["of-none", "of-shard1"]) await stage.until(kustomization, name, ready(commit));
    // kube-apiserver gives it the default status of its definition: generation -1, nothing else.
    const { status } = (await stage.get(kustomization, "of-shard2"))!;
    assert.equal(status?.observedGeneration ?? -1, -1);
    assert.equal(status?.conditions, undefined);
  });

  test("each shard has a lease of its own", async () => {
    const { items } = await stage.client.list<Loose>(leases, { namespace }, { signal: stage.signal });
    const names = items.map(({ metadata }) => metadata.name);
    assert.equal(names.filter((name) => /^kustomize-controller-leader-election-\w{8}$/.test(name)).length, 1);
  });

  test("an object that gets another label changes hands", async () => {
    const body = {
      metadata: { labels: { [shard]: "shard1" }, annotations: { [requests.reconcile]: "moved" } },
    };
    await stage.client.patch(
      kustomization,
      { namespace, name: "of-none" },
      { type: "merge", body },
      { signal: stage.signal },
    );
    await stage.until(kustomization, "of-none", ({ status }) => status?.lastHandledReconcileAt === "moved");
    await eventually(async () => (await logOf(stage, "shard1")).some(({ name }) => name === "of-none"));
  });
});
