import type { Scenarios } from "../scenario.fixture.ts";
import { clusterWide, fate, namespaced } from "./fate.fixture.ts";

const template = (indent: string, policy = "") =>
  `template:
  metadata:
    labels: { app.kubernetes.io/name: app }
  spec:
    serviceAccountName: app
${policy === "" ? "" : `    restartPolicy: ${policy}\n`}    securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault }, fsGroup: 1000 }
    initContainers:
      - { name: migrate, image: "registry.example/app:1.2.3", command: [migrate] }
    containers:
      - name: app
        image: registry.example/app:1.2.3
        ports: [{ name: http, containerPort: 8080 }]
        env:
          - { name: LEVEL, value: info }
          - { name: POD, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
        envFrom: [{ configMapRef: { name: app } }]
        livenessProbe: { httpGet: { path: /healthz, port: http } }
        readinessProbe: { httpGet: { path: /readyz, port: http } }
        resources: { requests: { cpu: 50m, memory: 64Mi }, limits: { memory: 128Mi } }
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
        volumeMounts: [{ name: config, mountPath: /etc/app, readOnly: true }, { name: tmp, mountPath: /tmp }]
    volumes:
      - { name: config, configMap: { name: app } }
      - { name: tmp, emptyDir: { medium: Memory, sizeLimit: 64Mi } }
    topologySpreadConstraints:
      - { maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { app.kubernetes.io/name: app } } }
    affinity:
      podAntiAffinity:
        preferredDuringSchedulingIgnoredDuringExecution:
          - weight: 100
            podAffinityTerm: { topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app.kubernetes.io/name: app } } }
    tolerations: [{ key: dedicated, operator: Exists, effect: NoSchedule }]
`.replaceAll(/^(?=.)/gm, indent);

const selected = "  selector:\n    matchLabels: { app.kubernetes.io/name: app }\n";
const otherImage = `
spec:
  template:
    spec:
      containers: [{ name: app, image: "registry.example/app:2.0.0" }]
`;

/** Typical manifests of workloads, as people apply them. */
export const workloadManifests: Scenarios = {
  "the fate of a deployment": fate(
    ["apps/v1", "Deployment", namespaced("apps/v1", "deployments")],
    `  labels: { app.kubernetes.io/name: app }\nspec:\n  replicas: 2\n${selected}${template("  ")}`,
    `spec:\n  replicas: 5\n${otherImage.slice(7)}`,
  ),
  "the fate of a stateful set": fate(
    ["apps/v1", "StatefulSet", namespaced("apps/v1", "statefulsets")],
    `spec:
  serviceName: app
${selected}${template("  ")}  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`,
    otherImage,
  ),
  "the fate of a daemon set": fate(
    ["apps/v1", "DaemonSet", namespaced("apps/v1", "daemonsets")],
    `spec:\n  updateStrategy: { type: RollingUpdate, rollingUpdate: { maxUnavailable: 10% } }\n${selected}${template("  ")}`,
    `spec: { updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } }`,
  ),
  "the fate of a replica set": fate(
    ["apps/v1", "ReplicaSet", namespaced("apps/v1", "replicasets")],
    `spec:\n  replicas: 2\n${selected}${template("  ")}`,
    `spec: { replicas: 3 }`,
  ),
  "the fate of a job": fate(
    ["batch/v1", "Job", namespaced("batch/v1", "jobs")],
    `spec:\n  backoffLimit: 2\n  ttlSecondsAfterFinished: 300\n${template("  ", "OnFailure")}`,
    `spec: { backoffLimit: 5 }`,
  ).map((step, index) =>
    index === 3
      ? step
      : {
          ...step,
          // the labels and the selector hold the uid, whose number depends on the order of fields
          pick: ({ spec: { template, ...spec }, status }: any) => ({
            spec: { ...spec, selector: Object.keys(spec.selector.matchLabels) },
            template: template.spec,
            status,
          }),
        },
  ),
  "the fate of a cron job": fate(
    ["batch/v1", "CronJob", namespaced("batch/v1", "cronjobs")],
    `spec:
  schedule: "*/15 * * * *"
  timeZone: Europe/Berlin
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
${template("      ", "Never")}`,
    `spec: { schedule: "@daily", suspend: true }`,
  ),
  "the fate of a pod": fate(
    ["v1", "Pod", namespaced("v1", "pods")],
    `  labels: { app: app }
spec:
  terminationGracePeriodSeconds: 10
  priorityClassName: system-node-critical
  containers:
    - name: app
      image: registry.example/app@sha256:0000000000000000000000000000000000000000000000000000000000000000
      ports: [{ containerPort: 8080 }, { containerPort: 8080, protocol: UDP }]
      lifecycle: { preStop: { sleep: { seconds: 5 } } }
      startupProbe: { tcpSocket: { port: 8080 }, failureThreshold: 30 }
`,
    `  labels: { app: other }\nspec:\n  containers: [{ name: app, image: other }]\n`,
  ),
  "the fate of a pod template": fate(
    ["v1", "PodTemplate", namespaced("v1", "podtemplates")],
    template(""),
    `template: { spec: { containers: [{ name: app, image: other }] } }`,
  ),
  "the fate of a replication controller": fate(
    ["v1", "ReplicationController", namespaced("v1", "replicationcontrollers")],
    `spec:\n  replicas: 1\n${template("  ")}`,
    `spec: { replicas: 2 }`,
  ),
  "the fate of a controller revision": fate(
    ["apps/v1", "ControllerRevision", namespaced("apps/v1", "controllerrevisions")],
    `revision: 1\ndata: { spec: { template: { x: 1 } } }\n`,
    `revision: 2\n`,
  ),
  "the fate of an autoscaler": fate(
    ["autoscaling/v2", "HorizontalPodAutoscaler", namespaced("autoscaling/v2", "horizontalpodautoscalers")],
    `spec:
  minReplicas: 2
  maxReplicas: 10
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: app }
  metrics:
    - { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }
    - { type: Pods, pods: { metric: { name: requests }, target: { type: AverageValue, averageValue: "1000" } } }
    - { type: External, external: { metric: { name: queue, selector: { matchLabels: { q: a } } }, target: { type: Value, value: "30" } } }
  behavior:
    scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: Percent, value: 10, periodSeconds: 60 }] }
`,
    `spec: { maxReplicas: 20, scaleTargetRef: { kind: Deployment, name: app } }`,
  ),
  "the fate of a disruption budget": fate(
    ["policy/v1", "PodDisruptionBudget", namespaced("policy/v1", "poddisruptionbudgets")],
    `spec:\n  maxUnavailable: 25%\n  unhealthyPodEvictionPolicy: AlwaysAllow\n${selected}`,
    `spec: { maxUnavailable: 1 }`,
  ),
  "the fate of a priority class": fate(
    ["scheduling.k8s.io/v1", "PriorityClass", clusterWide("scheduling.k8s.io/v1", "priorityclasses")],
    `value: 1000\nglobalDefault: false\ndescription: "for the web"\n`,
    `value: 2000\n`,
  ),
  "the fate of a runtime class": fate(
    ["node.k8s.io/v1", "RuntimeClass", clusterWide("node.k8s.io/v1", "runtimeclasses")],
    `handler: gvisor\noverhead: { podFixed: { cpu: 100m } }\nscheduling: { nodeSelector: { sandbox: "yes" } }\n`,
    `handler: other\n`,
  ),
  "the fate of a namespace": fate(
    ["v1", "Namespace", clusterWide("v1", "namespaces")],
    `  labels: { pod-security.kubernetes.io/enforce: baseline, team: a }\n`,
    `  labels: { team: b }\n`,
  ),
};
