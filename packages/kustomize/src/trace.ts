import { parse, splitDocuments, stripMark } from "@sluice/yaml";
import { isList, isMap, type Node, type NodeMap, textOf } from "./node.ts";
import { documentPositions, type Position, type Positions, pathKey } from "./positions.ts";
import type { ResMap } from "./resmap.ts";
import { kindOf, nameOf, namespaceOf, type Resource } from "./resource.ts";

export type Path = readonly (string | number)[];
/** What kind of thing gave a field its value. */
export type SetBy = "resource" | "generator" | "patch" | "transformer";

/** A text that values come from: where it stands in its file, and whether it is manifests or a patch. */
export type Text = { text: string; file: string; firstLine: number };

/**
 * One step of a build that may change fields. `find` says where its file speaks of a field; it is asked only when the
 * position is shown, so that noting a step reads nothing.
 */
export type Cause = { by: SetBy; name: string; find: ((field: Field) => Position | undefined) | "unchanged" };

/** A field at the time it was set: its path then, and a key that survives other items coming and going. */
export type Field = { key: string; path: Path; text: string };
type Noted = Field & { cause: Cause; before?: Noted };
export type NotedFields = Map<string, Noted>;

/** Where one field of the result got its value. */
export type FieldOrigin = {
  /** Keys and list indexes from the top of the object. */
  path: (string | number)[];
  /** Relative to the root of the build. */
  file: string;
  line: number;
  by: SetBy;
  /** Which transformers and generators had a hand in the value, the last one last; empty for what is as it was written. */
  steps: string[];
};

export type ObjectOrigins = { kind: string; namespace: string; name: string; fields: FieldOrigin[] };

/** Compares all resources with what was noted before; what differs was set by `cause`. */
export function noteFields(map: ResMap, cause: Cause): void {
  for (const res of map.list) noteResource(res, cause);
}

export function noteResource(res: Resource, cause: Cause): void {
  const next: NotedFields = new Map();
  flatten(res.node ?? {}, (field) => {
    const before = res.fields?.get(field.key);
    next.set(field.key, before?.text === field.text ? before : { ...field, cause, before });
  });
  res.fields = next;
}

// What lists of objects tell their items apart by, the most telling first.
const ITEM_KEYS = [
  "name",
  "mountPath",
  "containerPort",
  "port",
  "key",
  "ip",
  "devicePath",
  "topologyKey",
  "op",
];

/** Calls `visit` with every scalar, empty map and empty list below a node. */
function flatten(node: Node, visit: (field: Field) => void): void {
  const walk = (at: Node, key: string, path: Path): void => {
    if (isMap(at)) {
      const names = Object.keys(at);
      for (const name of names) walk(at[name]!, `${key}/${name}`, [...path, name]);
      if (names.length > 0) return;
    } else if (isList(at) && at.length > 0) {
      const keys = itemKeys(at);
      for (const [i, item] of at.entries()) walk(item, `${key}/${keys[i]}`, [...path, i]);
      return;
    }
    visit({ key, path, text: isMap(at) ? "{}" : isList(at) ? "[]" : `${typeof at} ${textOf(at)}` });
  };
  walk(node, "", []);
}

function itemKeys(list: Node[]): string[] {
  const by = list.every(isMap)
    ? ITEM_KEYS.find((name) => list.every((item) => textOf((item as NodeMap)[name]) !== ""))
    : undefined;
  const seen = new Map<string, number>();
  return list.map((item, i) => {
    if (isList(item) || (isMap(item) && !by)) return String(i);
    const key = isMap(item) ? `[${by}=${textOf(item[by!])}]` : `[=${textOf(item)}]`;
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return `${key}${count}`;
  });
}

/** The origins of all fields of the given resources, looked up now. */
export function originsOf(resources: readonly Resource[]): ObjectOrigins[] {
  return resources.map(({ node, fields, source }) => {
    const origins: FieldOrigin[] = [];
    flatten(node!, ({ key, path }) => {
      const noted = fields?.get(key);
      const { position, by, steps } = noted ? settle(noted) : { by: "resource" as const, steps: [] };
      const { file, line } = position ?? source ?? { file: "", line: 1 };
      origins.push({ path: [...path], file, line, by, steps });
    });
    return { kind: kindOf(node), namespace: namespaceOf(node), name: nameOf(node), fields: origins };
  });
}

/** A step that rewrites what is there (a name, a reference) leaves the position of what it found. */
function settle(noted: Noted): { position?: Position; by: SetBy; steps: string[] } {
  const { cause, before } = noted;
  const steps = cause.name === "" ? [] : [cause.name];
  if (cause.find !== "unchanged") return { position: cause.find(noted), by: cause.by, steps };
  if (!before) return { by: cause.by, steps };
  const earlier = settle(before);
  return { ...earlier, steps: [...earlier.steps, ...steps] };
}

/** The resource that stands at a line of a manifest file. */
export function manifestCause(text: string, file: string, line: number): Cause {
  let positions: Positions | undefined;
  return {
    by: "resource",
    name: "",
    find: ({ path }) => {
      positions ??= documentPositions(documentAt(text, file, line));
      return nearestAbove(positions, path);
    },
  };
}

function documentAt(text: string, file: string, line: number): Text {
  const chunks = splitDocuments(stripMark(text), file);
  const chunk = chunks.findLast((each) => each.line < line) ?? chunks[0]!;
  return { text: chunk.text, file, firstLine: chunk.line };
}

/** The position of a path, or of the closest node around it that has one. */
export function nearestAbove(positions: Positions, path: Path): Position | undefined {
  for (let length = path.length; length >= 0; length--) {
    const found = positions.get(pathKey(path.slice(0, length)));
    if (found) return found;
  }
  return undefined;
}

/** Where the last of some patches speaks of a field: strategic merge patches by the same keys, JSON patches by their paths. */
export function findInPatches(texts: readonly Text[], field: Field): Position | undefined {
  let best: Position | undefined;
  for (const { text, file, firstLine } of texts) {
    for (const chunk of splitDocuments(stripMark(text), file)) {
      const document = parse(chunk.text) as Node;
      const path = isList(document) ? pathOfOperation(document, field.path) : pathOfMerge(document, field);
      if (path === undefined) continue;
      const positions = documentPositions({ text: chunk.text, file, firstLine: firstLine + chunk.line });
      best = nearestAbove(positions, path) ?? best;
    }
  }
  return best;
}

function pathOfMerge(patch: Node, { key }: Field): Path | undefined {
  let found: Path | undefined;
  flatten(patch, (each) => {
    if (each.key === key) found = each.path;
  });
  return found;
}

/** The last operation whose path leads to the field or to something around it; indexes may have moved since. */
function pathOfOperation(operations: Node[], path: Path): Path | undefined {
  for (let i = operations.length - 1; i >= 0; i--) {
    const operation = operations[i]!;
    if (!isMap(operation)) continue;
    const parts = textOf(operation.path)
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const fits = parts.every((part, n) => {
      const at = path[n];
      return typeof at === "number" ? /^(?:\d+|-)$/.test(part) : at === part;
    });
    if (fits) return [i, "value", ...path.slice(parts.length)];
  }
  return undefined;
}
