import assert from "node:assert/strict";
import { test } from "node:test";
import { outcome, over, type Tree } from "./tree.ts";

/** A sentence, and what goes with it: resources, a kustomization over them, and the manifests or a pattern of the error. */
export type Case = [resources: string, kustomization: string, expected: string | RegExp, files?: Tree];

/** One test per row; an expected text is the whole output, a pattern is looked for in output or error. */
export function testCases(cases: Record<string, Case>): void {
  for (const [sentence, [resources, kustomization, expected, files]] of Object.entries(cases)) {
    test(sentence, () => {
      const actual = outcome({ ...over(resources, kustomization), ...files });
      if (typeof expected === "string") assert.equal(actual.trimEnd(), expected.trim());
      else assert.match(actual, expected);
    });
  }
}
