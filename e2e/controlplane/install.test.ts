import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { eventually, type GitServer, startGitServer } from "@sluice/testing";
import { isBuilt } from "./build.ts";
import { type ControlPlane, startControlPlane } from "./index.ts";
import { isRunning } from "./processes.ts";
import { readState } from "./up.ts";

const run = promisify(execFile);
const install = join(import.meta.dirname, "../../deploy/install");
const because = await reasonToSkip();

async function reasonToSkip(): Promise<string | false> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "needs root on Linux";
  return !(await isBuilt()) && "needs 'npm run controlplane -- build' first";
}

describe("the installation on a real control plane", { skip: because, timeout: 20 * 60_000 }, () => {
  let dir: string;
  let plane: ControlPlane;
  let git: GitServer;
  const kubectl = async (...args: string[]): Promise<string> => {
    const { stdout } = await run(
      plane.kubectl,
      ["--kubeconfig", plane.kubeconfig, "-n", "flux-system", ...args],
      {
        timeout: 300_000,
        // Its cache of what the server knows would be shared with other servers at the same address.
        env: { HOME: dir },
      },
    );
    return stdout.trim();
  };
  const rolledOut = (name: string, timeout = "240s") =>
    kubectl("rollout", "status", `deployment/${name}`, `--timeout=${timeout}`);
  const applied = async (...objects: object[]) => {
    const file = join(dir, "objects.json");
    await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    await kubectl("apply", "-f", file);
  };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "sluice-controlplane-"));
    git = await startGitServer({ root: join(dir, "repositories") });
    plane = await startControlPlane({ dir: join(dir, "plane"), kubelet: true });
    await kubectl("apply", "--server-side", "-k", install);
  });
  after(async () => {
    await plane?.stop();
    await git?.close();
    await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  });

  test("every controller is rolled out, as an ordinary user with its own ServiceAccount", async () => {
    for (const name of ["source-controller", "kustomize-controller"]) {
      await rolledOut(name);
      const pid = await kubectl(
        "get",
        "pods",
        "-l",
        `app=${name}`,
        "-o",
        "jsonpath={.items[0].metadata.uid}",
      ).then(pidOf);
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
      assert.match(status, /^CapBnd:\t0{16}$/m);
      const lease = await kubectl("get", "lease", "-o", "jsonpath={.items[*].spec.holderIdentity}");
      assert.match(lease, new RegExp(`${name}-`));
    }
  });

  test("a commit becomes running objects, with artifacts fetched through the Service", async () => {
    const files = { "web.yaml": deployment("web", "nginx"), "config.yaml": configMap("hello") };
    const commit = await git.createRepo("app", { files });
    await applied(
      object("source.toolkit.fluxcd.io/v1", "GitRepository", {
        url: git.url("app"),
        interval: "1m",
        ref: { branch: "main" },
      }),
      object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", {
        interval: "1m",
        path: "./",
        prune: true,
        wait: true,
        sourceRef: { kind: "GitRepository", name: "app" },
      }),
    );
    await kubectl("wait", "--for=condition=Ready", "kustomization/app", "--timeout=240s");
    const revision = await kubectl(
      "get",
      "kustomization/app",
      "-o",
      "jsonpath={.status.lastAppliedRevision}",
    );
    assert.equal(revision, `main@sha1:${commit}`);
    const url = await kubectl("get", "gitrepository/app", "-o", "jsonpath={.status.artifact.url}");
    assert.match(url, /^http:\/\/source-controller\.flux-system\.svc\.cluster\.local\.\//);
    assert.equal(
      await kubectl("get", "deployment/web", "-n", "default", "-o", "jsonpath={.status.readyReplicas}"),
      "2",
    );
  });

  test("a killed process is started again, and its end is on record", async () => {
    const uid = await kubectl(
      "get",
      "pods",
      "-l",
      "app=source-controller",
      "-o",
      "jsonpath={.items[0].metadata.uid}",
    );
    process.kill(await pidOf(uid), "SIGKILL");
    const field = "jsonpath={.items[0].status.containerStatuses[0]";
    const restarts = () =>
      kubectl("get", "pods", "-l", "app=source-controller", "-o", `${field}.restartCount}`);
    await eventually(async () => (await restarts()) === "1", { everyMs: 200 });
    // Its lease outlives it by 35 seconds, and only the leader is ready.
    await rolledOut("source-controller");
    const code = await kubectl(
      "get",
      "pods",
      "-l",
      "app=source-controller",
      "-o",
      `${field}.lastState.terminated.exitCode}`,
    );
    assert.equal(code, "137");
  });

  test("a flag that does not exist is never rolled out, and kubectl logs says why", async () => {
    const patch = [{ op: "add", path: "/spec/template/spec/containers/0/args/-", value: "--no-such-flag" }];
    await kubectl("patch", "deployment/kustomize-controller", "--type=json", "-p", JSON.stringify(patch));
    await assert.rejects(rolledOut("kustomize-controller", "5s"), /timed out waiting for the condition/);
    const selector = ["-l", "app=kustomize-controller", "--tail=1"];
    await eventually(async () => /unknown flag --no-such-flag/.test(await kubectl("logs", ...selector)), {
      everyMs: 500,
    });
    await kubectl("rollout", "undo", "deployment/kustomize-controller");
    await rolledOut("kustomize-controller");
  });

  test("source-controller may not do what only kustomize-controller may", async () => {
    const may = (name: string) =>
      kubectl(
        "auth",
        "can-i",
        "create",
        "deployments",
        `--as=system:serviceaccount:flux-system:${name}`,
      ).catch(({ stdout }) => stdout.trim());
    assert.deepEqual([await may("source-controller"), await may("kustomize-controller")], ["no", "yes"]);
  });

  test("stopping leaves no process behind", async () => {
    const state = (await readState(join(dir, "plane")))!;
    const kubelet = state.processes.find(({ name }) => name === "kubelet")!;
    // The pod that was never ready may be on its way out still.
    const pods = await eventually(async () => {
      const found = await processesBelow(kubelet.pid);
      return found.length === 2 ? found : undefined;
    });
    await plane.stop();
    assert.deepEqual(
      await Promise.all(state.processes.map(isRunning)),
      state.processes.map(() => false),
    );
    assert.deepEqual(
      (
        await Promise.all(
          pods.map((pid) =>
            readFile(`/proc/${pid}/comm`).then(
              () => pid,
              () => [],
            ),
          ),
        )
      ).flat(),
      [],
    );
  });
});

/** The process of the pod with that uid: its mounts tell. */
async function pidOf(uid: string): Promise<number> {
  for (const name of await readdir("/proc")) {
    const mounts = /^\d+$/.test(name)
      ? await readFile(`/proc/${name}/mountinfo`, "utf8").catch(() => "")
      : "";
    if (mounts.includes(`_${uid}/`)) return Number(name);
  }
  throw new Error(`no process belongs to pod ${uid}`);
}

async function processesBelow(parent: number): Promise<string[]> {
  return (await readFile(`/proc/${parent}/task/${parent}/children`, "utf8"))
    .trim()
    .split(" ")
    .filter(Boolean);
}

function object(apiVersion: string, kind: string, spec: object): object {
  return { apiVersion, kind, metadata: { name: "app", namespace: "flux-system" }, spec };
}

function configMap(name: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
    data: { a: "1" },
  });
}

function deployment(name: string, image: string): string {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name, image }] } };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  return JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec,
  });
}
