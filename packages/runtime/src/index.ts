export { announcement, emptyStory, type JudgeOptions, judge, type Story } from "./judge.ts";
export { asProblem, controller, done, failed, isProblem, messageOf, stalled, waiting } from "./problem.ts";
export { createSecrets, isSensitiveKey, type Secrets } from "./redact.ts";
export { type Leave, run, type Surroundings, type Tale } from "./run.ts";
export * from "./types.ts";
