import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@sluice/api";
import { scriptedClock } from "@sluice/testing";
import { apiError } from "./errors.ts";
import { type Election, elect } from "./leader.ts";

/** A server that holds one lease, with the optimistic lock of the real one. */
function leaseServer() {
  let lease: KubeObject | undefined;
  let version = 0;
  // "mute": it obeys, and its answer is lost.
  let fault: "down" | "hang" | "mute" | undefined;
  const forEver = (signal?: AbortSignal) =>
    new Promise((_, reject) =>
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true }),
    );
  const obey = async (signal?: AbortSignal) => {
    if (fault === "down") throw apiError("down", { status: 0, reason: "Unreachable" });
    if (fault === "hang") await forEver(signal);
  };
  const store = (object: KubeObject) => {
    lease = { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
    return lease;
  };
  const conflict = () => apiError("conflict", { status: 409, reason: "Conflict" });
  const client = {
    async get(_: unknown, __: unknown, { signal }: { signal?: AbortSignal } = {}) {
      await obey(signal);
      return lease;
    },
    async create(_: unknown, object: KubeObject, { signal }: { signal?: AbortSignal } = {}) {
      await obey(signal);
      if (lease) throw conflict();
      return store(object);
    },
    async update(_: unknown, object: KubeObject, { signal }: { signal?: AbortSignal } = {}) {
      await obey(signal);
      if (!lease) throw apiError("not found", { status: 404, reason: "NotFound" });
      if (object.metadata.resourceVersion !== lease.metadata.resourceVersion) throw conflict();
      const stored = store(object);
      if (fault === "mute") await forEver(signal);
      return stored;
    },
  } as unknown as Election["client"];
  return {
    client,
    spec: () => lease?.spec,
    write: (spec: object) => store({ ...lease!, spec: { ...lease!.spec, ...spec } }),
    remove: () => {
      lease = undefined;
    },
    break: (how: typeof fault) => {
      fault = how;
    },
  };
}

function world() {
  const server = leaseServer();
  const clock = scriptedClock();
  const stop = new AbortController();
  const candidate = (identity: string, itsClock: Partial<typeof clock> = {}) =>
    elect(
      {
        client: server.client,
        namespace: "flux-system",
        controller: "source-controller",
        identity,
        clock: { ...clock, ...itsClock },
        random: () => 0,
      },
      stop.signal,
    );
  /** Runs until `promise` settles or so much time is over; says which. */
  const within = async <T>(ms: number, promise: Promise<T>): Promise<T | "waiting"> => {
    let answer: T | "waiting" = "waiting";
    void promise.then((value) => {
      answer = value;
    });
    for (let past = 0; past < ms && answer === "waiting"; past += 1000) await clock.advance(1000);
    return answer;
  };
  return { server, clock, stop, candidate, within };
}

test("the first candidate creates the lease and leads", async () => {
  const { server, candidate } = world();
  const leadership = await candidate("one");
  assert.deepEqual(server.spec(), {
    holderIdentity: "one",
    leaseDurationSeconds: 35,
    acquireTime: "2026-01-01T00:00:00.000000Z",
    renewTime: "2026-01-01T00:00:00.000000Z",
    leaseTransitions: 0,
  });
  await leadership.release();
});

test("a leader renews every five seconds and the other waits", async () => {
  const { server, clock, candidate, within } = world();
  const leadership = await candidate("one");
  assert.equal(
    await within(
      100_000,
      candidate("two").catch(() => "stopped"),
    ),
    "waiting",
  );
  assert.equal(server.spec().renewTime, "2026-01-01T00:01:40.000000Z");
  assert.equal(server.spec().acquireTime, "2026-01-01T00:00:00.000000Z");
  assert.ok(clock.sleepers() > 0);
  await leadership.release();
});

test("a released lease is taken at the next look", async () => {
  const { server, candidate, within } = world();
  const leadership = await candidate("one");
  const second = candidate("two");
  assert.equal(await within(2_000, second), "waiting");
  await leadership.release();
  assert.equal(server.spec().holderIdentity, "");
  assert.notEqual(await within(5_000, second), "waiting");
  assert.equal(server.spec().holderIdentity, "two");
  assert.equal(server.spec().leaseTransitions, 1);
  await (await second).release();
});

test("a leader that leaves in the middle of a renewal gives its lease up all the same", async () => {
  const { server, candidate, within } = world();
  const leadership = await candidate("one");
  server.break("mute");
  await within(6_000, leadership.lost);
  assert.equal(server.spec().renewTime, "2026-01-01T00:00:05.000000Z");
  server.break(undefined);
  await leadership.release();
  assert.equal(server.spec().holderIdentity, "");
});

