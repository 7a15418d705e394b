/**
 * Replays recorded vectors of the real tools against our engines.
 *
 *   node scripts/conformance.ts [kustomize|gotemplate|gotemplate-errors|helm|strvals|semver…] [--cases DIR] [--only TEXT] [--verbose]
 *
 * Without a name all suites are replayed. Each ends with a line `suite: N of M`. Fails if a case fails that is not in the
 * suite's list of expected failures, or if a listed one passes: the list may only shrink.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { loadGotemplate, type Vector } from "./conformance/gotemplate.ts";
import { loadHelm } from "./conformance/helm.ts";
import { loadSemver } from "./conformance/semver.ts";
import { loadStrvals } from "./conformance/strvals.ts";

type Suite = {
  /** Folder of the vectors, below the folder of all vectors. */
  folder: string;
  /** File with expected failures: a name and its reason per line. */
  expected: string;
  load(folder: string): Promise<Vector[]> | Vector[];
};

const root = resolve(import.meta.dirname, "..");
const suites: Record<string, Suite> = {
  kustomize: {
    folder: "kustomize",
    expected: "packages/kustomize/testdata/expected-failures.txt",
    load: loadKustomize,
  },
  gotemplate: {
    folder: "gotemplate",
    expected: "packages/gotemplate/testdata/expected-failures.txt",
    load: (folder) => loadGotemplate(folder),
  },
  /** The same cases, with the whole text of errors. */
  "gotemplate-errors": {
    folder: "gotemplate",
    expected: "packages/gotemplate/testdata/expected-failures.txt",
    load: (folder) => loadGotemplate(folder, true),
  },
  /** Whole charts: output, warnings, notes, hooks and errors. */
  helm: {
    folder: "helm",
    expected: "packages/helm/testdata/expected-failures.txt",
    load: loadHelm,
  },
  /** Texts of `--set` and its like. */
  strvals: {
    folder: "helm",
    expected: "packages/helm/testdata/expected-strvals.txt",
    load: loadStrvals,
  },
  /** Versions and ranges. */
  semver: {
    folder: "helm",
    expected: "packages/helm/testdata/expected-semver.txt",
    load: loadSemver,
  },
};

type KustomizeCase = {
  path: string;
  options: { reorder: string; loadRestrictor: string; addManagedByLabel: boolean };
  expect: "output" | "error";
  errorContains?: string;
  versionPlaceholder?: boolean;
};

async function loadKustomize(folder: string): Promise<Vector[]> {
  const { build } = await import("../packages/kustomize/src/index.ts");
  const cases = join(folder, "cases");
  const names = existsSync(cases)
    ? readdirSync(cases).flatMap((area) => readdirSync(join(cases, area)).map((slug) => `${area}/${slug}`))
    : [];
  const vectors = names.sort().map((name): Vector => {
    const dir = join(cases, name);
    return { name, run: () => inCopy(join(dir, "input"), (copy) => runKustomize(dir, copy, build)) };
  });
  return [...vectors, ...(await loadMerge(join(folder, "extra", "merge2.json")))];
}

type Build = typeof import("../packages/kustomize/src/index.ts").build;

function runKustomize(dir: string, copy: string, build: Build): string | undefined {
  const vector = JSON.parse(readFileSync(join(dir, "case.json"), "utf8")) as KustomizeCase;
  let output: string;
  try {
    output = build(join(copy, vector.path), {
      reorder: vector.options.reorder as "none" | "legacy" | "unspecified",
      loadRestrictor: vector.options.loadRestrictor === "LoadRestrictionsNone" ? "none" : "rootOnly",
      addManagedByLabel: vector.options.addManagedByLabel,
    }).yaml();
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== "KustomizeError")
      return `crashed: ${String((thrown as Error)?.stack)}`;
    if (vector.expect === "output") return `failed: ${thrown.message}`;
    const fragment = vector.errorContains ?? "";
    return thrown.message.includes(fragment) ? undefined : `error lacks "${fragment}": ${thrown.message}`;
  }
  if (vector.expect === "error") return `built, but should fail with "${vector.errorContains}"`;
  if (vector.versionPlaceholder) output = output.replaceAll(/kustomize-v[0-9.]+/g, "kustomize-${VERSION}");
  return firstDifference(output, readFileSync(join(dir, "expected.yaml"), "utf8"));
}

