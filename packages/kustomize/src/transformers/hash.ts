import { createHash } from "node:crypto";
import { goJson } from "@sluice/yaml";
import { get, isList, isMap, isNull, type Node, type NodeMap, textOf } from "../node.ts";
import { changedAll, type ResMap } from "../resmap.ts";
import { kindOf, nameOf, setName, storePreviousId } from "../resource.ts";

/** Appends a hash of their content to the names of generated resources. */
export function applyHashes(map: ResMap): void {
  let any = false;
  for (const res of map.list) {
    if (!res.needsHash || !res.node) continue;
    any = true;
    const hash = contentHash(res.node);
    storePreviousId(res);
    setName(res.node, `${nameOf(res.node)}-${hash}`);
  }
  if (any) changedAll(map);
}

/** Ten characters that stand for the content of a ConfigMap or Secret. The name does not count. */
export function contentHash(node: NodeMap): string {
  return encode(
    createHash("sha256")
      .update(goJson(hashed(node)))
      .digest("hex"),
  );
}

function hashed(node: NodeMap): unknown {
  const field = (name: string): unknown => {
    const value = get(node, name);
    if (value === undefined || isNull(value)) return value === undefined ? "" : textOf(value);
    return isMap(value) || isList(value) ? value : textOf(value as Node);
  };
  // kustomize asks for the field "metadata/name" by that name, which never exists.
  switch (kindOf(node)) {
    case "ConfigMap":
      return { kind: "ConfigMap", name: "", data: field("data"), ...optional(node, "binaryData") };
    case "Secret":
      return {
        kind: "Secret",
        name: "",
        type: field("type"),
        data: field("data"),
        ...optional(node, "stringData"),
      };
    default:
      return node;
  }
}

function optional(node: NodeMap, name: string): Record<string, unknown> {
  const value = get(node, name);
  return isMap(value) ? { [name]: value } : {};
}

const LETTERS: Record<string, string> = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };

// Without vowels and look-alikes, so that no word comes out by chance.
function encode(hex: string): string {
  return hex.slice(0, 10).replaceAll(/[013ae]/g, (ch) => LETTERS[ch]!);
}
