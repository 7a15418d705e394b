import assert from "node:assert/strict";
import { test } from "node:test";
import type { Chart, Dependency } from "../chart.ts";
import { processDependencies } from "./requirements.ts";
import { chartOf, frozen, plain } from "./values.fixture.ts";

const none = () => assert.fail("nothing to warn about");

const db = chartOf("db", { values: { size: 1 } });
const parent = (dependency: Dependency, values: object = {}): Chart =>
  chartOf("web", { values, charts: [db], dependencies: [{ name: "db", version: "1.x", ...dependency }] });

const names = ({ dependencies }: Chart): unknown[] => dependencies.map(({ metadata }) => metadata.name);

const KEPT: Record<string, [Chart, object, string[]]> = {
  "a chart without condition or tags is kept": [parent({}), {}, ["db"]],
  "a condition that is false disables": [parent({ condition: "db.enabled" }), { db: { enabled: false } }, []],
  "the first condition that is given counts": [
    parent({ condition: "x.y,db.enabled,z" }),
    { db: { enabled: false }, z: true },
    [],
  ],
  "a condition that nobody gives is none": [parent({ condition: "db.enabled" }), {}, ["db"]],
  "conditions have the defaults too": [parent({ condition: "on" }, { on: false }), {}, []],
  "one tag that is true is enough": [parent({ tags: ["a", "b"] }), { tags: { a: false, b: true } }, ["db"]],
  "tags that are all false disable": [parent({ tags: ["a", "b"] }), { tags: { a: false } }, []],
  "a condition beats tags": [
    parent({ tags: ["a"], condition: "on" }),
    { tags: { a: false }, on: true },
    ["db"],
  ],
  "an alias is the chart under another name": [parent({ alias: "store" }), {}, ["store"]],
  "a chart of another version is kept, but as if nobody had listed it": [
    parent({ version: "2.x", condition: "off", alias: "store" }, { off: false }),
    {},
    ["db"],
  ],
  "a chart that is not listed comes first": [
    chartOf("web", { charts: [db, chartOf("other")], dependencies: [{ name: "db", version: "*" }] }),
    {},
    ["other", "db"],
  ],
  "one chart under two names": [
    chartOf("web", {
      charts: [db],
      dependencies: [
        { name: "db", version: "*" },
        { name: "db", version: "*", alias: "second", condition: "second.enabled" },
      ],
    }),
    {},
    ["db", "second"],
  ],
};

test("charts within are kept by Helm's rules, and what is given is not touched", async (t) => {
  for (const [sentence, [chart, values, expected]] of Object.entries(KEPT)) {
    await t.test(sentence, () => {
      const processed = processDependencies(frozen(chart), frozen({ ...values }), { warn: none });
      assert.deepEqual(names(processed), expected);
    });
  }
});

test("conditions of charts further down have the path to them before", () => {
  const inner = chartOf("inner");
  const dependencies = [{ name: "inner", version: "*", condition: "inner.enabled" }];
  const middle = chartOf("middle", { charts: [inner], dependencies });
  const chart = chartOf("web", { charts: [middle], dependencies: [{ name: "middle", version: "*" }] });
  const kept = (values: object) =>
    names(processDependencies(chart, { ...values }, { warn: none }).dependencies[0]!);
  assert.deepEqual(kept({ middle: { inner: { enabled: false } } }), []);
  assert.deepEqual(kept({ inner: { enabled: false } }), ["inner"]);
});

test("nothing is done for a chart that lists nothing, nor below it", () => {
  const chart = chartOf("web", { charts: [parent({ condition: "on" }, { on: false })] });
  assert.deepEqual(names(processDependencies(chart, {}, { warn: none }).dependencies[0]!), ["db"]);
});

test("what is kept shows in the metadata: its name, and that it is enabled", () => {
  const processed = processDependencies(parent({ alias: "store" }), {}, { warn: none });
  const [one] = processed.metadata.dependencies!;
  assert.deepEqual(plain(one), {
    name: "store",
    version: "1.x",
    alias: "store",
    enabled: true,
  });
  const off = processDependencies(parent({ condition: "on" }, { on: false }), {}, { warn: none });
  assert.equal(off.metadata.dependencies, undefined);
});

test("conditions and tags that are no booleans are warned about", () => {
  const lines: string[] = [];
  const chart = parent({ condition: "db.enabled", tags: ["a"] });
  const values = { db: { enabled: "no" }, tags: { a: 1 } };
  processDependencies(chart, values, { warn: (line) => lines.push(line) });
  assert.deepEqual(lines, [
    'level=WARN msg="returned non-bool value" tag=a chart=db',
    'level=WARN msg="returned non-bool value" path=db.enabled chart=db',
  ]);
});

