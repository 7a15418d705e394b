/** Checks a value against a schema, in the order in which santhosh-tekuri/jsonschema v6 does it, since that is what users read. */
import { go } from "@sluice/gotemplate";
import { compareBytes } from "@sluice/yaml";
import { ChartError } from "../errors.ts";
import { checkList } from "./schema-check-list.ts";
import { checkObject } from "./schema-check-object.ts";
import { checkNumber, checkText } from "./schema-check-scalar.ts";
import type { LogicRules, Schema } from "./schema-compile.ts";
import type { Resource } from "./schema-documents.ts";
import { isInteger, isSame, type Numeric, typeOf } from "./schema-json.ts";
import { count, escapeStep, isPlain, type Path, type Problem, pointerOf, shown } from "./schema-words.ts";

/** How often a schema may be put to a value in one check; some schemas double the work with every level. */
const MAX_STEPS = 5_000_000;
/** Characters that are written about problems. */
const MAX_WORDS = 5_000_000;

/** What one check has cost so far, and for schemas of schemas, which drafts are in force where. */
export type Run = {
  steps: number;
  words: number;
  resources?: Map<string, Resource>;
  schemaOf?: (resource: Resource) => Schema;
};

/** The schemas that lead here. Those that were put to the same value have the same `turn`. */
type Scope = { schema: Schema; keyword: string; turn: number; parent?: Scope };

/** Properties and items that no schema has looked at; none if nobody asks. */
type Unseen = { names?: Set<string>; items?: Set<number> };

/** One schema that is put to one value. */
export type Frame = {
  run: Run;
  schema: Schema;
  value: unknown;
  at: Path;
  scope: Scope;
  unseen: Unseen;
  problems: Problem[];
  /** Only whether it fits is asked for, not why. */
  quiet: boolean;
  /** The schema of schemas that is in force. */
  meta?: Schema;
};

const QUIET: Problem = { at: undefined, text: "", causes: [] };

/**
 * What is wrong with a value.
 * @param meta for schemas: the schema of their draft, and the resources in them, which may be of other drafts
 * @returns nothing, or the problems
 * @throws {ChartError} `limit` if the schema makes too much work
 */
export function check(schema: Schema, value: unknown, run: Run, meta?: Schema): readonly Problem[] {
  const scope = { schema, keyword: "", turn: 0 };
  const unseen = unseenBy(schema, value, false);
  const problem = fit({ run, schema, value, at: undefined, scope, unseen, problems: [], quiet: false, meta });
  if (!problem) return [];
  return problem.group ? problem.causes : [problem];
}

/** A problem of this frame. */
function problemOf(frame: Frame, text: () => string, causes: readonly Problem[] = []): Problem {
  if (frame.quiet) return QUIET;
  const problem = { at: frame.at, text: text(), causes };
  frame.run.words += problem.text.length + 20;
  if (frame.run.words > MAX_WORDS)
    throw new ChartError("limit", "the values break their schema in too many ways");
  return problem;
}

/** Takes steps of a check into account. @throws {ChartError} `limit` */
export function spend(run: Run, steps: number): void {
  run.steps += steps;
  if (run.steps > MAX_STEPS) throw new ChartError("limit", "the schema takes too many steps to check");
}

/** Notes a problem of this frame. */
export function fail(frame: Frame, text: () => string, causes?: readonly Problem[]): void {
  frame.problems.push(problemOf(frame, text, causes));
}

const add = (frame: Frame, problem: Problem | undefined): void => {
  if (problem) frame.problems.push(problem);
};

/** Notes what another schema has against the same value. */
export const failSelf = (frame: Frame, schema: Schema): void => add(frame, checkSelf(frame, schema, false));

/** Notes what a schema has against a value within. */
export const failAt = (frame: Frame, schema: Schema, value: unknown, key: string): void =>
  add(frame, checkAt(frame, schema, value, key));

/** Puts another schema to the same value. What it looks at counts as looked at, if it fits. */
function checkSelf(frame: Frame, schema: Schema, quiet: boolean, keyword = ""): Problem | undefined {
  const { unseen } = frame;
  const asks = (unseen.names?.size ?? 0) > 0 || (unseen.items?.size ?? 0) > 0;
  const below: Frame = {
    ...frame,
    schema,
    scope: { schema, keyword, turn: frame.scope.turn, parent: frame.scope },
    unseen: unseenBy(schema, frame.value, asks),
    problems: [],
    quiet: frame.quiet || quiet,
  };
  const applied = withDraft(below);
  const problem = fit(applied);
  if (!problem && asks) {
    for (const name of unseen.names ?? []) if (!applied.unseen.names?.has(name)) unseen.names!.delete(name);
    for (const i of unseen.items ?? []) if (!applied.unseen.items?.has(i)) unseen.items!.delete(i);
  }
  return problem;
}

