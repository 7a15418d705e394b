// Whether what was made from other files is of today, for run.mjs and for the CLI's start. Plain CommonJS for old Nodes;
// uses nothing that a start has to pay for.
const { readFileSync, statSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");
const stamp = join(root, "node_modules/.sluice-installed");
const lockfiles = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"].map((name) => join(root, name));

/** Whether nothing that tells what to install was written since the last install. */
function isInstalled() {
  const stamped = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs;
  return stamped !== undefined && lockfiles.every((path) => statSync(path).mtimeMs < stamped);
}

/** Whether this Node runs TypeScript sources, as Nodes from 22.18 on do. */
function runsTypescript() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

/** Whether the bundle in `dir` is of today's sources, which its sources.txt lists. */
function isFresh(dir) {
  try {
    const [made, ...files] = readFileSync(join(dir, "sources.txt"), "utf8").trimEnd().split("\n");
    return made === fingerprintOf(root, files);
  } catch {
    return false;
  }
}

/** Stands for the state of `files` below `dir`. Throws when one is missing. */
function fingerprintOf(dir, files) {
  let sum = 0;
  for (const file of files) {
    const { mtimeMs, size } = statSync(`${dir}/${file}`);
    sum = (sum * 31 + mtimeMs + size) % 2 ** 45;
  }
  return String(sum);
}

module.exports = { fingerprintOf, isFresh, isInstalled, lockfiles, root, runsTypescript, stamp };
