import { randomBytes } from "node:crypto";
import { isEmptyTree, type ListNode } from "./ast.ts";
import { decode, encode, fromBytes } from "./bytes.ts";
import { compile, newFrame } from "./compile.ts";
import { fromData } from "./data.ts";
import { reported, TemplateError } from "./errors.ts";
import type { Mode } from "./expressions.ts";
import { FUNCTION_NAMES, FUNCTIONS } from "./functions/all.ts";
import { withoutMarks } from "./functions/flow.ts";
import { metered } from "./meter.ts";
import { parse } from "./parse.ts";
import { goQuote } from "./quote.ts";
import {
  DEFAULT_LIMITS,
  type Definition,
  type Definitions,
  type Host,
  type Limits,
  type Run,
} from "./runtime.ts";
import type { Value } from "./value.ts";

export type TemplateFile = {
  /** The name of the template that the file is. */
  name: string;
  /** Text, or bytes that need not be UTF-8. */
  text: string | Uint8Array;
};

export type ParseOptions = {
  /** A key that a map lacks is an error; without it, it is nothing. */
  strict?: boolean;
  /** `ExecuteOptions.trace` is told what templates do. Costs time in each execution. */
  trace?: boolean;
};

export type ExecuteOptions = Partial<Host> & { limits?: Partial<Limits> };

/** Texts of `tpl` that are kept compiled, and how long they may be together. */
const MAX_INLINE = 2000;
const MAX_INLINE_BYTES = 16 * 1024 * 1024;

/** Templates that know each other by name. Compiled once, executed as often as you like. */
export class TemplateSet implements Definitions {
  private readonly trees = new Map<string, ListNode>();
  private readonly compiled = new Map<string, Definition>();
  private readonly inline = new Map<string, ReadonlyMap<string, ListNode>>();
  private readonly inlineCompiled = new WeakMap<ListNode, Definition>();
  private inlineBytes = 0;
  private readonly mode: Mode;

  constructor(options: ParseOptions = {}) {
    this.mode = { strict: options.strict === true, traced: options.trace === true };
  }

  /** Adds the templates of a file. A later one replaces an earlier one of its name, unless it is blank. */
  add({ name, text }: TemplateFile): void {
    const source = { name: encode(name), text: typeof text === "string" ? encode(text) : fromBytes(text) };
    const trees = guard(() => parse(source, FUNCTION_NAMES));
    for (const [one, tree] of trees) {
      if (this.trees.has(one) && isEmptyTree(tree)) continue;
      this.trees.set(one, tree);
      this.compiled.delete(one);
    }
  }

  /** A template by its name as a byte string; for the package itself. */
  find(name: string): Definition | undefined {
    const known = this.compiled.get(name);
    if (known) return known;
    const tree = this.trees.get(name);
    if (!tree) return undefined;
    const definition = compile(name, tree, FUNCTIONS, this.mode);
    this.compiled.set(name, definition);
    return definition;
  }

  /**
   * What a template prints, as text.
   * @param data plain data, or values made by this package
   * @throws {TemplateError} with Go's words, and where and why
   */
  execute(name: string, data: unknown, options: ExecuteOptions = {}): string {
    return decode(guard(() => this.run(encode(name), fromData(data), options)));
  }

  /**
   * Executes by byte strings, as templates can cut characters in two, with errors as they are inside; for the package itself.
   */
  run(name: string, data: Value, options: ExecuteOptions): string {
    const definition = this.find(name);
    if (!definition) {
      throw new TemplateError(`template: no template ${goQuote(name)} associated with template "gotpl"`, {
        code: "exec",
        hint: "the names are those of files and of define blocks",
      });
    }
    const run = newRun(options, (text, outer) => this.parseInline(text, outer));
    try {
      metered(run, () => definition.body(newFrame(run, this, definition, data === null ? undefined : data)));
    } catch (thrown) {
      throw overflow(thrown, run) ?? thrown;
    }
    return run.out;
  }

  /** The templates of a text for `tpl`: its own, and behind them those that were there. */
  private parseInline(text: string, outer: Definitions): Definitions {
    const trees = this.inline.get(text) ?? this.keepInline(text);
    return {
      find: (name) => {
        const tree = trees.get(name);
        if (!tree || (name !== "gotpl" && isEmptyTree(tree) && outer.find(name))) return outer.find(name);
        let definition = this.inlineCompiled.get(tree);
        if (!definition) {
          definition = compile(name, tree, FUNCTIONS, this.mode);
          this.inlineCompiled.set(tree, definition);
        }
        return definition;
      },
    };
  }

  private keepInline(text: string): ReadonlyMap<string, ListNode> {
    const trees = parse({ name: "gotpl", text }, FUNCTION_NAMES);
    if (this.inline.size >= MAX_INLINE || this.inlineBytes + text.length > MAX_INLINE_BYTES) {
      this.inline.clear();
      this.inlineBytes = 0;
    }
    this.inline.set(text, trees);
    this.inlineBytes += text.length;
    return trees;
  }
}

/** Parses files into one set, in the order given. @throws {TemplateError} with Go's words and where */
export function parseTemplates(files: Iterable<TemplateFile>, options: ParseOptions = {}): TemplateSet {
  const set = new TemplateSet(options);
  for (const file of files) set.add(file);
  return set;
}

function newRun(options: ExecuteOptions, parseInline: Run["parseInline"]): Run {
  const { limits: chosen, ...given } = options;
  const host: Host = { now: Date.now, random: randomBytes, timeZone: "UTC", ...given };
  const limits = { ...DEFAULT_LIMITS, ...chosen };
  return {
    out: "",
    steps: 0,
    depth: 0,
    made: 0,
    limits,
    deadline: host.now() + limits.time,
    host,
    included: new Map(),
    parseInline,
  };
}

/** The error for what the JavaScript engine itself cannot do any more; undefined for other errors. */
function overflow(thrown: unknown, { included }: Run): TemplateError | undefined {
  if (!(thrown instanceof RangeError)) return undefined;
  if (!/call stack/i.test(thrown.message))
    return new TemplateError("the template makes values that are too large", {
      code: "limit",
      cause: thrown,
    });
  const [name, count] = [...included].reduce((most, one) => (one[1] > most[1] ? one : most), ["", 0]);
  const nested = `rendering template has a nested reference name: ${name}: unable to execute template`;
  const message = count > 50 ? nested : "exceeded maximum template depth";
  return new TemplateError(message, {
    code: "limit",
    hint: "a template includes itself, directly or through others",
  });
}

/** Errors leave the package as text, and without the marks of `fail`. */
function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
    const error = reported(thrown);
    error.message = withoutMarks(error.message);
    throw error;
  }
}
