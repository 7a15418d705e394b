import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Condition, KubeObject } from "@sluice/api";
import {
  announcement,
  asWritten,
  emptyStory,
  handledOf,
  isRequested,
  judge,
  newsOf,
  type Story,
} from "./judge.ts";
import { done, failed, stalled, waiting } from "./problem.ts";
import type { Again, Done, Problem, StepSpec } from "./types.ts";

const now = Date.UTC(2026, 0, 1, 12, 0, 0, 789);
const time = "2026-01-01T12:00:00Z";
const before = "2025-12-31T00:00:00Z";

const steps: Record<string, StepSpec> = {
  fetch: { failure: "FetchFailed", reason: "GitOperationFailed" },
  build: { reason: "BuildFailed" },
  archive: {
    failure: "StorageOperationFailed",
    success: "ArtifactInStorage",
    reason: "ArchiveOperationFailed",
  },
  health: { success: "Healthy", reason: "HealthCheckFailed", passed: "HealthCheckSucceeded", waits: true },
};

function object(
  status?: Record<string, unknown>,
  spec: Record<string, unknown> = { interval: "10m" },
): KubeObject {
  return {
    apiVersion: "test.sluice.dev/v1",
    kind: "Thing",
    metadata: { name: "web", namespace: "apps", generation: 3 },
    spec,
    ...(status ? { status } : {}),
  };
}

function condition(
  type: string,
  status: Condition["status"],
  reason: string,
  message: string,
  more: Partial<Condition> = {},
) {
  return {
    type,
    status,
    reason,
    message,
    lastTransitionTime: before,
    observedGeneration: 2,
    ...more,
  } satisfies Condition;
}

/** Steps in the order in which they ended; a problem marks the one that failed. */
function story(trail: [step: string, problem?: Problem][], notes: Record<string, unknown> = {}): Story {
  return { ...emptyStory(), notes, trail: trail.map(([step, problem]) => ({ step, took: 1, problem })) };
}

