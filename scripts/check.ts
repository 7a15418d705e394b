// `npm run check`: everything a commit has to pass, cheapest first. `--fix` repairs what can be repaired.
import { spawnSync } from "node:child_process";
import root from "../package.json" with { type: "json" };

const fix = process.argv.includes("--fix");
// turbo asks for the package manager on the PATH; npx puts it there. Tests of packages that did not change are not run again.
const turbo = [
  "-y",
  root.packageManager,
  "exec",
  "turbo",
  "run",
  "test",
  "--concurrency=2",
  "--output-logs=errors-only",
];
const checks: [name: string, command: string, ...args: string[]][] = [
  ["format and lint", "biome", "check", "--error-on-warnings", ...(fix ? ["--write"] : []), "."],
  ["types", "tsc", "-p", "."],
  ["levels", "node", "scripts/levels.ts"],
  ["generated files", "node", "scripts/generate.ts", ...(fix ? [] : ["--check"])],
  ["tests", "npx", ...turbo],
];
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
for (const [name, command, ...args] of checks) {
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, { stdio: "inherit", env });
  if (status !== 0) {
    console.error(`\ncheck failed at: ${name} (${[command, ...args].join(" ")})`);
    process.exit(1);
  }
}
