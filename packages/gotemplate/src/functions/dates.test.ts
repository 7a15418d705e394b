import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, render, STILL } from "../render.fixture.ts";

const at = (action: string, timeZone = "UTC"): string =>
  render(`{{ ${action} }}`, {}, { ...STILL, timeZone });
const LEAP = '(toDate "2006-01-02T15:04:05.999Z07:00" "2024-02-29T13:04:05.06+02:00")';

const ROWS: [string, string][] = [
  [LEAP, "2024-02-29 13:04:05.06 +0200 +0200"],
  [
    `${LEAP} | date "Mon Monday Jan January 1 01 2 02 _2 __2 002 06 2006"`,
    "Thu Thursday Feb February 2 02 29 29 29  60 060 24 2024",
  ],
  [`${LEAP} | date "3 03 15 4 04 5 05 .000 .999 ,00 PM pm"`, "11 11 11 4 04 5 05 .060 .06 ,06 AM am"],
  [
    `dateInZone "15:04 -0700 -07:00 -07 Z07:00 MST" ${LEAP} "Asia/Kolkata"`,
    "16:34 +0530 +05:30 +05 +05:30 IST",
  ],
  [`dateInZone "15:04 MST" ${LEAP} "America/Sao_Paulo"`, "08:04 -03"],
  [`dateInZone "15:04 MST" ${LEAP} "Nowhere/City"`, "11:04 UTC"],
  ['date "Janet Money 2006" 0', "Janet Money 1970"],
  ["htmlDate (int64 86400)", "1970-01-02"],
  [`dateModify "-1h30m" ${LEAP} | date "15:04"`, "09:34"],
  [`dateModify "nonsense" ${LEAP} | date "15:04"`, "11:04"],
  [`unixEpoch ${LEAP}`, "1709204645"],
  ['now | date "2006-01-02 15:04:05"', "2026-03-29 00:59:58"],
  ['ago (toDate "2006-01-02" "2026-03-28")', "24h59m59s"],
  ['toDate "2006-01-02" "bad"', "0001-01-01 00:00:00 +0000 UTC"],
  [`${LEAP}.Year`, "2024"],
  [`${LEAP}.Month`, "February"],
  [`printf "%d" ${LEAP}.Month`, "2"],
  [`(${LEAP}.AddDate 1 0 0).Format "2006-01-02"`, "2025-03-01"],
  [`${LEAP}.UTC.Weekday`, "Thursday"],
  ['duration "3661"', "1h1m1s"],
  ['durationRound "26h"', "1d"],
  ['mustToDuration "1.5h"', "1h30m0s"],
  ["mustToDuration 1.5", "1.5s"],
  ['durationHours "90m"', "1.5"],
  ['durationRoundTo "95s" "1m"', "2m0s"],
];

test("dates are Go's", async (t) => {
  for (const [action, expected] of ROWS) await t.test(action, () => assert.equal(at(action), expected));
});

test("local time follows the host's zone through summer time", () => {
  const clock = 'date "2006-01-02 15:04 MST" (int64 1774745998)';
  assert.equal(at(clock, "Europe/Berlin"), "2026-03-29 01:59 CET");
  assert.equal(at('date "15:04 MST" (int64 1774746000)', "Europe/Berlin"), "03:00 CEST");
  assert.equal(
    at('toDate "2006-01-02 15:04" "2026-07-01 12:00" | unixEpoch', "America/New_York"),
    "1782921600",
  );
});

const FAILS: [string, string][] = [
  ['mustToDate "2006-01-02" "2020-13-01"', 'parsing time "2020-13-01": month out of range'],
  ['mustToDate "15:04" "12:xx"', 'parsing time "12:xx" as "15:04": cannot parse "xx" as "04"'],
  ['mustToDate "2006" "2020x"', 'parsing time "2020x": extra text: "x"'],
  ['mustDateModify "1y" now', 'time: unknown unit "y" in duration "1y"'],
  ['mustDateModify "1" now', 'time: missing unit in duration "1"'],
  ["mustToDuration true", "unsupported duration type bool"],
];

test("dates fail with Go's words", async (t) => {
  for (const [action, expected] of FAILS)
    await t.test(action, () => assert.ok(failure(`{{ ${action} }}`).endsWith(`: ${expected}`)));
});
