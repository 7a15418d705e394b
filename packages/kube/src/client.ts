import { apiVersionOf, type KubeObject } from "@sluice/api";
import { type Clock, systemClock } from "./clock.ts";
import { createDiscovery, type Discovery } from "./discovery.ts";
import { apiError, isApiError } from "./errors.ts";
import { parseJson } from "./json.ts";
import { type KubeConfigSource, loadKubeConfig } from "./kubeconfig.ts";
import { linesOf } from "./lines.ts";
import { pathOf, withQuery } from "./paths.ts";
import { createTransport, type Request, type Transport } from "./transport.ts";
import type { ApplyOptions, Call, Client, Key, Kind, Patch, Query, WatchEvent, Write } from "./types.ts";

export type ClientOptions = {
  /** Default: $KUBECONFIG, else the pod's ServiceAccount, else ~/.kube/config. */
  kubeConfig?: KubeConfigSource;
  /** Requests per second; undefined: the server's own fairness decides. */
  qps?: number;
  userAgent?: string;
  /** Sees every answer: its code ("<error>" when there was none), method and host. */
  metrics?: (code: string, method: string, host: string) => void;
  clock?: Clock;
};

const pageSize = 500;
// Objects are bounded by etcd to 1.5 MiB; managed fields and the JSON form of CBOR add to it.
const longestEvent = 32 * 1024 * 1024;

const contentTypes = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
  // JSON is YAML.
  apply: "application/apply-patch+yaml",
};

const metadataAs = (kind: "PartialObjectMetadata" | "PartialObjectMetadataList") =>
  `application/json;as=${kind};g=meta.k8s.io;v=v1`;

/**
 * A client for one API server. Nothing is sent before the first call; connections are kept and shared by all calls.
 * @throws {Error} when there is no usable kubeconfig
 */
export function createClient({
  kubeConfig,
  qps,
  userAgent = "sluice",
  metrics,
  clock = systemClock,
}: ClientOptions = {}): Client {
  const config = loadKubeConfig(kubeConfig);
  const transport = createTransport({ config, qps, userAgent, metrics, clock });
  return clientOver(transport, createDiscovery(transport, clock), {}, () => transport.close());
}

function clientOver(
  transport: Transport,
  discovery: Discovery,
  identity: Record<string, string | string[]>,
  close: () => Promise<void>,
): Client {
  const send = async (request: Request) =>
    transport.send({ ...request, headers: { ...request.headers, ...identity } });

  const write = async <T extends KubeObject>(
    method: Request["method"],
    kind: Kind,
    key: Partial<Key>,
    body: unknown,
    { signal, fieldManager, dryRun, subresource }: Write,
    {
      contentType,
      force,
      onAnswer,
    }: { contentType?: string } & Pick<Partial<ApplyOptions>, "force" | "onAnswer"> = {},
  ): Promise<T> => {
    const path = withQuery(pathOf(kind, { ...key, subresource }), {
      fieldManager,
      dryRun: dryRun && "All",
      force,
    });
    const headers = contentType ? { "content-type": contentType } : undefined;
    // Server-side apply says what should be, so saying it again is harmless.
    const repeatable = Boolean(dryRun) || contentType === contentTypes.apply;
    const answer = await send({ method, path, headers, body, signal, repeatable });
    const object = answer.body as T;
    const date = Date.parse(String(answer.headers.date));
    onAnswer?.({ serverTime: Number.isNaN(date) ? undefined : date, elapsedMs: answer.elapsedMs });
    if (kind.kind === "CustomResourceDefinition" && !dryRun) discovery.forget(object?.spec?.group ?? "");
    return object;
  };

  return {
    host: transport.host,

    async get<T extends KubeObject>(kind: Kind, key: Key, { signal, metadataOnly }: Call & Query = {}) {
      const headers = metadataOnly ? { accept: metadataAs("PartialObjectMetadata") } : undefined;
      try {
        const answer = await send({
          method: "GET",
          path: pathOf(kind, key),
          headers,
          signal,
          repeatable: true,
        });
        return typed<T>(kind, answer.body);
      } catch (thrown) {
        if (isApiError(thrown, 404)) return undefined;
        throw thrown;
      }
    },

    async list<T extends KubeObject>(
      kind: Kind,
      query: Query = {},
      { signal, keep = (object) => object as T }: Call & { keep?: (object: T) => T } = {},
    ) {
      const { headers, path, parameters } = collection(kind, query, "PartialObjectMetadataList");
      const page = async (limit: number | undefined, token?: string): Promise<Page<T>> => {
        const at = withQuery(path, { ...parameters, limit, continue: token });
        const { body } = await send({ method: "GET", path: at, headers, signal, repeatable: true });
        return body as Page<T>;
      };
      return collect(page, (item) => keep(typed<T>(kind, item)));
    },

    create: (kind, object, options = {}) => {
      const { namespace, name } = object.metadata;
      // only what is created below an object has a name in its path: an eviction, a token
      return write("POST", kind, options.subresource ? { namespace, name } : { namespace }, object, options);
    },

    update: (kind, object, options = {}) => write("PUT", kind, object.metadata, object, options),

    patch: (kind: Kind, key: Key, { type, body }: Patch, options = {}) =>
      write("PATCH", kind, key, body, options, { contentType: contentTypes[type] }),

    apply: (kind, object, { force, onAnswer, ...options }) =>
      write("PATCH", kind, object.metadata, object, options, {
        contentType: contentTypes.apply,
        force,
        onAnswer,
      }),

    async delete(kind, key, { signal, dryRun, propagationPolicy, uid, resourceVersion } = {}) {
      const preconditions = uid || resourceVersion ? { uid, resourceVersion } : undefined;
      const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy, preconditions };
      const path = withQuery(pathOf(kind, key), { dryRun: dryRun && "All" });
      try {
        await send({ method: "DELETE", path, body, signal, repeatable: dryRun });
        return true;
      } catch (thrown) {
        if (isApiError(thrown, 404)) return false;
        throw thrown;
      }
    },

    async *watch<T extends KubeObject>(
      kind: Kind,
      query: Query & { resourceVersion: string; timeoutSeconds?: number },
      { signal }: Call = {},
    ) {
      const { headers, path, parameters } = collection(kind, query, "PartialObjectMetadata");
      const { resourceVersion, timeoutSeconds } = query;
      const watching = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds };
      const body = await transport.stream({
        method: "GET",
        path: withQuery(path, { ...parameters, ...watching }),
        headers: { ...headers, ...identity },
        signal,
        repeatable: true,
      });
      for await (const line of linesOf(body, longestEvent)) yield readEvent<T>(kind, line);
    },

    async *podLog({ namespace, name }, query = {}, { signal } = {}) {
      const path = withQuery(`/api/v1/namespaces/${namespace}/pods/${name}/log`, query);
      const body = await transport.stream({
        method: "GET",
        path,
        headers: identity,
        signal,
        repeatable: true,
      });
      yield* linesOf(body, longestEvent);
    },

    kindOf: ({ group, version, kind }, { signal } = {}) => discovery.kindOf({ group, version, kind }, signal),

    async serves({ signal } = {}) {
      const { body } = await send({ method: "GET", path: "/version", signal, repeatable: true });
      const { gitVersion, major, minor } = body as { gitVersion: string; major: string; minor: string };
      return { version: { gitVersion, major, minor }, kinds: await discovery.all(signal) };
    },

    as({ user, groups }) {
      const impersonated = {
        "impersonate-user": user,
        ...(groups && groups.length > 0 ? { "impersonate-group": groups } : {}),
      };
      // The connections are the first client's, and so is closing them.
      return clientOver(transport, discovery, impersonated, async () => undefined);
    },

    close,
  };
}

