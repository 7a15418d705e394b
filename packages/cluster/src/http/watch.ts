import type { KubeObject } from "@sluice/api";
import { apiVersionOfResource, type Resource } from "../catalogue.ts";
import { apiError, expired } from "../errors.ts";
import { toServed } from "../registry/convert.ts";
import { checkListOptions, parseRevision } from "../registry/listoptions.ts";
import { filterOf, listPage } from "../registry/read.ts";
import { subscribe, tableOf } from "../storage/storage.ts";
import { type Change, changesAfter, type Entry } from "../storage/table.ts";
import { tableOfObjects } from "../tables/table.ts";
import type { Exchange } from "./exchange.ts";
import { type Format, negotiate } from "./negotiate.ts";
import { partial, servedBytes, tableOptions } from "./render.ts";
import { deprecationWarning, listQuery, type Target, wholeNumber } from "./resources.ts";
import { isPretty } from "./respond.ts";
import { isTrue } from "./server.ts";

type Type = "ADDED" | "MODIFIED" | "DELETED";

/** A watcher that lets this much pile up does not read any more: it is cut off and comes back with its last resourceVersion. */
const BUFFER_LIMIT = 32 * 1024 * 1024;

const STREAMS =
  "only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

const BOOKMARK_EVERY = 60_000;

/** Streams the changes of a resource, one JSON event a line, until the client leaves, the timeout comes or the server ends. */
export function watch(exchange: Exchange, { resource, namespace, name }: Target): void {
  const { world, query, req, res, signal } = exchange;
  const format = negotiate(req.headers.accept, isPretty({ req }, query), true);
  if (format.media !== "json") throw apiError(406, "NotAcceptable", STREAMS);
  const wanted = {
    ...listQuery(query, namespace),
    ...(name ? { fieldSelector: `metadata.name=${name}` } : {}),
  };
  const matches = filterOf(resource, wanted);
  const table = tableOf(world.storage, resource.table);
  const bookmarks = isTrue(query.get("allowWatchBookmarks"));
  const sendInitial = query.get("sendInitialEvents");
  checkListOptions({ ...wanted, ...(sendInitial ? { sendInitialEvents: sendInitial } : {}) }, true);
  const from = parseRevision(wanted.resourceVersion ?? "", true);
  const seconds = wholeNumber(query.get("timeoutSeconds")) ?? 0;
  const stream = newStream(exchange, resource, format);
  const fromNow = sendInitial === "false" && from === 0;
  const initial = !fromNow && (sendInitial === "true" || (from === 0 && sendInitial !== "false"));
  const missed = initial || fromNow ? [] : changesAfter(table, from);
  deprecationWarning(exchange, resource);
  stream.open();
  if (!missed) {
    // a watch that asks for what is forgotten learns of it in the stream
    const { status } = expired(`too old resource version: ${from} (${table.since})`);
    stream.write(Buffer.from(`${JSON.stringify({ type: "ERROR", object: status })}\n`));
    stream.end();
    return;
  }
  if (initial) {
    const { entries } = listPage(world, resource, { ...(namespace === undefined ? {} : { namespace }) });
    for (const entry of entries) if (!matches || matches(entry.object)) stream.event("ADDED", entry);
    if (sendInitial === "true" && bookmarks) stream.bookmark(world.storage.revision, true);
  }
  let told = Math.max(from, initial || fromNow ? world.storage.revision : 0);
  const hear = (change: Change) => {
    if (change.revision <= from && !initial) return;
    if (namespace !== undefined && change.entry.namespace !== namespace) return;
    const type = seenAs(change, matches);
    if (!type) return;
    stream.event(type, change.entry, change);
    told = change.revision;
  };
  // only when there is news: a watcher that heard the last change need not be told where it is
  const remind = () => {
    if (world.storage.revision <= told) return;
    told = world.storage.revision;
    stream.bookmark(told, false);
  };
  for (const change of missed) hear(change);
  const unsubscribe = subscribe(world.storage, resource.table, hear);
  const timer = bookmarks ? setInterval(remind, BOOKMARK_EVERY) : undefined;
  const end = () => stream.end();
  const timeout = setTimeout(end, (seconds > 0 ? seconds : 1800 + world.random() * 1800) * 1000);
  signal.addEventListener("abort", end, { once: true });
  res.on("close", () => {
    unsubscribe();
    clearInterval(timer);
    clearTimeout(timeout);
    signal.removeEventListener("abort", end);
  });
}

