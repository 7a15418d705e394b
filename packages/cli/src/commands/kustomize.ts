import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { build } from "@sluice/kustomize";
import { Option } from "commander";
import { type Define, examples } from "../shell.ts";
import type { Terminal } from "../terminal.ts";

type BuildOptions = {
  loadRestrictor?: keyof typeof loadRestrictors;
  reorder?: "legacy" | "none";
  output?: string;
  enableManagedbyLabel?: boolean;
};

// kustomize's own words
const loadRestrictors = { LoadRestrictionsRootOnly: "rootOnly", LoadRestrictionsNone: "none" } as const;

export const define: Define = (command, { terminal }) => {
  const builds = command
    .command("build")
    .description("print what a kustomization builds, as kustomize does")
    .argument("[dir]", "folder of the kustomization", ".")
    .addOption(
      new Option("--load-restrictor <name>", "which files may be read").choices(Object.keys(loadRestrictors)),
    )
    .addOption(new Option("--reorder <order>", "how to sort the objects").choices(["legacy", "none"]))
    .option("--enable-managedby-label", "add the label app.kubernetes.io/managed-by")
    .option("-o, --output <file>", "write to a file instead of standard output")
    .action((dir: string, options: BuildOptions) => kustomizeBuild(terminal, dir, options));
  examples(builds, {
    "what would be applied": "sluice kustomize build ./apps/production",
    "with files from outside the folder":
      "sluice kustomize build ./apps/production --load-restrictor LoadRestrictionsNone",
  });
};

async function kustomizeBuild(terminal: Terminal, dir: string, options: BuildOptions): Promise<void> {
  const { loadRestrictor, reorder, output, enableManagedbyLabel } = options;
  const built = build(resolve(dir), {
    loadRestrictor: loadRestrictor && loadRestrictors[loadRestrictor],
    reorder,
    addManagedByLabel: enableManagedbyLabel,
  });
  for (const warning of built.warnings) terminal.err(`# Warning: ${warning}\n`);
  if (output === undefined) terminal.out(built.yaml());
  else await writeFile(output, built.yaml());
}
