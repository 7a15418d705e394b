import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesAnchored, matchesLabels } from "./select.ts";

const labels = new Map([
  ["app", "web"],
  ["tier", "2"],
]);
const selectors: [string, boolean][] = [
  ["", true],
  ["app=web", true],
  ["app==web,tier!=1", true],
  ["app in (web, api)", true],
  ["app notin (web)", false],
  ["missing notin (x)", true],
  ["app", true],
  ["!app", false],
  ["!missing", true],
  ["tier>1,tier<3", true],
  ["app=", false],
];
for (const [selector, expected] of selectors) {
  test(`"${selector}" ${expected ? "selects" : "does not select"} app=web,tier=2`, () => {
    assert.equal(
      matchesLabels(selector, () => labels),
      expected,
    );
  });
}

// An impossible label would select nothing, and the patch would be lost in silence.
for (const selector of ["a ~ b", "app=-web", "-app", "tier>1.5"])
  test(`refuses "${selector}" and says which selector that is`, () =>
    assert.throws(() => matchesLabels(selector, () => labels), {
      code: "invalid-config",
      message: new RegExp(`unable to parse requirement: .* in label selector "${selector}"$`),
    }));

const patterns: [string, string, boolean][] = [
  ["web", "web", true],
  ["web", "web-db", false],
  ["web.*", "web-db", true],
  ["a|b", "ab", false],
  ["(?i)WEB", "web", true],
  ["(a+)+", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", false],
];
for (const [pattern, text, expected] of patterns) {
  test(`/${pattern}/ ${expected ? "matches" : "does not match"} ${text}`, () =>
    assert.equal(matchesAnchored(pattern, text), expected));
}

test("refuses what Go's regular expressions refuse", () => {
  assert.throws(() => matchesAnchored("(?=x)", "x"), /error parsing regexp/);
});
