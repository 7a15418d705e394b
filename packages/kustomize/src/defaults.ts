/** The fields that kustomize v5.8 edits without being told: api/internal/konfig/builtinpluginconsts. */
import { emptyConfig, type NameReference, settle, type TransformerConfig } from "./config.ts";
import type { FieldSpec } from "./fieldspec.ts";

/** Where a pod spec stands in each kind that has one. */
const POD_SPECS: readonly (Omit<FieldSpec, "path"> & { at: string })[] = [
  { kind: "Pod", version: "v1", at: "spec" },
  { kind: "PodTemplate", at: "template/spec" },
  { kind: "Deployment", at: "spec/template/spec" },
  { kind: "ReplicaSet", at: "spec/template/spec" },
  { kind: "DaemonSet", at: "spec/template/spec" },
  { kind: "StatefulSet", at: "spec/template/spec" },
  { kind: "Job", at: "spec/template/spec" },
  { kind: "CronJob", at: "spec/jobTemplate/spec/template/spec" },
];

function inPods(...paths: string[]): FieldSpec[] {
  return POD_SPECS.flatMap(({ at, ...gvk }) => paths.map((path) => ({ ...gvk, path: `${at}/${path}` })));
}

/** Paths in the pod specs of workloads, for references that bare ReplicaSets and PodTemplates are not followed for. */
function inWorkloads(path: string, kinds: readonly string[]): FieldSpec[] {
  return kinds.map((kind) => {
    if (kind === "Pod") return { kind, path: `spec/${path}` };
    if (kind === "CronJob") return { kind, path: `spec/jobTemplate/spec/template/spec/${path}` };
    return { kind, path: `spec/template/spec/${path}` };
  });
}

const WORKLOADS = ["StatefulSet", "Deployment", "ReplicationController", "CronJob", "Job", "DaemonSet"];
const ROLES: FieldSpec[] = [
  { kind: "Role", path: "rules/resourceNames" },
  { kind: "ClusterRole", path: "rules/resourceNames" },
];
const RBAC = "rbac.authorization.k8s.io";
const ADMISSION = "admissionregistration.k8s.io";
const NGINX = "nginx.ingress.kubernetes.io\\/";

const configMapUsers: FieldSpec[] = [
  ...inPods(
    "volumes/configMap/name",
    "containers/env/valueFrom/configMapKeyRef/name",
    "initContainers/env/valueFrom/configMapKeyRef/name",
    "containers/envFrom/configMapRef/name",
    "initContainers/envFrom/configMapRef/name",
    "volumes/projected/sources/configMap/name",
  ),
  { kind: "Node", path: "spec/configSource/configMap" },
  ...ROLES,
  { kind: "Ingress", path: `metadata/annotations/${NGINX}fastcgi-params-configmap` },
];

const secretUsers: FieldSpec[] = [
  ...inPods(
    "volumes/secret/secretName",
    "containers/env/valueFrom/secretKeyRef/name",
    "initContainers/env/valueFrom/secretKeyRef/name",
    "containers/envFrom/secretRef/name",
    "initContainers/envFrom/secretRef/name",
    "imagePullSecrets/name",
    "volumes/projected/sources/secret/name",
  ),
  { kind: "Ingress", path: "spec/tls/secretName" },
  { kind: "Ingress", path: "metadata/annotations/ingress.kubernetes.io\\/auth-secret" },
  { kind: "Ingress", path: `metadata/annotations/${NGINX}auth-secret` },
  { kind: "Ingress", path: `metadata/annotations/${NGINX}auth-tls-secret` },
  { kind: "ServiceAccount", path: "imagePullSecrets/name" },
  ...["secretName", "adminSecretName", "userSecretName", "secretRef"].map((key) => ({
    kind: "StorageClass",
    path: `parameters/${key}`,
  })),
  ...ROLES,
  {
    kind: "Service",
    group: "serving.knative.dev",
    version: "v1",
    path: "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
  },
  { kind: "PersistentVolume", path: "spec/azureFile/secretName" },
];

const serviceUsers: FieldSpec[] = [
  { kind: "StatefulSet", group: "apps", path: "spec/serviceName" },
  { kind: "Ingress", path: "spec/rules/http/paths/backend/serviceName" },
  { kind: "Ingress", path: "spec/backend/serviceName" },
  { kind: "Ingress", path: "spec/rules/http/paths/backend/service/name" },
  { kind: "Ingress", path: "spec/defaultBackend/service/name" },
  { kind: "APIService", group: "apiregistration.k8s.io", path: "spec/service/name" },
  { kind: "ValidatingWebhookConfiguration", group: ADMISSION, path: "webhooks/clientConfig/service" },
  { kind: "MutatingWebhookConfiguration", group: ADMISSION, path: "webhooks/clientConfig/service" },
];

