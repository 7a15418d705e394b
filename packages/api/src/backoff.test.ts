import assert from "node:assert/strict";
import test from "node:test";
import { backoff } from "./backoff.ts";

const rows: Record<string, [attempt: number, chance: number, ms: number]> = {
  "the first, by no chance": [0, 0, 50],
  "the first, by all chance": [0, 1, 100],
  "the third": [2, 0.5, 300],
  "one that reached the maximum": [20, 1, 1000],
  "one beyond all numbers": [5000, 1, 1000],
};
for (const [sentence, [attempt, chance, ms]] of Object.entries(rows))
  test(`the wait before an attempt: ${sentence}`, () =>
    assert.equal(
      backoff(attempt, () => chance, 100, 1000),
      ms,
    ));
