import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asProblem, failed, isProblem, messageOf, stalled, waiting } from "./problem.ts";

describe("what was thrown becomes a problem", () => {
  const rows: Record<string, [thrown: unknown, fate: string, reason: string, message: string]> = {
    "an ordinary error failed, with the reason of its step": [
      new Error("boom"),
      "failed",
      "BuildFailed",
      "boom",
    ],
    "a problem keeps its fate and reason": [stalled("AccessDenied", "no"), "stalled", "AccessDenied", "no"],
    "a problem without a reason takes the step's": [
      Object.assign(new Error("no"), { fate: "stalled" }),
      "stalled",
      "BuildFailed",
      "no",
    ],
    "a word": ["boom", "failed", "BuildFailed", "boom"],
    nothing: [undefined, "failed", "BuildFailed", "unknown error: undefined"],
    "an error with a fate that is none failed": [
      Object.assign(new Error("x"), { fate: "sealed" }),
      "failed",
      "BuildFailed",
      "x",
    ],
  };
  for (const [name, [thrown, fate, reason, message]] of Object.entries(rows)) {
    it(name, () => {
      const problem = asProblem(thrown, "BuildFailed");
      assert.deepEqual([problem.fate, problem.reason, problem.message], [fate, reason, message]);
      assert.ok(isProblem(problem));
    });
  }
  it("keeps when to look again and the cause", () => {
    const cause = new Error("deep");
    assert.equal(asProblem(waiting("R", "m", 7), "S").again, 7);
    assert.equal(failed("R", "m", { cause }).cause, cause);
    assert.equal(asProblem(cause, "S").cause, cause);
  });
});

describe("what an error says", () => {
  const refused = new Error("connect ECONNREFUSED 10.0.0.1:443");
  const rows: Record<string, [unknown, string]> = {
    "its cause, when that adds something": [
      new TypeError("fetch failed", { cause: refused }),
      "fetch failed: connect ECONNREFUSED 10.0.0.1:443",
    ],
    "not its cause again": [
      new Error("no: connect ECONNREFUSED 10.0.0.1:443", { cause: refused }),
      "no: connect ECONNREFUSED 10.0.0.1:443",
    ],
    "each of several": [
      new AggregateError([new Error("a"), new Error("b")], "two failed"),
      "two failed: a; b",
    ],
    "several without a headline": [new AggregateError([new Error("a"), new Error("b")]), "a; b"],
    "its name when it has no words": [new TypeError(), "TypeError"],
  };
  for (const [name, [thrown, expected]] of Object.entries(rows))
    it(name, () => assert.equal(messageOf(thrown), expected));
  it("ends with causes in a circle", () => {
    const one = new Error("one");
    one.cause = new Error("two", { cause: one });
    assert.match(messageOf(one), /^one: two/);
  });
});
