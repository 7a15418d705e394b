import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { builtin, type KubeObject, ownerLabels } from "@sluice/api";
import { type Cluster, startCluster } from "@sluice/cluster";
import { type ApplySetOptions, applySet, type SetError } from "./apply.ts";
import { createClient } from "./client.ts";
import { systemClock } from "./clock.ts";
import { fingerprint } from "./managers.ts";
import { pruneSet } from "./prune.ts";
import type { Client, Kind } from "./types.ts";
import { waitForTermination } from "./wait.ts";

const { configMaps, secrets } = builtin;
const owner = ownerLabels("kustomize.toolkit.fluxcd.io", { namespace: "flux-system", name: "apps" });
const signal = AbortSignal.timeout(600_000);

let cluster: Cluster;
let client: Client;
let run = 0;
/** How far the server's clock is behind, in ms. */
let behind = 0;
let namespace: string;

before(async () => {
  cluster = await startCluster({ simulate: false, now: () => Date.now() - behind });
  client = createClient({ kubeConfig: { text: cluster.kubeconfig() } });
});
after(async () => {
  await client.close();
  await cluster.close();
});
beforeEach(async () => {
  namespace = `t${++run}`;
  const { namespaces } = builtin;
  await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
});

const configMap = (name: string, data: object, annotations?: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace, ...(annotations ? { annotations } : {}) },
  data,
});
const annotated = (key: string, value: string) => ({ [`kustomize.toolkit.fluxcd.io/${key}`]: value });
const apply = (objects: KubeObject[], options: Partial<ApplySetOptions> = {}) =>
  applySet(client, objects, { manager: "kustomize-controller", signal, ownerLabels: owner, ...options });
const said = (entries: { action: string; ref: { kind: string; name: string } }[]) =>
  entries.map(({ action, ref }) => `${ref.kind}/${ref.name} ${action}`);
const live = (name: string) => client.get(configMaps, { namespace, name });
/** Applies as if ten seconds ago, since stamps of the last two seconds prove nothing. */
async function applyEarlier(objects: KubeObject[]) {
  behind = 10_000;
  await apply(objects);
  behind = 0;
}

async function failing(applied: Promise<unknown>): Promise<SetError> {
  const error = await applied.then(
    () => assert.fail("it was applied"),
    (thrown) => thrown,
  );
  assert.equal(error.name, "SetError", error.stack);
  return error;
}

test("creates, leaves alone what is unchanged, configures what changed, and says so", async () => {
  assert.deepEqual(said(await apply([configMap("a", { k: "1" }), configMap("b", { k: "1" })])), [
    "ConfigMap/a created",
    "ConfigMap/b created",
  ]);
  const [entry] = await apply([configMap("a", { k: "2" })]);
  assert.equal(entry!.action, "configured");
  assert.equal(entry!.fingerprint, fingerprint((await live("a"))!));
  const version = (await live("a"))!.metadata.resourceVersion;
  assert.deepEqual(said(await apply([configMap("a", { k: "2" })])), ["ConfigMap/a unchanged"]);
  assert.equal((await live("a"))!.metadata.resourceVersion, version);
  assert.deepEqual((await live("a"))!.metadata.labels, owner);
});

test("an unchanged object costs one dry run, a changed one a read and a write more", async () => {
  await applyEarlier([configMap("a", { k: "1" }), configMap("b", { k: "1" })]);
  cluster.resetStats();
  const entries = await apply([configMap("a", { k: "1" }), configMap("b", { k: "2" })]);
  assert.deepEqual(said(entries), ["ConfigMap/a unchanged", "ConfigMap/b configured"]);
  assert.equal(entries[0]!.fingerprint, fingerprint((await live("a"))!));
  const { requests } = cluster.stats();
  const counts = Object.entries(requests).filter(([verb]) => /configmaps/.test(verb));
  // The last read is this test's own.
  assert.deepEqual(Object.fromEntries(counts), { "patch configmaps": 3, "get configmaps": 2 });
});

