import type { NameReference } from "../config.ts";
import { fail, within } from "../errors.ts";
import { applyFieldSpec, asGvk, type Edit, type FieldSpec } from "../fieldspec.ts";
import {
  get,
  isList,
  isMap,
  isNull,
  isScalar,
  type NodeMap,
  set,
  setRetyped,
  textOf,
  withText,
} from "../node.ts";
import type { ResMap } from "../resmap.ts";
import {
  currentId,
  effectiveNamespace,
  type Gvk,
  idString,
  kindOf,
  NO_NAMESPACE,
  nameOf,
  namespaceOf,
  originalId,
  previousIds,
  previousNamespace,
  type Resource,
  selectsGvk,
} from "../resource.ts";

/**
 * Rewrites fields that name renamed objects. The index by old name keeps it linear. The fields are looked at even where nothing
 * was renamed, since what stands in their way is an error.
 */
export function fixNameReferences(map: ResMap, references: readonly NameReference[]): void {
  const index = indexTargets(map.list);
  for (const referrer of map.list) roleBindingNamespaces(referrer); // Checked even where nothing was renamed.
  const compiled = compile(references);
  for (const referrer of map.list) {
    if (!referrer.node) continue;
    const rules = compiled(originalId(referrer));
    if (rules.length === 0) continue;
    const search = newSearch(referrer, index);
    for (const { spec, target } of rules) {
      // The spec was matched against the original kind; the object may have another by now.
      const edit = editOf(search, spec, target);
      within(`updating name reference in '${spec.path}' field of '${idString(search.id)}'`, () =>
        applyFieldSpec(referrer.node!, { path: spec.path, create: spec.create }, edit),
      );
    }
  }
}

type Rule = { spec: FieldSpec; target: Partial<Gvk> };

/** Rules by kind of the referrer, in the order given. */
function compile(references: readonly NameReference[]): (gvk: Gvk) => Rule[] {
  const all: Rule[] = references.flatMap((target) => target.fieldSpecs.map((spec) => ({ spec, target })));
  const cache = new Map<string, Rule[]>();
  return (gvk) => {
    const key = `${gvk.group}/${gvk.version}/${gvk.kind}`;
    let rules = cache.get(key);
    if (!rules) {
      rules = all.filter(({ spec }) => selectsGvk(spec, gvk));
      cache.set(key, rules);
    }
    return rules;
  };
}

type Target = { res: Resource; namespace: string; order: number };
type Index = {
  /** Renamed resources by old name, then by the namespace they count for now. */
  renamed: Map<string, Map<string, Target[]>>;
  /** For each namespace that resources came from, the namespaces they are in now. */
  origins: Map<string, Set<string>>;
};

function indexTargets(list: readonly Resource[]): Index {
  const renamed: Index["renamed"] = new Map();
  const origins: Index["origins"] = new Map();
  list.forEach((res, order) => {
    if (!res.node) return;
    const target = { res, namespace: effectiveNamespace(currentId(res)), order };
    const from = originalNamespace(res);
    const now = origins.get(from);
    if (now) now.add(target.namespace);
    else origins.set(from, new Set([target.namespace]));
    for (const name of new Set(res.previous.map((id) => id.name))) {
      let byNamespace = renamed.get(name);
      if (!byNamespace) {
        byNamespace = new Map();
        renamed.set(name, byNamespace);
      }
      const targets = byNamespace.get(target.namespace);
      if (targets) targets.push(target);
      else byNamespace.set(target.namespace, [target]);
    }
  });
  return { renamed, origins };
}

function originalNamespace(res: Resource): string {
  const id = originalId(res);
  return res.previous.length > 0 ? previousNamespace(id.namespace) : effectiveNamespace(id);
}

type Search = {
  referrer: Resource;
  id: ReturnType<typeof currentId>;
  namespace: string;
  index: Index;
  extra: Set<string>;
};

