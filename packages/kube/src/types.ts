import type { KubeObject, ObjectRef } from "@sluice/api";

/** How a kind is addressed over REST. The descriptors of `@sluice/api` are such kinds; discovery finds the others. */
export type Kind = { group: string; version: string; kind: string; plural: string; namespaced: boolean };

/** Which object of a kind. Cluster-scoped kinds have no namespace. */
export type Key = { namespace?: string; name: string };

/** `namespace/name`, or `name` where there is no namespace: the key of caches and queues. */
export type KeyText = string;

export type Call = { signal?: AbortSignal };

export type Query = {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Ask for PartialObjectMetadata: metadata only. */
  metadataOnly?: boolean;
};

export type LogQuery = { container?: string; follow?: boolean; tailLines?: number; sinceSeconds?: number };

export type Write = Call & { fieldManager?: string; dryRun?: boolean; subresource?: string };

export type Patch =
  | { type: "merge"; body: object }
  | { type: "strategic"; body: object }
  | { type: "json"; body: object[] };

export type ApplyOptions = Write & {
  fieldManager: string;
  force?: boolean;
  /** Sees when the server answered, by its own clock, and how long that took; undefined where it does not say. */
  onAnswer?: (answer: { serverTime?: number; elapsedMs: number }) => void;
};

export type DeleteOptions = Call & {
  propagationPolicy?: "Background" | "Foreground" | "Orphan";
  uid?: string;
  resourceVersion?: string;
  dryRun?: boolean;
};

export type WatchEvent<T extends KubeObject = KubeObject> =
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: T }
  | {
      type: "BOOKMARK";
      object: { metadata: { resourceVersion: string; annotations?: Record<string, string> } };
    }
  | { type: "ERROR"; object: { code?: number; reason?: string; message?: string } };

/**
 * What Sluice says to an API server. Objects travel as verbatim JSON: integers beyond 2^53 arrive as `bigint` and may
 * be sent as such (`JSON.stringify` refuses them; use `formatJson`).
 * Every method throws an `ApiError` on an answer that is not 2xx, except where it says otherwise.
 */
export type Client = {
  /** Host and port, the `host` label of `rest_client_requests_total`. */
  readonly host: string;
  /** `undefined` on 404. */
  get<T extends KubeObject = KubeObject>(
    kind: Kind,
    key: Key,
    options?: Call & Pick<Query, "metadataOnly">,
  ): Promise<T | undefined>;
  /** All pages, in chunks of 500. `resourceVersion` is where a watch goes on; `keep` reduces each page as it comes. */
  list<T extends KubeObject = KubeObject>(
    kind: Kind,
    query?: Query,
    options?: Call & { keep?: (object: T) => T },
  ): Promise<{ items: T[]; resourceVersion: string }>;
  create<T extends KubeObject = KubeObject>(kind: Kind, object: KubeObject, options?: Write): Promise<T>;
  update<T extends KubeObject = KubeObject>(kind: Kind, object: KubeObject, options?: Write): Promise<T>;
  patch<T extends KubeObject = KubeObject>(kind: Kind, key: Key, patch: Patch, options?: Write): Promise<T>;
  /** Server-side apply of `object`, verbatim. */
  apply<T extends KubeObject = KubeObject>(kind: Kind, object: KubeObject, options: ApplyOptions): Promise<T>;
  /** False when the object was not there. */
  delete(kind: Kind, key: Key, options?: DeleteOptions): Promise<boolean>;
  /** One watch request, until the server or `signal` ends it. Asks for bookmarks. */
  watch<T extends KubeObject = KubeObject>(
    kind: Kind,
    query: Query & { resourceVersion: string; timeoutSeconds?: number },
    options?: Call,
  ): AsyncIterable<WatchEvent<T>>;
  /** The lines of a pod's log, as they come with `follow`. */
  podLog(pod: Key, query?: LogQuery, options?: Call): AsyncIterable<string>;
  /**
   * The REST kind behind apiVersion and kind; asks the server again (at most once in a few seconds) when it is unknown.
   * `version` "" gives the group's preferred version of the kind.
   */
  kindOf(ref: Pick<ObjectRef, "group" | "version" | "kind">, options?: Call): Promise<Kind | undefined>;
  /** The server's version, as it tells it, and all kinds that it has. */
  serves(options?: Call): Promise<{
    version: { gitVersion: string; major: string; minor: string };
    kinds: readonly Kind[];
  }>;
  /** The same server as another user (impersonation); shares the connections. */
  as(identity: { user: string; groups?: string[] }): Client;
  close(): Promise<void>;
};

/** An answer of the API server that is not 2xx; `name` is "ApiError". `status` 0 means that no answer came. */
export type ApiError = Error & {
  status: number;
  reason: string;
  causes: { field?: string; message?: string; reason?: string }[];
  retryAfterMs?: number;
};

export type Change<T extends KubeObject = KubeObject> =
  | { type: "added"; after: T; before?: undefined }
  | { type: "changed"; before: T; after: T }
  | { type: "removed"; before: T; after?: undefined };

/** A watched, indexed copy of one kind. Objects are shared: never edit them. */
export type Cache<T extends KubeObject = KubeObject> = {
  readonly kind: Kind;
  readonly synced: boolean;
  whenSynced(signal?: AbortSignal): Promise<void>;
  get(key: KeyText): T | undefined;
  list(namespace?: string): T[];
  /** Objects for which index `name` gives `value`. */
  indexed(name: string, value: string): T[];
  subscribe(listener: (change: Change<T>) => void): () => void;
};

export type CacheOptions<T extends KubeObject = KubeObject> = Query & {
  indexes?: Record<string, (object: T) => string[]>;
  /** Reduces what is kept in memory (managedFields are dropped unless it keeps them). */
  keep?: (object: T) => T;
};
