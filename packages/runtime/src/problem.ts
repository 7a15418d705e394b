import type { KubeObject } from "@sluice/api";
import type { Controller, Done, Fate, Problem } from "./types.ts";

/** Declares a controller; returns it as it is, so that its types are inferred. */
export function controller<T extends KubeObject, D, N extends string>(
  definition: Controller<T, D, N>,
): Controller<T, D, N> {
  return definition;
}

/**
 * The good ending of a visit.
 * @param status facts for `status`, on top of what the steps noted; `undefined` removes a field
 * @param message of `Ready=True`, for example "Applied revision: …"
 */
export function done(
  status: Record<string, unknown>,
  message: string,
  extra: Omit<Done, "kind" | "status" | "message"> = {},
): Done {
  return { kind: "done", status, message, ...extra };
}

/** Another object must move first. @param againMs when to look again unless that object wakes us before */
export function waiting(reason: string, message: string, againMs?: number): Problem {
  return problem("waiting", reason, message, { again: againMs });
}

/** A human must act: nothing is tried again before the object or one of its inputs changes. */
export function stalled(reason: string, message: string, extra: Extra = {}): Problem {
  return problem("stalled", reason, message, extra);
}

/** The world failed: tried again with back-off, or after `again` milliseconds. */
export function failed(reason: string, message: string, extra: Extra & { again?: number } = {}): Problem {
  return problem("failed", reason, message, extra);
}

type Extra = { cause?: unknown; metadata?: Record<string, string> };

function problem(
  fate: Fate,
  reason: string | undefined,
  message: string,
  { cause, ...facts }: Extra & { again?: number } = {},
): Problem {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { fate, reason, ...facts });
}

/** Whether `thrown` was made by `waiting`, `stalled` or `failed`. */
export function isProblem(thrown: unknown): thrown is Problem {
  return thrown instanceof Error && fates.includes((thrown as Problem).fate);
}

const fates: readonly unknown[] = ["waiting", "stalled", "failed"] satisfies Fate[];

/** Makes a Problem of whatever was thrown; what has no fate is `failed`, what has no reason gets `reason`. */
export function asProblem(thrown: unknown, reason: string): Problem {
  if (!isProblem(thrown)) return problem("failed", reason, messageOf(thrown), { cause: thrown });
  if (thrown.reason !== undefined) return thrown;
  const { fate, again, metadata } = thrown;
  return problem(fate, reason, thrown.message, { cause: thrown, again, metadata });
}

const deepestCause = 5;

/**
 * What an error says, with what its causes add ("fetch failed: connect ECONNREFUSED 10.0.0.1:443") and, for several errors in
 * one, each of them.
 */
export function messageOf(thrown: unknown, depth = 0): string {
  if (!(thrown instanceof Error))
    return typeof thrown === "string" ? thrown : `unknown error: ${String(thrown)}`;
  if (depth >= deepestCause) return thrown.message;
  const own = thrown.message;
  if (thrown instanceof AggregateError) {
    const each = thrown.errors.map((part) => messageOf(part, depth + 1)).join("; ");
    return [own, each].filter(Boolean).join(": ") || thrown.name;
  }
  const cause = thrown.cause instanceof Error ? messageOf(thrown.cause, depth + 1) : "";
  if (own === "") return cause || thrown.name;
  return own.includes(cause) ? own : `${own}: ${cause}`;
}
