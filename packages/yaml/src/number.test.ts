import assert from "node:assert/strict";
import { test } from "node:test";
import { decimalDigits } from "./number.ts";

const spelt: [number, string][] = [
  [1e-7, "0.0000001"],
  [-2.5, "-2.5"],
  [1e21, "1000000000000000000000"],
  [1e23, "100000000000000000000000"],
  [123456789.5, "123456789.5"],
];
for (const [value, text] of spelt) {
  test(`${value} in decimal digits is ${text}`, () => assert.equal(decimalDigits(value), text));
}
