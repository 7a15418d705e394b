import assert from "node:assert/strict";
import test from "node:test";
import { nearest } from "./nearest.ts";

const names = ["apps", "Infra", "flux-system", "apples"];
const rows: Record<string, [word: string, found: string | undefined]> = {
  "a letter too few": ["aps", "apps"],
  "a letter too many": ["appss", "apps"],
  "two letters swapped": ["flux-sytsem", "flux-system"],
  "other capitals": ["INFRA", "Infra"],
  "as near to a later name": ["appes", "apps"],
  "something else altogether": ["podinfo", undefined],
  "three letters off": ["appxyz", undefined],
  "three letters of nine off": ["luxsystom", "flux-system"],
};
for (const [sentence, [word, found]] of Object.entries(rows))
  test(`the nearest name to ${sentence}`, () => assert.equal(nearest(word, names), found));
