import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject } from "@sluice/api";
import { scriptedClock } from "@sluice/testing";
import { createAnnouncer } from "./announcer.ts";
import { words } from "./judge.fixture.ts";
import { silent } from "./log.ts";
import type { Because } from "./types.ts";

const fresh: KubeObject = { apiVersion: "t/v1", kind: "Thing", metadata: { name: "web", generation: 2 } };
const settled: KubeObject = { ...fresh, status: { observedGeneration: 2 } };

/** An announcer whose writes are kept. */
function announcing(object: KubeObject, because: Because) {
  const clock = scriptedClock();
  const said: string[][] = [];
  let status = object.status;
  const writer = {
    write: async (build: (status: Record<string, unknown> | undefined) => Record<string, unknown>) => {
      status = build(status);
      said.push(words((status as { conditions?: [] }).conditions ?? []));
    },
    current: () => object,
  };
  const announcer = createAnnouncer({ object, because, clock, writer, log: silent });
  return { announcer, clock, said, status: () => status };
}

const newGeneration = "processing object: new generation -1 -> 2";
const ready = "Ready=Unknown Progressing: Reconciliation in progress";

describe("what is announced", () => {
  it("is nothing when the visit is over soon", async () => {
    const { announcer, clock, said } = announcing(fresh, "change");
    announcer.enter("build")();
    await clock.advance(299);
    await announcer.stop();
    await clock.advance(10_000);
    assert.deepEqual(said, []);
    assert.equal(clock.sleepers(), 0);
  });

  it("is a new generation, when the visit takes a while", async () => {
    const { clock, said } = announcing(fresh, "change");
    await clock.advance(300);
    assert.deepEqual(said, [[ready, `Reconciling=True Progressing: ${newGeneration}`]]);
  });

  it("is the step that runs by then", async () => {
    const { announcer, clock, said } = announcing(fresh, "change");
    announcer.enter("build");
    await clock.advance(300);
    assert.deepEqual(said, [[ready, "Reconciling=True Progressing: running 'build'"]]);
  });

  const slow: Record<Because, boolean> = {
    request: true,
    change: true,
    input: true,
    drift: true,
    interval: false,
    retry: false,
  };
  for (const [because, told] of Object.entries(slow) as [Because, boolean][])
    it(`is ${told ? "" : "not "}a step of a settled object that runs long because of ${because}`, async () => {
      const { announcer, clock, said } = announcing(settled, because);
      announcer.enter("quick")();
      announcer.enter("health");
      await clock.advance(1999);
      assert.deepEqual(said, []);
      await clock.advance(1);
      assert.deepEqual(said, told ? [["Reconciling=True Progressing: running 'health'"]] : []);
    });

  it("goes along with what is saved anyway", async () => {
    const { announcer, said, status } = announcing(fresh, "change");
    announcer.enter("apply");
    await announcer.save({ inventory: 1 });
    assert.deepEqual(said, [[ready, "Reconciling=True Progressing: running 'apply'"]]);
    assert.equal(status()?.inventory, 1);
  });

  it("does not go along with what is saved already: that would cost a write", async () => {
    const { announcer, said } = announcing(
      { ...settled, status: { ...settled.status, inventory: [1] } },
      "drift",
    );
    await announcer.save({ inventory: [1] });
    assert.deepEqual(said, [[]]);
  });

  it("is nothing of an interval's visit, even when it saves", async () => {
    const { announcer, said } = announcing(settled, "interval");
    await announcer.save({ inventory: 1 });
    assert.deepEqual(said, [[]]);
  });

  it("is nothing of an object that is being deleted", async () => {
    const deleted = { ...fresh, metadata: { ...fresh.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
    const { clock, said } = announcing(deleted, "change");
    await clock.advance(1000);
    assert.deepEqual(said, []);
  });
});
