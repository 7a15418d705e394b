import { resolve } from "node:path";
import { build } from "@sluice/kustomize";
import type { Terminal } from "../terminal.ts";

export type KustomizeBuildOptions = {
  loadRestrictor?: string;
  reorder?: string;
  output?: string;
  enableManagedbyLabel?: boolean;
};

/** `sluice kustomize build [DIR]`: prints what kustomize would. */
export async function kustomizeBuild(
  terminal: Terminal,
  dir: string,
  options: KustomizeBuildOptions,
): Promise<void> {
  const built = build(resolve(dir), {
    loadRestrictor: choice("--load-restrictor", options.loadRestrictor, {
      LoadRestrictionsRootOnly: "rootOnly",
      LoadRestrictionsNone: "none",
    }),
    reorder: choice("--reorder", options.reorder, { none: "none", legacy: "legacy" }),
    addManagedByLabel: options.enableManagedbyLabel,
  });
  for (const warning of built.warnings) terminal.err(`# Warning: ${warning}\n`);
  if (options.output === undefined) return terminal.out(built.yaml());
  const { writeFile } = await import("node:fs/promises");
  await writeFile(options.output, built.yaml());
}

function choice<V>(flag: string, given: string | undefined, values: Record<string, V>): V | undefined {
  if (given === undefined) return undefined;
  if (Object.hasOwn(values, given)) return values[given];
  throw new Error(`${flag} takes ${Object.keys(values).join(" or ")}, not '${given}'`);
}