type Page<T> = { items?: T[] | null; metadata?: { resourceVersion?: string; continue?: string } };

/** Follows the pages of a list; starts again without pages when the server has forgotten where it was. */
async function collect<T>(
  page: (limit: number | undefined, token?: string) => Promise<Page<T>>,
  keep: (item: T) => T,
): Promise<{ items: T[]; resourceVersion: string }> {
  const items: T[] = [];
  let token: string | undefined;
  try {
    do {
      const { items: more, metadata } = await page(pageSize, token);
      for (const item of more ?? []) items.push(keep(item));
      token = metadata?.continue;
      if (!token) return { items, resourceVersion: metadata?.resourceVersion ?? "" };
    } while (token);
  } catch (thrown) {
    // client-go's pager does the same (tools/pager): an expired token means that the list takes too long in pages.
    if (token === undefined || !isApiError(thrown, 410)) throw thrown;
  }
  const { items: all, metadata } = await page(undefined);
  return { items: (all ?? []).map(keep), resourceVersion: metadata?.resourceVersion ?? "" };
}

function collection(kind: Kind, query: Query, as: "PartialObjectMetadata" | "PartialObjectMetadataList") {
  const { namespace, labelSelector, fieldSelector, metadataOnly } = query;
  return {
    path: pathOf(kind, { namespace }),
    parameters: { labelSelector, fieldSelector },
    headers: metadataOnly ? { accept: metadataAs(as) } : undefined,
  };
}

/** Lists of built-in kinds leave out what their items are, and metadata-only objects say that they are metadata. */
function typed<T extends KubeObject>(kind: Kind, object: unknown): T {
  const { apiVersion: _, kind: __, ...rest } = object as KubeObject;
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, ...rest } as T;
}

function readEvent<T extends KubeObject>(kind: Kind, line: string): WatchEvent<T> {
  const event = parseEvent(line);
  switch (event.type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type: event.type, object: typed<T>(kind, event.object) };
    case "BOOKMARK":
    case "ERROR":
      return event;
  }
}

function parseEvent(line: string): WatchEvent {
  try {
    const event = parseJson(line) as WatchEvent;
    const known = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"].includes(event?.type);
    if (known && typeof event.object === "object" && event.object !== null) return event;
  } catch {
    // Said below, without the text: it may hold a Secret.
  }
  throw apiError(`a watch sent ${line.length} characters that are no event`, {
    status: 0,
    reason: "BadAnswer",
  });
}
