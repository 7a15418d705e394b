import { parseDuration } from "@sluice/api";
import { Command, Option } from "commander";
import type { Access, ClusterOptions } from "./cluster-access.ts";
import { processTerminal, progress } from "./terminal.ts";
import { version } from "./version.ts";

const terminal = processTerminal;
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => interrupted.abort());

const program = new Command("sluice")
  .description("GitOps for Kubernetes: bring a Git repository to life, and see how it is doing")
  .version(version, "--version", "print the version of this program")
  .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
  .showHelpAfterError("(add --help for what can be given)")
  .exitOverride();

/** Options of every command that talks to a cluster. */
function onCluster(command: Command): Command {
  return command
    .option("-n, --namespace <name>", "namespace of the objects", "flux-system")
    .option("--kubeconfig <file>", "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("--timeout <duration>", "how long to wait", "5m");
}

/** Opens the cluster, runs `work`, closes it. */
async function withCluster(
  options: ClusterOptions & { watch?: boolean; follow?: boolean },
  work: (access: Access) => Promise<void>,
): Promise<void> {
  const { clientOf } = await import("./cluster-access.ts");
  const client = clientOf(options);
  const endless = options.watch || options.follow;
  const limit = endless
    ? interrupted.signal
    : AbortSignal.any([interrupted.signal, AbortSignal.timeout(parseDuration(options.timeout))]);
  try {
    await work({ client, namespace: options.namespace, terminal, signal: limit, now: Date.now });
  } catch (thrown) {
    if (endless && interrupted.signal.aborted) return;
    if (limit.aborted && !interrupted.signal.aborted)
      throw new Error(`timed out after ${options.timeout}; give it longer with --timeout`);
    throw thrown;
  } finally {
    await client.close();
  }
}

program
  .command("up")
  .description("start an embedded cluster and the controllers, and run a repository on them")
  .option(
    "--repo <dir|url>",
    "repository to run instead of a sample; a folder's commits are applied as you make them",
  )
  .option("--path <path>", "folder of the repository to apply", "./")
  .option("--branch <name>", "branch to follow (default: the current one of a folder, main of a URL)")
  .option("--once", "exit with 0 as soon as everything is Ready")
  .option("--port <port>", "port of the Kubernetes API (default: a free one)")
  .option("--data <dir>", "keep the cluster's objects, artifacts and logs in this folder between runs")
  .option("--timeout <duration>", "how long everything may take to become Ready", "5m")
  .action(async (options) => {
    const { up } = await import("./up/up.ts");
    await up(terminal, options, parseDuration(options.timeout), interrupted.signal);
  });

onCluster(program.command("get"))
  .description("show objects and how they are: get all, get kustomizations, get sources git NAME, …")
  .argument("<kind>", "kind, as in 'ks', 'sources git', 'helmreleases', 'all'")
  .argument("[name...]")
  .option("-A, --all-namespaces", "objects of all namespaces")
  .option("-w, --watch", "go on showing changes")
  .option("-l, --label-selector <selector>", "only objects with these labels")
  .option("--status-selector <selector>", "only objects with this condition: ready=false, ready!=true, …")
  .option("--no-header", "leave the header out")
  .addOption(
    new Option("-o, --output <format>", "print in another form").choices(["json", "yaml", "wide", "name"]),
  )
  .action(async (kind, more, { header, ...options }) => {
    const { get } = await import("./commands/get.ts");
    await withCluster(options, (access) => get(access, [kind, ...more], { ...options, noHeader: !header }));
  });

onCluster(program.command("reconcile"))
  .description("reconcile an object now, and wait for the end: reconcile ks NAME --with-source")
  .argument("<kind>", "kind, as in 'ks' or 'source git'")
  .argument("[name...]")
  .option("--with-source", "reconcile the source first")
  .action(async (kind, more, options) => {
    const { reconcile } = await import("./commands/reconcile.ts");
    await withCluster(options, (access) => reconcile(access, [kind, ...more], options));
  });

for (const verb of ["suspend", "resume"] as const)
  onCluster(program.command(verb))
    .description(
      verb === "suspend"
        ? "stop reconciling objects until they are resumed"
        : "reconcile suspended objects again",
    )
    .argument("<kind>", "kind, as in 'ks' or 'source git'")
    .argument("[name...]")
    .option("--all", `${verb} all objects of the kind in the namespace`)
    .action(async (kind, more, options) => {
      const commands = await import("./commands/suspend.ts");
      await withCluster(options, (access) => commands[verb](access, [kind, ...more], options));
    });

onCluster(program.command("events"))
  .description("show what the controllers said about their objects")
  .option("--for <kind/name>", "only events about this object, or about this kind")
  .option("--types <types>", "only these types: Normal, Warning", (text) => text.split(","))
  .option("-A, --all-namespaces", "events of all namespaces")
  .option("-w, --watch", "go on showing new ones")
  .action(async (options) => {
    const { events } = await import("./commands/events.ts");
    await withCluster(options, (access) => events(access, options));
  });

onCluster(program.command("logs"))
  .description("show the logs of the controllers")
  .addOption(new Option("--level <level>", "only lines of this level").choices(["debug", "info", "error"]))
  .option("--kind <kind>", "only lines about objects of this kind")
  .option("--name <name>", "only lines about objects of this name")
  .option("--since <duration>", "only lines newer than this")
  .option("--tail <lines>", "only so many of the last lines of each controller")
  .option("--flux-namespace <name>", "namespace of the controllers", "flux-system")
  .option("-A, --all-namespaces", "lines about objects of all namespaces")
  .option("-f, --follow", "go on showing new lines")
  .action(async (options) => {
    const { logs } = await import("./commands/logs.ts");
    await withCluster(options, (access) => logs(access, options));
  });

onCluster(program.command("tree"))
  .description("show what a Kustomization applied, and what that applied: tree ks NAME")
  .argument("<words...>", "kustomization NAME, or only the name")
  .option("--compact", "only objects of Flux's own kinds")
  .addOption(new Option("-o, --output <format>", "print in another form").choices(["json", "yaml"]))
  .action(async (words, options) => {
    const { tree } = await import("./commands/tree.ts");
    await withCluster(options, (access) => tree(access, words, options));
  });

program
  .command("kustomize")
  .description("work with kustomizations")
  .command("build")
  .description("print what a kustomization builds")
  .argument("[dir]", "folder of the kustomization", ".")
  .option("--load-restrictor <name>", "LoadRestrictionsRootOnly or LoadRestrictionsNone")
  .option("--reorder <order>", "legacy or none")
  .option("--enable-managedby-label", "add the label app.kubernetes.io/managed-by")
  .option("-o, --output <file>", "write to a file instead of standard output")
  .action(async (dir, options) => {
    const { kustomizeBuild } = await import("./commands/kustomize.ts");
    await kustomizeBuild(terminal, dir, options);
  });

program
  .command("version")
  .description("print the version of this program")
  .addOption(new Option("-o, --output <format>", "print in another form").choices(["json", "yaml"]))
  .action(({ output }) => {
    terminal.out(output === "json" ? `${JSON.stringify({ sluice: version })}\n` : `sluice: ${version}\n`);
  });

try {
  await program.parseAsync();
} catch (thrown) {
  const { code, exitCode, message } = thrown as Error & { code?: string; exitCode?: number };
  if (code?.startsWith("commander.")) process.exit(exitCode === 0 ? 0 : 2);
  if (!interrupted.signal.aborted) progress(terminal).failure(message);
  process.exit(interrupted.signal.aborted ? 130 : 1);
}
process.exit(process.exitCode ?? 0);
