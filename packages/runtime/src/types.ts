import type { Condition, KubeObject } from "@sluice/api";
import type { Cache, Change, Client, Clock, KeyText, Kind, Query } from "@sluice/kube";
import type { Registry } from "prom-client";
import type { Secrets } from "./redact.ts";

/** Who must move after a failure: see the table of fates in docs/architecture.md. */
export type Fate = "waiting" | "stalled" | "failed";

/** An Error with a fate and a reason; made by `waiting`, `stalled`, `failed`; anything else thrown becomes `failed`. */
export type Problem = Error & {
  fate: Fate;
  /** Undefined: the reason of the step that it was thrown in. */
  reason?: string;
  /** When to look again, in milliseconds; undefined: `waiting` as `--requeue-dependency` says, `failed` with back-off. */
  again?: number;
  /** Metadata of the event about it, keys without group prefix. */
  metadata?: Record<string, string>;
};

/** The good ending of a visit, made by `done(status, message)`. */
export type Done = {
  kind: "done";
  /** Facts for `status`, on top of the notes. */
  status: Record<string, unknown>;
  message: string;
  /** Reason of `Ready=True`; default "ReconciliationSucceeded" (controllers name their own: "Succeeded"). */
  reason?: string;
  /** Overrides `spec.interval`, in milliseconds. */
  again?: number;
  /** Metadata of the event, keys without group prefix: revision, … */
  metadata?: Record<string, string>;
  /** Event even if Ready did not change, e.g. a change log; undefined: event when Ready or its message changed. */
  event?: { reason: string; message: string };
};

/** A step: its condition and what to say when it fails. Polarity is declared once, by the words success and failure. */
export type StepSpec = {
  /** Reason of Ready=False (and of `failure`) when the step throws a Problem that has none. */
  reason: string;
  /** Condition that is True when the step passed and False when it failed. */
  success?: string;
  /** Condition that exists (True) only while the step fails. */
  failure?: string;
  /** Reason of the `success` condition when it passed; default "Succeeded". */
  passed?: string;
  /** A wait: gives its worker slot back while it runs, and a change of the object or its inputs ends it (`HealthCheckCanceled`). */
  waits?: boolean;
};

export type Step<N extends string> = {
  <V>(name: N, work: (signal: AbortSignal) => Promise<V> | V): Promise<V>;
  /** Records facts for `status` that stay true if a later step fails. */
  note(facts: Record<string, unknown>): void;
  /**
   * Notes `facts` and writes them to `status` before going on: the write-ahead of an act that must survive a crash
   * (an inventory before apply, …). Costs one API write, none when status has them already.
   */
  save(facts: Record<string, unknown>): Promise<void>;
  /** Sends an event now (a change log before a long health wait, …). */
  event(event: Pick<EventNote, "reason" | "message"> & Partial<EventNote>): void;
  /** The object does not ask for this step: conditions that an earlier visit set for it go. */
  without(name: N): void;
  /** Metadata that every later event of this visit carries, failures too: revision, … Keys without group prefix. */
  tag(metadata: Record<string, string>): void;
  /** Why this visit takes place. */
  readonly because: Because;
  /** The clock, milliseconds since the epoch. */
  readonly now: () => number;
};

/** What woke a visit, most urgent first. */
export type Because = "request" | "change" | "input" | "drift" | "interval" | "retry";

export type Controller<T extends KubeObject, D, N extends string> = {
  kind: Kind & { apiVersion: string; parse(raw: KubeObject): T };
  steps: Record<N, StepSpec>;
  reconcile(object: T, deps: D, step: Step<N>): Promise<Done>;
  /** Cleans up before the finalizer goes; a throw keeps the finalizer and is retried. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a farewell may end without a word, and most do
  finalize?(object: T, deps: D, step: Step<N>): Promise<Done | void>;
  /** How long one step may take, in milliseconds; default: `spec.timeout`, else a minute. */
  timeout?(object: T): number;
};

