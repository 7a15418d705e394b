/** The sample repository of `npm start`: two folders that two Kustomizations apply, one after the other. */
type Files = Record<string, string>;

const namespace = `apiVersion: v1
kind: Namespace
metadata:
  name: demo
`;

const settings = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: demo
data:
  greeting: hello
`;

const welcome = `apiVersion: v1
kind: ConfigMap
metadata:
  name: welcome
  namespace: demo
data:
  note: this object leaves with the second commit
`;

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: registry.example/web
          ports:
            - containerPort: 8080
          envFrom:
            - configMapRef:
                name: web
`;

const service = `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 8080
`;

const apps = (tag: string, replicas: number) => `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: demo
resources:
  - deployment.yaml
  - service.yaml
images:
  - name: registry.example/web
    newTag: ${tag}
replicas:
  - name: web
    count: ${replicas}
configMapGenerator:
  - name: web
    literals:
      - version=${tag}
`;

export const firstCommit: { message: string; files: Files } = {
  message: "Deploy web 1.0.0",
  files: {
    "infrastructure/namespace.yaml": namespace,
    "infrastructure/settings.yaml": settings,
    "infrastructure/welcome.yaml": welcome,
    "apps/kustomization.yaml": apps("1.0.0", 2),
    "apps/deployment.yaml": deployment,
    "apps/service.yaml": service,
  },
};

export const secondCommit: { message: string; files: Files; delete: string[] } = {
  message: "Roll out web 1.1.0 with three replicas",
  files: { "apps/kustomization.yaml": apps("1.1.0", 3) },
  delete: ["infrastructure/welcome.yaml"],
};

/** The objects that make the sample repository run. `interval`s are short so that a demo feels alive. */
export function sampleObjects(url: string) {
  const metadata = (name: string) => ({ name, namespace: "flux-system" });
  const sourceRef = { kind: "GitRepository", name: "sample" };
  const common = { interval: "10m", prune: true, wait: true, timeout: "1m", sourceRef };
  return [
    {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: metadata("sample"),
      spec: { url, ref: { branch: "main" }, interval: "30s" },
    },
    {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: metadata("infrastructure"),
      spec: { ...common, path: "./infrastructure" },
    },
    {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: metadata("apps"),
      spec: { ...common, path: "./apps", dependsOn: [{ name: "infrastructure" }] },
    },
  ];
}
