import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { finalizer, kinds } from "@sluice/api";
import { fleetFiles } from "../fleet.ts";
import {
  applier,
  configMaps,
  deployments,
  events,
  namespace,
  openStage,
  ready,
  type Stage,
  source,
} from "../harness.ts";

const { gitRepository, kustomization } = kinds;

describe("a repository as flux bootstrap leaves it", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
    const commit = await stage.git.createRepo("fleet", { files: fleetFiles(stage.git.url("fleet")) });
    await stage.apply({ ...source(stage, "fleet"), metadata: { name: "flux-system", namespace } });
    await stage.apply(applier("flux-system", "flux-system", { path: "./clusters/prod" }));
    await stage.until(kustomization, "apps", ready(commit));
  });
  after(() => stage.close());

  test("comes up in the order of its dependencies, with its overlays and variables", async () => {
    const podinfo = await stage.get(deployments, "podinfo", "podinfo");
    assert.equal(podinfo?.spec.replicas, 2);
    const [container] = podinfo?.spec.template.spec.containers ?? [];
    assert.equal(container.image, "registry.example/podinfo:6.5.0");
    assert.deepEqual(container.env, [{ name: "ENVIRONMENT", value: "production" }]);
    const settings = await stage.get(configMaps, "settings", "podinfo");
    assert.equal(settings?.data.host, "podinfo.prod.example.com");
  });

  test("objects that a Kustomization applies keep their finalizers, itself included", async () => {
    await stage.request(kustomization, "flux-system");
    await stage.until(kustomization, "flux-system", ({ metadata, status }) =>
      Object.values(metadata.annotations ?? {}).includes(status.lastHandledReconcileAt),
    );
    for (const name of ["flux-system", "infra-controllers", "infra-configs", "apps"])
      assert.deepEqual((await stage.get(kustomization, name))?.metadata.finalizers, [finalizer], name);
    assert.deepEqual((await stage.get(gitRepository, "flux-system"))?.metadata.finalizers, [finalizer]);
  });

  test("a second look at what is in place finds nothing to do", async () => {
    const { items } = await stage.client.list(events, { namespace }, { signal: stage.signal });
    const configured = items.filter(
      ({ involvedObject, reason, message }) =>
        (involvedObject as { name: string }).name === "flux-system" &&
        reason === "Progressing" &&
        !String(message).includes("created"),
    );
    assert.deepEqual(configured, []);
  });

  test("what another Kustomization takes over and then deletes comes back", async () => {
    const path = "./infrastructure/configs";
    await stage.apply(applier("usurper", "flux-system", { path, interval: "1h" }));
    await stage.until(kustomization, "usurper", ready());
    const taken = await stage.get(configMaps, "cluster-vars");
    assert.equal(taken?.metadata.labels?.["kustomize.toolkit.fluxcd.io/name"], "usurper");
    await stage.client.delete(kustomization, { namespace, name: "usurper" }, { signal: stage.signal });
    await stage.gone(kustomization, "usurper");
    const back = await stage.until(
      configMaps,
      "cluster-vars",
      ({ metadata }) => metadata.uid !== taken?.metadata.uid,
    );
    assert.equal(back.metadata.labels?.["kustomize.toolkit.fluxcd.io/name"], "infra-configs");
  });

  test("what leaves the cluster's folder is taken down with all that it applied", async () => {
    await stage.git.commit("fleet", { files: {}, delete: ["clusters/prod/apps.yaml"] });
    await stage.request(gitRepository, "flux-system");
    await stage.gone(kustomization, "apps");
    await stage.gone(deployments, "podinfo", "podinfo");
    assert.ok(await stage.get(deployments, "ingress", "ingress"), "what other Kustomizations applied stays");
  });
});
