import assert from "node:assert/strict";
import { test } from "node:test";
import { isOciError } from "./errors.ts";
import { formatReference, parseReference } from "./reference.ts";

const digest = `sha256:${"a".repeat(64)}`;

const read: Record<string, [text: string, written: string]> = {
  "a repository": ["oci://ghcr.io/org/app", "ghcr.io/org/app"],
  "a tag": ["oci://ghcr.io/org/app:1.0.0_build.5", "ghcr.io/org/app:1.0.0_build.5"],
  "a port": ["localhost:5000/app:v1", "localhost:5000/app:v1"],
  "an IPv6 address": ["oci://[::1]:5000/app:v1", "[::1]:5000/app:v1"],
  "a digest": [`oci://ghcr.io/org/app@${digest}`, `ghcr.io/org/app@${digest}`],
  "a tag and a digest, which wins": [`ghcr.io/org/app:1@${digest}`, `ghcr.io/org/app@${digest}`],
  "names with all that may stand between words": ["h/a_b/c__d/e.f/g--h", "h/a_b/c__d/e.f/g--h"],
};
for (const [sentence, [text, written]] of Object.entries(read))
  test(`a reference has ${sentence}`, () => assert.equal(formatReference(parseReference(text)), written));

const refused: Record<string, string> = {
  "without a repository": "oci://ghcr.io",
  "with an empty repository": "oci://ghcr.io/",
  "with capitals": "oci://ghcr.io/Org/App",
  "with an empty part": "oci://ghcr.io/org//app",
  "that leads elsewhere": "oci://ghcr.io/../v1",
  "with a query": "oci://ghcr.io/org/app?x=1",
  "with a plus": "oci://ghcr.io/org/app:1.0.0+a",
  "with an endless tag": `oci://ghcr.io/org/app:${"1".repeat(129)}`,
  "with a short digest": "oci://ghcr.io/org/app@sha256:abc",
  "with a digest that nobody computes": `oci://ghcr.io/org/app@constructor:${"a".repeat(64)}`,
  "with a port that is none": "oci://ghcr.io:99999/org/app",
  "of another scheme": "https://ghcr.io/org/app",
  "without anything": "",
};
for (const [sentence, text] of Object.entries(refused))
  test(`no reference is one ${sentence}`, () =>
    assert.throws(
      () => parseReference(text),
      (thrown) => isOciError(thrown) && thrown.code === "bad-reference",
    ));

test("a password in a reference is refused and not told", () => {
  for (const text of [
    "oci://me:s3cret@ghcr.io/app",
    "me:s3cret@ghcr.io/app:1",
    "oci://me:s3/cret@ghcr.io/app",
  ])
    assert.throws(
      () => parseReference(text),
      (thrown: Error) => !/s3/.test(thrown.message) && /\*\*\*@ghcr/.test(thrown.message),
    );
});