const scaled = (kind: string): NameReference => ({
  kind,
  fieldSpecs: [{ kind: "HorizontalPodAutoscaler", path: "spec/scaleTargetRef/name" }],
});

// In the order in which kustomize visits them: what Kubernetes wants applied first comes first.
const nameReference: NameReference[] = [
  {
    kind: "StorageClass",
    version: "v1",
    group: "storage.k8s.io",
    fieldSpecs: [
      { kind: "PersistentVolume", path: "spec/storageClassName" },
      { kind: "PersistentVolumeClaim", path: "spec/storageClassName" },
      { kind: "StatefulSet", path: "spec/volumeClaimTemplates/spec/storageClassName" },
    ],
  },
  {
    kind: "ServiceAccount",
    version: "v1",
    fieldSpecs: [
      { kind: "RoleBinding", group: RBAC, path: "subjects" },
      { kind: "ClusterRoleBinding", group: RBAC, path: "subjects" },
      ...inWorkloads("serviceAccountName", ["Pod", ...WORKLOADS]),
    ],
  },
  { kind: "Role", group: RBAC, fieldSpecs: [{ kind: "RoleBinding", group: RBAC, path: "roleRef/name" }] },
  {
    kind: "ClusterRole",
    group: RBAC,
    fieldSpecs: [
      { kind: "RoleBinding", group: RBAC, path: "roleRef/name" },
      { kind: "ClusterRoleBinding", group: RBAC, path: "roleRef/name" },
    ],
  },
  { kind: "ConfigMap", version: "v1", fieldSpecs: configMapUsers },
  { kind: "Secret", version: "v1", fieldSpecs: secretUsers },
  { kind: "Service", version: "v1", fieldSpecs: serviceUsers },
  {
    kind: "PriorityClass",
    version: "v1",
    group: "scheduling.k8s.io",
    fieldSpecs: inWorkloads("priorityClassName", ["Pod", ...WORKLOADS]),
  },
  {
    kind: "PersistentVolume",
    version: "v1",
    fieldSpecs: [
      { kind: "PersistentVolumeClaim", path: "spec/volumeName" },
      { kind: "ClusterRole", path: "rules/resourceNames" },
    ],
  },
  {
    kind: "PersistentVolumeClaim",
    version: "v1",
    fieldSpecs: inWorkloads("volumes/persistentVolumeClaim/claimName", ["Pod", ...WORKLOADS]),
  },
  scaled("Deployment"),
  scaled("StatefulSet"),
  scaled("ReplicationController"),
  scaled("ReplicaSet"),
  {
    kind: "IngressClass",
    version: "v1",
    group: "networking.k8s.io/v1",
    fieldSpecs: [{ kind: "Ingress", path: "spec/ingressClassName" }],
  },
  {
    kind: "ValidatingAdmissionPolicy",
    group: ADMISSION,
    fieldSpecs: [{ kind: "ValidatingAdmissionPolicyBinding", group: ADMISSION, path: "spec/policyName" }],
  },
];

const templateMetadata = (field: "labels" | "annotations"): FieldSpec[] => [
  { path: `metadata/${field}`, create: true },
  { path: `spec/template/metadata/${field}`, create: true, version: "v1", kind: "ReplicationController" },
  { path: `spec/template/metadata/${field}`, create: true, kind: "Deployment" },
  { path: `spec/template/metadata/${field}`, create: true, kind: "ReplicaSet" },
  { path: `spec/template/metadata/${field}`, create: true, kind: "DaemonSet" },
  {
    path: `spec/template/metadata/${field}`,
    create: true,
    kind: "StatefulSet",
    ...(field === "labels" ? { group: "apps" } : {}),
  },
  { path: `spec/template/metadata/${field}`, create: true, group: "batch", kind: "Job" },
  { path: `spec/jobTemplate/metadata/${field}`, create: true, group: "batch", kind: "CronJob" },
  { path: `spec/jobTemplate/spec/template/metadata/${field}`, create: true, group: "batch", kind: "CronJob" },
];

const claimLabels: FieldSpec[] = [
  { path: "spec/volumeClaimTemplates[]/metadata/labels", create: true, group: "apps", kind: "StatefulSet" },
];

