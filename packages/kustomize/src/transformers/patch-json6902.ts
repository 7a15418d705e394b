import { fail, within } from "../errors.ts";
import type { Patch } from "../load/kustomization.ts";
import { type Loader, loadText } from "../load/loader.ts";
import { redactRemote } from "../load/remote-url.ts";
import type { ResMap } from "../resmap.ts";
import { select } from "../select.ts";
import { checkJsonCopies, parseOperations, patchJson, shownText } from "./patch.ts";

/** Reads a patch of `patchesJson6902` and returns what applies it. */
export function prepareJson6902(
  { target, path = "", patch = "" }: Patch,
  loader: Loader,
): (map: ResMap) => void {
  if (!target?.name) fail("invalid-config", "must specify the target name");
  if (path === "" && patch === "") fail("invalid-config", "empty file path and empty jsonOp");
  if (path !== "" && patch !== "") fail("invalid-config", "must specify a file path or jsonOp, not both");
  const text = path === "" ? patch : loadText(loader, path);
  const name = redactRemote(path);
  if (text === "") fail("invalid-config", `patch file '${name}' seems to be empty`);
  const operations = within(`decoding ${shownText(text)}`, () => parseOperations(text));
  if (operations.length === 0) fail("invalid-config", `patch appears to be empty; file=${name}, JsonOp=[]`);
  const source = path === "" ? "(inline)" : `[path: "${name}"]`;
  return (map) => {
    const selected = select(map, target!);
    checkJsonCopies(operations, selected.length);
    for (const res of selected) patchJson(map, res, operations, source, false);
  };
}
