import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, before, test } from "node:test";

const root = join(import.meta.dirname, "../../..");
let dir: string;
let bundle: string;
/** The folder of the bundle's program. */
let program: string;

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
  bundle = join(dir, "sluice/sluice.cjs");
  const [name = ""] = readdirSync(dirname(bundle)).filter((name) => /^[0-9a-f]{16}$/.test(name));
  program = join(dirname(bundle), name);
});
after(() => rmSync(dir, { recursive: true, force: true }));

test("sluice --help reads no file of a command and no other package", () => {
  const loaded = join(dir, "loaded");
  const main = join(root, "packages/cli/src/main.ts");
  const done = spawnSync(process.execPath, ["--import", join(dir, "trace.mjs"), main, "--help"], {
    env: { ...process.env, LOADED: loaded },
    encoding: "utf8",
  });
  assert.match(done.stdout, /kustomize +work with kustomizations/);
  const ours = readFileSync(loaded, "utf8")
    .split("\n")
    .filter((url) => url.includes("/packages/") && !url.includes("node_modules"));
  assert.deepEqual(ours.map((url) => basename(url)).sort(), [
    "main.ts",
    "package.json",
    "shell.ts",
    "terminal.ts",
    "version.ts",
  ]);
});

/** What the bundle prints when `file` is all that there is of its program, and what the run left beside it. */
function printedWith(file: string, args: string[]): { text: string; left: string[] } {
  const copy = mkdtempSync(join(dir, "part-"));
  cpSync(bundle, join(copy, "sluice.cjs"));
  cpSync(join(program, file), join(copy, basename(program), file));
  const done = spawnSync(process.execPath, [join(copy, "sluice.cjs"), ...args], { encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return {
    text: done.stdout,
    left: readdirSync(join(copy, basename(program))).filter((name) => name !== file),
  };
}

test("the bundle's --help reads a tenth of a megabyte", () => {
  assert.match(printedWith("main.cjs", ["--help"]).text, /kustomize +work with kustomizations/);
  assert.ok(readFileSync(join(program, "main.cjs")).length < 100_000);
});

test("the bundle builds a kustomization without the client of clusters and without git", () => {
  assert.match(printedWith("kustomize.cjs", ["kustomize", "build", join(dir, "base")]).text, /name: x-a\n/);
  assert.doesNotMatch(readFileSync(join(program, "kustomize.cjs"), "utf8"), /KubeConfig|simple-git/);
});

test("what V8 compiled for a command is kept after its first good run, for this Node", () => {
  const kept = `main-version-${process.version}-${process.arch}`;
  assert.deepEqual(printedWith("main.cjs", ["--version"]).left, [kept.replace("version", "main")]);
  const bad = spawnSync(process.execPath, [bundle, "nonsense"], { encoding: "utf8" });
  assert.equal(bad.status, 2);
  assert.match(bad.stderr, /unknown command/);
  const names = readdirSync(program);
  assert.deepEqual(
    names.filter((name) => name.includes("nonsense")),
    [],
  );
  for (const made of ["main", "helm", "kustomize"])
    assert.ok(
      names.includes(`${made}-${made}-${process.version}-${process.arch}`),
      `${made} with the bundle`,
    );
});

test("the bundle runs where what V8 compiled is broken, which it mends, and where nothing can be kept", () => {
  const copy = mkdtempSync(join(dir, "broken-"));
  cpSync(dirname(bundle), copy, { recursive: true });
  const kept = join(copy, basename(program), `kustomize-kustomize-${process.version}-${process.arch}`);
  writeFileSync(kept, "broken");
  const build = ["kustomize", "build", join(dir, "base")];
  const run = () => spawnSync(process.execPath, [join(copy, "sluice.cjs"), ...build], { encoding: "utf8" });
  assert.match(run().stdout, /name: x-a\n/);
  assert.notEqual(readFileSync(kept, "latin1"), "broken");
  rmSync(kept);
  mkdirSync(kept);
  assert.match(run().stdout, /name: x-a\n/);
});

test("the bundle's up runs from the sources", () => {
  const missing = join(dir, "missing");
  const done = spawnSync(process.execPath, [bundle, "up", "--repo", missing], { encoding: "utf8" });
  assert.equal(done.status, 1);
  assert.match(done.stderr, new RegExp(`^✗ --repo ${missing} is neither a folder`));
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
