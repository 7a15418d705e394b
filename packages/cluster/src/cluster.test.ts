import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Cluster } from "./cluster.ts";
import { trustedCluster } from "./trust.fixture.ts";

type Answer = { status: number; headers: Headers; body: any };

let cluster: Cluster;

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(cluster.url + path, {
    method,
    headers: {
      "Content-Type": "application/json",
      Authorization: `Bearer ${cluster.token}`,
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith("{") ? JSON.parse(text) : text,
  };
}

/** Asks until the answer is as wanted: for what happens right after a request, but not in it. */
async function until(path: string, wanted: (answer: Answer) => boolean): Promise<Answer> {
  for (let tries = 0; tries < 500; tries++) {
    const answer = await ask("GET", path);
    if (wanted(answer)) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`${path} never came to be as wanted`);
}

const gone = ({ status }: Answer) => status === 404;

/** Opens a watch and gives its events one by one. */
async function watching(path: string) {
  const leave = new AbortController();
  const response = await fetch(cluster.url + path, {
    signal: leave.signal,
    headers: { Authorization: `Bearer ${cluster.token}` },
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  return {
    async next(): Promise<any> {
      for (;;) {
        const end = rest.indexOf("\n");
        if (end >= 0) {
          const line = rest.slice(0, end);
          rest = rest.slice(end + 1);
          return JSON.parse(line);
        }
        const { value, done } = await reader.read();
        if (done) return undefined;
        rest += value;
      }
    },
    leave: () => leave.abort(),
  };
}

const CONFIGMAPS = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data: { a: "1" },
});

const WIDGETS = "/apis/example.com/v1/namespaces/default/widgets";
const widgets = (spec: object = {}) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties: { size: { type: "integer", default: 3 } } },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
    ...spec,
  },
});
const widget = (name: string, more: object = {}) => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name, ...more },
  spec: {},
});

async function fresh() {
  await cluster?.close();
  cluster = await trustedCluster({ simulate: false });
}

