import { applyFieldSpec, type FieldSpec } from "../fieldspec.ts";
import { holdsQuoted, isScalar, markUntyped, textOf, withText } from "../node.ts";
import { changedAll, type ResMap } from "../resmap.ts";
import { type Gvk, originalId, selectsGvk, storePreviousId } from "../resource.ts";

/** Kinds whose name means something outside: other objects are bound to it. */
const UNTOUCHED: readonly Partial<Gvk>[] = [
  { kind: "CustomResourceDefinition" },
  { group: "apiregistration.k8s.io", kind: "APIService" },
  { kind: "Namespace" },
];

export type Affix = { end: "prefix" | "suffix"; text: string; fieldSpecs: readonly FieldSpec[] };

/** Puts a text before or after names, and remembers it: name references prefer targets that were renamed alike. */
export function applyAffix(map: ResMap, { end, text, fieldSpecs }: Affix): void {
  for (const res of map.list) {
    const id = originalId(res);
    if (UNTOUCHED.some((gvk) => selectsGvk(gvk, id))) continue;
    for (const spec of fieldSpecs) {
      if (!res.node || !selectsGvk(spec, id)) continue;
      if (spec.path === "metadata/name" && text !== "") {
        (end === "prefix" ? res.prefixes : res.suffixes).push(text);
        storePreviousId(res);
      }
      applyFieldSpec(
        res.node,
        spec,
        (node, owner, key) => {
          if (!isScalar(node)) return undefined;
          if (owner && key !== undefined && !holdsQuoted(owner, key)) markUntyped(owner, key);
          return withText("", end === "prefix" ? text + textOf(node) : textOf(node) + text);
        },
        "scalar",
      );
    }
  }
  changedAll(map);
}
