import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Artifact } from "@sluice/api";
import { openStore, packDirectory } from "@sluice/artifact";
import { type Deps, realDeps } from "./deps.ts";

const { signal } = new AbortController();

describe("an include", () => {
  let base: string;
  let include: Deps["include"];
  let library: Artifact;

  before(async () => {
    base = await mkdtemp(join(tmpdir(), "sluice-include-"));
    const store = openStore(join(base, "store"), {
      hostname: "source-controller",
      retentionTtlMs: 60_000,
      retentionRecords: 2,
      now: Date.now,
    });
    const unused = {} as never;
    const scratch = join(base, "scratch");
    ({ include } = realDeps({ client: unused, git: unused, store, scratch, remember: () => {} }));
    const source = join(base, "library");
    await mkdir(join(source, "shared"), { recursive: true });
    await writeFile(join(source, "shared/lib.yaml"), "lib");
    library = await store.put({
      kind: "gitrepository",
      namespace: "apps",
      name: "library",
      revision: "main@sha1:6ac1b2f4e8d0a9c7b6e5d4c3b2a1908f7e6d5c4b",
      signal,
      write: (file) => packDirectory(source, file, { signal }),
    });
  });
  after(() => rm(base, { recursive: true }));

  /** A checkout with a link to a directory beside it. */
  async function checkout() {
    const dir = await mkdtemp(join(base, "checkout-"));
    const beside = await mkdtemp(join(base, "beside-"));
    await symlink(beside, join(dir, "link"));
    return { dir, beside };
  }

  test("is copied into directories that are made for it", async () => {
    const { dir } = await checkout();
    await include(library, { fromPath: "shared", toPath: "./deploy/lib" }, dir, signal);
    assert.equal(await readFile(join(dir, "deploy/lib/lib.yaml"), "utf8"), "lib");
  });

  test("may go to the root, and over what is there", async () => {
    const { dir, beside } = await checkout();
    await writeFile(join(beside, "theirs"), "theirs");
    await symlink(join(beside, "theirs"), join(dir, "lib.yaml"));
    await include(library, { fromPath: "shared", toPath: "." }, dir, signal);
    assert.equal(await readFile(join(dir, "lib.yaml"), "utf8"), "lib");
    assert.equal(await readFile(join(beside, "theirs"), "utf8"), "theirs");
  });

  for (const toPath of ["link", "link/made", "link/made/deeper"]) {
    test(`to ${toPath}, which leads out of the checkout, is refused and leaves no trace there`, async () => {
      const { dir, beside } = await checkout();
      await assert.rejects(include(library, { fromPath: "shared", toPath }, dir, signal), /leads out/);
      assert.deepEqual(await readdir(beside), []);
    });
  }

  test("of a directory that is not there is told by the name that the user gave it", async () => {
    const { dir } = await checkout();
    await assert.rejects(include(library, { fromPath: "absent", toPath: "lib" }, dir, signal), {
      message: "'absent' does not exist in the source",
    });
  });

  test("stays in the checkout whatever its path says", async () => {
    const { dir } = await checkout();
    await include(library, { fromPath: "../shared", toPath: "../../deploy" }, dir, signal);
    assert.deepEqual(await readdir(join(dir, "deploy")), ["lib.yaml"]);
  });
});