test("a manifest without any field of its own is unchanged as well", async () => {
  const bare = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "bare", namespace } };
  assert.deepEqual(said(await apply([bare], { ownerLabels: {} })), ["ServiceAccount/bare created"]);
  assert.deepEqual(said(await apply([bare], { ownerLabels: {} })), ["ServiceAccount/bare unchanged"]);
});

test("reverts what another manager changed, and names it", async () => {
  await apply([configMap("a", { k: "1" })]);
  await client.patch(
    configMaps,
    { namespace, name: "a" },
    { type: "merge", body: { data: { k: "hacked" } } },
    { fieldManager: "intruder" },
  );
  const [entry] = await apply([configMap("a", { k: "1" })]);
  assert.deepEqual([entry!.action, entry!.foreign], ["configured", "intruder"]);
  assert.deepEqual((await live("a"))!.data, { k: "1" });
});

test("keeps what others add beside our fields", async () => {
  await apply([configMap("a", { k: "1" })]);
  await client.patch(
    configMaps,
    { namespace, name: "a" },
    { type: "merge", body: { data: { other: "x" } } },
    { fieldManager: "friend" },
  );
  assert.deepEqual(said(await apply([configMap("a", { k: "1" })])), ["ConfigMap/a unchanged"]);
  assert.deepEqual((await live("a"))!.data, { k: "1", other: "x" });
});

test("removes what left the manifest", async () => {
  await apply([configMap("a", { k: "1", gone: "1" })]);
  await apply([configMap("a", { k: "1" })]);
  assert.deepEqual((await live("a"))!.data, { k: "1" });
});

for (const [what, options, expected] of [
  ["takes over what kubectl set by hand, and removes it", {}, { k: "1" }],
  ["leaves what kubectl set in mode Merge", annotated("ssa", "merge"), { k: "1", byHand: "x" }],
] as const) {
  test(what, async () => {
    await apply([configMap("a", { k: "1" }, options)]);
    const lastApplied = { "kubectl.kubernetes.io/last-applied-configuration": "{}" };
    const body = { data: { byHand: "x" }, metadata: { annotations: lastApplied } };
    await client.patch(
      configMaps,
      { namespace, name: "a" },
      { type: "merge", body },
      { fieldManager: "kubectl-edit" },
    );
    await apply([configMap("a", { k: "1" }, options)]);
    const { data, metadata } = (await live("a"))!;
    assert.deepEqual(data, expected);
    const managers = metadata.managedFields!.map(({ manager, operation }) => `${manager} ${operation}`);
    const isMerge = "byHand" in expected;
    assert.deepEqual(managers, ["kustomize-controller Apply", ...(isMerge ? ["kubectl-edit Update"] : [])]);
    assert.equal(
      Object.keys(metadata.annotations ?? {}).includes("kubectl.kubernetes.io/last-applied-configuration"),
      isMerge,
    );
    assert.deepEqual(said(await apply([configMap("a", { k: "1" }, options)])), ["ConfigMap/a unchanged"]);
  });
}

test("takes over from managers that the operator names", async () => {
  const theirs = configMap("a", { k: "1", theirs: "x" });
  await client.apply(configMaps, theirs, { fieldManager: "argocd-controller" });
  await apply([configMap("a", { k: "1" })], { overrideManagers: ["argocd"] });
  assert.deepEqual((await live("a"))!.data, { k: "1" });
});

const untouched: Record<string, Record<string, string>> = {
  "ssa: Ignore": annotated("ssa", "Ignore"),
  "ssa in another case": annotated("ssa", "iGnOrE"),
  "reconcile: disabled": annotated("reconcile", "disabled"),
};
for (const [what, annotations] of Object.entries(untouched)) {
  test(`${what} on the manifest: nothing is sent`, async () => {
    cluster.resetStats();
    assert.deepEqual(said(await apply([configMap("a", {}, annotations)])), ["ConfigMap/a skipped"]);
    assert.deepEqual(cluster.stats().requests, {});
  });
}

test("reconcile: disabled on the live object: it is left alone", async () => {
  await apply([configMap("a", { k: "1" })]);
  const body = { metadata: { annotations: annotated("reconcile", "disabled") }, data: { k: "mine" } };
  await client.patch(
    configMaps,
    { namespace, name: "a" },
    { type: "merge", body },
    { fieldManager: "kubectl-edit" },
  );
  assert.deepEqual(said(await apply([configMap("a", { k: "1" })])), ["ConfigMap/a skipped"]);
  assert.deepEqual((await live("a"))!.data, { k: "mine" });
});

