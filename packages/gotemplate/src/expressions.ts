/** Compiles pipelines and operands into closures. */
import type { CommandNode, IdentifierNode, Operand, PipeNode, VariableNode } from "./ast.ts";
import { print } from "./ast.ts";
import { type Call, type CallSite, type Code, compileCall, compileMethod, literalNumber } from "./calls.ts";
import { compileFields } from "./fields.ts";
import { goQuote } from "./quote.ts";
import { type Eval, type Fn, type Frame, failAt, type Moving } from "./runtime.ts";
import { isTrue, type Method, type Value } from "./value.ts";

/** A variable of a template. `mixed` ones are also set by ranges, so that it varies how Go sees their value. */
export type Variable = { slot: number; mixed: boolean };
export type Scope = Map<string, Variable>;

/** How templates of a set are compiled. */
export type Mode = {
  /** A missing key is an error. */
  strict: boolean;
  /** The host's `trace` is told what they do. */
  traced: boolean;
};

/** What is known while one template is compiled. */
export type Compiler = Mode & {
  template: string;
  functions: ReadonlyMap<string, Fn>;
  slots: number;
  scope: Scope;
};

export function newVariable(compiler: Compiler, name: string): Variable {
  const variable = { slot: compiler.slots++, mixed: false };
  compiler.scope.set(name, variable);
  return variable;
}

/** A pipeline: its value is never a nil interface, because Go looks inside. */
export function compilePipe(compiler: Compiler, pipe: PipeNode): Code {
  let last: Code["last"] = pipe;
  const calls = pipe.cmds.map((command, i) => {
    const compiled = compileCommand(compiler, command, i > 0, last);
    last = compiled.last;
    return compiled.call;
  });
  const value = chain(calls);
  if (pipe.decl.length === 0) return { run: value, last };
  return { run: declare(compiler, pipe, value, last), last };
}

function chain(calls: Call[]): Eval {
  const [a, b] = calls as [Call, Call];
  if (calls.length === 1) return (frame) => inside(a(frame, undefined));
  if (calls.length === 2) return (frame) => inside(b(frame, inside(a(frame, undefined))));
  return (frame) => {
    let value: Value;
    for (let i = 0; i < calls.length; i++) value = inside(calls[i]!(frame, value));
    return value;
  };
}

const inside = (value: Value): Value => (value === null ? undefined : value);

/** Sets the variables that a pipeline declares or assigns. */
function declare(compiler: Compiler, pipe: PipeNode, value: Eval, last: Code["last"]): Eval {
  const variables = pipe.decl.map((node) => {
    const name = node.path[0]!;
    return pipe.assign ? compiler.scope.get(name) : newVariable(compiler, name);
  });
  const [one] = variables;
  if (variables.length === 1 && one) {
    return (frame) => {
      const result = value(frame);
      frame.vars[one.slot] = result;
      if (one.mixed) frame.loose[one.slot] = false;
      return result;
    };
  }
  return (frame) => {
    const result = value(frame);
    for (const [i, variable] of variables.entries()) {
      if (!variable) failAt(last, compiler.template, `undefined variable: ${pipe.decl[i]!.path[0]}`);
      frame.vars[variable.slot] = result;
      frame.loose[variable.slot] = false;
    }
    return result;
  };
}

type Command = { call: Call; last: Code["last"] };

function compileCommand(
  compiler: Compiler,
  command: CommandNode,
  hasFinal: boolean,
  before: Code["last"],
): Command {
  const [first, ...args] = command.args as [Operand, ...Operand[]];
  switch (first.type) {
    case "identifier":
      return compileFunction(compiler, first, command, args, hasFinal);
    case "field":
    case "chain":
      return compileAccess(compiler, first, args, hasFinal);
    case "variable":
      if (first.path.length > 1) return compileAccess(compiler, first, args, hasFinal);
      break;
    case "nil":
      if (args.length === 0) return refuse(compiler, first, "nil is not a command");
  }
  if (args.length > 0 || hasFinal) {
    const at = first.type === "pipe" ? before : first;
    return refuse(compiler, at, `can't give argument to non-function ${print(first)}`);
  }
  const { run, last } = compileOperand(compiler, first);
  return { call: run, last };
}

function refuse(compiler: Compiler, at: Code["last"], message: string): Command {
  return { call: () => failAt(at, compiler.template, message), last: at };
}

/** An operand on its own, as an argument without a known type or as a command. */
function compileOperand(compiler: Compiler, node: Operand): Code {
  switch (node.type) {
    case "dot":
      return { run: (frame) => frame.dot, last: node };
    case "bool": {
      const { value } = node;
      return { run: () => value, last: node };
    }
    case "string": {
      const { text } = node;
      return { run: () => text, last: node };
    }
    case "nil":
      return { run: () => null, last: node };
    case "number":
      return literalNumber(node, compiler.template);
    case "pipe":
      return compilePipe(compiler, node);
    case "variable":
      if (node.path.length === 1) return compileVariable(compiler, node);
      break;
    case "identifier": {
      const { call, last } = compileFunction(compiler, node, node, [], false);
      return { run: (frame) => call(frame, undefined), last };
    }
  }
  const { call, last } = compileAccess(compiler, node, [], false);
  return { run: (frame) => call(frame, undefined), last };
}