/** What a change means to a watcher with selectors: an object that comes to match is ADDED, one that ceases to is DELETED. */
function seenAs(
  { type, entry, previous }: Change,
  matches: ((object: KubeObject) => boolean) | undefined,
): Type | undefined {
  if (!matches) return type;
  const before = type !== "ADDED" && previous !== undefined && matches(previous.object);
  const after = type !== "DELETED" && matches(entry.object);
  if (before) return after ? "MODIFIED" : "DELETED";
  return after ? "ADDED" : undefined;
}

/** The line made last: with fifty watchers of a resource each change is written out once, as they all hear it in a row. */
let latest: { entry: Entry; key: string; line: Buffer } | undefined;

function plainLine(resource: Resource, type: Type, entry: Entry): Buffer {
  const key = `${type} ${apiVersionOfResource(resource)}`;
  if (latest?.entry === entry && latest.key === key) return latest.line;
  const parts = [
    Buffer.from(`{"type":"${type}","object":`),
    servedBytes(resource, entry),
    Buffer.from("}\n"),
  ];
  const line = Buffer.concat(parts);
  latest = { entry, key, line };
  return line;
}

function newStream(exchange: Exchange, resource: Resource, format: Format) {
  const { res } = exchange;
  let pending: Buffer[] = [];
  let open = true;
  res.once("close", () => {
    open = false;
  });
  let headersSent = false; // of the Table: columns travel with the first event only
  const flush = () => {
    if (pending.length === 0) return;
    const bytes = pending.length === 1 ? pending[0]! : Buffer.concat(pending);
    pending = [];
    if (!open) return;
    res.write(bytes);
    if (res.writableLength <= BUFFER_LIMIT) return;
    open = false;
    res.destroy();
  };
  const write = (line: Buffer) => {
    pending.push(line);
    if (pending.length === 1) setImmediate(flush);
  };
  const shaped = (type: string, object: KubeObject): Buffer => {
    const value =
      format.as === "Table"
        ? tableOfObjects(
            resource,
            [object],
            { resourceVersion: object.metadata.resourceVersion ?? "" },
            {
              ...tableOptions(exchange, format),
              columns: !headersSent,
            },
          )
        : format.as === "PartialObjectMetadata"
          ? partial(object, format.asVersion!)
          : object;
    headersSent = true;
    return Buffer.from(`${JSON.stringify({ type, object: value })}\n`);
  };
  return {
    open() {
      res.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-cache, private" });
      res.flushHeaders();
    },
    write,
    end() {
      flush();
      open = false;
      res.end();
    },
    event(type: Type, entry: Entry, change?: Change) {
      // an object that leaves the selection is shown as it was, under the revision of the change
      const left = type === "DELETED" && change?.type === "MODIFIED";
      if (!left && !format.as) return write(plainLine(resource, type, entry));
      const before = left ? change.previous!.object : entry.object;
      const object = left
        ? { ...before, metadata: { ...before.metadata, resourceVersion: String(change.revision) } }
        : before;
      write(shaped(type, toServed(resource, object)));
    },
    bookmark(revision: number, initialEventsEnd: boolean) {
      const annotations = initialEventsEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
      const object = {
        kind: resource.kind,
        apiVersion: apiVersionOfResource(resource),
        metadata: { resourceVersion: String(revision), ...annotations },
      };
      const shape =
        format.as === "PartialObjectMetadata" ? partial(object as KubeObject, format.asVersion!) : object;
      write(Buffer.from(`${JSON.stringify({ type: "BOOKMARK", object: shape })}\n`));
    },
  };
}
