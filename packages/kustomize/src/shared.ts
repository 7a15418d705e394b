import { setOwn } from "@sluice/yaml";
import type { Node, NodeMap } from "./node.ts";

/**
 * Fields that are one node to kustomize: labels and annotations put the same one into every map that lacks the key. What is written
 * into one of these fields later stands in all of them, so a label of an overlay changes the selectors that the base's labels
 * made. A copy parts them, a trip through JSON does, and so does setting the field anew.
 */
type Shared = { key: string; maps: NodeMap[] };

const sharing = new WeakMap<object, Shared[]>();

/** Notes that a field is one in several maps. */
export function share(key: string, maps: NodeMap[]): void {
  const shared = { key, maps };
  for (const map of maps) {
    part(map, key);
    const all = sharing.get(map);
    if (all) all.push(shared);
    else sharing.set(map, [shared]);
  }
}

/** Sets a field, and those that are one with it. */
export function assign(map: NodeMap, key: string, value: Node): void {
  if (!Object.hasOwn(map, key)) part(map, key);
  for (const other of sharing.get(map)?.find((each) => each.key === key)?.maps ?? [])
    if (Object.hasOwn(other, key)) setOwn(other, key, value);
  setOwn(map, key, value);
}

/** Makes a field one of its own again; without a key, all of a map or list. */
export function part(map: object, key?: string): void {
  const all = sharing.get(map);
  if (!all) return;
  const isMeant = (shared: Shared) => key === undefined || shared.key === key;
  for (const shared of all.filter(isMeant)) shared.maps = shared.maps.filter((each) => each !== map);
  sharing.set(
    map,
    all.filter((shared) => !isMeant(shared)),
  );
}
