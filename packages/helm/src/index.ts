export type { Chart, ChartFile, Dependency, Lock, Metadata, Values } from "./chart.ts";
export { ChartError, type ChartErrorCode, type ChartErrorFacts } from "./errors.ts";
