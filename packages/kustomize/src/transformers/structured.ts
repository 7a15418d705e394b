import { goJson, rewrite } from "@sluice/yaml";
import { KustomizeError } from "../errors.ts";
import { isNull, isScalar, type Node, type NodeMap, textOf } from "../node.ts";
import { type Create, type Found, lookup, matchPath, parseQuietly } from "./field-path.ts";

/**
 * Edits a field inside a scalar that holds a JSON or YAML document, e.g. `data.config\.json.server.port` of a ConfigMap.
 * Returns false if the path leads to no such document or to nothing in it: then the path is meant literally.
 */
export function editStructured(
  root: NodeMap,
  path: readonly string[],
  create: Create,
  assign: (field: Found) => void,
): boolean {
  if (path.length < 2) return false;
  const at = scalarOnPath(root, path);
  if (at === undefined) return false;
  const place = matchPath(root, path.slice(0, at), undefined)[0];
  if (!place) return false;
  const text = textOf(place.get());
  const document = parseQuietly(text);
  if (document === undefined) return false;
  try {
    const found = matchPath(document, path.slice(at), create);
    if (found.length === 0) return false;
    for (const field of found) assign(field);
  } catch (thrown) {
    if (thrown instanceof KustomizeError) return false;
    throw thrown;
  }
  place.set(serialise(text, document));
  return true;
}

/** How much of a path leads to the first scalar that is followed by more path. */
function scalarOnPath(root: NodeMap, path: readonly string[]): number | undefined {
  for (let i = 1; i < path.length; i++) {
    let node: Node | undefined;
    try {
      node = lookup(root, path.slice(0, i));
    } catch (thrown) {
      if (thrown instanceof KustomizeError) continue;
      throw thrown;
    }
    if (node !== undefined && isScalar(node)) return isNull(node) ? undefined : i;
  }
  return undefined;
}

/** The document as text in the format it had: JSON compact or pretty, YAML with its comments. */
function serialise(before: string, document: Node): string {
  const trimmed = before.trim();
  if (trimmed.startsWith("{") || trimmed.startsWith("[")) {
    return goJson(document, before.includes("\n") && before.includes("  ") ? "  " : undefined);
  }
  return rewrite(before, document).trim();
}
