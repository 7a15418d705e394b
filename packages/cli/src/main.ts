import { Command, Option } from "commander";
import { type Define, Failure, type Shell } from "./shell.ts";
import { processTerminal, progress } from "./terminal.ts";
import { version } from "./version.ts";

/** The commands. A file is only read when its command is on the command line, so that the others cost nothing. */
const commands: Record<string, [summary: string, load: () => Promise<{ define: Define }>]> = {
  up: [
    "start an embedded cluster and the controllers, and run a repository on them",
    () => import("./commands/up.ts"),
  ],
  get: ["show objects and how they are", () => import("./commands/get.ts")],
  reconcile: ["reconcile an object now, and wait for the end", () => import("./commands/reconcile.ts")],
  suspend: ["stop reconciling objects until they are resumed", () => import("./commands/suspend.ts")],
  resume: ["reconcile suspended objects again", () => import("./commands/resume.ts")],
  events: ["show what the controllers said about their objects", () => import("./commands/events.ts")],
  logs: ["show the logs of the controllers", () => import("./commands/logs.ts")],
  tree: ["show what a Kustomization applied, and what that applied", () => import("./commands/tree.ts")],
  kustomize: ["work with kustomizations", () => import("./commands/kustomize.ts")],
  helm: ["work with Helm charts", () => import("./commands/helm.ts")],
  version: [
    "print the versions of this program and of what is installed",
    () => import("./commands/version.ts"),
  ],
  completion: [
    "print a script that completes commands and names in your shell",
    () => import("./commands/completion.ts"),
  ],
};

const helpWidth = () => Math.min(processTerminal.columns, 100);

async function main(): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => interrupted.abort());
  const words = process.argv.slice(2);
  const shell: Shell = {
    terminal: processTerminal,
    signal: interrupted.signal,
    now: Date.now,
    env: process.env,
    wants: (name) => words.includes(name),
  };
  const program = await programOf(words, shell);
  if (words.length === 0) words.push("help");
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (thrown) {
    const { code, exitCode, message } = thrown as Error & { code?: unknown; exitCode?: number };
    if (String(code).startsWith("commander.")) process.exit(exitCode === 0 ? 0 : 2);
    if (thrown instanceof Failure) shell.terminal.err(message);
    else if (!interrupted.signal.aborted) progress(shell.terminal).failure(message);
    process.exit(interrupted.signal.aborted ? 130 : 1);
  }
  process.exit(process.exitCode ?? 0);
}

/** Declares the options, the help, and those commands whose names are among the words. */
async function programOf(words: readonly string[], shell: Shell): Promise<Command> {
  const program = new Command("sluice")
    .description("GitOps for Kubernetes: bring a Git repository to life, and see how it is doing")
    .addOption(
      new Option("-n, --namespace <name>", "namespace of the objects")
        .default("flux-system")
        .env("FLUX_SYSTEM_NAMESPACE"),
    )
    .option("--kubeconfig <file>", "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("--timeout <duration>", "how long to wait", "5m")
    .version(version, "--version", "print the version of this program")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: processTerminal.out,
      writeErr: processTerminal.err,
      getOutHelpWidth: helpWidth,
      getErrHelpWidth: helpWidth,
    })
    .showHelpAfterError("(add --help for what can be given)")
    .exitOverride();

  for (const [name, [summary, load]] of Object.entries(commands)) {
    const command = program.command(name).description(summary);
    if (shell.wants(name)) await (await load()).define(command, shell);
  }
  if (words[0] === "__complete")
    (await import("./commands/complete.ts")).define(program.command("__complete", { hidden: true }), shell);
  // Helm's commands have flags of their own with the names of ours, such as --version.
  if (commandOf(words, program.options) === "helm") program.enablePositionalOptions();
  return program;
}

/** The command that `words` name: the first word that is neither a global option nor the value of one. */
function commandOf([first, ...rest]: readonly string[], options: readonly Option[]): string | undefined {
  if (first === undefined || !first.startsWith("-")) return first;
  const takesNext = options.some(
    ({ long, short, required }) => required && (first === long || first === short),
  );
  return commandOf(takesNext ? rest.slice(1) : rest, options);
}

/** The end of the run, for the bundle: it is CommonJS, which knows no await outside of functions. */
export const done = main();
