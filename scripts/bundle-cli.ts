/** The CLI as JavaScript that starts fast: one file, and what V8 compiled of it for each command beside it. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { build, type Metafile, type OutputFile, type Plugin, transform } from "esbuild";
import { lazyBuiltins } from "./bundle-builtins.ts";
import { samples } from "./bundle-samples.ts";
import { fingerprintOf } from "./fresh.cjs";

/** What is not put into bundles: openpgp has the LGPL, by which its users may put another in its place. */
export const external = ["openpgp"];

/** Programs of bundles before stay this long, for those that run them and have not read all of theirs yet. */
const KEPT_MS = 3600 * 1000;

/** What the commands that people run most are made of, beside what these files import, and the program without a command. */
const often: Record<string, string[]> = {
  main: ["main.ts"],
  kustomize: ["main.ts", "commands/kustomize.ts"],
  helm: ["main.ts", "commands/helm.ts", "commands/helm/template.ts"],
};

/**
 * Writes the program, in a folder of `dir` whose name stands for its content, `dir`/sluice.cjs, which starts it, and
 * `dir`/sources.txt: from which files, and in which state, by which `packages/cli/bin/sluice.cjs` tells whether the bundle is
 * of today.
 */
export async function bundleCli(root: string, dir: string): Promise<{ file: string; bytes: number }> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { main: join(root, "packages/cli/src/main.ts") },
    outdir: dir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    external,
    splitting: true,
    platform: "node",
    target: "node20",
    format: "esm",
    legalComments: "linked",
    metafile: true,
    write: false,
    logLevel: "warning",
    plugins: [upFromSources(root, dir), yamlAsModules(root), lazyBuiltins],
  });
  const chunks = await chunksOf(outputFiles);
  const all = inOne([...chunks.values()]);
  const name = createHash("sha256").update(all).digest("hex").slice(0, 16);
  const program = join(dir, name);
  mkdirSync(program, { recursive: true });
  replace(join(program, "all.cjs"), all);
  for (const [command, entries] of Object.entries(often))
    replace(
      join(program, `${command}.cjs`),
      inOne(importedBy(entries, metafile).map((id) => chunks.get(id)!)),
    );
  const notices = outputFiles.filter(({ path }) => path.endsWith(".txt")).map(({ text }) => text);
  replace(join(program, "LEGAL.txt"), [...new Set(notices)].join("\n"));
  // The entry last: whoever starts meanwhile finds either bundle whole.
  const file = join(dir, "sluice.cjs");
  replace(file, readFileSync(join(root, starts), "utf8").replace("PROGRAM", name));
  replace(join(dir, "sources.txt"), sourcesText(root, metafile));
  removeOld(dir, name);
  warm(file);
  return { file, bytes: all.length };
}

/** What starts a program, to which it is given the name of its folder. */
const starts = "packages/cli/bin/bundled.cjs";

/** Each chunk as a function, like those that Node makes of CommonJS files, by its id. */
async function chunksOf(files: readonly OutputFile[]): Promise<Map<string, string>> {
  const chunks = files.filter(({ path }) => path.endsWith(".mjs"));
  const texts = chunks.map(async ({ path, text }): Promise<[string, string]> => {
    const { code } = await transform(text, { format: "cjs", target: "node20", minify: true });
    const inside = code.replaceAll(/\bimport\(("[^"]+")\)/g, "require.later($1)");
    return [basename(path), `"./${basename(path)}"(exports,require,module){${inside}}`];
  });
  return new Map(await Promise.all(texts));
}

/** One file is read sooner than many, and of the functions of a chunk that is not called V8 need know nothing. */
const inOne = (chunks: readonly string[]): string => `({\n${chunks.join(",\n")}\n})\n`;

/** The ids of the chunks that hold `entries`, and of those that they import from the start. */
function importedBy(entries: readonly string[], { outputs }: Metafile): string[] {
  const sources = entries.map((entry): string | undefined => `packages/cli/src/${entry}`);
  const found = new Set(Object.keys(outputs).filter((path) => sources.includes(outputs[path]!.entryPoint)));
  for (const path of found)
    for (const { path: other, kind, external } of outputs[path]!.imports)
      if (kind === "import-statement" && !external) found.add(other);
  return [...found].map((path) => basename(path));
}

/** `sluice up` runs the controllers from their sources, so its own sources are there too. */
const upFromSources = (root: string, dir: string): Plugin => ({
  name: "up from the sources",
  setup: (build) =>
    build.onResolve({ filter: /\/up\/up\.ts$/ }, () => ({
      path: relative(dir, join(root, "packages/cli/src/up/up.ts")),
      external: true,
    })),
});

/** The ES modules of `yaml`, of which a bundle holds only what is used; Node would be given CommonJS. */
const yamlAsModules = (root: string): Plugin => ({
  name: "yaml as modules",
  setup: (build) =>
    build.onResolve({ filter: /^yaml$/ }, () => ({
      path: join(root, "packages/yaml/node_modules/yaml/browser/index.js"),
      sideEffects: false,
    })),
});

function replace(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

function sourcesText(root: string, { inputs }: Metafile): string {
  const sources = Object.keys(inputs).filter((path) => path.startsWith("packages/"));
  const files = [
    ...sources,
    starts,
    ...["cli", "builtins", "samples"].map((part) => `scripts/bundle-${part}.ts`),
  ].sort();
  return `${fingerprintOf(root, files)}\n${files.join("\n")}\n`;
}

function removeOld(dir: string, current: string): void {
  for (const name of readdirSync(dir).filter(
    (name) => !["sluice.cjs", "sources.txt", current].includes(name),
  )) {
    const path = join(dir, name);
    if (Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { recursive: true });
  }
}

/** Runs what people run most, so that V8's code for it lies in the cache before the first of them does. */
function warm(file: string): void {
  const dir = mkdtempSync(join(tmpdir(), "sluice-warm-"));
  try {
    for (const [path, text] of Object.entries(samples)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    for (const args of [["helm", "template", "a", "chart"], ["kustomize", "build", "overlay"], ["--help"]])
      spawnSync(process.execPath, [file, ...args], { cwd: dir, stdio: "ignore" });
  } finally {
    rmSync(dir, { recursive: true });
  }
}
