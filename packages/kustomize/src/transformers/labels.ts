import { compareBytes } from "@sluice/yaml";
import { fail } from "../errors.ts";
import { applyFieldSpec, type FieldSpec } from "../fieldspec.ts";
import { isMap, isNull, kindName, set } from "../node.ts";
import type { ResMap } from "../resmap.ts";

/** Sets labels or annotations at every place the field specs lead to. */
export function applyLabels(
  map: ResMap,
  labels: Record<string, string>,
  fieldSpecs: readonly FieldSpec[],
): void {
  const entries = Object.entries(labels).sort(([a], [b]) => compareBytes(a, b));
  if (entries.length === 0) return;
  for (const res of map.list) {
    if (!res.node) continue;
    for (const spec of fieldSpecs) {
      applyFieldSpec(
        res.node,
        spec,
        (node) => {
          if (isNull(node)) return undefined; // what is not to be created stays null
          if (!isMap(node))
            return fail("invalid-config", `wrong node kind: expected MappingNode but got ${kindName(node)}`);
          for (const [key, value] of entries) set(node, key, value);
          return undefined;
        },
        "map",
      );
    }
  }
}
