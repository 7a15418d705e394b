import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject } from "@sluice/api";
import { type ScriptedClock, scriptedClock } from "@sluice/testing";
import { controller, done, stalled } from "./problem.ts";
import { run, type Surroundings } from "./run.ts";
import type { Done, EventNote, Step } from "./types.ts";
import { kind } from "./version.fixture.ts";

type Name = "fetch" | "apply" | "health";
type Story = (step: Step<Name>) => Promise<Done>;

const thing: KubeObject = {
  apiVersion: "t/v1",
  kind: "Thing",
  metadata: { name: "web" },
  spec: { timeout: "5s" },
};

function around(clock: ScriptedClock, more: Partial<Surroundings> = {}): Surroundings {
  return {
    because: "change",
    clock,
    shutdown: new AbortController().signal,
    interrupt: new AbortController().signal,
    mask: (text) => text.replaceAll("hunter22", "*****"),
    save: async () => {},
    event: () => {},
    enter: () => () => {},
    ...more,
  };
}

const visit = (story: Story, surroundings: Surroundings, object = thing) =>
  run(
    controller<KubeObject, object, Name>({
      kind,
      steps: {
        fetch: { reason: "ArtifactFailed" },
        apply: { reason: "ReconciliationFailed" },
        health: { reason: "HealthCheckFailed", waits: true },
      },
      reconcile: (_, __, step) => story(step),
    }),
    object,
    {},
    surroundings,
  );

/** Work that ends only by its signal, and then says what `error` says. */
const untilAborted = (error?: (signal: AbortSignal) => unknown) => (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const end = () => reject(error ? error(signal) : signal.reason);
    if (signal.aborted) end();
    signal.addEventListener("abort", end);
  });

