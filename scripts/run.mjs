// Runs a TypeScript entry of this repository: installs the pinned dependencies when they are missing or stale, then
// starts the entry on a Node that can run TypeScript. Plain JavaScript for old Nodes; imports nothing but Node itself.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Installs what pnpm-lock.yaml pins, unless the last install here was of the same lock file. */
export function install() {
  const stamp = join(root, "node_modules/.sluice-installed");
  const inputs = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"].map((name) =>
    readFileSync(join(root, name)),
  );
  const wanted = createHash("sha256").update(Buffer.concat(inputs)).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  process.stderr.write("Installing dependencies…\n");
  const args = ["-y", packageManager, "install", "--frozen-lockfile", "--reporter=append-only"];
  const done = spawnSync("npx", args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  if (done.status !== 0) {
    process.stderr.write(
      `${done.stdout ?? ""}${done.stderr ?? ""}\nInstalling failed; run "npx ${args.join(" ")}" to look closer.\n`,
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

/** The path of a Node that runs TypeScript sources: this one from 22.18 on, else the one of the platform packages. */
export function typescriptNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  for (const name of [
    `node-${process.platform}-${process.arch}`,
    `node-bin-${process.platform}-${process.arch}`,
  ]) {
    const path = join(root, "node_modules", name, "bin/node");
    if (existsSync(path)) return path;
  }
  process.stderr.write(
    `Sluice needs Node 22.18 or newer; this is ${process.version}, and no packaged Node exists for ${process.platform}-${process.arch}.\n`,
  );
  process.exit(1);
}

/** Runs `entry` with `args` on such a Node, passes signals on, and exits as it exits. */
export function run(entry, args) {
  const node = typescriptNode();
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, "node_modules/.cache/compile"),
  };
  env.PATH = `${join(node, "..")}:${join(root, "node_modules/.bin")}:${env.PATH}`;
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", entry, ...args], {
    stdio: "inherit",
    env,
  });
  // A terminal's Ctrl-C reaches the child by itself; a signal sent to this process alone has to be passed on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  install();
  const [entry, ...args] = process.argv.slice(2);
  if (entry) run(join(root, entry), args);
}
