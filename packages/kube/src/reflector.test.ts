import assert from "node:assert/strict";
import { test } from "node:test";
import { builtin, type KubeObject } from "@sluice/api";
import { eventually, type ScriptedClock, scriptedClock } from "@sluice/testing";
import { type CacheTools, type WatchedCache, watchCache } from "./cache.ts";
import { createClient } from "./client.ts";
import { type Exchange, scriptedServer } from "./scripted-server.ts";
import type { CacheOptions } from "./types.ts";

const { configMaps } = builtin;

type World = {
  next(): Promise<Exchange>;
  pending(): number;
  clock: ScriptedClock;
  /** Resolves when someone sleeps for so long. */
  napping(ms: number): Promise<unknown>;
  cache: WatchedCache;
  /** What listeners heard since the last look: "added a/x@1". */
  heard(): string[];
  hears(...expected: string[]): Promise<void>;
  logged: string[];
  stop(): void;
  stopped: Promise<void>;
};

/** Runs `script` against a running cache; then nothing may be left unanswered, and the cache must end. */
function story(
  name: string,
  script: (world: World) => Promise<void>,
  options: CacheOptions = {},
  tools: CacheTools = {},
) {
  test(name, async () => {
    const server = await scriptedServer();
    const clock = scriptedClock();
    const client = createClient({ kubeConfig: { text: server.kubeconfig } });
    const logged: string[] = [];
    const note = (message: string, facts?: Record<string, unknown>) =>
      void logged.push(`${message} ${facts?.error}`);
    const log = { debug: note, info: note, error: note };
    const naps: number[] = [];
    const sleep: ScriptedClock["sleep"] = (ms, signal) => {
      naps.push(ms);
      return clock.sleep(ms, signal).finally(() => naps.splice(naps.indexOf(ms), 1));
    };
    const napping = (ms: number) =>
      eventually(() => naps.includes(ms), { everyMs: 2 }).catch(() => assert.deepEqual(naps, [ms]));
    const cache = watchCache(client, configMaps, options, {
      clock: { ...clock, sleep },
      random: () => 0,
      log,
      ...tools,
    });
    let changes: string[] = [];
    cache.subscribe(({ type, before, after }) => {
      const { namespace, name, resourceVersion } = (after ?? before)!.metadata;
      changes.push(`${type} ${namespace}/${name}@${resourceVersion}`);
    });
    const heard = () => {
      const since = changes;
      changes = [];
      return since;
    };
    const stop = new AbortController();
    const stopped = cache.run(stop.signal);
    try {
      const hears = async (...expected: string[]) => {
        await eventually(() => changes.length >= expected.length, { everyMs: 2 }).catch(() => false);
        assert.deepEqual(heard(), expected);
      };
      const { next, pending } = server;
      await script({
        next,
        pending,
        clock,
        napping,
        cache,
        heard,
        hears,
        logged,
        stop: () => stop.abort(),
        stopped,
      });
      assert.deepEqual(heard(), [], "changes that the story does not tell");
    } finally {
      stop.abort();
      await stopped;
      await client.close();
      await server.close();
    }
  });
}

const object = (name: string, resourceVersion: number | string, extra: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "a", uid: `uid-${name}`, resourceVersion: String(resourceVersion), ...extra },
});
const listOf = (version: number, ...items: KubeObject[]) => ({
  kind: "ConfigMapList",
  apiVersion: "v1",
  metadata: { resourceVersion: String(version) },
  // As built-in kinds are listed: items do not say what they are.
  items: items.map(({ metadata }) => ({ metadata })),
});
const bookmark = (version: number) => ({ metadata: { resourceVersion: String(version) } });
const failure = (code: number, reason: string, message = reason) => ({
  kind: "Status",
  code,
  reason,
  message,
});

/** Answers the list, opens the watch and returns both. */
async function begin(world: World, version: number, ...items: KubeObject[]) {
  const list = await world.next();
  assert.equal(list.query.get("watch"), null, "expected a list");
  list.reply(200, listOf(version, ...items));
  await world.hears(...items.map((item) => `added a/${item.metadata.name}@${item.metadata.resourceVersion}`));
  const request = await world.next();
  assert.equal(request.query.get("resourceVersion"), String(version));
  return { list, request, watch: request.open() };
}

/** The next request, which must be a watch that goes on from `version`. */
async function resumed(world: World, version: number) {
  const request = await world.next();
  assert.equal(request.query.get("watch"), "true", "expected a watch");
  assert.equal(request.query.get("resourceVersion"), String(version));
  return request;
}

