import assert from "node:assert/strict";
import test from "node:test";
import { everyKind, takeKind, takeKinds } from "./kinds.ts";

const rows: Record<string, [kind: string, names: string[]]> = {
  "ks web": ["Kustomization", ["web"]],
  kustomizations: ["Kustomization", []],
  "kustomization web api": ["Kustomization", ["web", "api"]],
  "Kustomization/web": ["Kustomization", ["web"]],
  "source git web": ["GitRepository", ["web"]],
  "sources git": ["GitRepository", []],
  "gitrepositories web": ["GitRepository", ["web"]],
  "gitrepo web": ["GitRepository", ["web"]],
  "source oci web": ["OCIRepository", ["web"]],
  "sources chart": ["HelmChart", []],
  "hr web": ["HelmRelease", ["web"]],
  helmreleases: ["HelmRelease", []],
  "images policy": ["ImagePolicy", []],
  "image repository web": ["ImageRepository", ["web"]],
  receivers: ["Receiver", []],
};
for (const [words, [kind, names]] of Object.entries(rows))
  test(`'${words}' names ${kind}`, () => {
    const taken = takeKind(words.split(" "));
    assert.equal(taken.kind.kind, kind);
    assert.deepEqual(taken.names, names);
  });

test("'all' names every kind, 'sources all' those of sources", () => {
  assert.equal(takeKinds(["all"]).kinds.length, 14);
  assert.deepEqual(takeKinds(["all", "web"]).names, ["web"]);
  assert.deepEqual(
    takeKinds(["sources", "all"]).kinds.length,
    everyKind.filter(({ group }) => group.startsWith("source.")).length,
  );
});

test("says what is known when a kind is not", () => {
  assert.throws(() => takeKinds(["pods"]), /unknown kind 'pods'; known are: .*kustomization/);
  assert.throws(() => takeKinds([]), /which kind\?/);
  assert.throws(() => takeKind(["all"]), /several kinds/);
});
