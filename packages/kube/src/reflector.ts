import { backoff, type KubeObject } from "@sluice/api";
import { type Clock, pause } from "./clock.ts";
import { apiError, isApiError } from "./errors.ts";
import type { ApiError, Client, Kind, Query, WatchEvent } from "./types.ts";

/** Where a reflector puts what it sees. A `replace` is the whole truth: what it leaves out is gone. */
export type Sink<T> = { replace(items: T[]): void; put(object: T): void; remove(object: T): void };

/** The part of a log that watching needs. */
export type WatchLog = {
  debug(message: string, facts?: Record<string, unknown>): void;
  info(message: string, facts?: Record<string, unknown>): void;
};

export type Reflection<T extends KubeObject> = {
  client: Pick<Client, "list" | "watch">;
  kind: Kind;
  query?: Query;
  sink: Sink<T>;
  /** Reduces each object before it reaches the sink. */
  keep?: (object: T) => T;
  clock: Clock;
  random: () => number;
  log?: WatchLog;
  /** Sees every failure, while the reflector goes on. */
  onProblem?: (problem: ApiError) => void;
};

/** What a watch request came to. */
type End = {
  /** Where to go on; undefined: list again. */
  from?: string;
  /** Whether it told anything, or lived long enough to show that the server is well. */
  well: boolean;
  problem?: ApiError;
};

// client-go asks for 5 to 10 minutes (tools/cache/reflector.go); spread, so that watches do not end together.
const watchSeconds = (random: () => number) => 300 + Math.floor(random() * 300);
// The server ends a watch itself; what lives longer is a connection that nobody holds at the other end.
const graceMs = 15_000;
// kube-apiserver bookmarks every minute; once a server has shown that it does, longer silence is a dead connection.
const silenceMs = 150_000;
// A watch that ends sooner without a word counts as a failure, or a broken proxy would be asked in a tight loop.
const shortestMs = 1_000;
// An API that is not there yet (its CRD is on the way) is asked for more often than one that fails.
const missingMs = 10_000;

/**
 * Keeps `sink` equal to what the server has, until `signal`: lists, watches from there, resumes after every
 * disconnect from the last version seen (bookmarks included), lists again when that version is gone. No answer of
 * the server ends it. Never throws.
 */
export async function reflect<T extends KubeObject>(
  reflection: Reflection<T>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, log, kind, onProblem } = reflection;
  let from: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    const end: End =
      from === undefined ? await list(reflection, signal) : await follow(reflection, from, signal);
    if (signal.aborted) return;
    const listed = from === undefined && end.from !== undefined;
    from = end.from;
    if (end.well) failures = 0;
    // A list says nothing of the watch that follows it, so it does not end a row of failures.
    if (listed || (end.well && !end.problem)) continue;
    const delay = delayOf(end.problem, failures++, random);
    if (end.problem) {
      onProblem?.(end.problem);
      const facts = {
        kind: kind.kind,
        group: kind.group,
        error: end.problem.message,
        againMs: Math.round(delay),
      };
      if (failures === 1) log?.info("watching goes on after a failure", facts);
      else log?.debug("watching goes on after a failure", facts);
    }
    if (delay > 0) await pause(clock, delay, signal);
  }
}

function delayOf(problem: ApiError | undefined, failures: number, random: () => number): number {
  // The first relist after an expired version is the normal course of things.
  if (problem?.status === 410 && failures === 0) return 0;
  const delay = backoff(failures, random, 800, 30_000);
  if (problem?.status === 404) return Math.min(delay, missingMs);
  return Math.max(delay, Math.min(problem?.retryAfterMs ?? 0, 60_000));
}

async function list<T extends KubeObject>(reflection: Reflection<T>, signal: AbortSignal): Promise<End> {
  const { client, kind, query, sink, keep } = reflection;
  try {
    const { items, resourceVersion } = await client.list<T>(kind, query, { signal, keep });
    if (signal.aborted) return { well: false };
    sink.replace(items);
    return { from: resourceVersion, well: false };
  } catch (thrown) {
    return { well: false, problem: asApiError(thrown) };
  }
}

/** One watch request, from `from` until it ends for whatever reason. */
async function follow<T extends KubeObject>(
  reflection: Reflection<T>,
  from: string,
  signal: AbortSignal,
): Promise<End> {
  const { client, kind, query, clock, random } = reflection;
  const timeoutSeconds = watchSeconds(random);
  const began = clock.now();
  const seen = { version: from, any: false, bookmarks: false, at: began };
  const over = new AbortController();
  const bounded = AbortSignal.any([signal, over.signal]);
  const deadline = began + timeoutSeconds * 1000 + graceMs;
  const guard = watchdog(
    clock,
    () => (seen.bookmarks ? Math.min(deadline, seen.at + silenceMs) : deadline),
    bounded,
  );
  void guard.then(() => over.abort());
  const well = () => seen.any || clock.now() - began >= shortestMs;
  try {
    const request = { ...query, resourceVersion: from, timeoutSeconds };
    for await (const event of client.watch<T>(kind, request, { signal: bounded })) {
      if (signal.aborted) break;
      seen.at = clock.now();
      const problem = take(event, reflection, seen);
      if (problem) return { from: relists(problem) ? undefined : seen.version, well: seen.any, problem };
      seen.any = true;
    }
    return { from: seen.version, well: well() };
  } catch (thrown) {
    // The watchdog's own end is not the server's failure; it resumes where it was.
    if (over.signal.aborted) return { from: seen.version, well: well() };
    const problem = asApiError(thrown);
    return { from: relists(problem) ? undefined : seen.version, well: seen.any, problem };
  } finally {
    over.abort();
  }
}

type Seen = { version: string; any: boolean; bookmarks: boolean; at: number };

/** Gives one event to the sink and notes its version; an ERROR event is returned as the error that it is. */
function take<T extends KubeObject>(
  event: WatchEvent<T>,
  { sink, keep }: Reflection<T>,
  seen: Seen,
): ApiError | undefined {
  switch (event.type) {
    case "ERROR": {
      const { code = 500, reason = "Unknown", message = "the watch failed" } = event.object;
      return apiError(message, { status: code, reason });
    }
    case "BOOKMARK":
      seen.bookmarks = true;
      break;
    case "DELETED":
      sink.remove(event.object);
      break;
    default:
      sink.put(keep ? keep(event.object) : event.object);
  }
  seen.version = event.object.metadata.resourceVersion ?? seen.version;
  return undefined;
}

/** Whether what was seen cannot be gone on from; the rest (network, overload, lost rights) passes. */
function relists({ status, reason, message }: ApiError): boolean {
  // A version from the future: etcd was restored from a backup.
  if (/too large resource version/i.test(message)) return true;
  if (status === 0) return reason === "BadAnswer";
  return !(status === 401 || status === 403 || status === 429 || status >= 500);
}

/** Ends when `due` has come, wherever it moves meanwhile, or with `signal`. */
async function watchdog(clock: Clock, due: () => number, signal: AbortSignal): Promise<void> {
  for (let wait = due() - clock.now(); wait > 0 && !signal.aborted; wait = due() - clock.now()) {
    // In naps, since a bookmark meanwhile brings the due time nearer.
    await pause(clock, Math.min(wait, silenceMs), signal);
  }
}

function asApiError(thrown: unknown): ApiError {
  if (isApiError(thrown)) return thrown;
  // A stream that broke off, or a line without end.
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const endless = /longer than \d+ bytes/.test(message);
  return apiError(message, { status: 0, reason: endless ? "BadAnswer" : "Disconnected", cause: thrown });
}
