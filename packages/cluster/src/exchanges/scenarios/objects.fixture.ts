import type { Scenarios } from "../scenario.fixture.ts";
import { clusterWide, fate, namespaced } from "./fate.fixture.ts";

const of = (groupVersion: string, kind: string, plural: string): [string, string, string] => [
  groupVersion,
  kind,
  namespaced(groupVersion, plural),
];
const wide = (groupVersion: string, kind: string, plural: string): [string, string, string] => [
  groupVersion,
  kind,
  clusterWide(groupVersion, plural),
];
const admission = (kind: string, plural: string) => wide("admissionregistration.k8s.io/v1", kind, plural);

/** Typical manifests of all that is not a workload. */
export const otherManifests: Scenarios = {
  "the fate of a config map": fate(
    of("v1", "ConfigMap", "configmaps"),
    `data:\n  app.yaml: |\n    level: info\n  EMPTY: ""\nbinaryData: { logo: aGVsbG8= }\n`,
    `data: { app.yaml: other, more: x }\nimmutable: true\n`,
  ),
  "the fate of a secret": fate(
    of("v1", "Secret", "secrets"),
    `type: kubernetes.io/basic-auth\nstringData: { username: admin, password: secret }\n`,
    `type: kubernetes.io/basic-auth\nstringData: { username: other }\n`,
  ),
  "the fate of a service": fate(
    of("v1", "Service", "services"),
    `  annotations: { example.com/x: "1" }
spec:
  selector: { app.kubernetes.io/name: app }
  ports:
    - { name: http, port: 80, targetPort: http, appProtocol: http }
    - { name: dns, port: 53, protocol: UDP }
`,
    `spec: { ports: [{ name: web, port: 80, targetPort: 8080 }] }`,
  ),
  "the fate of a service account": fate(
    of("v1", "ServiceAccount", "serviceaccounts"),
    `  annotations: { iam: role }\nautomountServiceAccountToken: false\nimagePullSecrets: [{ name: registry }]\n`,
    `automountServiceAccountToken: true\nimagePullSecrets: [{ name: other }]\n`,
  ),
  "the fate of endpoints": fate(
    of("v1", "Endpoints", "endpoints"),
    `subsets: [{ addresses: [{ ip: 192.0.2.1 }, { ip: 192.0.2.2, nodeName: n }], ports: [{ name: http, port: 80 }] }]\n`,
    `subsets: [{ notReadyAddresses: [{ ip: 192.0.2.3 }], ports: [{ port: 80 }] }]\n`,
  ),
  "the fate of an endpoint slice": fate(
    of("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
    `  labels: { kubernetes.io/service-name: app }
addressType: IPv4
ports: [{ name: http, port: 80, appProtocol: http }]
endpoints: [{ addresses: [192.0.2.1], conditions: { ready: true }, hostname: a, zone: z, nodeName: n }]
`,
    `addressType: IPv4\nports: [{ name: http, port: 8080 }]\nendpoints: [{ addresses: [192.0.2.2] }]\n`,
  ),
  "the fate of a limit range": fate(
    of("v1", "LimitRange", "limitranges"),
    `spec:
  limits:
    - { type: Container, default: { cpu: 500m, memory: 256Mi }, defaultRequest: { cpu: 100m }, max: { memory: 1Gi }, maxLimitRequestRatio: { memory: "4" } }
    - { type: PersistentVolumeClaim, min: { storage: 1Gi }, max: { storage: 10Gi } }
    - { type: Pod, max: { cpu: "4" } }
`,
    `spec: { limits: [{ type: Pod, max: { cpu: "2" } }] }`,
  ),
  // what comes later depends on when its status is counted: see the suite of tenants
  "the fate of a quota": fate(
    of("v1", "ResourceQuota", "resourcequotas"),
    `spec:
  hard: { requests.cpu: "10", limits.memory: 20Gi, pods: "50", count/deployments.apps: "10", services.loadbalancers: "0", persistentvolumeclaims: 5 }
`,
    `spec: { hard: { pods: "60", requests.memory: 1024Mi } }`,
  ).slice(0, 2),
  "the fate of a claim": fate(
    of("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    `spec:
  accessModes: [ReadWriteOnce]
  storageClassName: fast
  resources: { requests: { storage: 10Gi } }
`,
    `spec: { resources: { requests: { storage: 20Gi } } }`,
  ),
  "the fate of a volume": fate(
    wide("v1", "PersistentVolume", "persistentvolumes"),
    `spec:
  capacity: { storage: 10Gi }
  accessModes: [ReadWriteMany]
  storageClassName: nfs
  mountOptions: [hard]
  nfs: { server: nfs.example.com, path: /x }
  claimRef: { namespace: default, name: c }
`,
    `spec: { persistentVolumeReclaimPolicy: Delete, capacity: { storage: 20Gi } }`,
  ),
  "the fate of a storage class": fate(
    wide("storage.k8s.io/v1", "StorageClass", "storageclasses"),
    `  annotations: { storageclass.kubernetes.io/is-default-class: "false" }
provisioner: csi.example.com
parameters: { type: ssd }
allowVolumeExpansion: true
volumeBindingMode: WaitForFirstConsumer
`,
    `provisioner: csi.example.com\nallowVolumeExpansion: false\n`,
  ),
  "the fate of a CSI driver": fate(
    wide("storage.k8s.io/v1", "CSIDriver", "csidrivers"),
    `spec: { attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: [Ephemeral], tokenRequests: [{ audience: vault }] }\n`,
    `spec: { podInfoOnMount: false }\n`,
  ),
  "the fate of an ingress": fate(
    of("networking.k8s.io/v1", "Ingress", "ingresses"),
    `  annotations: { cert-manager.io/cluster-issuer: letsencrypt }
spec:
  ingressClassName: nginx
  tls: [{ hosts: [app.example.com], secretName: app-tls }]
  rules:
    - host: app.example.com
      http:
        paths:
          - { path: /, pathType: Prefix, backend: { service: { name: app, port: { name: http } } } }
          - { path: /api, pathType: Exact, backend: { service: { name: api, port: { number: 80 } } } }
`,
    `spec: { ingressClassName: traefik, rules: [{ host: other.example.com }] }`,
  ),
  "the fate of an ingress class": fate(
    wide("networking.k8s.io/v1", "IngressClass", "ingressclasses"),
    `spec: { controller: example.com/ingress, parameters: { apiGroup: example.com, kind: Params, name: p } }\n`,
    `spec: { controller: example.com/other }\n`,
  ),
  "the fate of a network policy": fate(
    of("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    `spec:
  podSelector: { matchLabels: { app: db } }
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{ podSelector: { matchLabels: { app: web } } }, { namespaceSelector: {} }, { ipBlock: { cidr: 192.0.2.0/24, except: [192.0.2.128/25] } }]
      ports: [{ port: 5432 }, { port: 8000, endPort: 8100, protocol: UDP }, { port: http }]
`,
    `spec: { podSelector: { matchLabels: { app: other } } }`,
  ),
  "the fate of a role": fate(
    of("rbac.authorization.k8s.io/v1", "Role", "roles"),
    `rules:
  - { apiGroups: [""], resources: [pods, pods/log], verbs: [get, list, watch] }
  - { apiGroups: [apps], resources: [deployments], resourceNames: [app], verbs: ["*"] }
`,
    `rules: [{ apiGroups: [batch], resources: [jobs], verbs: [create] }]\n`,
  ),
  "the fate of a role binding": fate(
    of("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
    `roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: app }\nsubjects: [{ kind: ServiceAccount, name: app, namespace: "{ns}" }, { kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io }]\n`,
    `roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: other }\nsubjects: [{ kind: User, name: u, apiGroup: rbac.authorization.k8s.io }]\n`,
  ),
  "the fate of a cluster role": fate(
    wide("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles"),
    `  labels: { example.com/x: "y" }\naggregationRule: { clusterRoleSelectors: [{ matchLabels: { nobody: has } }] }\n`,
    `aggregationRule: { clusterRoleSelectors: [{ matchLabels: { other: x } }] }\n`,
  ),
  "the fate of a cluster role binding": fate(
    wide("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings"),
    `roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }\nsubjects: [{ kind: ServiceAccount, name: app, namespace: "{ns}" }]\n`,
    `roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }\nsubjects: [{ kind: User, name: u, apiGroup: rbac.authorization.k8s.io }]\n`,
  ),
  "the fate of a lease": fate(
    of("coordination.k8s.io/v1", "Lease", "leases"),
    `spec: { holderIdentity: a, leaseDurationSeconds: 15, acquireTime: "2024-01-01T00:00:00.000000Z", renewTime: "2024-01-01T00:00:01.500000Z", leaseTransitions: 0 }\n`,
    `spec: { holderIdentity: b, leaseTransitions: 1 }\n`,
  ),
  "the fate of an event": fate(
    of("v1", "Event", "events"),
    `  namespace: "{ns}"
