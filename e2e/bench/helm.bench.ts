/**
 * Charts of growing size, rendered by us and by Helm's own Go packages, both warm and in process, in one run.
 *
 *   npm run bench -- helm [--runs 60] [--only small,hundred,stack] [--no-peer] [--cold]
 *
 * "engine" renders prepared values: Helm parses all templates each time, we keep them parsed with the chart. "release" is all
 * that comes before a cluster is met: dependencies, values, rendering, sorting, hooks. The ratio is that of the best runs.
 * --cold compares whole processes instead: `sluice helm template` and `helm template`. Needs Go, for what is compared with.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type Oracle, programs, startOracle } from "../oracle/index.ts";
import { type Files, plainChart, stackChart } from "./helm/charts.ts";
import { type Part, runnerOf } from "./helm/ours.ts";

const CHARTS: Record<string, () => Files> = {
  small: () => plainChart("small", 4),
  hundred: () => plainChart("hundred", 100),
  stack: stackChart,
};
const WARM_MS = 2000;
const PARTS: readonly Part[] = ["engine", "release"];

function write(dir: string, files: Files): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}

type Times = { best: number; median: number };

function timesOf(milliseconds: number[]): Times {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  return { best: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]! };
}

function ours(dir: string, part: Part, runs: number): { times: Times; bytes: number } {
  const run = runnerOf(dir, part);
  // The first runs compile templates, and JavaScript itself.
  for (const until = performance.now() + WARM_MS; performance.now() < until; ) run();
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    bytes = run();
    times.push(performance.now() - start);
  }
  return { times: timesOf(times), bytes };
}

async function theirs(oracle: Oracle, dir: string, part: Part, runs: number) {
  const [answer] = await oracle.ask([{ op: "bench", chart: dir, part, runs }]);
  const { nanoseconds, bytesPerRun, bytes } = answer;
  return {
    times: timesOf(nanoseconds.map((one: number) => one / 1e6)),
    megabytes: bytesPerRun / 2 ** 20,
    bytes,
  };
}

/** The best time of some runs of a command. */
function cold(command: string[], runs: number): number {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    execFileSync(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });
    return performance.now() - start;
  });
  return Math.min(...times);
}

async function compareCold(names: string[], dir: string): Promise<void> {
  const { helm } = await programs();
  const sluice = join(import.meta.dirname, "../../packages/cli/bin/sluice");
  console.log("chart     sluice ms   helm ms   (whole processes, best of 8)");
  for (const name of names) {
    const chart = join(dir, name);
    write(chart, CHARTS[name]!());
    const mine = cold([sluice, "helm", "template", "rel", chart], 8);
    const theirs = cold([helm, "template", "rel", chart], 8);
    console.log(`${name.padEnd(8)} ${mine.toFixed(0).padStart(10)} ${theirs.toFixed(0).padStart(9)}`);
  }
}

const shown = (ms: number): string => ms.toFixed(ms < 10 ? 2 : 1).padStart(8);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "60" },
      only: { type: "string", default: Object.keys(CHARTS).join() },
      "no-peer": { type: "boolean" },
      cold: { type: "boolean" },
    },
  });
  const runs = Number(values.runs);
  const dir = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const names = values.only.split(",");
  const oracle = values["no-peer"] || values.cold ? undefined : startOracle((await programs()).oracle);
  try {
    if (values.cold) return await compareCold(names, dir);
    console.log(
      "chart    part       ours ms: best   median   Helm ms: best   median   ratio   Helm MB/run     bytes",
    );
    for (const name of names) {
      write(join(dir, name), CHARTS[name]!());
      for (const part of PARTS) {
        const mine = ours(join(dir, name), part, runs);
        let line = `${name.padEnd(8)} ${part.padEnd(8)}      ${shown(mine.times.best)} ${shown(mine.times.median)}`;
        if (oracle) {
          const peer = await theirs(oracle, join(dir, name), part, runs);
          const ratio = (peer.times.best / mine.times.best).toFixed(2);
          line += `        ${shown(peer.times.best)} ${shown(peer.times.median)}   ${ratio.padStart(5)} ${peer.megabytes.toFixed(1).padStart(13)}`;
          if (peer.bytes !== mine.bytes) line += `  not the same: ${peer.bytes} and ${mine.bytes} bytes`;
        }
        console.log(`${line} ${String(mine.bytes).padStart(9)}`);
      }
    }
  } finally {
    oracle?.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();