describe("the embedded cluster", () => {
  before(fresh);
  after(() => cluster.close());

  it("begins with its namespaces, each with a service account and the root certificate", async () => {
    const { body } = await ask("GET", "/api/v1/namespaces");
    const names = body.items.map((each: any) => each.metadata.name);
    assert.deepEqual(names, ["default", "kube-node-lease", "kube-public", "kube-system"]);
    assert.equal((await ask("GET", "/api/v1/namespaces/default/serviceaccounts/default")).status, 200);
    assert.equal((await ask("GET", `${CONFIGMAPS}/kube-root-ca.crt`)).status, 200);
  });

  it("writes objects, and nothing when nothing changes", async () => {
    const made = await ask("POST", CONFIGMAPS, configMap("same"));
    assert.equal(made.status, 201);
    const again = await ask(
      "PATCH",
      `${CONFIGMAPS}/same`,
      { data: { a: "1" } },
      { "Content-Type": "application/merge-patch+json" },
    );
    assert.deepEqual(again.body, made.body);
    const stale = await ask("PUT", `${CONFIGMAPS}/same`, {
      ...configMap("same"),
      metadata: { name: "same", resourceVersion: "1" },
    });
    assert.equal(stale.status, 409);
    assert.match(
      stale.body.message,
      /the object has been modified; please apply your changes to the latest version/,
    );
  });

  it("keeps the pages of a list consistent while objects change", async () => {
    for (const name of ["p1", "p2", "p3"])
      await ask("POST", CONFIGMAPS, configMap(name, { labels: { page: "yes" } }));
    const first = await ask("GET", `${CONFIGMAPS}?limit=1&labelSelector=page`);
    await ask("DELETE", `${CONFIGMAPS}/p2`);
    await ask("POST", CONFIGMAPS, configMap("p2x", { labels: { page: "yes" } }));
    const second = await ask(
      "GET",
      `${CONFIGMAPS}?labelSelector=page&continue=${first.body.metadata.continue}`,
    );
    assert.deepEqual(
      second.body.items.map((each: any) => each.metadata.name),
      ["p2", "p3"],
    );
    assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion);
  });

  it("resumes a watch after a resourceVersion, and shows objects that leave a selection as deleted", async () => {
    const made = await ask("POST", CONFIGMAPS, configMap("w", { labels: { watched: "yes" } }));
    const from = made.body.metadata.resourceVersion;
    await ask(
      "PATCH",
      `${CONFIGMAPS}/w`,
      { data: { a: "2" } },
      { "Content-Type": "application/merge-patch+json" },
    );
    const watch = await watching(`${CONFIGMAPS}?watch=true&labelSelector=watched&resourceVersion=${from}`);
    const changed = await watch.next();
    assert.deepEqual([changed.type, changed.object.data.a], ["MODIFIED", "2"]);
    const left = await ask(
      "PATCH",
      `${CONFIGMAPS}/w`,
      { metadata: { labels: null } },
      { "Content-Type": "application/merge-patch+json" },
    );
    const event = await watch.next();
    assert.equal(event.type, "DELETED");
    assert.deepEqual(event.object.metadata.labels, { watched: "yes" });
    assert.equal(event.object.metadata.resourceVersion, left.body.metadata.resourceVersion);
    watch.leave();
  });

  it("sends what there is, then a bookmark that marks its end", async () => {
    const watch = await watching(
      "/api/v1/namespaces?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
    );
    const events: any[] = [];
    do events.push(await watch.next());
    while (events.at(-1).type !== "BOOKMARK");
    assert.equal(events.length, 5);
    assert.equal(events.at(-1).object.metadata.annotations["k8s.io/initial-events-end"], "true");
    watch.leave();
  });

  it("collects what nobody owns any more", async () => {
    const owner = await ask("POST", CONFIGMAPS, configMap("owner"));
    const { uid } = owner.body.metadata;
    const reference = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid };
    await ask("POST", CONFIGMAPS, configMap("owned", { ownerReferences: [reference] }));
    await ask(
      "POST",
      CONFIGMAPS,
      configMap("orphan", { ownerReferences: [{ ...reference, uid: "nobody" }] }),
    );
    await until(`${CONFIGMAPS}/orphan`, gone);
    await ask("DELETE", `${CONFIGMAPS}/owner`);
    await until(`${CONFIGMAPS}/owned`, gone);
  });

  it("deletes dependents first when asked to, and leaves them when asked to", async () => {
    for (const [policy, outcome] of [
      ["Foreground", 404],
      ["Orphan", 200],
    ] as const) {
      const owner = await ask("POST", CONFIGMAPS, configMap("owner"));
      const reference = {
        apiVersion: "v1",
        kind: "ConfigMap",
        name: "owner",
        uid: owner.body.metadata.uid,
        blockOwnerDeletion: true,
      };
      await ask(
        "POST",
        CONFIGMAPS,
        configMap("owned", { ownerReferences: [reference], finalizers: ["test.io/hold"] }),
      );
      const marked = await ask("DELETE", `${CONFIGMAPS}/owner?propagationPolicy=${policy}`);
      assert.ok(marked.body.metadata.deletionTimestamp);
      if (policy === "Foreground") {
        await until(`${CONFIGMAPS}/owned`, ({ body }) => body.metadata.deletionTimestamp !== undefined);
        assert.equal((await ask("GET", `${CONFIGMAPS}/owner`)).status, 200, "the owner waits");
      }
      await ask(
        "PATCH",
        `${CONFIGMAPS}/owned`,
        { metadata: { finalizers: null } },
        { "Content-Type": "application/merge-patch+json" },
      );
      await until(`${CONFIGMAPS}/owner`, gone);
      const left = await ask("GET", `${CONFIGMAPS}/owned`);
      assert.equal(left.status, outcome);
      assert.equal(left.body.metadata?.ownerReferences, undefined);
    }
  });

  it("empties a namespace before it goes, and takes nothing new meanwhile", async () => {
    await ask("POST", "/api/v1/namespaces", { metadata: { name: "gone" } });
    const inside = "/api/v1/namespaces/gone/configmaps";
    await ask("POST", inside, configMap("held", { finalizers: ["test.io/hold"] }));
    await ask("POST", inside, configMap("free"));
    const marked = await ask("DELETE", "/api/v1/namespaces/gone");
    assert.equal(marked.body.status.phase, "Terminating");
    await until(`${inside}/free`, gone);
    const refused = await ask("POST", inside, configMap("late"));
    assert.equal(refused.status, 403);
    assert.equal(refused.body.details.causes[0].reason, "NamespaceTerminating");
    const { body } = await ask("GET", "/api/v1/namespaces/gone");
    const remaining = body.status.conditions.find((each: any) => each.type === "NamespaceContentRemaining");
    assert.equal(remaining.message, "Some resources are remaining: configmaps. has 1 resource instances");
    await ask(
      "PATCH",
      `${inside}/held`,
      { metadata: { finalizers: null } },
      { "Content-Type": "application/merge-patch+json" },
    );
    await until("/api/v1/namespaces/gone", gone);
  });

  it("serves a custom resource from the moment its definition is there until its last object is gone", async () => {
    assert.equal(
      (await ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgets())).status,
      201,
    );
    const made = await ask("POST", WIDGETS, {
      ...widget("w", { finalizers: ["test.io/hold"] }),
      status: { x: 1 },
    });
    assert.equal(made.status, 201);
    assert.deepEqual(
      [made.body.spec, made.body.status, made.body.metadata.generation],
      [{ size: 3 }, undefined, 1],
    );
    const put = { ...made.body, status: { ready: true }, spec: { size: 9 } };
    const status = await ask("PUT", `${WIDGETS}/w/status`, put);
    assert.deepEqual(
      [status.body.spec, status.body.status, status.body.metadata.generation],
      [{ size: 3 }, { ready: true }, 1],
    );
    const discovery = await ask("GET", "/apis/example.com/v1");
    assert.deepEqual(
      discovery.body.resources.map((each: any) => each.name),
      ["widgets", "widgets/status"],
    );
    await ask("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com");
    await until(`${WIDGETS}/w`, ({ body }) => body.metadata.deletionTimestamp !== undefined);
    await ask(
      "PATCH",
      `${WIDGETS}/w`,
      { metadata: { finalizers: null } },
      { "Content-Type": "application/merge-patch+json" },
    );
    await until("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com", gone);
    assert.equal((await ask("GET", WIDGETS)).status, 404);
  });

  it("answers in YAML, compressed and as Tables", async () => {
    const yaml = await ask("GET", `${CONFIGMAPS}/kube-root-ca.crt`, undefined, {
      Accept: "application/yaml",
    });
    assert.match(yaml.body, /^apiVersion: v1\ndata:\n/);
    await ask("POST", CONFIGMAPS, { ...configMap("large"), data: { a: "x".repeat(200_000) } });
    const large = await ask("GET", `${CONFIGMAPS}/large`, undefined, { "Accept-Encoding": "gzip" });
    assert.deepEqual([large.headers.get("content-encoding"), large.body.data.a.length], ["gzip", 200_000]);
    const table = await ask("GET", `${CONFIGMAPS}/large`, undefined, {
      Accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
    });
    assert.deepEqual(
      table.body.columnDefinitions.map((each: any) => each.name),
      ["Name", "Data", "Age"],
    );
    assert.deepEqual(table.body.rows[0].cells.slice(0, 2), ["large", 1]);
  });

  it("refuses a body that is too large", async () => {
    const { status, body } = await ask("POST", CONFIGMAPS, {
      ...configMap("huge"),
      data: { a: "x".repeat(3 * 1024 * 1024) },
    });
    assert.deepEqual([status, body.reason], [413, "RequestEntityTooLarge"]);
  });
});

