/** What is wrong with an expression, in the words of cel-go (common/errors.go, checker/errors.go), which people see on a real cluster. */
import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { withoutOwnNames } from "./celenv.ts";

type Located = {
  code?: string;
  summary?: string;
  message?: string;
  node?: ASTNode;
  range?: { start: number; end: number };
};
/** `at` counts characters from 0. */
export type CelProblem = { text: string; at: number };

/** The error as `ERROR: <input>:1:5: undeclared reference to 'x' …` with the line it is about. */
export function celErrorText(expression: string, { text, at }: CelProblem): string {
  const before = expression.slice(0, at).split("\n");
  const column = before.at(-1)!.length;
  const line = expression.split("\n")[before.length - 1]!;
  return `ERROR: <input>:${before.length}:${column + 1}: ${text}\n | ${line}\n | ${".".repeat(column)}^`;
}

/** Names of types that go by another name in Go. */
const TYPES: Record<string, string> = {
  Quantity: "kubernetes.Quantity",
  URL: "kubernetes.URL",
  IP: "net.IP",
  Semver: "kubernetes.Semver",
  NamedFormat: "kubernetes.NamedFormat",
  CIDR: "net.CIDR",
  Authorizer: "kubernetes.authorization.Authorizer",
  PathCheck: "kubernetes.authorization.PathCheck",
  GroupCheck: "kubernetes.authorization.GroupCheck",
  ResourceCheck: "kubernetes.authorization.ResourceCheck",
  Decision: "kubernetes.authorization.Decision",
  "google.protobuf.Timestamp": "timestamp",
  "google.protobuf.Duration": "duration",
  optional: "optional_type",
};

/** A type as cel-go writes it: `list(int)`, `map(string, dyn)`. */
export function goTypeName(type: string): string {
  if (type === "list") return "list(dyn)";
  if (type === "map") return "map(dyn, dyn)";
  return (
    type
      .replace(/^dyn<(.*)>$/, "$1")
      // of an empty list nobody knows what could be in it
      .replaceAll(/\b[A-Z]\b/g, "dyn")
      .replaceAll(/[\w.]+/g, (name) => TYPES[name] ?? name)
      .replaceAll("<", "(")
      .replaceAll(">", ")")
  );
}

/** What the library complains of when it reads or checks `expression`. */
export function problemOf(env: Environment, expression: string, thrown: unknown): CelProblem {
  const error = thrown as Located;
  const summary = withoutOwnNames(error.summary ?? error.message?.split("\n")[0] ?? "unknown error");
  const at = error.range?.start ?? 0;
  const { node } = error;
  switch (error.code) {
    case "unknown_variable":
      return {
        text: `undeclared reference to '${summary.replace("Unknown variable: ", "")}' (in container '')`,
        at,
      };
    case "no_such_key":
      return { text: `undefined field '${summary.replace("No such key: ", "")}'`, at: Math.max(0, at - 1) };
    case "no_such_overload":
      return overloadProblem(expression, summary, node, at);
    case "no_matching_overload":
      return callProblem(env, expression, summary, node, at);
    case "incompatible_ternary_branches":
      return ternaryProblem(env, expression, summary, node, at);
    case "invalid_logical_operand":
      return {
        text: `expected type 'bool' but found '${goTypeName(/got '(.*)'/.exec(summary)?.[1] ?? "dyn")}'`,
        at,
      };
    case "invalid_macro_argument":
      return { text: summary.replace(/^(\w+\(\)) invalid argument$/, "invalid argument to $1 macro"), at };
    case "unexpected_token":
    case "expected_token":
    case "unexpected_character":
      return syntaxProblem(expression, summary, at);
    default:
      return { text: summary, at };
  }
}

/** `no such overload: string + int`, `no such overload: !string` */
function overloadProblem(
  expression: string,
  summary: string,
  node: ASTNode | undefined,
  at: number,
): CelProblem {
  const [, left, operator = "", right] =
    /^no such overload: (?:(.+?) )?(==|!=|<=|>=|&&|\|\||in|[-+*/%<>!])\s?(.+)$/.exec(summary) ?? [];
  const types = [left, right].filter((type) => type !== undefined).map((type) => goTypeName(type!));
  const applied = `applied to '(${types.join(", ")})'`;
  if (left === undefined) return { text: `found no matching overload for '${operator}_' ${applied}`, at };
  const name = operator === "in" ? "@in" : `_${operator}_`;
  const operands = node?.args as ASTNode[] | undefined;
  return {
    text: `found no matching overload for '${name}' ${applied}`,
    at: expression.indexOf(operator, operands?.[0]?.range?.end ?? at),
  };
}

