// What the embedded cluster does in a second, and in how much memory, beside kube-apiserver with etcd: `npm run bench -- cluster`.
// `-- embedded` leaves the real one out, which needs Go once; `-- 2000` takes fewer objects than 20,000.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { loadKubeConfig } from "@sluice/kube";
import { startReferenceServer } from "../differential/server.ts";
import type { Phase } from "./cluster/load.ts";
import type { Target } from "./cluster/wire.ts";

/** An API server to measure: the processes that it consists of. */
type Server = Target & { pids: number[]; stop(): Promise<void> };
/** What a server came to. Memory in MiB, CPU in seconds. */
type Figures = { phases: (Phase & { cpu: number })[]; idle: number; full: number };

const args = process.argv.slice(2);
const objects = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 20_000);
const settleMs = 3_000;
const mostMs = 15 * 60_000;

const embedded = await measure("the embedded cluster", startEmbedded);
const real = args.includes("embedded") ? undefined : await measure("kube-apiserver", startReal);
console.log(tableOf(embedded, real));

async function measure(name: string, start: () => Promise<Server>): Promise<Figures | undefined> {
  let server: Server;
  try {
    server = await start();
  } catch (thrown) {
    console.error(`${name} is not measured: ${(thrown as Error).message}`);
    return undefined;
  }
  const { url, ca, token, pids } = server;
  const load = spawn(
    process.execPath,
    [join(import.meta.dirname, "cluster/load.ts"), JSON.stringify({ url, ca, token, objects })],
    { stdio: ["pipe", "pipe", "inherit"], timeout: mostMs },
  );
  load.once("exit", (code, signal) => {
    if (code === 0) return;
    console.error(`${name}: the client ended early (${signal ?? `exit code ${code}`}), figures are missing`);
    process.exitCode = 1;
  });
  try {
    await pause(settleMs);
    return await follow(name, load, pids);
  } finally {
    load.kill();
    await server.stop();
  }
}

/** Lets the client begin one phase after the other, and looks at the server before and after each. */
async function follow(name: string, load: ChildProcess, pids: number[]): Promise<Figures> {
  const idle = memoryOf(pids);
  const figures: Figures = { phases: [], idle, full: idle };
  const lines = createInterface({ input: load.stdout! })[Symbol.asyncIterator]();
  for (;;) {
    const before = cpuOf(pids);
    load.stdin!.write("go\n");
    const { value, done } = await lines.next();
    if (done) break;
    const phase: Phase = JSON.parse(value);
    console.error(`${name}: ${phase.name}: ${phase.count} in ${phase.seconds.toFixed(1)} s`);
    figures.phases.push({ ...phase, cpu: cpuOf(pids) - before });
    if (figures.phases.length > 1) continue;
    await pause(settleMs); // garbage of creating is not part of what is held
    figures.full = memoryOf(pids);
  }
  if (load.exitCode === null && load.signalCode === null) await once(load, "exit");
  return figures;
}

async function startEmbedded(): Promise<Server> {
  const dir = await mkdtemp(join(tmpdir(), "sluice-bench-"));
  const kubeconfig = join(dir, "kubeconfig");
  const main = join(import.meta.dirname, "../../packages/cluster/src/main.ts");
  const child = spawn(process.execPath, [main, "--no-simulate", "--kubeconfig", kubeconfig], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = await once(createInterface({ input: child.stdout }), "line");
  const config = loadKubeConfig({ file: kubeconfig });
  const ca = Buffer.from(config.getCurrentCluster()!.caData!, "base64").toString();
  const stop = async () => {
    child.kill();
    await rm(dir, { recursive: true, force: true });
  };
  return { url, ca, token: config.getCurrentUser()!.token!, pids: [child.pid!], stop };
}

async function startReal(): Promise<Server> {
  const { processes, ...server } = await startReferenceServer((step) => console.error(step));
  const counted = processes.filter(({ name }) => ["etcd", "kube-apiserver"].includes(name));
  return { ...server, pids: counted.map(({ pid }) => pid) };
}

function tableOf(ours: Figures | undefined, theirs: Figures | undefined): string {
  const rows = (ours ?? theirs)!.phases.map(({ name }, index) => {
    const [a, b] = [ours?.phases[index], theirs?.phases[index]];
    return [name, ...cells(a), ...cells(b), ratio(rate(a), rate(b)), ratio(cpuEach(b), cpuEach(a))];
  });
  const per10k = ({ idle, full }: Figures) => ((full - idle) / objects) * 10_000;
  const memory = (figures: Figures | undefined) =>
    figures === undefined
      ? "–"
      : `${figures.idle.toFixed(0)} MiB at first, ${figures.full.toFixed(0)} MiB with ${objects} objects: ${per10k(figures).toFixed(0)} MiB per 10,000`;
  return [
    `${objects} ConfigMaps, 8 connections. CPU is the server's for one request; ratios say how many times better the embedded cluster is.`,
    "",
    "| | embedded /s | p50 ms | p99 ms | CPU ms | real /s | p50 ms | p99 ms | CPU ms | throughput | CPU |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
    "",
    `memory, embedded: ${memory(ours)}`,
    `memory, kube-apiserver and etcd: ${memory(theirs)}`,
    `the client took at most ${Math.max(...[ours, theirs].flatMap((one) => one?.phases.map(({ clientCpu }) => clientCpu) ?? [])).toFixed(2)} of a core`,
  ].join("\n");
}

type Row = Figures["phases"][number] | undefined;

function rate(row: Row): number | undefined {
  return row && row.count / row.seconds;
}

/** CPU of the server for one request, in milliseconds. */
function cpuEach(row: Row): number | undefined {
  return row && (row.cpu / row.count) * 1000;
}

function cells(row: Row): string[] {
  if (row === undefined) return ["–", "–", "–", "–"];
  return [rate(row)!.toFixed(0), row.p50.toFixed(1), row.p99.toFixed(1), cpuEach(row)!.toFixed(2)];
}

function ratio(one: number | undefined, other: number | undefined): string {
  return one && other ? `${(one / other).toFixed(1)}×` : "–";
}

/** Resident memory of the processes together, MiB. */
function memoryOf(pids: number[]): number {
  const kib = pids.map((pid) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]),
  );
  return kib.reduce((sum, each) => sum + each, 0) / 1024;
}

/** User and system time of the processes together, seconds; proc(5) tells it in hundredths. */
function cpuOf(pids: number[]): number {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}
