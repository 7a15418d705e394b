import assert from "node:assert/strict";
import { test } from "node:test";
import { goDiff, goPodSpec, goStruct } from "./godiff.ts";

test("a struct is shown with all its fields, in Go's order and under Go's names", () => {
  const shown = goStruct("PersistentVolumeClaimSpec", {
    volumeMode: "Block",
    resources: { requests: { storage: "1Gi" } },
  });
  assert.deepEqual(Object.entries(shown), [
    ["AccessModes", null],
    ["Selector", null],
    ["Resources", { Limits: null, Requests: { storage: "1Gi" } }],
    ["VolumeName", ""],
    ["StorageClassName", null],
    ["VolumeMode", "Block"],
    ["DataSource", null],
    ["DataSourceRef", null],
    ["VolumeAttributesClassName", null],
  ]);
});

test("what concerns the host is part of a pod's security context, sources are part of a volume", () => {
  const spec = goPodSpec({ hostNetwork: true, containers: [], volumes: [{ name: "v", emptyDir: {} }] });
  assert.equal(spec["SecurityContext"].HostNetwork, true);
  assert.equal(spec["Volumes"][0].Name, "v");
  assert.deepEqual(spec["Volumes"][0].EmptyDir, { Medium: "", SizeLimit: null });
});

const numbers = Array.from({ length: 30 }, (_, index) => index);
const changed = (...places: number[]) => numbers.map((each) => (places.includes(each) ? -each : each));
const diffs: [what: string, before: unknown, after: unknown, expected: string][] = [
  ["nothing", { a: 1 }, { a: 1 }, ""],
  ["a value", { a: 1, b: 2 }, { a: 1, b: 3 }, '@@ -1,4 +1,4 @@\n {\n  "a": 1,\n- "b": 2\n+ "b": 3\n }\n'],
  ["an insertion", [1, 2], [1, 9, 2], "@@ -1,4 +1,5 @@\n [\n  1,\n+ 9,\n  2\n ]\n"],
];
for (const [what, before, after, expected] of diffs)
  test(`a difference of ${what}`, () => assert.equal(goDiff(before, after), expected));

test("changes that are far apart have hunks of their own", () => {
  const headers = (text: string) => text.match(/@@.*@@/g);
  assert.deepEqual(headers(goDiff(numbers, changed(5, 25))), ["@@ -4,7 +4,7 @@", "@@ -24,7 +24,7 @@"]);
  assert.deepEqual(headers(goDiff(numbers, changed(5, 11))), ["@@ -4,13 +4,13 @@"]);
});

test("very long values are not compared line by line", () => {
  assert.equal(goDiff(new Array(3000).fill(1), new Array(3000).fill(2)), "");
});
