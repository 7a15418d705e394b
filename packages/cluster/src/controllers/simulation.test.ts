import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { KubeObject } from "@sluice/api";
import { type Cluster, startCluster } from "../cluster.ts";
import { SIMULATE } from "./index.ts";

type Json = Record<string, any>;

let cluster: Cluster;
afterEach(() => cluster.close());

/** Starts a cluster and counts what is written to it. */
async function start(): Promise<{ writes(): number }> {
  cluster = await startCluster();
  let writes = 0;
  cluster.store.watch("all", () => writes++);
  return { writes: () => writes };
}

/** Lets the controllers work until they have nothing more to do: forty turns of the event loop without a write. */
async function settle(): Promise<void> {
  let quiet = 0;
  const end = cluster.store.watch("all", () => {
    quiet = 0;
  });
  for (let turns = 0; quiet < 40; turns++) {
    assert.ok(turns < 20_000, "the controllers never come to rest");
    quiet++;
    await turn();
  }
  end();
}

const get = (apiVersion: string, kind: string, name = "web") =>
  cluster.store.get({ apiVersion, kind, name, namespace: "default" }) as KubeObject;
const pods = () => cluster.store.list({ apiVersion: "v1", kind: "Pod" }, { namespace: "default" });
const condition = (object: KubeObject, type: string) =>
  (object.status.conditions as Json[]).find((each) => each["type"] === type);

const template = (image = "nginx:1", more: Json = {}) => ({
  metadata: { labels: { app: "web" }, ...more["metadata"] },
  spec: { containers: [{ name: "web", image }], ...more["spec"] },
});
const workload = (kind: string, spec: Json = {}, metadata: Json = {}): KubeObject => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name: "web", namespace: "default", ...metadata },
  spec: { selector: { matchLabels: { app: "web" } }, template: template(), ...spec },
});

test("a Deployment rolls out", async () => {
  await start();
  cluster.store.create(workload("Deployment", { replicas: 3 }));
  await settle();
  const it = get("apps/v1", "Deployment");
  const { conditions: _, ...counts } = it.status;
  assert.deepEqual(counts, {
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
  });
  assert.equal(condition(it, "Available")?.["reason"], "MinimumReplicasAvailable");
  assert.equal(condition(it, "Progressing")?.["reason"], "NewReplicaSetAvailable");
  assert.equal(it.metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
  assert.equal(pods().length, 3);
  assert.ok(
    pods().every((pod) => pod.status.phase === "Running" && condition(pod, "Ready")?.["status"] === "True"),
  );
});

test("once all is done nothing is written any more", async () => {
  const { writes } = await start();
  for (const kind of ["Deployment", "StatefulSet", "DaemonSet"])
    cluster.store.create({ ...workload(kind), metadata: { name: kind.toLowerCase(), namespace: "default" } });
  await settle();
  const before = writes();
  await settle();
  assert.equal(writes(), before);
});

test("a new template makes a new ReplicaSet, and the old one is scaled down", async () => {
  await start();
  const it = cluster.store.create(workload("Deployment", { replicas: 2 }));
  await settle();
  cluster.store.patch(
    { ...it, name: "web", namespace: "default" },
    { spec: { template: template("nginx:2") } },
  );
  await settle();
  const sets = cluster.store.list({ apiVersion: "apps/v1", kind: "ReplicaSet" }, { namespace: "default" });
  assert.deepEqual(sets.map((set) => set.spec.replicas).sort(), [0, 2]);
  assert.deepEqual(
    pods().map((pod) => pod.spec.containers[0].image),
    ["nginx:2", "nginx:2"],
  );
  assert.equal(get("apps/v1", "Deployment").metadata.annotations?.["deployment.kubernetes.io/revision"], "2");
  assert.equal(get("apps/v1", "Deployment").status.observedGeneration, 2);
});

test("a rollout that fails keeps the old pods", async () => {
  await start();
  const it = cluster.store.create(workload("Deployment", { replicas: 2 }));
  await settle();
  cluster.store.patch(
    { ...it, name: "web", namespace: "default" },
    { spec: { template: template("registry.example/does-not-exist:1") } },
  );
  await settle();
  const images = pods().map((pod) => `${pod.spec.containers[0].image} ${pod.status.phase}`);
  assert.equal(images.filter((text) => text === "nginx:1 Running").length, 2);
  assert.equal(images.filter((text) => text === "registry.example/does-not-exist:1 Pending").length, 2);
  const waiting = pods()
    .map((pod) => pod.status.containerStatuses[0].state.waiting?.reason)
    .filter(Boolean);
  assert.deepEqual(waiting, ["ImagePullBackOff", "ImagePullBackOff"]);
});

test("scaling down and deleting take pods along", async () => {
  await start();
  const it = cluster.store.create(workload("Deployment", { replicas: 3 }));
  await settle();
  const ref = { apiVersion: it.apiVersion, kind: it.kind, name: "web", namespace: "default" };
  cluster.store.patch(ref, { spec: { replicas: 1 } });
  await settle();
  assert.equal(pods().length, 1);
  cluster.store.delete(ref);
  await settle();
  assert.equal(pods().length, 0);
});

test("a pod that is deleted is replaced", async () => {
  await start();
  cluster.store.create(workload("Deployment"));
  await settle();
  const [pod] = pods() as [KubeObject];
  cluster.store.delete({ ...pod, name: pod.metadata.name, namespace: "default" });
  await settle();
  assert.equal(pods().length, 1);
  assert.notEqual(pods()[0]?.metadata.uid, pod.metadata.uid);
});

for (const [sentence, prepare] of [
  [
    "told to fail",
    () => cluster.simulate.fail({ kind: "Deployment", namespace: "default", name: "web" }, "because"),
  ],
  ["annotated to fail", undefined],
] as const) {
  test(`a Deployment ${sentence} exceeds its deadline and its pods crash`, async () => {
    await start();
    prepare?.();
    cluster.store.create(workload("Deployment", {}, prepare ? {} : { annotations: { [SIMULATE]: "fail" } }));
    await settle();
    const it = get("apps/v1", "Deployment");
    assert.equal(condition(it, "Progressing")?.["reason"], "ProgressDeadlineExceeded");
    assert.equal(condition(it, "Available")?.["status"], "False");
    assert.equal(pods()[0]?.status.containerStatuses[0].state.waiting.reason, "CrashLoopBackOff");
  });
}

test("a Deployment told to hang gets nowhere until it is cleared", async () => {
  await start();
  cluster.simulate.hang({ kind: "Deployment", name: "web" });
  cluster.store.create(workload("Deployment"));
  await settle();
  assert.equal(pods()[0]?.status.phase, "Pending");
  assert.equal(condition(get("apps/v1", "Deployment"), "Progressing")?.["reason"], "ReplicaSetUpdated");
  cluster.simulate.clear();
  await settle();
  assert.equal(condition(get("apps/v1", "Deployment"), "Progressing")?.["reason"], "NewReplicaSetAvailable");
});

test("a StatefulSet starts its pods in order, each with its claim, and replaces them by revision", async () => {
  await start();
  const claim = {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
  const it = cluster.store.create(
    workload("StatefulSet", { replicas: 2, serviceName: "web", volumeClaimTemplates: [claim] }),
  );
  await settle();
  assert.deepEqual(
    pods().map((pod) => pod.metadata.name),
    ["web-0", "web-1"],
  );
  const { readyReplicas, currentRevision, updateRevision } = get("apps/v1", "StatefulSet").status;
  assert.deepEqual([readyReplicas, currentRevision], [2, updateRevision]);
  assert.equal(get("v1", "PersistentVolumeClaim", "data-web-1").status.phase, "Bound");
  cluster.store.patch(
    { ...it, name: "web", namespace: "default" },
    { spec: { template: template("nginx:2") } },
  );
  await settle();
  assert.deepEqual(
    pods().map((pod) => pod.spec.containers[0].image),
    ["nginx:2", "nginx:2"],
  );
  assert.equal(
    get("apps/v1", "StatefulSet").status.currentRevision,
    get("apps/v1", "StatefulSet").status.updateRevision,
  );
});

test("a DaemonSet has one pod, on the only node", async () => {
  await start();
  cluster.store.create(workload("DaemonSet"));
  await settle();
  assert.deepEqual(
    pods().map((pod) => pod.spec.nodeName),
    ["sluice-node"],
  );
  const { numberReady, desiredNumberScheduled } = get("apps/v1", "DaemonSet").status;
  assert.deepEqual([numberReady, desiredNumberScheduled], [1, 1]);
});

const jobOf = (spec: Json = {}): KubeObject => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "web", namespace: "default" },
  spec: { template: template("i:1", { spec: { restartPolicy: "Never" } }), ...spec },
});

