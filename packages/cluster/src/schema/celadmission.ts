/** Expressions of policies and match conditions: what they may name, and their evaluation (admission/plugin/cel of the API server). */
import type { ASTNode, Environment, ObjectSchema, ParseResult } from "@marcbachmann/cel-js";
import { nestingOf } from "./cel.ts";
import { type Authorizer, addAuthorizer } from "./celauthorizer.ts";
import { parseExpression, ruleEnvironment } from "./celenv.ts";
import { addMutations, type Rewritten, withCalls } from "./celmutation.ts";
import { celValue, sizeOf } from "./celvalue.ts";
import { celErrorText, evaluationText, goTypeName, problemOf } from "./celwords.ts";

/** What an expression may name besides `object`, `oldObject`, `request` and `namespaceObject`. */
export type Declarations = {
  params?: boolean;
  authorizer?: boolean;
  /** the types of the variables by name; undefined where there are none */
  variables?: ReadonlyMap<string, string> | undefined;
  /** `Object{…}` and `JSONPatch{…}` */
  patches?: boolean;
};

/** An expression that can be evaluated, or why it cannot. */
export type Expression = {
  text: string;
  type: string;
  nesting: number;
  program?: ParseResult;
  problem?: string;
};

const GVK: ObjectSchema = { group: "string", version: "string", kind: "string" };
const GVR: ObjectSchema = { group: "string", version: "string", resource: "string" };
const REQUEST: ObjectSchema = {
  kind: GVK,
  resource: GVR,
  subResource: "string",
  requestKind: GVK,
  requestResource: GVR,
  requestSubResource: "string",
  name: "string",
  namespace: "string",
  operation: "string",
  userInfo: { username: "string", uid: "string", groups: "list<string>", extra: "map<string, list<string>>" },
  dryRun: "bool",
  options: "dyn",
};
const NAMESPACE: ObjectSchema = {
  metadata: {
    name: "string",
    generateName: "string",
    namespace: "string",
    labels: "map<string, string>",
    annotations: "map<string, string>",
    UID: "string",
    creationTimestamp: "google.protobuf.Timestamp",
    deletionGracePeriodSeconds: "int",
    deletionTimestamp: "google.protobuf.Timestamp",
    generation: "int",
    resourceVersion: "string",
    finalizers: "list<string>",
  },
  spec: { finalizers: "list<string>" },
  status: { conditions: "list<dyn>", phase: "string" },
};

let base: Environment | undefined;
const checking = new Map<string, Environment>();
let evaluating: Environment | undefined;

function baseEnvironment(): Environment {
  if (!base) {
    base = ruleEnvironment().clone();
    addAuthorizer(base);
    addMutations(base);
  }
  return base;
}

/** Here everything has the type that the API server gives it. */
function checkingEnvironment({ params, authorizer, variables, patches }: Declarations): Environment {
  const key = [params, authorizer, variables && JSON.stringify([...variables]), patches].join();
  const known = checking.get(key);
  if (known) return known;
  const env = baseEnvironment().clone();
  env.registerVariable("object", "dyn").registerVariable("oldObject", "dyn");
  env
    .registerVariable("request", { schema: REQUEST })
    .registerVariable("namespaceObject", { schema: NAMESPACE });
  if (params) env.registerVariable("params", "dyn");
  if (authorizer) env.registerVariable("authorizer", "Authorizer");
  if (variables)
    env.registerVariable("variables", { schema: { "": "dyn", ...Object.fromEntries(variables) } });
  if (checking.size > 200) checking.clear();
  checking.set(key, env);
  return env;
}

/** Here everything is what it is: values are looked at when they are asked for. */
function evaluatingEnvironment(): Environment {
  if (!evaluating) {
    evaluating = baseEnvironment().clone();
    for (const name of ["object", "oldObject", "request", "namespaceObject", "params", "variables"])
      evaluating.registerVariable(name, "dyn");
    evaluating.registerVariable("authorizer", "Authorizer");
  }
  return evaluating;
}

