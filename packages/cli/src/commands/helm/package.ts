import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadDirectory, packageChart } from "@sluice/helm";
import type { Remote } from "../../helm/download.ts";
import { addIdleFlags, addRemoteFlags, optionsOf } from "../../helm/flags.ts";
import { asHelm, goWords, HelmError } from "../../helm/report.ts";
import { type Define, examples, type Shell } from "../../shell.ts";

type Options = Remote & {
  destination: string;
  version?: string;
  appVersion?: string;
  dependencyUpdate?: boolean;
  sign?: boolean;
};

export const define: Define = (command, shell) => {
  addRemoteFlags(command.argument("[chart...]", "folders of charts"))
    .option("-d, --destination <dir>", "where to write the archive", ".")
    .option("--version <version>", "version of the chart instead of its own")
    .option("--app-version <version>", "appVersion of the chart instead of its own")
    .option("-u, --dependency-update", "fetch what the chart depends on before")
    .option("--sign", "sign the archive")
    .action((charts: string[]) =>
      asHelm(shell, async () => {
        if (charts.length === 0) throw new HelmError("need at least one argument, the path to the chart");
        for (const chart of charts) await pack(chart, optionsOf<Options>(command), shell);
      }),
    );
  addIdleFlags(command, "--key <name>", "--keyring <file>", "--passphrase-file <file>");
  examples(command, {
    "an archive beside the chart": "sluice helm package ./charts/web -d ./dist",
    "with the version of a release": "sluice helm package ./charts/web --version 1.2.3 --app-version v1.2.3",
  });
};

async function pack(path: string, options: Options, shell: Shell): Promise<void> {
  const { sign, destination, version, appVersion, dependencyUpdate } = options;
  if (sign) throw new HelmError("--sign is not supported yet: sign the archive with `helm package --sign`");
  try {
    statSync(path);
  } catch (thrown) {
    throw goWords(thrown, "stat", path);
  }
  const dir = resolve(path);
  if (dependencyUpdate) {
    const { bringDependencies } = await import("../../helm/dependencies.ts");
    await bringDependencies(dir, "update", options, shell, () => undefined);
  }
  const warn = (line: string) => shell.terminal.err(`${line}\n`);
  const { name, bytes } = packageChart(loadDirectory(dir, { warn }), { version, appVersion });
  const file = join(destination === "." ? resolve(".") : destination, name);
  try {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, bytes);
  } catch (thrown) {
    throw goWords(thrown, "open", file);
  }
  shell.terminal.out(`Successfully packaged chart and saved it to: ${file}\n`);
}