/** Lets a visit come to its first step. */
const begun = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a visit", () => {
  it("tells its steps in the order in which they ended, with their times", async () => {
    const clock = scriptedClock();
    const { story, ending } = await visit(async (step) => {
      const value = await step("fetch", async () => {
        await clock.advance(40);
        return 7;
      });
      step.note({ value });
      await step("apply", () => {});
      return done({}, "ok");
    }, around(clock));
    assert.deepEqual(
      story.trail.map(({ step, took }) => [step, took]),
      [
        ["fetch", 40],
        ["apply", 0],
      ],
    );
    assert.deepEqual(story.notes, { value: 7 });
    assert.equal(ending.message, "ok");
  });

  it("ends with the problem of the step that failed, under the step's reason", async () => {
    const { story, ending } = await visit(async (step) => {
      await step("fetch", () => {
        throw new Error("no such host");
      });
      return done({}, "never");
    }, around(scriptedClock()));
    assert.ok(ending instanceof Error);
    assert.deepEqual(
      [ending.fate, ending.reason, ending.message],
      ["failed", "ArtifactFailed", "no such host"],
    );
    assert.equal(story.trail[0]?.problem, ending);
  });

  it("may go on after a step that failed", async () => {
    const { story, ending } = await visit(async (step) => {
      await step("fetch", () => Promise.reject(new Error("x"))).catch(() => {});
      return done({}, "ok anyway");
    }, around(scriptedClock()));
    assert.equal(ending.message, "ok anyway");
    assert.equal(story.trail[0]?.problem?.message, "x");
  });

  it("ends with what was thrown between the steps", async () => {
    const { ending } = await visit(async () => {
      throw stalled("AccessDenied", "not yours");
    }, around(scriptedClock()));
    assert.deepEqual([(ending as { fate?: string }).fate, ending.reason], ["stalled", "AccessDenied"]);
  });

  it("ends a step that is too slow, and says what to do", async () => {
    const clock = scriptedClock();
    const visiting = visit(async (step) => step("fetch", untilAborted()), around(clock));
    await begun();
    await clock.advance(5000);
    const { ending } = await visiting;
    assert.equal(
      ending.message,
      "step 'fetch' did not finish within 5s; raise spec.timeout if it needs longer",
    );
    assert.equal(ending.reason, "ArtifactFailed");
  });

  it("lets a step that is too slow say itself what it waited for", async () => {
    const clock = scriptedClock();
    const visiting = visit(
      async (step) =>
        step(
          "health",
          untilAborted(() => new Error("Deployment/web is not ready")),
        ),
      around(clock),
    );
    await begun();
    await clock.advance(5000);
    assert.equal((await visiting).ending.message, "Deployment/web is not ready");
  });

  it("gives each step the whole timeout", async () => {
    const clock = scriptedClock();
    const slow = async () => clock.advance(4000);
    const { ending } = await visit(async (step) => {
      await step("fetch", slow);
      await step("apply", slow);
      return done({}, "ok");
    }, around(clock));
    assert.equal(ending.message, "ok");
  });

  it("cancels a wait when something new comes, and nothing else", async () => {
    const clock = scriptedClock();
    const news = new AbortController();
    const visiting = visit(
      async (step) => {
        await step("apply", (signal) => {
          news.abort("GitRepository/flux-system/apps");
          assert.equal(signal.aborted, false);
        });
        return step("health", untilAborted());
      },
      around(clock, { interrupt: news.signal }),
    );
    const { ending } = await visiting;
    assert.ok(ending instanceof Error);
    assert.deepEqual([ending.fate, ending.reason, ending.again], ["waiting", "HealthCheckCanceled", 0]);
    assert.equal(ending.message, "New reconciliation triggered by GitRepository/flux-system/apps");
  });

  it("says nothing when the process leaves", async () => {
    const leaving = new AbortController();
    const visiting = visit(
      async (step) => step("fetch", untilAborted()),
      around(scriptedClock(), { shutdown: leaving.signal }),
    );
    await begun();
    leaving.abort(new Error("leaving"));
    await assert.rejects(visiting, /leaving/);
  });

  it("begins no step once the process leaves", async () => {
    const leaving = AbortSignal.abort(new Error("leaving"));
    let begun = false;
    const visiting = visit(
      async (step) => {
        await step("fetch", () => void (begun = true)).catch(() => {});
        return done({}, "ok");
      },
      around(scriptedClock(), { shutdown: leaving }),
    );
    await assert.rejects(visiting, /leaving/);
    assert.equal(begun, false);
  });

  it("leaves no timer behind", async () => {
    const clock = scriptedClock();
    await visit(async (step) => {
      await step("fetch", () => {});
      return done({}, "ok");
    }, around(clock));
    assert.equal(clock.sleepers(), 0);
  });

  it("notes what it saves, and fails when it cannot", async () => {
    const saved: object[] = [];
    const good = await visit(
      async (step) => {
        await step.save({ inventory: 1 });
        return done({}, "ok");
      },
      around(scriptedClock(), { save: async (facts) => void saved.push(facts) }),
    );
    assert.deepEqual(saved, [{ inventory: 1 }]);
    assert.deepEqual(good.story.notes, { inventory: 1 });
    const bad = await visit(
      async (step) => {
        await step.save({ inventory: 1 });
        return done({}, "not reached");
      },
      around(scriptedClock(), { save: () => Promise.reject(new Error("server is down")) }),
    );
    assert.equal(bad.ending.message, "server is down");
  });

  it("says no secrets: in endings and in events", async () => {
    const events: EventNote[] = [];
    const surroundings = around(scriptedClock(), { event: (note) => void events.push(note) });
    const { ending, story } = await visit(async (step) => {
      step.tag({ revision: "main@sha1:a" });
      step.event({ reason: "Progressing", message: "logging in with hunter22" });
      await step("fetch", () => Promise.reject(new Error("denied: hunter22")));
      return done({}, "");
    }, surroundings);
    assert.equal(ending.message, "denied: *****");
    assert.equal(story.trail[0]?.problem?.message, "denied: *****");
    assert.deepEqual(events, [
      {
        type: "Normal",
        severity: "info",
        reason: "Progressing",
        message: "logging in with *****",
        metadata: { revision: "main@sha1:a" },
      },
    ]);
  });

  it("runs the farewell of an object that is being deleted", async () => {
    const parting = { ...thing, metadata: { name: "web", deletionTimestamp: "2026-01-01T00:00:00Z" } };
    const said: string[] = [];
    const { ending } = await run(
      controller<KubeObject, object, never>({
        kind,
        steps: {} as Record<never, never>,
        reconcile: async () => done({}, "reconciled"),
        finalize: async () => void said.push("bye"),
      }),
      parting,
      {},
      around(scriptedClock()),
    );
    assert.deepEqual(said, ["bye"]);
    assert.equal((ending as Done).kind, "done");
  });
});
