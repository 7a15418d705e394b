import { type Chart, crdsOf } from "@sluice/helm";
import { addChartFlags, type ChartOptions, optionsOf } from "../../helm/flags.ts";
import { openChart } from "../../helm/locate.ts";
import { metadataYaml } from "../../helm/metadata.ts";
import { asHelm } from "../../helm/report.ts";
import { type Define, examples } from "../../shell.ts";

/** The parts of a chart, as `helm show` of Helm 4.2 prints them: helm/pkg/action/show.go. */
const parts = {
  chart: (chart: Chart) => `${metadataYaml(chart.metadata)}\n`,
  values: (chart: Chart) =>
    chart.raw
      .filter(({ name }) => name === "values.yaml")
      .map(lineOf)
      .join(""),
  readme: (chart: Chart) => chart.files.filter(isReadme).slice(0, 1).map(lineOf).join(""),
  crds: (chart: Chart) =>
    crdsOf(chart)
      .map(({ file }) => lineOf(file))
      .map((text) => (text.startsWith("---") ? text : `---\n${text}`))
      .join(""),
  all: (chart: Chart): string => {
    const [values, readme] = [parts.values(chart), parts.readme(chart)].map((text) => text && `---\n${text}`);
    return `${parts.chart(chart)}${values}${readme}${parts.crds(chart)}`;
  },
};

const abouts: Record<keyof typeof parts, string> = {
  all: "print everything below",
  chart: "print Chart.yaml",
  values: "print values.yaml",
  readme: "print the README",
  crds: "print the definitions of crds/",
};

export const define: Define = (command, shell) => {
  for (const [part, about] of Object.entries(abouts) as [keyof typeof parts, string][]) {
    const sub = command.command(part).description(about).argument("<chart>", "folder, archive or address");
    addChartFlags(sub).action((name: string) =>
      asHelm(shell, async () => {
        const chart = await openChart(name, optionsOf<ChartOptions>(sub), shell);
        shell.terminal.out(parts[part](chart));
      }),
    );
    examples(sub, { [about.replace("print", "to see")]: `sluice helm show ${part} ./charts/web` });
  }
};

const isReadme = ({ name }: { name: string }) => /^readme(\.md|\.txt)?$/i.test(name);

const lineOf = ({ data }: { data: Uint8Array }) => `${Buffer.from(data).toString("utf8")}\n`;
