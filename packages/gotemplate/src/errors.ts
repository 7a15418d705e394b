import { nearest as nearestOf } from "@sluice/api";
import { decode } from "./bytes.ts";

export type ErrorCode =
  /** The text is no template. */
  | "parse"
  /** A template could not be executed. */
  | "exec"
  /** `fail` or `required` was called. */
  | "failed"
  /** A limit of size, depth or time was reached. */
  | "limit";

/** Where in a template: the file, its line from 1, and the column in bytes from 0, as Go counts them. */
export type Place = { file: string; line: number; column?: number };

export type ErrorFacts = {
  code: ErrorCode;
  at?: Place;
  /** The name of the template that was executing. */
  template?: string;
  /** The path of values that was read where it failed: `.Values.image.tag`. */
  path?: string;
  /** What to do about it. */
  hint?: string;
  cause?: Error;
};

/**
 * A template that is wrong or fails. `message` is word for word what Go says; inside the package it is a byte string, `reported`
 * makes it text where it leaves.
 */
export class TemplateError extends Error {
  readonly code: ErrorCode;
  readonly at?: Place;
  readonly template?: string;
  readonly path?: string;
  readonly hint?: string;
  override readonly cause?: Error;

  constructor(message: string, facts: ErrorFacts) {
    super(message);
    this.name = "TemplateError";
    this.code = facts.code;
    this.at = facts.at;
    this.template = facts.template;
    this.path = facts.path;
    this.hint = facts.hint;
    this.cause = facts.cause;
  }
}

/** What a function of a template answers with instead of a value. The message is a byte string until it is reported. */
export class GoError extends Error {
  override readonly cause?: Error;
  constructor(message: string, cause?: Error) {
    super(message);
    this.name = "GoError";
    this.cause = cause;
  }
}

/** Runs `work`, putting words before those of its error. Limits, and mistakes of our own, pass as they are. */
export function saying<T>(words: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const known = thrown instanceof GoError || (thrown instanceof TemplateError && thrown.code !== "limit");
    throw known ? new GoError(`${words}: ${thrown.message}`, thrown) : thrown;
  }
}

/** An error for the outside: byte strings in its messages become text. */
export function reported(error: TemplateError): TemplateError {
  for (let at: Error | undefined = error; at; at = at.cause as Error | undefined)
    at.message = decode(at.message);
  return error;
}

/** Go's panics that templates can provoke. */
export const NIL_POINTER = "runtime error: invalid memory address or nil pointer dereference";

/** Nearest of some names to a word that is none of them, for hints; undefined if none is near. */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  const best = nearestOf(word, names, word.length > 3 ? 2 : 1);
  return best === undefined ? undefined : decode(best);
}
