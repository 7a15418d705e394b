/** Compiles the tree of a template into closures. */
import type { BranchNode, ListNode, PipeNode, Statement, TemplateNode } from "./ast.ts";
import { type Compiler, compilePipe, type Mode, newVariable, type Scope } from "./expressions.ts";
import { sprintf } from "./print.ts";
import { goQuote } from "./quote.ts";
import {
  BREAK,
  CONTINUE,
  type Definition,
  type Definitions,
  type Eval,
  type Exec,
  type Fn,
  type Frame,
  failAt,
  GO_ON,
  type Run,
  tick,
  write,
} from "./runtime.ts";
import { goText } from "./text.ts";
import { GoBytes, GoList, GoMap, GoObject, isTrue, itemsOf, Num, sortedKeys, type Value } from "./value.ts";

/**
 * Compiles one template.
 * @param name the template's name, which errors mention
 * @param functions what it may call
 */
export function compile(
  name: string,
  root: ListNode,
  functions: ReadonlyMap<string, Fn>,
  mode: Mode,
): Definition {
  const compiler: Compiler = { template: name, functions, ...mode, slots: 0, scope: new Map() };
  newVariable(compiler, "$");
  const body = compileList(compiler, root);
  return { name, slots: compiler.slots, body };
}

/** Variables that are declared in a block are gone behind it. */
function inScope<T>(compiler: Compiler, work: () => T): T {
  const outer: Scope = compiler.scope;
  compiler.scope = new Map(outer);
  const result = work();
  compiler.scope = outer;
  return result;
}

function compileList(compiler: Compiler, list: ListNode): Exec {
  const parts = list.nodes.map((node) => {
    const statement = compileStatement(compiler, node);
    return compiler.traced ? traced(node, statement) : statement;
  });
  if (parts.length === 0) return () => GO_ON;
  if (parts.length === 1) return parts[0]!;
  if (parts.length === 2) {
    const [a, b] = parts as [Exec, Exec];
    return (frame) => a(frame) || b(frame);
  }
  return (frame) => {
    for (let i = 0; i < parts.length; i++) {
      const end = parts[i]!(frame);
      if (end !== GO_ON) return end;
    }
    return GO_ON;
  };
}

/** A statement that tells the host that it begins. Those within `include` and the like belong to the statement outside. */
function traced({ type, pos }: Statement, statement: Exec): Exec {
  const isText = type === "text";
  return (frame) => {
    const { run } = frame;
    if (run.depth === 0) run.host.trace?.statement(run.out.length, pos, isText);
    return statement(frame);
  };
}

function compileStatement(compiler: Compiler, node: Statement): Exec {
  switch (node.type) {
    case "text": {
      const { text } = node;
      return (frame) => {
        write(frame.run, text);
        return GO_ON;
      };
    }
    case "action":
      return compileAction(compiler, node.pipe);
    case "if":
      return inScope(compiler, () => compileIf(compiler, node));
    case "with":
      return inScope(compiler, () => compileWith(compiler, node));
    case "range":
      return inScope(compiler, () => compileRange(compiler, node));
    case "template":
      return compileTemplate(compiler, node);
    case "break":
      return () => BREAK;
    case "continue":
      return () => CONTINUE;
  }
}

function compileAction(compiler: Compiler, pipe: PipeNode): Exec {
  const { run } = compilePipe(compiler, pipe);
  if (pipe.decl.length > 0) {
    return (frame) => {
      run(frame);
      tick(frame.run);
      return GO_ON;
    };
  }
  return (frame) => {
    const value = run(frame);
    tick(frame.run);
    write(frame.run, typeof value === "string" ? value : goText(value));
    return GO_ON;
  };
}

function compileIf(compiler: Compiler, node: BranchNode): Exec {
  const { run } = compilePipe(compiler, node.pipe);
  const then = inScope(compiler, () => compileList(compiler, node.list));
  const otherwise = node.elseList && inScope(compiler, () => compileList(compiler, node.elseList!));
  return (frame) => {
    tick(frame.run);
    if (isTrue(run(frame))) return then(frame);
    return otherwise ? otherwise(frame) : GO_ON;
  };
}

function compileWith(compiler: Compiler, node: BranchNode): Exec {
  const { run } = compilePipe(compiler, node.pipe);
  const then = inScope(compiler, () => compileList(compiler, node.list));
  const otherwise = node.elseList && inScope(compiler, () => compileList(compiler, node.elseList!));
  return (frame) => {
    tick(frame.run);
    const value = run(frame);
    if (!isTrue(value)) return otherwise ? otherwise(frame) : GO_ON;
    const { dot, dotLoose } = frame;
    frame.dot = value;
    frame.dotLoose = false;
    const end = then(frame);
    frame.dot = dot;
    frame.dotLoose = dotLoose;
    return end;
  };
}

