import {
  configMap,
  deployment,
  get,
  paths,
  pod,
  podTemplate,
  post,
  type Scenarios,
} from "../scenario.fixture.ts";

const { core, apps, of } = paths;
const batch = (plural: string) => of("batch/v1", plural);
const rbac = (plural: string) => of("rbac.authorization.k8s.io/v1", plural);
const net = (plural: string) => of("networking.k8s.io/v1", plural);
const jobTemplate = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
const label = { matchLabels: { app: "web" } };
const spec = { pick: ({ spec, status }: any) => ({ spec, status }) };
const full = pod("p", {
  serviceAccountName: "default",
  initContainers: [{ name: "init", image: "registry.example/init", restartPolicy: "Always" }],
  containers: [
    {
      name: "web",
      image: "web",
      ports: [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP", hostPort: 53 }],
      env: [
        { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "B", valueFrom: { configMapKeyRef: { name: "c", key: "k" } } },
      ],
      livenessProbe: { httpGet: { port: 80 } },
      readinessProbe: { grpc: { port: 80 } },
      startupProbe: { exec: { command: ["true"] } },
      lifecycle: { preStop: { httpGet: { port: "http" } } },
      resources: { limits: { cpu: "1", memory: "1Gi" } },
      volumeMounts: [{ name: "v", mountPath: "/v" }],
    },
    { name: "pinned", image: "web@sha256:0000000000000000000000000000000000000000000000000000000000000000" },
    { name: "latest", image: "web:latest", securityContext: {} },
  ],
  volumes: [
    { name: "v", emptyDir: {} },
    { name: "c", configMap: { name: "c" } },
    { name: "s", secret: { secretName: "s" } },
    { name: "h", hostPath: { path: "/" } },
    {
      name: "p",
      projected: {
        sources: [
          { serviceAccountToken: { path: "t" } },
          { downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] } },
        ],
      },
    },
    { name: "d", downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] } },
    {
      name: "e",
      ephemeral: {
        volumeClaimTemplate: {
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      },
    },
    { name: "i", image: { reference: "x" } },
    { name: "n" },
  ],
});

