import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRemoteUrl } from "./remote-url.ts";

const rows: Record<string, [url: string, repository: string, path: string, ref?: string]> = {
  "two slashes end the repository": [
    "https://git.example/org/repo//deploy/base?ref=v1&timeout=90s",
    "https://git.example/org/repo",
    "deploy/base",
    "v1",
  ],
  "a .git ends it": ["https://git.example/a/b/c.git/deploy", "https://git.example/a/b/c.git", "deploy"],
  "else two parts are it": ["https://git.example/org/repo/deploy", "https://git.example/org/repo", "deploy"],
  "a host alone means https": [
    "github.com/org/repo//deploy?ref=main",
    "https://github.com/org/repo",
    "deploy",
    "main",
  ],
  "gh: is GitHub": ["gh:org/repo", "https://github.com/org/repo", ""],
  "the form of scp is SSH": [
    "git@git.example:org/repo.git//deploy?version=v2",
    "ssh://git@git.example/org/repo.git",
    "deploy",
    "v2",
  ],
  "SSH with a port": ["ssh://git@git.example:2222/org/repo//x", "ssh://git@git.example:2222/org/repo", "x"],
  "git:: in front": ["git::https://git.example/org/repo.git", "https://git.example/org/repo.git", ""],
  "Azure's _git": [
    "https://dev.azure.com/org/project/_git/repo/deploy",
    "https://dev.azure.com/org/project/_git/repo",
    "deploy",
  ],
};
for (const [sentence, [url, repository, path, ref]] of Object.entries(rows)) {
  test(`remote URL: ${sentence}`, () => {
    const found = parseRemoteUrl(url);
    assert.deepEqual([found.repository, found.path, found.ref], [repository, path, ref]);
  });
}

test("remote URL: timeout and submodules", () => {
  const short = parseRemoteUrl("https://h/o/r?timeout=2m&submodules=false");
  assert.deepEqual([short.timeoutMs, short.submodules], [120_000, false]);
  assert.deepEqual(
    [parseRemoteUrl("https://h/o/r").timeoutMs, parseRemoteUrl("https://h/o/r").submodules],
    [27_000, true],
  );
});

// What kustomize 5.8 hands to git, and writes into origin annotations.
const clones: Record<string, string> = {
  "https://git.example/org/repo//x": "https://git.example/org/repo",
  "github.com/org/repo/x": "https://github.com/org/repo",
  "http://github.com/org/repo.git": "https://github.com/org/repo.git",
  "git@github.com:org/repo": "git@github.com:org/repo",
  "ssh://git@github.com/org/repo": "git@github.com:org/repo",
  "git@git.example:org/repo.git//x": "git@git.example:org/repo.git",
  "ssh://git@git.example:22/org/repo": "ssh://git@git.example:22/org/repo",
  "https://me:hunter2@git.example/org/repo": "https://***@git.example/org/repo",
};
test("remote URL: as origins name the repository", () => {
  for (const [url, clone] of Object.entries(clones)) assert.equal(parseRemoteUrl(url).clone, clone);
});

test("remote URL: a path that goes up stays inside", () =>
  assert.equal(parseRemoteUrl("https://h/o/r//a/../b").path, "b"));

const refusals: Record<string, [url: string, message: RegExp]> = {
  "a path out of the repository": ["https://h/o/r//../../x", /leaves its repository/],
  "no repository": ["https://h/o", /does not name a repository/],
  "a file URL": ["file:///repo", /is not understood/],
  "a timeout that is none": ["https://h/o/r?timeout=soon", /no duration/],
  "a password is not shown": ["https://me:hunter2@h/o/r?timeout=soon", /^(?!.*hunter2)/],
};
for (const [sentence, [url, message]] of Object.entries(refusals)) {
  test(`remote URL refused: ${sentence}`, () => assert.throws(() => parseRemoteUrl(url), { message }));
}
