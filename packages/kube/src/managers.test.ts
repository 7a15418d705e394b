import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from "@sluice/api";
import { createAuthority } from "@sluice/testing";
import { diffObjects } from "./diff.ts";
import { dropped, united, without } from "./inventory.ts";
import { fingerprint, isOwnedByOther, lastForeignManager, takeover } from "./managers.ts";
import { prepare, rankOf, segmentsOf, stageOf, withValueAt } from "./manifests.ts";

const ours = "kustomize-controller";
const entry = (
  manager: string,
  operation: "Apply" | "Update",
  fieldsV1: object = {},
  extra: object = {},
): ManagedFieldsEntry => ({
  ...{ manager, operation, apiVersion: "v1", time: "2026-01-01T00:00:00Z", fieldsType: "FieldsV1" as const },
  fieldsV1: fieldsV1 as Record<string, unknown>,
  ...extra,
});
const metadata = (managedFields: ManagedFieldsEntry[], extra: Partial<ObjectMeta> = {}) => ({
  metadata: { name: "x", resourceVersion: "7", managedFields, ...extra },
});
const lock = { op: "replace", path: "/metadata/resourceVersion", value: "7" };
const fields = (...names: string[]) => ({
  "f:data": Object.fromEntries(names.map((name) => [`f:${name}`, {}])),
});

const takeovers: Record<string, [entries: ManagedFieldsEntry[], expected: ManagedFieldsEntry[] | undefined]> =
  {
    "nothing to do where only ours and friends are": [
      [entry(ours, "Apply"), entry("friend", "Update")],
      undefined,
    ],
    "kubectl is merged into ours": [
      [entry("kubectl-edit", "Update", fields("b")), entry(ours, "Apply", fields("a"))],
      [entry(ours, "Apply", fields("a", "b"))],
    ],
    "kubectl by server-side apply too": [
      [entry("kubectl", "Apply", fields("b")), entry(ours, "Apply", fields("a"))],
      [entry(ours, "Apply", fields("a", "b"))],
    ],
    "the first becomes ours where we have none": [
      [entry("kubectl-client-side-apply", "Update", fields("b")), entry("friend", "Apply")],
      [entry("friend", "Apply"), entry(ours, "Apply", fields("b"))],
    ],
    "what stood before the first apply": [
      [entry("before-first-apply", "Update", fields("b"))],
      [entry(ours, "Apply", fields("b"))],
    ],
    "our own writes of the time before server-side apply": [
      [entry(ours, "Update", fields("b")), entry(ours, "Apply", fields("a"))],
      [entry(ours, "Apply", fields("a", "b"))],
    ],
    "before-first-apply as an applier is someone's name": [[entry("before-first-apply", "Apply")], undefined],
    "managers that the operator names": [
      [entry("argocd-x", "Update", fields("b")), entry(ours, "Apply", fields("a"))],
      [entry(ours, "Apply", fields("a", "b"))],
    ],
    "status is nobody's to take": [
      [entry("kubectl", "Update", fields("b"), { subresource: "status" })],
      undefined,
    ],
  };
for (const [name, [entries, expected]] of Object.entries(takeovers)) {
  test(`takeover: ${name}`, () => {
    const patch = takeover(metadata(entries), { manager: ours, overrides: ["argocd"] });
    const wanted = expected && [{ op: "replace", path: "/metadata/managedFields", value: expected }, lock];
    assert.deepEqual(patch, wanted);
  });
}

test("takeover: leftovers of kubectl and Flux v1 are removed from annotations and labels", () => {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}", mine: "x" };
  const patch = takeover(metadata([], { annotations, labels: { "fluxcd.io/sync-gc-mark": "y" } }), {
    manager: ours,
  });
  assert.deepEqual(patch, [
    { op: "remove", path: "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration" },
    { op: "remove", path: "/metadata/labels/fluxcd.io~1sync-gc-mark" },
    lock,
  ]);
});

const annotating = (name: string) => ({ "f:metadata": { "f:annotations": { [`f:${name}`]: {} } } });

