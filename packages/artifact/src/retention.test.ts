import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planGarbage } from "./retention.ts";

const minute = 60_000;
/** Files written at minutes 0, 10, 20, …, named a, b, c, …. */
const written = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: "abcdefgh"[index]!, modified: index * 10 * minute }));

const rows: Record<
  string,
  [
    files: ReturnType<typeof written>,
    current: string,
    ttl: number,
    records: number,
    now: number,
    garbage: string[],
  ]
> = {
  "nothing to do": [[], "a", 1, 2, 0, []],
  "the current one stays, however old": [written(1), "a", 1, 2, 999, []],
  "more than records go, the oldest": [written(4), "d", 60, 2, 31, ["b", "a"]],
  "fewer than records stay": [written(2), "b", 60, 5, 11, []],
  "one record is the current one": [written(3), "c", 60, 1, 21, ["b", "a"]],
  "zero records is the current one too": [written(2), "b", 60, 0, 11, ["a"]],
  "what was replaced longer ago than the ttl goes": [written(2), "b", 1, 2, 12, ["a"]],
  "what was replaced just now stays, however long it was current": [written(2), "b", 15, 2, 20, []],
  "a newer one than the current is about to become current": [written(3), "b", 1, 1, 99, ["a"]],
  "a newer one counts as a record": [written(4), "c", 60, 2, 31, ["b", "a"]],
  "a current one that is gone leaves the newest": [written(3), "x", 60, 2, 21, ["a"]],
  "of the same time, the name decides": [
    [
      { name: "b", modified: 0 },
      { name: "a", modified: 0 },
      { name: "c", modified: 1 },
    ],
    "c",
    60,
    2,
    0,
    ["b"],
  ],
};

describe("retention", () => {
  for (const [sentence, [files, current, ttl, records, now, garbage]] of Object.entries(rows)) {
    test(sentence, () => {
      assert.deepEqual(planGarbage(files, current, { ttlMs: ttl * minute, records }, now * minute), garbage);
    });
  }
});
