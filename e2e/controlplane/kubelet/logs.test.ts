import assert from "node:assert/strict";
import { test } from "node:test";
import { lastLines } from "./logs.ts";

const rows: [string, string | null, string][] = [
  ["a\nb\nc\n", null, "a\nb\nc\n"],
  ["a\nb\nc\n", "0", ""],
  ["a\nb\nc\n", "1", "c\n"],
  ["a\nb\nc\n", "2", "b\nc\n"],
  ["a\nb\nc\n", "9", "a\nb\nc\n"],
  ["a\nb\nunfinished", "1", "unfinished"],
  ["", "1", ""],
];
for (const [text, count, expected] of rows)
  test(`${count ?? "all"} of ${JSON.stringify(text)}`, () =>
    assert.equal(lastLines(Buffer.from(text), count).toString(), expected));