const same: Record<string, [change: (object: { metadata: ObjectMeta }) => void, isSame: boolean]> = {
  "a status write": [
    ({ metadata }) => metadata.managedFields!.push(entry("kubelet", "Update", {}, { subresource: "status" })),
    true,
  ],
  "an annotation by a status write: a Deployment's revision": [
    ({ metadata }) => {
      metadata.annotations = { revision: "2" };
      metadata.managedFields!.push(
        entry("kube-controller-manager", "Update", annotating("revision"), { subresource: "status" }),
      );
    },
    true,
  ],
  "a new resource version": [({ metadata }) => void (metadata.resourceVersion = "99"), true],
  "labels in another order": [({ metadata }) => void (metadata.labels = { b: "2", a: "1" }), true],
  "a write of another manager": [
    ({ metadata }) => metadata.managedFields!.push(entry("kubectl", "Update")),
    false,
  ],
  "a later write of ours": [
    ({ metadata }) => void (metadata.managedFields![0]!.time = "2026-01-02T00:00:00Z"),
    false,
  ],
  "other fields of the same manager": [
    ({ metadata }) => void (metadata.managedFields![0]!.fieldsV1 = fields("z")),
    false,
  ],
  "a label": [({ metadata }) => void (metadata.labels = { a: "1" }), false],
  "an annotation": [({ metadata }) => void (metadata.annotations = { a: "1" }), false],
  "a deletion": [({ metadata }) => void (metadata.deletionTimestamp = "2026-01-02T00:00:00Z"), false],
  "another object of that name": [({ metadata }) => void (metadata.uid = "2"), false],
};
for (const [name, [change, isSame]] of Object.entries(same)) {
  test(`fingerprint: ${name} ${isSame ? "leaves it" : "changes it"}`, () => {
    const object = metadata([entry(ours, "Apply", fields("a"))], { uid: "1", labels: { a: "1", b: "2" } });
    const before = fingerprint(object);
    change(object);
    assert.equal(fingerprint(object) === before, isSame);
  });
}

test("fingerprint: an annotation counts while anyone but a status writer owns it", () => {
  const noted = (value: string) =>
    fingerprint(
      metadata(
        [
          entry(ours, "Apply", annotating("a")),
          entry("kubelet", "Update", annotating("a"), { subresource: "status" }),
        ],
        { annotations: { a: value } },
      ),
    );
  assert.notEqual(noted("1"), noted("2"));
});

test("the last foreign manager is the latest that is not ours and did not write status", () => {
  const at = (time: string) => ({ time: `2026-01-0${time}T00:00:00Z` });
  const object = metadata([
    entry(ours, "Apply", {}, at("9")),
    entry("early", "Update", {}, at("1")),
    entry("late", "Update", {}, at("2")),
    entry("kubelet", "Update", {}, { ...at("3"), subresource: "status" }),
  ]);
  assert.deepEqual(lastForeignManager(object, [ours]), { manager: "late", operation: "Update", ...at("2") });
  assert.equal(lastForeignManager(metadata([entry(ours, "Apply")]), [ours]), undefined);
});

test("another applier owns a field by name, or an item of a list by its keys", () => {
  const container = { "f:containers": { 'k:{"name":"app"}': { ".": {}, "f:image": {} } } };
  const live: KubeObject = {
    ...{ apiVersion: "v1", kind: "Pod" },
    ...metadata([entry("vpa", "Apply", { "f:spec": container }), entry("hand", "Update", fields("k"))]),
    spec: { containers: [{ name: "other" }, { name: "app", image: "x" }] },
  };
  const owned = (pointer: string) => isOwnedByOther(live, segmentsOf(pointer), ours);
  assert.equal(owned("/spec/containers/1/image"), true);
  assert.equal(owned("/spec/containers/0/image"), false);
  assert.equal(owned("/data/k"), false, "an update is no apply");
  assert.equal(isOwnedByOther(live, segmentsOf("/spec/containers/1/image"), "vpa"), false);
});

test("values are replaced and removed in copies", () => {
  const object = { a: { "b/c": 1, list: [1, 2] } };
  assert.deepEqual(withValueAt(object, segmentsOf("/a/b~1c"), 2), { a: { "b/c": 2, list: [1, 2] } });
  assert.deepEqual(withValueAt(object, segmentsOf("/a/list/0"), undefined), { a: { "b/c": 1, list: [2] } });
  assert.deepEqual(object, { a: { "b/c": 1, list: [1, 2] } });
});

test("a CRD loses a bundle that holds no certificate, and keeps one that does", () => {
  const good = Buffer.from(createAuthority().cert).toString("base64");
  const kind = {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "x",
    namespaced: false,
  };
  for (const [caBundle, kept] of [
    ["Cg==", undefined],
    ["no base64!", undefined],
    ["", ""],
    [good, good],
  ] as const) {
    const clientConfig = { caBundle, service: {} };
    const crd = {
      ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "x" } },
      spec: { conversion: { webhook: { clientConfig } } },
    };
    assert.equal(prepare(crd, kind).spec.conversion.webhook.clientConfig.caBundle, kept);
    assert.equal(clientConfig.caBundle, caBundle, "the manifest itself was edited");
  }
});

