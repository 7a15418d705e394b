import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { at, involvedObject, metadata, note, thing } from "./event.fixture.ts";
import { kubeEventOf, postedEventOf } from "./events.ts";

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
