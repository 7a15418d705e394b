import {
  apply,
  configMap,
  custom,
  defined,
  del,
  deployment,
  get,
  jsonPatch,
  merge,
  paths,
  pod,
  post,
  put,
  quiet,
  type Scenarios,
  specOf,
  strategic,
  table,
  widget,
} from "../scenario.fixture.ts";

const { core, apps, of } = paths;
const d = apps("deployments", "d");
const LAST = "kubectl.kubernetes.io/last-applied-configuration";
const noted = (object: any, metadata: object = {}) => ({
  ...object,
  metadata: { ...object.metadata, ...metadata, annotations: { [LAST]: `${JSON.stringify(object)}\n` } },
});
const client = "fieldManager=kubectl-client-side-apply&fieldValidation=Strict";
const made = quiet(post(apps("deployments"), deployment("d")));
const brief = {
  pick: ({ kind, message, metadata, spec }: any) => (kind === "Status" ? message : [metadata, spec]),
};
const owners = { pick: ({ kind, message, metadata }: any) => (kind === "Status" ? message : metadata) };
const container = (name: string, more: object = {}) => ({ name, image: "registry.example/web:2", ...more });
const release = (status: string, version: number, more: object = {}) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: `sh.helm.release.v1.app.v${version}`,
    labels: { name: "app", owner: "helm", status, version: String(version), modifiedAt: "1700000000" },
    ...more,
  },
  type: "helm.sh/release.v1",
  data: { release: "SDRzSUFBQUFBQUFD" },
});
const ready = {
  type: "Ready",
  status: "Unknown",
  reason: "Progressing",
  message: "m",
  lastTransitionTime: "2024-01-01T00:00:00Z",
  observedGeneration: 1,
};
const named = {
  pick: ({ items }: any) => items.map(({ metadata }: any) => [metadata.name, metadata.labels.status]),
};

