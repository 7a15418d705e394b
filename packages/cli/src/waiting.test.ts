import assert from "node:assert/strict";
import test from "node:test";
import { isAtRest } from "./waiting.ts";

const condition = (type: string, status: string, reason: string, observedGeneration?: number) => ({
  type,
  status,
  reason,
  observedGeneration,
});
const rows: Record<string, [conditions: object[], isAtRest: boolean]> = {
  "nothing is known": [[], false],
  "Ready is True": [[condition("Ready", "True", "Succeeded", 2)], true],
  "Ready is about an older generation": [[condition("Ready", "True", "Succeeded", 1)], false],
  "Ready does not say about which generation": [[condition("Ready", "True", "Succeeded")], true],
  "Ready is Unknown": [[condition("Ready", "Unknown", "Progressing", 2)], false],
  "a visit is under way": [
    [condition("Ready", "True", "Succeeded", 2), condition("Reconciling", "True", "Progressing", 2)],
    false,
  ],
  "it failed and is tried again": [
    [
      condition("Ready", "False", "BuildFailed", 2),
      condition("Reconciling", "True", "ProgressingWithRetry", 2),
    ],
    true,
  ],
  "it failed for good": [
    [condition("Ready", "False", "AccessDenied", 2), condition("Stalled", "True", "AccessDenied", 2)],
    true,
  ],
  "a dependency is waited for": [
    [
      condition("Ready", "False", "DependencyNotReady", 2),
      condition("Reconciling", "True", "ProgressingWithRetry", 2),
    ],
    false,
  ],
};
for (const [sentence, [conditions, expected]] of Object.entries(rows))
  test(`${expected ? "at rest" : "not at rest"}: ${sentence}`, () =>
    assert.equal(
      isAtRest({
        apiVersion: "v1",
        kind: "X",
        metadata: { name: "x", generation: 2 },
        status: { conditions },
      }),
      expected,
    ));
