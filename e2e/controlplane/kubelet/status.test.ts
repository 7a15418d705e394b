import assert from "node:assert/strict";
import { test } from "node:test";
import { type ContainerFacts, statusOf } from "./status.ts";

const pod = { metadata: { uid: "u1" }, spec: { restartPolicy: "Always" } };
const running: ContainerFacts = {
  name: "manager",
  image: "x/source-controller:v1",
  state: { running: { startedAt: "t0" } },
  ready: true,
  started: true,
  restarts: 0,
};
const waiting = { ...running, ready: false, state: { waiting: { reason: "ContainerCreating" } } };
const crashed = { ...waiting, restarts: 2, state: { waiting: { reason: "CrashLoopBackOff" } } };
const ended = (exitCode: number) => ({ ...running, ready: false, state: { terminated: { exitCode } } });

const show = (subject: object, ...containers: ContainerFacts[]) => {
  const status = statusOf(subject, { podIP: "10.40.128.1", hostIP: "h", startTime: "t0", containers }, "t1");
  return `${status.phase} ${status.conditions.find(({ type }: { type: string }) => type === "Ready").status}`;
};

const rows: [string, object, ContainerFacts[], string][] = [
  ["all are ready", pod, [running], "Running True"],
  ["one is not", pod, [running, waiting], "Running False"],
  ["none has started", pod, [waiting], "Pending False"],
  ["it crashes again and again", pod, [crashed], "Running False"],
  ["it ended but will be started again", pod, [ended(1)], "Running False"],
  ["it ended well for good", { ...pod, spec: { restartPolicy: "Never" } }, [ended(0)], "Succeeded False"],
  [
    "it ended badly for good",
    { ...pod, spec: { restartPolicy: "Never" } },
    [ended(0), ended(1)],
    "Failed False",
  ],
  [
    "a gate is closed",
    { ...pod, spec: { readinessGates: [{ conditionType: "gate" }] } },
    [running],
    "Running False",
  ],
  [
    "a gate is open",
    {
      ...pod,
      spec: { readinessGates: [{ conditionType: "gate" }] },
      status: { conditions: [{ type: "gate", status: "True" }] },
    },
    [running],
    "Running True",
  ],
];
for (const [what, subject, containers, expected] of rows)
  test(`${what}: ${expected}`, () => assert.equal(show(subject, ...containers), expected));

test("a condition keeps its time until it changes", () => {
  const facts = { podIP: "p", hostIP: "h", startTime: "t0" };
  const first = statusOf(pod, { ...facts, containers: [waiting] }, "t1");
  const second = statusOf(pod, { ...facts, containers: [running] }, "t2", first);
  const times = second.conditions.map(({ type, lastTransitionTime }: Record<string, string>) => [
    type,
    lastTransitionTime,
  ]);
  assert.deepEqual(Object.fromEntries(times), {
    PodReadyToStartContainers: "t1",
    Initialized: "t1",
    ContainersReady: "t2",
    Ready: "t2",
  });
});