test("a lease that nobody renews is taken once it has not changed for its duration", async () => {
  const { server, candidate, within } = world();
  const first = await candidate("one");
  await first.release();
  // A leader that died long ago by its clock: only this process's own observation counts.
  server.write({
    holderIdentity: "dead",
    leaseDurationSeconds: 35,
    renewTime: "2020-01-01T00:00:00.000000Z",
  });
  const second = candidate("two");
  assert.equal(await within(34_000, second), "waiting");
  assert.notEqual(await within(7_000, second), "waiting");
  await (await second).release();
});

for (const fault of ["down", "hang"] as const) {
  test(`a leader whose server is ${fault} for 30 s has lost, before another can lead`, async () => {
    const { server, candidate, within } = world();
    const leadership = await candidate("one");
    server.break(fault);
    assert.equal(await within(29_000, leadership.lost), "waiting");
    assert.match(String(await within(6_000, leadership.lost)), /could not be renewed for 30 s/);
  });
}

test("a leader survives a short outage", async () => {
  const { server, candidate, within } = world();
  const leadership = await candidate("one");
  server.break("down");
  assert.equal(await within(20_000, leadership.lost), "waiting");
  server.break(undefined);
  assert.equal(await within(100_000, leadership.lost), "waiting");
  await leadership.release();
});

test("a leader goes on when someone else merely touched the lease", async () => {
  const { server, candidate, within } = world();
  const leadership = await candidate("one");
  server.write({ leaseTransitions: 7 });
  assert.equal(await within(60_000, leadership.lost), "waiting");
  await leadership.release();
});

test("a leader whose lease was deleted makes it again", async () => {
  const { server, candidate, within } = world();
  const leadership = await candidate("one");
  server.remove();
  assert.equal(await within(60_000, leadership.lost), "waiting");
  assert.equal(server.spec().holderIdentity, "one");
  await leadership.release();
});

test("a leader whose lease was taken has lost at its next renewal, and does not take it back by leaving", async () => {
  const { server, candidate, within } = world();
  const leadership = await candidate("one");
  server.write({ holderIdentity: "thief" });
  assert.match(String(await within(6_000, leadership.lost)), /the lease went to thief/);
  await leadership.release();
  assert.equal(server.spec().holderIdentity, "thief");
});

test("a machine whose date is set neither loses its lease nor takes another's", async () => {
  const { server, clock, candidate, within } = world();
  let ahead = 0;
  const now = () => clock.now() + ahead;
  const leadership = await candidate("one", { now });
  const second = candidate("two", { now });
  await within(10_000, second);
  ahead = 3_600_000;
  assert.equal(await within(60_000, Promise.race([leadership.lost, second])), "waiting");
  assert.equal(server.spec().holderIdentity, "one");
  await leadership.release();
  await within(10_000, second);
  await (await second).release();
});

/** A clock whose process stands still for a minute in the pause before its next renewal, once `still.next` is set. */
function stoppable(clock: ReturnType<typeof world>["clock"]) {
  const still = { next: false };
  const sleep: typeof clock.sleep = (ms, signal) => {
    if (!still.next || ms !== 5_000) return clock.sleep(ms, signal);
    still.next = false;
    return clock.sleep(ms + 60_000, signal);
  };
  return { still, sleep };
}

test("a leader that stood still for longer than its lease goes on when nobody took it", async () => {
  const { server, clock, candidate, within } = world();
  const { still, sleep } = stoppable(clock);
  const leadership = await candidate("one", { sleep });
  still.next = true;
  assert.equal(await within(200_000, leadership.lost), "waiting");
  assert.ok(!still.next);
  assert.equal(server.spec().renewTime, "2026-01-01T00:03:20.000000Z");
  await leadership.release();
});

test("a leader that stood still while another took its lease has lost", async () => {
  const { clock, candidate, within } = world();
  const { still, sleep } = stoppable(clock);
  const leadership = await candidate("one", { sleep });
  still.next = true;
  const second = candidate("two");
  assert.match(String(await within(200_000, leadership.lost)), /the lease went to two/);
  await (await second).release();
});

test("a candidate stops waiting with its signal", async () => {
  const { stop, candidate } = world();
  const leadership = await candidate("one");
  const second = candidate("two");
  stop.abort(new Error("shutdown"));
  await assert.rejects(second, /shutdown/);
  await leadership.release();
});