async function relisted(world: World) {
  const request = await world.next();
  assert.equal(request.query.get("watch"), null, "expected a list");
  assert.equal(request.query.get("resourceVersion"), null);
  return request;
}

/** Moves the clock until a request has come. */
async function advanceTo<T>(world: World, ms: number, request: (world: World) => Promise<T>): Promise<T> {
  await world.napping(ms);
  await world.clock.advance(ms - 1);
  assert.equal(world.pending(), 0, `asked again before ${ms} ms were over`);
  const coming = request(world);
  await world.clock.advance(1);
  return coming;
}

story(
  "lists in pages, then watches from the version of the list, with bookmarks and a bound",
  async (world) => {
    const first = await world.next();
    assert.equal(first.path, "/api/v1/configmaps");
    assert.equal(first.query.get("limit"), "500");
    assert.equal(first.query.get("resourceVersion"), null);
    const { metadata, ...rest } = listOf(5, object("one", 1));
    first.reply(200, { ...rest, metadata: { ...metadata, continue: "more" } });
    const second = await world.next();
    assert.equal(second.query.get("continue"), "more");
    second.reply(200, listOf(5, object("two", 2)));
    const request = await resumed(world, 5);
    assert.equal(request.query.get("allowWatchBookmarks"), "true");
    assert.equal(request.query.get("timeoutSeconds"), "300");
    await world.hears("added a/one@1", "added a/two@2");
    const watch = request.open();
    watch.send("ADDED", object("three", 6));
    watch.send("MODIFIED", object("one", 7));
    watch.send("DELETED", object("two", 8));
    await world.hears("added a/three@6", "changed a/one@7", "removed a/two@2");
    assert.deepEqual(
      world.cache.list().map(({ metadata }) => metadata.name),
      ["one", "three"],
    );
  },
);

story("items of lists say what they are, and managed fields are dropped", async (world) => {
  const managed = object("one", 1, { managedFields: [{ manager: "kubectl" }] });
  await begin(world, 1, managed);
  assert.deepEqual(world.cache.get("a/one"), object("one", 1));
});

story("a watch that the server ends is resumed at once from the last event", async (world) => {
  const { watch } = await begin(world, 5);
  watch.send("ADDED", object("one", 6));
  await world.hears("added a/one@6");
  watch.end();
  (await resumed(world, 6)).open();
});

story("a bookmark moves the version on without an event", async (world) => {
  const { watch } = await begin(world, 5, object("one", 1));
  watch.send("BOOKMARK", bookmark(90));
  watch.end();
  (await resumed(world, 90)).open();
});

story("a connection that breaks is resumed after a back-off, without listing", async (world) => {
  const { watch } = await begin(world, 5);
  watch.send("ADDED", object("one", 6));
  await world.hears("added a/one@6");
  watch.cut();
  (await advanceTo(world, 400, (w) => resumed(w, 6))).open();
});

story("an event that the connection lost in its middle is not taken, and comes again", async (world) => {
  const { watch } = await begin(world, 5);
  watch.send("ADDED", object("one", 6));
  watch.raw(JSON.stringify({ type: "MODIFIED", object: object("one", 7) }).slice(0, -3));
  await world.hears("added a/one@6");
  watch.end();
  const again = (await resumed(world, 6)).open();
  again.send("MODIFIED", object("one", 7));
  await world.hears("changed a/one@7");
});

story("an event in several chunks, with a letter cut in two, arrives whole", async (world) => {
  const { watch } = await begin(world, 5);
  const line = Buffer.from(
    `${JSON.stringify({ type: "ADDED", object: { ...object("one", 6), data: { k: "ä€" } } })}\n`,
  );
  const cut = line.indexOf(Buffer.from("€")) + 1;
  watch.raw(line.subarray(0, cut) as unknown as string);
  await new Promise((resolve) => setTimeout(resolve, 20));
  watch.raw(line.subarray(cut) as unknown as string);
  await world.hears("added a/one@6");
  assert.deepEqual(world.cache.get("a/one")?.data, { k: "ä€" });
});

for (const how of ["as an ERROR event", "as an HTTP status"] as const) {
  story(`an expired version (410 ${how}) lists again at once and tells the difference`, async (world) => {
    const { watch } = await begin(world, 5, object("kept", 1), object("changed", 2), object("gone", 3));
    if (how === "as an ERROR event") watch.send("ERROR", failure(410, "Expired", "too old resource version"));
    else {
      watch.end();
      // Ended without a word within a second: a failure.
      const refused = await advanceTo(world, 400, (w) => resumed(w, 5));
      refused.reply(410, failure(410, "Expired"));
      await world.napping(800);
      await world.clock.advance(800);
    }
    const list = await relisted(world);
    list.reply(200, listOf(20, object("kept", 1), object("changed", 12), object("new", 13)));
    await world.hears("removed a/gone@3", "changed a/changed@12", "added a/new@13");
    (await resumed(world, 20)).open();
  });
}

