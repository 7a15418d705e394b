/** The environment of validation rules: CEL with the functions that Kubernetes adds. */
import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { addAddresses, addQuantities, addUrls } from "./cellibs.ts";
import { compileRegexp, matches } from "./regexp.ts";

const LIMITS = {
  maxAstNodes: 20_000,
  maxDepth: 200,
  maxListElements: 1_000,
  maxMapEntries: 1_000,
  maxCallArguments: 32,
};
const MAX_TEXT = 10 * 1024 * 1024;

class SetsLibrary {}
class MathLibrary {}

let shared: Environment | undefined;

/** The environment with `self` and `oldSelf`; made once. */
export function ruleEnvironment(): Environment {
  shared ??= create();
  return shared;
}

/**
 * CEL's `matches` is in the library already, over JavaScript's backtracking expressions. Rules call ours instead, which takes linear
 * time and Go's syntax.
 */
export function withSafeMatches(expression: string): string {
  return expression.replace(
    /r?("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|\.\s*matches\s*\(/g,
    (text, quoted) => (quoted === undefined ? ".matchesRegexp(" : text),
  );
}

function create(): Environment {
  const env = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: LIMITS,
  });
  env.registerVariable("self", "dyn").registerVariable("oldSelf", "dyn");
  addStrings(env);
  addLists(env);
  addMacros(env);
  addQuantities(env);
  addUrls(env);
  addAddresses(env);
  addSets(env);
  return env;
}

const int = (value: bigint): number => Number(value);

function bounded(text: string): string {
  if (text.length > MAX_TEXT) throw new Error("result is too long");
  return text;
}

