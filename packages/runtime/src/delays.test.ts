import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { scriptedClock } from "@sluice/testing";
import { createDelays } from "./delays.ts";

describe("delays", () => {
  it("wake in the order of their times, whatever the order in which they were set", async () => {
    const clock = scriptedClock(0);
    const woken: string[] = [];
    const delays = createDelays(
      clock,
      (key) => void woken.push(`${key}@${clock.now()}`),
      new AbortController().signal,
    );
    for (const [key, at] of [
      ["c", 30],
      ["a", 10],
      ["b", 20],
    ] as const)
      delays.set(key, at);
    assert.equal(clock.sleepers(), 1, "one sleep, however many keys");
    await clock.advance(100);
    assert.deepEqual(woken, ["a@10", "b@20", "c@30"]);
  });

  it("forget what was set before, earlier or later", async () => {
    const clock = scriptedClock(0);
    const woken: string[] = [];
    const delays = createDelays(
      clock,
      (key) => void woken.push(`${key}@${clock.now()}`),
      new AbortController().signal,
    );
    delays.set("later", 10);
    delays.set("later", 50);
    delays.set("earlier", 40);
    delays.set("earlier", 5);
    delays.set("gone", 20);
    delays.delete("gone");
    await clock.advance(100);
    assert.deepEqual(woken, ["earlier@5", "later@50"]);
    assert.equal(delays.size(), 0);
  });

  it("stay right through a long random history", async () => {
    const clock = scriptedClock(0);
    const wanted = new Map<string, number>();
    const late: string[] = [];
    const delays = createDelays(
      clock,
      (key) => {
        if (wanted.get(key) !== clock.now()) late.push(key);
        wanted.delete(key);
      },
      new AbortController().signal,
    );
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let i = 0; i < 2000; i++) {
      const key = `k${random(50)}`;
      const at = clock.now() + 1 + random(500);
      delays.set(key, at);
      wanted.set(key, at);
      if (i % 20 === 0) await clock.advance(random(30));
    }
    await clock.advance(1000);
    assert.deepEqual(late, []);
    assert.equal(wanted.size, 0);
  });

  it("sleep no longer than timers can: setTimeout fires at once beyond 2^31 - 1 ms", async () => {
    const clock = scriptedClock(0);
    const slept: number[] = [];
    const woken: number[] = [];
    const sleep = (ms: number, signal?: AbortSignal) => {
      slept.push(ms);
      return clock.sleep(ms, signal);
    };
    const delays = createDelays(
      { ...clock, sleep },
      () => void woken.push(clock.now()),
      new AbortController().signal,
    );
    const month = 30 * 24 * 3_600_000;
    delays.set("a", month);
    await clock.advance(month);
    assert.deepEqual(slept, [2 ** 31 - 1, month - (2 ** 31 - 1)]);
    assert.deepEqual(woken, [month]);
  });
});
