import { hostname } from "node:os";
import { defaultNamespace } from "@sluice/api";
import { createClient } from "@sluice/kube";
import { commonFlags, type FlagTable, parseFlags } from "./flags.ts";
import { createLog } from "./log.ts";
import { type ManagerOptions, startManager } from "./manager.ts";
import { createMetrics } from "./metrics.ts";
import { createSecrets } from "./redact.ts";
import type { Flags, Log } from "./types.ts";

export type MainOptions = Pick<ManagerOptions, "name" | "version" | "registrations"> & {
  /** The controller's own flags; they win over the common ones of the same name. */
  flags?: FlagTable;
  /** Feature gates that the controller knows, with their defaults. */
  gates?: Record<string, boolean>;
};

/**
 * The whole process of a controller, for its `src/main.ts`: command line, environment, signals, exit code. Ends with 0 after
 * SIGTERM or SIGINT, with 2 when the command line is wrong, with 1 when it cannot run or is not the leader any more.
 */
export async function runMain(options: MainOptions): Promise<void> {
  const { name, version } = options;
  const warnings: string[] = [];
  const table = withEnvironment({ ...commonFlags, ...options.flags }, process.env);
  const parsed = parseFlags(name, table, process.argv.slice(2), {
    gates: options.gates,
    warn: (message) => void warnings.push(message),
  });
  if (parsed.kind === "help") return void process.stdout.write(parsed.text);
  if (parsed.kind === "error") {
    process.stderr.write(`${name}: ${parsed.message}\n`);
    process.exitCode = 2;
    return;
  }
  const { flags } = parsed;
  const secrets = createSecrets();
  const { logLevel: level, logEncoding: encoding } = flags;
  const log = createLog({ level, encoding, write: process.stderr, now: Date.now, secrets });
  for (const warning of warnings) log.info(warning, { logger: "setup" });
  const leave = (code: number) => process.stderr.write("", () => process.exit(code));
  process.on("uncaughtException", (error) => {
    log.error("unexpected error, the process ends", { error });
    leave(1);
  });
  try {
    await serve({ ...options, flags, log, secrets, version });
    leave(0);
  } catch (error) {
    log.error("unable to run", { error, logger: "setup" });
    leave(1);
  }
}

type Process = Pick<ManagerOptions, "name" | "version" | "registrations"> & {
  flags: Flags;
  log: Log;
  secrets: ReturnType<typeof createSecrets>;
};

/** Runs until a signal comes. @throws when it cannot start, or must not go on */
async function serve({ name, version, ...options }: Process): Promise<void> {
  const metrics = createMetrics();
  const { kubeApiQps } = options.flags;
  const client = createClient({
    qps: kubeApiQps > 0 ? kubeApiQps : undefined,
    userAgent: `${name}/${version}`,
    metrics: metrics.request,
  });
  const namespace = process.env.RUNTIME_NAMESPACE || defaultNamespace;
  const manager = await startManager({
    ...options,
    name,
    version,
    client,
    metrics,
    namespace,
    instance: hostname(),
  });
  let asked = 0;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      // Who asks twice does not want to wait.
      if (++asked > 1) process.exit(1);
      void manager.stop();
    });
  }
  try {
    await manager.done;
  } finally {
    await manager.stop();
    await client.close();
  }
}

// source-controller of Flux takes these two from the environment as well; a flag wins.
function withEnvironment(table: FlagTable, env: NodeJS.ProcessEnv): FlagTable {
  const from = (flag: string, value: string | undefined): FlagTable => {
    const spec = table[flag];
    return value && spec?.type === "string" ? { [flag]: { ...spec, value } } : {};
  };
  return { ...table, ...from("events-addr", env.EVENTS_ADDR), ...from("metrics-addr", env.METRICS_ADDR) };
}
