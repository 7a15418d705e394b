import assert from "node:assert/strict";
import test from "node:test";
import { codedErrors } from "./coded-error.ts";

const { make, is } = codedErrors("WireError", ["denied", "lost"]);

test("an error says its code, its name and what led to it", () => {
  const cause = new Error("cut");
  const error = make("lost", "the wire is gone", cause);
  assert.equal(String(error), "WireError: the wire is gone");
  assert.equal(error.code, "lost");
  assert.equal(error.cause, cause);
  assert.ok(!("cause" in make("denied", "no")));
});

const others: Record<string, unknown> = {
  "another name": Object.assign(new Error("x"), { code: "lost" }),
  "another code": Object.assign(new Error("x"), { name: "WireError", code: "ENOENT" }),
  "no code": Object.assign(new Error("x"), { name: "WireError" }),
  "no error": { name: "WireError", code: "lost" },
  nothing: undefined,
};
test("an error is recognized", () => assert.ok(is(make("denied", "no"))));
for (const [sentence, other] of Object.entries(others))
  test(`what has ${sentence} is not taken for one`, () => assert.ok(!is(other)));
