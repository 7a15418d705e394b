// Proves that packages import lower levels only, through one door each, and that the pure rooms stay pure.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const packages = join(root, "packages");

/** Arrows inside a level that DESIGN allows. */
const sameLevel = new Set([
  "kustomize → yaml",
  // Versions, label selectors and hints about names are those of the kinds: api is the lowest of the pure rooms.
  "kustomize → api",
  "gotemplate → yaml",
  "gotemplate → x509",
  "gotemplate → api",
  "helm → gotemplate",
  "helm → yaml",
  "helm → api",
  "runtime → kube",
]);
/** The doors may open into each other: the CLI shows the cluster and the demo servers. */
const doors = 4;
/** `cluster` proves nothing if it shares code with what it tests. */
const capped: Record<string, number> = { cluster: 0, testing: 0 };

type Manifest = { name: string; sluice: { level: number }; dependencies?: object; devDependencies?: object };
const manifests = new Map(
  readdirSync(packages).map((dir) => {
    const manifest: Manifest = JSON.parse(readFileSync(join(packages, dir, "package.json"), "utf8"));
    return [dir, manifest];
  }),
);

const problems: string[] = [];
for (const [room, manifest] of manifests) {
  for (const file of sourcesOf(join(packages, room, "src"))) checkFile(room, manifest, file);
}
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(`levels: ${manifests.size} packages import lower levels only`);

function sourcesOf(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
}

function checkFile(room: string, manifest: Manifest, file: string): void {
  const text = readFileSync(file, "utf8");
  const at = relative(root, file);
  const isTest = /\.(test|fixture)\.ts$/.test(file);
  for (const [, specifier] of text.matchAll(/(?:from|import\()\s*"([^"]+)"/g))
    checkImport(room, manifest, at, isTest, specifier!);
  if (!isTest && manifest.sluice.level < doors && !file.endsWith("/main.ts"))
    checkPurity(manifest.sluice.level, at, text);
}

function checkImport(room: string, manifest: Manifest, at: string, isTest: boolean, specifier: string): void {
  if (specifier.startsWith(".")) {
    const target = relative(packages, resolve(root, dirname(at), specifier)).split("/")[0];
    if (target !== room) problems.push(`${at}: reaches into ${specifier}; import @sluice/${target} instead`);
    return;
  }
  const [, target, inner] = /^@sluice\/([^/]+)(\/.+)?$/.exec(specifier) ?? [];
  if (target === undefined) return;
  const level = manifests.get(target)?.sluice.level;
  if (level === undefined) problems.push(`${at}: there is no package @sluice/${target}`);
  else if (inner !== undefined && inner !== "/main")
    problems.push(`${at}: import @sluice/${target}, its only door`);
  else if (isTest) return;
  else if (!mayImport(room, manifest.sluice.level, target, level))
    problems.push(
      `${at}: ${room} (level ${manifest.sluice.level}) may not import ${target} (level ${level})`,
    );
}

function mayImport(room: string, from: number, target: string, to: number): boolean {
  if (room in capped) return to <= capped[room]!;
  if (from === doors && to === doors) return room === "cli";
  return to < from || sameLevel.has(`${room} → ${target}`);
}

/** Clock, chance and process are arguments below the doors: only `main.ts` and default arguments name them. */
function checkPurity(level: number, at: string, text: string): void {
  text.split("\n").forEach((line, index) => {
    if (/^\s*(\/\/|\*|\/\*)/.test(line)) return;
    // A default argument is the one place where the real world comes in.
    const found =
      /(?<!= )\b(Date\.now\(\)|Math\.random\(\)|new Date\(\)|process\.(env|argv|exit|cwd|on)\b)/.exec(line);
    if (found) problems.push(`${at}:${index + 1}: ${found[1]} in level ${level}; take it as an argument`);
  });
}
