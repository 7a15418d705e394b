import {
  apply,
  configMap,
  del,
  deployment,
  get,
  merge,
  paths,
  pod,
  post,
  put,
  quiet,
  type Scenarios,
  strategic,
} from "../scenario.fixture.ts";

const { core, apps, of } = paths;
const d = apps("deployments", "d");
const made = quiet(post(apps("deployments"), deployment("d")));
const podMade = quiet(post(core("pods"), pod("p")));
const condition = { type: "Ready", status: "True" };
const review = (attributes: object) =>
  post(
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    { spec: { resourceAttributes: attributes } },
    { pick: ({ kind, apiVersion, spec, status }) => ({ kind, apiVersion, spec, allowed: status.allowed }) },
  );

/** Paths below objects, and questions to the server. */
export const subresources: Scenarios = {
  "status of built-in kinds is apart": [
    made,
    merge(`${d}/status`, {
      status: { replicas: 3, observedGeneration: 1 },
      spec: { replicas: 9 },
      metadata: { labels: { x: "y" } },
    }),
    put(
      d,
      { ...deployment("d"), status: { replicas: 7 } },
      { pick: ({ status, metadata }) => ({ status, metadata }) },
    ),
    put(
      `${d}/status`,
      (seen: any) => ({ ...seen.at(-1).body, ...deployment("d"), status: { replicas: 5 } }),
      { pick: ({ status, metadata }) => ({ status, metadata }) },
    ),
    strategic(
      `${d}/status`,
      { status: { conditions: [{ type: "Available", status: "True", reason: "R" }] } },
      { pick: ({ status }) => status },
    ),
    strategic(
      `${d}/status`,
      { status: { conditions: [{ type: "Progressing", status: "True" }] } },
      { pick: ({ status }) => status },
    ),
    get(`${d}/status`, { pick: ({ kind, status }) => ({ kind, status }) }),
    merge(`${d}/status`, { status: { replicas: -1 } }),
    merge(`${apps("deployments", "missing")}/status`, {}),
    get(`${core("configmaps", "kube-root-ca.crt")}/status`),
  ],
  "status of pods is apart": [
    podMade,
    merge(
      `${core("pods", "p")}/status`,
      {
        status: {
          phase: "Running",
          podIP: "10.1.2.3",
          podIPs: [{ ip: "10.1.2.3" }],
          conditions: [condition],
        },
      },
      { pick: ({ status, metadata }) => ({ status, metadata }) },
    ),
    strategic(
      `${core("pods", "p")}/status`,
      { status: { conditions: [{ type: "ContainersReady", status: "True" }] } },
      { pick: ({ status }) => status },
    ),
    apply(
      `${core("pods", "p")}/status`,
      "kubelet",
      { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, status: { phase: "Failed", reason: "x" } },
      "force=true",
      { pick: ({ status, metadata }) => ({ status, metadata }) },
    ),
  ],
  "replicas of workloads have a path": [
    made,
    get(`${d}/scale`),
    merge(`${d}/scale`, { spec: { replicas: 4 } }),
    get(d, { pick: ({ spec, metadata }) => [spec.replicas, metadata.generation, metadata.managedFields] }),
    put(`${d}/scale`, { metadata: { name: "d" }, spec: { replicas: 2 } }),
    put(`${d}/scale`, { metadata: { name: "d", resourceVersion: "1" }, spec: { replicas: 2 } }),
    put(`${d}/scale`, { metadata: { name: "x" }, spec: { replicas: 2 } }),
    merge(`${d}/scale`, { spec: { replicas: -2 } }),
    get(`${apps("deployments", "missing")}/scale`),
    apply(
      `${d}/scale`,
      "scaler",
      { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "d" }, spec: { replicas: 6 } },
      "force=true",
    ),
    get(d, { pick: ({ spec, metadata }) => [spec.replicas, metadata.managedFields] }),
    get(`${apps("daemonsets", "missing")}/scale`),
    quiet(
      post(apps("statefulsets"), {
        ...deployment("s", { serviceName: "s", replicas: 0 }),
        kind: "StatefulSet",
      }),
    ),
    get(`${apps("statefulsets", "s")}/scale`),
  ],
  "pods are bound and evicted": [
    podMade,
    post(`${core("pods", "p")}/binding`, { target: { kind: "Node", name: "n" } }),
    get(core("pods", "p"), { pick: ({ spec, status }) => [spec.nodeName, status] }),
    post(`${core("pods", "p")}/binding`, { target: { kind: "Node", name: "m" } }),
    post(`${core("pods", "missing")}/binding`, { target: { kind: "Node", name: "m" } }),
    post(`${core("pods", "p")}/eviction`, {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: "p" },
    }),
    get(core("pods", "p"), {
      pick: ({ metadata, status }) => [metadata.deletionGracePeriodSeconds, status.conditions],
    }),
    post(`${core("pods", "missing")}/eviction`, { metadata: { name: "missing" } }),
    get(`${core("pods", "missing")}/log`),
  ],
  "a budget forbids evictions": [
    podMade,
    quiet(merge(`${core("pods", "p")}/status`, { status: { phase: "Running", conditions: [condition] } })),
    quiet(
      post(of("policy/v1", "poddisruptionbudgets"), {
        metadata: { name: "b" },
        spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
      }),
    ),
    post(`${core("pods", "p")}/eviction`, { metadata: { name: "p" } }),
    quiet(
      merge(`${of("policy/v1", "poddisruptionbudgets", "b")}/status`, {
        status: {
          observedGeneration: 1,
          disruptionsAllowed: 0,
          currentHealthy: 1,
          desiredHealthy: 1,
          expectedPods: 1,
        },
      }),
    ),
    post(`${core("pods", "p")}/eviction`, { metadata: { name: "p" } }),
  ],
  "tokens of accounts are made": [
    post(`${core("serviceaccounts", "default")}/token`, { spec: {} }),
    post(`${core("serviceaccounts", "default")}/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { audiences: ["a"], expirationSeconds: 1200 },
    }),
    post(`${core("serviceaccounts", "default")}/token`, { spec: { expirationSeconds: 5 } }),
    post(`${core("serviceaccounts", "missing")}/token`, { spec: {} }),
    post(`${core("serviceaccounts", "default")}/token`, {
      spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "missing" } },
    }),
    post(`${core("serviceaccounts", "default")}/token`, { metadata: { name: "other" } }),
    post(
      "/apis/authentication.k8s.io/v1/tokenreviews",
      { spec: { token: "nonsense" } },
      { pick: ({ spec, ...rest }) => rest },
    ),
    post("/apis/authentication.k8s.io/v1/tokenreviews", { spec: {} }),
    quiet(post(`${core("serviceaccounts", "default")}/token`, { spec: {} })),
    post(
      "/apis/authentication.k8s.io/v1/tokenreviews",
      (seen: any) => ({ spec: { token: seen.at(-1).body.status.token } }),
      {
        pick: ({ status }) => ({
          authenticated: status.authenticated,
          username: status.user.username,
          groups: status.user.groups,
          audiences: status.audiences,
        }),
      },
    ),
  ],
  "one may ask what one may": [
    review({ verb: "get", resource: "pods" }),
    review({
      verb: "create",
      group: "apps",
      resource: "deployments",
      namespace: "{ns}",
      subresource: "scale",
      name: "d",
    }),
    post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { spec: {} }),
    post(
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      { spec: { nonResourceAttributes: { path: "/x", verb: "get" } } },
      { pick: ({ status }) => status.allowed },
    ),
    post(
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      { spec: { user: "nobody", resourceAttributes: { verb: "get", resource: "pods", namespace: "{ns}" } } },
      { pick: ({ status }) => status.allowed },
    ),
    post("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      spec: { resourceAttributes: { verb: "get" } },
    }),
    post(of("authorization.k8s.io/v1", "localsubjectaccessreviews"), {
      spec: { user: "x", resourceAttributes: { namespace: "other", verb: "get", resource: "pods" } },
    }),
    post(
      "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
      { spec: { namespace: "{ns}" } },
      { pick: ({ kind, metadata }) => ({ kind, metadata }) },
    ),
    post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: {} }),
    post(
      "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      {},
      {
        pick: ({ kind, status }) => ({
          kind,
          username: status.userInfo.username,
          groups: status.userInfo.groups,
        }),
      },
    ),
    get("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
    get("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x"),
  ],
  "roles decide for others": [
    quiet(
      post(of("rbac.authorization.k8s.io/v1", "roles"), {
        metadata: { name: "r" },
        rules: [
          { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] },
          { apiGroups: [""], resources: ["secrets"], resourceNames: ["s"], verbs: ["get"] },
        ],
      }),
    ),
    quiet(
      post(of("rbac.authorization.k8s.io/v1", "rolebindings"), {
        metadata: { name: "b" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
        subjects: [
          { kind: "User", name: "{ns}" },
          { kind: "ServiceAccount", name: "default", namespace: "{ns}" },
        ],
      }),
    ),
    ...["{ns}", "system:serviceaccount:{ns}:default"].flatMap((user) => [
      quiet({
        ...post("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
          spec: {
            user: "{ns}",
            resourceAttributes: { verb: "get", resource: "configmaps", namespace: "{ns}" },
          },
        }),
        pick: () => "",
      }),
      get(core("configmaps"), {
        headers: { "impersonate-user": user.replace("{ns}", "roles-decide-for-others") },
        pick: ({ kind }) => kind,
      }),
      post(core("configmaps"), configMap("x"), {
        headers: { "impersonate-user": user.replace("{ns}", "roles-decide-for-others") },
      }),
    ]),
    get(core("secrets", "s"), { headers: { "impersonate-user": "roles-decide-for-others" } }),
    get(core("secrets"), { headers: { "impersonate-user": "roles-decide-for-others" } }),
    get("/api/v1/nodes", { headers: { "impersonate-user": "roles-decide-for-others" } }),
    del(apps("deployments", "d"), undefined, { headers: { "impersonate-user": "roles-decide-for-others" } }),
    get("/api/v1/nodes", {
      headers: { "impersonate-user": "someone", "impersonate-group": "system:masters" },
      pick: ({ kind }) => kind,
    }),
  ],
  "paths that are none": [
    get("/nonsense"),
    get("/api/v2"),
    get("/api/v1/nonsense"),
    get("/apis/nonsense.example.com"),
    get("/apis/nonsense.example.com/v1/things"),
    get("/apis/apps/v9"),
    get("/apis/apps/v9/deployments"),
    get("/apis/apps/v1/nonsense"),
    get("/api/v1/namespaces/{ns}/nonsense/x"),
    get("/api/v1/namespaces/{ns}/pods/x/nonsense"),
    get("/api/v1/pods/x"),
    post("/api/v1/pods", pod("x")),
    del("/api/v1/configmaps"),
    put(core("configmaps"), {}),
    merge(core("configmaps"), {}),
    post("/api/v1/namespaces/{ns}/configmaps/x", {}),
    get("/api/v1/namespaces/{ns}/nodes"),
    { method: "PROPFIND", path: core("configmaps"), headers: {} },
    { method: "HEAD", path: core("configmaps"), headers: {} },
    { method: "OPTIONS", path: core("configmaps"), headers: {} },
    get("/api/v1/namespaces//configmaps", { pick: ({ kind }) => kind }),
    get("/apis/apps"),
    post("/api/v1/componentstatuses", {}),
    post("/apis", {}, { pick: ({ kind }) => kind }),
    del("/version"),
  ],
  "the server tells what it serves": [
    get("/api"),
    get("/api/v1"),
    get("/apis", {
      pick: ({ groups }) =>
        groups
          .map(({ name, versions, preferredVersion }: any) => [name, versions, preferredVersion])
          .filter(([name]: any) => !name.endsWith("example.com")),
    }),
    get("/apis/apps"),
    ...[
      "apps/v1",
      "batch/v1",
      "networking.k8s.io/v1",
      "rbac.authorization.k8s.io/v1",
      "apiextensions.k8s.io/v1",
      "policy/v1",
      "autoscaling/v2",
      "coordination.k8s.io/v1",
      "events.k8s.io/v1",
      "authentication.k8s.io/v1",
      "authorization.k8s.io/v1",
      "storage.k8s.io/v1",
      "discovery.k8s.io/v1",
      "certificates.k8s.io/v1",
      "scheduling.k8s.io/v1",
      "node.k8s.io/v1",
      "flowcontrol.apiserver.k8s.io/v1",
      "admissionregistration.k8s.io/v1",
      "apiregistration.k8s.io/v1",
      "resource.k8s.io/v1",
    ].map((each) => get(`/apis/${each}`)),
    ...["/api", "/apis"].map((path) =>
      get(path, {
        headers: {
          accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json",
        },
        pick: ({ kind, apiVersion, items }) => ({
          kind,
          apiVersion,
          items: items.filter(({ metadata }: any) =>
            ["", "apps", "autoscaling"].includes(metadata.name ?? ""),
          ),
        }),
      }),
    ),
    get("/version", { pick: ({ major, minor, gitVersion }) => ({ major, minor, gitVersion }) }),
    get("/healthz"),
    get("/livez"),
    get("/readyz"),
    get("/openapi/v3", {
      pick: ({ paths }) =>
        Object.keys(paths)
          .filter((path) => !path.includes("example.com"))
          .sort(),
    }),
  ],
  "the OpenAPI of a group has its parts": [
    get("/openapi/v3/apis/apps/v1", {
      pick: ({ openapi, paths, components }) => ({
        openapi,
        paths: Object.keys(paths).sort(),
        schemas: Object.keys(components.schemas)
          .filter((name) => name.includes("apps"))
          .sort(),
      }),
    }),
    get("/openapi/v3/apis/nonsense/v1"),
    get("/openapi/v2", {
      pick: ({ swagger, definitions }) => [swagger, "io.k8s.api.apps.v1.Deployment" in definitions],
    }),
  ],
};
