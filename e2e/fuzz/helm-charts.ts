/**
 * All charts below directories, rendered by us and by Helm's own command: the same manifests, warnings and errors.
 *
 *   npm run fuzz -- helm-charts DIR… [--only NAME] [--variants] [--keep-going 20] [--verbose]
 *
 * Each chart is rendered with its defaults and with each values file of its `ci` folder; --variants adds values made from its
 * defaults (helm-values.ts), and clusters. Lines in which two runs of Helm differ (passwords, certificates) are not compared. Helm is built
 * on first use (needs Go).
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { TemplateError } from "../../packages/gotemplate/src/index.ts";
import {
  ChartError,
  checkInstallable,
  KNOWN_API_VERSIONS,
  loadChart,
  mergeValues,
  renderRelease,
  templateText,
} from "../../packages/helm/src/index.ts";
import { runCommand } from "../controlplane/errors.ts";
import { programs } from "../oracle/index.ts";
import { VARIANTS } from "./helm-values.ts";

type Answer = { output: string; errors: string };
/** One chart with one values file, or with none. */
type Case = { chart: string; values?: string; named: string; cluster?: Cluster };
/** What a chart is told of its cluster, besides Helm's defaults. */
type Cluster = { kubeVersion: string; apiVersions: string[] };

const MAX_OUTPUT = 1 << 28;
const PATIENCE_MS = 60_000;
const run = promisify(execFile);

/** Directories of charts; what lies in a chart is part of it. */
function chartsBelow(dir: string): string[] {
  if (existsSync(join(dir, "Chart.yaml"))) return [dir];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
    .flatMap((entry) => chartsBelow(join(dir, entry.name)))
    .sort();
}

function casesOf(chart: string, variants: boolean, scratch: string): Case[] {
  const ci = join(chart, "ci");
  const files = existsSync(ci) ? readdirSync(ci).filter((name) => /\.ya?ml$/.test(name)) : [];
  const cases: Case[] = [
    { chart, named: "defaults" },
    ...files.map((name) => ({ chart, values: join(ci, name), named: `ci/${name}` })),
  ];
  if (!variants) return cases;
  cases.push(...Object.entries(CLUSTERS).map(([named, cluster]) => ({ chart, named, cluster })));
  const own = defaultsOf(chart);
  if (own === undefined) return cases;
  for (const [named, change] of Object.entries(VARIANTS)) {
    const path = join(scratch, `${named.replaceAll(" ", "-")}.yaml`);
    writeFileSync(path, JSON.stringify(change(own)));
    cases.push({ chart, values: path, named });
  }
  return cases;
}

/** Clusters that charts make a difference for. */
const CLUSTERS: Record<string, Cluster> = {
  "an old cluster": { kubeVersion: "v1.16.0", apiVersions: ["extensions/v1beta1", "batch/v1beta1"] },
  "a vendor's cluster": {
    kubeVersion: "1.25.16-eks-18ef993",
    apiVersions: [
      "monitoring.coreos.com/v1",
      "monitoring.coreos.com/v1/ServiceMonitor",
      "route.openshift.io/v1",
    ],
  },
};

function defaultsOf(chart: string): object | undefined {
  try {
    return loadChart(chart).values;
  } catch {
    return undefined;
  }
}

const RELEASE = { name: "release", namespace: "space" };

function ours({ chart: path, values, cluster }: Case): Answer {
  const warnings: string[] = [];
  const warn = (line: string) => {
    warnings.push(`${line}\n`);
  };
  const said = (): string => warnings.join("");
  try {
    const chart = loadChart(path, { warn });
    const given = mergeValues({ files: values ? [{ name: values, data: readFileSync(values) }] : [] });
    checkInstallable(chart, warn);
    const options = {
      release: RELEASE,
      values: given,
      ...(cluster && { ...cluster, apiVersions: [...KNOWN_API_VERSIONS, ...cluster.apiVersions] }),
      includeCrds: true,
      now: Date.now,
      random: randomBytes,
      warn,
    };
    return { output: templateText(renderRelease(chart, options)), errors: ordered(said()) };
  } catch (thrown) {
    const known = thrown instanceof ChartError || thrown instanceof TemplateError;
    const words = known ? thrown.message : `CRASH ${(thrown as Error).stack}`;
    return { output: "", errors: ordered(`${said()}Error: ${words}`) };
  }
}

