import type { KubeObject } from "@sluice/api";
import { nameOf, type Resource } from "../catalogue.ts";
import { forbidden, notFound } from "../errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { same, without } from "../plain.ts";
import type { Write } from "../registry/write.ts";
import { aggregate, RBAC, type RoleRef } from "./authorizer.ts";
import { requireAllowed } from "./request.ts";
import { notCovered, type Rule, ruleText } from "./rules.ts";
import { MASTERS } from "./user.ts";

/** Everything: what those need to have who let a role collect its rules by label. */
const FULL: readonly Rule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

/**
 * What a request's user may not write although the verb is allowed: objects that a PUT or an apply would create without the verb
 * `create`, and roles and bindings that grant what the user does not have (kubernetes/pkg/registry/rbac/…/policybased).
 */
export function writeGuard(exchange: Exchange): NonNullable<Write["guard"]> {
  return (resource, object, old) => {
    if (exchange.user.groups.includes(MASTERS)) return;
    if (!old && exchange.verb !== "create") requireCreate(exchange, resource, object);
    if (resource.group !== RBAC || (old && changesCollectorsFieldsAlone(object, old))) return;
    if (resource.plural.endsWith("bindings")) checkBinding(exchange, resource, object);
    else checkRole(exchange, resource, object, old);
  };
}

function requireCreate(exchange: Exchange, { group, plural }: Resource, { metadata }: KubeObject): void {
  const { name, namespace = "" } = metadata;
  const attributes = { kind: "resource", verb: "create", group, resource: plural, subresource: "" } as const;
  requireAllowed(exchange, exchange.user, { ...attributes, namespace, name });
}

/** Whoever may delete a role may let the garbage collector do so. */
function changesCollectorsFieldsAlone(object: KubeObject, old: KubeObject): boolean {
  const rest = ({ metadata, ...more }: KubeObject) => ({
    ...more,
    metadata: without(metadata, "ownerReferences", "finalizers", "managedFields", "resourceVersion"),
  });
  return same(rest(object), rest(old));
}

function checkRole(
  exchange: Exchange,
  resource: Resource,
  object: KubeObject,
  old: KubeObject | undefined,
): void {
  const { world, user, path } = exchange;
  const { name, namespace = "" } = object.metadata;
  const at = { namespace, name: path?.name ?? "" };
  const attributes = { kind: "resource", verb: "escalate", group: RBAC, resource: resource.plural } as const;
  if (world.auth.authorizer.authorize(user, { ...attributes, subresource: "", ...at }).allowed) return;
  const problem = escalation(exchange, (object["rules"] as Rule[] | undefined) ?? [], namespace);
  if (problem) throw forbidden(nameOf(resource), name, problem);
  if ((isAggregated(object) || (old && isAggregated(old))) && escalation(exchange, FULL, namespace))
    throw forbidden(nameOf(resource), name, "must have cluster-admin privileges to use the aggregationRule");
}

function isAggregated(role: KubeObject): boolean {
  const rule = role["aggregationRule"] as { clusterRoleSelectors?: unknown[] } | undefined;
  return (rule?.clusterRoleSelectors?.length ?? 0) > 0;
}

function checkBinding(exchange: Exchange, resource: Resource, object: KubeObject): void {
  const { world, user } = exchange;
  const { name, namespace = "" } = object.metadata;
  const ref = object["roleRef"] as RoleRef;
  const plural = ref.kind === "ClusterRole" ? "clusterroles" : "roles";
  const attributes = { kind: "resource", verb: "bind", group: ref.apiGroup, resource: plural } as const;
  const at = { subresource: "", namespace, name: ref.name };
  if (world.auth.authorizer.authorize(user, { ...attributes, ...at }).allowed) return;
  const rules = world.auth.authorizer.rulesOf(ref, namespace);
  // the real server names the kind of the binding, and the name of the role
  if (!rules) throw notFound(nameOf(resource), ref.name);
  const problem = escalation(exchange, rules, namespace);
  if (problem) throw forbidden(nameOf(resource), name, problem);
}

/** Why the user may not grant `rules`; undefined when the user holds them all. */
function escalation(
  { world, user }: Exchange,
  rules: readonly Rule[],
  namespace: string,
): string | undefined {
  const held = world.auth.authorizer.rulesFor(user, namespace);
  const missing = notCovered(held.rules, rules);
  if (missing.length === 0) return undefined;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(" ");
  const lines = missing.map(ruleText).sort();
  const unresolved = held.errors.length > 0 ? `; resolution errors: ${aggregate(held.errors)}` : "";
  return `user ${JSON.stringify(user.username)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}${unresolved}`;
}
