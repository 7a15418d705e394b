/** Calling functions: how Go checks and converts what a template gives them. */
import { type Node, type Operand, print } from "./ast.ts";
import { GoError, TemplateError } from "./errors.ts";
import { type Eval, type Fn, type Frame, failAt, made, placed, type Spot } from "./runtime.ts";
import {
  Complex,
  DICT,
  GoList,
  GoMap,
  GoObject,
  NIL_DICT,
  NIL_LIST,
  Num,
  type Param,
  typeName,
  type Value,
} from "./value.ts";

/** A compiled expression, and the node that Go would name if something failed right after it. */
export type Code = { run: Eval; last: Spot };

/** The Go types of parameters, as errors name them. */
const TYPE_NAMES: Record<Param, string> = {
  any: "interface {}",
  value: "reflect.Value",
  string: "string",
  int: "int",
  int64: "int64",
  uint32: "uint32",
  float64: "float64",
  bool: "bool",
  dict: "map[string]interface {}",
  list: "[]interface {}",
  time: "time.Time",
  certificate: "sprig.certificate",
  duration: "time.Duration",
};

/** Names of parameters that nil fits: the others are concrete. */
const NILABLE: ReadonlySet<Param> = new Set<Param>(["any", "value", "dict", "list"]);

/** What cannot be converted; `convert` answers with it instead of throwing, so that it stays small and fast. */
const UNFIT = Symbol("unfit");

/** A value as a function takes it: ints as numbers, maps and lists under their plain types. */
function convert(value: Value, param: Param): unknown {
  switch (param) {
    case "any":
      return value === undefined ? null : value;
    case "value":
      return value;
    case "string":
      return typeof value === "string" ? value : UNFIT;
    case "int":
      return typeof value === "bigint" ? Number(value) : UNFIT;
    case "bool":
      return typeof value === "boolean" ? value : UNFIT;
    case "float64":
      return typeof value === "number" ? value : UNFIT;
    case "dict":
      if (value instanceof GoMap && value.type.elem === "interface {}")
        return value.type === DICT ? value : new GoMap(value.m, DICT, value.isNil);
      return value === undefined ? NIL_DICT : UNFIT;
    case "list":
      if (value instanceof GoList && value.type.elem === "interface {}") return value;
      return value === undefined ? NIL_LIST : UNFIT;
    case "int64":
    case "uint32":
    case "duration":
      return value instanceof Num && value.type.name === TYPE_NAMES[param] ? value.value : UNFIT;
    case "time":
    case "certificate":
      return value instanceof GoObject && value.type.name === TYPE_NAMES[param] ? value : UNFIT;
  }
}

/** Says why a value does not fit. */
function misfit(value: Value, param: Param, at: Spot, template: string): never {
  const wanted = TYPE_NAMES[param];
  if (value === undefined) failAt(at, template, `invalid value; expected ${wanted}`);
  const got = value === null ? "interface {}" : typeName(value);
  failAt(at, template, `wrong type for value; expected ${wanted}; got ${got}`);
}

/** Converts the value of an expression. */
function checked(code: Code, param: Param, template: string): (frame: Frame) => unknown {
  const { run, last } = code;
  if (param === "any") {
    return (frame) => {
      const value = run(frame);
      return value === undefined ? null : value;
    };
  }
  if (param === "value") return run;
  return (frame) => {
    const value = run(frame);
    const converted = convert(value, param);
    return converted === UNFIT ? misfit(value, param, last, template) : converted;
  };
}

/** A number literal where the type is not known. */
export function literalNumber(node: Operand & { type: "number" }, template: string): Code {
  const constant = (value: Value): Code => ({ run: () => value, last: node });
  if (node.complex) return constant(new Complex(node.complex.re, node.complex.im));
  const { text } = node;
  const hex = /^0[xX]/.test(text) && text.length > 2 && !/[pP]/.test(text);
  if (node.float !== undefined && !hex && text[0] !== "'" && /[.eEpP]/.test(text))
    return constant(node.float);
  if (node.int !== undefined) return constant(node.int);
  return { run: () => failAt(node, template, `${text} overflows int`), last: node };
}

/** An argument that is written down: `"a"`, `1`, `true`, `nil`. */
function literal(node: Operand, param: Param, template: string): (frame: Frame) => unknown {
  const wrong = (what: string) => () => failAt(node, template, `expected ${what}; found ${print(node)}`);
  if (node.type === "nil") {
    if (!NILABLE.has(param)) return () => failAt(node, template, `cannot assign nil to ${TYPE_NAMES[param]}`);
    const nil =
      param === "dict" ? NIL_DICT : param === "list" ? NIL_LIST : param === "value" ? undefined : null;
    return () => nil;
  }
  switch (param) {
    case "any":
    case "value": {
      if (node.type === "number") return literalNumber(node, template).run;
      const value = node.type === "string" ? node.text : node.type === "bool" ? node.value : null;
      return () => value;
    }
    case "string":
      return node.type === "string" ? () => node.text : wrong("string");
    case "bool":
      return node.type === "bool" ? () => node.value : wrong("bool");
    case "int": {
      const int = node.type === "number" && node.int !== undefined ? Number(node.int) : undefined;
      return int === undefined ? wrong("integer") : () => int;
    }
    case "int64":
    case "duration":
      return node.type === "number" && node.int !== undefined ? () => node.int : wrong("integer");
    case "uint32": {
      const uint =
        node.type === "number" && node.uint !== undefined ? BigInt.asUintN(32, node.uint) : undefined;
      return uint === undefined ? wrong("unsigned integer") : () => uint;
    }
    case "float64": {
      const float = node.type === "number" ? node.float : undefined;
      return float === undefined ? wrong("float") : () => float;
    }
    default:
      return () => failAt(node, template, `can't handle ${print(node)} for arg of type ${TYPE_NAMES[param]}`);
  }
}

