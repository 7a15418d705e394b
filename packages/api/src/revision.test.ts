import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRevision, normalizeRevision, parseRevision, type Revision } from "./revision.ts";

const sha1 = "1f3870be274f6c49b3e31a0c6728957f51f3870b";
const sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const today: [string, Revision][] = [
  ["", {}],
  [`main@sha1:${sha1}`, { name: "main", algorithm: "sha1", hash: sha1 }],
  [`feature/x@sha1:${sha1}`, { name: "feature/x", algorithm: "sha1", hash: sha1 }],
  [`refs/pull/420/head@sha1:${sha1}`, { name: "refs/pull/420/head", algorithm: "sha1", hash: sha1 }],
  [`user@home@sha1:${sha1}`, { name: "user@home", algorithm: "sha1", hash: sha1 }],
  [`sha1:${sha1}`, { algorithm: "sha1", hash: sha1 }],
  [`latest@sha256:${sha256}`, { name: "latest", algorithm: "sha256", hash: sha256 }],
  [`sha256:${sha256}`, { algorithm: "sha256", hash: sha256 }],
  ["6.5.0", { name: "6.5.0" }],
  ["6.5.0-rc.1+build", { name: "6.5.0-rc.1+build" }],
  ["some/word", { name: "some/word" }],
  [`${sha1.slice(1)}x`, { name: `${sha1.slice(1)}x` }],
];

for (const [text, revision] of today) {
  test(`"${text}" is read and written back`, () => {
    assert.deepEqual(parseRevision(text), revision);
    assert.equal(formatRevision(revision), text);
    assert.equal(normalizeRevision(text), text);
  });
}

const old: [string, string][] = [
  [`main/${sha1}`, `main@sha1:${sha1}`],
  [`feature/x/${sha1}`, `feature/x@sha1:${sha1}`],
  [`HEAD/${sha1}`, `sha1:${sha1}`],
  [sha1, `sha1:${sha1}`],
  [`v1/${sha256}`, `v1@sha256:${sha256}`],
  [sha256, `sha256:${sha256}`],
];

for (const [text, now] of old) {
  test(`the old form "${text}" becomes "${now}"`, () => assert.equal(normalizeRevision(text), now));
}

test("a bare hash without an algorithm gets it from its length", () => {
  assert.equal(formatRevision({ name: "main", hash: sha1 }), `main@sha1:${sha1}`);
  assert.equal(formatRevision({ hash: sha256 }), `sha256:${sha256}`);
});