describe("a cluster for tests", () => {
  beforeEach(fresh);
  after(() => cluster.close());

  it("counts requests by verb and resource", async () => {
    cluster.resetStats();
    await ask("GET", CONFIGMAPS);
    await ask("GET", CONFIGMAPS);
    await ask(
      "PATCH",
      "/apis/apps/v1/namespaces/default/deployments/x/status",
      {},
      { "Content-Type": "application/merge-patch+json" },
    );
    assert.deepEqual(cluster.stats().requests, { "list configmaps": 2, "patch deployments/status": 1 });
  });

  it("makes trouble on demand, as often as told", async () => {
    const stop = cluster.inject({
      match: ({ verb, resource }) => verb === "list" && resource === "configmaps",
      respond: { status: 503 },
      times: 1,
    });
    assert.deepEqual(
      [(await ask("GET", CONFIGMAPS)).status, (await ask("GET", CONFIGMAPS)).status],
      [503, 200],
    );
    stop();
    const cut = cluster.inject({ match: () => true, respond: "disconnect" });
    await assert.rejects(ask("GET", CONFIGMAPS));
    cut();
    assert.equal((await ask("GET", CONFIGMAPS)).status, 200);
  });

  it("lets code in the process do what a client can, without HTTP", () => {
    const { store } = cluster;
    const heard: string[] = [];
    const stop = store.watch([{ apiVersion: "v1", kind: "ConfigMap" }], ({ type, object }) =>
      heard.push(`${type} ${object.metadata.name}`),
    );
    store.create(configMap("a", { namespace: "default" }));
    store.patch(
      { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "a" },
      { data: { a: "2" } },
    );
    store.apply(
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b", namespace: "default" } },
      { manager: "me" },
    );
    store.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "a" });
    stop();
    assert.deepEqual(heard, ["ADDED a", "MODIFIED a", "ADDED b", "DELETED a"]);
    assert.equal(
      store.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "a" }),
      undefined,
    );
    assert.throws(() => store.create(configMap("b", { namespace: "default" })), {
      message: 'configmaps "b" already exists',
    });
  });
});

