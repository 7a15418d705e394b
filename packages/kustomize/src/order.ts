/** What Kubernetes needs first, and what must not act before everything else is there. */
export const ORDER_FIRST = [
  "Namespace",
  "ResourceQuota",
  "StorageClass",
  "CustomResourceDefinition",
  "ServiceAccount",
  "PodSecurityPolicy",
  "Role",
  "ClusterRole",
  "RoleBinding",
  "ClusterRoleBinding",
  "ConfigMap",
  "Secret",
  "Endpoints",
  "Service",
  "LimitRange",
  "PriorityClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Deployment",
  "StatefulSet",
  "CronJob",
  "PodDisruptionBudget",
];
export const ORDER_LAST = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/** Ranks of kinds: negative for those that come first, positive for those that come last, none for the others. */
export function rankOf(first: readonly string[], last: readonly string[]): Map<string, number> {
  const rank = new Map<string, number>();
  first.forEach((kind, i) => {
    rank.set(kind, i - first.length);
  });
  last.forEach((kind, i) => {
    rank.set(kind, i + 1);
  });
  return rank;
}

const DEFAULT_RANK = rankOf(ORDER_FIRST, ORDER_LAST);

/** The rank of a kind in the default order. */
export const kindRank = (kind: string): number => DEFAULT_RANK.get(kind) ?? 0;
