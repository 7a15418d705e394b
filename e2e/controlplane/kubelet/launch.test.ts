import assert from "node:assert/strict";
import { test } from "node:test";
import { referencesOf } from "./launch.ts";

const rows: [string, object, string[]][] = [
  ["a volume of a ConfigMap", { volumes: [{ configMap: { name: "a" } }] }, ["ConfigMap a"]],
  ["a volume of a Secret", { volumes: [{ secret: { secretName: "a" } }] }, ["Secret a"]],
  [
    "parts of a projected volume",
    {
      volumes: [
        {
          projected: {
            sources: [{ configMap: { name: "a" } }, { secret: { name: "b" } }, { downwardAPI: {} }],
          },
        },
      ],
    },
    ["ConfigMap a", "Secret b"],
  ],
  [
    "whole environments",
    { env: { envFrom: [{ secretRef: { name: "a" } }, { configMapRef: { name: "a" } }] } },
    ["Secret a", "ConfigMap a"],
  ],
  [
    "single variables, each once",
    { env: { env: [1, 2].map(() => ({ valueFrom: { secretKeyRef: { name: "a", key: "k" } } })) } },
    ["Secret a"],
  ],
  ["nothing", { volumes: [{ emptyDir: {} }], env: { env: [{ name: "A", value: "1" }] } }, []],
];
for (const [what, { volumes, env = {} }, expected] of rows as [
  string,
  { volumes?: object[]; env?: object },
  string[],
][])
  test(`refers to ${what}`, () => {
    const found = referencesOf({ spec: { volumes, containers: [{ name: "c", ...env }] } });
    assert.deepEqual(
      found.map((reference) => reference.join(" ")),
      expected,
    );
  });
