import { checkDependencies } from "../chart/package.ts";
import type { Chart } from "../chart.ts";
import { ChartError } from "../errors.ts";
import { logLine, type Warn } from "../values/warn.ts";

/**
 * What Helm's commands check of a chart before they render it: that it is no library, and that the charts are there that
 * Chart.yaml asks for. Warns of a chart that is deprecated.
 * @throws {ChartError} in Helm's words
 */
export function checkInstallable(chart: Chart, warn: Warn): void {
  const { type = "", deprecated } = chart.metadata;
  if (type !== "" && type !== "application")
    throw new ChartError("unsupported", `${type} charts are not installable`);
  if (deprecated) warn(logLine("WARN", "this chart is deprecated"));
  checkDependencies(
    chart,
    "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: ",
  );
}