function podSelectors(kind: string): FieldSpec[] {
  const affinity = "spec/template/spec/affinity";
  const preferred =
    "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels";
  const required = "requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels";
  return [
    `${affinity}/podAffinity/${preferred}`,
    `${affinity}/podAffinity/${required}`,
    `${affinity}/podAntiAffinity/${preferred}`,
    `${affinity}/podAntiAffinity/${required}`,
    "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
  ].map((path) => ({ path, create: false, group: "apps", kind }));
}

const selectors: FieldSpec[] = [
  { path: "spec/selector", create: true, version: "v1", kind: "Service" },
  { path: "spec/selector", create: true, version: "v1", kind: "ReplicationController" },
  { path: "spec/selector/matchLabels", create: true, kind: "Deployment" },
  ...podSelectors("Deployment"),
  { path: "spec/selector/matchLabels", create: true, kind: "ReplicaSet" },
  { path: "spec/selector/matchLabels", create: true, kind: "DaemonSet" },
  { path: "spec/selector/matchLabels", create: true, group: "apps", kind: "StatefulSet" },
  ...podSelectors("StatefulSet"),
  { path: "spec/selector/matchLabels", create: false, group: "batch", kind: "Job" },
  { path: "spec/jobTemplate/spec/selector/matchLabels", create: false, group: "batch", kind: "CronJob" },
  { path: "spec/selector/matchLabels", create: false, group: "policy", kind: "PodDisruptionBudget" },
  ...["spec/podSelector", "spec/ingress/from/podSelector", "spec/egress/to/podSelector"].map((path) => ({
    path: `${path}/matchLabels`,
    create: false,
    group: "networking.k8s.io",
    kind: "NetworkPolicy",
  })),
];

function variableFields(): FieldSpec[] {
  const container = ["args", "command", "env/value", "volumeMounts/mountPath"];
  const both = [
    ...container.map((path) => `containers/${path}`),
    ...container.map((path) => `initContainers/${path}`),
  ];
  const pods: [string, string][] = [
    ["CronJob", "spec/jobTemplate/spec/template/spec"],
    ...["DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"].map(
      (kind) => [kind, "spec/template/spec"] as [string, string],
    ),
    ["Pod", "spec"],
  ];
  const nfs = ["DaemonSet", "Deployment", "Job", "ReplicaSet"].map((kind) => ({
    kind,
    path: "spec/template/spec/volumes/nfs/server",
  }));
  return [
    ...pods.flatMap(([kind, at]) => both.map((path) => ({ kind, path: `${at}/${path}` }))),
    { kind: "CronJob", path: "spec/jobTemplate/spec/template/volumes/nfs/server" },
    ...nfs,
    { kind: "Pod", path: "spec/volumes/nfs/server" },
    { kind: "StatefulSet", path: "spec/volumeClaimTemplates/spec/nfs/server" },
    { kind: "PersistentVolume", path: "spec/nfs/server" },
    { kind: "Deployment", path: "spec/template/metadata/annotations" },
    { kind: "Ingress", path: "spec/rules/host" },
    { kind: "Ingress", path: "spec/tls/hosts" },
    { kind: "Ingress", path: "spec/tls/secretName" },
    { kind: "Service", path: "spec/ports/port" },
    { kind: "Service", path: "spec/ports/targetPort" },
    { path: "metadata/labels" },
    { path: "metadata/annotations" },
  ];
}

const inPodSpecs = (at: string): FieldSpec[] =>
  ["containers[]/image", "initContainers[]/image", "volumes[]/image/reference"].map((path) => ({
    path: `${at}/${path}`,
    create: true,
  }));

export const DEFAULT_CONFIG: TransformerConfig = settle({
  ...emptyConfig(),
  namePrefix: [{ path: "metadata/name" }],
  nameSuffix: [{ path: "metadata/name" }],
  namespace: [
    { path: "metadata/name", kind: "Namespace", create: true },
    { path: "spec/service/namespace", group: "apiregistration.k8s.io", kind: "APIService", create: true },
    {
      path: "spec/conversion/webhook/clientConfig/service/namespace",
      group: "apiextensions.k8s.io",
      kind: "CustomResourceDefinition",
    },
  ],
  commonLabels: [...selectors, ...templateMetadata("labels"), ...claimLabels],
  templateLabels: templateMetadata("labels"),
  volumeClaimTemplateLabels: claimLabels,
  commonAnnotations: templateMetadata("annotations"),
  nameReference,
  varReference: variableFields(),
  images: [
    ...inPodSpecs("spec"),
    ...inPodSpecs("spec/template/spec"),
    { path: "spec/jobTemplate/spec/template/spec/volumes[]/image/reference", create: true },
  ],
  replicas: ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"].map((kind) => ({
    path: "spec/replicas",
    create: true,
    kind,
  })),
});
