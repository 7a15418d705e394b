export { type CacheTools, keyOf, type WatchedCache, watchCache } from "./cache.ts";
export { type ClientOptions, createClient } from "./client.ts";
export { type Clock, systemClock } from "./clock.ts";
export { apiError, isApiError } from "./errors.ts";
export { type Health, healthOf } from "./health.ts";
export { formatJson, parseJson, sameJson } from "./json.ts";
export { type KubeConfigSource, loadKubeConfig } from "./kubeconfig.ts";
export { type Election, elect, type Leadership, leasePeriods } from "./leader.ts";
export { idOf, subjectOf } from "./observe.ts";
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
