/** Validation rules (x-kubernetes-validations): compiled when a CRD is stored, asked when a custom resource is. */
import type { ASTNode, ParseResult } from "@marcbachmann/cel-js";
import { Optional } from "@marcbachmann/cel-js";
import { equal } from "../apply/typed.ts";
import { isNode, parseExpression, ruleEnvironment, visitNodes } from "./celenv.ts";
import { celValue, escapeName, sizeOf, visibleFields } from "./celvalue.ts";
import { type CelProblem, celErrorText, evaluationText, problemOf } from "./celwords.ts";
import { supportedValues } from "./errors.ts";
import { itemsByKey } from "./openapi.ts";
import type { FieldError, Schema, ValidationRule } from "./types.ts";

type Json = Record<string, unknown>;

/** Steps that the rules of one object may take together; a step is the visit of one item by one comprehension. */
const BUDGET = 10_000_000;
const MAX_RULE = 100_000;

type Compiled = {
  rule: ValidationRule;
  evaluate: ParseResult;
  message?: ParseResult;
  usesOldSelf: boolean;
  /** how deep comprehensions nest: cost grows with size to this power */
  nesting: number;
};

const compiled = new WeakMap<Schema, Compiled[]>();
const ruled = new WeakMap<Schema, boolean>();

const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/** Adds to `errors` every rule of `schema` that does not compile. */
export function compileRules(schema: Schema, path: string, errors: FieldError[], isResource = true): void {
  for (const [i, rule] of (schema.validations ?? []).entries()) {
    const at = `${path}.x-kubernetes-validations[${i}]`;
    errors.push(...wordingProblems(rule, at));
    for (const field of ["rule", "messageExpression"] as const) {
      const expression = rule[field];
      if (!expression?.trim()) continue;
      const detail = compileProblem(expression, field, schema, isResource);
      if (detail)
        errors.push({ path: `${at}.${field}`, type: "Invalid value", value: shownRule(rule), detail });
    }
  }
  if (schema.items) compileRules(schema.items, `${path}.items`, errors, false);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    compileRules(property, `${path}.properties[${name}]`, errors, false);
  if (typeof schema.additionalProperties === "object")
    compileRules(schema.additionalProperties, `${path}.additionalProperties`, errors, false);
}

/** What is wrong with a rule before anybody reads its expressions. */
function wordingProblems({ rule, message, messageExpression, reason }: ValidationRule, at: string) {
  const found: FieldError[] = [];
  const invalid = (detail: string) =>
    found.push({ path: `${at}.message`, type: "Invalid value", value: message, detail });
  const required = (field: string, detail: string) =>
    found.push({ path: `${at}.${field}`, type: "Required value", detail });
  const said = message?.trim() ?? "";
  if (!rule?.trim()) required("rule", "rule is not specified");
  else if (message && said === "") invalid("must be non-empty if specified");
  else if (/[\n\r]/.test(said)) invalid("must not contain line breaks");
  else if (/[\n\r]/.test(rule.trim()) && said === "")
    required("message", "message must be specified if rule contains line breaks");
  if (messageExpression && !messageExpression.trim())
    required("messageExpression", "messageExpression must be non-empty if specified");
  if (reason && !REASONS.includes(reason))
    found.push({
      path: `${at}.reason`,
      type: "Unsupported value",
      value: reason,
      detail: supportedValues(REASONS),
    });
  return found;
}

/** A rule as the API server shows it: a Go struct without JSON names. */
function shownRule({
  rule,
  message = "",
  messageExpression = "",
  reason = null,
  fieldPath = "",
  optionalOldSelf = null,
}: {
  [field in keyof ValidationRule]: ValidationRule[field] | null;
}): Json {
  return {
    Rule: rule,
    Message: message,
    MessageExpression: messageExpression,
    Reason: reason,
    FieldPath: fieldPath,
    OptionalOldSelf: optionalOldSelf,
  };
}

function compileProblem(
  expression: string,
  field: "rule" | "messageExpression",
  schema: Schema,
  isResource: boolean,
): string | undefined {
  if (expression.length > MAX_RULE) return `must not be longer than ${MAX_RULE} characters`;
  const env = ruleEnvironment();
  const fail = (problem: CelProblem) => `compilation failed: ${celErrorText(expression, problem)}`;
  try {
    const parsed = parseExpression(env, expression);
    const result = parsed.check();
    if (!result.valid) return fail(problemOf(env, expression, result.error));
    const undeclared = undeclaredField(parsed.ast, schema, isResource);
    if (undeclared) return fail(undeclared);
    if (field === "rule" && result.type !== "bool" && result.type !== "dyn")
      return "cel expression must evaluate to a bool";
    if (field === "messageExpression" && result.type !== "string" && result.type !== "dyn")
      return "messageExpression must evaluate to a string";
    return undefined;
  } catch (error) {
    return fail(problemOf(env, expression, error));
  }
}