async function theirs(helm: string, { chart, values, cluster }: Case): Promise<Answer> {
  const args = ["template", RELEASE.name, chart, "--namespace", RELEASE.namespace, "--include-crds"];
  if (values) args.push("--values", values);
  if (cluster) args.push("--kube-version", cluster.kubeVersion, "--api-versions", cluster.apiVersions.join());
  const env = { ...process.env, TZ: "UTC" };
  const { stdout, stderr } = await run(helm, args, {
    env,
    maxBuffer: MAX_OUTPUT,
    timeout: PATIENCE_MS,
  }).catch((failed) => failed as { stdout: string; stderr: string });
  const errors = stderr
    .replace(/\n\nUse --debug flag to render out invalid YAML\n$/, "\n")
    .replace(/^level=ERROR .*\n/gm, "");
  return { output: stdout, errors: ordered(errors) };
}

/** Helm warns of what is in a map, and tells what does not fit a schema, in another order each time. */
function ordered(errors: string): string {
  const lines = errors.trimEnd().split("\n");
  if (!errors.includes("the specifications of the schema(s)")) {
    const isLogged = (line: string): boolean => line.startsWith("level=");
    return [...lines.filter(isLogged).sort(), ...lines.filter((line) => !isLogged(line))].join("\n");
  }
  const names = (_: string, listed: string): string => `properties ${listed.split(", ").sort().join(", ")}`;
  return lines
    .map((line) => line.replace(/properties ('.*')/, names))
    .sort()
    .join("\n");
}

type Difference = { what: string; helm: string; ours: string };

/** The first lines that differ, but for those that are another each time. */
function differenceOf(what: string, mine: string, [one, two]: [string, string]): Difference | undefined {
  if (mine === one || mine === two) return undefined;
  const [a, b, c] = [mine.split("\n"), one.split("\n"), two.split("\n")];
  const at = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i).find(
    (i) => a[i] !== b[i] && (b.length !== c.length || b[i] === c[i]),
  );
  if (at === undefined) return undefined;
  const around = (lines: string[]): string => lines.slice(Math.max(at - 3, 0), at + 4).join("\n");
  return { what: `${what}, line ${at + 1}`, helm: around(b), ours: around(a) };
}

async function compare(helm: string, one: Case): Promise<{ difference?: Difference; failed: boolean }> {
  const mine = ours(one);
  const first = await theirs(helm, one);
  const failed = /^Error: /m.test(first.errors);
  if (mine.output === first.output && mine.errors === first.errors) return { failed };
  await sleep(1100); // another second, for dates
  const second = await theirs(helm, one);
  const difference =
    differenceOf("errors", mine.errors, [first.errors, second.errors]) ??
    differenceOf("output", mine.output, [first.output, second.output]);
  return { difference, failed };
}

async function main(): Promise<number> {
  const { values: options, positionals } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      variants: { type: "boolean" },
      "keep-going": { type: "string", default: "20" },
      verbose: { type: "boolean" },
    },
    allowPositionals: true,
  });
  if (positionals.length === 0) {
    console.error("give the directories that hold charts: npm run fuzz -- helm-charts ./charts");
    return 2;
  }
  const { helm } = await programs();
  const scratch = mkdtempSync(join(tmpdir(), "sluice-charts-"));
  const counts = { charts: 0, renderings: 0, errors: 0, different: 0 };
  try {
    for (const chart of positionals.flatMap(chartsBelow).filter((path) => path.includes(options.only))) {
      if (counts.different >= Number(options["keep-going"])) break;
      counts.charts++;
      for (const one of casesOf(chart, options.variants === true, scratch)) {
        counts.renderings++;
        const { difference, failed } = await compare(helm, one);
        if (failed) counts.errors++;
        if (options.verbose) console.log(`${chart} (${one.named})${failed ? ": fails in both" : ""}`);
        if (!difference) continue;
        counts.different++;
        const { what, helm: expected, ours: got } = difference;
        console.log(`${chart} (${one.named}): ${what}\n--- helm\n${expected}\n--- ours\n${got}\n`);
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const { charts, renderings, errors, different } = counts;
  console.log(
    `${charts} charts, ${renderings} renderings (${errors} of them errors), ${different} differences`,
  );
  return different > 0 ? 1 : 0;
}

await runCommand(main);
