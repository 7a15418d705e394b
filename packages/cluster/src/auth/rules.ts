/** A PolicyRule of rbac.authorization.k8s.io/v1. */
export type Rule = {
  verbs: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  nonResourceURLs?: readonly string[];
};

/** What somebody wants to do. `name`, `namespace` and `subresource` are "" where there is none. */
export type Attributes =
  | {
      kind: "resource";
      verb: string;
      group: string;
      resource: string;
      subresource: string;
      namespace: string;
      name: string;
    }
  | { kind: "path"; verb: string; path: string };

const has = (list: readonly string[] | undefined, wanted: string) =>
  list !== undefined && (list.includes(wanted) || list.includes("*"));

/** Whether `rule` allows it: kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go. */
export function allows(rule: Rule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (attributes.kind === "path")
    return (rule.nonResourceURLs ?? []).some((url) => urlCovers(url, attributes.path));
  const { group, resource, subresource, name } = attributes;
  if (!has(rule.apiGroups, group)) return false;
  const wanted = subresource === "" ? resource : `${resource}/${subresource}`;
  if (!has(rule.resources, wanted) && !(subresource !== "" && rule.resources?.includes(`*/${subresource}`)))
    return false;
  return !rule.resourceNames?.length || rule.resourceNames.includes(name);
}

function urlCovers(url: string, path: string): boolean {
  if (url === "*" || url === path) return true;
  return url.endsWith("*") && path.startsWith(url.replace(/\*+$/, ""));
}

/** What `wanted` grants beyond `held`, in the smallest rules, put together again where they differ in the verb alone. */
export function notCovered(held: readonly Rule[], wanted: readonly Rule[]): Rule[] {
  const missing = wanted.flatMap(broken).filter((part) => !held.some((rule) => ruleCovers(rule, part)));
  const compact = new Map<string, Rule>();
  for (const [index, rule] of missing.entries()) {
    const key = rule.nonResourceURLs
      ? `url ${index}`
      : JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const before = compact.get(key);
    const verbs = [...new Set([...(before?.verbs ?? []), ...rule.verbs])];
    compact.set(key, { ...rule, verbs });
  }
  return [...compact.values()];
}

/** One rule for each verb, group, resource and name, and for each verb and URL. */
function broken({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames,
  nonResourceURLs = [],
}: Rule): Rule[] {
  const names = resourceNames?.length ? resourceNames.map((name) => [name]) : [undefined];
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        names.map((each) => ({
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          ...(each ? { resourceNames: each } : {}),
        })),
      ),
    ),
  );
  const ofUrls = nonResourceURLs.flatMap((url) =>
    verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [url] })),
  );
  return [...ofResources, ...ofUrls];
}

/** Whether who has `rule` has `part`, which is one of the smallest. */
function ruleCovers(rule: Rule, part: Rule): boolean {
  if (!has(rule.verbs, part.verbs[0]!)) return false;
  const url = part.nonResourceURLs?.[0];
  if (url !== undefined) return (rule.nonResourceURLs ?? []).some((each) => urlCovers(each, url));
  const [group, resource] = [part.apiGroups![0]!, part.resources![0]!];
  const name = part.resourceNames?.[0];
  if (!has(rule.apiGroups, group)) return false;
  const subresource = resource.split("/")[1];
  if (!has(rule.resources, resource) && !(subresource && rule.resources?.includes(`*/${subresource}`)))
    return false;
  if (!rule.resourceNames?.length) return true;
  return name !== undefined && rule.resourceNames.includes(name);
}

/** The rule as refusals show it: `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. */
export function ruleText({ apiGroups, nonResourceURLs, resources, resourceNames, verbs }: Rule): string {
  const fields = { APIGroups: apiGroups, NonResourceURLs: nonResourceURLs, Resources: resources };
  const parts = Object.entries({ ...fields, ResourceNames: resourceNames, Verbs: verbs })
    .filter(([, list]) => list?.length)
    .map(([key, list]) => `${key}:[${list!.map((each) => JSON.stringify(each)).join(" ")}]`);
  return `{${parts.join(", ")}}`;
}
