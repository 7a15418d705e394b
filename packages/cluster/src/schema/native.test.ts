import assert from "node:assert/strict";
import { test } from "node:test";
import { schemaOfBuiltin } from "./builtin.ts";
import { decodeProblem } from "./decode.ts";
import { fieldMessage } from "./errors.ts";
import { defaultBuiltin, validateBuiltin } from "./native.ts";
import type { KubeObject, Schema } from "./types.ts";

type Json = Record<string, any>;

const object = (apiVersion: string, kind: string, rest: Json = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "x", namespace: "d", ...rest["metadata"] },
  ...Object.fromEntries(Object.entries(rest).filter(([key]) => key !== "metadata")),
});
const template = (spec: Json = {}, labels: Json = { app: "x" }) => ({
  metadata: { labels },
  spec: { containers: [{ name: "c", image: "i:1" }], ...spec },
});
const deployment = (spec: Json = {}) =>
  object("apps/v1", "Deployment", {
    spec: { selector: { matchLabels: { app: "x" } }, template: template(), ...spec },
  });

test("a Deployment is filled in as the API server does", () => {
  const it = deployment({
    template: template({
      containers: [
        {
          name: "c",
          image: "i",
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: "1000m", memory: "1024Mi" } },
          livenessProbe: { httpGet: { port: 80 } },
        },
      ],
      volumes: [{ name: "v" }, { name: "s", secret: { secretName: "s" } }],
    }),
  });
  defaultBuiltin(it);
  assert.deepEqual(
    { ...it, metadata: {} },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {},
      spec: {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        selector: { matchLabels: { app: "x" } },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
        template: {
          metadata: { labels: { app: "x" } },
          spec: {
            restartPolicy: "Always",
            terminationGracePeriodSeconds: 30,
            dnsPolicy: "ClusterFirst",
            schedulerName: "default-scheduler",
            securityContext: {},
            volumes: [
              { name: "v", emptyDir: {} },
              { name: "s", secret: { secretName: "s", defaultMode: 420 } },
            ],
            containers: [
              {
                name: "c",
                image: "i",
                imagePullPolicy: "Always",
                terminationMessagePath: "/dev/termination-log",
                terminationMessagePolicy: "File",
                ports: [{ containerPort: 80, protocol: "TCP" }],
                resources: { limits: { cpu: "1", memory: "1Gi" } },
                livenessProbe: {
                  httpGet: { port: 80, path: "/", scheme: "HTTP" },
                  timeoutSeconds: 1,
                  periodSeconds: 10,
                  successThreshold: 1,
                  failureThreshold: 3,
                },
              },
            ],
          },
        },
      },
      status: {},
    },
  );
});

