import { compareBytes } from "@sluice/yaml";
import { fail } from "../errors.ts";
import type { SortOptions } from "../load/kustomization.ts";
import { ORDER_FIRST, ORDER_LAST, rankOf } from "../order.ts";
import { changedAll, type ResMap } from "../resmap.ts";
import { currentId, type Gvk, gvkString, type ResId, type Resource } from "../resource.ts";

/** Puts resources in the order that the options ask for; `fifo` is the order they came in. */
export function sortResources(map: ResMap, options: SortOptions): void {
  const { order = "", legacySortOptions } = options;
  if (order !== "fifo" && order !== "legacy") {
    fail("invalid-kustomization", "the field 'sortOptions.order' must be one of [fifo, legacy]");
  }
  if (order === "fifo") {
    if (legacySortOptions) {
      fail(
        "invalid-kustomization",
        "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
      );
    }
    return;
  }
  const { orderFirst = [], orderLast = [] } = legacySortOptions ?? {
    orderFirst: ORDER_FIRST,
    orderLast: ORDER_LAST,
  };
  const rank = rankOf(orderFirst, orderLast);
  const keyed = map.list.map((res) => sortKey(res, rank));
  keyed.sort(compare);
  map.list = keyed.map(({ res }) => res);
  changedAll(map);
}

type Key = { res: Resource; rank: number; kind: string; gvk: string; id: string; coreNamespace: boolean };

function sortKey(res: Resource, rank: Map<string, number>): Key {
  const id = currentId(res);
  return {
    res,
    rank: rank.get(id.kind) ?? 0,
    kind: id.kind,
    gvk: legacyGvk(id),
    id: legacyId(id),
    coreNamespace: id.kind === "Namespace" && id.group === "",
  };
}

function compare(a: Key, b: Key): number {
  if (a.gvk === b.gvk) return compareBytes(a.id, b.id);
  if (a.rank !== b.rank) return a.rank - b.rank;
  // The core Namespace comes before a Namespace of another group.
  const reversed = a.kind === "Namespace" && b.kind === "Namespace" && (a.coreNamespace || b.coreNamespace);
  return reversed ? compareBytes(b.gvk, a.gvk) : compareBytes(a.gvk, b.gvk);
}

const legacyGvk = (gvk: Gvk): string => `${gvk.group || "~G"}_${gvk.version || "~V"}_${gvk.kind || "~K"}`;
const legacyId = (id: ResId): string => `${gvkString(id)}|${id.namespace || "~X"}|${id.name || "~N"}`;
