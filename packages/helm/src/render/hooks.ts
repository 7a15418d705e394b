/** Manifests that Helm runs at events instead of installing them. */
import { compareBytes } from "@sluice/yaml";
import { HELM_ANNOTATION, type Head } from "./head.ts";

export const HOOK_EVENTS = [
  "pre-install",
  "post-install",
  "pre-delete",
  "post-delete",
  "pre-upgrade",
  "post-upgrade",
  "pre-rollback",
  "post-rollback",
  "test",
] as const;
export type HookEvent = (typeof HOOK_EVENTS)[number];

/** When Helm deletes what a hook made. An annotation may hold other words, which mean nothing. */
export type HookDeletePolicy = "hook-succeeded" | "hook-failed" | "before-hook-creation";
/** When Helm shows the logs of what a hook made. */
export type HookOutputLogPolicy = "hook-succeeded" | "hook-failed";

/** How a hook ran last: times as RFC 3339 where there are any. */
export type HookRun = {
  started_at?: string;
  completed_at?: string;
  phase: "" | "Unknown" | "Running" | "Succeeded" | "Failed";
};

/** A hook, with the names that it has in a stored release. */
export type Hook = {
  name: string;
  kind: string;
  /** Its template: `web/templates/migrate.yaml`. */
  path: string;
  manifest: string;
  events: HookEvent[];
  last_run: HookRun;
  weight: number;
  delete_policies: string[];
  output_log_policies: string[];
};

const EVENTS = new Map<string, HookEvent>(HOOK_EVENTS.map((event) => [event, event]));
// The name that Helm 2 had.
EVENTS.set("test-success", "test");

/** What the annotations of a manifest make of it. */
export type Role =
  | { kind: "manifest" }
  | { kind: "hook"; hook: Hook }
  /** It names an event that does not exist: Helm neither installs nor runs it. */
  | { kind: "skipped"; events: string };

/** Whether a manifest is a hook. helm/pkg/release/v1/util/manifest_sorter.go. */
export function roleOf(head: Head, path: string, manifest: string): Role {
  const wanted = head.annotations[`${HELM_ANNOTATION}hook`];
  if (wanted === undefined) return { kind: "manifest" };
  const events = words(wanted).map((word) => EVENTS.get(word));
  if (events.includes(undefined)) return { kind: "skipped", events: wanted };
  const hook: Hook = {
    name: head.name,
    kind: head.kind,
    path,
    manifest,
    events: events as HookEvent[],
    last_run: { phase: "" },
    weight: weightOf(head.annotations[`${HELM_ANNOTATION}hook-weight`]),
    delete_policies: words(head.annotations[`${HELM_ANNOTATION}hook-delete-policy`]),
    output_log_policies: words(head.annotations[`${HELM_ANNOTATION}hook-output-log-policy`]),
  };
  return { kind: "hook", hook };
}

function words(list: string | undefined): string[] {
  return list === undefined ? [] : list.split(",").map((word) => word.trim().toLowerCase());
}

/** strconv.Atoi; what is no integer of 64 bits weighs nothing. */
function weightOf(text: string | undefined): number {
  if (text === undefined || !/^[+-]?[0-9]+$/.test(text)) return 0;
  const weight = BigInt(text.replace(/^\+/, ""));
  return BigInt.asIntN(64, weight) === weight ? Number(weight) : 0;
}

/** The hooks of an event in the order in which Helm runs them: by weight, then name. helm/pkg/action/hooks.go, hookByWeight. */
export function hooksFor(hooks: readonly Hook[], event: HookEvent): Hook[] {
  // A hook that names an event twice runs twice.
  return hooks
    .flatMap((hook) => hook.events.filter((one) => one === event).map(() => hook))
    .sort((a, b) => a.weight - b.weight || compareBytes(a.name, b.name));
}

/** Whether what a hook made is to be deleted at a point of its life. Without a policy of its own, before it is made anew. */
export function deletesAt({ kind, delete_policies }: Hook, point: HookDeletePolicy): boolean {
  // Deleting a definition would delete all objects of its kind.
  if (kind === "CustomResourceDefinition") return false;
  return delete_policies.length === 0 ? point === "before-hook-creation" : delete_policies.includes(point);
}

/** Whether the logs of what a hook made are to be shown; only Jobs and Pods have some. */
export function logsAt({ kind, output_log_policies }: Hook, point: HookOutputLogPolicy): boolean {
  return (kind === "Job" || kind === "Pod") && output_log_policies.includes(point);
}

/**
 * What uninstalling a release does with an object: `keep` is said to the user, `leave` is not. Helm deletes nothing that has a
 * `helm.sh/resource-policy`, whatever its value, but reports only what says `keep`. helm/pkg/action/resource_policy.go.
 */
export function uninstalling({ annotations }: Head): "delete" | "keep" | "leave" {
  const policy = annotations[`${HELM_ANNOTATION}resource-policy`];
  if (policy === undefined) return "delete";
  return policy.trim().toLowerCase() === "keep" ? "keep" : "leave";
}
