import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@sluice/api";
import { fillInLimits, limitProblems, totals } from "./limits.ts";
import { add, covers, excess, limited, missingAmounts, statusOf, usageOf } from "./quotas.ts";

type Json = Record<string, any>;

const pod = (containers: Json[], spec: Json = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p" },
  spec: { containers: containers.map((each, index) => ({ name: `c${index}`, ...each })), ...spec },
});
const asks = (cpu: string) => ({ resources: { requests: { cpu } } });
const quota = (hard: Json, more: Json = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "q" },
  spec: { hard, ...more },
});
const range = (...limits: Json[]): KubeObject => ({
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: { name: "l" },
  spec: { limits },
});

test("init containers run one by one, those that stay run with the others", () => {
  const initContainers = [asks("3"), asks("2"), { ...asks("500m"), restartPolicy: "Always" }];
  assert.equal(totals(pod([asks("1"), asks("1")], { initContainers })).requests["cpu"], "3500m");
  assert.equal(totals(pod([asks("1"), asks("1")])).requests["cpu"], "2");
});

test("a container keeps what it says, and the note tells what it was given", () => {
  const it = pod([{ resources: { limits: { memory: "1Gi" } } }, {}]);
  fillInLimits(it, [range({ type: "Container", default: { memory: "2Gi" }, defaultRequest: { cpu: "1" } })]);
  assert.deepEqual(it.spec.containers[0].resources, { limits: { memory: "1Gi" }, requests: { cpu: "1" } });
  assert.equal(
    it.metadata.annotations?.["kubernetes.io/limit-ranger"],
    "LimitRanger plugin set: cpu request for container c0; cpu request for container c1; memory limit for container c1",
  );
});

test("a limit without a default asks for a word", () => {
  assert.deepEqual(
    limitProblems(pod([{}]), range({ type: "Container", max: { cpu: "1" }, min: { cpu: "1m" } })),
    [
      "minimum cpu usage per Container is 1m.  No request is specified",
      "maximum cpu usage per Container is 1.  No limit is specified",
    ],
  );
});

test("usage is added in the notation of what was first", () => {
  const hard = quota({ "requests.cpu": "2", pods: "3" });
  const one = limited(usageOf("/pods", pod([asks("500m")])), hard);
  assert.deepEqual(statusOf(hard, add(one, one)).used, { "requests.cpu": "1", pods: "2" });
  assert.deepEqual(statusOf(hard, add(add(one, one), one, -1n)).used, { "requests.cpu": "500m", pods: "1" });
});

test("what is left over is told with all that is too much", () => {
  const hard = quota({ "requests.cpu": "1", pods: "1" });
  const one = limited(usageOf("/pods", pod([asks("600m")])), hard);
  assert.equal(excess(hard, {}, one), undefined);
  assert.equal(
    excess(hard, one, one),
    "requested: pods=1,requests.cpu=600m, used: pods=1,requests.cpu=600m, limited: pods=1,requests.cpu=1",
  );
});

test("a quota on an amount makes every container name it", () => {
  assert.equal(
    missingAmounts(quota({ cpu: "1", "limits.memory": "1Gi" }), pod([asks("1"), {}])),
    "must specify cpu for: c1; limits.memory for: c0,c1",
  );
  assert.equal(missingAmounts(quota({ pods: "1" }), pod([{}])), undefined);
});

const scoped: [scope: Json, object: KubeObject, covered: boolean][] = [
  [{ scopes: ["BestEffort"] }, pod([{}]), true],
  [{ scopes: ["BestEffort"] }, pod([asks("1")]), false],
  [{ scopes: ["Terminating"] }, pod([{}], { activeDeadlineSeconds: 5 }), true],
  [{ scopes: ["NotTerminating", "NotBestEffort"] }, pod([asks("1")]), true],
  [{ scopes: ["NotTerminating"] }, { ...pod([]), kind: "Secret" }, false],
  [
    {
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] },
    },
    pod([{}], { priorityClassName: "high" }),
    true,
  ],
];
for (const [scope, object, covered] of scoped)
  test(`a quota with ${JSON.stringify(scope)} ${covered ? "covers" : "does not cover"} ${object.kind} ${JSON.stringify(object.spec)}`, () =>
    assert.equal(covers(quota({ pods: "1" }, scope), object), covered));
