import { existsSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { env, kill, pid } from "node:process";
import {
  type BuildOptions,
  type BuildResult,
  build,
  buildWithRemotes,
  type FieldOrigin,
  type Helm,
  outputFiles,
} from "@sluice/kustomize";
import { type Command, Option } from "commander";
import { repeated } from "../helm/flags.ts";
import { type Define, examples, type Shell } from "../shell.ts";

type Options = {
  loadRestrictor?: keyof typeof loadRestrictors;
  reorder?: "legacy" | "none";
  output?: string;
  enableManagedbyLabel?: boolean;
  allowRemoteBases?: boolean;
  origins?: boolean;
  enableHelm?: boolean;
  helmApiVersions?: string[];
  helmKubeVersion?: string;
};

// kustomize's own words
const loadRestrictors = { LoadRestrictionsRootOnly: "rootOnly", LoadRestrictionsNone: "none" } as const;

const NO_PLUGINS =
  "executables and containers are not run in builds: use the built-in generators and transformers, patches or replacements, " +
  "or commit the plugin's output";
const NO_COMMAND = "charts are rendered by this program, as Helm 4.2 does; there is no command to run";

/** Flags of kustomize that ask for what is not done; each says why and what to do instead. */
const refused: Record<string, string> = {
  "--as-current-user": NO_PLUGINS,
  "--enable-alpha-plugins": NO_PLUGINS,
  "--enable-exec": NO_PLUGINS,
  "--network": NO_PLUGINS,
  "--network-name <name>": NO_PLUGINS,
  "--mount <option>": NO_PLUGINS,
  "-e, --env <name>": NO_PLUGINS,
  "--helm-command <path>": NO_COMMAND,
};

export const define: Define = (command, shell) => {
  const builds = command
    .command("build")
    .description("print what a kustomization builds, as kustomize does")
    .argument(
      "[dir]",
      "folder of the kustomization; - reads the kustomization itself from standard input",
      ".",
    )
    .addOption(
      new Option("--load-restrictor <name>", "which files may be read").choices(Object.keys(loadRestrictors)),
    )
    .addOption(new Option("--reorder <order>", "how to sort the objects").choices(["legacy", "none"]))
    .option("--enable-managedby-label", "add the label app.kubernetes.io/managed-by")
    .option("--allow-remote-bases", "fetch bases in other Git repositories, and files over HTTP")
    .option("--enable-helm", "render the charts of helmCharts; those that are not there are fetched")
    .addOption(repeated("--helm-api-versions <version>", "API versions that charts find in the cluster"))
    .option("--helm-kube-version <version>", "version of Kubernetes that charts see")
    .addOption(new Option("--helm-debug").hideHelp())
    .option("--origins", "list where every field was set instead of the objects; -o json for programs")
    .option("-o, --output <file>", "write to a file, or to a file for each object in an existing directory")
    .addOption(new Option("--stack-trace", "print where in the program an error came from").hideHelp());
  for (const flags of Object.keys(refused)) builds.addOption(new Option(flags).hideHelp());
  builds.action(async (dir: string, options: Options & { stackTrace?: boolean }) => {
    refuse(builds);
    try {
      await kustomizeBuild(shell, dir, options);
    } catch (thrown) {
      if (options.stackTrace) shell.terminal.err(`${(thrown as Error).stack}\n`);
      throw thrown;
    }
  });
  examples(builds, {
    "what would be applied": "sluice kustomize build ./apps/production",
    "with files from outside the folder":
      "sluice kustomize build ./apps/production --load-restrictor LoadRestrictionsNone",
    "who set the number of replicas": "sluice kustomize build ./apps/production --origins | grep replicas",
  });
};

function refuse(command: Command): void {
  for (const option of command.options) {
    const because = refused[option.flags];
    if (because === undefined || command.getOptionValueSource(option.attributeName()) !== "cli") continue;
    command.error(`error: ${option.long} is not supported: ${because}`, { exitCode: 2 });
  }
}

async function kustomizeBuild(shell: Shell, dir: string, options: Options): Promise<void> {
  const { terminal, signal } = shell;
  const built = options.enableHelm
    ? await (await import("../helm/inflate.ts")).withCharts(shell, options, (helm) =>
        buildAs(dir, options, signal, helm),
      )
    : await buildAs(dir, options, signal);
  for (const warning of built.warnings) terminal.err(`# Warning: ${warning}\n`);
  const { output } = options;
  if (options.origins) {
    const text = output === "json" ? originsJson(built) : originsText(built);
    if (output === undefined || output === "json") terminal.out(text);
    else await writeFile(output, text);
  } else if (output === undefined) terminal.out(built.yaml());
  else await writeOutput(built, output);
}

async function buildAs(
  dir: string,
  options: Options,
  signal: AbortSignal,
  helm?: Helm,
): Promise<BuildResult> {
  const { loadRestrictor, reorder, enableManagedbyLabel, allowRemoteBases, origins, output } = options;
  const wanted: BuildOptions = {
    loadRestrictor: loadRestrictor && loadRestrictors[loadRestrictor],
    reorder,
    addManagedByLabel: enableManagedbyLabel,
    separate: output !== undefined && isDirectory(output),
    origins,
    helm,
    ...(dir === "-" ? { kustomization: await readKustomization() } : {}),
  };
  const root = resolve(dir === "-" ? "." : dir);
  if (!allowRemoteBases) return build(root, wanted);
  const { openRemoteCache } = await import("../remote-cache.ts");
  const cache = await openRemoteCache(env.XDG_CACHE_HOME || join(homedir(), ".cache"), pid, isAlive);
  try {
    const { remoteBases } = await import("../remote-bases.ts");
    const { remoteFile } = await import("../remote-file.ts");
    const proxyFor = (await import("../proxy.ts")).proxyOf(env);
    const result = await buildWithRemotes(root, wanted, {
      repository: remoteBases(cache, sshCredentials, signal),
      file: (url) => remoteFile(url, signal, { proxyFor }),
    });
    // looked up while the files are there
    const found = result.origins?.();
    return found ? { ...result, origins: () => found } : result;
  } finally {
    await cache.close();
  }
}

function isAlive(id: number): boolean {
  try {
    return kill(id, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The user's own key and known hosts, if there are any; only SSH addresses use them. */
function sshCredentials(): { identity?: string; knownHosts?: string } {
  const read = (name: string) => {
    const path = join(homedir(), ".ssh", name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  return {
    identity: read("id_ed25519") ?? read("id_ecdsa") ?? read("id_rsa"),
    knownHosts: read("known_hosts"),
  };
}

async function readKustomization(): Promise<object> {
  const { parse } = await import("@sluice/yaml");
  const value = parse(readFileSync(0, "utf8"), { file: "standard input" });
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Error(
    "standard input holds no kustomization; expected a YAML object with fields such as resources",
  );
}

async function writeOutput({ resources, yaml }: BuildResult, output: string): Promise<void> {
  if (!isDirectory(output)) return writeFile(output, yaml());
  for (const { name, text } of outputFiles(resources)) await writeFile(join(output, name), text);
}

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** A line for each field: object, field, place, what set it. Built to be searched with grep. */
function originsText({ origins }: BuildResult): string {
  const lines = origins!().flatMap(({ kind, namespace, name, fields }) =>
    fields.map((field) =>
      [
        [kind, namespace, name].filter(Boolean).join("/"),
        fieldPath(field),
        `${field.file}:${field.line}`,
        why(field),
      ].join("  "),
    ),
  );
  return lines.map((line) => `${line}\n`).join("");
}

const why = ({ by, steps }: FieldOrigin): string => `(${[by, ...steps].join(", ")})`;

const fieldPath = ({ path }: FieldOrigin): string =>
  path
    .map((part) =>
      typeof part === "number"
        ? `[${part}]`
        : /^[\w-]+$/.test(part)
          ? `.${part}`
          : `[${JSON.stringify(part)}]`,
    )
    .join("")
    .replace(/^\./, "");

const originsJson = ({ origins }: BuildResult): string => `${JSON.stringify(origins!(), null, 2)}\n`;