/** "Ready=True Succeeded: message", sorted. */
function words(conditions: Condition[]): string[] {
  return conditions
    .map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`)
    .sort();
}

const applied = done({ lastAppliedRevision: "main@sha1:b" }, "Applied revision: main@sha1:b");
const wasReady = object({
  observedGeneration: 2,
  conditions: [condition("Ready", "True", "ReconciliationSucceeded", "Applied revision: main@sha1:a")],
});

describe("what an ending says about the object", () => {
  const broken = failed("BuildFailed", "no such file");
  const rows: Record<
    string,
    [KubeObject, Story, Done | Problem, conditions: string[], observed: number | undefined, Again]
  > = {
    "a first success makes it Ready and observed": [
      object(),
      story([["build"]]),
      applied,
      ["Ready=True ReconciliationSucceeded: Applied revision: main@sha1:b"],
      3,
      { kind: "interval", ms: 600_000 },
    ],
    "a controller may name its own reason of success": [
      object(),
      story([]),
      done({}, "stored", { reason: "Succeeded" }),
      ["Ready=True Succeeded: stored"],
      3,
      { kind: "interval", ms: 600_000 },
    ],
    "a success may ask for another delay than the interval": [
      object(),
      story([]),
      done({}, "ok", { again: 5000 }),
      ["Ready=True ReconciliationSucceeded: ok"],
      3,
      { kind: "interval", ms: 5000 },
    ],
    "without an interval a success rests until something changes": [
      object(undefined, {}),
      story([]),
      done({}, "ok"),
      ["Ready=True ReconciliationSucceeded: ok"],
      3,
      { kind: "never" },
    ],
    "a failure keeps the observed generation and retries with back-off, at the latest at the interval": [
      wasReady,
      story([["build", broken]]),
      broken,
      ["Ready=False BuildFailed: no such file", "Reconciling=True ProgressingWithRetry: no such file"],
      2,
      { kind: "backoff", capMs: 600_000 },
    ],
    "a failure of an object with a retry interval retries after that": [
      object(undefined, { interval: "10m", retryInterval: "1m30s" }),
      story([["build", broken]]),
      broken,
      ["Ready=False BuildFailed: no such file", "Reconciling=True ProgressingWithRetry: no such file"],
      undefined,
      { kind: "after", ms: 90_000 },
    ],
    "a failure may say itself when to retry": [
      object(undefined, { interval: "10m", retryInterval: "1m" }),
      story([]),
      failed("RateLimited", "slow down", { again: 7000 }),
      ["Ready=False RateLimited: slow down", "Reconciling=True ProgressingWithRetry: slow down"],
      undefined,
      { kind: "after", ms: 7000 },
    ],
    "waiting is not Ready, still going on, and looked at again when it says": [
      wasReady,
      story([]),
      waiting("DependencyNotReady", "dependency 'apps/db' is not ready", 5000),
      [
        "Ready=False DependencyNotReady: dependency 'apps/db' is not ready",
        "Reconciling=True ProgressingWithRetry: dependency 'apps/db' is not ready",
      ],
      2,
      { kind: "after", ms: 5000 },
    ],
    "waiting that does not say is looked at again after the default": [
      wasReady,
      story([]),
      waiting("DependencyNotReady", "not yet"),
      ["Ready=False DependencyNotReady: not yet", "Reconciling=True ProgressingWithRetry: not yet"],
      2,
      { kind: "after", ms: 30_000 },
    ],
    "stalled counts as observed, is not going on, and rests": [
      object({ observedGeneration: 2, conditions: [condition("Reconciling", "True", "Progressing", "…")] }),
      story([]),
      stalled("AccessDenied", "not yours"),
      ["Ready=False AccessDenied: not yours", "Stalled=True AccessDenied: not yours"],
      3,
      { kind: "never" },
    ],
    "a failure after a stall is not stalled any more": [
      object({
        observedGeneration: 3,
        conditions: [condition("Stalled", "True", "AccessDenied", "not yours")],
      }),
      story([]),
      failed("BuildFailed", "no"),
      ["Ready=False BuildFailed: no", "Reconciling=True ProgressingWithRetry: no"],
      3,
      { kind: "backoff", capMs: 600_000 },
    ],
    "a success clears Reconciling and Stalled": [
      object({
        observedGeneration: 2,
        conditions: [
          condition("Reconciling", "True", "Progressing", "…"),
          condition("Stalled", "True", "X", "y"),
        ],
      }),
      story([]),
      done({}, "ok"),
      ["Ready=True ReconciliationSucceeded: ok"],
      3,
      { kind: "interval", ms: 600_000 },
    ],
    "conditions of others are kept": [
      object({ conditions: [condition("Audited", "True", "ByAudit", "fine")] }),
      story([]),
      done({}, "ok"),
      ["Audited=True ByAudit: fine", "Ready=True ReconciliationSucceeded: ok"],
      3,
      { kind: "interval", ms: 600_000 },
    ],
    "an interval that is no duration does not stop the visit": [
      object(undefined, { interval: "often" }),
      story([]),
      done({}, "ok"),
      ["Ready=True ReconciliationSucceeded: ok"],
      3,
      { kind: "never" },
    ],
  };
  for (const [name, [before, told, ending, conditions, observed, again]] of Object.entries(rows)) {
    it(name, () => {
      const verdict = judge(steps, before, told, ending, now);
      assert.deepEqual(words(verdict.status.conditions), conditions);
      assert.equal(verdict.status.observedGeneration, observed);
      assert.deepEqual(verdict.again, again);
    });
  }
});

describe("what the steps say", () => {
  const problem = failed("GitOperationFailed", "no route");
  const rows: Record<string, [had: Condition[], Story, Done | Problem, conditions: string[]]> = {
    "a step that passed drops its failure": [
      [condition("FetchFailed", "True", "GitOperationFailed", "no route")],
      story([["fetch"]]),
      done({}, "ok"),
      [],
    ],
    "a step that failed sets its failure": [
      [],
      story([["fetch", problem]]),
      problem,
      ["FetchFailed=True GitOperationFailed: no route"],
    ],
    "a step that passed sets its success, in the words of the ending": [
      [],
      story([["fetch"], ["archive"]]),
      done({}, "stored artifact for revision 'a'"),
      ["ArtifactInStorage=True Succeeded: stored artifact for revision 'a'"],
    ],
    "a step names the reason of its success": [
      [],
      story([["health"]]),
      done({}, "ok"),
      ["Healthy=True HealthCheckSucceeded: ok"],
    ],
    "a step that failed turns its success to False": [
      [condition("ArtifactInStorage", "True", "Succeeded", "stored a")],
      story([["archive", failed("ArchiveOperationFailed", "disk full")]]),
      failed("ArchiveOperationFailed", "disk full"),
      [
        "ArtifactInStorage=False ArchiveOperationFailed: disk full",
        "StorageOperationFailed=True ArchiveOperationFailed: disk full",
      ],
    ],
    "a step that was not reached leaves its conditions as they were": [
      [
        condition("Healthy", "True", "Succeeded", "was fine"),
        condition("StorageOperationFailed", "True", "X", "y"),
      ],
      story([["fetch", problem]]),
      problem,
      [
        "FetchFailed=True GitOperationFailed: no route",
        "Healthy=True Succeeded: was fine",
        "StorageOperationFailed=True X: y",
      ],
    ],
    "a step that passed before a later one failed keeps its words": [
      [condition("ArtifactInStorage", "True", "Succeeded", "stored a")],
      story([["archive"], ["fetch", problem]]),
      problem,
      ["ArtifactInStorage=True Succeeded: stored a", "FetchFailed=True GitOperationFailed: no route"],
    ],
    "a step that was walked twice counts as it ended last": [
      [],
      story([["fetch"], ["fetch", problem]]),
      problem,
      ["FetchFailed=True GitOperationFailed: no route"],
    ],
    "a problem without a reason takes the step's": [
      [],
      story([["health", Object.assign(new Error("web: crash loop"), { fate: "failed" as const })]]),
      failed("HealthCheckFailed", "web: crash loop"),
      ["Healthy=False HealthCheckFailed: web: crash loop"],
    ],
  };
  for (const [name, [had, told, ending, expected]] of Object.entries(rows)) {
    it(name, () => {
      const { status } = judge(steps, object({ conditions: had }), told, ending, now);
      const own = status.conditions.filter(({ type }) => !["Ready", "Reconciling", "Stalled"].includes(type));
      assert.deepEqual(words(own), expected);
    });
  }
});

describe("times and generations of conditions", () => {
  const of = (conditions: Condition[], type: string) => conditions.find((one) => one.type === type);

  it("keeps the transition time while the status is the same, whatever the message", () => {
    const { status } = judge(steps, wasReady, story([]), applied, now);
    assert.equal(of(status.conditions, "Ready")?.lastTransitionTime, before);
    assert.equal(of(status.conditions, "Ready")?.observedGeneration, 3);
  });

  it("takes a new transition time, in whole seconds, when the status changes", () => {
    const { status } = judge(steps, wasReady, story([]), failed("X", "y"), now);
    assert.equal(of(status.conditions, "Ready")?.lastTransitionTime, time);
  });

  it("leaves untouched conditions with their old generation", () => {
    const had = condition("Healthy", "True", "Succeeded", "was fine");
    const { status } = judge(steps, object({ conditions: [had] }), story([]), failed("X", "y"), now);
    assert.deepEqual(of(status.conditions, "Healthy"), had);
  });

  it("ends exactly as before when nothing is new", () => {
    const first = judge(
      steps,
      object(),
      story([["fetch"], ["archive"]], { a: 1 }),
      done({ b: 2 }, "ok"),
      now,
    );
    const again = judge(
      steps,
      object(first.status),
      story([["fetch"], ["archive"]], { a: 1 }),
      done({ b: 2 }, "ok"),
      now + 86_400_000,
    );
    assert.deepEqual(again.status, first.status);
    assert.deepEqual(again.events, []);
  });

  it("cuts a message to what a condition may hold", () => {
    const { status } = judge(steps, object(), story([]), failed("X", "é".repeat(40_000)), now);
    assert.equal(of(status.conditions, "Ready")?.message.length, 32_768);
    assert.match(of(status.conditions, "Ready")!.message, /…$/);
  });
});

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