test("stages and ranks are Flux's", () => {
  const stage = (apiVersion: string, kind: string) => stageOf({ apiVersion, kind }, ["example.com/Early"]);
  assert.deepEqual(
    [
      stage("v1", "Namespace"),
      stage("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
      stage("rbac.authorization.k8s.io/v1", "ClusterRole"),
      stage("example.com/v1", "Namespace"),
      stage("storage.k8s.io/v1", "StorageClass"),
      stage("example.com/v1", "Early"),
      stage("apps/v1", "Deployment"),
    ],
    ["definitions", "definitions", "definitions", "rest", "classes", "custom", "rest"],
  );
  const kinds = [
    "ValidatingWebhookConfiguration",
    "Job",
    "Deployment",
    "ConfigMap",
    "CustomResourceDefinition",
  ];
  assert.deepEqual(
    kinds.sort((one, other) => rankOf(one) - rankOf(other)),
    [...["CustomResourceDefinition", "ConfigMap", "Deployment", "Job", "ValidatingWebhookConfiguration"]],
  );
});

test("inventories are compared without regard to versions", () => {
  const before = [
    { id: "a_x__ConfigMap", v: "v1" },
    { id: "_y_apps_Foo", v: "v1beta1" },
  ];
  const after = [{ id: "_y_apps_Foo", v: "v1" }];
  const x = { group: "", version: "v1", kind: "ConfigMap", namespace: "a", name: "x" };
  assert.deepEqual(dropped(before, after), [x]);
  assert.deepEqual(united(before, after), [before[0], after[0]]);
  assert.deepEqual(without([x], [{ ...x, version: "v2" }]), []);
});

const base: KubeObject = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } };
const diffs: Record<string, [before: object | undefined, after: object | undefined, expected: object[]]> = {
  "what servers write is no difference": [
    { metadata: { name: "s", resourceVersion: "1", generation: 1, managedFields: [] }, status: { a: 1 } },
    { metadata: { name: "s", resourceVersion: "2" } },
    [],
  ],
  "items of a list go by name": [
    { kind: "Pod", spec: { containers: [{ name: "a", image: "1" }, { name: "b" }] } },
    { kind: "Pod", spec: { containers: [{ name: "a", image: "2" }] } },
    [
      { path: "spec.containers[name=a].image", before: "1", after: "2" },
      { path: "spec.containers[name=b]", before: { name: "b" } },
    ],
  ],
  "other lists go by place": [
    { kind: "X", args: ["a", "b"] },
    { kind: "X", args: ["a", "c", "d"] },
    [
      { path: "args[1]", before: "b", after: "c" },
      { path: "args[2]", after: "d" },
    ],
  ],
  "keys with dots are quoted": [
    { kind: "X", metadata: { name: "s", labels: {} } },
    { kind: "X", metadata: { name: "s", labels: { "a.b/c": "1" } } },
    [{ path: 'metadata.labels["a.b/c"]', after: "1" }],
  ],
  "values of a Secret are masked": [
    { data: { a: "b25l", b: "x" } },
    { data: { a: "dHdv", b: "x" } },
    [{ path: "data.a", before: "*****", after: "*****" }],
  ],
  "a Secret that is new or gone is masked too, and so is what kubectl wrote down of it": [
    undefined,
    {
      metadata: {
        name: "s",
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": '{"data":"b25l"}' },
      },
      data: { a: "b25l" },
    },
    [
      { path: "apiVersion", after: "v1" },
      { path: "kind", after: "Secret" },
      {
        path: "metadata",
        after: { name: "s", annotations: { "kubectl.kubernetes.io/last-applied-configuration": "*****" } },
      },
      { path: "data", after: { a: "*****" } },
    ],
  ],
};
for (const [name, [before, after, expected]] of Object.entries(diffs)) {
  test(`diff: ${name}`, () => {
    const whole = (side: object | undefined) => side && ({ ...base, ...side } as KubeObject);
    const told = diffObjects(whole(before), whole(after));
    assert.deepEqual(
      told.map((difference) => JSON.parse(JSON.stringify(difference))),
      expected,
    );
  });
}
