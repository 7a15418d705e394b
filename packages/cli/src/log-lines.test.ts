import assert from "node:assert/strict";
import test from "node:test";
import { type Entry, entryOf, type Filter, inOrder, isWanted, readable } from "./log-lines.ts";

const line = (facts: object) =>
  JSON.stringify({ level: "info", ts: "2026-01-01T00:00:00.000Z", msg: "done", ...facts });
const about = { controllerKind: "Kustomization", name: "apps", namespace: "flux-system" };

const shown: Record<string, [text: string, readable: string]> = {
  "about an object": [line(about), "2026-01-01T00:00:00.000Z info Kustomization/apps.flux-system - done"],
  "about nothing": [line({}), "2026-01-01T00:00:00.000Z info done"],
  "with an error": [
    line({ ...about, level: "error", msg: "failed", error: "no such file" }),
    "2026-01-01T00:00:00.000Z error Kustomization/apps.flux-system - failed no such file",
  ],
  "that is no JSON": ["Error: out of memory", "Error: out of memory"],
  "that looks like JSON": ["{ not", "{ not"],
};
for (const [sentence, [text, expected]] of Object.entries(shown))
  test(`a line ${sentence} reads`, () =>
    assert.equal(readable({ fancy: false }, entryOf(text, 0)), expected));

const filters: Record<string, [filter: Filter, text: string, wanted: boolean]> = {
  "shows everything of the namespace": [{}, line(about), true],
  "hides other namespaces": [{}, line({ ...about, namespace: "team" }), false],
  "shows other namespaces when asked": [{ allNamespaces: true }, line({ ...about, namespace: "team" }), true],
  "shows what is about no object": [{}, line({}), true],
  "shows what is no JSON": [{}, "Error: out of memory", true],
  "hides what is no JSON from a filter": [{ kind: "Kustomization" }, "Error: out of memory", false],
  "by level": [{ level: "error" }, line(about), false],
  "by kind, in any case": [{ kind: "kustomization" }, line(about), true],
  "by another kind": [{ kind: "GitRepository" }, line(about), false],
  "by name": [{ name: "other" }, line(about), false],
};
for (const [sentence, [filter, text, wanted]] of Object.entries(filters))
  test(`a filter ${sentence}`, () => assert.equal(isWanted(entryOf(text, 0), filter, "flux-system"), wanted));

test("streams are merged by time; a line without one stays behind the line before", async () => {
  const at = (time: number, text: string): Entry => ({ time, text });
  async function* stream(...entries: Entry[]) {
    yield* entries;
  }
  const merged: string[] = [];
  for await (const { text } of inOrder([
    stream(at(1, "a1"), at(5, "a5"), at(5, "a5 trace")),
    stream(),
    stream(at(2, "b2"), at(9, "b9")),
  ]))
    merged.push(text);
  assert.deepEqual(merged, ["a1", "b2", "a5", "a5 trace", "b9"]);
  assert.equal(entryOf("no time", 7).time, 7);
});
