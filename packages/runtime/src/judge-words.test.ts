import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject } from "@sluice/api";
import { applied, condition, now, object, steps, story, wasReady, words } from "./judge.fixture.ts";
import { announcement, asWritten, handledOf, isRequested, judge, newsOf, type Story } from "./judge.ts";
import { done, failed, stalled, waiting } from "./problem.ts";
import type { Done, Problem } from "./types.ts";

describe("facts of the status", () => {
  it("are the old ones, the notes and those of the ending, the last winning", () => {
    const had = object({ kept: 1, noted: 1, ended: 1 });
    const { status } = judge(steps, had, story([], { noted: 2, ended: 2 }), done({ ended: 3 }, "ok"), now);
    const { conditions: _, ...facts } = status;
    assert.deepEqual(facts, { kept: 1, noted: 2, ended: 3, observedGeneration: 3 });
  });

  it("keeps the notes when a later step fails", () => {
    const { status } = judge(steps, object(), story([], { inventory: ["a"] }), failed("X", "y"), now);
    assert.deepEqual(status.inventory, ["a"]);
  });

  it("travels without what is undefined, at any depth", () =>
    assert.deepEqual(asWritten({ a: undefined, b: [{ c: undefined, d: null }], e: 0n }), {
      b: [{ d: null }],
      e: 0n,
    }));

  it("loses a fact that is undefined", () => {
    const { status } = judge(
      steps,
      object({ artifact: { url: "x" } }),
      story([], { artifact: undefined }),
      failed("X", "y"),
      now,
    );
    assert.ok(!("artifact" in asWritten(status)));
  });

  const asked = (annotations: Record<string, string>) => ({
    ...object(),
    metadata: { ...object().metadata, annotations },
  });
  const all = {
    "reconcile.fluxcd.io/requestedAt": "r",
    "reconcile.fluxcd.io/forceAt": "f",
    "reconcile.fluxcd.io/resetAt": "s",
  };
  const rows: Record<string, [Record<string, string>, fields: string[], Record<string, string>]> = {
    "echoes every request of a kind that knows them": [
      all,
      ["lastHandledReconcileAt", "lastHandledForceAt", "lastHandledResetAt"],
      { lastHandledReconcileAt: "r", lastHandledForceAt: "f", lastHandledResetAt: "s" },
    ],
    "echoes no field that the kind does not have": [
      all,
      ["lastHandledReconcileAt"],
      { lastHandledReconcileAt: "r" },
    ],
    "echoes nothing that was not asked for": [{}, ["lastHandledReconcileAt", "lastHandledForceAt"], {}],
  };
  for (const [name, [annotations, fields, expected]] of Object.entries(rows)) {
    it(name, () =>
      assert.deepEqual(
        handledOf(asked(annotations), (field) => fields.includes(field)),
        expected,
      ),
    );
  }
});