function firstDifference(actual: string, expected: string): string | undefined {
  if (actual === expected) return undefined;
  const ours = actual.split("\n");
  const theirs = expected.split("\n");
  const line = theirs.findIndex((text, i) => text !== ours[i]);
  const at = line === -1 ? theirs.length : line;
  return `line ${at + 1}: expected ${JSON.stringify(theirs[at])}, got ${JSON.stringify(ours[at])}`;
}

type MergeVector = {
  description: string;
  patch: string;
  dest: string;
  result: string;
  infer: boolean;
  listIncreaseDirection: "append" | "prepend";
};

/** The unit vectors of strategic merge, compared as data. */
async function loadMerge(file: string): Promise<Vector[]> {
  if (!existsSync(file)) return [];
  const { buildDocuments } = await import("../packages/yaml/src/index.ts");
  const { Merge } = await import("../packages/kustomize/src/merge/strategic.ts");
  const { newSchemaState } = await import("../packages/kustomize/src/merge/schema.ts");
  const read = (text: string): any =>
    buildDocuments(text, { dialect: "node", spelling: true, duplicates: "error" })[0] ?? null;
  return (JSON.parse(readFileSync(file, "utf8")) as MergeVector[]).map((vector) => ({
    name: `merge2/${vector.description.trim()}`,
    run: () => {
      const merge = new Merge(newSchemaState(), vector.listIncreaseDirection, vector.infer);
      const actual = merge.walk(read(vector.dest), read(vector.patch), undefined, []) ?? null;
      const expected = read(vector.result);
      return isDeepStrictEqual(actual, expected)
        ? undefined
        : `expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
    },
  }));
}

/** Runs on a copy outside any git work tree, because tools look for one upwards. */
function inCopy<T>(input: string, work: (copy: string) => T): T {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), "sluice-conformance-")));
  try {
    if (existsSync(input)) cpSync(input, copy, { recursive: true });
    return work(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function readExpected(file: string): Map<string, string> {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const [name = "", ...reason] = line.split(": ");
      if (reason.length === 0)
        throw new Error(`${file}: "${line}" gives no reason; write "<case>: <reason>"`);
      return [name, reason.join(": ")];
    }),
  );
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { cases: { type: "string" }, only: { type: "string" }, verbose: { type: "boolean" } },
  });
  const unknown = positionals.filter((name) => !Object.hasOwn(suites, name));
  if (unknown.length > 0) {
    console.error(`no such suite: ${unknown.join(", ")}; suites: ${Object.keys(suites).join(", ")}`);
    return 2;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(suites);
  const codes: number[] = [];
  for (const name of names) codes.push(await replay(name, suites[name]!, values));
  return Math.max(...codes);
}

async function replay(
  name: string,
  suite: Suite,
  { cases, only = "", verbose = false }: { cases?: string; only?: string; verbose?: boolean },
): Promise<number> {
  const folder = resolve(cases ?? join(root, "..", "shared", "conformance", suite.folder));
  const all = existsSync(folder) ? await suite.load(folder) : [];
  const vectors = all.filter((vector) => vector.name.includes(only));
  if (vectors.length === 0) {
    console.error(`no vectors of ${name} at ${folder}; give the folder that holds them with --cases DIR`);
    return 2;
  }
  return report(name, vectors, readExpected(join(root, suite.expected)), verbose);
}

function report(name: string, vectors: Vector[], expected: Map<string, string>, verbose: boolean): number {
  let passed = 0;
  let wrong = 0;
  for (const vector of vectors) {
    const problem = vector.run();
    const reason = expected.get(vector.name);
    if (problem === undefined) passed++;
    if (problem !== undefined && reason === undefined) {
      wrong++;
      console.log(`FAIL ${vector.name}\n     ${problem.replaceAll("\n", "\n     ")}`);
    } else if (problem === undefined && reason !== undefined) {
      wrong++;
      console.log(`FIXED ${vector.name}: take it off the list of expected failures`);
    } else if (verbose) console.log(`${problem === undefined ? "ok  " : "known"} ${vector.name}`);
  }
  console.log(`${name}: ${passed} of ${vectors.length}`);
  return wrong > 0 ? 1 : 0;
}

process.exitCode = await main();
