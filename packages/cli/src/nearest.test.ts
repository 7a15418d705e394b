import assert from "node:assert/strict";
import test from "node:test";
import { nearest } from "./nearest.ts";

const names = ["apps", "infra-configs", "infra-controllers", "flux-system"];
const rows: Record<string, [name: string, found: string | undefined]> = {
  "a letter too few": ["aps", "apps"],
  "a letter too many": ["appss", "apps"],
  "two letters swapped": ["flux-sytsem", "flux-system"],
  "a beginning": ["infra-con", "infra-configs"],
  "something else altogether": ["podinfo", undefined],
  "a short name that shares nothing": ["xy", undefined],
};
for (const [sentence, [name, found]] of Object.entries(rows))
  test(`the nearest name to ${sentence}`, () => assert.equal(nearest(name, names), found));