function parse(expression: string): ParseResult {
  return parseExpression(ruleEnvironment(), expression);
}

/** Types of CEL without fields, by the type of the schema. */
const SCALARS: Record<string, string> = {
  string: "string",
  integer: "int",
  number: "double",
  boolean: "bool",
};

/** The first `self.a.b` that the schema does not declare. */
function undeclaredField(ast: ASTNode, schema: Schema, isResource: boolean) {
  let problem: CelProblem | undefined;
  const resolve = (node: ASTNode): { schema: Schema; isResource: boolean } | undefined => {
    if (node.op === "id") return node.args === "self" ? { schema, isResource } : undefined;
    if (node.op !== "." && node.op !== ".?") return undefined;
    const owner = resolve(node.args[0]);
    const scalar =
      owner && !owner.schema.intOrString && !owner.schema.format && SCALARS[owner.schema.type ?? ""];
    if (scalar)
      problem ??= {
        text: `type '${scalar}' does not support field selection`,
        at: node.args[0].range.end,
      };
    if (!owner || owner.schema.intOrString || owner.schema.type !== "object") return undefined;
    if (typeof owner.schema.additionalProperties === "object")
      return { schema: owner.schema.additionalProperties, isResource: false };
    const fields =
      visibleFields(owner.schema, owner.isResource || owner.schema.embeddedResource === true) ?? {};
    const name = Object.keys(fields).find((field) => escapeName(field) === node.args[1]);
    if (name === undefined) {
      problem ??= { text: `undefined field '${node.args[1]}'`, at: node.args[0].range.end };
      return undefined;
    }
    return { schema: fields[name] as Schema, isResource: false };
  };
  visitNodes(ast, (node) => {
    if (node.op === "." || node.op === ".?") resolve(node);
  });
  return problem;
}

const COMPREHENSIONS = new Set([
  "all",
  "exists",
  "exists_one",
  "existsOne",
  "map",
  "filter",
  "transformList",
  "transformMap",
  "transformMapEntry",
  "sum",
  "distinct",
  "own_indexOf",
  "sort",
  "sortBy",
]);

/** How deep comprehensions nest in a syntax tree. */
export function nestingOf(value: unknown): number {
  if (Array.isArray(value))
    return value.reduce((deepest: number, item) => Math.max(deepest, nestingOf(item)), 0);
  if (!isNode(value)) return 0;
  const below = nestingOf(value.args);
  return value.op === "rcall" && COMPREHENSIONS.has(value.args[0]) ? below + 1 : below;
}

function rulesOf(schema: Schema): Compiled[] {
  let rules = compiled.get(schema);
  if (!rules) {
    rules = (schema.validations ?? []).map((rule) => {
      const evaluate = parse(rule.rule);
      evaluate.check();
      let usesOldSelf = false;
      visitNodes(evaluate.ast, (node) => {
        if (node.op === "id" && node.args === "oldSelf") usesOldSelf = true;
      });
      return {
        rule,
        evaluate,
        message: rule.messageExpression?.trim() ? parse(rule.messageExpression) : undefined,
        usesOldSelf,
        nesting: nestingOf(evaluate.ast),
      };
    });
    compiled.set(schema, rules);
  }
  return rules;
}

/** True if `schema` has rules anywhere. */
export function hasRules(schema: Schema): boolean {
  let known = ruled.get(schema);
  if (known === undefined) {
    const parts = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})];
    known =
      (schema.validations?.length ?? 0) > 0 ||
      parts.some((part) => typeof part === "object" && hasRules(part));
    ruled.set(schema, known);
  }
  return known;
}

type State = { errors: FieldError[]; kept: FieldError[]; budget: number };

/**
 * The complaints of the rules about a custom resource; `old` is its former self on an update. `kept` are those about what was so before:
 * an update may keep it.
 */
export function validateRules(
  value: unknown,
  schema: Schema,
  old?: unknown,
): { errors: FieldError[]; kept: FieldError[] } {
  const state: State = { errors: [], kept: [], budget: BUDGET };
  visit(state, value, schema, "", old, true);
  return state;
}

