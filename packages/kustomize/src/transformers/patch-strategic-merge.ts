import { fail, KustomizeError } from "../errors.ts";
import { type Loader, loadText, shown } from "../load/loader.ts";
import { redactRemote } from "../load/remote-url.ts";
import { readPatches } from "../load/resources.ts";
import type { SchemaState } from "../merge/schema.ts";
import { getById, type ResMap } from "../resmap.ts";
import { currentId, type Resource } from "../resource.ts";
import { mergeSelected } from "./patch.ts";

/** Reads the patches of `patchesStrategicMerge` and returns what applies them. An entry is a patch or the path of one. */
export function prepareStrategicMerge(
  entries: readonly string[],
  inline: string,
  loader: Loader,
  state: SchemaState,
  file: string,
): (map: ResMap) => void {
  if (entries.length === 0 && inline === "")
    fail("invalid-config", "empty file path and empty patch content");
  const patches = entries.flatMap((entry) => readEntry(entry, loader, file));
  if (inline !== "") patches.push(...readPatches(inline, `${file} (inline patch)`));
  if (patches.length === 0) {
    const names = entries.map((entry) => (entry.includes("\n") ? "inline" : redactRemote(entry)));
    fail("invalid-config", `patch appears to be empty; files=[${names.join(" ")}], Patch=`, { file });
  }
  return (map) => {
    for (const patch of patches) mergeSelected(map, [getById(map, currentId(patch))], patch, state);
  };
}

function readEntry(entry: string, loader: Loader, file: string): Resource[] {
  try {
    return readPatches(entry, `${file} (inline patch)`);
  } catch (thrown) {
    if (!(thrown instanceof KustomizeError)) throw thrown;
    // Text that runs over several lines was meant as a patch; its own error says more than "no such file".
    if (entry.trimEnd().includes("\n")) throw thrown;
    return readPatches(loadText(loader, entry), shown(loader, entry));
  }
}