const LITERALS = new Set<Operand["type"]>(["bool", "nil", "number", "string"]);

export type CallSite = {
  template: string;
  name: string;
  /** Where errors of the function itself are placed. */
  node: Node;
  /** Where errors in number of arguments are placed. */
  at: Spot;
  args: readonly Operand[];
  hasFinal: boolean;
  compile(node: Operand): Code;
};

/** A compiled call. The value of the pipeline so far, which is its last argument, comes as `final`. */
export type Call = (frame: Frame, final: Value) => Value;

/** The error of a call with too few or too many arguments; undefined if the number fits. */
function wrongCount(fn: Pick<Fn, "params" | "rest">, site: CallSite): string | undefined {
  const got = site.args.length + (site.hasFinal ? 1 : 0);
  const want = fn.params.length;
  if (fn.rest === undefined)
    return got === want ? undefined : `wrong number of args for ${site.name}: want ${want} got ${got}`;
  if (got >= want) return undefined;
  return `wrong number of args for ${site.name}: want at least ${want} got ${site.args.length}`;
}

/** Compiles the arguments of a call; `last` is the node that was evaluated last. */
function compileArgs(fn: Pick<Fn, "params" | "rest">, site: CallSite) {
  let last: Spot = site.at;
  const args = site.args.map((node, i) => {
    const param = fn.params[i] ?? fn.rest!;
    if (LITERALS.has(node.type)) {
      last = node;
      return literal(node, param, site.template);
    }
    const code = site.compile(node);
    last = code.last;
    return checked(code, param, site.template);
  });
  const count = args.length;
  const finalParam = fn.params[count] ?? fn.rest;
  const convertFinal = (value: Value): unknown => {
    if (finalParam === undefined) return value;
    const converted = convert(value, finalParam);
    return converted === UNFIT ? misfit(value, finalParam, last, site.template) : converted;
  };
  return { args, convertFinal, last };
}

type Arg = (frame: Frame) => unknown;

/** Compiles a call of a function. */
export function compileCall(fn: Fn, site: CallSite): { call: Call; last: Spot } {
  const wrong = wrongCount(fn, site);
  if (wrong !== undefined) return { call: () => failAt(site.at, site.template, wrong), last: site.at };
  const { args, convertFinal, last } = compileArgs(fn, site);
  const call = site.hasFinal ? withFinal(fn, args, convertFinal, site) : withoutFinal(fn, args, site);
  return { call, last };
}

/** What a function threw, as an error of its call. Limits get a place, our own mistakes pass as they are. */
function failCall(thrown: unknown, { node, template, name }: CallSite): never {
  if (thrown instanceof TemplateError && thrown.code === "limit") throw placed(thrown, node, template);
  if (!(thrown instanceof GoError || thrown instanceof TemplateError)) throw thrown;
  failAt(node, template, `error calling ${name}: ${thrown.message}`, { cause: thrown });
}

// A closure for each of the usual numbers of arguments: spreading an array costs more than most functions do.
function withoutFinal({ call }: Fn, args: Arg[], site: CallSite): Call {
  const [a, b] = args as [Arg, Arg];
  switch (args.length) {
    case 0:
      return (frame) => {
        try {
          return made(frame.run, call(frame));
        } catch (thrown) {
          return failCall(thrown, site);
        }
      };
    case 1:
      return (frame) => {
        const x = a(frame);
        try {
          return made(frame.run, call(frame, x));
        } catch (thrown) {
          return failCall(thrown, site);
        }
      };
    case 2:
      return (frame) => {
        const x = a(frame);
        const y = b(frame);
        try {
          return made(frame.run, call(frame, x, y));
        } catch (thrown) {
          return failCall(thrown, site);
        }
      };
    default:
      return (frame) => {
        const values = args.map((arg) => arg(frame));
        try {
          return made(frame.run, call(frame, ...values));
        } catch (thrown) {
          return failCall(thrown, site);
        }
      };
  }
}

function withFinal({ call }: Fn, args: Arg[], convertFinal: (value: Value) => unknown, site: CallSite): Call {
  const [a] = args as [Arg];
  switch (args.length) {
    case 0:
      return (frame, final) => {
        const x = convertFinal(final);
        try {
          return made(frame.run, call(frame, x));
        } catch (thrown) {
          return failCall(thrown, site);
        }
      };
    case 1:
      return (frame, final) => {
        const x = a(frame);
        const y = convertFinal(final);
        try {
          return made(frame.run, call(frame, x, y));
        } catch (thrown) {
          return failCall(thrown, site);
        }
      };
    default:
      return (frame, final) => {
        const values = args.map((arg) => arg(frame));
        values.push(convertFinal(final));
        try {
          return made(frame.run, call(frame, ...values));
        } catch (thrown) {
          return failCall(thrown, site);
        }
      };
  }
}

/** Compiles a call of a method that is only known when it is there. */
export function compileMethod(params: readonly Param[], site: CallSite) {
  const wrong = wrongCount({ params }, site);
  if (wrong !== undefined) return () => failAt(site.at, site.template, wrong);
  const { args, convertFinal } = compileArgs({ params }, site);
  return (frame: Frame, final: Value, invoke: (values: unknown[]) => Value): Value => {
    const values = args.map((arg) => arg(frame));
    if (site.hasFinal) values.push(convertFinal(final));
    try {
      return invoke(values);
    } catch (thrown) {
      return failCall(thrown, site);
    }
  };
}