test("ssa: IfNotPresent creates once and then costs a metadata read", async () => {
  const once = configMap("a", { k: "1" }, annotated("ssa", "IfNotPresent"));
  assert.deepEqual(said(await apply([once])), ["ConfigMap/a created"]);
  cluster.resetStats();
  assert.deepEqual(said(await apply([{ ...once, data: { k: "2" } }])), ["ConfigMap/a skipped"]);
  assert.deepEqual(cluster.stats().requests, { "get configmaps": 1 });
  assert.deepEqual((await live("a"))!.data, { k: "1" });
});

const immutable = (value: string, annotations?: Record<string, string>) => ({
  ...configMap("fixed", { k: value }, annotations),
  immutable: true,
});

test("a field that cannot change is an error that tells how to go on", async () => {
  await apply([immutable("1")]);
  const error = await failing(apply([immutable("2")]));
  assert.match(
    error.message,
    new RegExp(`^ConfigMap/${namespace}/fixed dry-run failed \\(Invalid\\): .*immutable.* → .*spec\\.force`),
  );
});

for (const [how, annotations, options] of [
  ["spec.force", undefined, { force: true }],
  ["the annotation", annotated("force", "enabled"), {}],
] as const) {
  test(`with ${how}, an object whose field cannot change is deleted and created again`, async () => {
    const [first] = await apply([immutable("1", annotations)], options);
    const [second] = await apply([immutable("2", annotations)], options);
    assert.equal(second!.action, "configured");
    assert.notEqual(second!.uid, first!.uid);
    assert.deepEqual((await live("fixed"))!.data, { k: "2" });
  });
}

test("force never deletes an object for a manifest that would not be taken as a new one", async () => {
  const [first] = await apply([immutable("1")]);
  const wrong = { ...immutable("2"), data: { "not a key!": "x" } };
  await failing(apply([wrong], { force: true }));
  assert.equal((await live("fixed"))!.metadata.uid, first!.uid);
});

test("tells every failure of a stage with its origin, and applies nothing of it", async () => {
  const good = configMap("good", { k: "1" });
  const lost = { ...configMap("lost", {}), metadata: { name: "lost", namespace: "nowhere" } };
  const unknown = { apiVersion: "example.com/v1", kind: "Foo", metadata: { name: "foo", namespace } };
  const bad = configMap("bad", { "not a key!": "x" });
  const origins = new Map([[lost as KubeObject, "apps/lost.yaml:3"]]);
  const error = await failing(apply([good, lost, bad], { origins }));
  const lines = error.message.split("\n");
  assert.equal(lines.length, 2, error.message);
  assert.match(
    lines[0]!,
    /^ConfigMap\/nowhere\/lost \(apps\/lost\.yaml:3\) dry-run failed \(NotFound\): .* → namespace nowhere does not exist/,
  );
  assert.match(lines[1]!, /^ConfigMap\/t\d+\/bad dry-run failed \(Invalid\): .*not a key!/);
  assert.equal(await live("good"), undefined);
  assert.deepEqual(
    error.failures.map(({ ref }) => ref.name),
    ["lost", "bad"],
  );
  const none = await failing(apply([good, unknown]));
  assert.match(
    none.message,
    /Foo\/t\d+\/foo dry-run failed: no matches for kind "Foo" in version "example\.com\/v1" → its CustomResourceDefinition is not installed/,
  );
});

test("an object without namespace says so", async () => {
  const error = await failing(apply([{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }]));
  assert.match(error.message, /^ConfigMap\/a dry-run failed: namespace not specified/);
});

test("a stage that fails keeps what the stages before it have done", async () => {
  const made = { apiVersion: "v1", kind: "Namespace", metadata: { name: `${namespace}-made` } };
  const error = await failing(apply([configMap("bad", { "not a key!": "x" }), made]));
  assert.deepEqual(said(error.entries), [`Namespace/${namespace}-made created`]);
});

