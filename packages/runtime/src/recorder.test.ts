import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject } from "@sluice/api";
import { apiError } from "@sluice/kube";
import { scriptedClock } from "@sluice/testing";
import { at, note, thing } from "./event.fixture.ts";
import { kubeEventOf } from "./events.ts";
import { silent } from "./log.ts";
import { createRecorder } from "./recorder.ts";
import type { EventNote } from "./types.ts";

describe("the recorder", () => {
  const recording = (gone: string[] = []) => {
    const calls: string[] = [];
    const client = {
      create: async (_: unknown, object: KubeObject) => {
        calls.push(`create ${object.reason}`);
        return object;
      },
      patch: async (_: unknown, key: { name: string }, { body }: { body: unknown }) => {
        if (gone.includes(key.name)) throw apiError("gone", { status: 404, reason: "NotFound" });
        calls.push(`patch ${(body as { count: number }).count}`);
        return {};
      },
    };
    const clock = scriptedClock(at);
    const recorder = createRecorder({ client: client as never, now: clock.now, log: silent });
    const record = (more: Partial<EventNote> = {}) => {
      const event = kubeEventOf(thing, { ...note, ...more }, { name: "c", at: clock.now() });
      recorder.record(event);
      return event;
    };
    return { calls, recorder, record, clock };
  };

  it("counts the same event instead of writing it again", async () => {
    const { calls, recorder, record } = recording();
    record();
    record();
    record({ reason: "Failed" });
    record();
    await recorder.idle();
    assert.deepEqual(calls, ["create Succeeded", "patch 2", "create Failed", "patch 3"]);
  });

  it("writes it anew when the first is gone", async () => {
    const gone: string[] = [];
    const { calls, recorder, record } = recording(gone);
    gone.push(record().metadata.name);
    record();
    await recorder.idle();
    assert.deepEqual(calls, ["create Succeeded", "create Succeeded"]);
  });

  it("silences an object that does not stop talking, for a while", async () => {
    const { calls, recorder, record, clock } = recording();
    for (let i = 0; i < 100; i++) record({ message: `attempt ${i}` });
    await recorder.idle();
    assert.equal(calls.length, 25);
    await clock.advance(5 * 60_000);
    record({ message: "later" });
    await recorder.idle();
    assert.equal(calls.length, 26);
  });
});
