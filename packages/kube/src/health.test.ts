import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@sluice/api";
import { type Health, healthOf } from "./health.ts";

type Row = [object: object, status: Health["status"], message: RegExp];

const now = Date.UTC(2026, 0, 1);
const kinds: Record<string, string> = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  ReplicaSet: "apps/v1",
  DaemonSet: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
  PodDisruptionBudget: "policy/v1",
  CustomResourceDefinition: "apiextensions.k8s.io/v1",
  Web: "example.com/v1",
};
const condition = (type: string, status: string, reason = "", message = "") => ({
  type,
  status,
  reason,
  message,
});
const meta = (extra: object = {}) => ({ metadata: { name: "x", ...extra } });
const up = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const wanted = { replicas: 2, progressDeadlineSeconds: 600 };
const rolled = [condition("Progressing", "True", "NewReplicaSetAvailable"), condition("Available", "True")];
const deployment = (status: object, spec: object = wanted): object => ({ kind: "Deployment", spec, status });
const sts = (status: object, spec: object = {}): object => ({
  kind: "StatefulSet",
  spec: { replicas: 2, ...spec },
  status,
});
const rs = (status: object): object => ({ kind: "ReplicaSet", spec: { replicas: 2 }, status });
const ds = (status: object): object => ({
  kind: "DaemonSet",
  ...meta({ generation: 1 }),
  status: { observedGeneration: 1, ...status },
});
const job = (status: object, spec: object = {}): object => ({ kind: "Job", spec, status });
const pod = (status: object, extra: object = {}): object => ({ kind: "Pod", ...meta(extra), status });
const web = (...conditions: object[]): object => ({ kind: "Web", status: { conditions } });
const created = (ago: number) => ({ creationTimestamp: new Date(now - ago).toISOString() });
const unscheduled = { phase: "Pending", conditions: [condition("PodScheduled", "False", "Unschedulable")] };
const looping = { name: "app", state: { waiting: { reason: "CrashLoopBackOff" } } };

