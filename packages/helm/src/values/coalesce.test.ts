import assert from "node:assert/strict";
import { test } from "node:test";
import type { Chart } from "../chart.ts";
import { coalesceValues } from "./coalesce.ts";
import { chartOf, frozen, plain } from "./values.fixture.ts";

const none = () => assert.fail("nothing to warn about");

const ROWS: Record<string, [Chart, object, object]> = {
  "what the user gave goes before, tables are merged, lists are not": [
    chartOf("web", { values: { a: { x: 1, y: 2 }, l: [1, 2], s: "default" } }),
    { a: { y: 3 }, l: [3] },
    { a: { x: 1, y: 3 }, l: [3], s: "default" },
  ],
  "a null of the user's deletes a default, and stays where there is none": [
    chartOf("web", { values: { a: 1, t: { b: 1, c: 2 } } }),
    { a: null, t: { b: null, d: null }, e: null },
    { t: { c: 2, d: null }, e: null },
  ],
  "nulls among the defaults are no values": [
    chartOf("web", { values: { a: null, t: { b: null, c: { d: null } } } }),
    { t: { x: 1 } },
    { t: { x: 1, c: {} } },
  ],
  "every chart within has a section, under the parent's part of it": [
    chartOf("web", {
      values: { db: { size: 2 } },
      charts: [chartOf("db", { values: { size: 1, name: "x" } }), chartOf("cache")],
    }),
    {},
    { db: { size: 2, name: "x", global: {} }, cache: { global: {} } },
  ],
  "a null for the parent's part leaves the child's own default": [
    chartOf("web", { values: { db: { size: 2 } }, charts: [chartOf("db", { values: { size: 1 } })] }),
    { db: { size: null } },
    { db: { global: {} } },
  ],
  "globals go down, and beat those further down": [
    chartOf("web", {
      values: { global: { a: 1, t: { x: 1 } } },
      charts: [chartOf("db", { values: { global: { a: 2, b: 2, t: { y: 2 } } } })],
    }),
    { global: { c: 3 } },
    { global: { a: 1, c: 3, t: { x: 1 } }, db: { global: { a: 1, b: 2, c: 3, t: { x: 1, y: 2 } } } },
  ],
  "what a child adds two tables down in globals shows in the parent's, as it does in Helm": [
    chartOf("web", {
      values: { global: { t: { u: { x: 1 } } } },
      charts: [chartOf("db", { values: { global: { t: { u: { y: 2 } } } } })],
    }),
    {},
    {
      global: { t: { u: { x: 1, y: 2 } } },
      db: { global: { t: { u: { x: 1, y: 2 } } } },
    },
  ],
};

test("values are coalesced by Helm's rules, and what is given is not touched", async (t) => {
  for (const [sentence, [chart, values, expected]] of Object.entries(ROWS)) {
    await t.test(sentence, () => {
      assert.deepEqual(plain(coalesceValues(frozen(chart), frozen({ ...values }), { warn: none })), expected);
    });
  }
});

test("what does not fit together is warned about in Helm's words", () => {
  const child = chartOf("db", { values: { global: { g: { x: 1 } } } });
  const chart = chartOf("web", {
    values: { a: 1, deep: { x: { true: 1 }, z: 2 }, global: { g: 1 } },
    charts: [child],
  });
  const lines: string[] = [];
  const values = { a: { b: 1 }, deep: { x: 5, z: { q: 1 } } };
  coalesceValues(chart, values, { warn: (line) => lines.push(line) });
  assert.deepEqual(lines, [
    'level=INFO msg="warning: skipped value for web.a: Not a table."',
    'level=INFO msg="warning: cannot overwrite table with non table for web.deep.x (map[true:1])"',
    'level=INFO msg="warning: destination for web.deep.z is a table. Ignoring non-table value (2)"',
    'level=INFO msg="warning: cannot overwrite table with non table for web.db.global.g (map[x:1])"',
  ]);
});

test("a section that is no table is an error", () => {
  const chart = chartOf("web", { charts: [chartOf("db")] });
  const wrong = (db: unknown) => () => coalesceValues(chart, { db }, { warn: none });
  assert.throws(wrong("x"), { code: "bad-values", message: "type mismatch on db: %!t(string=x)" });
  assert.throws(wrong(true), { message: "type mismatch on db: true" });
  assert.throws(wrong(null), { message: "type mismatch on db: %!t(<nil>)" });
});

test("defaults that nobody changes are shared, not copied", () => {
  const chart = chartOf("web", { values: { big: { a: { b: 1 } } } });
  assert.equal(coalesceValues(chart, {}, { warn: none }).big, chart.values.big);
});