story("a server that answers 410 to every watch is not asked in a tight loop", async (world) => {
  const { watch } = await begin(world, 5);
  watch.send("ERROR", failure(410, "Expired"));
  const delays = [0, 800, 1600, 3200];
  for (const delay of delays) {
    const list = await (delay === 0 ? relisted(world) : advanceTo(world, delay, relisted));
    list.reply(200, listOf(5));
    (await resumed(world, 5)).open().send("ERROR", failure(410, "Expired"));
  }
});

story(
  "an object that was replaced by another of its name while nobody watched is removed, then added",
  async (world) => {
    const { watch } = await begin(world, 5, object("one", 1));
    watch.send("ERROR", failure(410, "Expired"));
    (await relisted(world)).reply(200, listOf(20, object("one", 9, { uid: "another" })));
    await world.hears("removed a/one@1", "added a/one@9");
  },
);

const refusals: Record<string, [code: number, reason: string, delays: number[]]> = {
  "rights that are missing (403)": [403, "Forbidden", [400, 800, 1600]],
  "credentials that are not taken (401)": [401, "Unauthorized", [400, 800]],
  "a CRD that is not there yet (404), asked for at least every ten seconds": [
    404,
    "NotFound",
    [400, 800, 1600, 3200, 6400, 10_000, 10_000],
  ],
  "a server that fails (500), at most every half minute": [
    500,
    "InternalError",
    [400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000],
  ],
};
for (const [name, [code, reason, delays]] of Object.entries(refusals)) {
  story(`goes on listing after ${name}`, async (world) => {
    (await relisted(world)).reply(code, failure(code, reason));
    for (const delay of delays) {
      const list = await advanceTo(world, delay, relisted);
      assert.equal(world.cache.synced, false);
      assert.equal(world.cache.problem?.status, code);
      list.reply(code, failure(code, reason));
    }
    await eventually(() => world.clock.sleepers() > 0);
    const list = relisted(world);
    await world.clock.advance(30_000);
    (await list).reply(200, listOf(5, object("one", 1)));
    await world.hears("added a/one@1");
    await world.cache.whenSynced();
    assert.equal(world.cache.problem, undefined);
  });
}

story("waits as long as the server asks for", async (world) => {
  (await relisted(world)).reply(503, failure(503, "ServiceUnavailable"), { "retry-after": "45" });
  (await advanceTo(world, 45_000, relisted)).reply(200, listOf(5));
});

story("an overloaded server (429) at a watch is asked again from the same version", async (world) => {
  const { watch } = await begin(world, 5);
  watch.end();
  const request = await advanceTo(world, 400, (w) => resumed(w, 5));
  request.reply(429, failure(429, "TooManyRequests"), { "retry-after": "50" });
  (await advanceTo(world, 50_000, (w) => resumed(w, 5))).open();
});

story(
  "a version from the future, after etcd was restored, lists again and takes older versions for the truth",
  async (world) => {
    const { watch } = await begin(world, 500, object("one", 400));
    watch.end();
    const request = await advanceTo(world, 400, (w) => resumed(w, 500));
    request.reply(504, failure(504, "Timeout", "Too large resource version: 500, current: 30"));
    (await advanceTo(world, 800, relisted)).reply(200, listOf(30, object("one", 20)));
    await world.hears("changed a/one@20");
  },
);

for (const [what, line] of Object.entries({
  "text that is no JSON": "<html>sign in</html>\n",
  "JSON that is no event": '{"kind":"Status"}\n',
  "an event of an unknown type": '{"type":"PAINTED","object":{}}\n',
})) {
  story(`${what} in a watch lists again, without repeating the text`, async (world) => {
    const { watch } = await begin(world, 5, object("one", 1));
    watch.raw(line);
    (await advanceTo(world, 400, relisted)).reply(200, listOf(9, object("one", 1)));
    (await resumed(world, 9)).open();
    assert.doesNotMatch(world.logged.join(), /sign in/);
  });
}

story("a line that never ends is given up before it fills the memory", async (world) => {
  const { watch } = await begin(world, 5);
  const piece = "x".repeat(1024 * 1024);
  for (let sent = 0; sent < 34; sent++) watch.raw(piece);
  await watch.gone;
  (await advanceTo(world, 400, relisted)).reply(200, listOf(9));
});