function newSearch(referrer: Resource, index: Index): Search {
  const id = currentId(referrer);
  return { referrer, id, namespace: effectiveNamespace(id), index, extra: roleBindingNamespaces(referrer) };
}

/** Namespaces of the service accounts that a RoleBinding binds: it may refer across namespaces. */
function roleBindingNamespaces(referrer: Resource): Set<string> {
  const result = new Set<string>();
  const subjects = kindOf(referrer.node) === "RoleBinding" ? get(referrer.node!, "subjects") : undefined;
  if (!isList(subjects)) return result;
  for (const subject of subjects) {
    if (!isMap(subject) || textOf(get(subject, "kind")) !== "ServiceAccount") continue;
    const namespace = get(subject, "namespace");
    if (namespace === undefined) continue;
    if (typeof namespace !== "string") {
      fail(
        "invalid-resource",
        `Invalid Input: namespace is blank for resource "${idString(currentId(referrer))}"; ` +
          "give the subject a namespace or drop the field",
        referrer.source,
      );
    }
    result.add(namespace as string);
  }
  return result;
}

function editOf(search: Search, spec: FieldSpec, target: Partial<Gvk>): Edit {
  const scalar: Edit = (node, owner, key) => {
    if (isNull(node) || !isScalar(node)) return undefined;
    const found = selectTarget(search, spec, target, textOf(node), undefined, sameName);
    const name = nameOf(found?.node);
    if (!found || name === textOf(node)) return undefined;
    if (!owner || key === undefined) return withText(node, name);
    setRetyped(owner, key, name);
    return undefined;
  };
  const item: Edit = (node, owner, key) => {
    if (isMap(node)) return editMap(search, spec, target, node);
    if (isScalar(node)) return scalar(node, owner, key);
    return fail("invalid-config", "name reference is expected to be either a string or a map of string");
  };
  return (node, owner, key) => {
    if (!isList(node)) return item(node, owner, key);
    for (let i = 0; i < node.length; i++) {
      const next = item(node[i]!);
      if (next !== undefined) node[i] = next;
    }
    return undefined;
  };
}

function editMap(search: Search, spec: FieldSpec, target: Partial<Gvk>, node: NodeMap): undefined {
  const name = get(node, "name");
  if (name === undefined) fail("invalid-config", "path config error; no 'name' field in node");
  const namespace = get(node, "namespace");
  const found = selectTarget(
    search,
    spec,
    target,
    textOf(name),
    namespace === undefined ? undefined : textOf(namespace),
    sameNameAndNamespace,
  );
  if (!found) return;
  const newNamespace = namespaceOf(found.node);
  if (nameOf(found.node) === textOf(name) && newNamespace === "") return;
  setRetyped(node, "name", nameOf(found.node));
  if (newNamespace !== "") set(node, "namespace", newNamespace);
}

/** The one renamed resource that a name refers to; undefined if there is none. Several are an error. */
function selectTarget(
  search: Search,
  spec: FieldSpec,
  target: Partial<Gvk>,
  oldName: string,
  wantedNamespace: string | undefined,
  identical: (list: Resource[]) => boolean,
): Resource | undefined {
  const byNamespace = search.index.renamed.get(oldName);
  if (!byNamespace) return undefined;
  let found = candidates(search, byNamespace);
  if (wantedNamespace !== undefined) found = inNamespace(search, found, wantedNamespace);
  found = found.filter((res) => hadGvk(res, target));
  if (spec.path.endsWith("roleRef/name")) {
    const role = roleRefGvk(search.referrer);
    if (role) found = found.filter((res) => hadGvk(res, role));
  }
  found = found.filter((res) => isReachable(search, res));
  if (found.length === 1) return found[0];
  found = found.filter((res) => sameAffixes(res, search.referrer, true));
  if (found.length > 1) found = found.filter((res) => sameAffixes(res, search.referrer, false));
  if (found.length <= 1 || identical(found)) return found[0];
  return ambiguous(search, found);
}

