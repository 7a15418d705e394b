/** The environment of validation rules: CEL with the functions that Kubernetes v1.36 adds (apiserver/pkg/cel/environment/base.go). */
import { type ASTNode, Environment, type ParseResult } from "@marcbachmann/cel-js";
import { addAddresses } from "./celaddresses.ts";
import { addQuantities, addUrls } from "./cellibs.ts";
import { addLists, addSets } from "./cellists.ts";
import { addMacros, hasMacro } from "./celmacros.ts";
import { addNamedFormats } from "./celnamedformats.ts";
import { addOptionals } from "./celoptionals.ts";
import { addVersions } from "./celsemver.ts";
import { addStrings } from "./celstrings.ts";

const LIMITS = {
  maxAstNodes: 20_000,
  maxDepth: 200,
  maxListElements: 1_000,
  maxMapEntries: 1_000,
  maxCallArguments: 32,
};

let shared: Environment | undefined;

/** The environment with `self` and `oldSelf`; made once. */
export function ruleEnvironment(): Environment {
  shared ??= create();
  return shared;
}

function create(): Environment {
  const env = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: LIMITS,
  });
  env.registerVariable("self", "dyn").registerVariable("oldSelf", "dyn");
  const add: Add = (signature, handler) => env.registerFunction(signature, handler);
  const addOwn: Add = (signature, handler) =>
    add(
      signature.replace(/\w+(?=\()/, (name) => `${OWN}${name}`),
      handler,
    );
  addStrings(env, add, addOwn);
  addLists(env, add, addOwn);
  addSets(env, add);
  addMacros(env);
  addQuantities(env, add);
  addUrls(env, add);
  addAddresses(env, add, addOwn);
  addVersions(env, add);
  addNamedFormats(env, add);
  addOptionals(env, add);
  return env;
}

/** Adds a function by its signature. */
export type Add = (signature: string, handler: (...args: any[]) => unknown) => void;

/**
 * Functions that the CEL library has as well, but otherwise than cel-go: `matches` over JavaScript's backtracking expressions, texts in
 * UTF-16, other words for what is wrong. A function of the library cannot be replaced, so that calls go to ours under another name.
 */
const OWN = "own_";
const METHODS = new Set(
  "matches lowerAscii upperAscii trim indexOf lastIndexOf substring split join".split(" "),
);

/** Parses an expression so that it means what it does to cel-go. @throws the library's error */
export function parseExpression(env: Environment, expression: string): ParseResult {
  const parsed = env.parse(expression);
  visitNodes(parsed.ast, (node) => {
    if (node.op === "rcall" && METHODS.has(node.args[0])) node.args[0] = `${OWN}${node.args[0]}`;
    if (node.op !== "call") return;
    if (node.args[0] === "string") node.args[0] = `${OWN}string`;
    if (node.args[0] === "has" && node.args[1].length === 1)
      (node as Annotated).setMeta("macro", hasMacro(node.args[1][0]!));
  });
  return parsed;
}

type Annotated = ASTNode & { setMeta(key: string, value: unknown): void };

/** A message of the library with the names that people wrote. */
export const withoutOwnNames = (text: string): string => text.replaceAll(OWN, "");

/** Calls `visit` with each node of a syntax tree, from the root. */
export function visitNodes(value: unknown, visit: (node: ASTNode) => void): void {
  if (Array.isArray(value)) for (const item of value) visitNodes(item, visit);
  else if (isNode(value)) {
    visit(value);
    visitNodes(value.args, visit);
  }
}

export const isNode = (value: unknown): value is ASTNode =>
  typeof value === "object" && value !== null && "op" in value && "args" in value;