/** Built-in kinds: their defaults, and what their validation says. */
export const kinds: Scenarios = {
  "defaults of pods": [
    post(core("pods"), pod("a"), spec),
    post(core("pods"), full, spec),
    post(
      core("pods"),
      pod("host", {
        hostNetwork: true,
        containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }] }],
      }),
      spec,
    ),
    post(core("podtemplates"), { metadata: { name: "t" }, template: podTemplate() }),
  ],
  "defaults of workloads": [
    post(apps("deployments"), deployment("a"), spec),
    post(
      apps("deployments"),
      deployment("b", { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } }, replicas: 0 }),
      spec,
    ),
    post(
      apps("deployments"),
      deployment("c", {
        strategy: { type: "Recreate" },
        progressDeadlineSeconds: 5,
        revisionHistoryLimit: 1,
      }),
      spec,
    ),
    post(
      apps("statefulsets"),
      {
        ...deployment("a", {
          serviceName: "a",
          volumeClaimTemplates: [
            {
              metadata: { name: "v" },
              spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
            },
          ],
        }),
        kind: "StatefulSet",
      },
      spec,
    ),
    post(apps("daemonsets"), { ...deployment("a"), kind: "DaemonSet" }, spec),
    post(apps("replicasets"), { ...deployment("a"), kind: "ReplicaSet" }, spec),
    post(
      core("replicationcontrollers"),
      { metadata: { name: "a" }, spec: { template: podTemplate() } },
      spec,
    ),
    post(
      batch("cronjobs"),
      {
        metadata: { name: "a" },
        spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template: jobTemplate } } },
      },
      spec,
    ),
    post(
      batch("jobs"),
      { metadata: { name: "a" }, spec: { template: jobTemplate, suspend: true } },
      {
        pick: ({ spec: { selector, template, ...rest } }) => ({
          ...rest,
          labels: Object.keys(template.metadata.labels),
          selected: Object.keys(selector.matchLabels),
        }),
      },
    ),
    post(
      batch("jobs"),
      { metadata: { name: "b" }, spec: { template: jobTemplate, completionMode: "Indexed", completions: 3 } },
      {
        pick: ({ spec: { parallelism, completions, backoffLimit, completionMode } }) => ({
          parallelism,
          completions,
          backoffLimit,
          completionMode,
        }),
      },
    ),
  ],
  "defaults of services": [
    post(core("services"), {
      metadata: { name: "a" },
      spec: { ports: [{ port: 80 }], selector: { app: "web" } },
    }),
    post(core("services"), { metadata: { name: "b" }, spec: { type: "NodePort", ports: [{ port: 80 }] } }),
    post(core("services"), {
      metadata: { name: "c" },
      spec: { type: "LoadBalancer", ports: [{ port: 80, name: "http" }], externalTrafficPolicy: "Local" },
    }),
    post(core("services"), {
      metadata: { name: "d" },
      spec: { type: "ExternalName", externalName: "example.com" },
    }),
    post(core("services"), {
      metadata: { name: "e" },
      spec: { clusterIP: "None", selector: { app: "web" } },
    }),
    post(core("services"), {
      metadata: { name: "f" },
      spec: { ports: [{ port: 80 }], sessionAffinity: "ClientIP" },
    }),
    post(core("endpoints"), {
      metadata: { name: "x" },
      subsets: [{ addresses: [{ ip: "1.2.3.4" }], ports: [{ port: 80 }] }],
    }),
    post(of("discovery.k8s.io/v1", "endpointslices"), {
      metadata: { name: "x" },
      addressType: "IPv4",
      endpoints: [{ addresses: ["1.2.3.4"] }],
      ports: [{ port: 80 }],
    }),
  ],
  "defaults of storage": [
    post(core("persistentvolumeclaims"), {
      metadata: { name: "a" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    }),
    post("/api/v1/persistentvolumes", {
      metadata: { name: "{ns}" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } },
    }),
    post("/apis/storage.k8s.io/v1/storageclasses", {
      metadata: { name: "{ns}" },
      provisioner: "example.com/x",
    }),
  ],
  "defaults of rules and policies": [
    post(rbac("roles"), {
      metadata: { name: "a" },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
    }),
    post(rbac("rolebindings"), {
      metadata: { name: "a" },
      roleRef: { kind: "Role", name: "a" },
      subjects: [
        { kind: "User", name: "u" },
        { kind: "Group", name: "g" },
        { kind: "ServiceAccount", name: "s" },
      ],
    }),
    post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "{ns}" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "ServiceAccount", name: "s", namespace: "{ns}" }],
    }),
    post(net("networkpolicies"), {
      metadata: { name: "a" },
      spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }], egress: [] },
    }),
    post(net("ingresses"), {
      metadata: { name: "a" },
      spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
    }),
    post("/apis/networking.k8s.io/v1/ingressclasses", {
      metadata: { name: "{ns}" },
      spec: { controller: "example.com/x" },
    }),
    post(of("policy/v1", "poddisruptionbudgets"), {
      metadata: { name: "a" },
      spec: { selector: label, minAvailable: 1 },
    }),
    post(of("autoscaling/v2", "horizontalpodautoscalers"), {
      metadata: { name: "a" },
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } },
    }),
    post(of("autoscaling/v1", "horizontalpodautoscalers"), {
      metadata: { name: "b" },
      spec: {
        maxReplicas: 3,
        targetCPUUtilizationPercentage: 50,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
      },
    }),
    get(of("autoscaling/v2", "horizontalpodautoscalers", "b")),
    post("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "{ns}" }, value: 5 }),
    post(core("limitranges"), {
      metadata: { name: "a" },
      spec: { limits: [{ type: "Container", max: { cpu: "1" }, min: { cpu: "100m" } }] },
    }),
    post(core("resourcequotas"), { metadata: { name: "a" }, spec: { hard: { pods: "1000" } } }),
    post(of("coordination.k8s.io/v1", "leases"), {
      metadata: { name: "a" },
      spec: { renewTime: "2020-01-01T00:00:00.5Z", leaseDurationSeconds: 5 },
    }),
    post(core("serviceaccounts"), { metadata: { name: "a" }, imagePullSecrets: [{ name: "x" }] }),
    post(core("events"), {
      metadata: { name: "a" },
      involvedObject: { namespace: "{ns}", kind: "Pod", name: "p" },
      reason: "R",
      message: "M",
      type: "Normal",
      source: { component: "c" },
    }),
    post("/api/v1/nodes", { metadata: { name: "{ns}" } }),
  ],
  "defaults of webhooks and policies of admission": [
    post("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
      metadata: { name: "{ns}" },
      webhooks: [
        {
          name: "a.example.com",
          clientConfig: { service: { name: "s", namespace: "{ns}" } },
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          rules: [{ apiGroups: ["{group}"], apiVersions: ["v1"], resources: ["x"], operations: ["CREATE"] }],
        },
      ],
    }),
    post("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", {
      metadata: { name: "{ns}" },
      webhooks: [
        {
          name: "a.example.com",
          clientConfig: { url: "https://example.com/x" },
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          rules: [{ apiGroups: ["{group}"], apiVersions: ["v1"], resources: ["x"], operations: ["CREATE"] }],
        },
      ],
    }),
  ],
  "wrong pods are told what is wrong": [
    post(core("pods"), { metadata: { name: "p" } }),
    post(core("pods"), pod("p", { containers: [] })),
    post(core("pods"), pod("p", { containers: [{ name: "", image: "" }] })),
    post(
      core("pods"),
      pod("p", {
        containers: [
          { name: "Bad_Name", image: "i" },
          { name: "a", image: "i" },
          { name: "a", image: " i" },
        ],
      }),
    ),
    post(core("pods"), pod("p", { restartPolicy: "Sometimes", dnsPolicy: "Nope" })),
    post(
      core("pods"),
      pod("p", {
        containers: [
          {
            name: "c",
            image: "i",
            ports: [
              { containerPort: 0 },
              { containerPort: 70000, protocol: "X", name: "TOO_LONG_NAME_HERE" },
            ],
          },
        ],
      }),
    ),
    post(
      core("pods"),
      pod("p", {
        containers: [
          {
            name: "c",
            image: "i",
            env: [
              { name: "" },
              { name: "bad=name", value: "x" },
              { name: "x", value: "v", valueFrom: { fieldRef: { fieldPath: "metadata.nope" } } },
            ],
          },
        ],
      }),
    ),
    post(
      core("pods"),
      pod("p", {
        containers: [
          {
            name: "c",
            image: "i",
            volumeMounts: [
              { name: "missing", mountPath: "/x" },
              { name: "", mountPath: "" },
            ],
          },
        ],
      }),
    ),
    post(
      core("pods"),
      pod("p", {
        volumes: [
          { name: "v", emptyDir: {}, hostPath: { path: "/" } },
          { name: "v", secret: {} },
          { name: "Bad_" },
        ],
      }),
    ),
    post(
      core("pods"),
      pod("p", {
        containers: [
          {
            name: "c",
            image: "i",
            resources: { requests: { cpu: "2" }, limits: { cpu: "1" } },
          },
        ],
      }),
    ),
    post(
      core("pods"),
      pod("p", { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "two" } } }] }),
    ),
    post(
      core("pods"),
      pod("p", { containers: [{ name: "c", image: "i", livenessProbe: { periodSeconds: -1 } }] }),
    ),
    post(
      core("pods"),
      pod("p", {
        containers: [
          {
            name: "c",
            image: "i",
            livenessProbe: { httpGet: { port: 0 }, exec: { command: [] } },
            imagePullPolicy: "Maybe",
          },
        ],
      }),
    ),
    post(
      core("pods"),
      pod("p", { serviceAccountName: "Bad_", nodeSelector: { "bad key": "x" }, hostNetwork: "yes" }),
    ),
    post(
      core("pods"),
      pod("p", {
        serviceAccountName: "Bad_",
        nodeSelector: { "bad key": "x" },
        terminationGracePeriodSeconds: -5,
        activeDeadlineSeconds: 0,
      }),
    ),
    post(
      core("pods"),
      pod("p", {
        tolerations: [
          { operator: "Exists", value: "x" },
          { key: "bad key", effect: "Nope" },
        ],
        imagePullSecrets: [{}],
      }),
    ),
    post(
      core("pods"),
      pod("p", {
        securityContext: { runAsUser: -1 },
        containers: [
          { name: "c", image: "i", securityContext: { privileged: true, allowPrivilegeEscalation: false } },
        ],
      }),
    ),
  ],
  "wrong workloads are told what is wrong": [
    post(apps("deployments"), { metadata: { name: "d" } }),
    post(apps("deployments"), { metadata: { name: "d" }, spec: {} }),
    post(apps("deployments"), deployment("d", { selector: { matchLabels: { app: "other" } } })),
    post(
      apps("deployments"),
      deployment("d", {
        replicas: -1,
        minReadySeconds: -1,
        revisionHistoryLimit: -1,
        progressDeadlineSeconds: 0,
      }),
    ),
    post(
      apps("deployments"),
      deployment("d", {
        selector: {
          matchExpressions: [
            { key: "app", operator: "Nope" },
            { key: "app", operator: "In" },
            { key: "x y", operator: "Exists", values: ["v"] },
          ],
        },
      }),
    ),
    post(apps("deployments"), deployment("d", { strategy: { type: "Nope" } })),
    post(apps("deployments"), deployment("d", { strategy: { type: "Recreate", rollingUpdate: {} } })),
    post(
      apps("deployments"),
      deployment("d", { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    ),
    post(
      apps("deployments"),
      deployment("d", { strategy: { rollingUpdate: { maxSurge: "x", maxUnavailable: "200%" } } }),
    ),
    post(apps("deployments"), deployment("d", { template: podTemplate({ restartPolicy: "Never" }) })),
    post(apps("deployments"), deployment("d", { template: podTemplate({ containers: [] }) })),
    post(apps("deployments"), deployment("d", { replicas: "two" })),
    post(apps("deployments"), deployment("d", { replicas: 1.5 })),
    post(apps("statefulsets"), {
      ...deployment("d", { updateStrategy: { type: "Nope" }, podManagementPolicy: "Nope" }),
      kind: "StatefulSet",
    }),
    post(apps("daemonsets"), { ...deployment("d", { updateStrategy: { type: "Nope" } }), kind: "DaemonSet" }),
    post(apps("daemonsets"), {
      ...deployment("d", { template: podTemplate({ activeDeadlineSeconds: 5 }) }),
      kind: "DaemonSet",
    }),
    post(batch("jobs"), { metadata: { name: "j" }, spec: { template: podTemplate() } }),
    post(
      batch("jobs"),
      {
        metadata: { name: "j" },
        spec: {
          template: jobTemplate,
          parallelism: -1,
          completions: -1,
          backoffLimit: -1,
          ttlSecondsAfterFinished: -1,
          completionMode: "Indexed",
        },
      },
      {},
    ),
    post(
      batch("jobs"),
      { metadata: { name: "j" }, spec: { template: jobTemplate, selector: label } },
      { pick: () => "" },
    ),
    post(batch("cronjobs"), {
      metadata: { name: "c" },
      spec: {
        schedule: "often",
        concurrencyPolicy: "Nope",
        timeZone: "Mars/Base",
        jobTemplate: { spec: { template: jobTemplate } },
      },
    }),
    post(batch("cronjobs"), {
      metadata: { name: "a".repeat(53) },
      spec: { schedule: "", jobTemplate: { spec: { template: jobTemplate } } },
    }),
  ],
  "wrong services are told what is wrong": [
    post(core("services"), { metadata: { name: "s" }, spec: {} }),
    post(core("services"), {
      metadata: { name: "s" },
      spec: { ports: [{ port: 0 }, { port: 80, protocol: "Nope" }] },
    }),
    post(core("services"), {
      metadata: { name: "s" },
      spec: {
        ports: [
          { port: 80, name: "a" },
          { port: 81, name: "a" },
          { port: 80, name: "b" },
        ],
      },
    }),
    post(core("services"), {
      metadata: { name: "s" },
      spec: {
        ports: [
          { port: 80, targetPort: "Bad_Port" },
          { port: 81, targetPort: 0, name: "Bad_" },
        ],
      },
    }),
    post(core("services"), { metadata: { name: "s" }, spec: { type: "Nope", ports: [{ port: 80 }] } }),
    post(core("services"), { metadata: { name: "s" }, spec: { type: "ExternalName" } }),
    post(core("services"), { metadata: { name: "s" }, spec: { clusterIP: "nope", ports: [{ port: 80 }] } }),
    post(core("services"), {
      metadata: { name: "s" },
      spec: {
        ports: [{ port: 80 }],
        selector: { "bad key": "x" },
        sessionAffinity: "Nope",
        externalTrafficPolicy: "Local",
      },
    }),
    post(core("services"), {
      metadata: { name: "s" },
      spec: { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] },
    }),
    post(core("services"), {
      metadata: { name: "s" },
      spec: { type: "LoadBalancer", loadBalancerSourceRanges: ["nope"], ports: [{ port: 80 }] },
    }),
  ],
  "wrong rules and policies are told what is wrong": [
    post(rbac("roles"), {
      metadata: { name: "a" },
      rules: [
        { apiGroups: [""], resources: ["pods"] },
        { verbs: ["get"] },
        { nonResourceURLs: ["/x"], verbs: ["get"] },
      ],
    }),
    post(rbac("rolebindings"), { metadata: { name: "a" }, roleRef: { kind: "Nope", name: "" } }),
    post(rbac("rolebindings"), {
      metadata: { name: "a" },
      roleRef: { apiGroup: "x", kind: "Role", name: "r" },
      subjects: [
        { kind: "Nope", name: "u" },
        { kind: "User", name: "" },
        { kind: "ServiceAccount", name: "Bad_" },
      ],
    }),
    post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "{ns}" },
      roleRef: { kind: "ClusterRole", name: "view", apiGroup: "rbac.authorization.k8s.io" },
      subjects: [{ kind: "ServiceAccount", name: "s" }],
    }),
    post(net("networkpolicies"), {
      metadata: { name: "a" },
      spec: {
        podSelector: { matchLabels: { "bad key": "x" } },
        policyTypes: ["Nope"],
        ingress: [{ from: [{}, { ipBlock: { cidr: "x" } }], ports: [{ port: 0, protocol: "X" }] }],
      },
    }),
    post(net("ingresses"), { metadata: { name: "a" }, spec: {} }),
    post(net("ingresses"), {
      metadata: { name: "a" },
      spec: {
        rules: [
          {
            host: "Bad Host",
            http: {
              paths: [
                { path: "x", pathType: "Prefix", backend: { service: { name: "", port: {} } } },
                { path: "/", pathType: "Nope", backend: {} },
              ],
            },
          },
        ],
        tls: [{ hosts: ["*"] }],
      },
    }),
    post(net("ingresses"), {
      metadata: { name: "a" },
      spec: {
        rules: [
          { http: { paths: [{ backend: { service: { name: "s", port: { number: 80, name: "x" } } } }] } },
        ],
      },
    }),
    post(of("policy/v1", "poddisruptionbudgets"), {
      metadata: { name: "a" },
      spec: { minAvailable: 1, maxUnavailable: 1 },
    }),
    post(of("policy/v1", "poddisruptionbudgets"), { metadata: { name: "a" }, spec: { minAvailable: "x" } }),
    post(of("autoscaling/v2", "horizontalpodautoscalers"), {
      metadata: { name: "a" },
      spec: { minReplicas: 5, maxReplicas: 3, scaleTargetRef: { kind: "", name: "" } },
    }),
    post(of("autoscaling/v2", "horizontalpodautoscalers"), {
      metadata: { name: "a" },
      spec: {
        maxReplicas: 0,
        scaleTargetRef: { kind: "D", name: "d" },
        metrics: [{ type: "Resource" }, { type: "Nope" }],
      },
    }),
    post(core("persistentvolumeclaims"), { metadata: { name: "a" }, spec: {} }),
    post(core("persistentvolumeclaims"), {
      metadata: { name: "a" },
      spec: { accessModes: ["Nope"], resources: { requests: { storage: "-1" } } },
    }),
    post("/api/v1/persistentvolumes", { metadata: { name: "{ns}" }, spec: {} }),
    post("/apis/storage.k8s.io/v1/storageclasses", { metadata: { name: "{ns}" } }),
    post("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "{ns}" }, value: 2000000000 }),
    post("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "system-{ns}" }, value: 1 }),
    post(core("limitranges"), {
      metadata: { name: "a" },
      spec: { limits: [{ type: "Container", max: { cpu: "1" }, min: { cpu: "2" } }] },
    }),
    post(core("resourcequotas"), { metadata: { name: "a" }, spec: { hard: { "bad key": "1" } } }),
    post(of("coordination.k8s.io/v1", "leases"), {
      metadata: { name: "a" },
      spec: { leaseDurationSeconds: -1 },
    }),
    post(core("events"), { metadata: { name: "a" }, involvedObject: { namespace: "other" } }),
    post("/api/v1/nodes", { metadata: { name: "Bad_" } }),
    post("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
      metadata: { name: "{ns}" },
      webhooks: [
        {
          name: "nodots",
          clientConfig: {},
          rules: [{ operations: ["X"], apiGroups: [], apiVersions: [], resources: [] }],
        },
      ],
    }),
  ],
  "values are written as Go writes them": [
    post(
      apps("deployments"),
      deployment("a", {
        template: podTemplate({
          containers: [
            {
              name: "c",
              image: "i",
              resources: {
                limits: { cpu: "0.5", memory: "1024Ki", "example.com/x": "2" },
                requests: { cpu: "1e-1", memory: "1e3" },
              },
            },
          ],
        }),
      }),
      { pick: ({ spec }) => spec.template.spec.containers[0].resources },
    ),
    post(core("persistentvolumeclaims"), {
      metadata: { name: "a" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "0.5Gi" } },
        storageClassName: "",
      },
    }),
    post(of("coordination.k8s.io/v1", "leases"), {
      metadata: { name: "b" },
      spec: { renewTime: "2020-01-01T00:00:00+02:00", acquireTime: "2020-01-01T00:00:00.123456789Z" },
    }),
    post(of("coordination.k8s.io/v1", "leases"), {
      metadata: { name: "c" },
      spec: { renewTime: "yesterday" },
    }),
    post(
      core("services"),
      {
        metadata: { name: "a" },
        spec: {
          clusterIP: "None",
          ports: [
            { port: 80, targetPort: "80" },
            { port: 81, targetPort: 8081, name: "b" },
          ],
        },
      },
      { pick: ({ spec }) => spec },
    ),
    post(core("configmaps"), { ...configMap("a"), binaryData: { k: "eA" } }),
    post(core("configmaps"), { ...configMap("b"), binaryData: { k: "" }, data: { k2: "" } }),
  ],
};