story("a silent connection is left when the server should have ended it long ago", async (world) => {
  const { watch } = await begin(world, 5);
  await eventually(() => world.clock.sleepers() > 0);
  await world.clock.advance(300_000 + 14_999);
  assert.equal(world.pending(), 0);
  await world.clock.advance(1);
  await watch.gone;
  (await resumed(world, 5)).open();
});

story("a server that sends bookmarks and then falls silent is left sooner", async (world) => {
  const { watch } = await begin(world, 5);
  await eventually(() => world.clock.sleepers() > 0);
  await world.clock.advance(60_000);
  watch.send("BOOKMARK", bookmark(6));
  watch.send("ADDED", object("one", 7));
  await world.hears("added a/one@7");
  await world.clock.advance(149_999);
  assert.equal(world.pending(), 0);
  await world.clock.advance(1);
  await watch.gone;
  (await resumed(world, 7)).open();
});

story("the same event twice is told once, and an older one not at all", async (world) => {
  const { watch } = await begin(world, 5, object("one", 3));
  watch.send("ADDED", object("one", 3));
  watch.send("MODIFIED", object("one", 10));
  watch.send("MODIFIED", object("one", 9));
  watch.send("DELETED", object("unknown", 11));
  watch.send("ADDED", object("last", 12));
  await world.hears("changed a/one@10", "added a/last@12");
});

story("ends with its signal in the middle of a watch, and says nothing more", async (world) => {
  const { watch } = await begin(world, 5);
  world.stop();
  await world.stopped;
  await watch.gone;
});

story("ends with its signal in the middle of a back-off", async (world) => {
  (await relisted(world)).reply(500, failure(500, "InternalError"));
  await eventually(() => world.clock.sleepers() > 0);
  world.stop();
  await world.stopped;
});

story("a listener that throws breaks neither the cache nor the other listeners", async (world) => {
  const leave = world.cache.subscribe(() => {
    throw new Error("a bug");
  });
  const { watch } = await begin(world, 5, object("one", 1));
  assert.match(world.logged.join(), /a listener of a watch failed Error: a bug/);
  leave();
  world.logged.length = 0;
  watch.send("MODIFIED", object("one", 6));
  await world.hears("changed a/one@6");
  assert.deepEqual(world.logged, []);
});

story(
  "indexes follow every change, and one that throws finds nothing",
  async (world) => {
    const labelled = (name: string, version: number, app: string) =>
      object(name, version, { labels: { app } });
    const names = (app: string) => world.cache.indexed("app", app).map(({ metadata }) => metadata.name);
    const { watch } = await begin(
      world,
      5,
      labelled("one", 1, "x"),
      labelled("two", 2, "x"),
      object("three", 3),
    );
    assert.deepEqual(names("x"), ["one", "two"]);
    watch.send("MODIFIED", labelled("one", 6, "y"));
    watch.send("DELETED", labelled("two", 7, "x"));
    await world.hears("changed a/one@6", "removed a/two@2");
    assert.deepEqual([names("x"), names("y")], [[], ["one"]]);
    assert.deepEqual(world.cache.indexed("broken", "x"), []);
    assert.throws(() => world.cache.indexed("other", "x"), /no index "other"/);
    assert.equal(world.cache.list("a").length, 2);
    assert.deepEqual(world.cache.list("b"), []);
  },
  {
    indexes: {
      app: ({ metadata }) => (metadata.labels?.app ? [metadata.labels.app] : []),
      broken: () => {
        throw new Error("a bug");
      },
    },
  },
);

story(
  "selects by the query, in both requests",
  async (world) => {
    const list = await world.next();
    assert.equal(list.path, "/api/v1/namespaces/a/configmaps");
    assert.equal(list.query.get("labelSelector"), "app=x");
    assert.match(list.headers.accept ?? "", /as=PartialObjectMetadataList;/);
    list.reply(200, {
      ...listOf(5),
      items: [
        { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata: object("one", 1).metadata },
      ],
    });
    await world.hears("added a/one@1");
    assert.equal(world.cache.get("a/one")?.kind, "ConfigMap");
    const watch = await resumed(world, 5);
    assert.equal(watch.query.get("labelSelector"), "app=x");
    assert.match(watch.headers.accept ?? "", /as=PartialObjectMetadata;/);
  },
  { namespace: "a", labelSelector: "app=x", metadataOnly: true },
);

test("whoever waits for a cache stops waiting with its signal", async () => {
  const cache = watchCache(
    { list: () => new Promise(() => undefined), watch: async function* () {} },
    configMaps,
  );
  await assert.rejects(cache.whenSynced(AbortSignal.abort(new Error("leaving"))), /leaving/);
});