involvedObject: { apiVersion: v1, kind: Pod, name: p, namespace: "{ns}" }
reason: Pulled
message: Container image pulled
type: Normal
source: { component: kubelet, host: n }
firstTimestamp: "2024-01-01T00:00:00Z"
lastTimestamp: "2024-01-01T00:00:05Z"
count: 3
`,
    `  namespace: "{ns}"\ninvolvedObject: { namespace: "{ns}" }\ncount: 4\n`,
  ).slice(0, 3),
  "the fate of a validating webhook": fate(
    admission("ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
    `  annotations: { cert-manager.io/inject-ca-from: a/b }
webhooks:
  - name: a.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Ignore
    clientConfig: { service: { name: s, namespace: "{ns}", path: /validate } }
    rules: [{ apiGroups: ["{group}"], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [things] }]
    matchConditions: [{ name: not-system, expression: "!request.userInfo.username.startsWith('system:')" }]
`,
    `webhooks: [{ name: a.example.com, failurePolicy: Fail, timeoutSeconds: 3, clientConfig: { caBundle: aGVsbG8= } }]\n`,
  ),
  "the fate of a mutating webhook": fate(
    admission("MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
    `webhooks:
  - name: a.example.com
    admissionReviewVersions: [v1]
    sideEffects: NoneOnDryRun
    failurePolicy: Ignore
    clientConfig: { service: { name: s, namespace: "{ns}" } }
    rules: [{ apiGroups: ["{group}"], apiVersions: [v1], operations: [CREATE], resources: [things], scope: Namespaced }]
    objectSelector: { matchLabels: { inject: "true" } }
