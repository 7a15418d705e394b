import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { builtin } from "@sluice/api";
import { startCluster } from "@sluice/cluster";
import { eventually } from "@sluice/testing";
import { keyOf, watchCache } from "./cache.ts";
import { createClient } from "./client.ts";
import { systemClock } from "./clock.ts";

const { configMaps } = builtin;

/** A wire that can be cut: every connection goes through it to the server. */
async function startWire(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    sockets.add(near);
    near.on("close", () => sockets.delete(near));
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
      one.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => [...sockets].forEach((socket) => void socket.destroy()),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Mulberry32: the same chaos in every run. */
function seeded(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

test("a cache and its listeners end where the server is, through cut wires, refusals and expired versions", async () => {
  const random = seeded(7);
  const cluster = await startCluster({ simulate: false });
  const wire = await startWire(cluster.url);
  const writer = createClient({ kubeConfig: { text: cluster.kubeconfig() } });
  const reader = createClient({ kubeConfig: { text: cluster.kubeconfig().replace(cluster.url, wire.url) } });
  // Back-offs a hundred times shorter.
  const sleep = (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 100, signal);
  const cache = watchCache(
    reader,
    configMaps,
    { namespace: "default" },
    { random, clock: { ...systemClock, sleep } },
  );
  const followed = new Map<string, string | undefined>();
  cache.subscribe(({ type, before, after }) => {
    const key = keyOf((after ?? before)!);
    assert.equal(followed.has(key), type !== "added", `${type} ${key}`);
    if (after) followed.set(key, after.metadata.resourceVersion);
    else followed.delete(key);
  });
  const stop = new AbortController();
  const stopped = cache.run(stop.signal);
  const expired = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    code: 410,
    reason: "Expired",
    message: "too old",
  };
  const asked = () => cluster.stats().requests["watch configmaps"] ?? 0;
  try {
    for (let round = 0; round < 400; round++) {
      const name = `c${Math.floor(random() * 30)}`;
      const object = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: "default" },
        data: { round: String(round) },
      };
      if (random() < 0.3) await writer.delete(configMaps, { namespace: "default", name });
      else await writer.apply(configMaps, object, { fieldManager: "soak", force: true });
      const luck = random();
      if (luck < 0.05) {
        const before = asked();
        wire.cut();
        await eventually(() => asked() > before); // else most cuts would meet a reader that is not back yet
      }
      if (luck > 0.94) {
        const match = ({ verb, resource }: { verb: string; resource: string }) =>
          verb === "watch" && resource === "configmaps";
        const respond =
          luck > 0.97
            ? { status: 410, body: expired }
            : luck > 0.95
              ? "disconnect"
              : { status: 500, body: {} };
        cluster.inject({ match, respond: respond as "disconnect", times: 1 });
        wire.cut();
      }
    }
    const truth = await writer.list(configMaps, { namespace: "default" });
    const versions = (entries: Iterable<[string, string | undefined]>) =>
      Object.fromEntries([...entries].sort());
    const expected = versions(truth.items.map((item) => [keyOf(item), item.metadata.resourceVersion]));
    await eventually(() => {
      assert.deepEqual(versions(followed), expected);
      return true;
    });
    assert.deepEqual(
      versions(cache.list().map((item) => [keyOf(item), item.metadata.resourceVersion])),
      expected,
    );
    const { requests } = cluster.stats();
    assert.ok(asked() > 10, "the wire was hardly ever cut");
    assert.ok((requests["list configmaps"] ?? 0) < 60, "lists instead of resuming");
  } finally {
    stop.abort();
    await stopped;
    await Promise.all([reader.close(), writer.close()]);
    await cluster.close();
    wire.cut();
    await wire.close();
  }
});
