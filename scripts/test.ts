// `npm test [-- NAME…]`: the tests of all packages and the scenarios (or of those named), which need only Node and git.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { withoutProxyToItself } from "./loopback.ts";

const root = resolve(import.meta.dirname, "..");
const globs: Record<string, string> = {
  ...Object.fromEntries(
    readdirSync(resolve(root, "packages")).map((room) => [room, `packages/${room}/src/**/*.test.ts`]),
  ),
  e2e: "e2e/scenarios/**/*.test.ts",
};
const rooms = Object.keys(globs);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !rooms.includes(name));
if (unknown.length > 0) {
  console.error(`no such package: ${unknown.join(", ")} (there are ${rooms.join(", ")})`);
  process.exit(2);
}
const files = (asked.length > 0 ? asked : rooms).map((room) => globs[room]!);
const options = [
  "--test-concurrency=2",
  "--test-reporter=./scripts/reporter.ts",
  "--test-reporter-destination=stdout",
];
const done = spawnSync("node", ["--test", ...options, ...files], {
  cwd: root,
  stdio: "inherit",
  env: withoutProxyToItself(process.env),
});
process.exit(done.status ?? 1);
