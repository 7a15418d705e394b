import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BUILTIN } from "./builtin.ts";
import { humanDuration } from "./duration.ts";
import { compileJsonPath } from "./jsonpath.ts";
import { podReady, podStatus } from "./pods.ts";

describe("a span", () => {
  const second = 1000;
  const minute = 60 * second;
  const hour = 60 * minute;
  const day = 24 * hour;
  // k8s.io/apimachinery/pkg/util/duration
  const rows: [number, string][] = [
    [-2 * second, "<invalid>"],
    [0, "0s"],
    [119 * second, "119s"],
    [2 * minute, "2m"],
    [9 * minute + 59 * second, "9m59s"],
    [179 * minute, "179m"],
    [3 * hour, "3h"],
    [7 * hour + 59 * minute, "7h59m"],
    [47 * hour, "47h"],
    [7 * day + 23 * hour, "7d23h"],
    [729 * day, "729d"],
    [3 * 365 * day + 5 * day, "3y5d"],
    [9 * 365 * day, "9y"],
  ];
  for (const [span, text] of rows)
    it(text, () => {
      assert.equal(humanDuration(span), text);
    });
});

describe("a JSONPath", () => {
  const value = {
    spec: { list: [{ name: "a", on: true }, { name: "b" }], "x.y/z": 1, n: 0 },
    status: {
      conditions: [
        { type: "Ready", status: "True" },
        { type: "Other", status: "False" },
      ],
    },
  };
  const rows: Record<string, unknown[]> = {
    ".spec.n": [0],
    ".spec.missing.deeper": [],
    ".spec.list[1].name": ["b"],
    ".spec.list[-1].name": ["b"],
    ".spec.list[*].name": ["a", "b"],
    '.status.conditions[?(@.type=="Ready")].status': ["True"],
    ".status.conditions[?(@.type!='Ready')].type": ["Other"],
    ".spec.list[?(@.on==true)].name": ["a"],
    ".spec['x.y/z']": [1],
    ".spec.x\\.y/z": [1],
  };
  for (const [path, found] of Object.entries(rows))
    it(path, () => {
      assert.deepEqual(compileJsonPath(path)(value), found);
    });

  it("that cannot be read throws", () => {
    assert.throws(() => compileJsonPath(".a[b"), /cannot read the JSONPath/);
  });
});

describe("the status of a pod", () => {
  const container = (state: object, ready = false) => ({ name: "c", ready, state });
  const rows: [sentence: string, pod: object, status: string][] = [
    ["its phase", { status: { phase: "Pending" } }, "Pending"],
    [
      "why it waits",
      {
        status: {
          phase: "Pending",
          containerStatuses: [container({ waiting: { reason: "ImagePullBackOff" } })],
        },
      },
      "ImagePullBackOff",
    ],
    [
      "how it ended",
      { status: { phase: "Failed", containerStatuses: [container({ terminated: { exitCode: 3 } })] } },
      "ExitCode:3",
    ],
    [
      "which init container runs",
      { spec: { initContainers: [{}, {}] }, status: { initContainerStatuses: [container({ running: {} })] } },
      "Init:0/2",
    ],
    [
      "that it is on its way out",
      { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" }, status: { phase: "Running" } },
      "Terminating",
    ],
  ];
  for (const [sentence, pod, status] of rows)
    it(`is ${sentence}: ${status}`, () => {
      assert.equal(podStatus(pod), status);
    });

  it("counts containers that are ready", () => {
    const pod = {
      spec: { containers: [{}, {}] },
      status: { containerStatuses: [container({ running: {} }, true)] },
    };
    assert.equal(podReady(pod), "1/2");
  });
});

describe("the columns of built-in kinds", () => {
  it("can be filled from an object that has nothing but its name", () => {
    for (const [table, columns] of Object.entries(BUILTIN))
      for (const { name, cell } of columns)
        assert.doesNotThrow(() => cell({ metadata: { name: "x" } }, 0), `${table} ${name}`);
  });
});
