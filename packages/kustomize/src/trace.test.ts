import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "./build.ts";
import { memoryFileSystem } from "./filesystem.ts";

const files = {
  "/base/web.yaml": `# comment
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
data:
  a: "1"
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: main
        image: nginx:1
        envFrom: [{configMapRef: {name: made}}]
`,
  "/base/kustomization.yaml": `resources: [web.yaml]
configMapGenerator:
- name: made
  literals:
  - k=v
  - z=w
`,
  "/prod/patch.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: side
        image: redis
`,
  "/prod/kustomization.yaml": `resources: [../base]
namePrefix: p-
labels:
- pairs:
    env: prod
images:
- name: nginx
  newTag: "9"
replicas:
- {name: web, count: 4}
patches:
- path: patch.yaml
- target: {kind: Deployment}
  patch: |-
    - op: add
      path: /spec/minReadySeconds
      value: 3
`,
};

const rows: Record<string, [object: string, path: string, set: string]> = {
  "a field nobody changed": ["ConfigMap/p-other", "data.a", "base/web.yaml:6 resource"],
  "a name with a prefix": [
    "Deployment/p-web",
    "metadata.name",
    "prod/kustomization.yaml:2 transformer PrefixTransformer",
  ],
  "a generated name with a hash": [
    "ConfigMap/p-made-t829ddm6kf",
    "metadata.name",
    "prod/kustomization.yaml:2 transformer PrefixTransformer HashTransformer",
  ],
  "a generated value": [
    "ConfigMap/p-made-t829ddm6kf",
    "data.z",
    "base/kustomization.yaml:6 generator ConfigMapGenerator",
  ],
  "a label": [
    "Deployment/p-web",
    "metadata.labels.env",
    "prod/kustomization.yaml:5 transformer LabelTransformer",
  ],
  "a replica count": [
    "Deployment/p-web",
    "spec.replicas",
    "prod/kustomization.yaml:10 transformer ReplicaCountTransformer",
  ],
  "an item that a patch put in front": [
    "Deployment/p-web",
    "spec.template.spec.containers.0.image",
    "prod/patch.yaml:9 patch PatchTransformer",
  ],
  "an item that it moved": [
    "Deployment/p-web",
    "spec.template.spec.containers.1.name",
    "base/web.yaml:17 resource",
  ],
  "an image": [
    "Deployment/p-web",
    "spec.template.spec.containers.1.image",
    "prod/kustomization.yaml:7 transformer ImageTagTransformer",
  ],
  "a reference that follows a name": [
    "Deployment/p-web",
    "spec.template.spec.containers.1.envFrom.0.configMapRef.name",
    "base/web.yaml:19 resource NameReferenceTransformer",
  ],
  "an inline JSON patch": [
    "Deployment/p-web",
    "spec.minReadySeconds",
    "prod/kustomization.yaml:17 patch PatchTransformer",
  ],
};
for (const [sentence, [object, path, expected]] of Object.entries(rows)) {
  test(`origin of ${sentence}`, () => {
    const built = build("/prod", { fs: memoryFileSystem(files), root: "/", origins: true });
    const found = built.origins!().find((each) => `${each.kind}/${each.name}` === object);
    const field = found?.fields.find((each) => each.path.join(".") === path);
    assert.ok(field, `${object} has ${path}`);
    assert.equal([`${field.file}:${field.line}`, field.by, ...field.steps].join(" "), expected);
  });
}

test("origins change nothing in the result, and are only there when asked for", () => {
  const fs = memoryFileSystem(files);
  const plain = build("/prod", { fs, root: "/" });
  assert.equal(build("/prod", { fs, root: "/", origins: true }).yaml(), plain.yaml());
  assert.equal(plain.origins, undefined);
});