/** Which other objects wake an object. */
export type Wake<T extends KubeObject> = {
  kind: Kind;
  query?: Query;
  /** Keys of own objects to visit when `change` is seen; `own` is the cache of the controller's kind. */
  keysOf(change: Change, own: Cache<T>): Iterable<KeyText>;
  because?: Because;
};

/** One controller in a process: its deps are built once, when the process has a client. */
export type Registration<T extends KubeObject = any, D = any> = {
  controller: Controller<T, D, any>;
  deps: D;
  /** Indexes of the own kind's cache, for `Wake.keysOf`. */
  indexes?: Record<string, (object: T) => string[]>;
  wakes?: Wake<T>[];
  concurrent?: number;
};

/** What a process gives to its controllers' deps. */
export type Context = {
  client: Client;
  /** Name of the controller, and the field owner of its writes. */
  name: string;
  /** Namespace that the process runs in. */
  namespace: string;
  log: Log;
  metrics: Registry;
  /** Secret values that deps have read: remembered here, they are masked in every log line, event and status. */
  secrets: Secrets;
  clock: Clock;
  now: () => number;
  random: () => number;
  /** Fires when the process shuts down. */
  signal: AbortSignal;
  /** Resolves when this process is the leader (at once without leader election); never rejects. */
  elected: Promise<void>;
  /** The watched cache of a kind; one per kind, query and process. */
  cache<T extends KubeObject>(kind: Kind, options?: import("@sluice/kube").CacheOptions<T>): Cache<T>;
  /** Visit own objects of `kind` soon; for inputs that no Wake can express (drift watches, …). */
  wake(kind: Kind, key: KeyText, because: Because): void;
  /** Conditions etc. never reach here; only facts. */
  flags: Flags;
};

export type Log = {
  debug(msg: string, facts?: Record<string, unknown>): void;
  info(msg: string, facts?: Record<string, unknown>): void;
  error(msg: string, facts?: Record<string, unknown>): void;
  with(facts: Record<string, unknown>): Log;
};

/**
 * Parsed flags, durations in milliseconds; the common ones of every controller are always there, others by their name in
 * camelCase.
 */
export type Flags = {
  concurrent: number;
  eventsAddr: string;
  healthAddr: string;
  metricsAddr: string;
  logLevel: "trace" | "debug" | "info" | "error";
  logEncoding: "json" | "console";
  watchAllNamespaces: boolean;
  watchLabelSelector: string;
  intervalJitterPercentage: number;
  requeueDependency: number;
  enableLeaderElection: boolean;
  noCrossNamespaceRefs: boolean;
  featureGates: Record<string, boolean>;
  minRetryDelay: number;
  maxRetryDelay: number;
  watchConfigsLabelSelector: string;
  leaderElectionReleaseOnCancel: boolean;
  leaderElectionLeaseDuration: number;
  leaderElectionRenewDeadline: number;
  leaderElectionRetryPeriod: number;
  kubeApiQps: number;
  gracefulShutdownTimeout: number;
  [name: string]: unknown;
};

/** An event before it is addressed: keys of `metadata` have no group prefix. */
export type EventNote = {
  type: "Normal" | "Warning";
  severity: "info" | "error" | "trace";
  reason: string;
  message: string;
  metadata: Record<string, string>;
};

/** What `judge` says at the end of a visit. */
export type Verdict = {
  status: Record<string, unknown> & { conditions: Condition[]; observedGeneration?: number };
  events: EventNote[];
  /** When to visit again: after the interval (with jitter), after so many ms, with back-off, or only when something changes. */
  again: Again;
  fate: "done" | Fate;
};

/** When a visit repeats. `capMs` bounds the back-off by the object's own interval. */
export type Again =
  | { kind: "interval"; ms: number }
  | { kind: "after"; ms: number }
  | { kind: "backoff"; capMs?: number }
  | { kind: "never" };
