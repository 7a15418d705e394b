import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject } from "@sluice/api";
import { type Change, keyOf } from "@sluice/kube";
import { createLatest } from "./latest.ts";
import { thing } from "./version.fixture.ts";

describe("the latest that is known of an object", () => {
  const setup = (cached: KubeObject | undefined) => {
    const state = { cached };
    const listeners: ((change: Change) => void)[] = [];
    const latest = createLatest({
      get: () => state.cached,
      subscribe: (listener) => {
        listeners.push(listener);
        return () => {};
      },
    });
    const watch = (after: KubeObject | undefined) => {
      const before = state.cached!;
      state.cached = after;
      for (const listener of listeners)
        listener(after ? { type: "changed", before, after } : { type: "removed", before });
    };
    return { latest, watch, version: () => latest.get(keyOf(thing("1")))?.metadata.resourceVersion };
  };

  it("is the cache", () => assert.equal(setup(thing("5")).version(), "5"));

  it("is our own write until the watch has caught up", () => {
    const { latest, watch, version } = setup(thing("9"));
    latest.wrote(thing("11"));
    assert.equal(version(), "11");
    watch(thing("10"));
    assert.equal(version(), "11", "the watch is still behind");
    watch(thing("12"));
    assert.equal(version(), "12");
  });

  it("is the cache when the watch was faster than the answer", () => {
    const { latest, version } = setup(thing("12"));
    latest.wrote(thing("11"));
    assert.equal(version(), "12");
  });

  it("is nothing once the object is gone, even if our write is newer", () => {
    const { latest, watch, version } = setup(thing("9"));
    latest.wrote(thing("11"));
    watch(undefined);
    assert.equal(version(), undefined);
  });

  it("is not our write to an object that had the name before", () => {
    const { latest, watch, version } = setup(thing("9"));
    latest.wrote(thing("11"));
    watch(thing("10", {}, { uid: "u2" }));
    assert.equal(version(), "10");
  });
});
