import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { TemplateError } from "@sluice/gotemplate";
import {
  ChartError,
  checkInstallable,
  KNOWN_API_VERSIONS,
  kubeVersionOf,
  logLine,
  originOf,
  type Rendered,
  type RenderOptions,
  renderRelease,
  templateText,
  type Warn,
} from "@sluice/helm";
import { Option } from "commander";
import {
  addChartFlags,
  addIdleFlags,
  addValueFlags,
  type ChartOptions,
  type HelmOptions,
  listed,
  optionsOf,
  repeated,
  type ValueOptions,
} from "../../helm/flags.ts";
import { openChart } from "../../helm/locate.ts";
import { namespaceOf } from "../../helm/namespace.ts";
import { writeManifests } from "../../helm/output.ts";
import { releaseName } from "../../helm/release-name.ts";
import { asHelm, HelmError } from "../../helm/report.ts";
import { valuesOf } from "../../helm/values.ts";
import { type Define, examples, type Shell } from "../../shell.ts";

type Options = HelmOptions &
  ValueOptions &
  ChartOptions & {
    apiVersions?: string[];
    kubeVersion?: string;
    includeCrds?: boolean;
    skipTests?: boolean;
    hooks: boolean;
    showOnly?: string[];
    outputDir?: string;
    releaseName?: boolean;
    isUpgrade?: boolean;
    generateName?: boolean;
    nameTemplate?: string;
    dependencyUpdate?: boolean;
    skipSchemaValidation?: boolean;
    validate?: boolean;
    dryRun: string;
    origins?: boolean;
    postRenderer?: string;
  };

export const define: Define = (command, shell) => {
  addChartFlags(addValueFlags(command.argument("<[name] chart...>", "name of the release, and its chart")))
    .addOption(listed("-a, --api-versions <version>", "API versions that the cluster has on top"))
    .option("--kube-version <version>", "version of Kubernetes that the chart sees")
    .option("--include-crds", "print the definitions of crds/ too")
    .option("--skip-tests", "leave tests out")
    .option("--no-hooks", "leave hooks out")
    .addOption(repeated("-s, --show-only <path>", "only the manifests of these templates"))
    .option(
      "--origins",
      "list where each manifest comes from, and which values it read, instead of the manifests",
    )
    .option("--output-dir <dir>", "write a file for each template instead")
    .option("--release-name", "with --output-dir: below a folder with the name of the release")
    .option("--is-upgrade", "set .Release.IsUpgrade instead of .Release.IsInstall")
    .option("-g, --generate-name", "make up a name for the release")
    .option("--name-template <template>", "template of the name of the release")
    .option("--dependency-update", "fetch the charts that are missing in charts/ before")
    .option("--skip-schema-validation", "do not check the values against values.schema.json")
    .addOption(
      new Option(
        "--dry-run [where]",
        "server: ask the cluster for its API versions, for objects that templates look up, and whether it would take the manifests",
      ).default("client"),
    )
    .addOption(new Option("--validate", "the same as --dry-run=server").hideHelp())
    .addOption(new Option("--post-renderer <plugin>").hideHelp())
    .addOption(repeated("--post-renderer-args <text>", "").hideHelp())
    .action((words: string[]) => asHelm(shell, () => template(shell, words, optionsOf(command))));
  addIdleFlags(command, ...idle);
  examples(command, {
    "what would be installed": "sluice helm template web ./charts/web -f values-prod.yaml --namespace web",
    "a chart of a registry":
      "sluice helm template web oci://registry-1.docker.io/bitnamicharts/nginx --version ^22",
    "one template": "sluice helm template ./charts/web -s templates/ingress.yaml",
    "which values a manifest depends on": "sluice helm template ./charts/web --origins",
    "would the cluster take it": "sluice helm template web ./charts/web --dry-run=server",
  });
};

/** Flags that Helm's own command warns of, and how. */
const deprecated = {
  validate: ["--validate", "use '--dry-run=server' instead"],
  hideNotes: ["--hide-notes", "this flag has no effect for 'helm template' and will be removed in Helm 5"],
  renderSubchartNotes: [
    "--render-subchart-notes",
    "this flag has no effect for 'helm template' and will be removed in Helm 5",
  ],
  force: ["--force", "use --force-replace instead"],
  atomic: ["--atomic", "use --rollback-on-failure instead"],
} as const;

function warnOfFlags(options: object, warn: Warn): void {
  for (const [name, [flag, instead]] of Object.entries(deprecated))
    if (name in options) warn(`Flag ${flag} has been deprecated, ${instead}`);
}

/** helm/pkg/cmd/helpers.go, cmdGetDryRunFlagStrategy. */
function dryRunOf({ dryRun }: Options, warn: Warn): "client" | "server" {
  switch (dryRun) {
    case "client":
    case "server":
      return dryRun;
    case "unset":
      warn(logLine("WARN", "--dry-run is deprecated and should be replaced with '--dry-run=client'"));
      return "client";
    case "true": {
      const text = "boolean '--dry-run=true' flag is deprecated and must be replaced with '--dry-run=client'";
      warn(logLine("WARN", text));
      return "client";
    }
    case "none":
    case "false":
      throw new HelmError(`invalid dry-run value ("${dryRun}"). Must be "server" or "client"`);
    default:
      throw new HelmError(`invalid dry-run value ("${dryRun}"). Must be "none", "server", or "client"`);
  }
}

