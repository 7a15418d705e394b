// `npm run controlplane -- up|down|status|env|build [--name NAME]`: a real Kubernetes control plane on this machine.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cacheRoot, programs } from "./build.ts";
import { exitCodeOf } from "./errors.ts";
import { isRunning } from "./processes.ts";
import { down, isUp, readState, type State, up } from "./up.ts";

const usage = `Usage: npm run controlplane -- COMMAND [--name NAME]

  up       start a control plane (build it first, if need be); it runs until "down"
  down     stop it and remove all that it held
  status   tell which parts run; exit code 1 when one does not
  env      print the variables for a shell: eval "$(npm run -s controlplane -- env)"
  build    build and fetch the programs only

  --name   which one of several, "default" unless given
  --simulate-only   (up) play all pods; without it and as root, pods of Sluice's images run as processes
`;

const commands: Record<string, (dir: string, options: { simulateOnly: boolean }) => Promise<number>> = {
  build: async () => {
    console.log(JSON.stringify(await programs(cacheRoot(), say), undefined, 2));
    return 0;
  },
  up: async (dir, { simulateOnly }) => {
    const kubelet = !simulateOnly && process.getuid?.() === 0;
    if (!kubelet && !simulateOnly) say("not root: all pods are simulated, none runs as a process");
    const began = performance.now();
    const state = await up({ dir, kubelet, lifetime: "detached", say });
    say(`ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    console.log(variables(state));
    return 0;
  },
  down: async (dir) => {
    await down(dir);
    await rm(dir, { recursive: true, force: true });
    return 0;
  },
  status: async (dir) => {
    const state = await readState(dir);
    if (state === undefined) {
      console.log("not running");
      return 1;
    }
    const parts = await Promise.all(
      state.processes.map(async (part) => ({ ...part, runs: await isRunning(part) })),
    );
    for (const { name, pid, runs, log } of parts)
      console.log(`${name.padEnd(24)} ${runs ? `running (${pid})` : "ended"}`.padEnd(44), log);
    console.log(state.url);
    return parts.every(({ runs }) => runs) ? 0 : 1;
  },
  env: async (dir) => {
    const state = await readState(dir);
    if (state === undefined || !(await isUp(dir))) throw new Error('not running; start it with "up"');
    console.log(variables(state));
    return 0;
  },
};

const say = (step: string): void => void process.stderr.write(`${step}\n`);

function variables({ dir, kubectl }: State): string {
  return `export KUBECONFIG=${join(dir, "kubeconfig")}\nexport PATH=${join(kubectl, "..")}:$PATH`;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      name: { type: "string", default: "default" },
      "simulate-only": { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const command = commands[positionals[0] ?? ""];
  if (command === undefined || positionals.length !== 1 || !/^[a-z0-9-]{1,63}$/.test(values.name)) {
    process.stderr.write(usage);
    return 2;
  }
  return command(join(cacheRoot(), "instances", values.name), { simulateOnly: values["simulate-only"] });
}

try {
  process.exitCode = await main();
} catch (thrown) {
  process.stderr.write(`controlplane: ${(thrown as Error).message}\n`);
  process.exitCode = exitCodeOf(thrown);
}
