import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { builtin, kinds } from "@sluice/api";
import { startCluster } from "@sluice/cluster";
import {
  applier,
  conditionOf,
  configMap,
  configMaps,
  deployments,
  failing,
  type Loose,
  namespaces,
  openStage,
  ready,
  type Stage,
  source,
} from "../harness.ts";

const { gitRepository, kustomization } = kinds;
const { serviceAccounts } = builtin;

const deployment = (name: string, image: string) =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "web", image }] } },
    },
  });
const annotated = (name: string, annotations: Record<string, string>, data: Record<string, string>) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default", annotations },
    data,
  });

describe("what a spec can ask for", () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  /** Makes a repository, its source and a Kustomization, and waits until that is Ready. */
  const rollOut = async (
    name: string,
    files: Record<string, string>,
    spec: Parameters<typeof applier>[2] = {},
  ) => {
    const commit = await stage.git.createRepo(name, { files });
    await stage.apply(source(stage, name));
    await stage.apply(applier(name, name, spec));
    await stage.until(kustomization, name, ready(commit));
    return commit;
  };
  const push = async (name: string, change: Parameters<Stage["git"]["commit"]>[1]) => {
    const commit = await stage.git.commit(name, change);
    await stage.request(gitRepository, name);
    await stage.until(kustomization, name, ready(commit));
  };
  const dataOf = async (name: string, ns = "default") => (await stage.get<Loose>(configMaps, name, ns))?.data;

  test("namespace, names, images, patches, components and metadata on top of the repository", async () => {
    await stage.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "tuned" } });
    await rollOut(
      "tuned",
      {
        "app/kustomization.yaml": "resources: [d.yaml]\nimages:\n  - name: web\n    newTag: '1'\n",
        "app/d.yaml": deployment("app", "web"),
        "parts/more/kustomization.yaml":
          "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nconfigMapGenerator:\n  - name: made\n    literals: [a=1]\n",
      },
      {
        path: "./app",
        targetNamespace: "tuned",
        namePrefix: "x-",
        nameSuffix: "-y",
        images: [{ name: "web", newName: "registry.example/web", newTag: "2" }],
        components: ["../parts/more", "../parts/absent"],
        ignoreMissingComponents: true,
        patches: [
          { patch: "- op: add\n  path: /spec/replicas\n  value: 2\n", target: { kind: "Deployment" } },
        ],
        commonMetadata: { labels: { team: "blue" }, annotations: { note: "hi" } },
      },
    );
    const made = (await stage.get<Loose>(deployments, "x-app-y", "tuned"))!;
    assert.equal(made.spec.template.spec.containers[0].image, "registry.example/web:2");
    assert.equal(made.spec.replicas, 2);
    assert.equal(made.metadata.labels?.team, "blue");
    assert.equal(made.metadata.annotations?.note, "hi");
    const { items } = await stage.client.list(configMaps, { namespace: "tuned", labelSelector: "team=blue" });
    assert.match(items[0]!.metadata.name, /^x-made-y-[a-z0-9]{10}$/);
  });

  test("an immutable object: refused without force, made anew with it", async () => {
    const immutable = (v: string) =>
      JSON.stringify({ ...JSON.parse(configMap("immutable", { v })), immutable: true });
    await rollOut("immutable", { "a.yaml": immutable("1") });
    const commit = await stage.git.commit("immutable", { files: { "a.yaml": immutable("2") } });
    await stage.request(gitRepository, "immutable");
    const refused = await stage.until(
      kustomization,
      "immutable",
      failing("ReconciliationFailed", /immutable/),
    );
    assert.match(conditionOf(refused)!.message, /force/);
    await stage.apply(applier("immutable", "immutable", { force: true }));
    await stage.until(kustomization, "immutable", ready(commit));
    assert.deepEqual(await dataOf("immutable"), { v: "2" });
  });

  test("annotations of an object: applied once, merged, left alone, kept", async () => {
    const group = "kustomize.toolkit.fluxcd.io";
    const files = (v: string) => ({
      "once.yaml": annotated("once", { [`${group}/ssa`]: "IfNotPresent" }, { v }),
      "alone.yaml": annotated("alone", { [`${group}/reconcile`]: "disabled" }, { v }),
      "kept.yaml": annotated("kept", { [`${group}/prune`]: "disabled" }, { v }),
      "gone.yaml": configMap("annotated-gone", { v }),
    });
    await rollOut("annotated", files("1"));
    assert.deepEqual(await dataOf("once"), { v: "1" });
    assert.equal(await dataOf("alone"), undefined, "what is not reconciled is not created either");
    await push("annotated", { files: files("2") });
    assert.deepEqual(await dataOf("once"), { v: "1" });
    assert.deepEqual(await dataOf("kept"), { v: "2" });
    await push("annotated", { delete: ["kept.yaml", "gone.yaml"] });
    assert.deepEqual(await dataOf("kept"), { v: "2" });
    assert.equal(await dataOf("annotated-gone"), undefined);
  });

  test("ignored fields belong to others, all the rest is put back", async () => {
    await rollOut(
      "ignored",
      { "a.yaml": configMap("ignored", { ours: "1", theirs: "1" }) },
      {
        interval: "1h",
        ignore: [{ paths: ["/data/theirs"], target: { kind: "ConfigMap" } }],
      },
    );
    const body = { data: { ours: "2", theirs: "2" } };
    await stage.client.patch(
      configMaps,
      { namespace: "default", name: "ignored" },
      { type: "merge", body },
      { fieldManager: "other" },
    );
    await stage.until<Loose>(configMaps, "ignored", ({ data }) => data.ours === "1", "default");
    assert.deepEqual(await dataOf("ignored"), { ours: "1", theirs: "2" });
  });

  test("orphaned on deletion when the policy says so", async () => {
    await rollOut("orphan", { "a.yaml": configMap("orphan", { v: "1" }) }, { deletionPolicy: "Orphan" });
    await stage.client.delete(kustomization, { namespace: "flux-system", name: "orphan" });
    await stage.gone(kustomization, "orphan");
    assert.deepEqual(await dataOf("orphan"), { v: "1" });
  });

  test("expressions decide about dependencies and health", async () => {
    await rollOut("cel-first", { "a.yaml": configMap("cel-first", { v: "1" }) });
    const commit = await stage.git.createRepo("cel", {
      files: { "a.yaml": configMap("cel", { phase: "starting" }) },
    });
    await stage.apply(source(stage, "cel"));
    await stage.apply(
      applier("cel", "cel", {
        wait: true,
        timeout: "10m",
        dependsOn: [{ name: "cel-first", readyExpr: "dep.metadata.labels['open'] == 'yes'" }],
        healthCheckExprs: [{ apiVersion: "v1", kind: "ConfigMap", current: "data.phase == 'running'" }],
      }),
    );
    await stage.until(kustomization, "cel", (ks) => conditionOf(ks)?.reason === "DependencyNotReady");
    const labels = { open: "yes" };
    await stage.client.patch(
      kustomization,
      { namespace: "flux-system", name: "cel-first" },
      { type: "merge", body: { metadata: { labels } } },
    );
    await stage.request(kustomization, "cel");
    await stage.until(configMaps, "cel", () => true, "default");
    assert.notEqual(conditionOf((await stage.get(kustomization, "cel"))!)?.status, "True");
    const running = await stage.git.commit("cel", {
      files: { "a.yaml": configMap("cel", { phase: "running" }) },
    });
    assert.notEqual(running, commit);
    await stage.request(gitRepository, "cel");
    const healthy = await stage.until(kustomization, "cel", ready(running));
    assert.equal(conditionOf(healthy, "Healthy")?.status, "True");
  });

  test("a bad expression stalls until the spec changes", async () => {
    await stage.git.createRepo("bad-cel", { files: { "a.yaml": configMap("bad-cel", { v: "1" }) } });
    await stage.apply(source(stage, "bad-cel"));
    await stage.apply(
      applier("bad-cel", "bad-cel", {
        wait: true,
        healthCheckExprs: [{ apiVersion: "v1", kind: "ConfigMap", current: "data.(" }],
      }),
    );
    const stalled = await stage.until(kustomization, "bad-cel", failing("InvalidCELExpression", /data/));
    assert.equal(conditionOf(stalled, "Stalled")?.status, "True");
    await stage.apply(applier("bad-cel", "bad-cel", { wait: true, healthCheckExprs: [] }));
    const healed = await stage.until(kustomization, "bad-cel", ready());
    assert.equal(conditionOf(healed, "Stalled"), undefined);
  });

  test("a wait that is not asked for any more leaves no Healthy condition behind", async () => {
    await rollOut("unwait", { "a.yaml": configMap("unwait", { v: "1" }) }, { wait: true });
    assert.equal(conditionOf((await stage.get(kustomization, "unwait"))!, "Healthy")?.status, "True");
    await stage.apply(applier("unwait", "unwait", { wait: false }));
    await stage.until(
      kustomization,
      "unwait",
      (ks) => ready()(ks) && conditionOf(ks, "Healthy") === undefined,
    );
  });

  test("a tenant's ServiceAccount may do what its roles allow, and no more", async () => {
    await stage.apply({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "tenant", namespace: "flux-system" },
    });
    await stage.git.createRepo("tenant", { files: { "a.yaml": configMap("tenant", { v: "1" }) } });
    await stage.apply(source(stage, "tenant"));
    await stage.apply(applier("tenant", "tenant", { serviceAccountName: "tenant" }));
    await stage.until(kustomization, "tenant", failing("ReconciliationFailed", /forbidden/i));
    const rbac = (kind: string, rest: object) =>
      stage.apply({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind,
        metadata: { name: "tenant", namespace: "default" },
        ...rest,
      });
    await rbac("Role", { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["*"] }] });
    await rbac("RoleBinding", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "tenant" },
      subjects: [{ kind: "ServiceAccount", name: "tenant", namespace: "flux-system" }],
    });
    await stage.until(kustomization, "tenant", ready());
    assert.deepEqual(await dataOf("tenant"), { v: "1" });
  });

  test("a ServiceAccount that is gone does not hold its Kustomization back", async () => {
    await stage.apply({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "short", namespace: "flux-system" },
    });
    await stage.apply({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "short" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", name: "short", namespace: "flux-system" }],
    });
    await rollOut("short", { "a.yaml": configMap("short", { v: "1" }) }, { serviceAccountName: "short" });
    await stage.client.delete(serviceAccounts, { namespace: "flux-system", name: "short" });
    await stage.client.delete(kustomization, { namespace: "flux-system", name: "short" });
    await stage.gone(kustomization, "short");
    assert.deepEqual(await dataOf("short"), { v: "1" }, "nobody was left who may delete it");
  });

  test("another cluster, by the kubeconfig in a Secret", async () => {
    const other = await startCluster({ simulate: false });
    try {
      await stage.apply({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "other-cluster", namespace: "flux-system" },
        stringData: { value: other.kubeconfig() },
      });
      await rollOut(
        "remote",
        { "a.yaml": configMap("remote", { v: "1" }) },
        { kubeConfig: { secretRef: { name: "other-cluster" } } },
      );
      assert.equal(await dataOf("remote"), undefined, "not here");
      const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "remote" };
      assert.deepEqual(other.store.get(ref)?.data, { v: "1" });
      await stage.client.delete(kustomization, { namespace: "flux-system", name: "remote" });
      await stage.gone(kustomization, "remote");
      assert.equal(other.store.get(ref), undefined);
    } finally {
      await other.close();
    }
  });

  test("a source of tags, of some folders, with another source inside", async () => {
    await stage.git.createRepo("library", {
      files: { "shared/lib.yaml": configMap("from-library", { v: "1" }) },
    });
    await stage.apply(source(stage, "library"));
    await stage.until(gitRepository, "library", ready());
    await stage.git.createRepo("tags", {
      files: { "deploy/a.yaml": configMap("tags", { v: "1" }), "docs/readme.md": "no" },
    });
    await stage.git.tag("tags", "v1.0.0");
    await stage.git.commit("tags", { files: { "deploy/a.yaml": configMap("tags", { v: "2" }) } });
    await stage.git.tag("tags", "v1.1.0", { message: "annotated" });
    await stage.git.commit("tags", { files: { "deploy/a.yaml": configMap("tags", { v: "3" }) } });
    await stage.git.tag("tags", "v2.0.0-rc.1");
    await stage.apply(
      source(stage, "tags", {
        ref: { semver: ">=1.0.0" },
        sparseCheckout: ["./deploy"],
        include: [{ repository: { name: "library" }, fromPath: "shared", toPath: "deploy/lib" }],
      }),
    );
    const repo = await stage.until<Loose>(gitRepository, "tags", ready());
    assert.match(repo.status.artifact.revision, /^v1\.1\.0@sha1:/);
    assert.equal(repo.status.includedArtifacts.length, 1);
    await stage.apply(applier("tags", "tags"));
    await stage.until(kustomization, "tags", ready());
    assert.deepEqual([await dataOf("tags"), await dataOf("from-library")], [{ v: "2" }, { v: "1" }]);
    await stage.git.commit("library", {
      files: { "shared/lib.yaml": configMap("from-library", { v: "2" }) },
    });
    await stage.request(gitRepository, "library");
    await stage.until<Loose>(configMaps, "from-library", ({ data }) => data.v === "2", "default");
  });

  test("what is not supported says so", async () => {
    await stage.git.createRepo("unsupported", { files: { "a.yaml": configMap("unsupported", { v: "1" }) } });
    await stage.apply(
      source(stage, "unsupported", { verify: { mode: "HEAD", secretRef: { name: "keys" } } }),
    );
    const stalled = await stage.until(
      gitRepository,
      "unsupported",
      failing("VerificationError", /not supported yet/),
    );
    assert.equal(conditionOf(stalled, "Stalled")?.status, "True");
    await stage.apply(source(stage, "unsupported"));
    await stage.until(gitRepository, "unsupported", ready());
    await stage.apply(applier("unsupported", "unsupported", { decryption: { provider: "sops" } }));
    await stage.until(
      kustomization,
      "unsupported",
      failing("BuildFailed", /decryption is not supported yet/),
    );
  });

  test("a namespace and what is in it arrive in one commit, and leave together", async () => {
    await rollOut("together", {
      "a.yaml": configMap("inside", { v: "1" }, "together"),
      "z.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: together\n",
    });
    await stage.client.delete(kustomization, { namespace: "flux-system", name: "together" });
    await stage.gone(kustomization, "together");
    await stage.gone(namespaces, "together");
  });
});
