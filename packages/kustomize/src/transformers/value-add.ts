import { fail } from "../errors.ts";
import { baseName } from "../filesystem.ts";
import {
  get,
  holdsQuoted,
  isMap,
  isNull,
  isScalar,
  kindName,
  type NodeMap,
  plainScalar,
  set,
  textOf,
} from "../node.ts";
import { splitPath } from "../paths.ts";
import { changedAll, type ResMap } from "../resmap.ts";
import { type Selector, select } from "../select.ts";
import { assign } from "../shared.ts";
import { setNamespaceIn } from "./namespace.ts";

export type ValueAddTarget = { selector?: Selector; fieldPath?: string; filePathPosition?: number };

/** Writes a value, by default the name of the kustomization's directory, into fields or into file paths in fields. */
export function prepareValueAdd(
  { value, targets }: { value?: string; targets: readonly ValueAddTarget[] },
  root: string,
): (map: ResMap) => void {
  const text = (value ?? "").trim() || baseName(root);
  if (targets.length === 0) fail("invalid-config", "must specify at least one target");
  for (const { fieldPath, filePathPosition = 0 } of targets) {
    if (!fieldPath) fail("invalid-config", "fieldPath cannot be empty");
    if (filePathPosition < 0) {
      fail("invalid-config", `value of FilePathPosition (${filePathPosition}) cannot be negative`);
    }
  }
  return (map) => {
    for (const target of targets) {
      for (const res of target.selector ? select(map, target.selector) : map.list) {
        if (res.node) addValue(res.node, text, target);
      }
    }
    changedAll(map);
  };
}

function addValue(
  node: NodeMap,
  value: string,
  { fieldPath = "", filePathPosition = 0 }: ValueAddTarget,
): void {
  if (fieldPath === "metadata/namespace") {
    setNamespaceIn(node, { namespace: value, fieldSpecs: [] });
    return;
  }
  const path = splitPath(fieldPath, "/").filter((part) => part !== "");
  let owner = node;
  for (const part of path.slice(0, -1)) {
    let next = get(owner, part);
    if (next === undefined || isNull(next)) {
      next = {};
      set(owner, part, next);
    }
    if (!isMap(next))
      fail("invalid-config", `wrong node kind: expected MappingNode but got ${kindName(next)} at ${part}`);
    owner = next as NodeMap;
  }
  const field = path[path.length - 1]!;
  const old = get(owner, field) ?? "";
  if (!isScalar(old))
    fail("invalid-config", `wrong node kind: expected ScalarNode but got ${kindName(old)} at ${field}`);
  const text = filePathPosition > 0 ? insertPathPart(textOf(old), filePathPosition - 1, value) : value;
  assign(owner, field, holdsQuoted(owner, field) ? text : plainScalar(text));
}

/** Puts a part into a file path at a position; behind the end is at the end, and an absolute path stays absolute. */
export function insertPathPart(path: string, position: number, part: string): string {
  const absolute = path.startsWith("/");
  const parts = path.split("/").filter((each) => each !== "");
  parts.splice(Math.min(position, parts.length), 0, part);
  return (absolute ? "/" : "") + parts.join("/");
}
