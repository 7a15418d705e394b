import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apiOf } from "../controlplane/api.ts";
import { until } from "../controlplane/bootstrap.ts";
import { cacheRoot, programs } from "../controlplane/build.ts";
import { componentsOf } from "../controlplane/components.ts";
import { accessOf, writeCredentials } from "../controlplane/credentials.ts";
import { addressesOf, claimNetwork, releaseNetwork } from "../controlplane/network.ts";
import {
  type Command,
  isRunning,
  type Running,
  startDetached,
  stopProcess,
  tailOf,
} from "../controlplane/processes.ts";

export type ReferenceServer = {
  url: string;
  ca: string;
  token: string;
  processes: Running[];
  stop(): Promise<void>;
};

// Those that the embedded cluster has as well. The others would write to the objects between two requests.
const controllers = [
  "garbage-collector-controller",
  "namespace-controller",
  "serviceaccount-controller",
  "root-ca-certificate-publisher-controller",
  "clusterrole-aggregation-controller",
  "resourcequota-controller",
];
const token = "differential";
const readyMs = 90_000;

/**
 * Starts a kube-apiserver with etcd and the few controllers that its answers depend on. Its ServiceAccount admission is off,
 * so that pods do not get a token volume with a made-up name.
 * @throws with `exitCode` 3 when this machine lacks what that takes, for example Go
 */
export async function startReferenceServer(say: (step: string) => void = () => {}): Promise<ReferenceServer> {
  const parts = await programs(cacheRoot(), say);
  const dir = await mkdtemp(join(tmpdir(), "sluice-differential-"));
  const claims = join(cacheRoot(), "networks");
  const network = await claimNetwork(claims, dir, async () => false);
  const running: Running[] = [];
  const stop = async () => {
    for (const each of running.reverse()) await stopProcess(each);
    await releaseNetwork(claims, network);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const addresses = await addressesOf(network);
    const credentials = await writeCredentials(dir, network, addresses);
    // the name and groups that everybody has on the embedded cluster
    await appendFile(credentials.tokens, `${token},kubernetes-admin,,"system:masters"\n`);
    const commands = commandsOf(componentsOf({ dir, network, addresses, credentials, programs: parts }));
    const access = { ...(await accessOf(credentials.kubeconfig("admin"))), token };
    for (const command of commands) {
      running.push(await startDetached(tied(command)));
      // the controllers are refused before the default roles exist
      if (command.name === "kube-apiserver") await untilAnswers(access, running, "/readyz");
    }
    // the account shows that the controllers work
    await untilAnswers(access, running, "/api/v1/namespaces/default/serviceaccounts/default");
    return { ...access, processes: running, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

function commandsOf({ etcd, apiserver, controllerManager }: ReturnType<typeof componentsOf>): Command[] {
  return [
    etcd,
    { ...apiserver, args: [...apiserver.args, "--disable-admission-plugins=ServiceAccount"] },
    {
      ...controllerManager,
      args: [
        ...controllerManager.args.filter((argument) => !argument.startsWith("--controllers=")),
        `--controllers=${controllers.join(",")}`,
      ],
    },
  ];
}

// setpriv(1) lets the kernel end the process when this one dies, however it dies
const tied = (command: Command): Command => ({
  ...command,
  program: "setpriv",
  args: ["--pdeathsig", "TERM", command.program, ...command.args],
});

async function untilAnswers(
  access: { url: string; ca: string; token: string },
  running: Running[],
  path: string,
): Promise<void> {
  const api = apiOf(access);
  try {
    await until(`${path} is answered`, AbortSignal.timeout(readyMs), async () => {
      for (const part of running) if (!(await isRunning(part))) throw new Error(`${part.name} ended`);
      return Boolean(await api.call("GET", path));
    });
  } catch (thrown) {
    const logs = await Promise.all(running.map(({ log }) => tailOf(log)));
    throw new Error(`${(thrown as Error).message}\n${logs.join("\n")}`, { cause: thrown });
  } finally {
    api.close();
  }
}
