import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { argsOf, environmentOf, expand, fieldOf, quantityOf, type Surroundings } from "./spec.ts";

const around: Surroundings = {
  podIP: "127.40.128.1",
  hostIP: "127.40.255.6",
  capacity: { memory: 8 * 2 ** 30, cpu: 4 },
  lookUp: (kind, name) => (name === "known" ? { key: `from ${kind}`, other: "2" } : undefined),
};
const pod = {
  metadata: { name: "web-1", namespace: "flux-system", uid: "u1", labels: { "a/b": "x" } },
  spec: { nodeName: "processes", serviceAccountName: "web" },
};

describe("expand", () => {
  const rows: [string, string][] = [
    ["--addr=web.$(NS).svc", "--addr=web.flux.svc"],
    ["$(NS)$(NS)", "fluxflux"],
    ["$(MISSING)", "$(MISSING)"],
    ["$$(NS)", "$(NS)"],
    ["$NS and 5$", "$NS and 5$"],
  ];
  for (const [text, expected] of rows) test(text, () => assert.equal(expand(text, { NS: "flux" }), expected));
});

describe("environmentOf", () => {
  const rows: [string, object, Record<string, string>][] = [
    [
      "values refer to those before",
      {
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "$(A)2" },
        ],
      },
      { A: "1", B: "12" },
    ],
    [
      "fields of the pod",
      { env: [{ name: "NS", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }] },
      { NS: "flux-system" },
    ],
    [
      "limits in bytes",
      {
        env: [{ name: "M", valueFrom: { resourceFieldRef: { resource: "limits.memory" } } }],
        resources: { limits: { memory: "1Gi" } },
      },
      { M: "1073741824" },
    ],
    [
      "limits by divisor, rounded up",
      {
        env: [{ name: "C", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1" } } }],
        resources: { limits: { cpu: "1500m" } },
      },
      { C: "2" },
    ],
    [
      "no limit: the node's",
      { env: [{ name: "C", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }] },
      { C: "4" },
    ],
    [
      "a key of a Secret",
      { env: [{ name: "S", valueFrom: { secretKeyRef: { name: "known", key: "key" } } }] },
      { S: "from Secret" },
    ],
    [
      "an optional key that is missing",
      { env: [{ name: "S", valueFrom: { secretKeyRef: { name: "x", key: "k", optional: true } } }] },
      {},
    ],
    [
      "all of a ConfigMap",
      { envFrom: [{ prefix: "P_", configMapRef: { name: "known" } }] },
      { P_key: "from ConfigMap", P_other: "2" },
    ],
  ];
  for (const [what, container, expected] of rows)
    test(what, () => assert.deepEqual(environmentOf(pod, container, around), expected));

  const refused: [string, object, RegExp][] = [
    ["a missing ConfigMap", { envFrom: [{ configMapRef: { name: "x" } }] }, /ConfigMap "x" not found/],
    [
      "a missing key",
      { env: [{ name: "S", valueFrom: { configMapKeyRef: { name: "known", key: "k" } } }] },
      /has no key "k"/,
    ],
    [
      "an unknown field",
      { env: [{ name: "S", valueFrom: { fieldRef: { fieldPath: "status.phase" } } }] },
      /status.phase is not supported/,
    ],
  ];
  for (const [what, container, message] of refused)
    test(`${what} is refused`, () => assert.throws(() => environmentOf(pod, container, around), message));
});

test("a label by its key", () => assert.equal(fieldOf(pod, "metadata.labels['a/b']", around), "x"));
test("args are expanded", () => assert.deepEqual(argsOf({ args: ["--x=$(A)"] }, { A: "1" }), ["--x=1"]));
test("a command of its own is refused", () =>
  assert.throws(() => argsOf({ command: ["sh"] }, {}), /command is not supported/));

const quantities: [string | number, number][] = [
  ["64Mi", 67_108_864],
  ["1G", 1e9],
  ["50m", 0.05],
  [2, 2],
  ["1.5", 1.5],
  ["1e3", 1000],
];
for (const [text, expected] of quantities)
  test(`quantity ${text}`, () => assert.equal(quantityOf(text), expected));
for (const text of ["", "1 Gi", "Gi", "1Xi"])
  test(`quantity "${text}" is refused`, () => assert.throws(() => quantityOf(text), /not a quantity/));