const ROUND_TRIPS: [sentence: string, before: KubeObject, after: Json][] = [
  [
    "nulls and empty lists vanish",
    object("v1", "ConfigMap", { data: {}, metadata: { annotations: null, finalizers: [] } }),
    object("v1", "ConfigMap"),
  ],
  ["a Secret has a type", object("v1", "Secret"), object("v1", "Secret", { type: "Opaque" })],
  [
    "a Service knows its target ports",
    object("v1", "Service", { spec: { ports: [{ port: 80 }] } }),
    object("v1", "Service", {
      spec: {
        ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
        sessionAffinity: "None",
        type: "ClusterIP",
        internalTrafficPolicy: "Cluster",
      },
      status: { loadBalancer: {} },
    }),
  ],
  [
    "a Role shows that it has no rules",
    object("rbac.authorization.k8s.io/v1", "Role"),
    object("rbac.authorization.k8s.io/v1", "Role", { rules: null }),
  ],
  [
    "users of a RoleBinding have a group",
    object("rbac.authorization.k8s.io/v1", "RoleBinding", {
      subjects: [{ kind: "User", name: "u" }],
      roleRef: { kind: "Role", name: "r" },
    }),
    object("rbac.authorization.k8s.io/v1", "RoleBinding", {
      subjects: [{ kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" }],
      roleRef: { kind: "Role", name: "r", apiGroup: "rbac.authorization.k8s.io" },
    }),
  ],
  [
    "times lose fractions and zones",
    object("coordination.k8s.io/v1", "Lease", {
      spec: { acquireTime: "2026-01-01T02:00:00.5+02:00" },
      metadata: { creationTimestamp: "2026-01-01T02:00:00.5+02:00" },
    }),
    object("coordination.k8s.io/v1", "Lease", {
      spec: { acquireTime: "2026-01-01T00:00:00.500000Z" },
      metadata: { creationTimestamp: "2026-01-01T00:00:00Z" },
    }),
  ],
  [
    "custom resources stay as they are",
    object("x.dev/v1", "Widget", { spec: { a: null } }),
    object("x.dev/v1", "Widget", { spec: { a: null } }),
  ],
];
for (const [sentence, before, after] of ROUND_TRIPS) {
  test(sentence, () => {
    defaultBuiltin(before);
    assert.deepEqual(before, after);
  });
}

test("doing it twice changes nothing more", () => {
  for (const it of [
    deployment(),
    object("apps/v1", "StatefulSet", {
      spec: { template: template(), volumeClaimTemplates: [{ metadata: { name: "v" }, spec: {} }] },
    }),
    object("batch/v1", "CronJob", { spec: { jobTemplate: { spec: { template: template() } } } }),
    object("v1", "Pod", template()),
  ]) {
    defaultBuiltin(it);
    const once = structuredClone(it);
    defaultBuiltin(it);
    assert.deepEqual(it, once);
  }
});

const INVALID: [sentence: string, it: KubeObject, old: KubeObject | undefined, complaints: string[]][] = [
  ["a proper Deployment", deployment(), undefined, []],
  [
    "a selector that misses its template",
    deployment({ template: template({}, { app: "y" }) }),
    undefined,
    [
      'spec.template.metadata.labels: Invalid value: {"app":"y"}: `selector` does not match template `labels`',
    ],
  ],
  [
    "no selector",
    deployment({ selector: null }),
    undefined,
    [
      "spec.selector: Required value",
      'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
    ],
  ],
  [
    "a selector that changes",
    deployment(),
    deployment({ selector: { matchLabels: { app: "old" } } }),
    ['spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable'],
  ],
  [
    "negative replicas",
    deployment({ replicas: -1 }),
    undefined,
    ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
  ],
  [
    "no containers",
    deployment({ template: template({ containers: [] }) }),
    undefined,
    ["spec.template.spec.containers: Required value"],
  ],
  [
    "a container without an image",
    deployment({ template: template({ containers: [{ name: "c" }] }) }),
    undefined,
    ["spec.template.spec.containers[0].image: Required value"],
  ],
  [
    "a mount without its volume",
    deployment({
      template: template({
        containers: [{ name: "c", image: "i", volumeMounts: [{ name: "v", mountPath: "/v" }] }],
      }),
    }),
    undefined,
    ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  ],
  [
    "a pull policy that is none",
    deployment({ template: template({ containers: [{ name: "c", image: "i", imagePullPolicy: "Often" }] }) }),
    undefined,
    [
      'spec.template.spec.containers[0].imagePullPolicy: Unsupported value: "Often": supported values: "Always", "IfNotPresent", "Never"',
    ],
  ],
  [
    "a Deployment that runs once",
    deployment({ template: template({ restartPolicy: "Never" }) }),
    undefined,
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  [
    "a Job that always restarts",
    object("batch/v1", "Job", {
      metadata: { name: "x", uid: "u" },
      spec: { template: template(), manualSelector: true, selector: { matchLabels: { app: "x" } } },
    }),
    undefined,
    ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ],
  [
    "a Service without ports",
    object("v1", "Service", { spec: {} }),
    undefined,
    ["spec.ports: Required value"],
  ],
  [
    "a port out of range",
    object("v1", "Service", { spec: { ports: [{ port: 0, targetPort: 1 }] } }),
    undefined,
    ["spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"],
  ],
  [
    "an immutable ConfigMap",
    object("v1", "ConfigMap", { immutable: true, data: { a: "2" } }),
    object("v1", "ConfigMap", { immutable: true, data: { a: "1" } }),
    ["data: Forbidden: field is immutable when `immutable` is set"],
  ],
  [
    "a TLS Secret without its key",
    object("v1", "Secret", { type: "kubernetes.io/tls", data: { "tls.crt": "" } }),
    undefined,
    ["data[tls.key]: Required value"],
  ],
  [
    "another type of Secret",
    object("v1", "Secret", { type: "b" }),
    object("v1", "Secret", { type: "a" }),
    ['type: Invalid value: "b": field is immutable'],
  ],
  [
    "a RoleBinding to another role",
    object("rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { kind: "Role", name: "b" } }),
    object("rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { kind: "Role", name: "a" } }),
    [
      'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: cannot change roleRef',
    ],
  ],
  [
    "blocks of addresses have no more bits than addresses of their family",
    object("networking.k8s.io/v1", "NetworkPolicy", {
      spec: {
        podSelector: {},
        ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/33", except: ["10.1.0.0/99"] } }] }],
      },
    }),
    undefined,
    [
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],
];
for (const [sentence, it, old, complaints] of INVALID) {
  test(`checked: ${sentence}`, () => {
    defaultBuiltin(it);
    if (old) defaultBuiltin(old);
    assert.deepEqual(validateBuiltin(it, old).map(fieldMessage), complaints);
  });
}

const READ: [sentence: string, it: KubeObject, problem: string | undefined][] = [
  ["what fits", deployment(), undefined],
  [
    "text for a number",
    deployment({ replicas: "3" }),
    'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    "a number for text",
    object("v1", "ConfigMap", { data: { a: 1 } }),
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
  ],
  [
    "deep inside of lists",
    deployment({ template: template({ containers: [{ name: "c", env: [{ name: "A", value: 1 }] }] }) }),
    'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
  ],
  [
    "a struct for a list",
    deployment({ template: template({ containers: {} }) }),
    'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
  ],
  [
    "an annotation that is true",
    object("v1", "ConfigMap", { metadata: { annotations: { a: true } } }),
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string',
  ],
  [
    "a quantity that is none",
    deployment({
      template: template({ containers: [{ name: "c", resources: { limits: { cpu: "lots" } } }] }),
    }),
    "Deployment in version \"v1\" cannot be handled as a Deployment: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    "data that is not base64",
    object("v1", "Secret", { data: { a: "ab!d" } }),
    'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 2',
  ],
];
for (const [sentence, it, problem] of READ) {
  test(`read: ${sentence}`, () => {
    const [version, group = ""] = it.apiVersion.split("/").reverse() as [string, string?];
    assert.equal(decodeProblem(it, schemaOfBuiltin({ group, version, kind: it.kind }) as Schema), problem);
  });
}
