import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { builtin, type KubeObject } from "@sluice/api";
import { eventually } from "@sluice/testing";
import {
  fine,
  type Play,
  ref,
  startWorld,
  thingKind,
  thingsOf,
  type World,
  wordsOf,
} from "./thing.fixture.ts";
import type { Context } from "./types.ts";

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

const isReady = (name: string) => wordsOf(world.get(name)).some((words) => words.startsWith("Ready=True"));
const _becomes = (name: string, ...words: string[]) =>
  eventually(() => {
    assert.deepEqual(wordsOf(world.get(name)), words);
    return true;
  });
const _finalizers = (name: string) => world.get(name)?.metadata.finalizers ?? [];

/** Work that ends only by its signal. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );

/** Lets everything that is on its way arrive: a visit to another thing begins and ends after it. */
async function _settled() {
  world.create("settled");
  await eventually(() => isReady("settled"));
}

describe("inputs", () => {
  it("wake the things that read them", async () => {
    const because: string[] = [];
    const { configMaps } = builtin;
    const config = (data: object): KubeObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "values", namespace: "default" },
      data,
    });
    world.cluster.store.create(config({ a: "1" }));
    world.create("web", { from: "values" });
    world.create("other");
    await world.start(
      {
        reconcile: async ({ metadata }, step) => {
          because.push(`${metadata.name} ${step.because}`);
          return fine;
        },
      },
      {},
      {
        indexes: { from: ({ spec }) => [spec.from ?? ""] },
        wakes: [
          {
            kind: configMaps,
            *keysOf({ after }, own) {
              for (const { metadata } of own.indexed("from", after?.metadata.name ?? "-"))
                yield `default/${metadata.name}`;
            },
          },
        ],
      },
    );
    await eventually(() => isReady("web") && isReady("other"));
    assert.deepEqual(
      because.sort(),
      ["other change", "web change"],
      "what was there at the start wakes nobody",
    );
    world.cluster.store.update(config({ a: "2" }));
    await eventually(() => because.length === 3);
    assert.equal(because[2], "web input");
  });
});

describe("what a process gives to its controllers", () => {
  it("is a way to wake an object, its caches, and word of when it leads", async () => {
    let context: Context | undefined;
    const because: string[] = [];
    const things = thingsOf({
      reconcile: async (_, step) => {
        because.push(step.because);
        return fine;
      },
    });
    world.create("web");
    const manager = await world.start(
      { reconcile: async () => fine },
      {},
      {
        registrations: (given: Context) => {
          context = given;
          return [{ controller: things, deps: {} }];
        },
      },
    );
    await context!.elected;
    await eventually(() => isReady("web"));
    assert.equal(context!.cache(thingKind).get("default/web")?.metadata.name, "web");
    context!.wake(thingKind, "default/web", "drift");
    await eventually(() => because.length === 2);
    assert.deepEqual(because, ["change", "drift"]);
    assert.throws(
      () => context!.wake({ ...thingKind, kind: "Other" }, "default/web", "drift"),
      /no controller for Other/,
    );
    await manager.stop();
    assert.equal(context!.signal.aborted, true);
  });

  it("is not asked for when the registrations fail: the process does not start", async () => {
    const fail = () => Promise.reject(new Error("no storage"));
    await assert.rejects(
      world.start({ reconcile: async () => fine }, {}, { registrations: fail }),
      /no storage/,
    );
  });
});

/** A lease that is asked for often, and is not lost by standing still for a while. */
const election = {
  enableLeaderElection: true,
  leaderElectionRetryPeriod: 50,
  leaderElectionRenewDeadline: 60_000,
  leaderElectionLeaseDuration: 90_000,
};

