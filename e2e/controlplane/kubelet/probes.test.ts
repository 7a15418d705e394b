import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { afterOutcome, type Probing, pauseOf, portOf, tryProbe } from "./probes.ts";

describe("afterOutcome", () => {
  const probe = { failureThreshold: 3, successThreshold: 2 };
  const rows: [string, boolean, string, string][] = [
    ["passes after as many successes as asked for", false, "++", "FT"],
    ["fails after as many failures in a row", true, "---", "TTF"],
    ["a success in between starts the count again", true, "--+--", "TTTTT"],
    ["a failure in between starts the count again", false, "+-++", "FFFT"],
  ];
  for (const [what, initially, outcomes, expected] of rows) {
    test(what, () => {
      let state: Probing = { passing: initially, streak: { ok: initially, length: 0 } };
      const answers = [...outcomes].map((outcome) => {
        state = afterOutcome(state, outcome === "+", probe);
        return state.passing ? "T" : "F";
      });
      assert.equal(answers.join(""), expected);
    });
  }
});

const pauses: [string, object, number, boolean, number][] = [
  ["the first try waits for the initial delay", { initialDelaySeconds: 5 }, 0, true, 5_000],
  ["until the first success readiness is asked for often", { periodSeconds: 10 }, 1, true, 250],
  ["after that once a period", { periodSeconds: 10 }, 7, false, 10_000],
  ["a period of ten seconds unless said", {}, 1, false, 10_000],
];
for (const [what, probe, asked, eager, expected] of pauses)
  test(what, () => assert.equal(pauseOf(probe, asked, eager), expected));

test("a port by its name", () =>
  assert.equal(portOf("http", { ports: [{ name: "http", containerPort: 9090 }] }), 9090));
test("a name that no port has is refused", () =>
  assert.throws(() => portOf("http", {}), /no port named "http"/));

describe("tryProbe", () => {
  const serving = async (status: number, run: (port: number) => Promise<void>) => {
    const server = createServer((_, response) => response.writeHead(status).end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      await run((server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  };
  for (const [status, ok] of [
    [200, true],
    [302, true],
    [404, false],
    [503, false],
  ] as const) {
    test(`${status} is ${ok ? "success" : "failure"}`, () =>
      serving(status, async (port) => {
        const outcome = await tryProbe({ httpGet: { port, path: "/" } }, {}, "127.0.0.1");
        assert.deepEqual([outcome.ok, outcome.message], [ok, `HTTP probe failed with statuscode: ${status}`]);
      }));
  }
  test("an open port is success for tcpSocket", () =>
    serving(500, async (port) =>
      assert.equal((await tryProbe({ tcpSocket: { port } }, {}, "127.0.0.1")).ok, true),
    ));
  test("a closed port is failure", async () => {
    let closed = 0;
    await serving(200, async (port) => void (closed = port));
    assert.equal((await tryProbe({ tcpSocket: { port: closed } }, {}, "127.0.0.1")).ok, false);
  });
  test("an exec probe says that it is not supported", async () =>
    assert.match((await tryProbe({ exec: {} }, {}, "127.0.0.1")).message, /only httpGet and tcpSocket/));
});
