// `npm run check`: everything a commit has to pass, cheapest first. `--fix` repairs what can be repaired.
import { spawnSync } from "node:child_process";

const fix = process.argv.includes("--fix");
const checks: [name: string, command: string, ...args: string[]][] = [
  ["format and lint", "biome", "check", ...(fix ? ["--write"] : []), "."],
  ["types", "tsc", "-p", "."],
  ["levels", "node", "scripts/levels.ts"],
  ["generated files", "node", "scripts/generate.ts", ...(fix ? [] : ["--check"])],
  ["tests", "node", "scripts/test.ts"],
];
for (const [name, command, ...args] of checks) {
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) {
    console.error(`\ncheck failed at: ${name} (${[command, ...args].join(" ")})`);
    process.exit(1);
  }
}
