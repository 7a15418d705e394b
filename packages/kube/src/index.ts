export { type CacheTools, keyOf, type WatchedCache, watchCache } from "./cache.ts";
export { type ClientOptions, createClient } from "./client.ts";
export { type Clock, systemClock } from "./clock.ts";
export { apiError, isApiError } from "./errors.ts";
export { formatJson, parseJson, sameJson } from "./json.ts";
export { type KubeConfigSource, loadKubeConfig } from "./kubeconfig.ts";
export { type Reflection, reflect, type Sink } from "./reflector.ts";
export { kubeConfigClient, type RemoteOptions } from "./remote.ts";
export * from "./types.ts";