test("a Job completes", async () => {
  await start();
  cluster.store.create(jobOf({ completions: 3, parallelism: 2 }));
  await settle();
  const it = get("batch/v1", "Job");
  assert.equal(condition(it, "Complete")?.["status"], "True");
  assert.equal(it.status.succeeded, 3);
});

test("a Job told to fail fails for its reason", async () => {
  await start();
  cluster.simulate.fail({ kind: "Job", namespace: "default", name: "web" }, "BackoffLimitExceeded");
  cluster.store.create(jobOf());
  await settle();
  assert.equal(condition(get("batch/v1", "Job"), "Failed")?.["reason"], "BackoffLimitExceeded");
});

test("a pod that needs a ConfigMap waits for it", async () => {
  await start();
  const spec = {
    containers: [{ name: "c", image: "i:1", envFrom: [{ configMapRef: { name: "settings" } }] }],
  };
  cluster.store.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "default" },
    spec,
  });
  await settle();
  assert.equal(
    get("v1", "Pod").status.containerStatuses[0].state.waiting.reason,
    "CreateContainerConfigError",
  );
  cluster.store.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace: "default" },
  });
  await settle();
  assert.equal(get("v1", "Pod").status.phase, "Running");
});

test("a load balancer gets an outer address, other Services do not", async () => {
  await start();
  for (const [name, type] of [
    ["inner", "ClusterIP"],
    ["web", "LoadBalancer"],
  ] as const)
    cluster.store.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "default" },
      spec: { type, ports: [{ port: 80 }] },
    });
  await settle();
  assert.deepEqual(get("v1", "Service", "inner").status, { loadBalancer: {} });
  assert.match(get("v1", "Service").status.loadBalancer.ingress[0].ip, /^198\.51\.100\./);
});

test("budgets and autoscalers follow their pods", async () => {
  await start();
  const meta = { name: "web", namespace: "default" };
  cluster.store.create({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: meta,
    spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
  });
  cluster.store.create({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: meta,
    spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
  });
  cluster.store.create(workload("Deployment", { replicas: 3 }));
  await settle();
  const { disruptionsAllowed, currentHealthy, desiredHealthy } = get(
    "policy/v1",
    "PodDisruptionBudget",
  ).status;
  assert.deepEqual([disruptionsAllowed, currentHealthy, desiredHealthy], [2, 3, 1]);
  assert.equal(get("autoscaling/v2", "HorizontalPodAutoscaler").status.currentReplicas, 3);
});