function compileVariable(compiler: Compiler, node: VariableNode): Code {
  const name = node.path[0]!;
  const variable = compiler.scope.get(name);
  if (!variable) {
    // Known when it was parsed, but declared in a branch that is not this one.
    return { run: () => failAt(node, compiler.template, `undefined variable: ${name}`), last: node };
  }
  const { slot } = variable;
  return { run: (frame) => frame.vars[slot], last: node };
}

/** `.a.b`, `$x.a` or `(f).a`, possibly with arguments for a method. */
function compileAccess(
  compiler: Compiler,
  node: Operand & { type: "field" | "variable" | "chain" },
  args: readonly Operand[],
  hasFinal: boolean,
): Command {
  const { template, strict, traced } = compiler;
  const { receiver, path, loose, at } = receiverOf(compiler, node);
  const name = path[path.length - 1]!;
  // Methods are compiled when they turn up, with the variables of this place.
  const here: Compiler = args.length === 0 ? compiler : { ...compiler, scope: new Map(compiler.scope) };
  const compile = (arg: Operand): Code => compileOperand(here, arg);
  const site: CallSite = { template, name, node, at, args, hasFinal, compile };
  const methods = new Map<Method, ReturnType<typeof compileMethod>>();
  // Arguments are what is evaluated last, if there is a method that takes them.
  const evaluated = args.length === 0 ? at : compile(args[args.length - 1]!).last;
  const last: Moving = { type: "moving", at };
  // What the call under way is about; nothing else runs between setting these and using them.
  let final: Value;
  let target: Value;
  const call = (frame: Frame, owner: Value, method: Method): Value => {
    let compiled = methods.get(method);
    if (!compiled) methods.set(method, (compiled = compileMethod(method.params, site)));
    const value = compiled(frame, final, (values) => method.call(owner, ...values));
    last.at = evaluated;
    return value;
  };
  const hasArgs = args.length > 0 || hasFinal;
  const fields = { node, at, template, path, strict, traced, loose, call, hasArgs };
  if (!hasArgs) return { call: compileFields(fields, receiver), last: at };
  const read = compileFields(fields, () => target);
  const withArgs: Call = (frame, value) => {
    const found = receiver(frame);
    final = value;
    target = found;
    last.at = at;
    return read(frame);
  };
  return { call: withArgs, last };
}

function receiverOf(compiler: Compiler, node: Operand & { type: "field" | "variable" | "chain" }) {
  if (node.type === "field") {
    const receiver: Eval = (frame) => frame.dot;
    return { receiver, path: node.path, loose: (frame: Frame) => frame.dotLoose, at: node };
  }
  if (node.type === "variable") {
    const slot = compiler.scope.get(node.path[0]!)?.slot ?? -1;
    const { run } = compileVariable(compiler, node);
    return {
      receiver: run,
      path: node.path.slice(1),
      loose: (frame: Frame) => frame.loose[slot] === true,
      at: node,
    };
  }
  if (node.node.type === "nil") {
    const receiver: Eval = () =>
      failAt(node, compiler.template, `indirection through explicit nil in ${print(node)}`);
    return { receiver, path: node.path, loose: () => false, at: node };
  }
  const { run, last } = compileOperand(compiler, node.node);
  return { receiver: run, path: node.path, loose: () => false, at: last };
}

function compileFunction(
  compiler: Compiler,
  node: IdentifierNode,
  command: CommandNode | IdentifierNode,
  args: readonly Operand[],
  hasFinal: boolean,
): Command {
  const { template, functions } = compiler;
  const { name } = node;
  const fn = functions.get(name);
  if (!fn) return refuse(compiler, node, `${goQuote(name)} is not a defined function`);
  const compileArg = (arg: Operand): Code => compileOperand(compiler, arg);
  if (name === "call" && args[0]) {
    const callee = print(args[0]);
    const named: Fn = { ...fn, call: (frame, target) => fn.call(frame, target, callee) };
    return compileCall(named, {
      template,
      name,
      node: command,
      at: node,
      args,
      hasFinal,
      compile: compileArg,
    });
  }
  if (name === "and" || name === "or") return compileLogic(compiler, node, args, hasFinal);
  return compileCall(fn, { template, name, node: command, at: node, args, hasFinal, compile: compileArg });
}

/** `and` and `or` evaluate no more arguments than they need. */
function compileLogic(
  compiler: Compiler,
  node: IdentifierNode,
  args: readonly Operand[],
  hasFinal: boolean,
): Command {
  if (args.length + (hasFinal ? 1 : 0) < 1)
    return refuse(
      compiler,
      node,
      `wrong number of args for ${node.name}: want at least 1 got ${args.length}`,
    );
  const stopAt = node.name === "or";
  const parts = args.map((arg) => compileOperand(compiler, arg));
  const last: Moving = { type: "moving", at: node };
  const call: Call = (frame, final) => {
    let value: Value;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      value = part.run(frame);
      last.at = part.last;
      if (isTrue(value) === stopAt) return value;
    }
    return hasFinal ? final : value;
  };
  return { call, last };
}
