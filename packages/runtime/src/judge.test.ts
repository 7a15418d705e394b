import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Condition, KubeObject } from "@sluice/api";
import {
  applied,
  before,
  condition,
  now,
  object,
  steps,
  story,
  time,
  wasReady,
  words,
} from "./judge.fixture.ts";
import { judge, type Story } from "./judge.ts";
import { done, failed, stalled, waiting } from "./problem.ts";
import type { Again, Done, Problem } from "./types.ts";

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