/** Renamed resources with the name that the referrer can see, in order. */
function candidates({ namespace, extra }: Search, byNamespace: Map<string, Target[]>): Resource[] {
  const found: Target[] = [];
  if (namespace === NO_NAMESPACE) for (const targets of byNamespace.values()) found.push(...targets);
  else {
    found.push(...(byNamespace.get(NO_NAMESPACE) ?? []), ...(byNamespace.get(namespace) ?? []));
    for (const other of extra) {
      const effective = other === "" ? "default" : other;
      if (effective === namespace || effective === NO_NAMESPACE) continue;
      // kustomize compares with the namespace as written, so "default" reaches only those that spell it out.
      found.push(...(byNamespace.get(effective) ?? []).filter(({ res }) => namespaceOf(res.node) === other));
    }
  }
  return found.sort((a, b) => a.order - b.order).map(({ res }) => res);
}

/** Candidates that come from a namespace, or failing any, that are in it now. */
function inNamespace(search: Search, found: Resource[], namespace: string): Resource[] {
  if (namespace === NO_NAMESPACE) return [];
  const original = found.filter((res) => originalNamespace(res) === namespace);
  if (original.length > 0 || anyFrom(search, namespace)) return original;
  return found.filter((res) => effectiveNamespace(currentId(res)) === namespace);
}

// Whether any visible resource at all comes from a namespace decides which of both is looked at.
function anyFrom({ index, namespace, extra }: Search, wanted: string): boolean {
  const now = index.origins.get(wanted);
  if (!now) return false;
  if (namespace === NO_NAMESPACE) return true;
  return (
    now.has(namespace) || now.has(NO_NAMESPACE) || [...extra].some((other) => now.has(other || "default"))
  );
}

function hadGvk(res: Resource, gvk: Partial<Gvk>): boolean {
  return previousIds(res).some((id) => selectsGvk(gvk, asGvk(id)));
}

function roleRefGvk(referrer: Resource): Partial<Gvk> | undefined {
  const role = get(referrer.node!, "roleRef");
  if (!isMap(role)) return undefined;
  const group = get(role, "apiGroup");
  const kind = get(role, "kind");
  return group === undefined || kind === undefined ? undefined : { group: textOf(group), kind: textOf(kind) };
}

function isReachable({ namespace }: Search, res: Resource): boolean {
  if (namespace === NO_NAMESPACE) return true;
  const other = effectiveNamespace(currentId(res));
  return other === NO_NAMESPACE || other === namespace || kindOf(res.node) === "ServiceAccount";
}

/** Whether two resources were renamed alike; with `lenient`, one that was not renamed is like any. */
function sameAffixes(a: Resource, b: Resource, lenient: boolean): boolean {
  const alike = (x: string[], y: string[]) =>
    (lenient && (x.length === 0 || y.length === 0)) || sameEnding(x, y);
  return alike(a.prefixes, b.prefixes) && alike(a.suffixes, b.suffixes);
}

function sameEnding(a: string[], b: string[]): boolean {
  const length = Math.min(a.length, b.length);
  if (length === 0) return a.length === b.length;
  return a.slice(a.length - length).every((text, i) => text === b[b.length - length + i]);
}

const sameName = (list: Resource[]): boolean =>
  list.every((res) => nameOf(res.node) === nameOf(list[0]!.node));
const sameNameAndNamespace = (list: Resource[]): boolean =>
  sameName(list) && list.every((res) => namespaceOf(res.node) === namespaceOf(list[0]!.node));

function ambiguous(search: Search, found: Resource[]): never {
  const ids = found.map((res) => idString(currentId(res))).join(", ");
  const where = found
    .map((res) => (res.source ? `${res.source.file}:${res.source.line}` : "generated"))
    .join(", ");
  // Only names and kinds: the objects may be Secrets.
  return fail(
    "conflict",
    `found multiple possible referrals: ${ids} (from ${where})\n` +
      `**** Too many possible referral targets to referrer: ${idString(search.id)}`,
    search.referrer.source,
  );
}
