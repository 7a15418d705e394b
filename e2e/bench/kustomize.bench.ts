/**
 * Builds of growing size, by us and by kustomize's own Go library, both warm and in a process of their own, in one run; then
 * sizes that only we build, and whole commands.
 *
 *   npm run bench -- kustomize [--sizes 6,100,1000,5000] [--alone 1000,5000,10000,20000] [--slow skip]
 *                              [--peer BINARY|none] [--kustomize COMMAND]
 *
 * The Go program in `kustomize/peer` is built with `go build`, unless --peer names it. It takes minutes for 5,000 resources,
 * so it builds them once; `--slow skip` leaves that out. --kustomize names a kustomize to compare whole commands with.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeTree } from "./kustomize/tree.ts";

const here = join(import.meta.dirname, "kustomize");
/** Sizes from which on the Go library, which is quadratic, is given one run. */
const SLOW = 2000;

type Cost = { ms: number; megabytes: number };

/** The best time and the peak memory of a program that prints both as JSON. */
function measured(command: string, args: string[]): Cost {
  const output = execFileSync(command, args, { encoding: "utf8", timeout: 1_800_000 });
  const { ms, kilobytes } = JSON.parse(output) as { ms: number[]; kilobytes: number };
  return { ms: Math.min(...ms), megabytes: kilobytes / 1024 };
}

/** The best time and the highest memory of whole runs of a command. Needs GNU time. */
function whole(command: string[], runs: number): Cost {
  const costs = Array.from({ length: runs }, (): Cost => {
    const start = performance.now();
    const { status, stderr } = spawnSync("/usr/bin/time", ["-f", "%M", ...command], {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 1_800_000,
    });
    if (status !== 0) throw new Error(`${command.join(" ")} failed:\n${stderr}`);
    return { ms: performance.now() - start, megabytes: Number(stderr.trim().split("\n").at(-1)) / 1024 };
  });
  return {
    ms: Math.min(...costs.map(({ ms }) => ms)),
    megabytes: Math.max(...costs.map(({ megabytes }) => megabytes)),
  };
}

function buildPeer(dir: string): string {
  cpSync(join(here, "peer"), dir, { recursive: true });
  execFileSync("go", ["build", "-o", "peer", "."], {
    cwd: dir,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, GOFLAGS: "-mod=mod" },
  });
  return join(dir, "peer");
}

const shown = (ms: number): string => `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
const columns = (cells: (string | number)[]): void =>
  console.log(cells.map((cell) => String(cell).padStart(12)).join(""));

const ours = (overlay: string, runs: number): Cost =>
  measured(process.execPath, [join(here, "ours.ts"), overlay, String(runs)]);

function compareWarm(
  overlayOf: (size: number) => string,
  sizes: number[],
  peer: string,
  slow: boolean,
): void {
  console.log("\nwarm, in process: the best of some builds, and the peak memory of the process");
  columns(["resources", "ours", "memory", "kustomize", "memory", "faster"]);
  for (const size of sizes) {
    const overlay = overlayOf(size);
    const mine = ours(overlay, size > SLOW ? 8 : 30);
    if (size > SLOW && !slow) {
      columns([size, shown(mine.ms), `${mine.megabytes.toFixed(0)} MB`, "skipped"]);
      continue;
    }
    const theirs = measured(peer, [overlay, String(size > SLOW ? 1 : size > 500 ? 3 : 20)]);
    columns([
      size,
      shown(mine.ms),
      `${mine.megabytes.toFixed(0)} MB`,
      shown(theirs.ms),
      `${theirs.megabytes.toFixed(0)} MB`,
      `${(theirs.ms / mine.ms).toFixed(1)}×`,
    ]);
  }
}

function alone(overlayOf: (size: number) => string, sizes: number[]): void {
  console.log("\nours alone: linear if the last column stays level");
  columns(["resources", "warm", "memory", "per 1,000"]);
  for (const size of sizes) {
    const { ms, megabytes } = ours(overlayOf(size), size > 6000 ? 5 : 10);
    columns([size, shown(ms), `${megabytes.toFixed(0)} MB`, shown((ms * 1000) / size)]);
  }
}

function compareWhole(overlayOf: (size: number) => string, kustomize: string | undefined): void {
  console.log("\nwhole commands: `sluice kustomize build` and `kustomize build`");
  columns(["resources", "ours", "memory", "kustomize", "memory"]);
  const sluice = join(import.meta.dirname, "../../packages/cli/bin/sluice");
  for (const size of [6, 100, 1000]) {
    const overlay = overlayOf(size);
    const mine = whole([sluice, "kustomize", "build", overlay], size > 500 ? 5 : 20);
    const cells = [size, shown(mine.ms), `${mine.megabytes.toFixed(0)} MB`];
    if (kustomize) {
      const theirs = whole([kustomize, "build", overlay], size > 500 ? 2 : 20);
      cells.push(shown(theirs.ms), `${theirs.megabytes.toFixed(0)} MB`);
    }
    columns(cells);
  }
}

function main(): void {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "6,100,1000,5000" },
      alone: { type: "string", default: "1000,5000,10000,20000" },
      slow: { type: "string", default: "run" },
      peer: { type: "string" },
      kustomize: { type: "string" },
    },
  });
  const numbers = (text: string): number[] => text.split(",").filter(Boolean).map(Number);
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "sluice-bench-")));
  const overlayOf = (size: number): string => {
    const tree = join(dir, String(size));
    if (!existsSync(tree)) writeTree(tree, size);
    return join(tree, "overlay");
  };
  try {
    if (values.peer !== "none") {
      const peer = values.peer ?? buildPeer(join(dir, "peer"));
      compareWarm(overlayOf, numbers(values.sizes), peer, values.slow !== "skip");
    }
    alone(overlayOf, numbers(values.alone));
    if (existsSync("/usr/bin/time")) compareWhole(overlayOf, values.kustomize);
    else console.log("\nwhole commands: left out, there is no /usr/bin/time");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

main();
