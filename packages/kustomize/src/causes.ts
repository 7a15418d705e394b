import { loadText, shown } from "./load/loader.ts";
import { isMap } from "./node.ts";
import { documentPositions, type Position, type Positions } from "./positions.ts";
import type { Target } from "./target.ts";
import {
  type Cause,
  type Field,
  findInPatches,
  nearestAbove,
  type Path,
  type SetBy,
  type Text,
} from "./trace.ts";

/** The entry of a kustomization that asks for a step: `["images"]`, `["patches", 2]`. */
export type Entry = readonly [field: string, index?: number];

/** The cause of what a kustomization's own fields do, found by the entry and, within it, by what is about the field. */
export function causeOfEntry(target: Target, by: SetBy, name: string, entry: Entry): Cause {
  let positions: Positions | undefined;
  const place = (path: Path): Position | undefined => {
    if (target.text === undefined) return { file: target.file, line: 1 };
    positions ??= documentPositions({ text: target.text, file: target.file, firstLine: 0 });
    return nearestAbove(positions, path);
  };
  return {
    by,
    name,
    find: (field) => {
      const path = entry.filter((part) => part !== undefined);
      if (by === "patch") {
        const found = findInPatches(patchTexts(target, path, place), field);
        if (found) return found;
      }
      return place([...path, ...within(target, path, field)]);
    },
  };
}

/** The part of an entry that is about a field. */
function within({ kustomization }: Target, [name, index]: Path, field: Field): Path {
  const last = String(field.path.at(-1));
  switch (name) {
    case "images": {
      const i = (kustomization.images ?? []).findLastIndex((image) =>
        field.text.replace(/^string /, "").startsWith(image.newName || image.name || "\0"),
      );
      return i === -1 ? [] : [i];
    }
    case "labels":
      return ["pairs", last];
    case "commonLabels":
    case "commonAnnotations":
      return [last];
    case "configMapGenerator":
    case "secretGenerator":
      return withinGenerator(kustomization[name]?.[Number(index)], last);
    case "replacements": {
      const wanted = field.path.filter((part) => typeof part === "string").join(".");
      const i = (kustomization.replacements ?? []).findLastIndex(({ targets = [] }) =>
        targets.some(({ fieldPaths = [] }) =>
          fieldPaths.some((path) => path.replace(/\.(?:\[[^\]]*\]|\*|\d+)(?=\.|$)/g, "") === wanted),
        ),
      );
      return i === -1 ? [] : [i];
    }
    default:
      return [];
  }
}

function withinGenerator(args: object | undefined, key: string): Path {
  const lists = (args ?? {}) as { literals?: string[]; files?: string[]; envs?: string[] };
  const literal = lists.literals?.findLastIndex((each) => each.startsWith(`${key}=`)) ?? -1;
  if (literal !== -1) return ["literals", literal];
  const file = lists.files?.findLastIndex(
    (each) => (each.includes("=") ? each.split("=")[0] : each.split("/").at(-1)) === key,
  );
  if (file !== undefined && file !== -1) return ["files", file];
  return lists.envs ? ["envs"] : [];
}

/** The patches of an entry, each with where its text starts. */
function patchTexts(target: Target, path: Path, place: (path: Path) => Position | undefined): Text[] {
  const { kustomization, loader } = target;
  const fromFile = (name: string): Text => ({
    text: loadText(loader, name),
    file: shown(loader, name),
    firstLine: 0,
  });
  const inline = (text: string, at: Path): Text => ({
    text,
    file: target.file,
    ...blockStart(target, place(at)),
  });
  const [name, index] = path;
  if (name === "patchesStrategicMerge")
    return (kustomization.patchesStrategicMerge ?? []).map((each, i) =>
      each.includes("\n") ? inline(each, [name, i]) : fromFile(each),
    );
  const entries = name === "patches" ? kustomization.patches : kustomization.patchesJson6902;
  const entry = entries?.[Number(index)];
  if (!isMap(entry)) return [];
  const { path: file, patch } = entry as { path?: string; patch?: string };
  if (file) return [fromFile(file)];
  return patch ? [inline(patch, [...path, "patch"])] : [];
}

/** A block scalar's text starts on the line after its key; anything else on the line of the key. */
function blockStart({ text = "" }: Target, at: Position | undefined): { firstLine: number } {
  const line = at?.line ?? 1;
  const isBlock = /[|>][-+\d]*\s*(?:#.*)?$/.test(text.split("\n")[line - 1] ?? "");
  return { firstLine: isBlock ? line : line - 1 };
}
