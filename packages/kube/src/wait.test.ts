import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { builtin, type KubeObject, type ObjectRef } from "@sluice/api";
import { type Cluster, startCluster } from "@sluice/cluster";
import { createClient } from "./client.ts";
import { systemClock } from "./clock.ts";
import type { Client, Kind } from "./types.ts";
import { type HealthState, untilHealthy, type WaitError } from "./wait.ts";

const { namespaces, deployments, pods, jobs } = builtin;
/** How long a wait may take that ends by what happens. */
const timeoutMs = 60_000;
const signal = AbortSignal.timeout(10 * timeoutMs);
// Polls of what may not be watched come quickly here.
const clock = {
  ...systemClock,
  sleep: (ms: number, over?: AbortSignal) => systemClock.sleep(ms === 5_000 ? 20 : ms, over),
};

let cluster: Cluster;
let client: Client;
let run = 0;
let namespace: string;

before(async () => {
  cluster = await startCluster({ simulate: false });
  client = createClient({ kubeConfig: { text: cluster.kubeconfig() } });
});
after(async () => {
  await client.close();
  await cluster.close();
});
beforeEach(async () => {
  namespace = `w${++run}`;
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
});

const labels = { app: "x" };
const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "x" }] } };
const ref = (name: string): ObjectRef => ({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  namespace,
  name,
});
const create = (name: string) =>
  client.create(deployments, {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace } },
    spec: { selector: { matchLabels: labels }, template },
  });
const status = (name: string, body: object, kind: Kind = deployments) =>
  client.patch(
    kind,
    { namespace, name },
    { type: "merge", body: { status: body } },
    { subresource: "status" },
  );
const well = {
  ...{ observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
  conditions: [
    { type: "Available", status: "True" },
    { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
  ],
};
const stuck = {
  observedGeneration: 1,
  conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }],
};

/** A wait whose time is over as soon as it has told these messages, in this order of the objects: on no machine too early. */
function overWhenTold(...messages: RegExp[]) {
  const told = Promise.withResolvers<void>();
  const sleep: typeof systemClock.sleep = (ms, over) =>
    ms === timeoutMs
      ? Promise.race([told.promise, systemClock.sleep(ms, over)])
      : systemClock.sleep(ms, over);
  const onProgress = (states: HealthState[]) => {
    if (states.every(({ health }, index) => messages[index]!.test(health.message))) told.resolve();
  };
  return { signal, timeoutMs, clock: { ...systemClock, sleep }, onProgress };
}

async function failing(wait: Promise<void>): Promise<WaitError> {
  const error = await wait.then(
    () => assert.fail("it was healthy"),
    (thrown) => thrown,
  );
  assert.equal(error.name, "WaitError", error.stack);
  return error;
}

test("resolves when the last object becomes current, told by one list and one watch", async () => {
  await Promise.all([create("a"), create("b")]);
  await status("a", well);
  cluster.resetStats();
  const seen: string[] = [];
  const onProgress = (states: HealthState[]) => {
    seen.push(states.map(({ health }) => health.status).join());
    if (seen.at(-1) === "Current,InProgress") void status("b", well);
  };
  await untilHealthy(client, [ref("a"), ref("b")], { signal, timeoutMs, onProgress });
  assert.equal(seen.at(-1), "Current,Current");
  const { requests } = cluster.stats();
  assert.deepEqual([requests["list deployments"], requests["watch deployments"]], [1, 1]);
});

test("nothing to wait for is healthy at once", async () => {
  await untilHealthy(client, [], { signal, timeoutMs: 1 });
});

test("an object that does not exist yet is waited for", async () => {
  let begun = false;
  const onProgress = () => {
    if (!begun) void create("late").then(() => status("late", well));
    begun = true;
  };
  await untilHealthy(client, [ref("late")], { signal, timeoutMs, onProgress });
});

test("when time is over every object that is not ready is named, with what holds its pods", async () => {
  await Promise.all([create("good"), create("slow")]);
  await status("good", well);
  await client.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "slow-1", namespace, labels },
    spec: template.spec,
  });
  const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "x"' };
  await status(
    "slow-1",
    {
      phase: "Pending",
      containerStatuses: [
        { name: "app", image: "x", imageID: "", ready: false, restartCount: 0, state: { waiting } },
      ],
    },
    pods,
  );
  const error = await failing(
    untilHealthy(
      client,
      ["good", "slow", "none"].map(ref),
      overWhenTold(/available/i, /^Replicas: 0\/1$/, /does not exist/),
    ),
  );
  assert.equal(
    error.message,
    `timeout waiting for: [Deployment/${namespace}/slow status: 'InProgress': Replicas: 0/1; Pod/slow-1 container app: ImagePullBackOff: Back-off pulling image "x", Deployment/${namespace}/none status: 'NotFound': it does not exist]`,
  );
  assert.deepEqual([error.because, error.states.map(({ ref }) => ref.name)], ["timeout", ["slow", "none"]]);
});

test("a failure ends the wait once nothing is in progress, or at once when asked to", async () => {
  await Promise.all([create("bad"), create("slow")]);
  await status("bad", stuck);
  const fast = await failing(
    untilHealthy(client, [ref("bad"), ref("slow")], { signal, timeoutMs, failFast: true }),
  );
  assert.equal(
    fast.message,
    `failed early due to stalled resources: [Deployment/${namespace}/bad status: 'Failed': Progress deadline exceeded]`,
  );
  const patient = failing(untilHealthy(client, [ref("bad"), ref("slow")], { signal, timeoutMs }));
  await status("slow", well);
  assert.equal((await patient).because, "failed");
});

test("a Job that may be gone is fine when it is", async () => {
  const job = { ...jobs, namespace, name: "gone" };
  await untilHealthy(client, [job], { signal, timeoutMs, mayBeGone: ({ kind }) => kind === "Job" });
});

test("rules of the user come first", async () => {
  await create("own");
  const exprs = (object: KubeObject) =>
    ({ status: object.metadata.labels?.fine ? "Current" : "InProgress", message: "by rule" }) as const;
  const wait = untilHealthy(client, [ref("own")], { signal, timeoutMs, exprs });
  await client.patch(
    deployments,
    { namespace, name: "own" },
    { type: "merge", body: { metadata: { labels: { fine: "yes" } } } },
  );
  await wait;
});

test("where watching is forbidden, objects are read", async () => {
  await create("a");
  const forbidden = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    code: 403,
    reason: "Forbidden",
    message: "no",
  };
  const stop = cluster.inject({
    match: ({ verb, resource }) => verb === "list" && resource === "deployments",
    respond: { status: 403, body: forbidden },
  });
  const wait = untilHealthy(client, [ref("a")], { signal, timeoutMs, clock });
  await status("a", well);
  await wait;
  stop();
});

test("a kind that the server does not have is waited for, and said", async () => {
  const odd = { ...ref("x"), group: "example.com", kind: "Odd" };
  const error = await failing(untilHealthy(client, [odd], overWhenTold(/has no kind/)));
  assert.match(
    error.message,
    /Odd\/w\d+\/x status: 'Unknown': the server has no kind Odd in example\.com\/v1/,
  );
});

test("ends with its signal, with the signal's reason", async () => {
  await create("slow");
  const over = new AbortController();
  const wait = untilHealthy(client, [ref("slow")], { signal: over.signal, timeoutMs });
  over.abort(new Error("a new revision"));
  await assert.rejects(wait, /^Error: a new revision$/);
});
