// Writes every generated file, or with --check only says which are stale. `npm run generate`.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generatedFiles as api } from "../packages/api/src/generate.ts";

/**
 * One entry a generator: what it makes (path from the root → content), and the folders it owns, in which
 * nothing else may lie.
 */
const generators: { name: string; owns: string[]; files: () => Record<string, string> }[] = [
  { name: "api", owns: ["deploy/crds"], files: api },
];

const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");
const stale: string[] = [];

for (const { owns, files } of generators) {
  const wanted = files();
  for (const [path, content] of Object.entries(wanted)) {
    if (read(path) === content) continue;
    stale.push(path);
    if (check) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  for (const path of owns.flatMap(filesIn).filter((path) => !(path in wanted))) {
    stale.push(path);
    if (!check) rmSync(join(root, path));
  }
}

for (const path of stale) console.log(`${check ? "stale" : "wrote"} ${path}`);
if (check && stale.length > 0) {
  console.error("Run `npm run generate` and commit the result.");
  process.exitCode = 1;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(join(root, folder)).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
