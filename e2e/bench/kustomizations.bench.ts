// What a Kustomization costs: API requests and CPU of each controller, from push to Ready and at rest, for 100 and 1,000
// Kustomizations of one repository, each with a ConfigMap and a Deployment, on the embedded cluster; controllers as in the images.
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kinds, requests } from "@sluice/api";
import { controllerNames, startWorld, type World } from "@sluice/cli";
import { startCluster } from "@sluice/cluster";
import { startGitServer } from "@sluice/testing";
import { asInImages } from "../bundles.ts";

const sizes = process.argv.slice(2).map(Number);
for (const size of sizes.length > 0 ? sizes : [100, 1_000]) await measure(size);

async function measure(size: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "sluice-bench-"));
  const ended = new AbortController();
  const cluster = await startCluster();
  const git = await startGitServer({ root: join(dir, "repositories") });
  const kubeconfig = join(dir, "kubeconfig");
  await writeFile(kubeconfig, cluster.kubeconfig());
  const world = await startWorld({
    dir,
    kubeconfig,
    ...(await asInImages(join(dir, "bundles"))),
    onExit: (name, how) => console.error(`${name} ended: ${how}`),
    signal: ended.signal,
  });
  try {
    const files = (version: number) =>
      Object.fromEntries(
        Array.from({ length: size }, (_, index) => [`apps/${index}/app.yaml`, app(index, version)]),
      );
    let commit = await git.createRepo("bench", { files: files(1) });
    await world.client.create(kinds.gitRepository, repository(git.url("bench")));
    await untilFetched(world, commit);
    const first = await phase(world, cluster, size, async () => {
      for (let index = 0; index < size; index++)
        await world.client.create(kinds.kustomization, kustomization(index));
      await untilReady(world, commit, size);
    });
    report(`${size} Kustomizations, created → Ready`, first, size);
    commit = await git.commit("bench", { files: files(2) });
    const second = await phase(world, cluster, size, async () => {
      await request(world, kinds.gitRepository, "bench");
      await untilReady(world, commit, size);
    });
    report(`${size} Kustomizations, push → Ready`, second, size);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const rest = await phase(
      world,
      cluster,
      size,
      () => new Promise((resolve) => setTimeout(resolve, 12_000)),
    );
    report(`${size} Kustomizations at rest, one interval (10 s) and a bit`, rest, size);
  } finally {
    ended.abort();
    await world.stop();
    await git.close();
    await cluster.close();
    await rm(dir, { recursive: true, force: true });
  }
}

type Figures = {
  ms: number;
  cpuMs: Record<string, number>;
  rssMiB: Record<string, number>;
  requests: Record<string, number>;
};
type Cluster = Awaited<ReturnType<typeof startCluster>>;

async function phase(
  world: World,
  cluster: Cluster,
  _size: number,
  work: () => Promise<unknown>,
): Promise<Figures> {
  cluster.resetStats();
  const before = controllerNames.map((name) => cpuMs(world, name));
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  const cpu = Object.fromEntries(
    controllerNames.map((name, index) => [name, cpuMs(world, name) - before[index]!]),
  );
  const rss = Object.fromEntries(controllerNames.map((name) => [name, rssMiB(world, name)]));
  return { ms, cpuMs: cpu, rssMiB: rss, requests: cluster.stats().requests };
}

function report(
  title: string,
  { ms, cpuMs: cpu, rssMiB: rss, requests: asked }: Figures,
  size: number,
): void {
  const busiest = Object.entries(asked)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 8)
    .map(([what, count]) => `${what} ${count}`);
  const total = Object.values(asked).reduce((sum, count) => sum + count, 0);
  console.log(`${title}: ${(ms / 1000).toFixed(2)} s`);
  for (const name of controllerNames)
    console.log(
      `  ${name}: ${Math.round(cpu[name]!)} ms CPU (${(cpu[name]! / size).toFixed(2)} ms each), ${Math.round(rss[name]!)} MiB resident`,
    );
  console.log(`  API requests: ${total} (${(total / size).toFixed(2)} each): ${busiest.join(", ")}`);
}

/** User and system time of a process, from /proc, in milliseconds (ticks are 10 ms). */
function cpuMs(world: World, name: string): number {
  const fields = readFileSync(`/proc/${world.processes.pid(name)}/stat`, "utf8")
    .split(") ")[1]!
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function rssMiB(world: World, name: string): number {
  const [, kib] =
    /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${world.processes.pid(name)}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

async function untilFetched(world: World, commit: string): Promise<void> {
  for (;;) {
    const repo = await world.client.get(kinds.gitRepository, { namespace: "flux-system", name: "bench" });
    if (String(repo?.status?.artifact?.revision).endsWith(commit)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function untilReady(world: World, commit: string, size: number): Promise<void> {
  const done = new Set<string>();
  const { items, resourceVersion } = await world.client.list(kinds.kustomization, {
    namespace: "flux-system",
  });
  const see = (object: any) => {
    const ready = object.status?.conditions?.find(({ type }: { type: string }) => type === "Ready");
    if (ready?.status === "True" && String(object.status.lastAppliedRevision).endsWith(commit))
      done.add(object.metadata.name);
  };
  items.forEach(see);
  if (done.size === size) return;
  const enough = new AbortController();
  for await (const event of world.client.watch(
    kinds.kustomization,
    { namespace: "flux-system", resourceVersion },
    { signal: enough.signal },
  )) {
    if (event.type !== "BOOKMARK") see(event.object);
    if (done.size === size) return enough.abort();
  }
}

async function request(world: World, kind: typeof kinds.gitRepository, name: string): Promise<void> {
  const body = { metadata: { annotations: { [requests.reconcile]: new Date().toISOString() } } };
  await world.client.patch(kind, { namespace: "flux-system", name }, { type: "merge", body });
}

function repository(url: string) {
  return {
    apiVersion: kinds.gitRepository.apiVersion,
    kind: "GitRepository",
    metadata: { name: "bench", namespace: "flux-system" },
    spec: { url, ref: { branch: "main" }, interval: "1h" },
  };
}

function kustomization(index: number) {
  return {
    apiVersion: kinds.kustomization.apiVersion,
    kind: "Kustomization",
    metadata: { name: `app-${index}`, namespace: "flux-system" },
    spec: {
      interval: "10s",
      prune: true,
      path: `./apps/${index}`,
      sourceRef: { kind: "GitRepository", name: "bench" },
    },
  };
}

function app(index: number, version: number): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: app-${index}
  namespace: default
data:
  version: "${version}"
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${index}
  namespace: default
spec:
  replicas: 1
  selector:
    matchLabels:
      app: app-${index}
  template:
    metadata:
      labels:
        app: app-${index}
    spec:
      containers:
        - name: web
          image: registry.example/web:${version}
`;
}
