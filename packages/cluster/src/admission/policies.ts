/** What validating and mutating policies have in common: their bindings, their params, what their expressions see. */
import type { KubeObject } from "@sluice/api";
import { aggregate } from "../auth/authorizer.ts";
import { AUTHENTICATED, accountGroups, accountUsername } from "../auth/user.ts";
import { type Resource, resourceOfKind } from "../catalogue.ts";
import { toServed } from "../registry/convert.ts";
import {
  type Activation,
  activationOf,
  compileExpression,
  type Declarations,
  type Expression,
  evaluateExpression,
} from "../schema/celadmission.ts";
import { Authorizer } from "../schema/celauthorizer.ts";
import { type LabelSelector, selects } from "../selectors/labels.ts";
import { tableOf } from "../storage/storage.ts";
import { type Entry, entriesOf, entryIn } from "../storage/table.ts";
import type { World } from "../world.ts";
import { type Asked, askedAs, gvkText, requestOf } from "./asked.ts";
import { type Match, matchedAs } from "./match.ts";

type Data = Record<string, any>;

/** A policy that a binding puts to work; `param` is one of the objects that the binding names, or null. */
export type Invocation = {
  policy: KubeObject;
  binding: KubeObject;
  /** the version of the resource that the policy matches */
  matched: Resource;
  param: KubeObject | null;
};

/** A policy, or one of its bindings, that cannot be put to work as it is. */
export type Misconfigured = { policy: KubeObject; binding?: KubeObject; because: string };

export type Relevant = { invocations: Invocation[]; misconfigured: Misconfigured[] };

/** The policies of a kind that are about a write, with the params of their bindings. Throws the 404 for a namespace that is not there. */
export function relevant(
  world: World,
  asked: Asked,
  plural: "validatingadmissionpolicies" | "mutatingadmissionpolicies",
): Relevant {
  const found: Relevant = { invocations: [], misconfigured: [] };
  for (const [policy, bindings] of boundPolicies(world, plural)) {
    const matched = matchedAs(world, asked, matchOf(policy.spec.matchConstraints));
    if (!matched) continue;
    const kind = paramKindOf(world, policy);
    if (typeof kind === "string") {
      found.misconfigured.push({ policy, because: kind });
      continue;
    }
    for (const binding of bindings) {
      if (!matchedAs(world, asked, matchOf(binding.spec.matchResources))) continue;
      const params = paramsOf(world, asked, kind, binding.spec.paramRef);
      if (typeof params === "string") found.misconfigured.push({ policy, binding, because: params });
      else for (const param of params) found.invocations.push({ policy, binding, matched, param });
    }
  }
  return found;
}

function boundPolicies(world: World, plural: string): Map<KubeObject, KubeObject[]> {
  const bindings = entriesOf(
    tableOf(world.storage, `admissionregistration.k8s.io/${plural.slice(0, -3)}ybindings`),
  );
  const policies = tableOf(world.storage, `admissionregistration.k8s.io/${plural}`);
  const bound = new Map<KubeObject, KubeObject[]>();
  for (const { object: binding } of bindings) {
    const policy = entryIn(policies, "", binding.spec.policyName)?.object;
    if (policy) bound.set(policy, [...(bound.get(policy) ?? []), binding]);
  }
  return bound;
}

function matchOf(resources: Data = {}): Match {
  const { namespaceSelector, objectSelector, resourceRules, excludeResourceRules, matchPolicy } = resources;
  const rules = resourceRules?.length ? resourceRules : undefined;
  return { namespaceSelector, objectSelector, rules, excluded: excludeResourceRules, matchPolicy };
}

function paramKindOf(world: World, policy: KubeObject): Resource | undefined | string {
  const { paramKind } = policy.spec;
  if (!paramKind) return undefined;
  const found = resourceOfKind(world.catalogue, paramKind.apiVersion, paramKind.kind);
  if (found) return found;
  return `failed to find resource referenced by paramKind: '${gvkText(paramKind.apiVersion, paramKind.kind)}'`;
}

