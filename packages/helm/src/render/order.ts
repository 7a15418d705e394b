/** How Helm cuts what templates print into manifests, and in which order it installs and deletes them. */
import { go } from "@sluice/gotemplate";
import { compareBytes } from "@sluice/yaml";

/** A piece of a text between `---` lines, and where in the text it begins. */
export type Piece = { text: string; offset: number };

/**
 * The manifests of a text: it is cut at each line that begins with `---`, whatever follows; white space before a manifest
 * is dropped, and so are manifests of nothing else. helm/pkg/release/v1/util/manifest.go, SplitManifests.
 */
export function splitManifests(text: string): Piece[] {
  const pieces: Piece[] = [];
  const add = (from: number, to: number): void => {
    const start = skipSpace(text, from, to);
    if (start < to) pieces.push({ text: text.slice(start, to), offset: start });
  };
  let from = skipSpace(text, 0, text.length);
  let at = text.startsWith("---", from) ? from : nextSeparator(text, from);
  while (at !== -1) {
    add(from, at);
    from = at + 3;
    while (text[from] === " " || text[from] === "\t") from++;
    at = nextSeparator(text, from);
  }
  add(from, text.length);
  return pieces;
}

function nextSeparator(text: string, from: number): number {
  const at = text.indexOf("\n---", from);
  return at === -1 ? -1 : at + 1;
}

/** The offset of the first character that Go does not take for white space. */
function skipSpace(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && go.isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Whether there is nothing but white space. */
export function isBlank(text: string): boolean {
  return skipSpace(text, 0, text.length) === text.length;
}

/** strings.TrimSpace. */
export function trimSpace(text: string): string {
  let end = text.length;
  while (end > 0 && go.isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(skipSpace(text, 0, end), end);
}

const INSTALL_ORDER: readonly string[] = [
  "PriorityClass",
  "Namespace",
  "NetworkPolicy",
  "ResourceQuota",
  "LimitRange",
  "PodSecurityPolicy",
  "PodDisruptionBudget",
  "ServiceAccount",
  "Secret",
  "SecretList",
  "ConfigMap",
  "StorageClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleList",
  "ClusterRoleBinding",
  "ClusterRoleBindingList",
  "Role",
  "RoleList",
  "RoleBinding",
  "RoleBindingList",
  "Service",
  "DaemonSet",
  "Pod",
  "ReplicationController",
  "ReplicaSet",
  "Deployment",
  "HorizontalPodAutoscaler",
  "StatefulSet",
  "Job",
  "CronJob",
  "IngressClass",
  "Ingress",
  "APIService",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
];

/** Not quite the install order backwards: Services go before what they point to. */
const UNINSTALL_ORDER: readonly string[] = [
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
  "APIService",
  "Ingress",
  "IngressClass",
  "Service",
  "CronJob",
  "Job",
  "StatefulSet",
  "HorizontalPodAutoscaler",
  "Deployment",
  "ReplicaSet",
  "ReplicationController",
  "Pod",
  "DaemonSet",
  "RoleBindingList",
  "RoleBinding",
  "RoleList",
  "Role",
  "ClusterRoleBindingList",
  "ClusterRoleBinding",
  "ClusterRoleList",
  "ClusterRole",
  "CustomResourceDefinition",
  "PersistentVolumeClaim",
  "PersistentVolume",
  "StorageClass",
  "ConfigMap",
  "SecretList",
  "Secret",
  "ServiceAccount",
  "PodDisruptionBudget",
  "PodSecurityPolicy",
  "LimitRange",
  "ResourceQuota",
  "NetworkPolicy",
  "Namespace",
  "PriorityClass",
];

const ranks = (kinds: readonly string[]) => new Map(kinds.map((kind, rank) => [kind, rank]));
const RANKS = { install: ranks(INSTALL_ORDER), uninstall: ranks(UNINSTALL_ORDER) };

/**
 * Items in the order in which Helm installs or deletes their kinds; unknown kinds come last, by name. Items of a kind keep
 * their order. helm/pkg/release/v1/util/kind_sorter.go.
 */
export function sortByKind<T>(
  items: readonly T[],
  kindOf: (item: T) => string,
  order: "install" | "uninstall" = "install",
): T[] {
  const known = RANKS[order];
  const keyed = items.map((item) => ({
    item,
    kind: kindOf(item),
    rank: known.get(kindOf(item)) ?? known.size,
  }));
  keyed.sort((a, b) => a.rank - b.rank || (a.rank === known.size ? compareBytes(a.kind, b.kind) : 0));
  return keyed.map(({ item }) => item);
}
