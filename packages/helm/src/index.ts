export type { Chart, ChartFile, Dependency, Lock, Metadata, Values } from "./chart.ts";
export { ChartError, type ChartErrorCode, type ChartErrorFacts } from "./errors.ts";
export { coalesceValues } from "./values/coalesce.ts";
export { mergeValues, type ValuesSources } from "./values/merge.ts";
export { readValues } from "./values/read.ts";
export { processDependencies } from "./values/requirements.ts";
export { parseSet, type ReadFile, type SetKind } from "./values/strvals.ts";
export { overlay } from "./values/tables.ts";
export { logLine, type Warn } from "./values/warn.ts";
