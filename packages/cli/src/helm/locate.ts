/** Where a chart lies that a command line names. */
import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { type Chart, loadArchive, loadChart, type Verification } from "@sluice/helm";
import type { Shell } from "../shell.ts";
import type { Fetched } from "./fetched.ts";
import type { ChartOptions } from "./flags.ts";
import { HelmError } from "./report.ts";
import type { Strategy } from "./verify.ts";

/**
 * Loads the chart `name`: a directory or archive, an address, or a chart of the repository `--repo`.
 * LocateChart of helm/pkg/action/install.go.
 * @throws in Helm's words, if it is not there or no chart
 */
export async function openChart(given: string, options: ChartOptions, shell: Shell): Promise<Chart> {
  const { terminal } = shell;
  const name = given.trim();
  const warn = (line: string) => terminal.err(`${line}\n`);
  if (options.repo === undefined) {
    if (existsSync(name)) {
      const path = resolve(name);
      if (options.verify) await (await import("./verify.ts")).checkFile(path, options.keyring, shell);
      return loadChart(path, { warn });
    }
    if (isAbsolute(name) || name.startsWith("."))
      throw new HelmError(`path ${JSON.stringify(name)} not found`);
  }
  // Helm 4.2 says it on standard output, in front of what was asked for (helm/helm#32558).
  const { bytes } = await fetchVerified(name, options, shell, terminal.err);
  return loadArchive(bytes, { warn });
}

/**
 * Fetches the archive of a chart that does not lie here, and checks its signature if that is wanted.
 * @param say takes what Helm says about it
 * @throws in Helm's words
 */
export async function fetchVerified(
  name: string,
  options: ChartOptions & { prov?: boolean },
  shell: Shell,
  say: (line: string) => void,
): Promise<Fetched & { verification?: Verification }> {
  const warn = (line: string) => shell.terminal.err(`${line}\n`);
  const strategy: Strategy = options.verify ? "always" : options.prov ? "later" : "never";
  const { fetchChart } = await import("./repository.ts");
  const version = options.version?.trim() || (options.devel ? ">0.0.0-0" : undefined);
  const wish = { provenance: strategy !== "never", say };
  const fetched = await fetchChart(name, { ...options, version }, { ...shell, warn }, wish);
  if (strategy === "never") return fetched;
  const { checkFetched } = await import("./verify.ts");
  const asked = options.repo === undefined ? name : fetched.address;
  const checking = { strategy, name: asked, keyring: options.keyring, say };
  const verification = await checkFetched(fetched, checking, shell);
  return { ...fetched, verification };
}