/** Puts a schema to a value within. */
export function checkAt(frame: Frame, schema: Schema, value: unknown, key: string): Problem | undefined {
  const below: Frame = {
    ...frame,
    schema,
    value,
    at: { parent: frame.at, key },
    scope: { schema, keyword: "", turn: frame.scope.turn + 1, parent: frame.scope },
    unseen: unseenBy(schema, value, false),
    problems: [],
  };
  return fit(withDraft(below));
}

/** A schema within a schema that has an `$id` may be of another draft. */
function withDraft(frame: Frame): Frame {
  const { resources, schemaOf } = frame.run;
  if (!resources || !schemaOf || resources.size < 2 || frame.schema !== frame.meta) return frame;
  const resource = resources.get(pointerOf(frame.at));
  if (!resource) return frame;
  const meta = schemaOf(resource);
  return { ...frame, meta, schema: meta };
}

const NONE: Unseen = {};

function unseenBy(schema: Schema, value: unknown, asked: boolean): Unseen {
  if (Array.isArray(value)) {
    const { list } = schema;
    if ((!asked && !list?.unevaluated) || list?.rest !== undefined) return NONE;
    const from = list?.first.length ?? 0;
    return from < value.length ? { items: new Set(value.map((_, i) => i).slice(from)) } : NONE;
  }
  const { object } = schema;
  if ((!asked && !object?.unevaluated) || object?.additional !== undefined) return NONE;
  return typeOf(value) === "object" ? { names: new Set(Object.keys(value as object)) } : NONE;
}

function fit(frame: Frame): Problem | undefined {
  const { schema, run } = frame;
  spend(run, 1);
  if (schema.always !== undefined) return schema.always ? undefined : problemOf(frame, () => "false schema");
  const stop = cycle(frame) ?? unfit(frame);
  if (stop) return stop;
  if (schema.ref) {
    const problem = checkRef(frame, schema.ref, "$ref");
    if (schema.draft < 2019) return problem;
    add(frame, problem);
  }
  checkType(frame);
  if (frame.problems.length === 0 || !frame.quiet) {
    if (schema.recursiveRef || schema.dynamicRef) checkDynamic(frame);
    if (schema.logic) checkLogic(frame, schema.logic);
    checkUnseen(frame);
  }
  const { problems } = frame;
  if (problems.length < 2) return problems[0];
  return { ...problemOf(frame, () => "validation failed", problems), group: true };
}

function checkType(frame: Frame): void {
  const { schema, value } = frame;
  switch (typeOf(value)) {
    case "object":
      if (schema.object) checkObject(frame, schema.object, value as Record<string, unknown>);
      break;
    case "array":
      if (schema.list) checkList(frame, schema.list, value as unknown[]);
      break;
    case "string":
      if (schema.text) checkText(frame, schema.text, value as string);
      break;
    case "number":
    case "integer":
      if (schema.number) checkNumber(frame, schema.number, value as Numeric);
      break;
    case "null":
    case "boolean":
      break;
  }
}

/** Keywords after which nothing else is looked at, if they are broken. */
function unfit(frame: Frame): Problem | undefined {
  const { schema, value } = frame;
  const { types, constant, enumeration, format } = schema;
  if (types) {
    const type = typeOf(value);
    const fits =
      types.includes(type) || (type === "number" && types.includes("integer") && isInteger(value as Numeric));
    if (!fits) return problemOf(frame, () => `got ${type}, want ${types.join(" or ")}`);
  }
  if (constant && !isSame(value, constant.value)) {
    const wanted = constant.value;
    return problemOf(frame, () => (isPlain(wanted) ? `value must be ${shown(wanted)}` : "'const' failed"));
  }
  if (enumeration) spend(frame.run, enumeration.length >> 4);
  if (enumeration && !enumeration.some((one) => isSame(value, one))) {
    return problemOf(frame, () => {
      if (!enumeration.every(isPlain)) return "'enum' failed";
      return `value must be ${enumeration.length === 1 ? "" : "one of "}${enumeration.map(shown).join(", ")}`;
    });
  }
  if (!format || typeof value !== "string") return undefined;
  const why = format.problem(value);
  return why === undefined
    ? undefined
    : problemOf(frame, () => `${shown(value)} is not valid ${format.name}: ${why}`);
}

