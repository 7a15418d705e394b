import type { KubeObject } from "@sluice/api";
import { type Client, isApiError, type Kind, sameJson } from "@sluice/kube";
import { asWritten } from "./judge.ts";

/** Thrown when the object was deleted, or another one has its name now: there is nobody to tell. */
export type Gone = Error & { name: "Gone" };

export type StatusOptions = {
  client: Pick<Client, "apply" | "get" | "patch">;
  kind: Kind & { apiVersion: string };
  /** Field owner of the status. */
  manager: string;
  /** Hears what the server has after each write. */
  wrote(object: KubeObject): void;
};

type Status = Record<string, unknown>;

/** Writes the status of one object during one visit, one write after the other. */
export type StatusWriter = {
  /** Writes what `build` makes of the newest status, or nothing when that says the same already. */
  write(build: (status: Status | undefined) => Status): Promise<void>;
  /** The object as the last read or write left it. */
  current(): KubeObject;
};

const mostConflicts = 5;

/**
 * A writer that starts from `object`. Each write is one server-side apply of the whole status, on condition that nobody has
 * written in between: on a conflict the object is read again and `build` asked again, so that foreign conditions survive.
 */
export function createStatusWriter(
  object: KubeObject,
  options: StatusOptions,
  signal: AbortSignal,
): StatusWriter {
  let current = object;
  let last: Promise<unknown> = Promise.resolve();
  const once = async (build: (status: Status | undefined) => Status) => {
    for (let attempt = 0; ; attempt++) {
      const status = asWritten(build(current.status));
      if (sameJson(status, current.status ?? {})) return;
      try {
        current = await put(current, status, options, signal);
        options.wrote(current);
        return;
      } catch (thrown) {
        if (isApiError(thrown, 404)) throw gone(current);
        if (!isApiError(thrown, 409) || attempt >= mostConflicts) throw thrown;
        current = await reread(current, options, signal);
      }
    }
  };
  return {
    write(build) {
      const turn = last.then(() => once(build));
      last = turn.catch(() => undefined);
      return turn;
    },
    current: () => current,
  };
}

/** Whether `thrown` says that the object is gone. */
export function isGone(thrown: unknown): thrown is Gone {
  return thrown instanceof Error && thrown.name === "Gone";
}

function gone({ kind, metadata }: KubeObject): Gone {
  const error = new Error(`${kind} ${metadata.namespace}/${metadata.name} is gone`);
  return Object.assign(error, { name: "Gone" as const });
}

async function put(
  before: KubeObject,
  status: Status,
  { client, kind, manager }: StatusOptions,
  signal: AbortSignal,
): Promise<KubeObject> {
  const { name, namespace, uid, resourceVersion } = before.metadata;
  const write = { fieldManager: manager, subresource: "status", signal };
  const body = {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: { name, namespace, uid, resourceVersion },
    status,
  };
  const after = await client.apply(kind, body, { ...write, force: true });
  // A field that another manager has written too (Flux, before us) outlives an apply that leaves it out.
  const rest = leftovers(before.status, status, after.status);
  if (rest === undefined) return after;
  const patch = { metadata: { resourceVersion: after.metadata.resourceVersion }, status: rest };
  return client.patch(kind, { namespace, name }, { type: "merge", body: patch }, write);
}

async function reread(
  before: KubeObject,
  { client, kind }: StatusOptions,
  signal: AbortSignal,
): Promise<KubeObject> {
  const { name, namespace, uid } = before.metadata;
  const fresh = await client.get(kind, { namespace, name }, { signal });
  if (!fresh || fresh.metadata.uid !== uid) throw gone(before);
  return fresh;
}

/**
 * A merge patch that removes the fields of `before` that are not `wanted` and still there `after` an apply; undefined when
 * there are none. Lists are whole values.
 */
export function leftovers(before: unknown, wanted: unknown, after: unknown): Status | undefined {
  if (!isMap(before) || !isMap(wanted) || !isMap(after)) return undefined;
  const entries = Object.keys(before).flatMap((field): [string, unknown][] => {
    if (!Object.hasOwn(after, field)) return [];
    if (!Object.hasOwn(wanted, field)) return [[field, null]];
    const inside = leftovers(before[field], wanted[field], after[field]);
    return inside ? [[field, inside]] : [];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function isMap(value: unknown): value is Status {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