describe("events", () => {
  const rows: Record<
    string,
    [KubeObject, Story, Done | Problem, events: string[], metadata?: Record<string, string>]
  > = {
    "a new message of success is told": [
      wasReady,
      story([]),
      applied,
      ["Normal info ReconciliationSucceeded: Applied revision: main@sha1:b"],
    ],
    "the same again is not": [wasReady, story([]), done({}, "Applied revision: main@sha1:a"), []],
    "the same words for another reason are told": [
      wasReady,
      story([]),
      done({}, "Applied revision: main@sha1:a", { reason: "Succeeded" }),
      ["Normal info Succeeded: Applied revision: main@sha1:a"],
    ],
    "a failure is told as a warning": [
      wasReady,
      story([]),
      failed("BuildFailed", "no"),
      ["Warning error BuildFailed: no"],
    ],
    "a stall is told as a warning": [
      wasReady,
      story([]),
      stalled("AccessDenied", "no"),
      ["Warning error AccessDenied: no"],
    ],
    "waiting is told, but alarms nobody": [
      wasReady,
      story([]),
      waiting("DependencyNotReady", "not yet"),
      ["Normal info DependencyNotReady: not yet"],
    ],
    "a failure that lasts is told once": [
      object({ conditions: [condition("Ready", "False", "BuildFailed", "no")] }),
      story([]),
      failed("BuildFailed", "no"),
      [],
    ],
    "a recovery to the same words is told": [
      object({ conditions: [condition("Ready", "False", "BuildFailed", "no")] }),
      story([]),
      done({}, "ok"),
      ["Normal info ReconciliationSucceeded: ok"],
    ],
    "what the controller has to tell is told even if nothing changed": [
      wasReady,
      story([]),
      done({}, "Applied revision: main@sha1:a", {
        event: { reason: "Progressing", message: "Deployment/web configured" },
      }),
      ["Normal info Progressing: Deployment/web configured"],
    ],
    "metadata of the ending goes along": [
      object(),
      story([]),
      done({}, "ok", { metadata: { revision: "a" } }),
      ["Normal info ReconciliationSucceeded: ok"],
      { revision: "a" },
    ],
    "a failure carries the revision that was attempted": [
      object(),
      story([], { lastAttemptedRevision: "b" }),
      failed("X", "y"),
      ["Warning error X: y"],
      { revision: "b" },
    ],
    "tags of the visit go along, and win over what is guessed": [
      object(),
      { ...story([], { lastAttemptedRevision: "b" }), tags: { revision: "c", commit_status: "update" } },
      failed("X", "y"),
      ["Warning error X: y"],
      { revision: "c", commit_status: "update" },
    ],
    "a problem may carry its own": [
      object(),
      story([]),
      failed("X", "y", { metadata: { token: "1" } }),
      ["Warning error X: y"],
      { token: "1" },
    ],
  };
  for (const [name, [before, told, ending, expected, metadata]] of Object.entries(rows)) {
    it(name, () => {
      const { events } = judge(steps, before, told, ending, now);
      assert.deepEqual(
        events.map(({ type, severity, reason, message }) => `${type} ${severity} ${reason}: ${message}`),
        expected,
      );
      if (metadata) assert.deepEqual(events[0]?.metadata, metadata);
    });
  }
});

describe("the announcement of a visit", () => {
  it("of something new makes Ready Unknown and is Reconciling, not Stalled", () => {
    const had = object({
      conditions: [condition("Ready", "True", "Succeeded", "ok"), condition("Stalled", "True", "X", "y")],
    });
    const status = announcement(had, {
      message: "processing object: new generation 2 -> 3",
      fresh: true,
      now,
    });
    assert.deepEqual(words(status.conditions), [
      "Ready=Unknown Progressing: Reconciliation in progress",
      "Reconciling=True Progressing: processing object: new generation 2 -> 3",
    ]);
  });

  it("of a step that runs long leaves Ready as it is", () => {
    const had = object({ conditions: [condition("Ready", "True", "Succeeded", "ok")] });
    const status = announcement(had, { message: "running 'health'", fresh: false, now });
    assert.deepEqual(words(status.conditions), [
      "Ready=True Succeeded: ok",
      "Reconciling=True Progressing: running 'health'",
    ]);
  });

  it("touches nothing else: the observed generation stays", () => {
    const status = announcement(object({ observedGeneration: 2, inventory: 1 }), {
      message: "m",
      fresh: true,
      now,
    });
    assert.equal(status.observedGeneration, 2);
    assert.equal(status.inventory, 1);
  });
});

describe("whether a visit is news", () => {
  const requested = (status: Record<string, unknown>) => ({
    ...object({ observedGeneration: 3, ...status }),
    metadata: { ...object().metadata, annotations: { "reconcile.fluxcd.io/requestedAt": "today" } },
  });
  const rows: Record<string, [KubeObject, news: string | undefined]> = {
    "a first visit": [object(), "processing object: new generation -1 -> 3"],
    "a new generation": [object({ observedGeneration: 2 }), "processing object: new generation 2 -> 3"],
    "an observed generation is none": [object({ observedGeneration: 3 }), undefined],
    "a request": [requested({}), "Reconciliation in progress"],
    "a request that was handled is none": [requested({ lastHandledReconcileAt: "today" }), undefined],
    "another request than the last is": [
      requested({ lastHandledReconcileAt: "yesterday" }),
      "Reconciliation in progress",
    ],
  };
  for (const [name, [one, news]] of Object.entries(rows)) it(name, () => assert.equal(newsOf(one), news));
  it("an empty request is a request as well", () =>
    assert.ok(
      isRequested({
        ...object(),
        metadata: { ...object().metadata, annotations: { "reconcile.fluxcd.io/requestedAt": "" } },
      }),
    ));
});
