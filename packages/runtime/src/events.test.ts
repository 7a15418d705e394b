import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { Event, KubeObject } from "@sluice/api";
import { apiError } from "@sluice/kube";
import { scriptedClock } from "@sluice/testing";
import { kubeEventOf, postedEventOf } from "./events.ts";
import { silent } from "./log.ts";
import { createPoster } from "./poster.ts";
import { createRecorder } from "./recorder.ts";
import type { EventNote } from "./types.ts";

const at = Date.UTC(2026, 0, 1);
const thing: KubeObject = {
  apiVersion: "test.sluice.dev/v1",
  kind: "Thing",
  metadata: {
    name: "web",
    namespace: "apps",
    uid: "u1",
    resourceVersion: "7",
    annotations: {
      "event.toolkit.fluxcd.io/cluster": "prod",
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
    },
  },
};
const note: EventNote = {
  type: "Normal",
  severity: "info",
  reason: "Succeeded",
  message: "stored",
  metadata: { revision: "main@sha1:a" },
};
const involvedObject = {
  kind: "Thing",
  namespace: "apps",
  name: "web",
  uid: "u1",
  apiVersion: "test.sluice.dev/v1",
  resourceVersion: "7",
};
const metadata = { "test.sluice.dev/revision": "main@sha1:a", "event.toolkit.fluxcd.io/cluster": "prod" };

describe("an event", () => {
  it("is posted with prefixed metadata and what the user's annotations add", () => {
    assert.deepEqual(postedEventOf(thing, note, { name: "thing-controller", instance: "pod-1", at }), {
      involvedObject,
      severity: "info",
      timestamp: "2026-01-01T00:00:00Z",
      message: "stored",
      reason: "Succeeded",
      metadata,
      reportingController: "thing-controller",
      reportingInstance: "pod-1",
    });
  });

  it("is a Kubernetes Event as client-go writes it", () => {
    const { metadata: meta, ...event } = kubeEventOf(
      thing,
      { ...note, severity: "trace", type: "Warning" },
      { name: "thing-controller", at },
    );
    assert.match(meta.name, /^web\.[0-9a-f]{16}$/);
    assert.deepEqual([meta.namespace, meta.annotations], ["apps", metadata]);
    assert.deepEqual(event, {
      apiVersion: "v1",
      kind: "Event",
      involvedObject,
      reason: "Succeeded",
      message: "stored",
      source: { component: "thing-controller" },
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:00Z",
      count: 1,
      type: "Normal",
      eventTime: null,
      reportingComponent: "thing-controller",
      reportingInstance: "",
    });
  });

  it("is cut to what receivers take", () => {
    const long = { ...note, message: "x".repeat(50_000) };
    assert.equal(postedEventOf(thing, long, { name: "c", instance: "i", at }).message.length, 39_000);
  });
});

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

describe("the poster", () => {
  const received: Event[] = [];
  let answers: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const status = answers.shift() ?? 202;
    if (status === 202) received.push(JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(status).end();
  });
  let address = "";
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => server.close());

  const posting = async (statuses: number[], messages: string[]) => {
    received.length = 0;
    answers = [...statuses];
    const slept: number[] = [];
    const errors: unknown[] = [];
    const log = {
      ...silent,
      error: (_: string, facts?: Record<string, unknown>) => void errors.push(facts?.error),
    };
    const poster = createPoster({ address, sleep: async (ms) => void slept.push(ms), log });
    for (const message of messages)
      poster.post(postedEventOf(thing, { ...note, message }, { name: "c", instance: "i", at }));
    await poster.idle();
    return { messages: received.map(({ message }) => message), slept, errors };
  };
  const rows: Record<
    string,
    [statuses: number[], messages: string[], received: string[], slept: number[], errors: string[]]
  > = {
    "sends the events of an object in their order": [[], ["a", "b", "c"], ["a", "b", "c"], [], []],
    "tries again when the receiver has trouble, and keeps the order": [
      [500, 503],
      ["a", "b"],
      ["a", "b"],
      [1000, 2000],
      [],
    ],
    "takes 429 as: had it already": [[429], ["a", "b"], ["b"], [], []],
    "gives up on what the receiver does not want": [
      [400],
      ["a", "b"],
      ["b"],
      [],
      ["the receiver answered 400"],
    ],
    "gives up after five tries": [
      [500, 500, 500, 500, 500],
      ["a", "b"],
      ["b"],
      [1000, 2000, 4000, 8000],
      ["the receiver answered 500"],
    ],
  };
  for (const [name, [statuses, messages, expected, slept, errors]] of Object.entries(rows))
    it(name, async () =>
      assert.deepEqual(await posting(statuses, messages), { messages: expected, slept, errors }),
    );

  it("never blocks on a receiver that is not there", async () => {
    const errors: unknown[] = [];
    const log = {
      ...silent,
      error: (_: string, facts?: Record<string, unknown>) => void errors.push(facts?.error),
    };
    const poster = createPoster({ address: "http://127.0.0.1:1/", sleep: async () => {}, log });
    for (let i = 0; i < 5; i++) poster.post(postedEventOf(thing, note, { name: "c", instance: "i", at }));
    await poster.idle();
    assert.equal(errors.length, 5);
    assert.match(String(errors[0]), /ECONNREFUSED|bad port/);
  });
});