describe("a cluster with options", () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "cluster-test-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  it("lets in only who has the token", async () => {
    cluster = await trustedCluster({ simulate: false, token: "right" });
    assert.equal((await ask("GET", "/api", undefined, { Authorization: "" })).status, 403);
    assert.equal((await ask("GET", "/api", undefined, { Authorization: "Bearer wrong" })).status, 401);
    assert.equal((await ask("GET", "/api", undefined, { Authorization: "Bearer right" })).status, 200);
    assert.match(cluster.kubeconfig(), /token: right/);
    await cluster.close();
  });

  it("goes on from its snapshot: objects, definitions, revisions, but not watches from before", async () => {
    const snapshotFile = join(directory, "state", "snapshot.json");
    cluster = await trustedCluster({ simulate: false, snapshotFile });
    await ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgets());
    const made = await ask("POST", WIDGETS, widget("kept"));
    await cluster.close();
    assert.equal(statSync(snapshotFile).mode & 0o777, 0o600);
    cluster = await trustedCluster({ simulate: false, snapshotFile });
    assert.deepEqual((await ask("GET", `${WIDGETS}/kept`)).body, made.body);
    const next = await ask("POST", WIDGETS, widget("next"));
    assert.ok(Number(next.body.metadata.resourceVersion) > Number(made.body.metadata.resourceVersion));
    const watch = await watching(`${WIDGETS}?watch=true&resourceVersion=1`);
    assert.equal((await watch.next()).object.code, 410);
    await cluster.close();
  });

  it("does not start over a file that is no snapshot", async () => {
    const snapshotFile = join(directory, "other.json");
    writeFileSync(snapshotFile, "{}");
    await assert.rejects(
      trustedCluster({ snapshotFile }),
      /is not a snapshot of this version of the cluster/,
    );
  });
});
