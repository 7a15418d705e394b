import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { scriptedClock } from "./clock.ts";
import { eventually } from "./eventually.ts";
import { gitRepository, kustomization, secret } from "./objects.ts";
import { startRecorder, startStaticServer } from "./servers.ts";

describe("scripted clock", () => {
  it("wakes sleepers in the order of their times, and at them", async () => {
    const clock = scriptedClock(0);
    const woken: [string, number][] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push([name, clock.now()]);
    };
    const all = [sleeper("late", 50), sleeper("early", 10), sleeper("never", 1000)];
    await clock.advance(60);
    assert.deepEqual(woken, [
      ["early", 10],
      ["late", 50],
    ]);
    assert.equal(clock.now(), 60);
    assert.equal(clock.sleepers(), 1);
    await clock.advance(1000);
    await Promise.all(all);
  });
  it("lets a sleeper go when its signal fires", async () => {
    const clock = scriptedClock(0);
    const stop = new AbortController();
    const sleeping = clock.sleep(10, stop.signal);
    stop.abort(new Error("enough"));
    await assert.rejects(sleeping, /enough/);
    assert.equal(clock.sleepers(), 0);
  });
});

describe("eventually", () => {
  it("returns the first truthy answer", async () => {
    let tries = 0;
    assert.equal(await eventually(() => (tries++ < 3 ? undefined : tries), { everyMs: 1 }), 4);
  });
  it("throws the last error of the check when time is over", async () => {
    const check = () => assert.equal(1, 2);
    await assert.rejects(async () => await eventually(check, { timeoutMs: 5, everyMs: 1 }), /1 !== 2/);
  });
});

describe("builders", () => {
  const rows: Record<string, [unknown, unknown]> = {
    "keeps defaults": [gitRepository().spec.ref, { branch: "main" }],
    "merges objects": [kustomization({ spec: { path: "./x" } }).spec.prune, true],
    "replaces values": [kustomization({ spec: { path: "./x" } }).spec.path, "./x"],
    "removes undefined": ["ref" in gitRepository({ spec: { ref: undefined } }).spec, false],
    "encodes secrets": [secret("s", { a: "b" }).data, { a: "Yg==" }],
  };
  for (const [name, [actual, expected]] of Object.entries(rows)) {
    it(name, () => assert.deepEqual(actual, expected));
  }
  it("gives every caller an object of its own", () => {
    gitRepository().spec.ref.branch = "changed";
    assert.equal(gitRepository().spec.ref.branch, "main");
  });
});

describe("HTTP servers", () => {
  it("records bodies, and fails on demand", async () => {
    const recorder = await startRecorder();
    recorder.inject({ status: 500 }, { times: 1 });
    const post = (value: unknown) =>
      fetch(`${recorder.address}/x`, { method: "POST", body: JSON.stringify(value) });
    assert.equal((await post({ n: 1 })).status, 500);
    assert.equal((await post({ n: 2 })).status, 200);
    assert.deepEqual(
      recorder.requests().map(({ path, json }) => [path, json.n]),
      [
        ["/x", 1],
        ["/x", 2],
      ],
    );
    await recorder.close();
  });
  it("serves files from memory and from a directory, and nothing outside it", async () => {
    const files = new Map<string, string>([["index.yaml", "a: 1"]]);
    const server = await startStaticServer({ files, root: import.meta.dirname });
    assert.equal(await (await fetch(server.url("index.yaml"))).text(), "a: 1");
    assert.match(await (await fetch(server.url("index.ts"))).text(), /export/);
    assert.equal((await fetch(server.url("..%2f..%2f..%2fpackage.json"))).status, 404);
    server.inject("disconnect");
    await assert.rejects(fetch(server.url("index.yaml")));
    await server.close();
  });
});
