import { appendFileSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Rendered } from "@sluice/helm";
import type { Terminal } from "../terminal.ts";
import { goWords } from "./report.ts";

type OutputOptions = {
  outputDir: string;
  /** Whether files lie below a folder with the name of the release. */
  releaseName?: boolean;
  name: string;
  includeCrds?: boolean;
  hooks: "all" | "no-tests" | "none";
};

/**
 * Writes a file for each template below `outputDir` and names them, as `helm template --output-dir` does: definitions and
 * manifests replace what lies there, hooks are added to it.
 */
export function writeManifests(terminal: Terminal, rendered: Rendered, options: OutputOptions): void {
  const { outputDir, releaseName, name, includeCrds, hooks } = options;
  const dir = releaseName ? join(outputDir, name) : outputDir;
  const written = new Set<string>();
  const write = (into: string, path: string, text: string, append: boolean) => {
    const file = `${into}/${path}`;
    const content = `---\n# Source: ${path}\n${text}\n`;
    try {
      mkdirSync(dirname(file), { recursive: true });
      if (append) appendFileSync(file, content);
      else writeFileSync(file, content);
    } catch (thrown) {
      throw goWords(thrown, "open", file);
    }
    terminal.out(`wrote ${file}\n`);
    written.add(path);
  };
  if (includeCrds)
    for (const { path, file } of rendered.crds)
      write(outputDir, path, Buffer.from(file.data).toString("utf8"), written.has(path));
  for (const { path, text } of rendered.manifests) write(dir, path, text, written.has(path));
  if (hooks !== "none") {
    for (const { path, manifest, events } of rendered.hooks) {
      if (hooks === "no-tests" && events.includes("test")) continue;
      const there = statSync(join(dir, path), { throwIfNoEntry: false }) !== undefined;
      write(dir, path, manifest, there);
    }
  }
  terminal.out("\n");
}
