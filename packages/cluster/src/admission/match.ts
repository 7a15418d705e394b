/** Which writes a policy, a binding or a webhook is about (admission/plugin/policy/matching, webhook/predicates). */
import type { Resource } from "../catalogue.ts";
import { notFound } from "../errors.ts";
import { type LabelSelector, selects } from "../selectors/labels.ts";
import { tableOf } from "../storage/storage.ts";
import { entryIn } from "../storage/table.ts";
import type { World } from "../world.ts";
import { type Asked, equivalentsOf } from "./asked.ts";

/** A RuleWithOperations; `resourceNames` are those of policies. */
export type Rule = {
  operations: string[];
  apiGroups: string[];
  apiVersions: string[];
  resources: string[];
  resourceNames?: string[];
  scope?: string;
};

export type Match = {
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  /** absent: everything */
  rules?: Rule[] | undefined;
  excluded?: Rule[];
  matchPolicy?: string;
};

/**
 * The version of the resource in which a write is matched; undefined where it is not. Throws the 404 when the labels of a namespace are needed that
 * is not there.
 */
export function matchedAs(world: World, asked: Asked, match: Match): Resource | undefined {
  if (!objectMatches(asked, match.objectSelector)) return undefined;
  if (match.excluded?.length && byRules(world, asked, match.excluded, match.matchPolicy)) return undefined;
  const found = match.rules ? byRules(world, asked, match.rules, match.matchPolicy) : asked.resource;
  return found && namespaceMatches(world, asked, match.namespaceSelector) ? found : undefined;
}

const isEmpty = ({ matchLabels, matchExpressions }: LabelSelector): boolean =>
  Object.keys(matchLabels ?? {}).length === 0 && !matchExpressions?.length;

function objectMatches({ object, oldObject }: Asked, selector: LabelSelector | undefined): boolean {
  if (!selector || isEmpty(selector)) return true;
  return [object, oldObject].some((each) => each && selects(selector, each.metadata?.labels));
}

function namespaceMatches(world: World, asked: Asked, selector: LabelSelector | undefined): boolean {
  const isNamespace = asked.resource.table === "/namespaces";
  if (!selector || isEmpty(selector) || (asked.namespace === "" && !isNamespace)) return true;
  if (isNamespace && asked.subresource === "" && asked.object)
    return selects(selector, asked.object.metadata.labels);
  const found = entryIn(tableOf(world.storage, "/namespaces"), "", asked.namespace);
  if (!found) throw notFound({ group: "", resource: "namespaces" }, asked.namespace);
  return selects(selector, found.object.metadata.labels);
}

function byRules(world: World, asked: Asked, rules: Rule[], policy = "Exact"): Resource | undefined {
  const isMatched = (resource: Resource) => rules.some((rule) => ruleMatches(rule, asked, resource));
  if (isMatched(asked.resource)) return asked.resource;
  if (policy === "Exact") return undefined;
  return equivalentsOf(world.catalogue, asked.resource).find(isMatched);
}

function ruleMatches(rule: Rule, asked: Asked, { group, version, plural, table }: Resource): boolean {
  const has = (items: string[], wanted: string) => items.includes("*") || items.includes(wanted);
  // objects that are namespaces belong to the whole cluster, whatever namespace their requests name
  const isNamespaced = asked.namespace !== "" && table !== "/namespaces";
  if (rule.scope === "Namespaced" && !isNamespaced) return false;
  if (rule.scope === "Cluster" && isNamespaced) return false;
  if (!has(rule.operations, asked.operation)) return false;
  if (!has(rule.apiGroups, group) || !has(rule.apiVersions, version)) return false;
  const isResource = rule.resources.some((each) => {
    const [resource, subresource = ""] = each.split(/\/(.*)/s);
    return [plural, "*"].includes(resource!) && [asked.subresource, "*"].includes(subresource);
  });
  return isResource && (!rule.resourceNames?.length || rule.resourceNames.includes(asked.name));
}
