import type { Condition, KubeObject } from "@sluice/api";
import { emptyStory, type Story } from "./judge.ts";
import { done } from "./problem.ts";
import type { Problem, StepSpec } from "./types.ts";

export const now = Date.UTC(2026, 0, 1, 12, 0, 0, 789);
export const time = "2026-01-01T12:00:00Z";
export const before = "2025-12-31T00:00:00Z";

export const steps: Record<string, StepSpec> = {
  fetch: { failure: "FetchFailed", reason: "GitOperationFailed" },
  build: { reason: "BuildFailed" },
  archive: {
    failure: "StorageOperationFailed",
    success: "ArtifactInStorage",
    reason: "ArchiveOperationFailed",
  },
  health: { success: "Healthy", reason: "HealthCheckFailed", passed: "HealthCheckSucceeded", waits: true },
};

export function object(
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

export function condition(
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
export function story(
  trail: [step: string, problem?: Problem][],
  notes: Record<string, unknown> = {},
): Story {
  return { ...emptyStory(), notes, trail: trail.map(([step, problem]) => ({ step, took: 1, problem })) };
}

/** "Ready=True Succeeded: message", sorted. */
export function words(conditions: Condition[]): string[] {
  return conditions
    .map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`)
    .sort();
}

export const applied = done({ lastAppliedRevision: "main@sha1:b" }, "Applied revision: main@sha1:b");
export const wasReady = object({
  observedGeneration: 2,
  conditions: [condition("Ready", "True", "ReconciliationSucceeded", "Applied revision: main@sha1:a")],
});
