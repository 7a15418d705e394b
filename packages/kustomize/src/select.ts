import { meetsAll, parseLabelSelector, type Requirement } from "@sluice/api";
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

const parsed = new Map<string, Requirement[]>();

/** Whether labels satisfy a Kubernetes label selector; an empty one is satisfied by all. */
export function matchesLabels(text: string | undefined, labels: () => Map<string, string>): boolean {
  if (!text) return true;
  let requirements = parsed.get(text);
  if (!requirements) {
    if (parsed.size > 1000) parsed.clear();
    requirements = readSelector(text);
    parsed.set(text, requirements);
  }
  const present = labels();
  return meetsAll(requirements, (key) => present.get(key));
}

function readSelector(text: string): Requirement[] {
  try {
    return parseLabelSelector(text);
  } catch (thrown) {
    return fail("invalid-config", `${(thrown as Error).message} in label selector "${text}"`);
  }
}
