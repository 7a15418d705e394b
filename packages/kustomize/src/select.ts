import { fail } from "./errors.ts";
import { matches } from "./regex.ts";
import { findByName, type ResMap } from "./resmap.ts";
import {
  currentId,
  effectiveNamespace,
  type Gvk,
  gvkOf,
  isClusterScoped,
  originalId,
  previousNamespace,
  type Resource,
  stringMap,
} from "./resource.ts";

/** Which resources something applies to; names and the like are anchored regular expressions, empty matches all. */
export type Selector = {
  group?: string;
  version?: string;
  kind?: string;
  name?: string;
  namespace?: string;
  labelSelector?: string;
  annotationSelector?: string;
};

const PLAIN = /^[\w-]*$/;

/** Whether an anchored pattern matches; an empty one matches anything. */
export function matchesAnchored(pattern: string | undefined, text: string): boolean {
  if (!pattern) return true;
  return PLAIN.test(pattern) ? pattern === text : matches(`^(?:${pattern})$`, text);
}

export function matchesGvk(selector: Selector, gvk: Gvk): boolean {
  return (
    matchesAnchored(selector.group, gvk.group) &&
    matchesAnchored(selector.version, gvk.version) &&
    matchesAnchored(selector.kind, gvk.kind)
  );
}

/** The resources that a selector of a patch selects, in order. Compares original and current names. */
export function select(map: ResMap, selector: Selector): Resource[] {
  checkPatterns(selector);
  const { name } = selector;
  // A name without regular expression syntax is looked up, so that many patches stay linear.
  const candidates = name && PLAIN.test(name) ? findByName(map, name) : map.list;
  return candidates.filter((res) => isSelected(res, selector));
}

/** Fails for a part that is no regular expression. */
export function checkPatterns(selector: Selector): void {
  for (const part of ["group", "version", "kind", "name", "namespace"] as const)
    matchesAnchored(selector[part], "");
}

function isSelected(res: Resource, selector: Selector): boolean {
  const current = currentId(res);
  const original = originalId(res);
  const originalNamespace =
    res.previous.length > 0 && !isClusterScoped(original)
      ? previousNamespace(original.namespace)
      : effectiveNamespace(original);
  return (
    (matchesAnchored(selector.namespace, originalNamespace) ||
      matchesAnchored(selector.namespace, effectiveNamespace(current))) &&
    (matchesAnchored(selector.name, original.name) || matchesAnchored(selector.name, current.name)) &&
    matchesGvk(selector, gvkOf(res.node)) &&
    matchesMetadata(res, selector)
  );
}

/** Whether labels and annotations satisfy the selectors for them. */
export function matchesMetadata(res: Resource, selector: Selector): boolean {
  return (
    matchesLabels(selector.labelSelector, () => stringMap(res.node, "labels")) &&
    matchesLabels(selector.annotationSelector, () => stringMap(res.node, "annotations"))
  );
}

type Requirement = {
  key: string;
  operator: "in" | "notin" | "exists" | "missing" | "gt" | "lt";
  values: string[];
};

const parsed = new Map<string, Requirement[]>();

/** Whether labels satisfy a Kubernetes label selector; an empty one is satisfied by all. */
export function matchesLabels(text: string | undefined, labels: () => Map<string, string>): boolean {
  if (!text) return true;
  let requirements = parsed.get(text);
  if (!requirements) {
    if (parsed.size > 1000) parsed.clear();
    requirements = parseLabelSelector(text);
    parsed.set(text, requirements);
  }
  const present = labels();
  return requirements.every((requirement) => satisfies(requirement, present));
}

function satisfies({ key, operator, values }: Requirement, labels: Map<string, string>): boolean {
  const value = labels.get(key);
  switch (operator) {
    case "exists":
      return value !== undefined;
    case "missing":
      return value === undefined;
    case "in":
      return value !== undefined && values.includes(value);
    case "notin":
      return value === undefined || !values.includes(value);
    case "gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "lt":
      return value !== undefined && Number(value) < Number(values[0]);
  }
}

const SET_BASED = /^([^\s!=<>,()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUALITY = /^([^\s!=<>,()]+)\s*(==|=|!=|>|<)\s*([^\s!=<>,()]*)$/;
const EXISTENCE = /^(!?)\s*([^\s!=<>,()]+)$/;

/** Parses `a=b,c!=d,e in (f,g),!h`. */
export function parseLabelSelector(text: string): Requirement[] {
  return splitRequirements(text).map((part): Requirement => {
    const set = SET_BASED.exec(part);
    if (set) {
      return {
        key: set[1]!,
        operator: set[2] as "in" | "notin",
        values: set[3]!.split(",").map((v) => v.trim()),
      };
    }
    const equal = EQUALITY.exec(part);
    if (equal) {
      const operator = ({ "==": "in", "=": "in", "!=": "notin", ">": "gt", "<": "lt" } as const)[
        equal[2] as "="
      ];
      return { key: equal[1]!, operator, values: [equal[3]!] };
    }
    const exists = EXISTENCE.exec(part);
    if (exists) return { key: exists[2]!, operator: exists[1] ? "missing" : "exists", values: [] };
    return fail("invalid-config", `unable to parse requirement: "${part}" in label selector "${text}"`);
  });
}

function splitRequirements(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    const ch = text[i];
    if (ch === "(") depth++;
    else if (ch === ")") depth--;
    else if (i === text.length || (ch === "," && depth === 0)) {
      parts.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  return parts.length === 1 && parts[0] === "" ? [] : parts;
}
