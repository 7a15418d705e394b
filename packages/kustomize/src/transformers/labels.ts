import { compareBytes } from "@sluice/yaml";
import { fail } from "../errors.ts";
import { applyFieldSpec, type FieldSpec } from "../fieldspec.ts";
import { isMap, isNull, kindName, type NodeMap } from "../node.ts";
import type { ResMap } from "../resmap.ts";
import { assign, share } from "../shared.ts";

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
    const made = new Map<string, NodeMap[]>(entries.map(([key]) => [key, []]));
    for (const spec of fieldSpecs) {
      applyFieldSpec(
        res.node,
        spec,
        (node) => {
          if (isNull(node)) return undefined; // what is not to be created stays null
          if (!isMap(node))
            return fail("invalid-config", `wrong node kind: expected MappingNode but got ${kindName(node)}`);
          for (const [key, value] of entries) {
            if (!Object.hasOwn(node, key)) made.get(key)!.push(node);
            assign(node, key, value);
          }
          return undefined;
        },
        "map",
      );
    }
    for (const [key, maps] of made) if (maps.length > 1) share(key, maps);
  }
}
