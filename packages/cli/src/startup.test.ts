import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";

const root = join(import.meta.dirname, "../../..");
let dir: string;
let bundle: string;

/** Prints every module that is loaded to the file `loaded`. */
const trace = `import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) { appendFileSync(process.env.LOADED, url + "\\n"); return next(url, context); } });
`;

before(() => {
  dir = mkdtempSync(join(tmpdir(), "sluice-test-"));
  writeFileSync(join(dir, "trace.mjs"), trace);
  mkdirSync(join(dir, "base"));
  writeFileSync(join(dir, "base/kustomization.yaml"), "resources: [a.yaml]\nnamePrefix: x-\n");
  writeFileSync(join(dir, "base/a.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
  const made = spawnSync(process.execPath, [join(root, "scripts/bundle.ts"), "--out", dir, "sluice"]);
  assert.equal(made.status, 0, String(made.stderr));
  bundle = join(dir, "sluice/sluice.mjs");
});
after(() => rmSync(dir, { recursive: true, force: true }));

/** What `sluice ARGS` prints, and the files that it loads. */
function loadedBy(entry: string, args: string[]): { text: string; files: string[] } {
  const loaded = join(dir, "loaded");
  rmSync(loaded, { force: true });
  const done = spawnSync(process.execPath, ["--import", join(dir, "trace.mjs"), entry, ...args], {
    env: { ...process.env, LOADED: loaded },
    encoding: "utf8",
  });
  assert.equal(done.status, 0, done.stderr);
  const files = readFileSync(loaded, "utf8").split("\n");
  return { text: done.stdout, files: files.filter((url) => url.startsWith("file:")) };
}

test("sluice --help reads no file of a command and no other package", () => {
  const { text, files } = loadedBy(join(root, "packages/cli/src/main.ts"), ["--help"]);
  assert.match(text, /kustomize +work with kustomizations/);
  const ours = files.filter((url) => url.includes("/packages/") && !url.includes("node_modules"));
  assert.deepEqual(ours.map((url) => basename(url)).sort(), [
    "main.ts",
    "package.json",
    "shell.ts",
    "terminal.ts",
    "version.ts",
  ]);
});

test("the bundle's --help loads its entry and the chunks of main, a tenth of a megabyte", () => {
  const { text, files } = loadedBy(bundle, ["--help"]);
  assert.match(text, /kustomize +work with kustomizations/);
  const bytes = files.map((url) => readFileSync(new URL(url)).length).reduce((sum, each) => sum + each, 0);
  assert.ok(bytes < 100_000, `${bytes} bytes in ${files.length} files`);
});

test("the bundle builds a kustomization without the client of clusters and without git", () => {
  const { text, files } = loadedBy(bundle, ["kustomize", "build", join(dir, "base")]);
  assert.match(text, /name: x-a\n/);
  const loaded = files.map((url) => readFileSync(new URL(url), "utf8")).join("\n");
  assert.doesNotMatch(loaded, /KubeConfig|simple-git/);
});

test("the bundle runs on the oldest Node that is supported, as far as no cluster is asked", (t) => {
  const old = ["/usr/bin/node", "/usr/local/bin/node"].find(
    (path) => /^v2[01]\./.exec(String(spawnSync(path, ["--version"]).stdout)) !== null,
  );
  if (!old) return t.skip("no Node 20 on this machine");
  const done = spawnSync(old, [bundle, "kustomize", "build", join(dir, "base")], { encoding: "utf8" });
  assert.equal(done.stderr, "");
  assert.match(done.stdout, /name: x-a\n/);
});