`,
    `webhooks: [{ name: a.example.com, failurePolicy: Fail, reinvocationPolicy: IfNeeded }]\n`,
  ),
  "the fate of a policy of admission": fate(
    admission("ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
    `spec:
  failurePolicy: Ignore
  matchConstraints: { resourceRules: [{ apiGroups: ["{group}"], apiVersions: [v1], operations: [CREATE], resources: [things] }] }
  variables: [{ name: size, expression: "object.spec.size" }]
  validations: [{ expression: "variables.size < 5", message: too large, reason: Invalid }]
`,
    `spec: { failurePolicy: Fail }\n`,
  ),
  "the fate of a binding of such a policy": fate(
    admission("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
    `spec: { policyName: p, validationActions: [Audit], matchResources: { namespaceSelector: { matchLabels: { env: test } } } }\n`,
    `spec: { policyName: q, validationActions: [Deny] }\n`,
  ),
  // the API server itself writes a condition into it, some time later
  "the fate of a flow schema": fate(
    wide("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", "flowschemas"),
    `spec:
  priorityLevelConfiguration: { name: exempt }
  matchingPrecedence: 9000
  distinguisherMethod: { type: ByUser }
  rules:
    - subjects: [{ kind: User, user: { name: nobody } }]
      resourceRules: [{ verbs: [get], apiGroups: [""], resources: [pods], namespaces: ["*"] }]
`,
    `spec: { matchingPrecedence: 9100, priorityLevelConfiguration: { name: exempt } }\n`,
  ).slice(0, 2),
  "the fate of a level of priority": fate(
    wide("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", "prioritylevelconfigurations"),
    `spec: { type: Limited, limited: { nominalConcurrencyShares: 5, limitResponse: { type: Queue, queuing: { queues: 8 } } } }\n`,
    `spec: { type: Limited, limited: { nominalConcurrencyShares: 6 } }\n`,
  ),
};
