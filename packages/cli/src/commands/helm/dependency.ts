import { statSync } from "node:fs";
import { join, normalize } from "node:path";
import { listDependencies, loadChart } from "@sluice/helm";
import { bringDependencies } from "../../helm/dependencies.ts";
import { addIdleFlags, addRemoteFlags, KEYRING, optionsOf } from "../../helm/flags.ts";
import { asHelm, goWords } from "../../helm/report.ts";
import { type Define, examples } from "../../shell.ts";

export const define: Define = (command, shell) => {
  const chart = ["[chart]", "folder of the chart", "."] as const;
  const list = command
    .command("list")
    .alias("ls")
    .description("list the charts that a chart depends on, and how they stand")
    .argument(...chart)
    .option("--max-col-width <columns>", "longest column of the table", "80")
    .action((path: string) =>
      asHelm(shell, () => shell.terminal.out(listText(clean(path), Number(list.opts()["maxColWidth"])))),
    );
  examples(list, { "what is missing": "sluice helm dependency list ./charts/web" });
  for (const [how, about, alias] of [
    ["build", "fetch the charts of Chart.lock into charts/"],
    ["update", "fetch the latest charts that fit into charts/, and write Chart.lock", "up"],
  ] as const) {
    const sub = command
      .command(how)
      .description(about)
      .argument(...chart);
    if (alias) sub.alias(alias);
    addIdleFlags(addRemoteFlags(sub), "--skip-refresh")
      .option("--verify", "check the signatures of the charts")
      .option("--keyring <file>", KEYRING)
      .action((path: string) =>
        asHelm(shell, () => bringDependencies(clean(path), how, optionsOf(sub), shell)),
      );
    examples(sub, { [about]: `sluice helm dependency ${how} ./charts/web` });
  }
};

const clean = (path: string) => normalize(path).replace(/(.)\/$/, "$1");

/** helm/pkg/action/dependency.go, List. */
function listText(path: string, widest: number): string {
  try {
    statSync(path);
  } catch (thrown) {
    throw goWords(thrown, "stat", path);
  }
  const chart = loadChart(path);
  const { rows, warnings } = listDependencies(chart);
  const inChart = (text: string) => text.replace(/(?<=^WARNING: "|at )charts/, join(path, "charts"));
  const said = warnings.map((text) => `${inChart(text)}\n`).join("");
  if (!chart.metadata.dependencies) return said;
  const table = [
    ["NAME", "VERSION", "REPOSITORY", "STATUS"],
    ...rows.map((row) => [row.name, row.version, row.repository, row.status]),
  ];
  return `${tableText(table, widest)}\n${said}`;
}

/** Columns between tabs, each as wide as its widest cell, as gosuri/uitable prints them. */
function tableText(rows: readonly string[][], widest: number): string {
  const cells = rows.map((row) => row.map((cell) => shortened(cell, widest)));
  const widths = cells[0]!.map((_, at) => Math.max(...cells.map((row) => [...row[at]!].length)));
  return cells
    .map(
      (row) =>
        `${row.map((cell, at) => cell.padEnd(cell.length + widths[at]! - [...cell].length)).join("\t")}\n`,
    )
    .join("");
}

const shortened = (cell: string, widest: number) =>
  [...cell].length > widest ? `${[...cell].slice(0, widest - 3).join("")}...` : cell;