const child = chartOf("db", {
  values: { data: { a: 1, b: 2 }, exports: { ports: { port: 80 } }, other: { a: 9, c: 3 } },
});
const importing = (imports: unknown[], values: object = {}): Chart =>
  chartOf("web", {
    values,
    charts: [child],
    dependencies: [{ name: "db", version: "*", "import-values": imports }],
  });

/** The defaults of a parent that imports, without the child's section. */
function importedValues(chart: Chart): unknown {
  const { values } = processDependencies(frozen(chart), {}, { warn: none });
  return plain({ ...values, db: undefined });
}

test("values are imported below those of the parent", () => {
  const wish = { child: "data", parent: "local.db" };
  assert.deepEqual(importedValues(importing([wish], { local: { db: { a: 5 } } })), {
    local: { db: { a: 5, b: 2 } },
  });
});

test("exported values are imported by their name", () => {
  assert.deepEqual(importedValues(importing(["ports"])), { port: 80 });
});

test("of two imports the first goes before", () => {
  const wishes = ["data", "other"].map((name) => ({ child: name, parent: "all" }));
  assert.deepEqual(importedValues(importing(wishes)), { all: { a: 1, b: 2, c: 3 } });
});

test("imports that lead nowhere are warned about", () => {
  const lines: string[] = [];
  const chart = importing([{ child: "nope", parent: "x" }, "absent"]);
  processDependencies(chart, {}, { warn: (line) => lines.push(line) });
  assert.deepEqual(lines, [
    'level=WARN msg="ImportValues missing table from chart" chart=db error="\\"nope\\" is not a table"',
    'level=WARN msg="ImportValues missing table" error="\\"absent\\" is not a table"',
  ]);
});

test("a section that is no table says where it was noticed", () => {
  assert.throws(() => processDependencies(parent({}), { db: 1 }, { warn: none }), {
    code: "bad-values",
    message: "chart dependencies processing failed: type mismatch on db: %!t(float64=1)",
  });
});

/** `depth` charts, one within the other, each asked for `count` times under other names. */
function aliasesOfAliases(depth: number, count: number): Chart {
  if (depth === 0) return chartOf("c0");
  const name = `c${depth - 1}`;
  const dependencies = Array.from({ length: count }, (_, i) => ({ name, version: "*", alias: `x${i}` }));
  return chartOf(`c${depth}`, { charts: [aliasesOfAliases(depth - 1, count)], dependencies });
}

const alike = Array.from({ length: 2_000 }, () => chartOf("db"));
const globals = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]));
const BOMBS: Record<string, Chart> = {
  "aliases of aliases": aliasesOfAliases(12, 10),
  "many charts of one name, asked for many times": chartOf("web", {
    charts: alike,
    dependencies: alike.map((_, i) => ({ name: "db", version: ">9", alias: `x${i}` })),
  }),
  "copies of many globals": chartOf("web", {
    values: { global: globals },
    charts: Array.from({ length: 200 }, (_, i) => chartOf(`c${i}`)),
    dependencies: [{ name: "c0", version: "*" }],
  }),
  "many imports of the same": chartOf("web", {
    charts: [chartOf("db", { values: { all: globals } })],
    dependencies: [
      {
        name: "db",
        version: "*",
        "import-values": Array.from({ length: 200 }, (_, i) => ({ child: "all", parent: `p${i}` })),
      },
    ],
  }),
};
for (const [what, chart] of Object.entries(BOMBS)) {
  test(`a small chart that makes much work is refused: ${what}`, () => {
    assert.throws(() => processDependencies(chart, {}, { warn: none }), {
      code: "limit",
      message: /^chart dependencies processing failed: the charts within and their globals are too many/,
    });
  });
}

test("an umbrella of two hundred charts with a thousand globals each is no bomb", () => {
  const charts = Array.from({ length: 200 }, (_, i) => chartOf(`c${i}`));
  const dependencies = charts.map(({ metadata: { name } }) => ({ name, version: "1.x", alias: `${name}-a` }));
  const values = { global: Object.fromEntries(Object.entries(globals).slice(0, 1_000)) };
  const processed = processDependencies(chartOf("web", { values, charts, dependencies }), {}, { warn: none });
  assert.equal(processed.dependencies.length, 200);
});
