import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { groups, kinds, ownerLabels } from "@sluice/api";
import { applier, configMap, configMaps, openStage, ready, type Stage, source } from "../harness.ts";

const { gitRepository, kustomization } = kinds;
const objects = 40;

const revision = (version: number) =>
  Object.fromEntries(
    Array.from({ length: objects }, (_, index) => [
      `cm-${index}.yaml`,
      configMap(`crash-${version}-${index}`, { v: String(version) }),
    ]),
  );

describe("controllers killed without mercy", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  // Every commit replaces all objects by others: whatever a kill leaves behind would be an orphan.
  for (const [round, pauseMs] of [0, 40, 90, 150, 250].entries())
    test(`kustomize-controller killed ${pauseMs} ms into a rollout orphans nothing`, async () => {
      const files = revision(round);
      const old = Object.keys(files);
      if (round === 0) {
        await stage.git.createRepo("crash", { files });
        await stage.apply(source(stage, "crash"));
        await stage.apply(applier("crash", "crash", { retryInterval: "1s" }));
      } else {
        await stage.git.commit("crash", { files, delete: round > 0 ? [] : old });
        await stage.request(gitRepository, "crash");
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      stage.world.processes.kill("kustomize-controller");
      const commit = await stage.git.git("crash", ["rev-parse", "main"]);
      await stage.until(kustomization, "crash", ready(commit));
      const labelSelector = Object.entries(
        ownerLabels(groups.kustomize, { name: "crash", namespace: "flux-system" }),
      )
        .map((pair) => pair.join("="))
        .join(",");
      const { items } = await stage.client.list(configMaps, { labelSelector }, { signal: stage.signal });
      const names = items.map(({ metadata }) => metadata.name).sort();
      assert.deepEqual(
        names,
        Array.from({ length: objects }, (_, index) => `crash-${round}-${index}`).sort(),
      );
    });

  test("source-controller killed during a fetch serves the right artifact in the end", async () => {
    await stage.git.createRepo("killed", { files: { "a.yaml": configMap("killed", { v: "1" }) } });
    await stage.apply(source(stage, "killed"));
    await stage.apply(applier("killed", "killed"));
    stage.world.processes.kill("source-controller");
    const commit = await stage.git.git("killed", ["rev-parse", "main"]);
    await stage.until(kustomization, "killed", ready(commit));
  });
});