function visit(
  state: State,
  value: unknown,
  schema: Schema,
  path: string,
  old: unknown,
  isResource = false,
): void {
  if (value === null || value === undefined || state.budget < 0 || !hasRules(schema)) return;
  if (schema.validations?.length)
    askRules(state, value, schema, path, old ?? undefined, isResource || schema.embeddedResource === true);
  if (Array.isArray(value)) {
    const before = itemsByKey(schema, old);
    if (schema.items)
      for (const [i, item] of value.entries())
        visit(state, item, schema.items, `${path}[${i}]`, before?.(item));
    return;
  }
  if (typeof value !== "object") return;
  const was = (typeof old === "object" && old !== null ? old : {}) as Json;
  const others = schema.additionalProperties;
  for (const [key, below] of Object.entries(value)) {
    const property = schema.properties?.[key];
    if (property) visit(state, below, property, path === "" ? key : `${path}.${key}`, was[key]);
    else if (typeof others === "object") visit(state, below, others, `${path}[${key}]`, was[key]);
  }
}

function askRules(
  state: State,
  value: unknown,
  schema: Schema,
  path: string,
  old: unknown,
  isResource: boolean,
): void {
  const self = celValue(value, schema, isResource);
  const oldSelf = old === undefined ? undefined : celValue(old, schema, isResource);
  const size = sizeOf(value, BUDGET);
  const isUnchanged = old !== undefined && equal(value, old);
  for (const compiled of rulesOf(schema)) {
    const { rule, usesOldSelf } = compiled;
    if (usesOldSelf && old === undefined && !rule.optionalOldSelf) continue;
    state.budget -= size ** compiled.nesting;
    if (state.budget < 0) {
      state.errors.push(
        complaint(
          path,
          schema.type,
          "validation failed due to running out of cost budget, no further validation rules will be run",
        ),
      );
      return;
    }
    const before = rule.optionalOldSelf
      ? oldSelf === undefined
        ? Optional.none()
        : Optional.of(oldSelf)
      : oldSelf;
    const context = usesOldSelf ? { self, oldSelf: before } : { self };
    const error = ask(compiled, context, value, schema, path);
    if (error) (usesOldSelf || !isUnchanged ? state.errors : state.kept).push(error);
  }
}

/** The outcome of one rule: undefined if it holds. */
function ask(
  compiled: Compiled,
  context: Json,
  value: unknown,
  schema: Schema,
  path: string,
): FieldError | undefined {
  const { rule } = compiled;
  const name = (rule.message ?? "").trim() || rule.rule.trim();
  let verdict: unknown;
  try {
    verdict = compiled.evaluate(context);
  } catch (error) {
    return complaint(path, schema.type, `${evaluationText(error)} evaluating rule: ${name}`);
  }
  if (verdict === true) return undefined;
  const at = rule.fieldPath ? childPath(path, rule.fieldPath, schema) : path;
  const detail = messageOf(compiled, context) ?? ((rule.message ?? "").trim() || `failed rule: ${name}`);
  const shown = schema.type === "object" || schema.type === "array" ? undefined : value;
  switch (rule.reason) {
    case "FieldValueForbidden":
      return { path: at, type: "Forbidden", detail };
    case "FieldValueRequired":
      return { path: at, type: "Required value", detail };
    case "FieldValueDuplicate":
      return { path: at, type: "Duplicate value", value: shown, detail: "" };
    default:
      return { ...complaint(at, shown, detail) };
  }
}

function complaint(path: string, value: unknown, detail: string): FieldError {
  return { path: path === "" ? "<nil>" : path, type: "Invalid value", value, detail };
}

/** What the messageExpression says; undefined if it fails or says nothing on one line. */
function messageOf({ message }: Compiled, context: Json): string | undefined {
  if (!message) return undefined;
  try {
    const text = message(context);
    return typeof text === "string" && text.trim() !== "" && !text.includes("\n") && text.length <= 5120
      ? text.trim()
      : undefined;
  } catch {
    return undefined;
  }
}

/** `.spec.x`, `['a']` relative to a path: fields behind a dot, keys of maps in brackets. */
function childPath(path: string, fieldPath: string, schema: Schema): string {
  let place: Schema | undefined = schema;
  let relative = "";
  for (const [, field, quoted] of fieldPath.matchAll(/\.([^.[\]]+)|\['((?:\\.|[^'\\])*)'\]/g)) {
    const name = field ?? quoted!;
    const others: Schema["additionalProperties"] = place?.additionalProperties;
    const property: Schema | undefined = place?.properties?.[name];
    const isKey = !property && (typeof others === "object" || !/^[A-Za-z0-9_-]+$/.test(name));
    relative += isKey ? `[${name}]` : relative === "" ? name : `.${name}`;
    place = property ?? (typeof others === "object" ? others : undefined);
  }
  return path === "" ? relative : `${path}.${relative}`;
}
