import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { kinds } from "@sluice/api";
import { asInImages } from "../bundles.ts";
import { applier, configMap, configMaps, type Loose, openStage, ready, source } from "../harness.ts";

test("the bundles that go into the images bring a commit to life, far away from the sources", async () => {
  const out = await mkdtemp(join(tmpdir(), "sluice-bundle-"));
  const images = await asInImages(out);
  for (const file of Object.values(images.entries ?? {}))
    assert.doesNotMatch(await readFile(file, "utf8"), /\bV1PodSpec\b/, `${file} holds client-node's models`);
  const stage = await openStage(images);
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
