import { buildDocuments, YamlError } from "@sluice/yaml";
import { fail } from "../errors.ts";
import {
  get,
  isList,
  isMap,
  isNull,
  isScalar,
  isUntyped,
  kindName,
  markUntyped,
  type Node,
  type NodeMap,
  plainScalar,
  set,
  textOf,
} from "../node.ts";
import { cleanParts, isIndexNumber, isListIndex } from "../paths.ts";
import { matches } from "../regex.ts";
import { assign } from "../shared.ts";

/** A place that a path leads to. `untyped` places were just created: their type follows from what is written. */
export type Found = {
  get(): Node;
  set(value: Node): void;
  untyped?: boolean;
  /** The place is in a copy: kustomize accepts what is written there and loses it. */
  lost?: boolean;
};

/** What to create at the end of a path that does not exist. */
export type Create = "scalar" | "other" | undefined;

/** The node at a path of keys, indexes, `-` for the last item and `[name=value]`; undefined if there is none. */
export function lookup(root: NodeMap, path: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const part of cleanParts(path)) {
    if (node === undefined || isNull(node)) return undefined;
    node = step(node, part);
  }
  return node;
}

function step(node: Node, part: string): Node | undefined {
  if (/^[-+]?[0-9]+$/.test(part)) {
    if (Number(part) < 0) return fail("invalid-config", `array index ${part} cannot be negative`);
    return listOf(node)[Number(part)];
  }
  if (part === "-") return listOf(node).at(-1);
  if (part === "*") return fail("invalid-config", "wildcard is not supported in PathGetter");
  if (isListIndex(part)) {
    const [name, value] = splitIndex(part);
    return listOf(node).find((item) =>
      name === ""
        ? textOf(item) === value
        : isMap(item) && get(item, name) !== undefined && textOf(get(item, name)) === value,
    );
  }
  if (!isMap(node)) {
    return fail(
      "invalid-config",
      `wrong node kind: expected MappingNode but got ${kindName(node)} at '${part}'`,
    );
  }
  return get(node, part);
}

function listOf(node: Node): Node[] {
  if (isList(node)) return node;
  return fail("invalid-config", `wrong node kind: expected SequenceNode but got ${kindName(node)}`);
}

/** `[name=value]` as name and value. */
export function splitIndex(part: string): [string, string] {
  const inner = part.replace(/\]$/, "").replace(/^\[/, "");
  const at = inner.indexOf("=");
  if (at === -1) {
    return fail("invalid-config", "list path element must contain fieldName=fieldValue for element to match");
  }
  return [inner.slice(0, at), inner.slice(at + 1)];
}

/** All places that a path with wildcards and `[name=pattern]` leads to; missing parts are made if `create` says so. */
export function matchPath(root: Node, path: readonly string[], create: Create): Found[] {
  return walk({ get: () => root, set: () => {} }, cleanParts(path), create);
}

function walk(place: Found, path: string[], create: Create): Found[] {
  if (path.length === 0) return [place];
  const [part, ...rest] = path as [string, ...string[]];
  const node = place.get();
  if (isIndexNumber(part)) return walkIndex(node, Number(part), rest, create);
  if (isListIndex(part)) return walkMatching(node, part, rest, create);
  if (part === "*") {
    if (isNull(node)) return [];
    return listOf(node).flatMap((_, i) => walk(itemPlace(node as Node[], i), rest, create));
  }
  return walkField(node, part, rest, create);
}

function itemPlace(list: Node[], index: number, created = false): Found {
  const untyped = created || isUntyped(list, String(index));
  return {
    get: () => list[index]!,
    set: (value) => {
      list[index] = value;
      if (untyped) markUntyped(list, String(index));
    },
    untyped,
  };
}

/** What a missing part of a path starts as: decided by the part after it. */
function blank(next: string | undefined, create: Create): Node {
  if (next === undefined) return create === "scalar" ? "" : {};
  return isListIndex(next) || isIndexNumber(next) ? [] : {};
}

function walkField(node: Node, name: string, rest: string[], create: Create): Found[] {
  if (isNull(node)) return [];
  if (!isMap(node)) {
    return fail("invalid-config", `wrong node kind: expected MappingNode but got ${kindName(node)}`);
  }
  let child = get(node, name);
  const untyped = rest.length === 0 && (child === undefined || isUntyped(node, name));
  if (child === undefined) {
    if (!create) return [];
    child = blank(rest[0], create);
    set(node, name, child);
  }
  const place: Found = {
    get: () => get(node, name)!,
    set: (value) => {
      assign(node, name, value);
      if (untyped) markUntyped(node, name);
    },
    untyped,
  };
  // A scalar with path left over may hold a document of its own.
  if (rest.length > 0 && isScalar(child) && !isNull(child)) return walkInside(place, rest, create);
  return walk(place, rest, create);
}

/** Goes on inside a document that a scalar holds. What is written there is lost: only an edit of the scalar counts. */
function walkInside(place: Found, rest: string[], create: Create): Found[] {
  const document = parseQuietly(textOf(place.get()));
  if (document === undefined) return [];
  return walk({ get: () => document, set: () => {} }, rest, create).map((found) => ({
    ...found,
    lost: true,
  }));
}

/** The document that a text holds; undefined if it is no YAML. */
export function parseQuietly(text: string): Node | undefined {
  try {
    return buildDocuments(text, { dialect: "node", spelling: true, duplicates: "last" })[0] as
      | Node
      | undefined;
  } catch (thrown) {
    if (thrown instanceof YamlError) return undefined;
    throw thrown;
  }
}

function walkIndex(node: Node, index: number, rest: string[], create: Create): Found[] {
  const list = isNull(node) ? [] : listOf(node);
  let untyped = false;
  if (index === list.length && create) {
    list.push(blank(rest[0], create));
    untyped = rest.length === 0;
  }
  if (index >= list.length) {
    return fail("no-match", `index ${index} specified but only ${list.length} elements found`);
  }
  return walk(itemPlace(list, index, untyped), rest, create);
}

function walkMatching(node: Node, part: string, rest: string[], create: Create): Found[] {
  const [name, pattern] = splitIndex(part);
  const list = isNull(node) ? [] : listOf(node);
  const found = matchItems(list, name, pattern, rest, create);
  if (found.length > 0 || !create) return found;
  list.push(name === "" ? plainScalar(pattern) : { [name]: plainScalar(pattern) });
  return matchItems(list, name, pattern, rest, create);
}

function matchItems(list: Node[], name: string, pattern: string, rest: string[], create: Create): Found[] {
  return list.flatMap((item, i) => {
    if (name === "") return matches(pattern, textOf(item)) ? [itemPlace(list, i)] : [];
    const value = isMap(item) ? get(item, name) : undefined;
    if (value === undefined || !matches(pattern, textOf(value))) return [];
    return walk(itemPlace(list, i), rest, create);
  });
}
