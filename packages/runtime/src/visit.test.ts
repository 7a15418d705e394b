import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Clock, systemClock } from "@sluice/kube";
import { eventually } from "@sluice/testing";
import { newsAfter, stepAfter } from "./announcer.ts";
import { done, failed, stalled, waiting } from "./problem.ts";
import { fine, type Play, ref, startWorld, type World, wordsOf } from "./thing.fixture.ts";

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

const isReady = (name: string) => wordsOf(world.get(name)).some((words) => words.startsWith("Ready=True"));
const becomes = (name: string, ...words: string[]) =>
  eventually(() => {
    assert.deepEqual(wordsOf(world.get(name)), words);
    return true;
  });
const finalizers = (name: string) => world.get(name)?.metadata.finalizers ?? [];

/** Work that ends only by its signal. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );

/** On this clock no visit takes so long that it is announced, however slow the machine is. */
const swift: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === newsAfter || ms === stepAfter ? 600_000 : ms, signal),
};

/** Lets everything that is on its way arrive: a visit to another thing begins and ends after it. */
async function settled() {
  world.create("settled");
  await eventually(() => isReady("settled"));
}

describe("a thing under a controller", () => {
  it("becomes Ready: finalizer, status, event, all in three writes", async () => {
    world.create("web", {}, { annotations: { "event.toolkit.fluxcd.io/cluster": "prod" } });
    world.cluster.resetStats();
    await world.start(
      {
        reconcile: async (_, step) => {
          await step("fetch", () => {});
          step.note({ lastAttemptedRevision: "a" });
          await step("health", () => {});
          return done({ lastAppliedRevision: "a" }, "Applied revision: a", { metadata: { revision: "a" } });
        },
        finalize: async () => {},
      },
      {},
      { clock: swift },
    );
    await becomes(
      "web",
      "Healthy=True Succeeded: Applied revision: a",
      "Ready=True ReconciliationSucceeded: Applied revision: a",
    );
    const { status, metadata } = world.get("web")!;
    assert.deepEqual(metadata.finalizers, ["finalizers.fluxcd.io"]);
    assert.deepEqual(
      [status.observedGeneration, status.lastAttemptedRevision, status.lastAppliedRevision],
      [1, "a", "a"],
    );
    await eventually(() => world.posted.length > 0);
    const {
      involvedObject,
      reason,
      message,
      severity,
      reportingController,
      reportingInstance,
      metadata: told,
    } = world.posted[0]!;
    assert.deepEqual(
      [involvedObject.kind, involvedObject.name, reason, message, severity],
      ["Thing", "web", "ReconciliationSucceeded", "Applied revision: a", "info"],
    );
    assert.deepEqual([reportingController, reportingInstance], ["thing-controller", "pod-1"]);
    assert.deepEqual(told, { "test.sluice.dev/revision": "a", "event.toolkit.fluxcd.io/cluster": "prod" });
    const events = await eventually(() => {
      const all = world.cluster.store.list({ apiVersion: "v1", kind: "Event" }, { namespace: "default" });
      return all.length > 0 ? all : undefined;
    });
    assert.equal(events[0]!.reason, "ReconciliationSucceeded");
    assert.deepEqual(world.writes(), { "patch things": 1, "patch things/status": 1, "create events": 1 });
    const owners = world
      .get("web")!
      .metadata.managedFields?.filter(({ subresource }) => subresource === "status");
    assert.deepEqual(
      owners?.map(({ manager, operation }) => [manager, operation]),
      [["gotk-thing-controller", "Apply"]],
    );
  });

  it("that is visited again and ends as before is not written", async () => {
    let visits = 0;
    const play: Play = {
      reconcile: async (_, step) => {
        visits++;
        await step("fetch", () => {});
        return fine;
      },
    };
    world.create("web", { interval: "20ms" });
    await world.start(play, {}, { clock: swift });
    await eventually(() => isReady("web"));
    await eventually(() => world.posted.length === 1);
    await eventually(() => (world.writes()["create events"] ?? 0) === 1);
    world.cluster.resetStats();
    const before = visits;
    await eventually(() => visits > before + 5);
    assert.deepEqual(world.cluster.stats().requests, {});
    assert.equal(world.posted.length, 1);
  });

  it("is not written either when the process starts anew", async () => {
    const play: Play = { reconcile: async () => fine, finalize: async () => {} };
    for (const name of ["one", "two", "three"]) world.create(name);
    const first = await world.start(play);
    await eventually(() => ["one", "two", "three"].every(isReady));
    await first.stop();
    await first.done;
    world.cluster.resetStats();
    const visited = new Set<string>();
    await world.start(
      {
        ...play,
        reconcile: async ({ metadata }) => {
          visited.add(metadata.name);
          return fine;
        },
      },
      {},
      { clock: swift },
    );
    await eventually(() => visited.size === 3);
    await settled();
    const { "patch things/status": statuses, ...others } = world.writes();
    assert.deepEqual([statuses, others["patch things"]], [1, 1], "only the thing that was created meanwhile");
  });

  it("fails, backs off, and recovers", async () => {
    let broken = true;
    world.create("web");
    await world.start({
      reconcile: async (_, step) => {
        step.tag({ revision: "b" });
        await step("fetch", () => {
          if (broken) throw new Error("no route to host");
        });
        return fine;
      },
    });
    await becomes(
      "web",
      "FetchFailed=True FetchFailed: no route to host",
      "Ready=False FetchFailed: no route to host",
      "Reconciling=True ProgressingWithRetry: no route to host",
    );
    assert.notEqual(world.get("web")!.status.observedGeneration, 1);
    broken = false;
    await becomes("web", "Ready=True ReconciliationSucceeded: Applied revision: a");
    await eventually(() => world.posted.length === 2);
    assert.deepEqual(
      world.posted.map(({ severity, reason, metadata }) => [severity, reason, metadata]),
      [
        ["error", "FetchFailed", { "test.sluice.dev/revision": "b" }],
        ["info", "ReconciliationSucceeded", { "test.sluice.dev/revision": "b" }],
      ],
    );
  });

  it("waits for another, and is looked at again when it said", async () => {
    let ready = false;
    world.create("web");
    await world.start({
      reconcile: async () => {
        if (!ready) throw waiting("DependencyNotReady", "dependency 'default/db' is not ready", 30);
        return fine;
      },
    });
    await becomes(
      "web",
      "Ready=False DependencyNotReady: dependency 'default/db' is not ready",
      "Reconciling=True ProgressingWithRetry: dependency 'default/db' is not ready",
    );
    ready = true;
    await becomes("web", "Ready=True ReconciliationSucceeded: Applied revision: a");
  });

  it("stalls until someone changes it", async () => {
    let visits = 0;
    world.create("web", { url: "no" });
    await world.start({
      reconcile: async ({ spec }) => {
        visits++;
        if (spec.url === "no") throw stalled("URLInvalid", "no is not a URL");
        return fine;
      },
    });
    await becomes(
      "web",
      "Ready=False URLInvalid: no is not a URL",
      "Stalled=True URLInvalid: no is not a URL",
    );
    assert.equal(world.get("web")!.status.observedGeneration, 1);
    await settled();
    assert.equal(visits, 2, "web and the thing that settles");
    world.cluster.store.patch(ref("web"), { spec: { url: "yes" } });
    await becomes("web", "Ready=True ReconciliationSucceeded: Applied revision: a");
    assert.equal(world.get("web")!.status.observedGeneration, 2);
  });

  it("that cannot be read stalls with what is wrong", async () => {
    world.create("web", { broken: true });
    await world.start({ reconcile: async () => fine });
    const message = "Thing default/web: spec.broken: is not allowed";
    await becomes("web", `Ready=False InvalidSpec: ${message}`, `Stalled=True InvalidSpec: ${message}`);
  });

  it("is left alone while suspended, and visited when resumed", async () => {
    const visited: string[] = [];
    const play: Play = {
      reconcile: async ({ metadata }) => {
        visited.push(metadata.name);
        return fine;
      },
    };
    world.create("web", { suspend: true });
    await world.start(play);
    await settled();
    world.annotate("web", { "reconcile.fluxcd.io/requestedAt": "now" });
    world.create("other");
    await eventually(() => isReady("other"));
    assert.deepEqual(visited, ["settled", "other"]);
    assert.deepEqual(wordsOf(world.get("web")), []);
    world.cluster.store.patch(ref("web"), { spec: { suspend: false } });
    await eventually(() => isReady("web"));
    assert.equal(world.get("web")!.status.lastHandledReconcileAt, "now");
  });

  it("is visited on request, and the request is echoed", async () => {
    const because: string[] = [];
    world.create("web");
    await world.start({
      reconcile: async (_, step) => {
        because.push(step.because);
        return fine;
      },
    });
    await eventually(() => isReady("web"));
    world.annotate("web", { "reconcile.fluxcd.io/requestedAt": "2026-01-01T00:00:00Z" });
    await eventually(() => world.get("web")!.status.lastHandledReconcileAt === "2026-01-01T00:00:00Z");
    assert.deepEqual(because, ["change", "request"]);
    assert.equal(world.get("web")!.status.lastHandledForceAt, undefined);
  });

  it("is not visited for what does not concern it: labels, its own status", async () => {
    let visits = 0;
    world.create("web");
    await world.start({
      reconcile: async () => {
        visits++;
        return fine;
      },
    });
    await eventually(() => isReady("web"));
    world.cluster.store.patch(ref("web"), { metadata: { labels: { team: "a" } } });
    await settled();
    assert.equal(visits, 2, "web once, and the thing that settles");
  });

  it("says that it is being worked on when that takes a while", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.create("web");
    await world.start({
      reconcile: async (_, step) => {
        await step("apply", () => held);
        return fine;
      },
    });
    await becomes(
      "web",
      "Ready=Unknown Progressing: Reconciliation in progress",
      "Reconciling=True Progressing: running 'apply'",
    );
    assert.notEqual(world.get("web")!.status.observedGeneration, 1);
    release();
    await becomes("web", "Ready=True ReconciliationSucceeded: Applied revision: a");
  });

  it("has its intent in the status before it acts", async () => {
    let seen: unknown;
    world.create("web");
    await world.start({
      reconcile: async (_, step) => {
        await step.save({ inventory: ["a", "b"] });
        await step("apply", () => {
          seen = world.get("web")!.status.inventory;
        });
        return done({ inventory: ["a"] }, "ok");
      },
    });
    await eventually(() => isReady("web"));
    assert.deepEqual(seen, ["a", "b"]);
    assert.deepEqual(world.get("web")!.status.inventory, ["a"]);
  });

  it("is let go after its farewell, also when suspended", async () => {
    let stuck = true;
    const said: string[] = [];
    world.create("web", { suspend: true });
    await world.start({
      reconcile: async () => fine,
      finalize: async ({ metadata }) => {
        if (stuck) throw failed("PruneFailed", "an object does not go");
        said.push(metadata.name);
      },
    });
    await eventually(() => finalizers("web").length === 1);
    world.cluster.store.delete(ref("web"));
    await becomes(
      "web",
      "Ready=False PruneFailed: an object does not go",
      "Reconciling=True ProgressingWithRetry: an object does not go",
    );
    assert.deepEqual(finalizers("web"), ["finalizers.fluxcd.io"]);
    stuck = false;
    await eventually(() => world.get("web") === undefined);
    assert.deepEqual(said, ["web"]);
  });

  it("keeps the finalizers of others", async () => {
    world.create("web", {}, { finalizers: ["example.com/theirs"] });
    await world.start({ reconcile: async () => fine, finalize: async () => {} });
    await eventually(() => isReady("web"));
    assert.deepEqual(finalizers("web"), ["example.com/theirs", "finalizers.fluxcd.io"]);
    world.cluster.store.delete(ref("web"));
    await eventually(() => finalizers("web").length === 1);
    assert.deepEqual(finalizers("web"), ["example.com/theirs"]);
  });

  it("keeps the conditions that others write while a visit is under way", async () => {
    world.create("web");
    const audited = {
      type: "Audited",
      status: "True",
      reason: "ByAudit",
      message: "fine",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    await world.start({
      reconcile: async (_, step) => {
        await step("apply", () => {
          const { status } = world.get("web")!;
          world.cluster.store.patch(
            ref("web"),
            { status: { conditions: [...(status?.conditions ?? []), audited] } },
            { manager: "audit", subresource: "status" },
          );
        });
        return fine;
      },
    });
    await becomes(
      "web",
      "Audited=True ByAudit: fine",
      "Ready=True ReconciliationSucceeded: Applied revision: a",
    );
  });

  it("loses the fields that Flux left in its status", async () => {
    world.create("web");
    const status = { observedGeneration: 1, artifact: { url: "old", metadata: { a: "b" } }, old: 1 };
    world.cluster.store.patch(
      ref("web"),
      { status },
      { manager: "source-controller", subresource: "status" },
    );
    await world.start({
      reconcile: async (_, step) => {
        step.note({ old: undefined });
        return done({ artifact: { url: "new" } }, "ok");
      },
    });
    await eventually(() => isReady("web"));
    // What is left of others goes in a write of its own.
    await eventually(() => world.get("web")!.status.old === undefined);
    const { conditions: _, ...facts } = world.get("web")!.status;
    assert.deepEqual(facts, { observedGeneration: 1, artifact: { url: "new" } });
  });
});

