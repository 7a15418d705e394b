import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ScriptedClock, scriptedClock } from "@sluice/testing";
import { createQueue, delayOf, type Queue, type QueueOptions, type Turn } from "./queue.ts";
import type { Again, Because } from "./types.ts";

const turnOver = () => new Promise<void>((resolve) => setImmediate(resolve));

type Visit = { key: string; because: Because; turn: Turn; end(again?: Again): Promise<void> };

/** A queue whose visits end when the test says so. */
function scripted(options: Partial<QueueOptions> = {}): {
  queue: Queue;
  visits: Visit[];
  clock: ScriptedClock;
  leave: AbortController;
} {
  const clock = scriptedClock(0);
  const leave = new AbortController();
  const visits: Visit[] = [];
  const queue = createQueue({
    concurrent: 1,
    clock,
    random: () => 0.5,
    signal: leave.signal,
    minRetryDelay: 750,
    maxRetryDelay: 900_000,
    jitterPercentage: 0,
    visit: (turn) =>
      new Promise((resolve) => {
        const end = async (again: Again = { kind: "never" }) => {
          resolve(again);
          await turnOver();
        };
        visits.push({ key: turn.key, because: turn.because, turn, end });
      }),
    ...options,
  });
  queue.start();
  return { queue, visits, clock, leave };
}

const seen = (visits: Visit[]) => visits.map(({ key, because }) => `${key} ${because}`);

describe("the queue", () => {
  it("visits a key that was added many times once", async () => {
    const { queue, visits } = scripted();
    queue.add("busy", "change");
    for (let i = 0; i < 5; i++) queue.add("a", "input");
    await visits[0]!.end();
    await visits[1]!.end();
    assert.deepEqual(seen(visits), ["busy change", "a input"]);
  });

  it("never visits one key twice at a time, and visits it again when it changed meanwhile", async () => {
    const { queue, visits } = scripted({ concurrent: 4 });
    queue.add("a", "change");
    queue.add("a", "retry");
    queue.add("a", "change");
    assert.deepEqual(seen(visits), ["a change"]);
    await visits[0]!.end({ kind: "interval", ms: 60_000 });
    assert.deepEqual(seen(visits), ["a change", "a change"]);
    await visits[1]!.end();
    assert.equal(visits.length, 2);
  });

  it("visits as many keys at a time as it may", async () => {
    const { queue, visits } = scripted({ concurrent: 2 });
    for (const key of ["a", "b", "c"]) queue.add(key, "change");
    assert.equal(visits.length, 2);
    assert.equal(queue.stats().active, 2);
    await visits[0]!.end();
    assert.equal(visits.length, 3);
  });

  it("visits nothing before it is started", () => {
    const clock = scriptedClock(0);
    let visited = 0;
    const visit = async (): Promise<Again> => {
      visited++;
      return { kind: "never" };
    };
    const signal = new AbortController().signal;
    const queue = createQueue({
      concurrent: 1,
      clock,
      random: Math.random,
      signal,
      minRetryDelay: 1,
      maxRetryDelay: 1,
      jitterPercentage: 0,
      visit,
    });
    queue.add("a", "change");
    assert.equal(visited, 0);
    queue.start();
    assert.equal(visited, 1);
  });

  it("comes back after the interval, and not sooner", async () => {
    const { queue, visits, clock } = scripted();
    queue.add("a", "change");
    await visits[0]!.end({ kind: "interval", ms: 60_000 });
    await clock.advance(59_999);
    assert.equal(visits.length, 1);
    await clock.advance(1);
    assert.deepEqual(seen(visits), ["a change", "a interval"]);
  });

  it("counts the interval from the last visit", async () => {
    const { queue, visits, clock } = scripted();
    queue.add("a", "change");
    await visits[0]!.end({ kind: "interval", ms: 60_000 });
    await clock.advance(50_000);
    queue.add("a", "input");
    await visits[1]!.end({ kind: "interval", ms: 60_000 });
    await clock.advance(59_999);
    assert.equal(visits.length, 2);
    await clock.advance(1);
    assert.equal(visits.length, 3);
  });

  it("survives intervals beyond what timers hold", async () => {
    const { queue, visits, clock } = scripted();
    const month = 30 * 24 * 3_600_000;
    queue.add("a", "change");
    await visits[0]!.end({ kind: "interval", ms: month });
    await clock.advance(month - 1);
    assert.equal(visits.length, 1);
    await clock.advance(1);
    assert.equal(visits.length, 2);
  });

  it("backs off while a key fails, and begins anew after a success", async () => {
    const { queue, visits, clock } = scripted({ random: () => 0 });
    queue.add("a", "change");
    for (const ms of [750, 1500, 3000]) {
      await visits.at(-1)!.end({ kind: "backoff" });
      const before = visits.length;
      await clock.advance(ms - 1);
      assert.equal(visits.length, before, `before ${ms}`);
      await clock.advance(1);
      assert.equal(visits.at(-1)!.because, "retry");
      assert.equal(visits.length, before + 1, `after ${ms}`);
    }
    await visits.at(-1)!.end({ kind: "interval", ms: 10 });
    await clock.advance(10);
    await visits.at(-1)!.end({ kind: "backoff" });
    const before = visits.length;
    await clock.advance(750);
    assert.equal(visits.length, before + 1);
  });

  it("begins the back-off anew when something changed", async () => {
    const { queue, visits, clock } = scripted({ random: () => 0 });
    queue.add("a", "change");
    await visits[0]!.end({ kind: "backoff" });
    await clock.advance(750);
    await visits[1]!.end({ kind: "backoff" });
    queue.add("a", "input");
    await visits[2]!.end({ kind: "backoff" });
    await clock.advance(750);
    assert.equal(visits.length, 4);
  });

  it("takes a visit that throws as a failure", async () => {
    const clock = scriptedClock(0);
    let visited = 0;
    const visit = async () => {
      visited++;
      throw new Error("bug");
    };
    const signal = new AbortController().signal;
    const queue = createQueue({
      concurrent: 1,
      clock,
      random: () => 0,
      signal,
      minRetryDelay: 750,
      maxRetryDelay: 900_000,
      jitterPercentage: 0,
      visit,
    });
    queue.start();
    queue.add("a", "change");
    await turnOver();
    await clock.advance(750);
    assert.equal(visited, 2);
  });

  it("forgets a key", async () => {
    const { queue, visits, clock } = scripted();
    queue.add("a", "change");
    await visits[0]!.end({ kind: "interval", ms: 1000 });
    queue.forget("a");
    await clock.advance(10_000);
    assert.equal(visits.length, 1);
    assert.deepEqual(queue.stats(), {
      waiting: 0,
      delayed: 0,
      active: 0,
      paused: 0,
      unfinishedMs: 0,
      longestMs: 0,
    });
  });

  const interruptions: Record<Because, boolean> = {
    request: true,
    change: true,
    input: true,
    drift: false,
    interval: false,
    retry: false,
  };
  for (const [because, interrupts] of Object.entries(interruptions) as [Because, boolean][]) {
    it(`${interrupts ? "interrupts" : "does not interrupt"} a visit because of ${because}`, () => {
      const { queue, visits } = scripted();
      queue.add("a", "interval");
      queue.add("a", because, "GitRepository/flux-system/apps");
      const { interrupt } = visits[0]!.turn;
      assert.equal(interrupt.aborted, interrupts);
      if (interrupts) assert.equal(interrupt.reason, "GitRepository/flux-system/apps");
    });
  }

  it("lets others work while a visit waits, and gives it a slot again before anyone new", async () => {
    const { queue, visits } = scripted();
    queue.add("waiter", "change");
    const resume = visits[0]!.turn.pause();
    queue.add("b", "change");
    queue.add("c", "change");
    await turnOver();
    assert.deepEqual(seen(visits), ["waiter change", "b change"]);
    assert.deepEqual([queue.stats().active, queue.stats().paused], [1, 1]);
    let resumed = false;
    void resume().then(() => (resumed = true));
    await turnOver();
    assert.equal(resumed, false, "there is no free slot yet");
    await visits[1]!.end();
    assert.equal(resumed, true);
    assert.deepEqual(seen(visits), ["waiter change", "b change"], "c waits for the waiter to end");
    await visits[0]!.end();
    assert.deepEqual(seen(visits), ["waiter change", "b change", "c change"]);
  });

  it("loses no slot over pauses", async () => {
    const { queue, visits } = scripted({ concurrent: 2 });
    for (let round = 0; round < 5; round++) {
      queue.add(`a${round}`, "change");
      await visits.at(-1)!.turn.pause()();
      await visits.at(-1)!.end();
    }
    queue.add("x", "change");
    queue.add("y", "change");
    queue.add("z", "change");
    assert.equal(queue.stats().active, 2);
    assert.equal(queue.stats().waiting, 1);
  });

  it("stops: takes no more work and waits for the visits under way", async () => {
    const { queue, visits, leave, clock } = scripted();
    queue.add("a", "change");
    queue.add("b", "change");
    leave.abort();
    let stopped = false;
    const stopping = queue.stop().then(() => (stopped = true));
    await turnOver();
    assert.equal(stopped, false);
    await visits[0]!.end({ kind: "interval", ms: 1 });
    await stopping;
    await clock.advance(1000);
    assert.deepEqual(seen(visits), ["a change"]);
    assert.equal(clock.sleepers(), 0);
  });

  it("lets a paused visit go on when the process leaves", async () => {
    const { queue, visits, leave } = scripted();
    queue.add("a", "change");
    const resume = visits[0]!.turn.pause();
    queue.add("b", "change");
    const resumed = resume();
    leave.abort();
    await resumed;
  });
});