test("a namespace, a CRD and objects of both arrive in one set, in whatever order they are given", async () => {
  const group = `${namespace}.example.com`;
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `webs.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Web", plural: "webs", singular: "web", listKind: "WebList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  };
  const made = `${namespace}-made`;
  const web = {
    apiVersion: `${group}/v1`,
    kind: "Web",
    metadata: { name: "w", namespace: made },
    spec: { size: 3 },
  };
  const set = () => [web, crd, { apiVersion: "v1", kind: "Namespace", metadata: { name: made } }];
  assert.deepEqual(said(await apply(set())), [
    `CustomResourceDefinition/webs.${group} created`,
    `Namespace/${made} created`,
    "Web/w created",
  ]);
  assert.deepEqual(said(await apply(set())), [
    `CustomResourceDefinition/webs.${group} unchanged`,
    `Namespace/${made} unchanged`,
    "Web/w unchanged",
  ]);
  const kind = (await client.kindOf({ group, version: "v1", kind: "Web" }))!;
  assert.equal((await client.get(kind, { namespace: made, name: "w" }))?.spec.size, 3);
});

test("a namespace that is being deleted is waited for and made anew, with what is in it", async () => {
  const namespaces: Kind = { ...configMaps, kind: "Namespace", plural: "namespaces", namespaced: false };
  const ground: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  const held = configMap("held", {});
  held.metadata.finalizers = ["example.com/held"];
  await client.create(configMaps, held);
  const old = await client.get(namespaces, { name: namespace });
  await client.delete(namespaces, { name: namespace });
  const late = await failing(apply([ground], { waitMs: 100 }));
  assert.match(late.message, /timeout waiting for the end of.*Namespace/);

  const applied = apply([ground, configMap("a", {})]);
  const body = { metadata: { finalizers: null } };
  await client.patch(configMaps, { namespace, name: "held" }, { type: "merge", body });
  assert.deepEqual(said(await applied), [`Namespace/${namespace} created`, "ConfigMap/a created"]);
  assert.notEqual((await client.get(namespaces, { name: namespace }))?.metadata.uid, old?.metadata.uid);
});

test("manifests exported from a cluster are applied", async () => {
  await apply([configMap("a", { k: "1" })]);
  const exported = (await live("a"))!;
  assert.deepEqual(said(await apply([exported])), ["ConfigMap/a unchanged"]);
});

test("stringData is encoded, its keys go with the manifest, and no value reaches an error", async () => {
  const secret = (stringData: object): KubeObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s", namespace },
    stringData,
  });
  await apply([secret({ a: "one", b: "two" })]);
  await apply([secret({ a: "one" })]);
  const { data } = (await client.get(secrets, { namespace, name: "s" }))!;
  assert.deepEqual(data, { a: Buffer.from("one").toString("base64") });
  const error = await failing(
    apply([
      {
        ...secret({}),
        data: { "bad key!": Buffer.from("hunter2").toString("base64"), pin: "no base64: hunter3" },
      },
    ]),
  );
  assert.doesNotMatch(error.message, /hunter|aHVudGVy/);
});

test("ports without protocol are those of the server, so the second apply changes nothing", async () => {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s", namespace },
    spec: { ports: [{ port: 80 }], selector: { app: "x" } },
  };
  await apply([service]);
  assert.deepEqual(said(await apply([service])), ["Service/s unchanged"]);
});

test("ignored fields stay as they are, whoever set them", async () => {
  const ignore = () => ["/data/k"];
  await apply([configMap("a", { k: "1", fixed: "1" })]);
  await client.patch(
    configMaps,
    { namespace, name: "a" },
    { type: "merge", body: { data: { k: "scaled", fixed: "drift" } } },
    { fieldManager: "scaler" },
  );
  assert.deepEqual(said(await apply([configMap("a", { k: "1", fixed: "1" })], { ignore })), [
    "ConfigMap/a configured",
  ]);
  assert.deepEqual((await live("a"))!.data, { k: "scaled", fixed: "1" });
  assert.deepEqual(said(await apply([configMap("a", { k: "1", fixed: "1" })], { ignore })), [
    "ConfigMap/a unchanged",
  ]);
});

test("ends with its signal, with the signal's reason", async () => {
  const over = AbortSignal.abort(new Error("shutdown"));
  await assert.rejects(apply([configMap("a", {})], { signal: over }), /^Error: shutdown$/);
});

const ref = (name: string) => ({ group: "", version: "v1", kind: "ConfigMap", namespace, name });

test("prunes what is ours, and nothing else", async () => {
  await apply([
    configMap("ours", {}),
    configMap("kept", {}, annotated("prune", "Disabled")),
    configMap("stopped", {}),
  ]);
  const disabled = { metadata: { annotations: annotated("reconcile", "disabled") } };
  await client.patch(configMaps, ref("stopped"), { type: "merge", body: disabled });
  await apply([configMap("theirs", {})], {
    ownerLabels: { ...owner, "kustomize.toolkit.fluxcd.io/name": "other" },
  });
  const refs = ["ours", "kept", "stopped", "theirs", "never"].map(ref);
  const entries = await pruneSet(client, refs, { ownerLabels: owner, signal });
  assert.deepEqual(said(entries), [
    "ConfigMap/ours deleted",
    "ConfigMap/kept skipped",
    "ConfigMap/stopped skipped",
    "ConfigMap/theirs skipped",
    "ConfigMap/never deleted",
  ]);
  assert.equal(await live("ours"), undefined);
  assert.ok(await live("theirs"));
});

test("a prune that is refused tells which, and what the others came to", async () => {
  await apply([configMap("a", {}), configMap("b", {})]);
  const stop = cluster.inject({
    match: ({ method, path }) => method === "DELETE" && path.endsWith("/a"),
    respond: {
      status: 403,
      body: {
        kind: "Status",
        apiVersion: "v1",
        status: "Failure",
        code: 403,
        reason: "Forbidden",
        message: 'admission webhook "guard" denied the request: no',
      },
    },
  });
  const error = await failing(pruneSet(client, [ref("a"), ref("b")], { ownerLabels: owner, signal }));
  stop();
  assert.match(
    error.message,
    /^ConfigMap\/t\d+\/a delete failed \(Forbidden\): admission webhook "guard" denied .* → webhook guard refuses it/,
  );
  assert.deepEqual(said(error.entries), ["ConfigMap/b deleted"]);
  assert.ok(await live("a"));
});

test("an entry of a version that is served no more is pruned in the version that is; one of a kind that is gone is gone", async () => {
  await apply([configMap("a", {})]);
  const refs = [
    { ...ref("a"), version: "v0" },
    { ...ref("x"), group: "gone.example.com", kind: "Gone" },
  ];
  assert.deepEqual(said(await pruneSet(client, refs, { ownerLabels: owner, signal })), [
    "Gone/x deleted",
    "ConfigMap/a deleted",
  ]);
  assert.equal(await live("a"), undefined);
});

test("waits for the end of what a finalizer holds, and names the finalizer when time is over", async () => {
  await apply([
    { ...configMap("held", {}), metadata: { name: "held", namespace, finalizers: ["example.com/hold"] } },
  ]);
  const [entry] = await pruneSet(client, [ref("held")], { ownerLabels: owner, signal });
  const held = { ...ref("held"), uid: entry!.uid };
  const seen = Promise.withResolvers<void>();
  const watching: Pick<Client, "kindOf" | "list" | "watch" | "get"> = {
    ...client,
    watch(...request) {
      seen.resolve(); // what was listed before is told
      return client.watch(...request);
    },
  };
  const clock = { ...systemClock, sleep: () => seen.promise };
  await assert.rejects(
    waitForTermination(watching, [held], { signal, timeoutMs: 1, clock }),
    /timeout waiting for the end of: \[ConfigMap\/t\d+\/held status: 'Terminating': .*example\.com\/hold\]/,
  );
  const gone = waitForTermination(client, [held], { signal, timeoutMs: 60_000 });
  await client.patch(configMaps, ref("held"), { type: "merge", body: { metadata: { finalizers: null } } });
  await gone;
  await waitForTermination(client, [{ ...ref("held"), uid: "another" }], { signal, timeoutMs: 60_000 });
});