/** Sets the variables of one iteration. */
type Bind = (frame: Frame, index: Value, item: Value, loose: boolean) => void;

function compileRange(compiler: Compiler, node: BranchNode): Exec {
  const pipe = compilePipe(compiler, node.pipe);
  const bind = compileBind(compiler, node.pipe);
  const body = inScope(compiler, () => compileList(compiler, node.list));
  const otherwise = node.elseList && inScope(compiler, () => compileList(compiler, node.elseList!));
  const pair = node.pipe.decl.length > 1;
  const fail = (message: string): never => failAt(pipe.last, compiler.template, message);
  return (frame) => {
    const value = pipe.run(frame);
    const { dot, dotLoose } = frame;
    const step = (index: Value, item: Value, loose: boolean): number => {
      tick(frame.run);
      bind(frame, index, item, loose);
      frame.dot = item;
      frame.dotLoose = loose;
      return body(frame);
    };
    const ran = iterate(value, pair, step, fail);
    frame.dot = dot;
    frame.dotLoose = dotLoose;
    if (ran || !otherwise) return GO_ON;
    // A break in the other branch leaves this range, as Go has it; a continue goes on with the one around.
    const end = otherwise(frame);
    return end === BREAK ? GO_ON : end;
  };
}

/** Goes through what Go can range over; whether there was anything. */
function iterate(
  value: Value,
  pair: boolean,
  step: (index: Value, item: Value, loose: boolean) => number,
  fail: (message: string) => never,
): boolean {
  if (value instanceof GoList || value instanceof GoBytes) {
    const items = itemsOf(value);
    const loose = value instanceof GoList && value.type.elem === "interface {}";
    for (let i = 0; i < items.length; i++) {
      if (step(pair ? BigInt(i) : undefined, items[i], loose) === BREAK) break;
    }
    return items.length > 0;
  }
  if (value instanceof GoMap) {
    const keys = sortedKeys(value);
    const loose = value.type.elem === "interface {}";
    // A body may remove keys that are still to come; Go has read the values before.
    const items = keys.map((key) => value.m.get(key));
    for (let i = 0; i < keys.length; i++) if (step(keys[i], items[i], loose) === BREAK) break;
    return keys.length > 0;
  }
  if (typeof value === "bigint" || value instanceof Num) return countTo(value, pair, step, fail);
  if (value === undefined) return false;
  const shown = sprintf("%v", [value]);
  // Go has followed a pointer by now.
  return fail(`range can't iterate over ${value instanceof GoObject ? shown.replace(/^&/, "") : shown}`);
}

function countTo(
  value: bigint | Num,
  pair: boolean,
  step: (index: Value, item: Value, loose: boolean) => number,
  fail: (message: string) => never,
): boolean {
  if (pair) fail(`can't use ${sprintf("%v", [value])} to iterate over more than one variable`);
  const end = typeof value === "bigint" ? value : value.value;
  for (let i = 0n; i < end; i++) {
    if (step(undefined, typeof value === "bigint" ? i : new Num(i, value.type), false) === BREAK) break;
  }
  return end > 0n;
}

function compileBind(compiler: Compiler, { decl, assign }: PipeNode): Bind {
  const slots = decl.map(({ path }) => compiler.scope.get(path[0]!));
  // Without such a variable the pipeline fails before there is an iteration.
  if (assign) for (const variable of slots) if (variable) variable.mixed = true;
  const item = slots[slots.length - 1];
  const index = slots.length > 1 ? slots[0] : undefined;
  if (!item) return () => {};
  if (!index) {
    return (frame, _, value, loose) => {
      frame.vars[item.slot] = value;
      frame.loose[item.slot] = loose;
    };
  }
  return (frame, key, value, loose) => {
    frame.vars[index.slot] = key;
    frame.loose[index.slot] = false;
    frame.vars[item.slot] = value;
    frame.loose[item.slot] = loose;
  };
}

function compileTemplate(compiler: Compiler, node: TemplateNode): Exec {
  const argument: Eval = node.pipe ? compilePipe(compiler, node.pipe).run : () => undefined;
  const { template } = compiler;
  return (frame) => {
    const definition = frame.set.find(node.name);
    if (!definition) return failAt(node, template, `template ${goQuote(node.name)} not defined`);
    const { run } = frame;
    tick(run);
    if (run.depth >= run.limits.depth)
      failAt(node, template, `exceeded maximum template depth (${run.limits.depth})`);
    const dot = argument(frame);
    run.depth++;
    definition.body(newFrame(run, frame.set, definition, dot));
    run.depth--;
    return GO_ON;
  };
}

/** The state in which a template begins. */
export function newFrame(run: Run, set: Definitions, { slots }: Definition, dot: Value): Frame {
  const vars = new Array<Value>(slots);
  vars[0] = dot;
  return { run, set, vars, loose: [], dot, dotLoose: false };
}
