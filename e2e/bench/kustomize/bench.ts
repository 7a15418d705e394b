/**
 * Builds of growing size, by us and by kustomize's own Go library, both warm and in process, in one run.
 *
 *   node e2e/bench/kustomize/bench.ts [--sizes 100,1000,5000] [--peer BINARY] [--no-peer] [--cold KUSTOMIZE]
 *
 * Without --peer the Go program beside this file is built with `go build`. --cold compares whole processes instead, this
 * command and the given kustomize binary: time from start to exit, and peak memory.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../../../packages/kustomize/src/index.ts";

const deployment = (i: number): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${i}
  labels: {app: app-${i}}
spec:
  replicas: 2
  selector:
    matchLabels: {app: app-${i}}
  template:
    metadata:
      labels: {app: app-${i}}
    spec:
      containers:
      - name: main
        image: nginx:1.25
        ports:
        - containerPort: 8080
        env:
        - name: MODE
          value: "production"
        - name: CONFIG
          valueFrom:
            configMapKeyRef: {name: config-${i}, key: mode}
        resources:
          limits: {cpu: 100m, memory: 64Mi}
      volumes:
      - name: config
        configMap: {name: config-${i}}
`;
const service = (i: number): string => `apiVersion: v1
kind: Service
metadata:
  name: app-${i}
spec:
  selector: {app: app-${i}}
  ports:
  - port: 80
    targetPort: 8080
`;
const configMap = (i: number): string => `apiVersion: v1
kind: ConfigMap
metadata:
  name: config-${i}
data:
  mode: fast
  app.properties: |
    key=value
    other=${i}
`;

/** A base of `size` resources in files of 50, and an overlay that renames, moves, labels and patches them. */
function writeTree(dir: string, size: number): void {
  mkdirSync(join(dir, "base"), { recursive: true });
  mkdirSync(join(dir, "overlay"), { recursive: true });
  const files: string[] = [];
  const makers = [deployment, service, configMap];
  for (let from = 0; from < size; from += 50) {
    const documents: string[] = [];
    for (let i = from; i < Math.min(from + 50, size); i++) documents.push(makers[i % 3]!(Math.floor(i / 3)));
    files.push(`r${from}.yaml`);
    writeFileSync(join(dir, "base", `r${from}.yaml`), documents.join("---\n"));
  }
  writeFileSync(
    join(dir, "base/kustomization.yaml"),
    `resources:\n${files.map((file) => `- ${file}\n`).join("")}`,
  );
  writeFileSync(
    join(dir, "overlay/kustomization.yaml"),
    `resources: [../base]
namespace: production
namePrefix: prod-
labels:
- pairs: {env: production}
  includeSelectors: true
commonAnnotations: {team: platform}
images:
- name: nginx
  newTag: "1.27"
configMapGenerator:
- name: shared
  literals: [a=b]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: app-1
    spec:
      replicas: 5
- target: {kind: Deployment}
  patch: |-
    - op: add
      path: /spec/revisionHistoryLimit
      value: 3
`,
  );
}

function ours(dir: string, runs: number): number[] {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    build(dir).yaml();
    times.push(performance.now() - start);
  }
  return times;
}

const best = (times: number[]): number => Math.min(...times);
const shown = (ms: number): string => (ms < 10 ? ms.toFixed(2) : ms.toFixed(0)).padStart(8);

type Cost = { ms: number; megabytes: number };

/** The best time and the highest memory of some runs of a command. Needs GNU time. */
function cold(command: string[], runs: number): Cost {
  const costs = Array.from({ length: runs }, () => {
    const start = performance.now();
    const { status, stderr } = spawnSync("/usr/bin/time", ["-f", "%M", ...command], {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 600_000,
    });
    if (status !== 0) throw new Error(`${command.join(" ")} failed:\n${stderr}`);
    return { ms: performance.now() - start, megabytes: Number(stderr.trim().split("\n").at(-1)) / 1024 };
  });
  return { ms: best(costs.map(({ ms }) => ms)), megabytes: Math.max(...costs.map((cost) => cost.megabytes)) };
}

function compareCold(dir: string, sizes: number[], kustomize: string): void {
  const sluice = join(import.meta.dirname, "../../../packages/cli/bin/sluice.mjs");
  console.log("resources   ours ms      MB   kustomize ms      MB    (whole processes)");
  for (const size of sizes) {
    const overlay = join(dir, String(size), "overlay");
    const runs = size > 500 ? 1 : 10;
    const mine = cold([process.execPath, sluice, "kustomize", "build", overlay], Math.max(runs, 3));
    const theirs = cold([kustomize, "build", overlay], runs);
    const columns = [size, mine.ms, mine.megabytes, theirs.ms, theirs.megabytes];
    console.log(columns.map((value, i) => value.toFixed(0).padStart(i === 3 ? 15 : 9)).join(""));
  }
}

function buildPeer(dir: string): string {
  cpSync(join(import.meta.dirname, "peer"), dir, { recursive: true });
  const env = { ...process.env, GOFLAGS: "-mod=mod" };
  execFileSync("go", ["build", "-o", "peer", "."], {
    cwd: dir,
    stdio: ["ignore", "inherit", "inherit"],
    env,
  });
  return join(dir, "peer");
}

function main(): void {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "100,1000,5000" },
      peer: { type: "string" },
      "no-peer": { type: "boolean" },
      cold: { type: "string" },
    },
  });
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "sluice-bench-")));
  try {
    const sizes = values.sizes.split(",").map(Number);
    if (values.cold) {
      for (const size of sizes) writeTree(join(dir, String(size)), size);
      compareCold(dir, sizes, values.cold);
      return;
    }
    const peer = values["no-peer"] ? undefined : (values.peer ?? buildPeer(join(dir, "peer")));
    console.log("resources      ours      peer    (best of warm builds, ms)");
    for (const size of sizes) {
      const tree = join(dir, String(size));
      writeTree(tree, size);
      const mine = best(ours(join(tree, "overlay"), size > 2000 ? 6 : 15));
      if (!peer) {
        console.log(`${String(size).padStart(9)}  ${shown(mine)}`);
        continue;
      }
      const runs = size > 2000 ? 1 : size > 500 ? 2 : 10;
      const output = execFileSync(peer, [join(tree, "overlay"), String(runs)], {
        encoding: "utf8",
        timeout: 600_000,
      });
      const theirs = best(JSON.parse(output) as number[]);
      console.log(
        `${String(size).padStart(9)}  ${shown(mine)}  ${shown(theirs)}    ${(theirs / mine).toFixed(1)}× faster`,
      );
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

main();
