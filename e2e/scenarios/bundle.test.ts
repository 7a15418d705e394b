import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { kinds } from "@sluice/api";
import { applier, configMap, configMaps, type Loose, openStage, ready, source } from "../harness.ts";

const run = promisify(execFile);

test("the bundles that go into the images bring a commit to life, far away from the sources", async () => {
  const out = await mkdtemp(join(tmpdir(), "sluice-bundle-"));
  const root = join(import.meta.dirname, "../..");
  await run(process.execPath, [join(root, "scripts/bundle.ts"), "--out", out]);
  const entry = (name: string) => join(out, name, "main.mjs");
  const stage = await openStage({
    entries: {
      "source-controller": entry("source-controller"),
      "kustomize-controller": entry("kustomize-controller"),
    },
  });
  try {
    const commit = await stage.git.createRepo("bundle", {
      files: { "a.yaml": configMap("bundle", { v: "1" }) },
    });
    await stage.apply(source(stage, "bundle"));
    await stage.apply(applier("bundle", "bundle", { wait: true }));
    await stage.until(kinds.kustomization, "bundle", ready(commit));
    assert.deepEqual((await stage.get<Loose>(configMaps, "bundle", "default"))?.data, { v: "1" });
  } finally {
    await stage.close();
    await rm(out, { recursive: true, force: true });
  }
});
