// Runs a TypeScript entry of this repository: installs the pinned dependencies when they are missing or stale, then
// starts the entry on a Node that can run TypeScript. Plain JavaScript for old Nodes; imports nothing but Node itself,
// and of that only what every start needs.
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isFresh, isInstalled, lockfiles, root, runsTypescript, stamp } from "./fresh.cjs";

const need = createRequire(import.meta.url);

/** Installs what pnpm-lock.yaml pins, unless the last install here was of the same lock file. */
export function install() {
  if (isInstalled()) return;
  const wanted = need("node:crypto")
    .createHash("sha256")
    .update(Buffer.concat(lockfiles.map((path) => readFileSync(path))))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
    const now = new Date();
    return utimesSync(stamp, now, now);
  }
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  process.stderr.write("Installing dependencies…\n");
  const args = ["-y", packageManager, "install", "--frozen-lockfile", "--reporter=append-only"];
  const how = { cwd: root, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" };
  const done = need("node:child_process").spawnSync("npx", args, how);
  if (done.status !== 0) {
    process.stderr.write(
      `${done.stdout ?? ""}${done.stderr ?? ""}\nInstalling failed; run "npx ${args.join(" ")}" to look closer.\n`,
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

/** The path of a Node that runs TypeScript sources: this one, or that of the platform packages. */
export function typescriptNode() {
  if (runsTypescript()) return process.execPath;
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
  const child = need("node:child_process").spawn(
    node,
    ["--disable-warning=ExperimentalWarning", entry, ...args],
    { stdio: "inherit", env },
  );
  // A terminal's Ctrl-C reaches the child by itself; a signal sent to this process alone has to be passed on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  const { signals } = need("node:os").constants;
  child.on("exit", (code, signal) => process.exit(signal ? 128 + signals[signal] : code));
}

/**
 * The path of the CLI's bundle, made again when its sources have changed; undefined when they cannot be bundled, so that
 * the sources themselves have to run, and tell why.
 */
export function cliBundle() {
  const dir = join(root, "dist/sluice");
  const entry = join(dir, "sluice.cjs");
  if (isFresh(dir)) return entry;
  const args = [join(root, "scripts/bundle.ts"), "sluice"];
  const { status } = need("node:child_process").spawnSync(typescriptNode(), args, { stdio: "ignore" });
  return status === 0 ? entry : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  install();
  const [entry, ...args] = process.argv.slice(2);
  if (entry) run(join(root, entry), args);
}