/** The params of a binding (policy/generic/policy_dispatcher.go, CollectParams), or why there are none. */
function paramsOf(
  world: World,
  asked: Asked,
  kind: Resource | undefined,
  ref: Data | undefined,
): (KubeObject | null)[] | string {
  if (!kind || !ref) return [null];
  if (ref["namespace"] && !kind.namespaced)
    return "paramRef.namespace must not be provided for a cluster-scoped `paramKind`";
  const namespace = kind.namespaced ? ref["namespace"] || asked.namespace : "";
  if (kind.namespaced && namespace === "")
    return "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources";
  const params = selectedParams(world, kind, namespace, ref).map(({ object }) => toServed(kind, object));
  if (params.length === 0 && ref["parameterNotFoundAction"] === "Deny")
    return "no params found for policy binding with `Deny` parameterNotFoundAction";
  return params;
}

function selectedParams(world: World, kind: Resource, namespace: string, ref: Data): Entry[] {
  const table = tableOf(world.storage, kind.table);
  if (!ref["name"])
    return entriesOf(table, namespace).filter(({ object }) =>
      selects(ref["selector"] as LabelSelector, object.metadata.labels),
    );
  const named = entryIn(table, namespace, ref["name"]);
  return named ? [named] : [];
}

/** What the expressions of a policy or webhook see of a write. `isBare`: without the namespace, as match conditions. */
export function activate(
  world: World,
  asked: Asked,
  { matched, param }: Pick<Invocation, "matched" | "param">,
  variables: Parameters<typeof activationOf>[1],
  isBare = false,
): Activation {
  const { object, oldObject } = askedAs(asked, matched);
  const namespaceObject = isBare ? null : namespaceOf(world, asked);
  const values = { object, oldObject, request: requestOf(asked, matched), namespaceObject, params: param };
  return activationOf({ ...values, authorizer: authorizerOf(world, asked) }, variables);
}

/** The namespace of what is written, with the fields that expressions may see; null for what belongs to the whole cluster. */
function namespaceOf(world: World, { resource, namespace }: Asked): object | null {
  if (namespace === "" || resource.table === "/namespaces") return null;
  const found = entryIn(tableOf(world.storage, "/namespaces"), "", namespace)?.object;
  if (!found) return null;
  const { managedFields: _, ownerReferences: __, ...metadata } = found.metadata;
  return { metadata, spec: found.spec, status: found.status };
}

function authorizerOf(world: World, asked: Asked): Authorizer {
  const { user, resource, subresource, namespace, name } = asked;
  const target = { group: resource.group, resource: resource.plural, subresource, namespace, name };
  return new Authorizer((question, account) => {
    const who = account
      ? {
          username: accountUsername(account.namespace, account.name),
          groups: [...accountGroups(account.namespace), AUTHENTICATED],
        }
      : user;
    return world.auth.authorizer.authorize(who, question);
  }, target);
}

export type Condition = { name: string; expression: Expression };

/** The expressions that decide whether a policy or webhook is asked at all. */
export function compileConditions(
  conditions: { name: string; expression: string }[] | undefined,
  declared: Declarations,
): Condition[] {
  return (conditions ?? []).map(({ name, expression }) => ({
    name,
    expression: compileExpression(expression, { authorizer: true, ...declared }, "bool"),
  }));
}

/** Whether all conditions hold; a text says why that cannot be known (webhook/matchconditions). */
export function meetsConditions(conditions: readonly Condition[], activation: Activation): boolean | string {
  const outcomes = conditions.map(({ expression }) => evaluateExpression(expression, activation));
  if (outcomes.some(({ value }) => value === false)) return false;
  const errors = outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]));
  return errors.length === 0 ? true : aggregate(errors);
}

/** What the expressions of a policy may name, and its variables, each of which sees those before it. */
export function compileVariables(spec: Data): {
  declared: Declarations;
  variables: { name: string; expression: Expression }[];
} {
  const types = new Map<string, string>();
  const declared: Declarations = {
    params: spec["paramKind"] !== undefined,
    authorizer: true,
    variables: types,
  };
  const variables = ((spec["variables"] ?? []) as { name: string; expression: string }[]).map(
    ({ name, expression }) => {
      const compiled = compileExpression(expression, declared);
      types.set(name, compiled.type);
      return { name, expression: compiled };
    },
  );
  return { declared, variables };
}
