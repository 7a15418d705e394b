import assert from "node:assert/strict";
import test from "node:test";
import type { Artifact, GitRepository } from "@sluice/api";
import { type Plan, planArtifact, type Seen, shortMessage } from "./plan.ts";

const artifact: Artifact = {
  path: "gitrepository/flux-system/web/abc.tar.gz",
  url: "http://source/gitrepository/flux-system/web/abc.tar.gz",
  revision: "main@sha1:abc",
  digest: "sha256:1",
  lastUpdateTime: "2026-01-01T00:00:00Z",
};
const included: Artifact = { ...artifact, revision: "main@sha1:inc", digest: "sha256:2" };
const include = [{ repository: { name: "other" } }];
const seen: Seen = {
  stored: "present",
  resolved: { commit: "abc", revision: "main@sha1:abc" },
  included: [],
};

const rows: Record<
  string,
  [spec: object, status: object | undefined, seen: Partial<Seen>, because: string | undefined]
> = {
  "keeps an artifact of the same revision": [{}, { artifact }, {}, undefined],
  "builds a first one": [{}, undefined, {}, "no artifact yet"],
  "builds one that disappeared": [{}, { artifact }, { stored: "missing" }, "disappeared from storage"],
  "builds one that was tampered with": [
    {},
    { artifact },
    { stored: "corrupt" },
    "its digest no longer matches the file",
  ],
  "builds a new revision": [
    {},
    { artifact },
    { resolved: { commit: "def", revision: "main@sha1:def" } },
    "new upstream revision 'main@sha1:def'",
  ],
  "builds when the ignore rules changed": [
    { ignore: "*.md" },
    { artifact },
    {},
    "the source configuration changed",
  ],
  "keeps when they did not": [{ ignore: "*.md" }, { artifact, observedIgnore: "*.md" }, {}, undefined],
  "builds when they are gone": [
    {},
    { artifact, observedIgnore: "*.md" },
    {},
    "the source configuration changed",
  ],
  "builds when submodules are wanted": [
    { recurseSubmodules: true },
    { artifact },
    {},
    "the source configuration changed",
  ],
  "does not tell false from absent": [{ recurseSubmodules: false }, { artifact }, {}, undefined],
  "builds for other sparse directories": [
    { sparseCheckout: ["a"] },
    { artifact, observedSparseCheckout: ["b"] },
    {},
    "the source configuration changed",
  ],
  "builds for a new include": [
    { include },
    { artifact },
    { included: [included] },
    "the source configuration changed",
  ],
  "keeps with the same include": [
    { include },
    { artifact, observedInclude: include, includedArtifacts: [included] },
    { included: [included] },
    undefined,
  ],
  "builds when an included source moved": [
    { include },
    { artifact, observedInclude: include, includedArtifacts: [{ ...included, digest: "sha256:old" }] },
    { included: [included] },
    "the source configuration changed",
  ],
};
for (const [sentence, [spec, status, differing, because]] of Object.entries(rows))
  test(sentence, () => {
    const repo = {
      metadata: { name: "web" },
      spec: { interval: "1m", url: "https://h/r", ...spec },
      status,
    } as unknown as GitRepository;
    const expected: Plan = because === undefined ? { kind: "keep", artifact } : { kind: "build", because };
    assert.deepEqual(planArtifact(repo, { ...seen, ...differing }), expected);
  });

test("quotes the first line of a commit message, shortened", () => {
  assert.equal(shortMessage("Fix it\n\nbecause"), "Fix it");
  assert.equal(shortMessage("x".repeat(60)), `${"x".repeat(50)}...`);
});
