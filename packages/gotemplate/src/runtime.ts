import type { Node } from "./ast.ts";
import { print } from "./ast.ts";
import { decode } from "./bytes.ts";
import type { KeyKind } from "./crypto/keys.ts";
import { TemplateError } from "./errors.ts";
import { goQuote } from "./quote.ts";
import { GoList, type GoMap, type Param, type Value } from "./value.ts";

/** What templates reach of the world, handed in by the caller. */
export type Host = {
  /** Milliseconds since 1970. */
  now(): number;
  /** So many random bytes, fit for secrets. */
  random(size: number): Uint8Array;
  /** A new private key in PEM; without it, one from the engine's own generator. */
  generateKey?(kind: KeyKind): string;
  /** Reads an object, or a list of them if `name` is empty, from the cluster; undefined if there is none. */
  lookup?(apiVersion: string, kind: string, namespace: string, name: string): object | undefined;
  /** An address of a host; without it `getHostByName` answers with nothing, as in Helm by default. */
  resolve?(host: string): string;
  /** In lint mode `required` and `fail` do not fail: this hears what they say, with the words of Helm's log. */
  lint?(level: "WARN" | "INFO", words: string, message: string): void;
  /** Told what templates do, if their set was parsed with `trace`. */
  trace?: Trace;
  /** Time zone of dates: an IANA name. */
  timeZone: string;
};

/** What a host may be told of an execution, to say afterwards what made which line. */
export type Trace = {
  /**
   * A statement of the executed template begins: how many bytes it has printed by then, where in its text it stands, and
   * whether it is text that is printed as it is.
   */
  statement(printed: number, pos: number, isText: boolean): void;
  /** A template reads a key of a map, which may not be there. */
  read(map: GoMap, key: string): void;
  /** Helm's engine deletes this many bytes at these places of what was printed. */
  deleted?(size: number, places: readonly number[]): void;
};

/** What one execution may use up. */
export type Limits = {
  /** Bytes of output, and of any one string that a function makes. */
  output: number;
  /** Actions, iterations, calls, and parts of values that are printed, copied or compared. */
  steps: number;
  /** Milliseconds. */
  time: number;
  /** Templates within templates. */
  depth: number;
};

/** Far beyond what charts need, and within what a controller has. */
export const DEFAULT_LIMITS: Limits = {
  output: 64 * 1024 * 1024,
  steps: 20_000_000,
  time: 60_000,
  depth: 20_000,
};

/** Looks up what a template is made of. */
export type Definitions = {
  find(name: string): Definition | undefined;
};

/** One template: what it does, and how many variables it needs. */
export type Definition = { name: string; slots: number; body: Exec };

/** The state of one execution, shared by all templates that take part. */
export type Run = {
  out: string;
  steps: number;
  depth: number;
  /** Bytes of all values that functions made. */
  made: number;
  readonly limits: Limits;
  readonly deadline: number;
  readonly host: Host;
  /** Templates being included, by name, and how often each. */
  readonly included: Map<string, number>;
  /** Parses a text for `tpl`. */
  readonly parseInline: (text: string, outer: Definitions) => Definitions;
};

/** The state of one template. */
export type Frame = {
  readonly run: Run;
  readonly set: Definitions;
  readonly vars: Value[];
  /** Which variables hold what Go would see through an interface; matters to words of errors only. */
  readonly loose: boolean[];
  dot: Value;
  dotLoose: boolean;
};

/** How a statement ends. */
export const GO_ON = 0;
export const BREAK = 1;
export const CONTINUE = 2;
export type Exec = (frame: Frame) => number;
export type Eval = (frame: Frame) => Value;

/** A function of templates. */
export type Fn = {
  params: readonly Param[];
  /** Type of further parameters, if there may be any. */
  rest?: Param;
  call(frame: Frame, ...args: any[]): Value;
};

/** Counts steps, and stops what goes on for too long. Work that is known to be slow counts for many. */
export function tick(run: Run, cost = 1): void {
  const before = run.steps;
  run.steps = before + cost;
  // The clock is looked at now and then only.
  if (before >> 10 === run.steps >> 10) return;
  if (run.steps > run.limits.steps) tooMuch(`takes more than ${run.limits.steps} steps`);
  if (run.host.now() > run.deadline) tooMuch(`takes longer than ${run.limits.time} ms`);
}

/** Appends to the output. */
export function write(run: Run, text: string): void {
  run.out += text;
  if (run.out.length > run.limits.output) tooMuch(`makes more than ${run.limits.output} bytes`);
}

/** Refuses work whose size in bytes is known beforehand. */
export function allow(run: Run, size: number): void {
  if (size > run.limits.output) tooMuch(`makes more than ${run.limits.output} bytes`);
}

/** How many times the limit of output all values together may take that functions make. */
const VALUES_LIMIT = 16;

/** Counts what a function made, and refuses what is too large. */
export function made(run: Run, value: Value): Value {
  const size =
    typeof value === "string" ? value.length : value instanceof GoList ? value.items.length * 8 : 0;
  if (size === 0) return value;
  run.made += size;
  allow(run, size);
  if (run.made > run.limits.output * VALUES_LIMIT) tooMuch("makes more values than fit into memory");
  return value;
}

function tooMuch(what: string): never {
  throw new TemplateError(`the template ${what}`, {
    code: "limit",
    hint: "look for a loop that does not end or a template that includes itself",
  });
}

/** Line from 1 and column in bytes from 0 of a node. */
function placeOf({ source, pos }: Node): { line: number; column: number } {
  const before = source.text.slice(0, pos);
  const start = before.lastIndexOf("\n");
  const line = before.split("\n").length;
  return { line, column: start === -1 ? pos : pos - start - 1 };
}

/** An error of a limit with the innermost place that is known. */
export function placed(error: TemplateError, node: Node, template: string): TemplateError {
  if (error.at) return error;
  const { code, hint } = error;
  const at = { file: decode(node.source.name), ...placeOf(node) };
  return new TemplateError(error.message, { code, hint, at, template: decode(template) });
}

/** A node that is only known when the template runs: the argument that `and` or `or` stopped at. */
export type Moving = { type: "moving"; at: Spot };
/** Where an error may be placed. */
export type Spot = Node | Moving;

/** Fails at a node of a template, in Go's words. The facts of an inner failure win over those of the outer ones. */
export function failAt(
  spot: Spot,
  template: string,
  message: string,
  { cause, hint, path }: { cause?: Error; hint?: string; path?: string } = {},
): never {
  let node = spot;
  while (node.type === "moving") node = node.at;
  const { line, column } = placeOf(node);
  const file = node.source.name;
  const context = print(node);
  const inner = cause instanceof TemplateError ? cause : undefined;
  throw new TemplateError(
    `template: ${file}:${line}:${column}: executing ${goQuote(template)} at <${context}>: ${message}`,
    {
      code: inner?.code ?? "exec",
      at: inner?.at ?? { file: decode(file), line, column },
      template: inner?.template ?? decode(template),
      path: inner ? inner.path : (path ?? pathOf(node)),
      hint: inner ? inner.hint : hint,
      cause,
    },
  );
}

/** The path of values that a node reads. */
function pathOf(node: Node): string | undefined {
  return node.type === "field" || node.type === "variable" ? decode(print(node)) : undefined;
}
