import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { kinds } from "@sluice/api";
import type { Kind } from "@sluice/kube";
import { eventually } from "@sluice/testing";
import {
  applier,
  conditionOf,
  configMap,
  configMaps,
  deployments,
  failing,
  type Loose,
  logOf,
  namespaces,
  openStage,
  ready,
  type Stage,
  source,
} from "../harness.ts";

const { gitRepository, kustomization } = kinds;

describe("a commit becomes running objects", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  test("a new commit is rolled out, and what left the repository is pruned", async () => {
    const first = await stage.git.createRepo("rollout", {
      files: { "a.yaml": configMap("rollout-a", { v: "1" }), "b.yaml": configMap("rollout-b", { v: "1" }) },
    });
    await stage.apply(source(stage, "rollout"));
    await stage.apply(applier("rollout", "rollout"));
    const applied = await stage.until(kustomization, "rollout", ready(first));
    assert.equal(conditionOf(applied)?.message, `Applied revision: main@sha1:${first}`);
    assert.equal(conditionOf(applied)?.reason, "ReconciliationSucceeded");
    assert.deepEqual(
      applied.status.inventory.entries.map(({ id }: { id: string }) => id),
      ["default_rollout-a__ConfigMap", "default_rollout-b__ConfigMap"],
    );

    const second = await stage.git.commit("rollout", {
      files: { "a.yaml": configMap("rollout-a", { v: "2" }) },
      delete: ["b.yaml"],
    });
    await stage.request(gitRepository, "rollout");
    const again = await stage.until(kustomization, "rollout", ready(second));
    assert.equal((await stage.get(configMaps, "rollout-a", "default"))?.data.v, "2");
    assert.equal(await stage.get(configMaps, "rollout-b", "default"), undefined);
    assert.deepEqual(
      again.status.inventory.entries.map(({ id }: { id: string }) => id),
      ["default_rollout-a__ConfigMap"],
    );
  });

  test("a manual edit is reverted without a commit and without waiting for the interval", async () => {
    await stage.git.createRepo("drift", { files: { "a.yaml": configMap("drift", { v: "wanted" }) } });
    await stage.apply(source(stage, "drift"));
    await stage.apply(applier("drift", "drift", { interval: "1h" }));
    await stage.until(kustomization, "drift", ready());
    const body = { data: { v: "edited", extra: "kept by its writer" } };
    await stage.client.patch(
      configMaps,
      { namespace: "default", name: "drift" },
      { type: "merge", body },
      { fieldManager: "kubectl-edit" },
    );
    const reverted = await stage.until<Loose>(
      configMaps,
      "drift",
      ({ data }) => data.v === "wanted",
      "default",
    );
    assert.ok(reverted);
  });

  test("a deleted object comes back", async () => {
    await stage.git.createRepo("deleted", { files: { "a.yaml": configMap("deleted", { v: "1" }) } });
    await stage.apply(source(stage, "deleted"));
    await stage.apply(applier("deleted", "deleted", { interval: "1h" }));
    await stage.until(kustomization, "deleted", ready());
    const before = await stage.get(configMaps, "deleted", "default");
    await stage.client.delete(configMaps, { namespace: "default", name: "deleted" });
    await stage.until<Loose>(
      configMaps,
      "deleted",
      ({ metadata }) => metadata.uid !== before?.metadata.uid,
      "default",
    );
  });

  test("a dependent waits for its dependency, then runs at once", async () => {
    await stage.git.createRepo("order", {
      files: {
        "infra/ns.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: order\n",
        "apps/cm.yaml": configMap("order-app", { v: "1" }, "order"),
      },
    });
    await stage.apply(source(stage, "order"));
    await stage.apply(
      applier("order-apps", "order", {
        path: "./apps",
        dependsOn: [{ name: "order-infra" }],
        interval: "1h",
      }),
    );
    const waiting = await stage.until(
      kustomization,
      "order-apps",
      (ks) => conditionOf(ks)?.reason === "DependencyNotReady",
    );
    assert.equal(conditionOf(waiting)?.message, "dependency 'flux-system/order-infra' not found");
    await stage.apply(applier("order-infra", "order", { path: "./infra", wait: true }));
    await stage.until(kustomization, "order-apps", ready());
    assert.ok(await stage.get(configMaps, "order-app", "order"));
  });

  test("wait holds Ready back until a Deployment is available, and a new commit ends a hopeless wait", async () => {
    // Nobody can pull the image of the embedded cluster, nor find the node of the real one.
    const deployment = (image: string, nodeSelector?: object) =>
      JSON.stringify({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "slow", namespace: "default" },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: "slow" } },
          template: {
            metadata: { labels: { app: "slow" } },
            spec: { nodeSelector, containers: [{ name: "c", image }] },
          },
        },
      });
    await stage.git.createRepo("waits", {
      files: { "d.yaml": deployment("registry.example/does-not-exist:1", { no: "where" }) },
    });
    await stage.apply(source(stage, "waits"));
    await stage.apply(applier("waits", "waits", { wait: true, timeout: "10m", interval: "1h" }));
    await stage.until(deployments, "slow", ({ status }) => status?.observedGeneration === 1, "default");
    await stage.until(
      kustomization,
      "waits",
      (ks) => conditionOf(ks, "Healthy")?.status === "Unknown" || conditionOf(ks)?.status === "Unknown",
    );
    const fixed = await stage.git.commit("waits", {
      files: { "d.yaml": deployment("registry.example/web:1") },
    });
    await stage.request(gitRepository, "waits");
    const ok = await stage.until(kustomization, "waits", ready(fixed));
    assert.equal(conditionOf(ok, "Healthy")?.status, "True");
  });

  test("deleting a Kustomization deletes what it applied; suspending stops it", async () => {
    const first = await stage.git.createRepo("gone", { files: { "a.yaml": configMap("gone", { v: "1" }) } });
    await stage.apply(source(stage, "gone"));
    await stage.apply(applier("gone", "gone"));
    await stage.until(kustomization, "gone", ready(first));
    await stage.apply(applier("gone", "gone", { suspend: true }));
    await eventually(async () =>
      (await logOf(stage, "kustomize-controller")).some(
        ({ name, msg }) => name === "gone" && msg === "Reconciliation is suspended for this object",
      ),
    );
    await stage.git.commit("gone", { files: { "a.yaml": configMap("gone", { v: "2" }) } });
    await stage.request(gitRepository, "gone");
    await stage.until(gitRepository, "gone", (repo) => !repo.status.artifact.revision.endsWith(first));
    assert.equal((await stage.get(configMaps, "gone", "default"))?.data.v, "1");
    await stage.apply(applier("gone", "gone", { suspend: false }));
    await stage.until<Loose>(configMaps, "gone", ({ data }) => data.v === "2", "default");
    await stage.client.delete(kustomization, { namespace: "flux-system", name: "gone" });
    await stage.gone(kustomization, "gone");
    assert.equal(await stage.get(configMaps, "gone", "default"), undefined);
  });

  test("custom resources apply in the same commit as their definition", async () => {
    const crd = JSON.stringify({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "gadgets.example.com" },
      spec: {
        group: "example.com",
        names: { kind: "Gadget", plural: "gadgets", singular: "gadget", listKind: "GadgetList" },
        scope: "Namespaced",
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
              },
            },
          },
        ],
      },
    });
    const gadget = JSON.stringify({
      apiVersion: "example.com/v1",
      kind: "Gadget",
      metadata: { name: "one", namespace: "crd-order" },
      spec: { size: 3 },
    });
    await stage.git.createRepo("crd", {
      files: {
        "a-gadget.yaml": gadget,
        "b-ns.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: crd-order\n",
        "c-crd.yaml": crd,
      },
    });
    await stage.apply(source(stage, "crd"));
    await stage.apply(applier("crd", "crd"));
    await stage.until(kustomization, "crd", ready());
    assert.ok(await stage.get(namespaces, "crd-order"));
  });

  test("an object that fails later is noticed at the next interval", async () => {
    const crd = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "engines.example.com" },
      spec: {
        group: "example.com",
        names: { kind: "Engine", plural: "engines", singular: "engine", listKind: "EngineList" },
        scope: "Namespaced",
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        ],
      },
    };
    await stage.apply(crd);
    const engines: Kind = {
      group: "example.com",
      version: "v1",
      kind: "Engine",
      plural: "engines",
      namespaced: true,
    };
    const engine = {
      apiVersion: "example.com/v1",
      kind: "Engine",
      metadata: { name: "one", namespace: "default" },
    };
    await stage.git.createRepo("engine", { files: { "a.yaml": JSON.stringify(engine) } });
    await stage.apply(source(stage, "engine"));
    await stage.apply(applier("engine", "engine", { wait: true, interval: "1s" }));
    await stage.until(kustomization, "engine", ready());
    const say = (type: string) => {
      const body = {
        status: {
          conditions: [
            {
              type,
              status: "True",
              reason: "Said",
              message: `it is ${type}`,
              lastTransitionTime: "2026-01-01T00:00:00Z",
            },
          ],
        },
      };
      return stage.client.patch(
        engines,
        { namespace: "default", name: "one" },
        { type: "merge", body },
        { subresource: "status" },
      );
    };
    await say("Stalled");
    await stage.until(kustomization, "engine", failing("HealthCheckFailed", /Engine\/default\/one/));
    await say("Ready");
    await stage.until(kustomization, "engine", ready());
  });

  test("variables are substituted from ConfigMaps, and the inline ones win", async () => {
    await stage.apply({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "vars", namespace: "flux-system" },
      data: { region: "eu", size: "small" },
    });
    await stage.git.createRepo("vars", {
      files: { "a.yaml": configMap("vars-out", { where: "${region}", size: "${size}", raw: "$${size}" }) },
    });
    await stage.apply(source(stage, "vars"));
    await stage.apply(
      applier("vars", "vars", {
        postBuild: {
          substitute: { size: "large" },
          substituteFrom: [{ kind: "ConfigMap", name: "vars", optional: false }],
        },
      }),
    );
    await stage.until(kustomization, "vars", ready());
    assert.deepEqual((await stage.get(configMaps, "vars-out", "default"))?.data, {
      where: "eu",
      size: "large",
      raw: "${size}",
    });
  });
});
