/** Where a chart lies that a command line names. */
import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { type Chart, loadArchive, loadChart } from "@sluice/helm";
import type { Shell } from "../shell.ts";
import type { ChartOptions } from "./flags.ts";
import { HelmError } from "./report.ts";

/**
 * Loads the chart `name`: a directory or archive, an address, or a chart of the repository `--repo`.
 * LocateChart of helm/pkg/action/install.go.
 * @throws in Helm's words, if it is not there or no chart
 */
export async function openChart(
  given: string,
  options: ChartOptions,
  { terminal, signal, env }: Shell,
): Promise<Chart> {
  const name = given.trim();
  const warn = (line: string) => terminal.err(`${line}\n`);
  if (options.repo === undefined) {
    if (existsSync(name)) {
      if (options.verify)
        throw new HelmError("--verify is not supported yet: check the chart with `helm verify` before");
      return loadChart(resolve(name), { warn });
    }
    if (isAbsolute(name) || name.startsWith("."))
      throw new HelmError(`path ${JSON.stringify(name)} not found`);
  }
  if (options.verify)
    throw new HelmError("--verify is not supported yet: fetch the chart with `helm pull --verify`");
  refuseRegistry(name);
  const version = options.version ?? (options.devel ? ">0.0.0-0" : undefined);
  const wanted = { ...options, version };
  const { fetchChart } = await import("./repository.ts");
  return loadArchive(await fetchChart(name, wanted, { signal, warn, env }), { warn });
}

/** @throws if `address` is one of a registry */
export function refuseRegistry(address: string): void {
  if (address.startsWith("oci://"))
    throw new HelmError(
      `charts of OCI registries cannot be fetched yet: ${address}; pull it with \`helm pull\` and name the archive`,
    );
}
