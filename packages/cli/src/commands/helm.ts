import { Option } from "commander";
import { readLikeHelm } from "../helm/flags.ts";
import type { Define } from "../shell.ts";

/** Helm's commands that need no cluster; a file is only read when its command is on the command line. */
const commands: Record<
  string,
  [summary: string, load: () => Promise<{ define: Define }>, aliases?: string[]]
> = {
  template: ["print what a chart renders to", () => import("./helm/template.ts")],
  lint: ["examine a chart for possible issues", () => import("./helm/lint.ts")],
  package: ["pack a chart into an archive", () => import("./helm/package.ts")],
  dependency: [
    "list, fetch and update the charts that a chart depends on",
    () => import("./helm/dependency.ts"),
    ["dep", "dependencies"],
  ],
  pull: ["fetch the archive of a chart", () => import("./helm/pull.ts"), ["fetch"]],
  show: ["print information about a chart", () => import("./helm/show.ts"), ["inspect"]],
};

export const define: Define = async (command, shell) => {
  command
    .addOption(new Option("-n, --namespace <name>", "namespace of the release").env("HELM_NAMESPACE"))
    .addOption(new Option("--kubeconfig <file>", "kubeconfig to use").env("KUBECONFIG"))
    .addOption(new Option("--kube-context <name>", "context of the kubeconfig").env("HELM_KUBECONTEXT"))
    .addOption(
      new Option("--registry-config <file>", "logins of registries, before those of Docker").env(
        "HELM_REGISTRY_CONFIG",
      ),
    )
    .option("--debug", "print more")
    // Those of the program do not apply here.
    .configureHelp({
      ...command.configureHelp(),
      visibleGlobalOptions: (shown) => (shown === command ? [] : [...command.options]),
    });
  for (const [name, [summary, load, aliases = []]] of Object.entries(commands)) {
    const sub = command.command(name).description(summary).aliases(aliases);
    if ([name, ...aliases].some(shell.wants)) await (await load()).define(sub, shell);
    readLikeHelm(sub);
  }
};
