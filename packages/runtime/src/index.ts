export { createEvents, type Events, type EventsOptions, kubeEventOf, postedEventOf } from "./events.ts";
export {
  commonFlags,
  defaultFlags,
  type FlagSpec,
  type FlagTable,
  type ParsedFlags,
  parseFlags,
} from "./flags.ts";
export { parseAddress } from "./http.ts";
export { announcement, emptyStory, type JudgeOptions, judge, type Story } from "./judge.ts";
export { createLog, type LogOptions, silent } from "./log.ts";
export { type MainOptions, runMain } from "./main.ts";
export { type Manager, type ManagerOptions, startManager } from "./manager.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export {
  asProblem,
  controller,
  done,
  failed,
  isProblem,
  messageOf,
  stalled,
  waiting,
} from "./problem.ts";
export { createSecrets, isSensitiveKey, type Secrets } from "./redact.ts";
export { type Leave, run, type Surroundings, type Tale } from "./run.ts";
export * from "./types.ts";
