/**
 * Charts and values that are damaged: whatever they are, what comes of them is a rendering or an error with a code, in time
 * and in bounded memory.
 *
 *   npm run fuzz -- helm-malformed [--seed 1] [--count 1000] [--keep DIR]
 *
 * Needs nothing but Node. A case is told by its seed; --keep leaves the files of the first failing one behind.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { TemplateError } from "../../packages/gotemplate/src/index.ts";
import { writeTar } from "../../packages/helm/src/chart/tar-write.ts";
import {
  ChartError,
  loadArchive,
  loadDirectory,
  mergeValues,
  renderRelease,
  templateText,
} from "../../packages/helm/src/index.ts";
import { type Chart, damagedArchive, damagedChart, damagedValues, soundChart } from "./helm-damage.ts";
import { seeded } from "./random.ts";

type Case = { chart: Chart; archive?: Buffer; values?: Buffer };
/** What became of a case: the code of its error, or `rendered`; anything else is a mistake of ours. */
type Verdict = { seed: number; code?: string; crash?: string; ms: number };

/** Limits that a controller may have too. */
const MEMORY_MB = 768;
const PATIENCE_MS = 60_000;
const TEMPLATE_MS = 5_000;
const SLOW_MS = 15_000;

function caseOf(seed: number): Case {
  const r = seeded(seed);
  let chart = soundChart();
  for (let i = r.below(10) < 7 ? 1 : 1 + r.below(3); i > 0; i--) chart = damagedChart(r, chart);
  const values = r.chance(40) ? damagedValues(r) : undefined;
  if (r.chance(40)) return { chart, values };
  const tar = writeTar(
    [...chart].map(([name, data]) => ({ name: `c/${name}`, data })),
    new Date(0),
  );
  const packed = r.chance(20) ? gzipSync(damagedArchive(r, tar)) : gzipSync(tar);
  return { chart, values, archive: r.chance(10) ? damagedArchive(r, packed) : packed };
}

/** Writes what a file system can hold of a chart. */
function write(dir: string, chart: Chart): void {
  for (const [path, data] of chart) {
    try {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      if (join(dir, path).startsWith(dir)) writeFileSync(join(dir, path), data);
    } catch {
      // no name for a file
    }
  }
}

function tryOut({ chart, archive, values }: Case): string {
  const dir = archive ? undefined : mkdtempSync(join(tmpdir(), "sluice-malformed-"));
  try {
    if (dir) write(dir, chart);
    const loaded = archive ? loadArchive(archive) : loadDirectory(dir!);
    const given = mergeValues({ files: values ? [{ name: "values.yaml", data: values }] : [] });
    const rendered = renderRelease(loaded, {
      release: { name: "rel", namespace: "ns" },
      values: given,
      includeCrds: true,
      now: Date.now,
      random: randomBytes,
      limits: { time: TEMPLATE_MS },
    });
    templateText(rendered);
    return "rendered";
  } catch (thrown) {
    if (thrown instanceof ChartError || thrown instanceof TemplateError) return thrown.code;
    throw thrown;
  } finally {
    if (dir) rmSync(dir, { recursive: true, force: true });
  }
}

function work({ first, count }: { first: number; count: number }): void {
  for (let seed = first; seed < first + count; seed++) {
    parentPort!.postMessage({ seed, begins: true });
    const start = performance.now();
    const verdict: Verdict = { seed, ms: 0 };
    try {
      verdict.code = tryOut(caseOf(seed));
    } catch (thrown) {
      verdict.crash = thrown instanceof Error ? `${thrown.stack}` : String(thrown);
    }
    verdict.ms = performance.now() - start;
    parentPort!.postMessage(verdict);
  }
}

/** Runs cases in a thread until one is its end; the verdicts so far come through `tell`. Returns the seed to go on with. */
function runFrom(first: number, end: number, tell: (verdict: Verdict) => void): Promise<number> {
  return new Promise((resolve) => {
    let at = first;
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { first, count: end - first },
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    let timer: NodeJS.Timeout | undefined;
    const failed = (crash: string): void => {
      clearTimeout(timer);
      tell({ seed: at, crash, ms: PATIENCE_MS });
      void worker.terminate().then(() => resolve(at + 1));
    };
    worker.on("message", (message: Verdict & { begins?: boolean }) => {
      clearTimeout(timer);
      at = message.seed;
      if (message.begins) timer = setTimeout(() => failed("it hangs"), PATIENCE_MS);
      else tell(message);
    });
    worker.on("error", (thrown: Error) => failed(`the thread ended: ${thrown.message}`));
    worker.on("exit", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(end);
    });
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "1000" },
      keep: { type: "string" },
    },
  });
  const first = Number(values.seed);
  const end = first + Number(values.count);
  const codes = new Map<string, number>();
  let failed = 0;
  const tell = ({ seed, code, crash, ms }: Verdict): void => {
    if (code) codes.set(code, (codes.get(code) ?? 0) + 1);
    if (crash === undefined && ms < SLOW_MS) return;
    if (failed++ === 0 && values.keep) write(values.keep, caseOf(seed).chart);
    console.log(`seed ${seed}: ${crash ?? `takes ${Math.round(ms)} ms`}\n`);
  };
  for (let seed = first; seed < end; ) seed = await runFrom(seed, end, tell);
  const counted = [...codes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${count} ${code}`);
  console.log(`${end - first - failed} of ${end - first} as they should be: ${counted.join(", ")}`);
  return failed > 0 ? 1 : 0;
}

if (isMainThread) process.exitCode = await main();
else work(workerData);
