import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Condition, KubeObject } from "@sluice/api";
import type { Change } from "@sluice/kube";
import { thing } from "./version.fixture.ts";
import { becauseOf } from "./wakes.ts";

describe("whether a change of an object is a reason to visit it", () => {
  const settled = { status: { observedGeneration: 1, conditions: [] as Condition[] } };
  const asked = (at: string) => ({ annotations: { "reconcile.fluxcd.io/requestedAt": at } });
  const rows: Record<
    string,
    [before: KubeObject | undefined, after: KubeObject | undefined, because: string | undefined]
  > = {
    "it is new": [undefined, thing("1"), "change"],
    "it is new to us, but settled: like an interval": [undefined, thing("1", settled), "interval"],
    "it is new to us and was asked for meanwhile": [undefined, thing("1", settled, asked("now")), "request"],
    "it is new to us and the request was handled": [
      undefined,
      thing("1", { status: { ...settled.status, lastHandledReconcileAt: "now" } }, asked("now")),
      "interval",
    ],
    "it is new to us and being deleted": [
      undefined,
      thing("1", settled, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      "change",
    ],
    "its spec changed": [thing("1", settled), thing("2", settled, { generation: 2 }), "change"],
    "its status changed": [thing("1"), thing("2", settled), undefined],
    "its labels changed": [thing("1", settled), thing("2", settled, { labels: { a: "b" } }), undefined],
    "it is asked for": [thing("1", settled), thing("2", settled, asked("now")), "request"],
    "it is asked for again": [
      thing("1", settled, asked("before")),
      thing("2", settled, asked("now")),
      "request",
    ],
    "the request was taken back": [thing("1", settled, asked("before")), thing("2", settled), undefined],
    "it is being deleted": [
      thing("1", settled),
      thing("2", settled, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      "change",
    ],
    "it is still being deleted": [
      thing("1", settled, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      thing("2", settled, { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: [] }),
      undefined,
    ],
    "it is gone": [thing("1", settled), undefined, undefined],
  };
  for (const [name, [before, after, because]] of Object.entries(rows)) {
    const type = !before ? "added" : after ? "changed" : "removed";
    it(name, () => assert.equal(becauseOf({ type, before, after } as Change), because));
  }
});
