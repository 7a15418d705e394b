import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isGitError } from "./errors.ts";
import { choose, listingOptions, parseListing, tipsOf, wantedOf } from "./refs.ts";
import type { Ref } from "./types.ts";

const sha = (digit: string) => digit.repeat(40);
const listing = parseListing(`${sha("1")}\tHEAD
${sha("1")}\trefs/heads/main
${sha("2")}\trefs/heads/feature/x
${sha("3")}\trefs/pull/1/head
${sha("4")}\trefs/tags/light
${sha("5")}\trefs/tags/v1.0.0
${sha("6")}\trefs/tags/v1.0.0^{}
${sha("7")}\trefs/tags/v1.1.0
${sha("8")}\trefs/tags/v2.0.0-rc.1
${sha("9")}\trefs/tags/v1.2
${sha("a")}\trefs/tags/1.1.0+b2
${sha("b")}\trefs/tags/1.1.0+b1
warning: something else
`);
const resolve = (ref: Ref) => choose(listing, wantedOf(ref), "https://h/r");

describe("choose", () => {
  const rows: Record<string, [Ref, string, string | undefined, string]> = {
    "a branch": [{ branch: "main" }, "1", "refs/heads/main", `main@sha1:${sha("1")}`],
    "a branch with a slash": [
      { branch: "feature/x" },
      "2",
      "refs/heads/feature/x",
      `feature/x@sha1:${sha("2")}`,
    ],
    "a light tag": [{ tag: "light" }, "4", "refs/tags/light", `light@sha1:${sha("4")}`],
    "an annotated tag, peeled": [{ tag: "v1.0.0" }, "6", "refs/tags/v1.0.0", `v1.0.0@sha1:${sha("6")}`],
    "the highest version in a range": [
      { semver: "~1.0" },
      "6",
      "refs/tags/v1.0.0",
      `v1.0.0@sha1:${sha("6")}`,
    ],
    "no prerelease unless asked for": [{ semver: "*" }, "7", "refs/tags/v1.1.0", `v1.1.0@sha1:${sha("7")}`],
    "a prerelease when asked for": [
      { semver: ">=2.0.0-0" },
      "8",
      "refs/tags/v2.0.0-rc.1",
      `v2.0.0-rc.1@sha1:${sha("8")}`,
    ],
    "a branch by its full name": [
      { name: "refs/heads/main" },
      "1",
      "refs/heads/main",
      `refs/heads/main@sha1:${sha("1")}`,
    ],
    "a pull request": [
      { name: "refs/pull/1/head" },
      "3",
      "refs/pull/1/head",
      `refs/pull/1/head@sha1:${sha("3")}`,
    ],
    "an annotated tag by its full name": [
      { name: "refs/tags/v1.0.0" },
      "6",
      "refs/tags/v1.0.0",
      `refs/tags/v1.0.0@sha1:${sha("6")}`,
    ],
    "a tag already spelled peeled": [
      { name: "refs/tags/v1.0.0^{}" },
      "6",
      "refs/tags/v1.0.0",
      `refs/tags/v1.0.0^{}@sha1:${sha("6")}`,
    ],
    HEAD: [{ name: "HEAD" }, "1", "HEAD", `HEAD@sha1:${sha("1")}`],
    "a commit": [{ commit: sha("F") }, "f", undefined, `sha1:${sha("f")}`],
    "a commit of a branch": [
      { commit: sha("f"), branch: "main" },
      "f",
      "refs/heads/main",
      `main@sha1:${sha("f")}`,
    ],
    "a commit with a name": [{ commit: sha("f"), name: "refs/x" }, "f", undefined, `refs/x@sha1:${sha("f")}`],
    "commit before name, name before semver": [
      { commit: sha("f"), semver: "*", tag: "light" },
      "f",
      undefined,
      `sha1:${sha("f")}`,
    ],
    "semver before tag, tag before branch": [
      { semver: "~1.0", tag: "light", branch: "main" },
      "6",
      "refs/tags/v1.0.0",
      `v1.0.0@sha1:${sha("6")}`,
    ],
    "tag before branch": [{ tag: "light", branch: "main" }, "4", "refs/tags/light", `light@sha1:${sha("4")}`],
  };
  for (const [name, [ref, digit, full, revision]] of Object.entries(rows)) {
    it(`finds ${name}`, () => {
      const { ref: found, ...rest } = resolve(ref);
      assert.deepEqual({ ...rest, ref: found }, { commit: sha(digit), ref: full, revision });
    });
  }

  const missing: Record<string, [Ref, RegExp]> = {
    "master, when nothing is said": [{}, /refs\/heads\/master does not exist; branches are main, feature\/x/],
    "an unknown tag": [{ tag: "v9" }, /refs\/tags\/v9 does not exist; tags are light, /],
    "an unknown name": [{ name: "refs/pull/2/head" }, /refs\/pull\/2\/head does not exist/],
    "a range without a match": [{ semver: ">=3" }, /no tag matches semver ">=3"; tags are/],
    "what is no range": [{ semver: "nonsense" }, /"nonsense" is not a version range/],
    "a short commit": [{ commit: "abc123" }, /give all 40 digits/],
    "a commit of an unknown branch": [
      { commit: sha("f"), branch: "nope" },
      /refs\/heads\/nope does not exist/,
    ],
    "a branch that looks like an option": [{ branch: "--upload-pack=x" }, /cannot be the name of a branch/],
    "a tag with a line break": [{ tag: "v1\nx" }, /cannot be the name of a tag/],
    "a name with a colon": [{ name: "refs/heads/a:refs/heads/b" }, /cannot be the name of a ref/],
    "a name with a pattern": [{ name: "refs/heads/*" }, /cannot be the name of a ref/],
    "a branch that climbs": [{ branch: "../x" }, /cannot be the name of a branch/],
    "a branch ending in .lock": [{ branch: "x.lock" }, /cannot be the name of a branch/],
  };
  for (const [name, [ref, message]] of Object.entries(missing)) {
    it(`says that it cannot find ${name}`, () => {
      assert.throws(
        () => resolve(ref),
        (error) => isGitError(error) && error.code === "ref-missing" && message.test(error.message),
      );
    });
  }

  it("says so when the repository is empty", () => {
    assert.throws(
      () => choose(new Map(), wantedOf({ commit: sha("f") }), "https://h/r"),
      /is the repository empty/,
    );
  });
  it("says so when the repository has SHA-256 commits", () => {
    const other = parseListing(`${"1".repeat(64)}\trefs/heads/main\n`);
    assert.throws(() => choose(other, wantedOf({ branch: "main" }), "https://h/r"), { code: "unsupported" });
  });
  it("takes the later of two versions that differ in metadata only", () => {
    const two = new Map([...listing].filter(([name]) => name.includes("+b")));
    assert.equal(choose(two, wantedOf({ semver: "*" }), "https://h/r").commit, sha("a"));
  });
});

describe("listingOptions", () => {
  const rows: [Ref, string[]][] = [
    [{ branch: "main" }, ["--heads"]],
    [{ tag: "x" }, ["--tags"]],
    [{ semver: "*" }, ["--tags"]],
    [{ commit: sha("1") }, ["--heads", "--tags"]],
    [{ name: "refs/heads/x" }, ["--heads"]],
    [{ name: "refs/tags/x" }, ["--tags"]],
    [{ name: "refs/pull/1/head" }, []],
  ];
  for (const [ref, options] of rows) {
    it(`${JSON.stringify(ref)} lists ${options.join(" ") || "everything"}`, () => {
      assert.deepEqual(listingOptions(wantedOf(ref)), options);
    });
  }
});

describe("tipsOf", () => {
  it("has the commits of annotated tags, not the tag objects", () => {
    const tips = tipsOf(listing);
    assert.equal(tips.get(sha("6")), "refs/tags/v1.0.0");
    assert.equal(tips.has(sha("5")), false);
  });
  it("has one tip for a branch", () => {
    assert.deepEqual([...tipsOf(listing, "main")], [[sha("1"), "refs/heads/main"]]);
  });
});
