import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Cluster, startCluster } from "@sluice/cluster";
import { isBuilt } from "./build.ts";
import { type ControlPlane, startControlPlane } from "./index.ts";
import { type Answer, type Kubectl, kubectlOf, masked, type Step } from "./kubectl/session.ts";
import { session } from "./kubectl/steps.ts";

const skip = (await isBuilt())
  ? false
  : "the control plane and kubectl are not here yet: npm run controlplane -- build";

describe("the embedded cluster answers kubectl as kube-apiserver does", { skip }, () => {
  let dir: string;
  let plane: ControlPlane;
  let cluster: Cluster;
  let embedded: Kubectl;
  let real: Kubectl;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "sluice-kubectl-"));
    plane = await startControlPlane({ dir: join(dir, "plane") });
    cluster = await startCluster();
    const kubeconfig = join(dir, "kubeconfig");
    await writeFile(kubeconfig, cluster.kubeconfig(), { mode: 0o600 });
    embedded = await kubectlOf(plane.kubectl, kubeconfig, join(dir, "embedded"));
    real = await kubectlOf(plane.kubectl, plane.kubeconfig, join(dir, "real"));
  });
  after(async () => {
    await cluster?.close();
    await plane?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const satisfies = (step: Step, answer: Answer, who: string) => {
    const told = `${who}: kubectl ${[step.run].flat().join(" ")}\n${answer.stdout}\n${answer.stderr}`;
    assert.equal(answer.code, step.code ?? 0, told);
    if (step.says) assert.match(`${answer.stdout}${answer.stderr}`, step.says, told);
  };

  for (const [chapter, steps] of Object.entries(session))
    describe(chapter, () => {
      for (const step of steps)
        test(step.it, async () => {
          const [ours, theirs] = await Promise.all([embedded(step), real(step)]);
          satisfies(step, ours, "embedded");
          if (step.differs !== undefined) return;
          satisfies(step, theirs, "real");
          assert.equal(masked(ours, step), masked(theirs, step));
        });
    });
});
