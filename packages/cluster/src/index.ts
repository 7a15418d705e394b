export { type Cluster, type ClusterOptions, type SimulatedRef, startCluster } from "./cluster.ts";
export type { ApiError, Status, StatusCause, StatusDetails } from "./errors.ts";
export { isApiError } from "./errors.ts";
export type { Fault, FaultRequest } from "./http/faults.ts";
export type {
  DeleteOptions,
  ListOptions,
  NameRef,
  Store,
  StoreEvent,
  TypeRef,
  WriteOptions,
} from "./store.ts";