/** A schema that leads to itself without a step into the value. */
function cycle(frame: Frame): Problem | undefined {
  const { schema, turn } = frame.scope;
  for (let at = frame.scope.parent; at && at.turn === turn; at = at.parent) {
    if (at.schema !== schema) continue;
    const [here, there] = [keywordsOf(frame.scope), keywordsOf(at)];
    const url = go.quote(schema.location);
    return problemOf(frame, () => `both ${here} and ${there} resolve to ${url} causing reference cycle`);
  }
  return undefined;
}

/** The keywords that lead to a scope, as a pointer. */
function keywordsOf(scope: Scope): string {
  let path = "";
  for (let at = scope; at.parent; at = at.parent) {
    const step =
      at.keyword === ""
        ? at.schema.location.slice(at.parent.schema.location.length)
        : `/${escapeStep(at.keyword)}`;
    path = step + path;
  }
  return path;
}

function checkRef(frame: Frame, schema: Schema, keyword: string): Problem | undefined {
  const problem = checkSelf(frame, schema, false, keyword);
  if (!problem) return undefined;
  const causes = problem.group ? problem.causes : [problem];
  return { ...problemOf(frame, () => "validation failed", causes), reference: true };
}

function checkDynamic(frame: Frame): void {
  const { recursiveRef, dynamicRef } = frame.schema;
  if (recursiveRef) {
    const outermost = recursiveRef.recursiveAnchor
      ? scopesOf(frame).findLast(({ schema }) => schema.resource.recursiveAnchor)?.schema
      : undefined;
    add(frame, checkRef(frame, outermost ?? recursiveRef, "$recursiveRef"));
  }
  if (dynamicRef) {
    const { to, anchor } = dynamicRef;
    const isDynamic = anchor !== "" && to.dynamicAnchor === anchor;
    const outermost = isDynamic
      ? scopesOf(frame).findLast(({ schema }) => schema.resource.anchors?.has(anchor))?.schema.resource
          .anchors
      : undefined;
    add(frame, checkRef(frame, outermost?.get(anchor) ?? to, "$dynamicRef"));
  }
}

/** The scopes of a frame, the innermost first. */
function scopesOf(frame: Frame): Scope[] {
  const scopes: Scope[] = [];
  for (let at: Scope | undefined = frame.scope; at; at = at.parent) scopes.push(at);
  return scopes;
}

function checkLogic(frame: Frame, rules: LogicRules): void {
  if (rules.not && !checkSelf(frame, rules.not, true)) fail(frame, () => "'not' failed");
  const broken = rules.all.flatMap((schema) => checkSelf(frame, schema, false) ?? []);
  if (broken.length > 0) fail(frame, () => "'allOf' failed", broken);
  if (rules.any.length > 0) checkAny(frame, rules.any);
  if (rules.one.length > 0) checkOne(frame, rules.one);
  if (!rules.if) return;
  const next = checkSelf(frame, rules.if, true) ? rules.else : rules.then;
  if (next) failSelf(frame, next);
}

function checkAny(frame: Frame, schemas: readonly Schema[]): void {
  const { unseen } = frame;
  const problems: Problem[] = [];
  let fits = false;
  for (const schema of schemas) {
    const problem = checkSelf(frame, schema, false);
    if (problem) problems.push(problem);
    else fits = true;
    // All are looked at where it matters what they have seen.
    if (fits && !unseen.names?.size && !unseen.items?.size) break;
  }
  if (!fits) fail(frame, () => "'anyOf' failed", problems);
}

function checkOne(frame: Frame, schemas: readonly Schema[]): void {
  const problems: Problem[] = [];
  let match = -1;
  for (const [i, schema] of schemas.entries()) {
    const problem = checkSelf(frame, schema, match !== -1);
    if (problem) {
      if (match === -1) problems.push(problem);
    } else if (match === -1) match = i;
    else {
      fail(frame, () => `'oneOf' failed, subschemas ${count(match)}, ${count(i)} matched`);
      return;
    }
  }
  if (match === -1) fail(frame, () => "'oneOf' failed, none matched", problems);
}

function checkUnseen(frame: Frame): void {
  const { schema, value, unseen } = frame;
  const { object, list } = schema;
  if (object?.unevaluated && typeOf(value) === "object") {
    for (const name of sorted(unseen.names ?? [])) {
      failAt(frame, object.unevaluated, (value as Record<string, unknown>)[name], name);
    }
    frame.unseen = { ...unseen, names: undefined };
  }
  if (list?.unevaluated && Array.isArray(value)) {
    for (const i of unseen.items ?? []) failAt(frame, list.unevaluated, value[i], String(i));
    frame.unseen = { ...unseen, items: undefined };
  }
}

/** Go's order of map keys is random; ours is that of their bytes. */
export const sorted = (names: Iterable<string>): string[] => [...names].sort(compareBytes);
