import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { apiOf } from "./api.ts";
import { createSimulatedNodes, steerPods, until, untilUsable } from "./bootstrap.ts";
import { cacheRoot, type Programs, programs } from "./build.ts";
import { componentsOf, type Layout } from "./components.ts";
import { accessOf, writeCredentials } from "./credentials.ts";
import { unavailable } from "./errors.ts";
import { addressesOf, claimNetwork, releaseNetwork } from "./network.ts";
import { type Command, isRunning, type Running, startDetached, stopProcess, tailOf } from "./processes.ts";

/** What is written down about an instance, in `state.json` of its directory. */
export type State = {
  dir: string;
  octet: number;
  url: string;
  kubectl: string;
  processes: Running[];
};

export type UpOptions = {
  /** Holds everything of the instance: data, credentials, logs. Need not exist. */
  dir: string;
  /** Whether pods of our own images run as processes; needs root. */
  kubelet: boolean;
  /** "process": everything ends with this process, even when that is killed. "detached": it stays until `down`. */
  lifetime: "process" | "detached";
  say?: (step: string) => void;
};

const readyMs = 180_000;

/**
 * Starts a control plane and returns when it is usable: API server ready, controllers running, nodes Ready.
 * What was started is stopped again when that fails.
 * @throws with exit code 3 when this machine lacks something; else naming the part that failed, with the end of its log
 */
export async function up({ dir, kubelet, lifetime, say = () => {} }: UpOptions): Promise<State> {
  if (kubelet && process.getuid?.() !== 0)
    throw unavailable("the process kubelet needs root: it gives each pod its own mounts and user");
  if ((await readState(dir)) !== undefined && (await isUp(dir)))
    throw new Error(`a control plane runs in ${dir} already; take it down first`);
  const parts = await programs(cacheRoot(), say);
  await mkdir(dir, { recursive: true });
  const layout = await prepare(dir, parts);
  const { host, port } = layout.addresses.apiserver;
  const state: State = {
    dir,
    octet: layout.network.octet,
    url: `https://${host}:${port}`,
    kubectl: parts.kubectl,
    processes: [],
  };
  const deadline = AbortSignal.timeout(readyMs);
  try {
    await startParts(layout, state, { kubelet, lifetime, say, deadline });
    return state;
  } catch (thrown) {
    const dead = await deadPartsOf(state);
    await down(dir);
    throw dead === "" ? thrown : new Error(`${(thrown as Error).message}\n${dead}`, { cause: thrown });
  }
}

/** Stops all processes of the instance, last started first, and gives its network back. Data and logs stay. */
export async function down(dir: string): Promise<void> {
  const state = await readState(dir);
  if (state === undefined) return;
  for (const running of [...state.processes].reverse())
    await stopProcess(running, running.name === "kubelet" ? 70_000 : 10_000);
  await releaseNetwork(claims(), { octet: state.octet });
  await rm(join(dir, "state.json"), { force: true });
}

export async function readState(dir: string): Promise<State | undefined> {
  const text = await readFile(join(dir, "state.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Whether any process of the instance runs. */
export async function isUp(dir: string): Promise<boolean> {
  const state = await readState(dir);
  const running = await Promise.all((state?.processes ?? []).map(isRunning));
  return running.includes(true);
}

const claims = (): string => join(cacheRoot(), "networks");

async function prepare(dir: string, parts: Programs): Promise<Layout> {
  // What an earlier control plane left behind speaks of other addresses and keys.
  await rm(join(dir, "etcd"), { recursive: true, force: true });
  const network = await claimNetwork(claims(), dir, isUp);
  const addresses = await addressesOf(network);
  const credentials = await writeCredentials(dir, network, addresses);
  return { dir, network, addresses, credentials, programs: parts };
}

type Start = Pick<UpOptions, "kubelet" | "lifetime"> & { say: (step: string) => void; deadline: AbortSignal };

async function startParts(
  layout: Layout,
  state: State,
  { kubelet, lifetime, say, deadline }: Start,
): Promise<void> {
  const { addresses } = layout;
  const components = componentsOf(layout);
  const start = async (command: Command) => {
    state.processes.push(await startDetached(lifetime === "process" ? tied(command) : command));
    await writeState(state); // at once, so that `down` knows it whatever happens next
  };
  const waitFor = (what: string, check: () => Promise<boolean>) =>
    until(what, deadline, async () => {
      if ((await deadPartsOf(state)) !== "") throw new Error("a part ended"); // no use in waiting on
      return check();
    });

  say("starting etcd and the API server");
  await start(components.etcd);
  const { host, port } = addresses.etcd;
  await waitFor("etcd is healthy", () => answers(`http://${host}:${port}/health`));
  await start(components.apiserver);
  const api = apiOf(await accessOf(layout.credentials.kubeconfig("admin")));
  try {
    // Includes the hook that makes the default roles: without them the controllers would be refused.
    await waitFor("the API server is ready", () => api.call("GET", "/readyz").then(Boolean));
    say("starting the controllers, the scheduler and the nodes");
    await start(components.controllerManager);
    await start(components.scheduler);
    await start(components.kwok);
    if (kubelet) await start(kubeletOf(layout));
    await createSimulatedNodes(api);
    await untilUsable(api, kubelet ? 3 : 2, deadline);
    if (kubelet) await steerPods(api, deadline);
  } finally {
    api.close();
  }
}

function kubeletOf({ dir, credentials, network, addresses }: Layout): Command {
  return {
    name: "kubelet",
    program: process.execPath,
    args: [
      "--disable-warning=ExperimentalWarning",
      join(import.meta.dirname, "kubelet/main.ts"),
      JSON.stringify({
        dir: join(dir, "pods"),
        octet: network.octet,
        apiserver: addresses.apiserver,
        listen: addresses.kubelet,
        kubeconfig: credentials.kubeconfig("kubelet"),
        proxyKubeconfig: credentials.kubeconfig("proxy"),
        certificate: credentials.certificate,
        key: credentials.key,
      }),
    ],
    log: join(dir, "logs/kubelet.log"),
  };
}

// setpriv(1) lets the kernel end the process when the one that started it dies, however that dies; pods end with their kubelet.
const tied = (command: Command): Command => ({
  ...command,
  program: "setpriv",
  args: ["--pdeathsig", "KILL", command.program, ...command.args],
});

async function deadPartsOf({ processes }: State): Promise<string> {
  const said = await Promise.all(
    processes.map(async (part) =>
      (await isRunning(part))
        ? ""
        : `${part.name} ended; the end of ${part.log}:\n${await tailOf(part.log)}\n`,
    ),
  );
  return said.join("");
}

const answers = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    get(url, { timeout: 1_000 }, (response) => resolve(response.resume().statusCode === 200)).once(
      "error",
      () => resolve(false),
    );
  });

async function writeState(state: State): Promise<void> {
  const file = join(state.dir, "state.json");
  await writeFile(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}
