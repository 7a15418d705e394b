import type { KubeObject } from "@sluice/api";

/** A kind as it is written in a manifest. */
export type TypeRef = { apiVersion: string; kind: string };

/** One object of a kind. `namespace` is absent for cluster-scoped kinds. */
export type NameRef = TypeRef & { namespace?: string; name: string };

/** What a watcher in the same process hears. `object` is the state after the write; for DELETED the last state. */
export type StoreEvent = {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: KubeObject;
  previous?: KubeObject;
};

export type ListOptions = {
  namespace?: string;
  /** kubectl's grammar: `app=web,tier in (a,b),!canary` */
  labelSelector?: string;
  /** `metadata.name=x,status.phase!=Running` */
  fieldSelector?: string;
};

export type WriteOptions = {
  /** field manager recorded in managedFields; default "sluice-cluster" */
  manager?: string;
  /** "status" writes nothing but status, "" or absent everything else */
  subresource?: string;
  dryRun?: boolean;
  /** name of the user for whom policies are asked; by default nobody is asked, and webhooks never are */
  as?: string;
};

export type DeleteOptions = {
  propagationPolicy?: "Background" | "Foreground" | "Orphan";
  preconditions?: { uid?: string; resourceVersion?: string };
  gracePeriodSeconds?: number;
  dryRun?: boolean;
};

/**
 * The objects of the cluster, for code in the same process: the semantics of the REST API (defaults, validation,
 * managedFields, finalizers, generation, conflicts) without HTTP. Every call is synchronous and atomic; failures throw an
 * `ApiError`. Returned objects are frozen and shared: build a changed copy, never edit one.
 */
export type Store = {
  /** milliseconds since the epoch, from the clock that the cluster was started with */
  now(): number;
  /** undefined when there is no such object (or no such kind) */
  get(ref: NameRef): KubeObject | undefined;
  /** sorted by namespace and name; empty when the kind is not served */
  list(type: TypeRef, options?: ListOptions): readonly KubeObject[];
  create(object: KubeObject, options?: WriteOptions): KubeObject;
  /** replaces the object; a stale `metadata.resourceVersion` is a Conflict, an absent one overwrites */
  update(object: KubeObject, options?: WriteOptions): KubeObject;
  /** JSON merge patch (RFC 7386) */
  patch(ref: NameRef, patch: object, options?: WriteOptions): KubeObject;
  /** server-side apply */
  apply(object: KubeObject, options?: WriteOptions & { force?: boolean }): KubeObject;
  /** sends a pod to a node, as a scheduler does */
  bind(pod: { namespace: string; name: string }, node: string): void;
  /** the object as deleted, or as marked for deletion while it has finalizers */
  delete(ref: NameRef, options?: DeleteOptions): KubeObject;
  /**
   * Calls `listener` after each later write to objects of the given kinds ("all": every kind), in order of resourceVersion. A write made
   * inside a listener is heard after the current one has been delivered to everybody. Returns the function that ends it.
   */
  watch(types: readonly TypeRef[] | "all", listener: (event: StoreEvent) => void): () => void;
};