function addStrings(env: Environment): void {
  const add = (signature: string, handler: (...args: any[]) => unknown) =>
    env.registerFunction(signature, handler);
  add("string.matchesRegexp(string): bool", (text: string, pattern: string) => matches(pattern, text));
  add("matches(string, string): bool", (text: string, pattern: string) => matches(pattern, text));
  add("string.find(string): string", (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? "");
  add("string.findAll(string): list<string>", (text: string, pattern: string) => findAll(text, pattern, -1));
  add("string.findAll(string, int): list<string>", (text: string, pattern: string, limit: bigint) =>
    findAll(text, pattern, int(limit)),
  );
  add("string.replace(string, string): string", (text: string, from: string, to: string) =>
    bounded(replaced(text, from, to, -1)),
  );
  add(
    "string.replace(string, string, int): string",
    (text: string, from: string, to: string, limit: bigint) => bounded(replaced(text, from, to, int(limit))),
  );
  add("string.charAt(int): string", (text: string, index: bigint) => {
    const at = int(index);
    if (at < 0 || at > text.length) throw new Error(`index out of range: ${at}`);
    return text.charAt(at);
  });
  add("string.reverse(): string", (text: string) => [...text].reverse().join(""));
  add("string.format(list): string", (text: string, values: unknown[]) => bounded(formatted(text, values)));
}

function findAll(text: string, pattern: string, limit: number): string[] {
  const matcher = compileRegexp(pattern).matcher(text);
  const found: string[] = [];
  while ((limit < 0 || found.length < limit) && matcher.find()) found.push(matcher.group() ?? "");
  return found;
}

function replaced(text: string, from: string, to: string, limit: number): string {
  if (limit < 0) return text.replaceAll(from, () => to);
  const parts = text.split(from);
  if (parts.length - 1 <= limit) return parts.join(to);
  return parts.slice(0, limit + 1).join(to) + from + parts.slice(limit + 1).join(from);
}

/** `%s %d %f %e %x %o %b %%`, with precisions for %f and %e. */
function formatted(text: string, values: unknown[]): string {
  let next = 0;
  return text.replace(/%(?:\.(\d{1,2}))?([sdfexXob%])/g, (_, precision, verb: string) => {
    if (verb === "%") return "%";
    if (next >= values.length) throw new Error(`index ${next} out of range`);
    const value = values[next++];
    const digits = precision === undefined ? 6 : Number(precision);
    if (verb === "f") return Number(value).toFixed(digits);
    if (verb === "e") return Number(value).toExponential(digits);
    if (verb === "s" || verb === "d") return shown(value);
    const radix = { x: 16, X: 16, o: 8, b: 2 }[verb] as number;
    const numeral =
      typeof value === "bigint" ? value.toString(radix) : Buffer.from(String(value)).toString("hex");
    return verb === "X" ? numeral.toUpperCase() : numeral;
  });
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
    return `{${Object.entries(value)
      .map(([key, below]) => `${key}: ${shown(below)}`)
      .join(", ")}}`;
  return String(value);
}

const order = (a: any, b: any): number => (a < b ? -1 : a > b ? 1 : 0);

function addLists(env: Environment): void {
  const add = (signature: string, handler: (...args: any[]) => unknown) =>
    env.registerFunction(signature, handler);
  const extreme = (list: unknown[], sign: number) => {
    if (list.length === 0) throw new Error("min/max called on empty list");
    return list.reduce((best, item) => (order(item, best) * sign > 0 ? item : best));
  };
  add("list.isSorted(): bool", (list: unknown[]) =>
    list.every((item, i) => i === 0 || order(list[i - 1], item) <= 0),
  );
  add("list.sum(): dyn", (list: (bigint | number)[]) =>
    list.reduce((sum: any, item: any) => sum + item, typeof list[0] === "number" ? 0 : 0n),
  );
  add("list.min(): dyn", (list: unknown[]) => extreme(list, -1));
  add("list.max(): dyn", (list: unknown[]) => extreme(list, 1));
  add("list.indexOf(dyn): int", (list: unknown[], item: unknown) =>
    BigInt(list.findIndex((other) => same(other, item))),
  );
  add("list.lastIndexOf(dyn): int", (list: unknown[], item: unknown) =>
    BigInt(list.findLastIndex((other) => same(other, item))),
  );
  add("list.distinct(): list", (list: unknown[]) =>
    list.filter((item, i) => list.findIndex((other) => same(other, item)) === i),
  );
  add("list.sort(): list", (list: unknown[]) => [...list].sort(order));
  add("list.reverse(): list", (list: unknown[]) => [...list].reverse());
  add("list.slice(int, int): list", (list: unknown[], from: bigint, to: bigint) => {
    if (from < 0n || to > BigInt(list.length) || from > to)
      throw new Error(`cannot slice(${from}, ${to}), list is length ${list.length}`);
    return list.slice(int(from), int(to));
  });
  add("list.flatten(): list", (list: unknown[]) => list.flat());
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const text = (value: unknown) =>
    JSON.stringify(value, (_, below) => (typeof below === "bigint" ? `${below}n` : below));
  return typeof a === "object" && typeof b === "object" && text(a) === text(b);
}

/** Comprehensions over two variables: index or key, and value. */
function addMacros(env: Environment): void {
  const macro = (
    name: string,
    arity: number,
    collect: (steps: Step[], evaluate: Evaluate) => unknown,
    type: string,
  ) => {
    const asts = Array.from({ length: arity }, () => "ast").join(", ");
    env.registerFunction(`list.${name}(${asts}): ${type}`, (({ args, receiver, ast }: MacroCall) =>
      twoVariables({ args, receiver, ast, collect, type })) as never);
  };
  macro("all", 3, (steps, [test]) => steps.every((step) => test?.(step) === true), "bool");
  macro("exists", 3, (steps, [test]) => steps.some((step) => test?.(step) === true), "bool");
  macro(
    "existsOne",
    3,
    (steps, [test]) => steps.filter((step) => test?.(step) === true).length === 1,
    "bool",
  );
  macro("transformList", 3, (steps, [make]) => steps.map((step) => make?.(step)), "list<dyn>");
  macro(
    "transformList",
    4,
    (steps, [keep, make]) => steps.filter((step) => keep?.(step) === true).map((step) => make?.(step)),
    "list<dyn>",
  );
  macro(
    "transformMap",
    3,
    (steps, [make]) => Object.fromEntries(steps.map((step) => [step[0], make?.(step)])),
    "map",
  );
  macro(
    "transformMap",
    4,
    (steps, [keep, make]) =>
      Object.fromEntries(
        steps.filter((step) => keep?.(step) === true).map((step) => [step[0], make?.(step)]),
      ),
    "map",
  );
}

type Step = [key: unknown, value: unknown];
type Evaluate = ((step: Step) => unknown)[];
type MacroCall = { args: ASTNode[]; receiver: ASTNode; ast: ASTNode };
type Macro = MacroCall & {
  collect: (steps: Step[], evaluate: Evaluate) => unknown;
  type: string;
  outer?: any;
  inner?: any;
};

/** The library's macro protocol: what to do when the rule is checked and when it is evaluated. */
function twoVariables(call: Macro) {
  const [key, value, ...bodies] = call.args as [ASTNode, ASTNode, ...ASTNode[]];
  if (key.op !== "id" || value.op !== "id") throw new Error("argument must be a simple name");
  return {
    ...call,
    async: false,
    typeCheck(checker: any, macro: Macro, ctx: any) {
      checker.check(macro.receiver, ctx);
      macro.outer = ctx.forkWithVariable(key.args, checker.getType("dyn"));
      macro.inner = macro.outer.forkWithVariable(value.args, checker.getType("dyn"));
      for (const body of bodies) checker.check(body, macro.inner);
      return checker.getType(macro.type);
    },
    evaluate(evaluator: any, macro: Macro, ctx: any) {
      const range = evaluator.run(macro.receiver, ctx);
      const steps: Step[] = Array.isArray(range)
        ? range.map((item, i) => [BigInt(i), item])
        : Object.entries(range);
      const evaluate = bodies.map((body) => (step: Step) => {
        const outer = macro.outer.reuse(ctx).setIterValue(step[0], evaluator);
        return evaluator.run(body, macro.inner.reuse(outer).setIterValue(step[1], evaluator));
      });
      return macro.collect(steps, evaluate);
    },
  };
}

function addSets(env: Environment): void {
  env.registerType("SetsLibrary", SetsLibrary).registerType("MathLibrary", MathLibrary);
  env.registerConstant("sets", "SetsLibrary", new SetsLibrary() as never);
  env.registerConstant("math", "MathLibrary", new MathLibrary() as never);
  const add = (signature: string, handler: (...args: any[]) => unknown) =>
    env.registerFunction(signature, handler);
  const holds = (list: unknown[], item: unknown) => list.some((other) => same(other, item));
  add("SetsLibrary.contains(list, list): bool", (_, a: unknown[], b: unknown[]) =>
    b.every((item) => holds(a, item)),
  );
  add("SetsLibrary.intersects(list, list): bool", (_, a: unknown[], b: unknown[]) =>
    b.some((item) => holds(a, item)),
  );
  add(
    "SetsLibrary.equivalent(list, list): bool",
    (_, a: unknown[], b: unknown[]) => a.every((item) => holds(b, item)) && b.every((item) => holds(a, item)),
  );
  add("MathLibrary.greatest(dyn, dyn): dyn", (_, a: unknown, b: unknown) => (order(a, b) >= 0 ? a : b));
  add("MathLibrary.least(dyn, dyn): dyn", (_, a: unknown, b: unknown) => (order(a, b) <= 0 ? a : b));
}