/** `found no matching overload for 'string.foo(int)'`: there is no such function, or not for such values. */
function callProblem(
  env: Environment,
  expression: string,
  summary: string,
  node: ASTNode | undefined,
  at: number,
): CelProblem {
  const [, receiver, name = "", types = ""] =
    /^found no matching overload for '(?:(.*)\.)?(\w+)\((.*)\)'$/.exec(summary) ?? [];
  const from = node?.op === "rcall" ? (node.args[1] as ASTNode).range.end : at;
  const found = expression.indexOf(`${name}(`, from);
  const place = expression.indexOf("(", found < 0 ? at : found);
  const isKnown = isBuiltIn(name) || env.getDefinitions().functions.some((known) => known.name === name);
  if (!isKnown) return { text: `undeclared reference to '${name}' (in container '')`, at: place };
  const applied = `(${types.split(", ").map(goTypeName).join(", ")})`;
  const target = receiver === undefined ? applied : `${goTypeName(receiver)}.${applied}`;
  return { text: `found no matching overload for '${name}' applied to '${target}'`, at: place };
}

const isBuiltIn = (name: string): boolean =>
  [
    "size",
    "int",
    "uint",
    "double",
    "string",
    "bool",
    "bytes",
    "type",
    "dyn",
    "timestamp",
    "duration",
  ].includes(name);

function ternaryProblem(
  env: Environment,
  expression: string,
  summary: string,
  node: ASTNode | undefined,
  at: number,
): CelProblem {
  const [, left = "dyn", right = "dyn"] = /got '(.*)' and '(.*)'/.exec(summary) ?? [];
  const condition = (node?.args as ASTNode[] | undefined)?.[0];
  const type = condition
    ? (env.parse(expression.slice(condition.range.start, condition.range.end)).check().type ?? "dyn")
    : "dyn";
  const types = [type, left, right].map(goTypeName).join(", ");
  return {
    text: `found no matching overload for '_?_:_' applied to '(${types})'`,
    at: expression.indexOf("?", condition?.range.end ?? at),
  };
}

const OPERAND =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** The commonest of what cel-go's parser says; for the rest the library's words. */
function syntaxProblem(expression: string, summary: string, at: number): CelProblem {
  const syntax = (text: string, place = at) => ({ text: `Syntax error: ${text}`, at: place });
  if (/got EOF$/.test(summary)) {
    if (/IDENTIFIER/.test(summary)) return syntax("no viable alternative at input '.'");
    const wanted = /RPAREN|'\)'/.test(summary) ? ")" : /RBRACKET|'\]'/.test(summary) ? "]" : "}";
    return syntax(`missing '${wanted}' at '<EOF>'`);
  }
  if (/: EOF$/.test(summary)) return syntax(`mismatched input '<EOF>' expecting ${OPERAND}`);
  const token = /^(\w+|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/.exec(expression.slice(at))?.[0];
  if (token) return syntax(`extraneous input '${token}' expecting <EOF>`);
  // where a second character would make an operator of it, the lexer has read that as well
  const odd = /^[=&|]/.test(expression.slice(at)) ? expression.slice(at, at + 2) : expression[at];
  return /^Unexpected character/.test(summary)
    ? syntax(`token recognition error at: '${odd}'`)
    : syntax(summary);
}

/** What fails while an expression is evaluated, in the words of cel-go's interpreter. */
export function evaluationText(thrown: unknown): string {
  const error = thrown as Located;
  const summary = error.summary ?? error.message?.split("\n")[0] ?? "unknown error";
  const index = /index out of bounds, index (-?\d+)/.exec(summary)?.[1];
  if (index !== undefined) return `index out of bounds: ${index}`;
  const conversion = /^(int|uint|double|bool|timestamp|duration)\(\) /.exec(summary)?.[1];
  switch (error.code) {
    case "no_such_overload":
    case "no_matching_overload":
    case "invalid_logical_operand":
    case "invalid_condition_type":
    case "cannot_index_type":
      return "no such overload";
    case "optional_value_missing":
      return "optional.none() dereference";
    case "modulo_by_zero":
      return "modulus by zero";
    default:
      if (conversion)
        return `type conversion error from 'string' to '${CONVERTED[conversion] ?? conversion}'`;
      return summary.replace(/^No such key/, "no such key");
  }
}

const CONVERTED: Record<string, string> = {
  timestamp: "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
};