const table: Record<string, Row> = {
  "a marked object is terminating": [
    { kind: "ConfigMap", ...meta({ deletionTimestamp: "2026-01-01T00:00:00Z" }) },
    "Terminating",
    /scheduled for deletion$/,
  ],
  "a marked object names the finalizers that hold it": [
    { kind: "ConfigMap", ...meta({ deletionTimestamp: "t", finalizers: ["a/b"] }) },
    "Terminating",
    /waiting for finalizers: a\/b/,
  ],
  "an unobserved generation is in progress, whatever the conditions say": [
    {
      kind: "Web",
      ...meta({ generation: 2 }),
      status: { observedGeneration: 1, conditions: [condition("Ready", "True")] },
    },
    "InProgress",
    /generation is 2, but latest observed generation is 1/,
  ],
  "Reconciling comes before Ready": [
    web(condition("Ready", "True"), condition("Reconciling", "True", "R", "busy")),
    "InProgress",
    /^busy$/,
  ],
  "Reconciling=False says nothing": [
    web(condition("Reconciling", "False"), condition("Ready", "True")),
    "Current",
    /Ready/,
  ],
  "Stalled has failed": [
    web(condition("Ready", "False"), condition("Stalled", "True", "S", "stuck")),
    "Failed",
    /^stuck$/,
  ],
  "Ready=True is current": [web(condition("Ready", "True")), "Current", /Resource is Ready/],
  "Ready=False is in progress": [
    web(condition("Ready", "False", "Nope", "not yet")),
    "InProgress",
    /^not yet$/,
  ],
  "Ready=Unknown is in progress, with its reason": [
    web(condition("Ready", "Unknown", "Starting")),
    "InProgress",
    /^Starting$/,
  ],
  "an object that says nothing is current": [{ kind: "Web" }, "Current", /is current/],
  "conditions that are no list say nothing": [
    { kind: "Web", status: { conditions: "no" } },
    "Current",
    /is current/,
  ],
  "a ConfigMap is current": [{ kind: "ConfigMap" }, "Current", /always/],
  "a Namespace is current": [{ kind: "Namespace", status: { phase: "Active" } }, "Current", /current/],

  "a rolled out Deployment is current": [
    deployment({ ...up, conditions: rolled }),
    "Current",
    /available\. Replicas: 2/,
  ],
  "a Deployment without status is in progress": [
    { kind: "Deployment", spec: {} },
    "InProgress",
    /Replicas: 0\/1/,
  ],
  "a Deployment with old pods": [
    deployment({ ...up, updatedReplicas: 1, conditions: rolled }),
    "InProgress",
    /Updated: 1\/2/,
  ],
  "a Deployment with pods to end": [
    deployment({ ...up, replicas: 3, conditions: rolled }),
    "InProgress",
    /Pending termination: 1/,
  ],
  "a Deployment with unavailable pods": [
    deployment({ ...up, availableReplicas: 1, conditions: rolled }),
    "InProgress",
    /Available: 1\/2/,
  ],
  "a Deployment with unready pods": [
    deployment({ ...up, readyReplicas: 1, conditions: rolled }),
    "InProgress",
    /Ready: 1\/2/,
  ],
  "a Deployment past its deadline has failed": [
    deployment({ conditions: [condition("Progressing", "False", "ProgressDeadlineExceeded")] }),
    "Failed",
    /deadline exceeded/,
  ],
  "a Deployment that still progresses": [
    deployment({ ...up, conditions: [condition("Progressing", "True", "ReplicaSetUpdated"), rolled[1]!] }),
    "InProgress",
    /ReplicaSet not Available/,
  ],
  "a Deployment without Available": [
    deployment({ ...up, conditions: [rolled[0]!] }),
    "InProgress",
    /Deployment not Available/,
  ],
  "a Deployment without deadline needs no Progressing": [
    deployment({ ...up, conditions: [rolled[1]!] }, { replicas: 2 }),
    "Current",
    /available/,
  ],
  "a Deployment of no replicas": [
    deployment({ conditions: rolled }, { replicas: 0 }),
    "Current",
    /Replicas: 0/,
  ],

  "a StatefulSet that runs": [
    sts({ ...up, currentReplicas: 2, currentRevision: "a", updateRevision: "a" }),
    "Current",
    /scheduled as expected/,
  ],
  "a StatefulSet that rolls": [
    sts({ ...up, currentReplicas: 2, currentRevision: "a", updateRevision: "b" }),
    "InProgress",
    /revision/,
  ],
  "a StatefulSet with too few pods": [sts({ replicas: 1 }), "InProgress", /Replicas: 1\/2/],
  "a StatefulSet with unready pods": [sts({ ...up, readyReplicas: 0 }), "InProgress", /Ready: 0\/2/],
  "a StatefulSet with too many pods": [sts({ ...up, replicas: 3 }), "InProgress", /termination: 1/],
  "a StatefulSet OnDelete is the user's": [
    sts({}, { updateStrategy: { type: "OnDelete" } }),
    "Current",
    /ondelete/,
  ],
  "a partition is reached": [
    sts({ ...up, updatedReplicas: 1 }, { updateStrategy: { rollingUpdate: { partition: 1 } } }),
    "Current",
    /updated: 1/,
  ],
  "a partition is not reached": [
    sts({ ...up, updatedReplicas: 0 }, { updateStrategy: { rollingUpdate: { partition: 1 } } }),
    "InProgress",
    /updated: 0\/1/,
  ],
  "partition 0 is none": [
    sts({ ...up, currentReplicas: 1 }, { updateStrategy: { rollingUpdate: { partition: 0 } } }),
    "InProgress",
    /current: 1\/2/,
  ],

  "a ReplicaSet that runs": [rs({ ...up, fullyLabeledReplicas: 2 }), "Current", /available/],
  "a ReplicaSet that cannot create pods": [
    rs({ conditions: [condition("ReplicaFailure", "True", "F", "quota")] }),
    "InProgress",
    /quota/,
  ],
  "a ReplicaSet with unlabelled pods": [
    rs({ ...up, fullyLabeledReplicas: 1 }),
    "InProgress",
    /Labelled: 1\/2/,
  ],

  "a DaemonSet that runs": [
    ds({
      desiredNumberScheduled: 1,
      currentNumberScheduled: 1,
      updatedNumberScheduled: 1,
      numberAvailable: 1,
      numberReady: 1,
    }),
    "Current",
    /Replicas: 1/,
  ],
  "a DaemonSet without nodes": [ds({ desiredNumberScheduled: 0 }), "Current", /Replicas: 0/],
  "a DaemonSet nobody has seen": [
    { kind: "DaemonSet", ...meta({ generation: 1 }), status: {} },
    "InProgress",
    /observedGeneration not found/,
  ],
  "a DaemonSet that rolls": [
    ds({ desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 1 }),
    "InProgress",
    /Updated: 1\/2/,
  ],

  "a Job that has not started": [job({}), "InProgress", /not started/],
  "a Job that runs is not done": [job({ startTime: "t", active: 1 }), "InProgress", /active: 1/],
  "a Job that is complete": [
    job({ startTime: "t", succeeded: 1, conditions: [condition("Complete", "True")] }),
    "Current",
    /succeeded: 1\/1/,
  ],
  "a Job that failed says why": [
    job({ startTime: "t", failed: 1, conditions: [condition("Failed", "True", "B", "BackoffLimit")] }),
    "Failed",
    /failed: 1\/1: BackoffLimit/,
  ],
  "a suspended Job": [job({}, { suspend: true }), "Current", /suspended/],
  "a CronJob": [{ kind: "CronJob" }, "Current", /always/],

  "a Pod without phase": [pod({}), "InProgress", /not available/],
  "a Pod that is ready": [
    pod({ phase: "Running", conditions: [condition("Ready", "True")] }),
    "Current",
    /Ready/,
  ],
  "a Pod that is not ready": [pod({ phase: "Running" }), "InProgress", /not Ready/],
  "a Pod in a crash loop": [
    pod({ phase: "Running", containerStatuses: [looping] }),
    "Failed",
    /CrashLoop state: app/,
  ],
  "a Pod that was just created": [pod(unscheduled, created(14_000)), "InProgress", /not been scheduled/],
  "a Pod that finds no node": [pod(unscheduled, created(15_000)), "Failed", /could not be scheduled/],
  "a pending Pod": [pod({ phase: "Pending" }), "InProgress", /Pending/],
  "a Pod that has succeeded": [pod({ phase: "Succeeded" }), "Current", /successfully/],
  "a Pod of a phase that nobody knows": [pod({ phase: "Odd" }), "Unknown", /Odd/],

  "a claim that waits": [
    { kind: "PersistentVolumeClaim", status: { phase: "Pending" } },
    "InProgress",
    /Pending/,
  ],
  "a claim that is bound": [
    { kind: "PersistentVolumeClaim", status: { phase: "Bound" } },
    "Current",
    /Bound/,
  ],
  "a Service": [{ kind: "Service", spec: {} }, "Current", /ready/],
  "a LoadBalancer without address of its own": [
    { kind: "Service", spec: { type: "LoadBalancer" } },
    "InProgress",
    /ClusterIP not set/,
  ],
  "a LoadBalancer": [
    { kind: "Service", spec: { type: "LoadBalancer", clusterIP: "10.0.0.1" } },
    "Current",
    /ready/,
  ],
  "a budget": [{ kind: "PodDisruptionBudget" }, "Current", /computed/],
  "a CRD that is established": [
    { kind: "CustomResourceDefinition", status: { conditions: [condition("Established", "True")] } },
    "Current",
    /established/,
  ],
  "a CRD that is being installed": [
    {
      kind: "CustomResourceDefinition",
      status: { conditions: [condition("Established", "False", "Installing")] },
    },
    "InProgress",
    /progress/,
  ],
  "a CRD whose names clash": [
    {
      kind: "CustomResourceDefinition",
      status: { conditions: [condition("NamesAccepted", "False", "C", "taken")] },
    },
    "Failed",
    /taken/,
  ],
  "a CRD that nobody has seen": [{ kind: "CustomResourceDefinition" }, "InProgress", /progress/],
};

for (const [name, [object, status, message]] of Object.entries(table)) {
  test(`health: ${name}`, () => {
    const { kind } = object as KubeObject;
    const whole = { apiVersion: kinds[kind] ?? "v1", ...meta(), ...object } as KubeObject;
    const health = healthOf(whole, now);
    assert.equal(health.status, status, health.message);
    assert.match(health.message, message);
  });
}

test("health: what does not exist is not found", () => {
  assert.equal(healthOf(undefined).status, "NotFound");
});
