import { dnsLabel, dnsSubdomain, type KubeObject, type NameRule, pathSegment } from "@sluice/api";
import type { Resource } from "../catalogue.ts";
import { same, without } from "../plain.ts";

/** How the API server treats the objects of one resource beyond what holds for all of them. */
export type Strategy = {
  nameRule: NameRule;
  /** metadata.generation counts changes of the spec */
  generation: boolean;
  /** PUT without a resourceVersion overwrites; else it is refused */
  unconditionalUpdate: boolean;
  /** PUT of a missing object creates it */
  createOnUpdate: boolean;
  /** DELETE answers with the object instead of a Status */
  returnsDeleted: boolean;
  /** without a propagationPolicy dependents stay */
  orphanByDefault: boolean;
  /** fields that only the status path writes */
  statusFields: readonly string[];
};

const GENERATION = new Set([
  "/pods",
  "/podtemplates",
  "/replicationcontrollers",
  "apps/daemonsets",
  "apps/deployments",
  "apps/replicasets",
  "apps/statefulsets",
  "batch/cronjobs",
  "batch/jobs",
  "discovery.k8s.io/endpointslices",
  "networking.k8s.io/ingresses",
  "networking.k8s.io/ingressclasses",
  "networking.k8s.io/networkpolicies",
  "policy/poddisruptionbudgets",
  "scheduling.k8s.io/priorityclasses",
  "resource.k8s.io/deviceclasses",
  "resource.k8s.io/resourceslices",
  "apiextensions.k8s.io/customresourcedefinitions",
  "flowcontrol.apiserver.k8s.io/flowschemas",
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations",
  "admissionregistration.k8s.io/validatingadmissionpolicies",
  "admissionregistration.k8s.io/validatingadmissionpolicybindings",
  "admissionregistration.k8s.io/mutatingadmissionpolicies",
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings",
  "admissionregistration.k8s.io/validatingwebhookconfigurations",
  "admissionregistration.k8s.io/mutatingwebhookconfigurations",
]);

const CONDITIONAL_UPDATE = new Set([
  "coordination.k8s.io/leases",
  "node.k8s.io/runtimeclasses",
  "policy/poddisruptionbudgets",
  "apiextensions.k8s.io/customresourcedefinitions",
  "apiregistration.k8s.io/apiservices",
  "storage.k8s.io/csidrivers",
  "storage.k8s.io/csinodes",
  "storage.k8s.io/csistoragecapacities",
  "storage.k8s.io/volumeattachments",
  "admissionregistration.k8s.io/validatingadmissionpolicies",
  "admissionregistration.k8s.io/validatingadmissionpolicybindings",
  "admissionregistration.k8s.io/mutatingadmissionpolicies",
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings",
  "admissionregistration.k8s.io/validatingwebhookconfigurations",
  "admissionregistration.k8s.io/mutatingwebhookconfigurations",
]);

const CREATE_ON_UPDATE = new Set([
  "/endpoints",
  "/events",
  "/limitranges",
  "/services",
  "coordination.k8s.io/leases",
  "node.k8s.io/runtimeclasses",
  "rbac.authorization.k8s.io/clusterrolebindings",
  "rbac.authorization.k8s.io/clusterroles",
  "rbac.authorization.k8s.io/rolebindings",
  "rbac.authorization.k8s.io/roles",
]);

const RETURNS_DELETED = new Set([
  "/namespaces",
  "/persistentvolumeclaims",
  "/persistentvolumes",
  "/pods",
  "/podtemplates",
  "/resourcequotas",
  "/serviceaccounts",
  "/services",
  "resource.k8s.io/deviceclasses",
  "resource.k8s.io/resourceclaims",
  "resource.k8s.io/resourceclaimtemplates",
  "resource.k8s.io/resourceslices",
  "storage.k8s.io/csidrivers",
  "storage.k8s.io/csinodes",
  "storage.k8s.io/storageclasses",
  "storage.k8s.io/volumeattachments",
  "storage.k8s.io/volumeattributesclasses",
]);

const ORPHAN = new Set(["batch/jobs", "/replicationcontrollers"]);

function nameRuleOf(table: string): NameRule {
  if (table === "/services" || table === "/namespaces") return dnsLabel;
  return table.startsWith("rbac.authorization.k8s.io/") ? pathSegment : dnsSubdomain;
}

export function strategyOf(resource: Resource): Strategy {
  const { table, custom } = resource;
  const hasStatus = resource.subresources.some(({ name }) => name === "status");
  return {
    nameRule: nameRuleOf(table),
    generation: custom !== undefined || GENERATION.has(table),
    unconditionalUpdate: custom === undefined && !CONDITIONAL_UPDATE.has(table),
    createOnUpdate: CREATE_ON_UPDATE.has(table),
    returnsDeleted: RETURNS_DELETED.has(table),
    orphanByDefault: ORPHAN.has(table),
    statusFields: hasStatus ? ["status"] : [],
  };
}

/** Whether the change from `old` to `next` is one that `metadata.generation` counts. */
export function bumpsGeneration(
  resource: Resource,
  strategy: Strategy,
  old: KubeObject,
  next: KubeObject,
): boolean {
  if (resource.table === "scheduling.k8s.io/priorityclasses") return false;
  // the generation of a driver begins with its first change
  if (!strategy.generation && resource.table !== "storage.k8s.io/csidrivers") return false;
  const ignored = ["metadata", "apiVersion", "kind", ...strategy.statusFields];
  if (!same(without(old, ...ignored), without(next, ...ignored))) return true;
  // the deployment controller reads its rollback notes from annotations
  return (
    resource.table === "apps/deployments" &&
    !same(old.metadata.annotations ?? {}, next.metadata.annotations ?? {})
  );
}
