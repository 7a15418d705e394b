// `npm test [-- NAME…]`: the tests of all packages (or of those named), which need only Node and git.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const rooms = readdirSync(resolve(root, "packages"));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !rooms.includes(name));
if (unknown.length > 0) {
  console.error(`no such package: ${unknown.join(", ")} (there are ${rooms.join(", ")})`);
  process.exit(2);
}
const globs = (asked.length > 0 ? asked : rooms).map((room) => `packages/${room}/src/**/*.test.ts`);
const done = spawnSync("node", ["--test", "--test-concurrency=2", "--test-reporter=dot", ...globs], {
  cwd: root,
  stdio: "inherit",
});
process.exit(done.status ?? 1);
