import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "@sluice/api";
import { type Cluster, startCluster } from "../cluster.ts";
import { newRecorder } from "./events.ts";

let cluster: Cluster;
afterEach(() => cluster.close());

const events = () => cluster.store.list({ apiVersion: "v1", kind: "Event" }, { namespace: "default" });
const news = { component: "tester", type: "Normal" as const, reason: "R", message: "m" };
const started = async (now: () => number) => {
  cluster = await startCluster({ simulate: false, now });
  return cluster.store.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", namespace: "default" },
  });
};

test("a rollout is told from the Deployment to its containers", async () => {
  cluster = await startCluster();
  cluster.store.create({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "i:1" }] } },
    },
  } as KubeObject);
  const reasons = () => events().map(({ involvedObject, reason }: any) => `${involvedObject.kind} ${reason}`);
  while (!reasons().includes("Pod Started")) await sleep(5);
  assert.deepEqual(reasons().sort(), [
    "Deployment ScalingReplicaSet",
    "Pod Created",
    "Pod Pulled",
    "Pod Scheduled",
    "Pod Started",
    "ReplicaSet SuccessfulCreate",
  ]);
});

test("what happens again is counted", async () => {
  const about = await started(() => 1_000_000_000_000);
  const tell = newRecorder(cluster.store);
  tell(about, news);
  tell(about, news);
  tell(about, { ...news, message: "other" });
  assert.deepEqual(
    events().map(({ message, count }: any) => [message, count]),
    [
      ["m", 2],
      ["other", 1],
    ],
  );
});

test("a flood of events is cut off, and the oldest are forgotten", async () => {
  let now = 1_000_000_000_000;
  const about = await started(() => now);
  const tell = newRecorder(cluster.store);
  for (let number = 0; number < 3000; number++) {
    if (number % 600 === 0) now += 1000;
    tell(about, { ...news, message: String(number) });
  }
  const numbers = events().map(({ message }: any) => Number(message));
  assert.equal(numbers.length, 1000);
  assert.equal(Math.min(...numbers), 1800);
  assert.ok(!numbers.includes(2399), "beyond the burst of its second");
});

test("nothing is told in a namespace on its way out", async () => {
  const about = await started(() => 1_000_000_000_000);
  const gone = { ...about, metadata: { ...about.metadata, namespace: "gone" } };
  newRecorder(cluster.store)(gone, news);
  assert.deepEqual(events(), []);
});

test("a ReplicaSet that may not have more pods says why, and has those that it may", async () => {
  cluster = await startCluster();
  const quota = { hard: { pods: "1" } };
  cluster.store.create({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "q", namespace: "default" },
    spec: quota,
  } as KubeObject);
  const labels = { app: "web" };
  cluster.store.create({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i:1" }] } },
    },
  } as KubeObject);
  const set = () =>
    cluster.store.get({ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", namespace: "default" });
  while (set()?.status?.readyReplicas !== 1) await sleep(5);
  const [condition] = set()!.status.conditions;
  assert.deepEqual([condition.type, condition.reason], ["ReplicaFailure", "FailedCreate"]);
  assert.match(condition.message, /exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1$/);
  assert.ok(events().some(({ reason }: any) => reason === "FailedCreate"));
});
