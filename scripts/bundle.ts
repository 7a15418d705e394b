// `npm run bundle [-- --out DIR] [NAME…]`: one JavaScript file per controller, as the images run them, and the CLI.
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build, type Plugin } from "esbuild";
import { bundleCli, external } from "./bundle-cli.ts";

const root = resolve(import.meta.dirname, "..");
const controllers = ["source-controller", "kustomize-controller"];
const known = [...controllers, "sluice"];
const { values, positionals } = parseArgs({
  options: { out: { type: "string", default: join(root, "dist") } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`nothing to bundle is named ${unknown.join(", ")} (there are ${known.join(", ")})`);
  process.exit(2);
}
/**
 * client-node does not say that importing its modules does nothing else. Told so, esbuild leaves out its models and APIs, of
 * which we use none; they cost a process 9 MiB.
 */
const withoutModels: Plugin = {
  name: "without client-node's models",
  setup: (build) =>
    build.onResolve({ filter: /^\.\.?\// }, ({ path, importer }) => {
      if (!importer.includes("/@kubernetes/client-node/dist/")) return undefined;
      return { path: join(dirname(importer), path), sideEffects: false };
    }),
};

for (const name of positionals.length > 0 ? positionals : known) {
  const dir = join(values.out, name);
  const { file, bytes } = name === "sluice" ? await bundleCli(root, dir) : await bundleController(name, dir);
  console.log(`${file}  ${(bytes / 1024 / 1024).toFixed(1)} MiB`);
}

async function bundleController(name: string, dir: string): Promise<{ file: string; bytes: number }> {
  const file = join(dir, "main.mjs");
  const { metafile } = await build({
    entryPoints: [join(root, "packages", name, "src/main.ts")],
    outfile: file,
    bundle: true,
    external,
    platform: "node",
    target: "node22",
    format: "esm",
    // The text stays in memory as long as the process. Names stay too: a stack trace must be readable.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
    plugins: [withoutModels],
    // For CommonJS dependencies, which ask for Node's modules by require().
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  const [bytes = 0] = Object.entries(metafile.outputs)
    .filter(([path]) => path.endsWith("main.mjs"))
    .map(([, output]) => output.bytes);
  return { file, bytes };
}
