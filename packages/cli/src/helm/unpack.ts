import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadArchive } from "@sluice/helm";
import { HelmError } from "./report.ts";

/**
 * Unpacks a chart's archive into a folder with the chart's name below `dir`, which must not be there yet: chartutil.Expand of Helm.
 * @throws in Helm's words
 */
export function unpackInto(dir: string, archive: Uint8Array): void {
  // Its name is checked when it is loaded: it leads nowhere else.
  const { metadata, raw } = loadArchive(archive);
  const place = join(dir, metadata.name!);
  if (existsSync(place))
    throw new HelmError(`failed to untar: a file or directory with the name ${place} already exists`);
  for (const { name, data } of raw) {
    const file = join(place, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
  }
}
