import assert from "node:assert/strict";
import test from "node:test";
import { paxRecords } from "./pax.ts";

const rows: Record<string, [body: string, records: [string, string][] | undefined]> = {
  "no record": ["", []],
  "two records": [
    "10 path=a\n12 size=077\n",
    [
      ["path", "a"],
      ["size", "077"],
    ],
  ],
  "a value with an equals sign and a newline": ["11 a=b=\nc\n\n", [["a", "b=\nc\n"]]],
  "letters of several bytes": ["11 path=é\n", [["path", "é"]]],
  "no value": ["5 a=\n", [["a", ""]]],
  "no length": ["path=a\n", undefined],
  "a length with a zero before it": ["09 path=a\n", undefined],
  "a length beyond the header": ["99 path=a\n", undefined],
  "a length that ends within the record": ["9 path=a\n\n", undefined],
  "no equals sign": ["7 path\n", undefined],
  "an equals sign of the next record": ["7 path\n5 a=\n", undefined],
};
for (const [sentence, [body, records]] of Object.entries(rows))
  test(`a pax header with ${sentence}`, () => assert.deepEqual(paxRecords(Buffer.from(body)), records));