describe("how long until the next visit", () => {
  const options = { minRetryDelay: 750, maxRetryDelay: 900_000, jitterPercentage: 10 };
  const rows: Record<string, [Again, failures: number, random: number, ms: number | undefined]> = {
    "an interval varies both ways: least": [{ kind: "interval", ms: 1000 }, 0, 0, 900],
    "an interval varies both ways: middle": [{ kind: "interval", ms: 1000 }, 0, 0.5, 1000],
    "an interval varies both ways: most": [{ kind: "interval", ms: 1000 }, 0, 1, 1100],
    "what a problem asks for does not vary": [{ kind: "after", ms: 1000 }, 3, 1, 1000],
    "at once is not quite at once": [{ kind: "after", ms: 0 }, 0, 0, 100],
    "a first failure": [{ kind: "backoff" }, 0, 0, 750],
    "a failure waits a little longer by chance, never shorter": [{ kind: "backoff" }, 0, 1, 825],
    "a fourth failure": [{ kind: "backoff" }, 3, 0, 6000],
    "many failures": [{ kind: "backoff" }, 5000, 0, 900_000],
    "many failures of an object with an interval": [{ kind: "backoff", capMs: 60_000 }, 5000, 0, 60_000],
    "an interval below the least delay does not shorten that": [{ kind: "backoff", capMs: 10 }, 0, 0, 750],
    "nothing to wait for": [{ kind: "never" }, 0, 0, undefined],
  };
  for (const [name, [again, failures, random, ms]] of Object.entries(rows))
    it(name, () => {
      const delay = delayOf(again, failures, options, () => random);
      assert.equal(delay === undefined ? undefined : Math.round(delay), ms);
    });
});
