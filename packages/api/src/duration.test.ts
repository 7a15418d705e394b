import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, parseDuration } from "./duration.ts";

// Text, milliseconds, and how Go prints it back.
const rows: [string, number, string][] = [
  ["0", 0, "0s"],
  ["0s", 0, "0s"],
  ["-0", 0, "0s"],
  ["5m", 300_000, "5m0s"],
  ["1h", 3_600_000, "1h0m0s"],
  ["1h2m3.5s", 3_723_500, "1h2m3.5s"],
  ["90s", 90_000, "1m30s"],
  ["500ms", 500, "500ms"],
  ["1.5s", 1_500, "1.5s"],
  [".5s", 500, "500ms"],
  ["1.s", 1_000, "1s"],
  ["1.001s", 1_001, "1.001s"],
  ["2.0030s", 2_003, "2.003s"],
  ["-1.5h", -5_400_000, "-1h30m0s"],
  ["+3s", 3_000, "3s"],
  ["72h", 259_200_000, "72h0m0s"],
  ["100us", 0.1, "100µs"],
  ["100µs", 0.1, "100µs"],
  ["100μs", 0.1, "100µs"],
  ["1500ns", 0.0015, "1.5µs"],
  ["7ns", 0.000007, "7ns"],
  ["1m1ms", 60_001, "1m0.001s"],
  ["10m10m", 1_200_000, "20m0s"],
];

for (const [text, milliseconds, printed] of rows) {
  test(`${text} is ${milliseconds} ms and prints as ${printed}`, () => {
    assert.equal(parseDuration(text), milliseconds);
    assert.equal(formatDuration(milliseconds), printed);
  });
}

const refused: [string, RegExp][] = [
  ["", /empty/],
  ["-", /empty/],
  ["5", /unit is missing after 5/],
  ["5 m", /" m" is not a unit/],
  ["5d", /"d" is not a unit/],
  ["m", /a number is missing/],
  ["1h-5m", /"h-" is not a unit/],
  ["1..5s", /unit is missing after 1\./],
  [".s", /a number is missing/],
  ["5constructor", /is not a unit/],
  ["3000000h", /longer than 292 years/],
];

test("a fraction of any length is read", () => {
  assert.equal(parseDuration(`1.${"5".repeat(500)}s`), 1555.555555);
});

for (const [text, expected] of refused) {
  test(`"${text}" is refused`, () => assert.throws(() => parseDuration(text), expected));
}
