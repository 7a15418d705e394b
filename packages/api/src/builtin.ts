/** How the kinds that Kubernetes brings along are addressed over REST, by the plurals of their names. */
export const builtin = {
  configMaps: of("", "ConfigMap", "configmaps"),
  customResourceDefinitions: of(
    "apiextensions.k8s.io",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    false,
  ),
  deployments: of("apps", "Deployment", "deployments"),
  events: of("", "Event", "events"),
  jobs: of("batch", "Job", "jobs"),
  leases: of("coordination.k8s.io", "Lease", "leases"),
  namespaces: of("", "Namespace", "namespaces", false),
  nodes: of("", "Node", "nodes", false),
  pods: of("", "Pod", "pods"),
  secrets: of("", "Secret", "secrets"),
  serviceAccounts: of("", "ServiceAccount", "serviceaccounts"),
};

function of(group: string, kind: string, plural: string, namespaced = true) {
  return { group, version: "v1", kind, plural, namespaced };
}