/** What kubectl, Helm and Flux send when people use them. */
export const traffic: Scenarios = {
  "kubectl apply by the client": [
    get(d),
    post(`${apps("deployments")}?${client}`, noted(deployment("d")), brief),
    get(d, owners),
    strategic(
      `${d}?${client}`,
      {
        metadata: { annotations: { [LAST]: "{}\n" } },
        spec: {
          replicas: 3,
          template: {
            spec: { "$setElementOrder/containers": [{ name: "web" }], containers: [container("web")] },
          },
        },
      },
      brief,
    ),
    apply(d, "kubectl", deployment("d", { replicas: 4 }), "fieldValidation=Strict", owners),
    strategic(`${d}?dryRun=All&${client}`, { spec: { replicas: 9 } }, { pick: ({ spec }) => spec.replicas }),
  ],
  "kubectl changes a workload": [
    made,
    strategic(
      `${d}?fieldManager=kubectl-rollout`,
      { spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "x" } } } } },
      brief,
    ),
    strategic(
      `${d}?fieldManager=kubectl-set`,
      {
        spec: {
          template: {
            spec: { "$setElementOrder/containers": [{ name: "web" }], containers: [container("web")] },
          },
        },
      },
      brief,
    ),
    merge(`${d}/scale?fieldManager=kubectl-scale`, { spec: { replicas: 5 } }),
    merge(`${d}?fieldManager=kubectl-label`, { metadata: { labels: { team: "a" } } }, owners),
    merge(`${d}?fieldManager=kubectl-annotate`, { metadata: { annotations: { note: "b" } } }, owners),
    strategic(`${d}?fieldManager=kubectl-rollout`, { spec: { paused: true } }, brief),
    strategic(`${d}?fieldManager=kubectl-rollout`, { spec: { paused: null } }, brief),
    jsonPatch(
      `${d}?fieldManager=kubectl-rollout`,
      [
        {
          op: "replace",
          path: "/spec/template",
          value: { metadata: { labels: { app: "web" } }, spec: { containers: [container("web")] } },
        },
        { op: "replace", path: "/metadata/annotations", value: { "deployment.kubernetes.io/revision": "2" } },
      ],
      brief,
    ),
    get(`${apps("replicasets")}?labelSelector=app%3Dweb`, { pick: ({ items }) => items }),
    post(
      of("autoscaling/v2", "horizontalpodautoscalers"),
      {
        metadata: { name: "d" },
        spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } },
      },
      brief,
    ),
    post(
      core("services"),
      {
        metadata: { name: "d" },
        spec: { ports: [{ port: 80, protocol: "TCP", targetPort: 8080 }], selector: { app: "web" } },
      },
      brief,
    ),
    del(d, { propagationPolicy: "Background" }),
    del(apps("deployments", "gone"), { propagationPolicy: "Background" }),
  ],
  "kubectl runs and debugs a pod": [
    post(
      `${core("pods")}?fieldManager=kubectl-run`,
      {
        metadata: { name: "p", labels: { run: "p" } },
        spec: {
          containers: [{ name: "p", image: "nginx", resources: {} }],
          dnsPolicy: "ClusterFirst",
          restartPolicy: "Always",
        },
        status: {},
      },
      brief,
    ),
    strategic(
      `${core("pods", "p")}/ephemeralcontainers`,
      {
        spec: {
          ephemeralContainers: [
            { name: "debug", image: "busybox", stdin: true, tty: true, targetContainerName: "p" },
          ],
        },
      },
      brief,
    ),
    get(
      `${core("events")}?fieldSelector=involvedObject.name%3Dp%2CinvolvedObject.namespace%3D{ns}%2CinvolvedObject.kind%3DPod&limit=500`,
    ),
    get(`${core("pods")}?fieldSelector=metadata.name%3Dp&limit=500`, table),
    post(
      `${core("serviceaccounts", "default")}/token`,
      { spec: { audiences: null, expirationSeconds: null, boundObjectRef: null } },
      { pick: ({ kind, spec }) => [kind, spec] },
    ),
    del(core("pods", "p"), { gracePeriodSeconds: 0, propagationPolicy: "Background" }, owners),
    get("/apis/metrics.k8s.io/v1beta1/pods"),
    get("/api/v1/nodes?limit=0&labelSelector=none%3Dx", table),
  ],
  "kubectl creates small things": [
    post(`${core("secrets")}?fieldManager=kubectl-create&fieldValidation=Strict`, {
      kind: "Secret",
      apiVersion: "v1",
      metadata: { name: "s", creationTimestamp: null },
      data: { a: "Yg==" },
    }),
    post(`${core("secrets")}?dryRun=All&fieldManager=kubectl-create&fieldValidation=Strict`, {
      metadata: { name: "t" },
      type: "kubernetes.io/tls",
      data: { "tls.crt": "eA==", "tls.key": "eA==" },
    }),
    post(`${core("configmaps")}?fieldManager=kubectl-create`, {
      ...configMap("c", { a: "b" }),
      metadata: { name: "c", creationTimestamp: null },
    }),
    post(`${core("serviceaccounts")}?fieldManager=kubectl-create`, { metadata: { name: "x" } }),
    post(`${of("rbac.authorization.k8s.io/v1", "roles")}?fieldManager=kubectl-create`, {
      metadata: { name: "x" },
      rules: [{ verbs: ["get"], apiGroups: ["apps"], resources: ["deployments/scale"] }],
    }),
    post(
      `${of("batch/v1", "jobs")}?dryRun=All`,
      {
        metadata: { name: "j", annotations: { "cronjob.kubernetes.io/instantiate": "manual" } },
        spec: { template: { spec: { containers: [{ name: "c", image: "i" }], restartPolicy: "OnFailure" } } },
      },
      { pick: ({ spec }) => spec.template.spec },
    ),
    put(`${core("configmaps", "c")}?fieldManager=kubectl-replace`, configMap("c", { a: "c" }), owners),
    del(
      `${core("configmaps", "c")}`,
      { propagationPolicy: "Foreground" },
      { pick: ({ kind, metadata }) => [kind, metadata.finalizers] },
    ),
  ],
  "Helm keeps its releases": [
    get(`${core("secrets")}?labelSelector=name%3Dapp%2Cowner%3Dhelm`, named),
    post(core("secrets"), release("pending-install", 1)),
    post(core("secrets"), release("pending-install", 1)),
    apply(d, "helm", deployment("d"), "force=false", owners),
    put(core("secrets", "sh.helm.release.v1.app.v1"), release("deployed", 1), {
      pick: ({ metadata }) => metadata.labels,
    }),
    post(core("secrets"), release("pending-upgrade", 2), owners),
    apply(d, "helm", deployment("d", { replicas: 2 }), "force=false", owners),
    quiet(merge(`${d}?fieldManager=someone`, { spec: { replicas: 7 } })),
    apply(d, "helm", deployment("d", { replicas: 2 }), "force=false", owners),
    apply(d, "helm", deployment("d", { replicas: 2 }), "force=true", owners),
    get(
      `${core("secrets")}?labelSelector=name%3Dapp%2Cowner%3Dhelm%2Cstatus%20in%20(pending-install%2Cpending-upgrade)`,
      named,
    ),
    get(`${core("secrets")}?labelSelector=owner%3Dhelm%2Cstatus!%3Dsuperseded&limit=1000`, named),
    merge(
      d,
      {
        metadata: {
          labels: { "app.kubernetes.io/managed-by": "Helm" },
          annotations: { "meta.helm.sh/release-name": "app" },
        },
      },
      owners,
    ),
    del(core("secrets", "sh.helm.release.v1.app.v1"), { propagationPolicy: "Background" }),
    post(core("secrets"), { ...release("deployed", 3), data: { release: "not base64!" } }),
  ],
  "Flux reconciles": [
    ...defined(
      specOf({
        interval: { type: "string", pattern: "^([0-9]+(ms|s|m|h))+$" },
        suspend: { type: "boolean" },
      }),
      {
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                required: ["interval"],
                properties: {
                  interval: { type: "string", pattern: "^([0-9]+(ms|s|m|h))+$" },
                  suspend: { type: "boolean" },
                },
              },
              status: {
                type: "object",
                default: { observedGeneration: -1 },
                properties: {
                  observedGeneration: { type: "integer", format: "int64" },
                  conditions: {
                    type: "array",
                    items: {
                      type: "object",
                      required: ["lastTransitionTime", "message", "reason", "status", "type"],
                      properties: {
                        lastTransitionTime: { type: "string", format: "date-time" },
                        message: { type: "string", maxLength: 32768 },
                        observedGeneration: { type: "integer", format: "int64", minimum: 0 },
                        reason: {
                          type: "string",
                          minLength: 1,
                          pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                        },
                        status: { type: "string", enum: ["True", "False", "Unknown"] },
                        type: { type: "string" },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ),
    post(custom.widgets, widget("w", { spec: { interval: "1m" } })),
    post(custom.widgets, widget("x", { spec: { interval: "often" } })),
    merge(
      `${custom.widget("w")}?fieldManager=gotk-controller`,
      { metadata: { finalizers: ["finalizers.fluxcd.io"] } },
      owners,
    ),
    merge(`${custom.widget("w")}/status?fieldManager=gotk-controller`, {
      status: { observedGeneration: 1, conditions: [ready] },
    }),
    ...[{ status: "Maybe" }, { reason: "" }, { lastTransitionTime: undefined }].map((fault) =>
      merge(`${custom.widget("w")}/status`, { status: { conditions: [{ ...ready, ...fault }] } }),
    ),
    merge(
      `${custom.widget("w")}?fieldManager=flux`,
      { metadata: { annotations: { "reconcile.fluxcd.io/requestedAt": "now" } } },
      owners,
    ),
    merge(`${custom.widget("w")}?fieldManager=flux`, { spec: { suspend: true } }, owners),
    apply(
      custom.widget("w"),
      "kustomize-controller",
      widget("w", { spec: { interval: "5m" } }),
      "force=true",
      owners,
    ),
    apply(d, "kustomize-controller", deployment("d"), "dryRun=All&force=true", owners),
    apply(d, "kustomize-controller", deployment("d"), "force=true", owners),
    apply(
      d,
      "kustomize-controller",
      deployment("d", { selector: { matchLabels: { app: "x" } } }),
      "dryRun=All&force=true",
    ),
    post(core("events"), {
      metadata: { name: "w.1", annotations: { "source.toolkit.fluxcd.io/revision": "main@sha1:1" } },
      involvedObject: { apiVersion: "{group}/v1", kind: "Widget", name: "w", namespace: "{ns}" },
      reason: "Progressing",
      message: "m",
      type: "Normal",
      source: { component: "kustomize-controller" },
      firstTimestamp: "2024-01-01T00:00:00Z",
      lastTimestamp: "2024-01-01T00:00:00Z",
      count: 1,
      reportingComponent: "kustomize-controller",
      reportingInstance: "",
    }),
    strategic(
      core("events", "w.1"),
      { count: 2, lastTimestamp: "2024-01-01T00:01:00Z" },
      { pick: ({ count, lastTimestamp }) => [count, lastTimestamp] },
    ),
    post(of("coordination.k8s.io/v1", "leases"), {
      metadata: { name: "controller" },
      spec: {
        holderIdentity: "a",
        leaseDurationSeconds: 35,
        acquireTime: "2024-01-01T00:00:00.000000Z",
        renewTime: "2024-01-01T00:00:00.000000Z",
        leaseTransitions: 0,
      },
    }),
    put(of("coordination.k8s.io/v1", "leases", "controller"), (seen: any) => ({
      ...seen.at(-1).body,
      spec: { ...seen.at(-1).body.spec, renewTime: "2024-01-01T00:00:10.000000Z" },
    })),
    put(of("coordination.k8s.io/v1", "leases", "controller"), (seen: any) => ({
      ...seen.at(-2).body,
      spec: { ...seen.at(-2).body.spec, holderIdentity: "b" },
    })),
    del(custom.widget("w"), { propagationPolicy: "Background" }, owners),
    merge(custom.widget("w"), { metadata: { finalizers: null } }, owners),
    get(custom.widget("w")),
  ],
  "finalizers and owners decide when things go": [
    quiet(post(core("configmaps"), configMap("owner"))),
    quiet(
      post(core("configmaps"), (seen: any) =>
        configMap("kept", undefined, {
          finalizers: ["example.com/x"],
          ownerReferences: [
            { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: seen.at(-1).body.metadata.uid },
          ],
        }),
      ),
    ),
    del(core("configmaps", "owner"), { propagationPolicy: "Background" }),
    quiet(get(core("configmaps", "kept"), { until: ({ body }) => body.metadata.deletionTimestamp })),
    get(core("configmaps", "kept"), owners),
    put(
      core("configmaps", "kept"),
      configMap("kept", { x: "1" }, { finalizers: ["example.com/x", "example.com/y"] }),
    ),
    jsonPatch(core("configmaps", "kept"), [{ op: "remove", path: "/metadata/finalizers" }], owners),
    get(core("configmaps", "kept")),
    quiet(post(core("pods"), pod("p", {}))),
    del(`${core("pods", "p")}?gracePeriodSeconds=-1`),
    del(core("pods", "p"), {
      gracePeriodSeconds: 0,
      preconditions: { uid: "11111111-1111-4111-8111-111111111111" },
    }),
    del(
      core("pods"),
      { gracePeriodSeconds: 0 },
      { pick: ({ kind, items }) => [kind, items?.map(({ metadata }: any) => metadata.name)] },
    ),
  ],
};
