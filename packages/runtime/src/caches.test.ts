import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { builtin, type KubeObject } from "@sluice/api";
import { systemClock } from "@sluice/kube";
import { eventually } from "@sluice/testing";
import { createCaches } from "./caches.ts";
import { silent } from "./log.ts";
import { startWorld, thingKind, type World } from "./thing.fixture.ts";

let world: World;
let leave: AbortController;
beforeEach(async () => {
  world = await startWorld();
  leave = new AbortController();
});
afterEach(async () => {
  leave.abort();
  await world.close();
});
const caches = () =>
  createCaches({
    client: world.client,
    clock: systemClock,
    random: Math.random,
    log: silent,
    signal: leave.signal,
  });
const lists = () =>
  Object.entries(world.cluster.stats().requests).filter(([what]) => what.startsWith("list "));
const byColour = { colour: ({ spec }: KubeObject) => [spec.colour ?? ""] };

describe("the caches of a process", () => {
  it("watch a kind once, whoever asks, with the indexes of all", async () => {
    const all = caches();
    world.create("web", { colour: "red" });
    world.cluster.resetStats();
    const one = all.of(thingKind);
    const other = all.of(thingKind, { indexes: byColour });
    const heard: string[] = [];
    one.subscribe(({ after }) => void heard.push(after?.metadata.name ?? "gone"));
    assert.equal(one.get("default/web"), undefined, "nothing before the start");
    assert.equal(all.synced(), false);
    all.start();
    await all.whenSynced();
    assert.equal(all.synced(), true);
    assert.deepEqual(
      other.indexed("colour", "red").map(({ metadata }) => metadata.name),
      ["web"],
    );
    assert.deepEqual(heard, ["web"]);
    assert.deepEqual(lists(), [["list things", 1]]);
  });

  it("are apart for other queries and other reductions", async () => {
    const all = caches();
    world.create("web", {}, { labels: { a: "b" } });
    const labelled = all.of(thingKind, { labelSelector: "a=c" });
    const metadata = all.of(thingKind, { keep: ({ spec: _, ...rest }) => rest as KubeObject });
    const whole = all.of(thingKind);
    all.start();
    await all.whenSynced();
    assert.deepEqual(
      [labelled.list().length, metadata.list()[0]?.spec, whole.list()[0]?.spec.interval],
      [0, undefined, "1h"],
    );
  });

  it("may begin later, but get no indexes then", async () => {
    const all = caches();
    all.of(thingKind);
    all.start();
    await all.whenSynced();
    world.create("web");
    const late = all.of(builtin.namespaces);
    await eventually(() => late.get("default"));
    assert.throws(
      () => all.of(thingKind, { indexes: byColour }),
      /cache of Thing has begun without index colour/,
    );
  });
});
