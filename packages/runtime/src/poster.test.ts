import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Event } from "@sluice/api";
import { bodyOf, listen } from "@sluice/testing";
import { at, note, thing } from "./event.fixture.ts";
import { postedEventOf } from "./events.ts";
import { silent } from "./log.ts";
import { createPoster } from "./poster.ts";

describe("the poster", () => {
  const received: Event[] = [];
  let answers: number[] = [];
  let server: Awaited<ReturnType<typeof listen>>;
  before(async () => {
    server = await listen(async (request, response) => {
      const body = await bodyOf(request);
      const status = answers.shift() ?? 202;
      if (status === 202) received.push(JSON.parse(String(body)));
      response.writeHead(status).end();
    });
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
    const poster = createPoster({ address: server.address, sleep: async (ms) => void slept.push(ms), log });
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