describe("the process", () => {
  const text = async (address: string | undefined, path: string) => {
    const answer = await fetch(`http://${address}${path}`);
    return { status: answer.status, body: await answer.text() };
  };

  it("answers its probes and shows Flux's metrics", async () => {
    world.create("web");
    const manager = await world.start({
      reconcile: async (_, step) => {
        await step("fetch", () => {});
        return fine;
      },
    });
    await manager.ready;
    await eventually(() => isReady("web"));
    assert.deepEqual(await text(manager.addresses.health, "/healthz"), { status: 200, body: "ok" });
    assert.deepEqual(await text(manager.addresses.health, "/readyz"), { status: 200, body: "ok" });
    assert.equal((await text(manager.addresses.health, "/secrets")).status, 404);
    const lines = [
      /gotk_reconcile_duration_seconds_count\{kind="Thing",name="web",namespace="default"\} 1/,
      /controller_runtime_reconcile_total\{controller="thing",result="requeue_after"\} 1/,
      /controller_runtime_reconcile_errors_total\{controller="thing"\} 0/,
      /controller_runtime_reconcile_time_seconds_count\{controller="thing"\} 1/,
      /controller_runtime_max_concurrent_reconciles\{controller="thing"\} 4/,
      /controller_runtime_active_workers\{controller="thing"\} 0/,
      /workqueue_depth\{name="thing",controller="thing"\} 0/,
      /workqueue_adds_total\{name="thing",controller="thing"\} 1/,
      /workqueue_queue_duration_seconds_count\{name="thing",controller="thing"\} 1/,
      /sluice_step_seconds_count\{kind="Thing",step="fetch",fate="done"\} 1/,
      /rest_client_requests_total\{code="200",method="(GET|PATCH)",host="127.0.0.1:\d+"\}/,
      /leader_election_master_status\{name="thing-controller-leader-election"\} 1/,
      /process_cpu_seconds_total/,
      /gotk_cache_events_total/,
    ];
    // The worker ends after its verdict was written.
    await eventually(async () => {
      const { body } = await text(manager.addresses.metrics, "/metrics");
      for (const line of lines) assert.match(body, line);
      return true;
    });
    world.cluster.store.delete(ref("web"));
    await eventually(async () => !(await world.metrics.registry.metrics()).includes('name="web"'));
  });

  it("leaves in the middle of a visit without a word", async () => {
    world.create("web");
    let begun = false;
    let ended: unknown;
    const manager = await world.start({
      reconcile: async (_, step) => {
        await step("fetch", async (signal) => {
          begun = true;
          await untilAborted(signal).catch((reason) => {
            ended = reason;
            throw reason;
          });
        });
        return fine;
      },
    });
    await eventually(() => begun);
    await manager.stop();
    await manager.done;
    assert.match(String(ended), /thing-controller is shutting down/);
    assert.ok(!wordsOf(world.get("web")).some((words) => /Ready=(True|False)/.test(words)));
    await assert.rejects(fetch(`http://${manager.addresses.health}/healthz`));
  });

  it("says where it cannot listen", async () => {
    const first = await world.start({ reconcile: async () => fine });
    const address = first.addresses.health!;
    await assert.rejects(
      world.start({ reconcile: async () => fine }, { healthAddr: address }),
      new RegExp(`cannot listen on ${address}`),
    );
    await assert.rejects(
      world.start({ reconcile: async () => fine }, { healthAddr: "here" }),
      /"here" is not an address/,
    );
  });

  it("sees only its shard", async () => {
    world.create("mine", {}, { labels: { "sharding.fluxcd.io/key": "shard1" } });
    world.create("theirs");
    await world.start(
      { reconcile: async () => fine },
      { watchLabelSelector: "sharding.fluxcd.io/key=shard1" },
    );
    await eventually(() => isReady("mine"));
    world.create("mine-too", {}, { labels: { "sharding.fluxcd.io/key": "shard1" } });
    await eventually(() => isReady("mine-too"));
    assert.equal(isReady("theirs"), false);
  });

  it("lets one of two replicas work, and the other follow", async () => {
    const workers: string[] = [];
    const play = (name: string): Play => ({
      reconcile: async () => {
        workers.push(name);
        return fine;
      },
    });
    const first = await world.start(play("first"), election);
    world.create("web");
    await eventually(() => isReady("web"));
    const second = await world.start(play("second"), election);
    await second.ready;
    assert.equal((await text(second.addresses.health, "/readyz")).status, 200, "a standby is ready, too");
    world.cluster.store.patch(ref("web"), { spec: { a: 1 } });
    await eventually(() => world.get("web")!.status.observedGeneration === 2);
    assert.deepEqual(workers, ["first", "first"]);
    await first.stop();
    world.cluster.store.patch(ref("web"), { spec: { a: 2 } });
    await eventually(() => world.get("web")!.status.observedGeneration === 3);
    assert.ok(workers.includes("second"));
  });

  it("ends when another process has taken its lease, and writes no more", async () => {
    world.create("web");
    const manager = await world.start({ reconcile: async () => fine }, election);
    await eventually(() => isReady("web"));
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      namespace: "default",
      name: "thing-controller-leader-election",
    };
    world.cluster.store.patch(lease, { spec: { holderIdentity: "another" } });
    await assert.rejects(manager.done, /leader election lost: the lease went to another/);
    await manager.stop();
    world.cluster.store.patch(ref("web"), { spec: { a: 1 } });
    assert.equal(world.cluster.store.get(lease)?.spec.holderIdentity, "another");
    assert.equal(world.get("web")!.status.observedGeneration, 1);
  });

  it("works through an API server that fails now and then", async () => {
    world.create("web");
    const end = world.cluster.inject({
      match: ({ resource, verb }) => resource === "things/status" && verb === "patch",
      respond: { status: 503 },
      times: 3,
    });
    await world.start({ reconcile: async () => fine });
    await eventually(() => isReady("web"));
    end();
  });
});