/**
 * Reads and checks an expression. `wanted` is the type that it must have, as cel-go writes it; any by default. `problem` of the result is what the
 * API server says of a wrong one.
 */
export function compileExpression(text: string, declared: Declarations, wanted?: string): Expression {
  const env = checkingEnvironment(declared);
  const refused = (problem: string): Expression => ({ text, type: "dyn", nesting: 0, problem });
  let read: Rewritten = { text, places: [] };
  try {
    if (declared.patches) read = withCalls(text);
    const parsed = parseExpression(env, read.text);
    const checked = parsed.check();
    if (!checked.valid) throw checked.error;
    const type = messageType(parsed.ast) ?? goTypeName(checked.type ?? "dyn");
    if (wanted !== undefined && type !== wanted) return refused(`must evaluate to ${wanted} but got ${type}`);
    const program = parseExpression(evaluatingEnvironment(), read.text);
    return { text, type: checked.type ?? "dyn", program, nesting: nestingOf(program.ast) };
  } catch (thrown) {
    const { text: problem, at } = problemOf(env, read.text, thrown);
    const told = celErrorText(text, { text: problem, at: read.places[at] ?? at });
    return refused(`compilation failed: ${told}`);
  }
}

/** The name of the message that an expression makes, where it is nothing else. */
function messageType(ast: ASTNode): string | undefined {
  if (ast.op !== "call" || ast.args[0] !== "objectOf") return undefined;
  return String(ast.args[1][0]?.args);
}

/** What expressions are asked about. Plain JSON, except for the authorizer and the variables. */
export type Activation = {
  object: unknown;
  oldObject: unknown;
  request: unknown;
  namespaceObject: unknown;
  params: unknown;
  authorizer: Authorizer;
  variables: object;
};

/** The values as CEL sees them; `variables` are evaluated when they are first asked for. */
export function activationOf(
  values: Omit<Activation, "variables">,
  variables: readonly { name: string; expression: Expression }[],
): Activation {
  const { object, oldObject, request, namespaceObject, params, authorizer } = values;
  const lazily: object = {};
  const activation: Activation = {
    object: celValue(object, undefined),
    oldObject: celValue(oldObject, undefined),
    request: celValue(request, undefined),
    namespaceObject: celValue(namespaceObject, undefined),
    params: celValue(params, undefined),
    authorizer,
    variables: lazily,
  };
  for (const { name, expression } of variables) {
    let known: Outcome | undefined;
    const get = () => {
      known ??= outcomeOf(expression, activation);
      if (known.error === undefined) return known.value;
      throw new Error(`composited variable ${JSON.stringify(name)} fails to evaluate: ${known.error}`);
    };
    Object.defineProperty(lazily, name, { enumerable: true, get });
  }
  return activation;
}

type Outcome = { value?: unknown; error?: string };

/** Steps that one expression may take: a step is the visit of one item by one comprehension. */
const BUDGET = 10_000_000;

function outcomeOf({ program, problem, nesting }: Expression, activation: Activation): Outcome {
  if (!program) return { error: `compilation error: ${problem}` };
  if (
    nesting > 0 &&
    sizeOf([activation.object, activation.oldObject, activation.params], BUDGET) ** nesting > BUDGET
  )
    return {
      error: "validation failed due to running out of cost budget, no further validation rules will be run",
    };
  try {
    return { value: program(activation) };
  } catch (thrown) {
    return { error: evaluationText(thrown) };
  }
}

/** The value of an expression, or why there is none, in the words of the API server. */
export function evaluateExpression(expression: Expression, activation: Activation): Outcome {
  const outcome = outcomeOf(expression, activation);
  if (outcome.error === undefined || !expression.program) return outcome;
  return { error: `expression '${expression.text}' resulted in error: ${outcome.error}` };
}
