export { type ApplySetOptions, applySet, type ChangeSet, type Failure, type SetError } from "./apply.ts";
export { type CacheTools, keyOf, type WatchedCache, watchCache } from "./cache.ts";
export { type ClientOptions, createClient } from "./client.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type Difference, diffObjects } from "./diff.ts";
export { apiError, isApiError } from "./errors.ts";
export { type Health, healthOf } from "./health.ts";
export { dropped, united, without } from "./inventory.ts";
export { formatJson, parseJson, sameJson } from "./json.ts";
export { type KubeConfigSource, loadKubeConfig } from "./kubeconfig.ts";
export { type Election, elect, type Leadership, leasePeriods } from "./leader.ts";
export type { ChangeEntry } from "./look.ts";
export { fingerprint, lastForeignManager } from "./managers.ts";
export { type Policy, policyOf, rankOf, type Stage, stageOf, stages } from "./manifests.ts";
export { mask, maskSecrets } from "./mask.ts";
export { idOf, subjectOf } from "./observe.ts";
export { type PruneOptions, pruneSet } from "./prune.ts";
export { type Reflection, reflect, type Sink } from "./reflector.ts";
export { kubeConfigClient, type RemoteOptions } from "./remote.ts";
export * from "./types.ts";
export {
  type HealthOptions,
  type HealthState,
  untilHealthy,
  type WaitError,
  waitForTermination,
} from "./wait.ts";
