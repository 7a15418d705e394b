import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { kubeVersionOf, type LintOptions, loadArchive } from "@sluice/helm";
import { addValueFlags, type HelmOptions, optionsOf, type ValueOptions } from "../../helm/flags.ts";
import { lintChart } from "../../helm/lint/lint.ts";
import type { Message } from "../../helm/lint/message.ts";
import { namespaceOf } from "../../helm/namespace.ts";
import { asHelm, goWords, HelmError } from "../../helm/report.ts";
import { valuesOf } from "../../helm/values.ts";
import { type Define, examples, type Shell } from "../../shell.ts";

type Options = HelmOptions &
  ValueOptions & {
    strict?: boolean;
    withSubcharts?: boolean;
    quiet?: boolean;
    skipSchemaValidation?: boolean;
    kubeVersion?: string;
  };

export const define: Define = (command, shell) => {
  addValueFlags(command.argument("<chart...>", "folders or archives of charts"))
    .option("--strict", "fail for warnings too")
    .option("--with-subcharts", "look at the charts within too")
    .option("--quiet", "print warnings and errors only")
    .option("--skip-schema-validation", "do not check the values against values.schema.json")
    .option(
      "--kube-version <version>",
      "version of Kubernetes that the chart sees, and by which kinds are deprecated",
    )
    .action((charts: string[]) => asHelm(shell, () => lint(charts, optionsOf<Options>(command), shell)));
  examples(command, { "before a commit": "sluice helm lint ./charts/web --strict -f values-prod.yaml" });
};

/** helm/pkg/cmd/lint.go. */
async function lint(charts: string[], options: Options, shell: Shell): Promise<void> {
  const { strict, withSubcharts, quiet, kubeVersion, skipSchemaValidation } = options;
  const version = kubeVersion ? kubeVersionOf(kubeVersion) : undefined;
  const paths = withSubcharts
    ? [...charts, ...charts.flatMap((path) => chartsWithin(join(path, "charts")))]
    : charts;
  const wanted: LintOptions = {
    namespace: namespaceOf(options),
    values: await valuesOf(options, shell),
    kubeVersion: version,
    skipSchemaValidation,
    now: shell.now,
    random: randomBytes,
    warn: (line) => shell.terminal.err(`${line}\n`),
  };
  let failed = 0;
  let complaints = 0;
  for (const path of paths) {
    const found = lintPath(path, wanted);
    const messages = "messages" in found ? found.messages : [];
    const fails =
      "problem" in found ||
      messages.some(({ severity }) => severity === "ERROR" || (strict && severity === "WARNING"));
    const complains = "problem" in found || messages.some(({ severity }) => severity !== "INFO");
    if (fails) failed++;
    if (complains) complaints++;
    if (quiet && !complains) continue;
    const shown = messages.filter(({ severity }) => !quiet || severity !== "INFO");
    const lines = "problem" in found ? [`Error ${found.problem}`] : shown.map(lineOf);
    shell.terminal.out([`==> Linting ${path}`, ...lines, "", ""].join("\n"));
  }
  const summary = `${paths.length} chart(s) linted, ${failed} chart(s) failed`;
  if (failed > 0) throw new HelmError(summary);
  if (!quiet || complaints > 0) shell.terminal.out(`${summary}\n`);
}

const lineOf = ({ severity, path, text }: Message) => `[${severity}] ${path}: ${text}`;

function lintPath(path: string, options: LintOptions): { messages: Message[] } | { problem: string } {
  if (/\.(tgz|tar\.gz)$/.test(path)) return lintArchive(path, options);
  const file = join(path, "Chart.yaml");
  try {
    statSync(file);
  } catch (thrown) {
    return { problem: `unable to check Chart.yaml file in chart: ${goWords(thrown, "stat", file).message}` };
  }
  return { messages: lintChart(path, options) };
}

/** An archive is unpacked and looked at as a directory. */
function lintArchive(path: string, options: LintOptions): { messages: Message[] } | { problem: string } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (thrown) {
    return { problem: `unable to open tarball: ${goWords(thrown, "open", path).message}` };
  }
  const dir = mkdtempSync(join(tmpdir(), "helm-lint"));
  try {
    const { raw } = loadArchive(bytes);
    for (const { name, data } of raw) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), data);
    }
    return { messages: lintChart(dir, options) };
  } catch (thrown) {
    return { problem: `unable to extract tarball: ${(thrown as Error).message}` };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Directories and archives of charts below a directory, in the order of Go's filepath.Walk. */
function chartsWithin(dir: string): string[] {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(dir)
    .sort()
    .flatMap((name) => {
      const path = join(dir, name);
      if (name === "Chart.yaml") return [dir];
      if (/\.(tgz|tar\.gz)$/.test(name)) return [path];
      return chartsWithin(path);
    });
}