/** A line for each manifest: what it is, where its template stands, and the values that it was made from. */
function originsText({ manifests, hooks }: Rendered, shown: "all" | "no-tests" | "none"): string {
  const chosen =
    shown === "all" ? hooks : hooks.filter(({ events }) => shown === "no-tests" && !events.includes("test"));
  const all = [
    ...manifests.map((manifest) => ({ what: `${manifest.head.kind}/${manifest.head.name}`, of: manifest })),
    ...chosen.map((hook) => ({ what: `${hook.kind}/${hook.name}`, of: hook })),
  ];
  return all
    .map(({ what, of }) => {
      const { file, line, values } = originOf(of) ?? { file: of.path, line: 1, values: [] };
      return `${[what, `${file}:${line}`, ...(values.length > 0 ? [`(${values.join(", ")})`] : [])].join("  ")}\n`;
    })
    .join("");
}

/** Flags of `helm install`, which `helm template` takes and does nothing with. */
const idle = [
  "--create-namespace",
  "--description <text>",
  "--disable-openapi-validation",
  "--enable-dns",
  "--force",
  "--force-conflicts",
  "--force-replace",
  "--hide-notes",
  "-l, --labels <text>",
  "--render-subchart-notes",
  "--replace",
  "--atomic",
  "--rollback-on-failure",
  "--server-side",
  "--skip-crds",
  "--take-ownership",
  "--timeout <duration>",
  "--wait [strategy]",
  "--wait-for-jobs",
];

async function template(shell: Shell, words: string[], options: Options): Promise<void> {
  const { terminal } = shell;
  if (options.postRenderer !== undefined)
    throw new HelmError(
      "--post-renderer is not supported: programs are not run in renderings; pipe the output, or use spec.postRenderers of a HelmRelease",
    );
  const warn = (line: string) => terminal.err(`${line}\n`);
  warnOfFlags(options, warn);
  const kubeVersion = options.kubeVersion ? kubeVersionOf(options.kubeVersion) : undefined;
  const where = options.validate ? "server" : dryRunOf(options, warn);
  const [name, from] = nameAndChart(words, options, shell.now());
  let chart = await openChart(from, options, shell);
  const values = await valuesOf(options, shell);
  if (options.dependencyUpdate) {
    const { bringDependencies } = await import("../../helm/dependencies.ts");
    const there = new Set(chart.dependencies.map((child) => child.metadata.name));
    if (chart.metadata.dependencies?.some(({ name }) => !there.has(name))) {
      await bringDependencies(resolve(from), "update", options, shell);
      chart = await openChart(from, options, shell);
    }
  }
  checkInstallable(chart, warn);
  const wanted: RenderOptions = {
    release: { name, namespace: namespaceOf(options), isUpgrade: options.isUpgrade },
    values,
    kubeVersion,
    apiVersions: [...KNOWN_API_VERSIONS, ...(options.apiVersions ?? [])],
    includeCrds: options.includeCrds,
    skipSchemaValidation: options.skipSchemaValidation,
    provenance: options.origins,
    now: shell.now,
    random: randomBytes,
    warn,
  };
  const rendered = await rendering(options, shell, async () =>
    where === "server"
      ? (await import("../../helm/server.ts")).renderForServer(chart, wanted, options, shell)
      : renderRelease(chart, wanted),
  );
  const hooks = !options.hooks ? "none" : options.skipTests ? "no-tests" : "all";
  if (options.origins) return terminal.out(originsText(rendered, hooks));
  if (options.outputDir === undefined) {
    terminal.out(templateText(rendered, { hooks, showOnly: options.showOnly }));
    return;
  }
  writeManifests(terminal, rendered, { ...options, outputDir: options.outputDir, name, hooks });
}

/** The name of the release and its chart. NameAndChart of helm/pkg/action/install.go. */
function nameAndChart(words: string[], options: Options, now: number): [name: string, chart: string] {
  const [first = "", second, ...more] = words;
  if (more.length > 0)
    throw new HelmError(`expected at most two arguments, unexpected arguments: ${more.join(", ")}`);
  if (second !== undefined) {
    if (options.generateName) throw new HelmError("cannot set --generate-name and also specify a name");
    if (options.nameTemplate) throw new HelmError("cannot set --name-template and also specify a name");
    return [first, second];
  }
  return [releaseName({ nameTemplate: options.nameTemplate }, now), first];
}

/**
 * Renders, and tells errors as Helm does: some are logged before they are reported; where it came to templates, `--debug` shows
 * what was printed up to there, and who does not use it gets a hint.
 */
async function rendering(
  { debug, showOnly }: Options,
  { terminal }: Shell,
  render: () => Promise<Rendered>,
): Promise<Rendered> {
  try {
    return await render();
  } catch (thrown) {
    if (!(thrown instanceof ChartError || thrown instanceof TemplateError)) throw thrown;
    const [, step, why] =
      /^(release name check failed|chart dependencies processing failed): ([\s\S]*)$/.exec(thrown.message) ??
      [];
    if (step) terminal.err(`${logLine("ERROR", step, { error: why! })}\n`);
    const cameToTemplates =
      thrown instanceof TemplateError ||
      thrown.code === "bad-manifest" ||
      /^chart requires kubeVersion/.test(thrown.message);
    if (!cameToTemplates) throw thrown;
    if (debug) {
      terminal.out(printedBy(thrown, showOnly));
      throw thrown;
    }
    throw new HelmError(`${thrown.message}\n\nUse --debug flag to render out invalid YAML`, {
      cause: thrown,
    });
  }
}

/** What templates printed although it is no good; nothing if what is asked for is not in it. */
function printedBy(problem: ChartError | TemplateError, showOnly: string[] | undefined): string {
  const manifest = problem instanceof ChartError ? (problem.printed ?? "") : "";
  try {
    return templateText({ manifest, hooks: [] }, { showOnly });
  } catch (thrown) {
    if (thrown instanceof ChartError) return "";
    throw thrown;
  }
}
