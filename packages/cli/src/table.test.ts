import assert from "node:assert/strict";
import test from "node:test";
import { age, growingTable, table } from "./table.ts";

const plain = { fancy: false };

test("pads every column but the last", () => {
  const text = table(
    plain,
    ["Name", "Ready", "Message"],
    [
      ["web", "True", "all good"],
      ["much-longer", { text: "False", color: "red" }, "no"],
    ],
  );
  assert.equal(
    text,
    "NAME          READY   MESSAGE\nweb           True    all good\nmuch-longer   False   no\n",
  );
});

test("keeps a message of several lines in its row", () => {
  assert.equal(table(plain, undefined, [["web", "first\n  second\n"]]), "web   first second \n");
});

test("gives each line of a message a row when asked", () => {
  const rows = [
    ["web", "first\nsecond\n"],
    ["api", "one"],
  ];
  assert.equal(table(plain, undefined, rows, { tall: true }), "web   first\n      second\napi   one\n");
});

test("grows under one header, and no column becomes narrower", () => {
  const more = growingTable(plain, ["Name", "Ready"]);
  assert.equal(more([["long-name", "True"]]), "NAME        READY\nlong-name   True\n");
  assert.equal(more([["web", "False"]]), "web         False\n");
});

test("colours cells on a terminal only, and pads by what is seen", () => {
  const cell = { text: "True", color: "green" } as const;
  assert.equal(
    table({ fancy: true }, ["Ready", "X"], [[cell, "y"]]),
    "READY   X\n\x1b[32mTrue\x1b[0m    y\n",
  );
});

const ages: Record<string, number> = {
  "45s": 45e3,
  "2m": 120e3,
  "9m59s": 599e3,
  "12m": 725e3,
  "3h20m": 12_000e3,
  "9h": 32_400e3,
  "2d3h": 183_600e3,
  "9d": 777_600e3,
};
for (const [text, ms] of Object.entries(ages))
  test(`writes an age of ${ms} ms as ${text}`, () => assert.equal(age(ms), text));
