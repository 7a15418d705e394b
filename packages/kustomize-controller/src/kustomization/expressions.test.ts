import assert from "node:assert/strict";
import test from "node:test";
import type { KubeObject, Kustomization } from "@sluice/api";
import { healthJudge, readyExpression } from "./expressions.ts";

const ks = (name: string, rest: object = {}) =>
  ({ metadata: { name, generation: 3 }, spec: {}, ...rest }) as unknown as Kustomization;
const judge = (expressions: object) =>
  healthJudge(
    ks("web", {
      spec: { healthCheckExprs: [{ apiVersion: "example.com/v1", kind: "Gadget", ...expressions }] },
    }),
  );
const gadget = (status?: object): KubeObject => ({
  apiVersion: "example.com/v1",
  kind: "Gadget",
  metadata: { name: "g" },
  status,
});

test("an expression about a dependency sees both objects, whole numbers as integers", () => {
  const ready = readyExpression(
    "dep.status.observedGeneration == dep.metadata.generation && self.metadata.name == 'web'",
  );
  assert.equal(ready(ks("web"), ks("dep", { status: { observedGeneration: 3 } })), true);
  assert.equal(ready(ks("web"), ks("dep", { status: { observedGeneration: 2 } })), false);
});

const healths: Record<
  string,
  [expressions: object, status: object | undefined, expected: string | undefined]
> = {
  "current when its expression holds": [{ current: "status.phase == 'Up'" }, { phase: "Up" }, "Current"],
  "in progress while it does not": [{ current: "status.phase == 'Up'" }, { phase: "Down" }, "InProgress"],
  "in progress while the fields are not there": [
    { current: "status.phase == 'Up'" },
    undefined,
    "InProgress",
  ],
  "failed when that expression holds": [
    { current: "false", failed: "status.phase == 'Bad'" },
    { phase: "Bad" },
    "Failed",
  ],
  "in progress before failed": [{ current: "false", failed: "true", inProgress: "true" }, {}, "InProgress"],
};
for (const [sentence, [expressions, status, expected]] of Object.entries(healths))
  test(`an object is ${sentence}`, () => assert.equal(judge(expressions)(gadget(status))?.status, expected));

test("says nothing about other kinds, and judges a whole group without a kind", () => {
  const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } };
  assert.equal(judge({ current: "true" })(config), undefined);
  assert.equal(
    judge({ current: "true", kind: undefined })({
      ...gadget({}),
      apiVersion: "example.com/v2",
      kind: "Widget",
    })?.status,
    "Current",
  );
});

for (const [sentence, expression] of Object.entries({
  "does not parse": "status.(",
  "is not a boolean": "'text'",
  "asks for what is not there": "nobody.x == 1",
}))
  test(`stalls on an expression that ${sentence}`, () => {
    assert.throws(
      () => judge({ current: expression }),
      (thrown: any) => thrown.fate === "stalled" && thrown.reason === "InvalidCELExpression",
    );
  });
