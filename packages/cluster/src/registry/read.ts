import type { KubeObject } from "@sluice/api";
import { nameOf, type Resource } from "../catalogue.ts";
import { apiError, badRequest, expired, notFound } from "../errors.ts";
import { matchesFields, parseFieldSelector } from "../selectors/fields.ts";
import { matchesLabels, parseLabelSelector } from "../selectors/labels.ts";
import { tableOf } from "../storage/storage.ts";
import { type Entry, entriesAt, entriesOf, entryIn, keyOf } from "../storage/table.ts";
import type { World } from "../world.ts";
import { parseRevision } from "./listoptions.ts";

/** What a list or watch is about. `namespace` undefined means all of them. */
export type Query = {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
};

export type ListQuery = Query & {
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: string;
};

/** One page. `revision` is what a watch continues from. */
export type Page = { entries: Entry[]; revision: number; continue?: string; remaining?: number };

export function getEntry(world: World, resource: Resource, namespace: string, name: string): Entry {
  const entry = entryIn(tableOf(world.storage, resource.table), namespace, name);
  if (!entry) throw notFound(nameOf(resource), name);
  return entry;
}

/** The test that a list or watch puts to each object; undefined when it takes all. */
export function filterOf(resource: Resource, query: Query): ((object: KubeObject) => boolean) | undefined {
  const labels = query.labelSelector ? parseLabelSelector(query.labelSelector) : [];
  const fields = query.fieldSelector
    ? parseFieldSelector(
        query.fieldSelector,
        resource.table,
        resource.kind,
        resource.custom?.selectableFields,
        resource.group,
      )
    : [];
  if (labels.length === 0 && fields.length === 0) return undefined;
  return (object) =>
    matchesLabels(labels, object.metadata.labels) && matchesFields(fields, object, resource.table);
}

const TOO_OLD =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/** Lists one page in key order. Later pages show the state as of the first one, or fail with 410 when that is forgotten. */
export function listPage(world: World, resource: Resource, query: ListQuery): Page {
  const table = tableOf(world.storage, resource.table);
  const matches = filterOf(resource, query);
  const token = query.continue ? parseToken(query.continue) : undefined;
  const current = world.storage.revision;
  const exact = query.resourceVersionMatch === "Exact" ? parseRevision(query.resourceVersion!) : undefined;
  if (!token) requireReached(current, exact ?? parseRevision(query.resourceVersion ?? "0"), !exact);
  const revision = token ? (token.rv > 0 ? token.rv : current) : (exact ?? current);
  const all =
    revision === current
      ? entriesOf(table, query.namespace)
      : revision < current
        ? entriesAt(table, revision, query.namespace)
        : undefined;
  if (!all) {
    if (!token) throw expired(`The resourceVersion for the provided list is too old.`);
    throw continueExpired(token);
  }
  const prefix = query.namespace ? `${query.namespace}/` : "";
  const from = token ? all.findIndex((entry) => keyOf(entry) >= prefix + token.start) : 0;
  const rest = from < 0 ? [] : from === 0 ? all : all.slice(from);
  return pageOf(rest, query, matches, revision);
}

function pageOf(
  rest: Entry[],
  query: ListQuery,
  matches: ReturnType<typeof filterOf>,
  revision: number,
): Page {
  // "any version will do" is answered from the cache, which knows no pages
  const limit = query.resourceVersion === "0" && !query.continue ? 0 : (query.limit ?? 0);
  if (limit <= 0) return { entries: matches ? rest.filter(({ object }) => matches(object)) : rest, revision };
  const entries: Entry[] = [];
  for (let index = 0; index < rest.length; index++) {
    const entry = rest[index]!;
    if (matches && !matches(entry.object)) continue;
    entries.push(entry);
    if (entries.length < limit || index + 1 === rest.length) continue;
    const start = `${query.namespace ? entry.name : keyOf(entry)}\u0000`;
    return {
      entries,
      revision,
      continue: Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start })).toString(
        "base64url",
      ),
      // with a selector the server cannot know how many more there are, or whether any
      ...(matches ? {} : { remaining: rest.length - index - 1 }),
    };
  }
  return { entries, revision };
}

function continueExpired(token: { start: string }): Error {
  const error = expired(TOO_OLD);
  const fresh = { v: "meta.k8s.io/v1", rv: -1, start: token.start };
  error.status.metadata = { continue: Buffer.from(JSON.stringify(fresh)).toString("base64url") };
  return error;
}

/** Why a token is none: its base64, or the JSON inside. */
function tokenProblem(text: string): string {
  const odd = /[^A-Za-z0-9_-]/.exec(text)?.index ?? (text.length % 4 === 1 ? text.length - 1 : undefined);
  if (odd !== undefined) return `illegal base64 data at input byte ${odd}`;
  const first = Buffer.from(text, "base64url").toString("latin1").charAt(0);
  const shown = /[^ -~]/.test(first) ? `\\u${first.charCodeAt(0).toString(16).padStart(4, "0")}` : first;
  return `invalid character '${shown}' looking for beginning of value`;
}

function parseToken(text: string): { rv: number; start: string } {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(text, "base64url").toString());
    if (v === "meta.k8s.io/v1" && Number.isInteger(rv) && typeof start === "string") return { rv, start };
  } catch {
    // falls through to the refusal
  }
  throw badRequest(`invalid continue token: continue key is not valid: ${tokenProblem(text)}`);
}

/** Throws the 504 for a list or get of a future that has not come yet. `again`: the client may wait for it. */
export function requireReached(current: number, wanted: number, again = true): void {
  if (wanted <= current) return;
  throw apiError(504, "Timeout", `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    ...(again ? { retryAfterSeconds: 1 } : {}),
  });
}
