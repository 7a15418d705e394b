import { fail, within } from "../errors.ts";
import { applyFieldSpec, type FieldSpec } from "../fieldspec.ts";
import {
  get,
  isEmpty,
  isList,
  isMap,
  isNull,
  isScalar,
  kindName,
  type Node,
  type NodeMap,
  set,
  textOf,
} from "../node.ts";
import { changedAll, duplicateId, isGone, type ResMap } from "../resmap.ts";
import {
  apiVersionOf,
  currentId,
  gvkOf,
  idString,
  isClusterScoped,
  kindOf,
  metadataOf,
  storePreviousId,
  stringMap,
} from "../resource.ts";

export type SubjectMode = "defaultOnly" | "allServiceAccounts" | "none";
export type NamespaceArgs = {
  namespace: string;
  fieldSpecs: readonly FieldSpec[];
  unsetOnly?: boolean;
  subjects?: SubjectMode;
};

/** Moves all resources into a namespace, with the references that live in other fields. */
export function applyNamespace(map: ResMap, args: NamespaceArgs): void {
  if (args.namespace === "") return;
  for (const res of map.list) {
    if (isGone(res)) continue;
    if (stringMap(res.node, "annotations").get("internal.config.kubernetes.io/helm-generated") === "true")
      continue;
    storePreviousId(res);
    setNamespaceIn(res.node!, args);
  }
  changedAll(map);
  const conflict = duplicateId(map);
  if (conflict) {
    const both = conflict.map((res) => res.source && `${res.source.file}:${res.source.line}`).filter(Boolean);
    fail(
      "conflict",
      `namespace transformation produces ID conflict: ${idString(currentId(conflict[0]!))}` +
        (both.length > 0 ? ` (${both.join(" and ")})` : ""),
      conflict[1]!.source,
    );
  }
}

/** The same for one object. */
export function setNamespaceIn(node: NodeMap, args: NamespaceArgs): void {
  const value = (old: Node): Node | undefined => {
    if (!isScalar(old)) return wrongKind("ScalarNode", old);
    if (args.unsetOnly && !isEmpty(old) && textOf(old) !== "") return undefined;
    return args.namespace;
  };
  const kind = kindOf(node);
  if (!isClusterScoped(gvkOf(node))) {
    const meta = metadataOf(node);
    const next = value(get(meta, "namespace") ?? "");
    if (next !== undefined) set(meta, "namespace", next);
  }
  const binding = kind === "RoleBinding" || kind === "ClusterRoleBinding";
  if (binding) setSubjects(node, args.subjects ?? "defaultOnly", value);
  for (const spec of args.fieldSpecs) {
    if (spec.path === "metadata/namespace") continue;
    if (spec.path === "metadata/name" && apiVersionOf(node) !== "v1") continue;
    if (binding && isBinding(spec.kind) && spec.path === "subjects/namespace") continue;
    applyScalar(node, spec, value);
  }
}

const isBinding = (kind: string | undefined): boolean =>
  kind === "RoleBinding" || kind === "ClusterRoleBinding";

function applyScalar(node: NodeMap, spec: FieldSpec, value: (old: Node) => Node | undefined): void {
  within("namespace field specs must target scalar nodes", () => applyFieldSpec(node, spec, value, "scalar"));
}

function setSubjects(node: NodeMap, mode: SubjectMode, value: (old: Node) => Node | undefined): void {
  const subjects = get(node, "subjects");
  if (mode === "none" || isNull(subjects)) return;
  within("setting namespace on (cluster)role binding subjects", () => {
    if (!isList(subjects)) return wrongKind("SequenceNode", subjects!);
    for (const subject of subjects) {
      if (!isChosen(subject, mode)) continue;
      const next = value(get(subject, "namespace") ?? "");
      if (next !== undefined) set(subject, "namespace", next);
    }
  });
}

/** Whether a subject is one that follows the namespace: by default the account of that name. */
function isChosen(subject: Node, mode: Exclude<SubjectMode, "none">): subject is NodeMap {
  if (isNull(subject)) return false;
  const [field, chosen] = mode === "defaultOnly" ? ["name", "default"] : ["kind", "ServiceAccount"];
  return within(`looking up ${field} on (cluster)role binding subject`, () => {
    if (!isMap(subject)) return wrongKind("MappingNode", subject);
    const found = get(subject, field!);
    if (found !== undefined && !isScalar(found)) return wrongKind("ScalarNode", found);
    return textOf(found) === chosen;
  });
}

const wrongKind = (expected: string, node: Node): never =>
  fail("invalid-config", `wrong node kind: expected ${expected} but got ${kindName(node)}`);
