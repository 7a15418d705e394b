import assert from "node:assert/strict";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { buildWithRemotes } from "@sluice/kustomize";
import { type GitServer, openRepos, type Repos, startGitServer } from "@sluice/testing";
import { remoteBases } from "./remote-bases.ts";

describe("remote bases", () => {
  let repos: Repos;
  let server: GitServer;
  let dir: string;
  let commit: string;
  let mirrors: string;
  const signal = new AbortController().signal;
  const noKeys = () => assert.fail("only SSH addresses need keys");

  before(async () => {
    dir = await realpath(await mkdtemp(join(tmpdir(), "sluice-test-")));
    mirrors = join(dir, "mirrors");
    repos = await openRepos();
    await repos.create("org/app.git", {
      files: {
        "deploy/kustomization.yaml": "resources: [a.yaml]\n",
        "deploy/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
      },
    });
    await repos.tag("org/app.git", "v1");
    commit = await repos.commit("org/app.git", {
      files: { "deploy/kustomization.yaml": "resources: [a.yaml]\nnameSuffix: -new\n" },
    });
    server = await startGitServer({ repos });
  });
  after(async () => {
    await server?.close();
    await repos?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const rows: Record<string, [query: () => string, expected: string | RegExp]> = {
    "the default branch": [() => "", "a-new"],
    "a branch": [() => "?ref=main", "a-new"],
    "a tag": [() => "?ref=v1", "a"],
    "a commit": [() => `?ref=${commit}`, "a-new"],
    "a full ref": [() => "?ref=refs/tags/v1&submodules=false", "a"],
    "a ref that is not there": [() => "?ref=nope", /kustomization.yaml:1: .*cannot fetch .*nope/],
  };
  for (const [sentence, [query, expected]] of Object.entries(rows)) {
    it(`builds ${sentence}`, async () => {
      const url = `${server.url("org/app")}//deploy${query()}`;
      const root = await mkdtemp(join(dir, "root-"));
      await writeFile(join(root, "kustomization.yaml"), `resources: ["${url}"]\n`);
      const building = buildWithRemotes(
        root,
        {},
        {
          repository: remoteBases({ mirrors, trees: await mkdtemp(join(dir, "trees-")) }, noKeys, signal),
          file: () => assert.fail("what ends in .git or has // is no file"),
        },
      );
      if (expected instanceof RegExp) return assert.rejects(building, { message: expected });
      const { resources, files } = await building;
      assert.deepEqual(
        resources.map(({ object }) => object.metadata.name),
        [expected],
      );
      assert.match(files[0]!, /^http:.*org\/app\.git@[0-9a-f]{40}\/\/deploy\/a\.yaml$/);
    });
  }
});
