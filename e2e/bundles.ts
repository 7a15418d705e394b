import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ControllerName, controllerNames, type WorldOptions } from "@sluice/cli";
import { nodeFlags } from "./controlplane/images.ts";

const root = join(import.meta.dirname, "..");

/** Bundles the controllers into `out`: what a world needs to run them as the images do, with the images' flags for Node. */
export async function asInImages(out: string): Promise<Pick<WorldOptions, "entries" | "nodeFlags">> {
  await promisify(execFile)(process.execPath, [
    join(root, "scripts/bundle.ts"),
    "--out",
    out,
    ...controllerNames,
  ]);
  const entries = Object.fromEntries(controllerNames.map((name) => [name, join(out, name, "main.mjs")]));
  return { entries: entries as Record<ControllerName, string>, nodeFlags };
}
