// Our kustomize-controller and Flux's own on one real control plane, one after the other: 100 and 1,000 Kustomizations of one
// repository, each with a ConfigMap and a Deployment of no replicas, created → Ready and push → Ready. Both are what their images
// run, with the flags that they ship with, and read the artifacts of our source-controller. Needs Go; builds on first use.
import { spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kinds, requests } from "@sluice/api";
import { startWorld, type World } from "@sluice/cli";
import { type GitServer, startGitServer } from "@sluice/testing";
import { asInImages } from "../bundles.ts";
import { startControlPlane } from "../controlplane/index.ts";
import { readState } from "../controlplane/up.ts";
import { fluxController, fluxVersion } from "./flux/build.ts";

type Contender = { name: "sluice" | "flux"; pid: () => number };
type Figures = { what: string; by: string; seconds: number; cpu: number; serverCpu: number; peakMiB: number };

const namespace = "flux-system";
const by = "bench.sluice.dev/by";
const args = process.argv.slice(2).map(Number);
const sizes = args.length > 0 ? args : [100, 1_000];
const say = (step: string) => console.error(step);

const program = await fluxController(say).catch((thrown) => {
  say(thrown.message);
  process.exit(thrown.exitCode ?? 1);
});
const dir = await mkdtemp(join(tmpdir(), "sluice-bench-"));
const ended = new AbortController();
const plane = await startControlPlane({ dir: join(dir, "plane"), say });
const server = (await readState(join(dir, "plane")))!.processes.find(
  ({ name }) => name === "kube-apiserver",
)!;
const world = await startWorld({
  dir,
  kubeconfig: plane.kubeconfig,
  ...(await asInImages(join(dir, "bundles"))),
  flags: { "kustomize-controller": [`--watch-label-selector=${by}=sluice`] },
  onExit: (name, how) => console.error(`${name} ended: ${how}`),
  signal: ended.signal,
});
const git = await startGitServer({ root: join(dir, "repositories") });
const flux = startFlux();
try {
  const contenders: Contender[] = [
    { name: "sluice", pid: () => world.processes.pid("kustomize-controller")! },
    { name: "flux", pid: () => flux.pid! },
  ];
  const figures: Figures[] = [];
  for (const size of sizes)
    for (const one of contenders) figures.push(...(await measure(world, git, one, size)));
  console.log(tableOf(figures));
} finally {
  ended.abort();
  flux.kill();
  await world.stop();
  await git.close();
  await plane.stop();
  await rm(dir, { recursive: true, force: true });
}

function startFlux() {
  const log = openSync(join(dir, "flux.log"), "a");
  const flags = [
    "--metrics-addr=127.0.0.1:0",
    "--health-addr=127.0.0.1:0",
    "--watch-all-namespaces=true",
    `--watch-label-selector=${by}=flux`,
  ];
  const env = { ...process.env, KUBECONFIG: plane.kubeconfig, RUNTIME_NAMESPACE: namespace };
  return spawn(program, flags, { stdio: ["ignore", log, log], env });
}

