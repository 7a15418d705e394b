/** The tree that the benchmark beside this folder builds. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const deployment = (i: number): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${i}
  labels: {app: app-${i}}
spec:
  replicas: 2
  selector:
    matchLabels: {app: app-${i}}
  template:
    metadata:
      labels: {app: app-${i}}
    spec:
      containers:
      - name: main
        image: nginx:1.25
        ports:
        - containerPort: 8080
        env:
        - name: MODE
          value: "production"
        - name: CONFIG
          valueFrom:
            configMapKeyRef: {name: config-${i}, key: mode}
        resources:
          limits: {cpu: 100m, memory: 64Mi}
      volumes:
      - name: config
        configMap: {name: config-${i}}
`;
const service = (i: number): string => `apiVersion: v1
kind: Service
metadata:
  name: app-${i}
spec:
  selector: {app: app-${i}}
  ports:
  - port: 80
    targetPort: 8080
`;
const configMap = (i: number): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: config-${i}
data:
  mode: fast
  app.properties: |
    key=value
    other=${i}
`;

/** A base of `size` resources in files of 50, and an overlay that renames, moves, labels and patches them. */
export function writeTree(dir: string, size: number): void {
  mkdirSync(join(dir, "base"), { recursive: true });
  mkdirSync(join(dir, "overlay"), { recursive: true });
  const files: string[] = [];
  const makers = [deployment, service, configMap];
  for (let from = 0; from < size; from += 50) {
    const documents: string[] = [];
    for (let i = from; i < Math.min(from + 50, size); i++) documents.push(makers[i % 3]!(Math.floor(i / 3)));
    files.push(`r${from}.yaml`);
    writeFileSync(join(dir, "base", `r${from}.yaml`), documents.join("---\n"));
  }
  writeFileSync(
    join(dir, "base/kustomization.yaml"),
    `resources:\n${files.map((file) => `- ${file}\n`).join("")}`,
  );
  writeFileSync(
    join(dir, "overlay/kustomization.yaml"),
    `resources: [../base]
namespace: production
namePrefix: prod-
labels:
- pairs: {env: production}
  includeSelectors: true
commonAnnotations: {team: platform}
images:
- name: nginx
  newTag: "1.27"
configMapGenerator:
- name: shared
  literals: [a=b]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: app-1
    spec:
      replicas: 5
- target: {kind: Deployment}
  patch: |-
    - op: add
      path: /spec/revisionHistoryLimit
      value: 3
`,
  );
}
