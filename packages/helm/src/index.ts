export type { Chart, ChartFile, Dependency, Lock, Metadata, Values } from "./chart.ts";