async function measure(world: World, git: GitServer, contender: Contender, size: number): Promise<Figures[]> {
  const name = `${contender.name}-${size}`;
  const files = (version: number) =>
    Object.fromEntries(
      Array.from({ length: size }, (_, index) => [
        `apps/${index}/app.yaml`,
        app(`${name}-${index}`, version),
      ]),
    );
  let commit = await git.createRepo(name, { files: files(1) });
  await world.client.create(kinds.gitRepository, repository(name, git.url(name)));
  const timed = async (what: string, work: () => Promise<void>): Promise<Figures> => {
    const [cpu, serverCpu, began] = [cpuOf(contender.pid()), cpuOf(server.pid), performance.now()];
    await work();
    const figures = {
      what: `${size} ${what}`,
      by: contender.name,
      seconds: (performance.now() - began) / 1000,
      cpu: cpuOf(contender.pid()) - cpu,
      serverCpu: cpuOf(server.pid) - serverCpu,
      peakMiB: peakOf(contender.pid()),
    };
    say(
      `${contender.name}: ${figures.what}: ${figures.seconds.toFixed(1)} s, ${figures.cpu.toFixed(1)} s CPU, ${figures.peakMiB.toFixed(0)} MiB`,
    );
    return figures;
  };
  const created = await timed("created → Ready", async () => {
    for (let index = 0; index < size; index++)
      await world.client.create(kinds.kustomization, kustomization(contender.name, name, index));
    await untilReady(world, name, commit, size);
  });
  commit = await git.commit(name, { files: files(2) });
  const pushed = await timed("push → Ready", async () => {
    const body = { metadata: { annotations: { [requests.reconcile]: new Date().toISOString() } } };
    await world.client.patch(kinds.gitRepository, { namespace, name }, { type: "merge", body });
    await untilReady(world, name, commit, size);
  });
  return [created, pushed];
}

async function untilReady(world: World, repository: string, commit: string, size: number): Promise<void> {
  const done = new Set<string>();
  const see = (object: any) => {
    const ready = object.status?.conditions?.find(({ type }: { type: string }) => type === "Ready");
    const here = object.spec.sourceRef.name === repository;
    if (here && ready?.status === "True" && String(object.status.lastAppliedRevision).endsWith(commit))
      done.add(object.metadata.name);
  };
  const { items, resourceVersion } = await world.client.list(kinds.kustomization, { namespace });
  items.forEach(see);
  if (done.size === size) return;
  const enough = new AbortController();
  const events = world.client.watch(
    kinds.kustomization,
    { namespace, resourceVersion },
    { signal: enough.signal },
  );
  for await (const event of events) {
    if (event.type !== "BOOKMARK") see(event.object);
    if (done.size === size) return enough.abort();
  }
}

function tableOf(figures: Figures[]): string {
  const rows = figures
    .filter((one) => one.by === "sluice")
    .map((ours) => {
      const theirs = figures.find(({ by, what }) => by === "flux" && what === ours.what)!;
      const cells = ({ seconds, cpu, serverCpu, peakMiB }: Figures) =>
        [seconds, cpu, serverCpu].map((each) => each.toFixed(1)).concat(peakMiB.toFixed(0));
      const ratios = [theirs.seconds / ours.seconds, theirs.cpu / ours.cpu].map(
        (each) => `${each.toFixed(1)}×`,
      );
      return [ours.what, ...cells(ours), ...cells(theirs), ...ratios];
    });
  return [
    `Our kustomize-controller and Flux's ${fluxVersion} on the same kube-apiserver; CPU in seconds, memory at its peak.`,
    "",
    "| Kustomizations | ours, s | CPU | server's CPU | MiB | Flux, s | CPU | server's CPU | MiB | faster | less CPU |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
}

/** User and system time of a process in seconds; proc(5) tells it in hundredths. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The most that a process has held so far, MiB. */
function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;
}

function repository(name: string, url: string) {
  return {
    apiVersion: kinds.gitRepository.apiVersion,
    kind: "GitRepository",
    metadata: { name, namespace },
    spec: { url, ref: { branch: "main" }, interval: "1h" },
  };
}

function kustomization(contender: string, repository: string, index: number) {
  return {
    apiVersion: kinds.kustomization.apiVersion,
    kind: "Kustomization",
    metadata: { name: `${repository}-${index}`, namespace, labels: { [by]: contender } },
    spec: {
      interval: "1h",
      retryInterval: "5s",
      prune: true,
      path: `./apps/${index}`,
      sourceRef: { kind: "GitRepository", name: repository },
    },
  };
}

function app(name: string, version: number): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: default
data:
  version: "${version}"
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: default
spec:
  replicas: 0
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: web
          image: registry.example/web:${version}
`;
}
