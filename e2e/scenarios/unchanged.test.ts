import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { builtin, kinds } from "@sluice/api";
import { controllerNames } from "@sluice/cli";
import { type Cluster, startCluster } from "@sluice/cluster";
import { eventually } from "@sluice/testing";
import {
  applier,
  clusterKind,
  conditionOf,
  configMap,
  logOf,
  openStage,
  ready,
  type Stage,
  source,
} from "../harness.ts";

const { gitRepository, kustomization } = kinds;

const workload = (name: string, image: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "default" },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "web", image }] } },
  },
});

const counted = clusterKind === "embedded" ? {} : { skip: "requests are counted by the embedded cluster" };

describe("what did not change costs nothing", counted, () => {
  let cluster: Cluster;
  let dir: string;
  let stage: Stage;
  before(async () => {
    cluster = await startCluster();
    dir = await mkdtemp(join(tmpdir(), "sluice-unchanged-"));
    const kubeconfig = join(dir, "kubeconfig");
    await writeFile(kubeconfig, cluster.kubeconfig());
    stage = await openStage({ kubeconfig });
    await stage.git.createRepo("still", {
      files: { "a.yaml": configMap("still-a", { v: "1" }), "b.yaml": configMap("still-b", { v: "1" }) },
    });
    await stage.apply(source(stage, "still", { interval: "1s" }));
    await stage.apply(applier("still", "still", { interval: "1s" }));
    await stage.until(kustomization, "still", ready());
  });
  after(async () => {
    await stage.close();
    await cluster.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** How often each controller has looked at `still`, whose interval is a second. */
  const looks = () =>
    Promise.all(
      controllerNames.map(async (process) => {
        const lines = await logOf(stage, process);
        return lines.filter(({ name, msg }) => name === "still" && /^Reconciliation finished/.test(msg))
          .length;
      }),
    );
  /** Waits until each controller has looked at `still` so many times more: their own time, however busy the machine is. */
  const looked = async (times: number) => {
    const before = await looks();
    await eventually(async () => (await looks()).every((count, index) => count >= before[index]! + times));
  };
  /** Waits until two looks ask for nothing: events of a rollout are sent in the background. */
  const settled = async () => {
    for (let before = -1; before !== count(); ) {
      before = count();
      await looked(2);
    }
  };
  const count = () => Object.values(cluster.stats().requests).reduce((sum, each) => sum + each, 0);
  /** Requests of the controllers for `work` and for what comes of it, without those of leases and of discovery. */
  const requestsOf = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
    await settled();
    cluster.resetStats();
    await work();
    await settled();
    return { ...cluster.stats().requests };
  };

  test("three intervals of a source and a Kustomization at rest ask the API server nothing", async () => {
    await settled();
    cluster.resetStats();
    await looked(3);
    assert.deepEqual(cluster.stats().requests, {});
  });

  test("a request for a reconciliation that finds nothing to do writes to its own status only", async () => {
    const handled = async () => {
      const token = await stage.request(kustomization, "still");
      await stage.until(kustomization, "still", ({ status }) => status?.lastHandledReconcileAt === token);
    };
    const asked = await requestsOf(handled);
    const written = Object.keys(asked).filter((what) => !/^(get|list|watch) /.test(what));
    assert.deepEqual(written.sort(), [
      "patch configmaps",
      "patch kustomizations",
      "patch kustomizations/status",
    ]);
    const versions = async () => [
      (await stage.get(kustomization, "still"))?.status.inventory,
      (await stage.client.list(builtin.configMaps, { namespace: "default" })).items.map(
        ({ metadata }) => metadata.resourceVersion,
      ),
    ];
    const before = await versions();
    await handled();
    assert.deepEqual(await versions(), before, "the dry runs changed nothing");
  });

  test("a commit that changes nothing for a Kustomization writes to its status only", async () => {
    const commit = await stage.git.commit("still", { files: { "readme.md": "nothing to apply" } });
    const asked = await requestsOf(async () => {
      await stage.request(gitRepository, "still");
      await stage.until(kustomization, "still", ready(commit));
    });
    const aboutObjects = Object.keys(asked).filter((what) => /configmaps/.test(what));
    assert.deepEqual(aboutObjects, []);
  });

  test("a Deployment that rolls out costs a dry run, the apply, and nothing after that", async () => {
    const files = (tag: string) => ({
      "web.yaml": JSON.stringify(workload("rolling", `registry.example/web:${tag}`)),
    });
    await stage.git.createRepo("rolling", { files: files("1") });
    await stage.apply(source(stage, "rolling", { interval: "1h" }));
    await stage.apply(applier("rolling", "rolling", { interval: "1h" }));
    await stage.until(kustomization, "rolling", ready());
    const commit = await stage.git.commit("rolling", { files: files("2") });
    const running: boolean[] = [];
    const unwatch = cluster.store.watch([kustomization], ({ object }) => {
      if (object.metadata.name === "rolling")
        running.push(conditionOf(object, "Reconciling")?.reason === "Progressing");
    });
    const asked = await requestsOf(async () => {
      await stage.request(gitRepository, "rolling");
      await stage.until(kustomization, "rolling", ready(commit));
    }).finally(unwatch);
    // The Deployment controller notes the revision in an annotation: no foreign write that calls for another look.
    assert.equal(asked["patch deployments"], 2);
    // Steps that run long on a busy machine are announced; there is one verdict.
    assert.equal(asked["patch kustomizations/status"], running.length);
    assert.equal(running.filter((each) => !each).length, 1);
  });

  test("a restart of both controllers writes nothing", async () => {
    const snapshot = async () =>
      JSON.stringify([await stage.get(gitRepository, "still"), await stage.get(kustomization, "still")]);
    await settled();
    const before = await snapshot();
    const starts = () =>
      Promise.all(
        controllerNames.map(
          async (process) =>
            (await logOf(stage, process)).filter(({ msg }) => msg === "starting manager").length,
        ),
      );
    const old = await starts();
    stage.world.processes.kill("kustomize-controller");
    stage.world.processes.kill("source-controller");
    await eventually(async () => (await starts()).every((count, index) => count > old[index]!));
    await settled();
    assert.equal(await snapshot(), before);
  });
});
