import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChallenges } from "./challenge.ts";

const rows: Record<
  string,
  [header: string | string[] | undefined, challenges: [string, Record<string, string>][]]
> = {
  "no header": [undefined, []],
  "a password": ['Basic realm="a b"', [["basic", { realm: "a b" }]]],
  "a token": [
    'Bearer realm="https://a/token",service="s",scope="repository:a/b:pull,push"',
    [["bearer", { realm: "https://a/token", service: "s", scope: "repository:a/b:pull,push" }]],
  ],
  "small letters, spaces, and words without quotes": [
    "bearer REALM = x , Service=y",
    [["bearer", { realm: "x", service: "y" }]],
  ],
  "quotes in quotes": ['Bearer realm="a\\"b, Basic"', [["bearer", { realm: 'a"b, Basic' }]]],
  "several in a header": [
    'Bearer realm="x", Basic realm="y"',
    [
      ["bearer", { realm: "x" }],
      ["basic", { realm: "y" }],
    ],
  ],
  "several headers": [
    ["Negotiate", 'Basic realm="y"'],
    [
      ["negotiate", {}],
      ["basic", { realm: "y" }],
    ],
  ],
  "a word instead of parameters": [
    'NTLM abc/d==, Basic realm="y"',
    [
      ["ntlm", {}],
      ["basic", { realm: "y" }],
    ],
  ],
  "a quote without an end": ['Basic realm="y', [["basic", {}]]],
  "what is none": ['"', []],
};
for (const [sentence, [header, challenges]] of Object.entries(rows))
  test(`challenges of ${sentence}`, () =>
    assert.deepEqual(
      parseChallenges(header).map(({ scheme, params }) => [scheme, { ...params }]),
      challenges,
    ));

test("a header without an end is read in time", () => {
  const before = process.cpuUsage();
  for (const text of [
    "a ".repeat(8000),
    "a,".repeat(8000),
    `Bearer ${'a="b",'.repeat(3000)}`,
    "a".repeat(16000),
    `x ${"=".repeat(16000)}`,
  ])
    parseChallenges(text);
  // Of this process's own time: a busy machine may take it away.
  assert.ok(process.cpuUsage(before).user < 5_000_000);
});