describe("a wait", () => {
  it("does not hold the only worker", async () => {
    world.create("slow");
    await world.start(
      {
        reconcile: async ({ metadata }, step) => {
          if (metadata.name === "slow") await step("health", untilAborted);
          return fine;
        },
      },
      { concurrent: 1 },
    );
    await eventually(() => wordsOf(world.get("slow")).some((words) => words.startsWith("Ready=Unknown")));
    world.create("quick");
    await eventually(() => isReady("quick"));
  });

  it("ends when something newer comes, and the visit begins anew at once", async () => {
    world.create("web", { revision: "bad" });
    await world.start({
      reconcile: async ({ spec }, step) => {
        await step("health", (signal) => (spec.revision === "bad" ? untilAborted(signal) : undefined));
        return done({}, `Applied revision: ${spec.revision}`);
      },
    });
    await eventually(() => wordsOf(world.get("web")).some((words) => words.startsWith("Ready=Unknown")));
    world.cluster.store.patch(ref("web"), { spec: { revision: "good" } });
    await becomes(
      "web",
      "Healthy=True Succeeded: Applied revision: good",
      "Ready=True ReconciliationSucceeded: Applied revision: good",
    );
    const told = await eventually(() => world.posted.find(({ reason }) => reason === "HealthCheckCanceled"));
    assert.match(told.message, /New reconciliation triggered by Thing\/default\/web/);
    assert.equal(told.severity, "info");
  });
});
