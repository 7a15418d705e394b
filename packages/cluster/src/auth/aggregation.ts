import type { KubeObject } from "@sluice/api";
import { same } from "../plain.ts";
import type { Store } from "../store.ts";
import type { Tasks } from "../system/tasks.ts";
import { RBAC } from "./authorizer.ts";
import type { Rule } from "./rules.ts";

type Selector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};
type ClusterRole = KubeObject & {
  rules?: Rule[] | null;
  aggregationRule?: { clusterRoleSelectors?: Selector[] };
};

const TYPE = { apiVersion: `${RBAC}/v1`, kind: "ClusterRole" };
const MANAGER = "clusterrole-aggregation-controller";

/** Fills in the rules of the ClusterRoles that collect those of others by label, now and whenever a ClusterRole changes. */
export function startAggregation(store: Store, tasks: Tasks): { stop(): void } {
  const fill = () => {
    let changed = true;
    // a role may collect roles that collect; a circle ends when nothing is added any more
    for (let round = 0; changed && round < 8; round++) changed = fillOnce(store);
  };
  fill();
  const stop = store.watch([TYPE], () => tasks.add("aggregate roles", fill));
  return { stop };
}

function fillOnce(store: Store): boolean {
  let changed = false;
  const roles = store.list(TYPE) as readonly ClusterRole[];
  for (const role of roles) {
    const selectors = role.aggregationRule?.clusterRoleSelectors;
    if (!selectors || selectors.length === 0 || role.metadata.deletionTimestamp) continue;
    const rules = collected(store, selectors, role.metadata.name);
    if (same(rules, role.rules ?? [])) continue;
    store.apply(
      { ...TYPE, metadata: { name: role.metadata.name }, rules },
      { manager: MANAGER, force: true },
    );
    changed = true;
  }
  return changed;
}

/** The rules of the selected roles, by name, each once. */
function collected(store: Store, selectors: readonly Selector[], self: string): Rule[] {
  const rules: Rule[] = [];
  for (const selector of selectors)
    for (const role of store.list(TYPE, {
      labelSelector: selectorText(selector),
    }) as readonly ClusterRole[]) {
      if (role.metadata.name === self) continue;
      for (const rule of role.rules ?? []) if (!rules.some((each) => same(each, rule))) rules.push(rule);
    }
  return rules;
}

function selectorText({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`;
  });
  return [...labels, ...expressions].join(",");
}
