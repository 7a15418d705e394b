import assert from "node:assert/strict";
import test from "node:test";
import type { Kustomization } from "@sluice/api";
import { memoryFileSystem } from "@sluice/kustomize";
import { generateKustomization } from "./generate.ts";

const ks = (spec: object = {}): Kustomization =>
  ({
    metadata: { name: "web", namespace: "flux-system" },
    spec: { interval: "1m", prune: true, sourceRef: { kind: "GitRepository", name: "r" }, ...spec },
  }) as unknown as Kustomization;
const cm = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
const own = (text: string) => memoryFileSystem({ "/src/kustomization.yaml": text, "/src/a.yaml": cm });

test("lists every manifest below a folder without a kustomization, and whole folders that have one", () => {
  const fs = memoryFileSystem({
    "/src/b.yaml": cm,
    "/src/a.yml": cm,
    "/src/notes.md": "no",
    "/src/deep/er/c.yaml": cm,
    "/src/overlay/kustomization.yml": "resources: [d.yaml]",
    "/src/overlay/d.yaml": cm,
  });
  assert.deepEqual(generateKustomization(ks(), "/src", fs), {
    resources: ["a.yml", "b.yaml", "deep/er/c.yaml", "overlay"],
  });
});

test("makes a kustomization without effect of an empty folder", () => {
  const fs = memoryFileSystem({ "/src/readme.md": "nothing to apply" });
  assert.deepEqual(generateKustomization(ks(), "/src", fs), { namespace: "_placeholder" });
});

const rows: Record<string, [spec: object, file: string, expected: object]> = {
  "leaves a kustomization alone when nothing is asked for": [
    {},
    "resources: [a.yaml]",
    { resources: ["a.yaml"] },
  ],
  "replaces namespace and names": [
    { targetNamespace: "n", namePrefix: "p-", nameSuffix: "-s" },
    "resources: [a.yaml]\nnamespace: old\nnamePrefix: old-",
    { resources: ["a.yaml"], namespace: "n", namePrefix: "p-", nameSuffix: "-s" },
  ],
  "adds patches and components behind those of the file": [
    { patches: [{ patch: "p2" }], components: ["../c2"] },
    "resources: [a.yaml]\npatches: [{patch: p1}]\ncomponents: [../c1]",
    { resources: ["a.yaml"], patches: [{ patch: "p1" }, { patch: "p2" }], components: ["../c1", "../c2"] },
  ],
  "merges images by name; tag and digest go together": [
    {
      images: [
        { name: "a", newTag: "2" },
        { name: "b", newName: "c" },
      ],
    },
    "resources: [a.yaml]\nimages: [{name: a, newName: x, digest: 'sha256:1'}]",
    {
      resources: ["a.yaml"],
      images: [
        { name: "a", newName: "x", newTag: "2", digest: undefined },
        { name: "b", newName: "c" },
      ],
    },
  ],
};
for (const [sentence, [spec, file, expected]] of Object.entries(rows))
  test(sentence, () => {
    const {
      apiVersion: _,
      kind: __,
      ...made
    } = generateKustomization(ks(spec), "/src", own(file)) as Record<string, unknown>;
    assert.deepEqual(JSON.parse(JSON.stringify(made)), JSON.parse(JSON.stringify(expected)));
  });

test("refuses a component that is not local, and leaves out a missing one on request", () => {
  assert.throws(
    () => generateKustomization(ks({ components: ["https://host/x"] }), "/src", own("resources: [a.yaml]")),
    /must be local and relative/,
  );
  const spec = { components: ["../absent"], ignoreMissingComponents: true };
  assert.equal(
    (generateKustomization(ks(spec), "/src", own("resources: [a.yaml]")) as { components?: string[] })
      .components,
    undefined,
  );
});
