/** Macros: functions whose arguments are expressions over variables of their own. */
import { type ASTNode, type Environment, Optional } from "@marcbachmann/cel-js";
import { sortedBy } from "./cellists.ts";

/** The library's macro protocol: what to do when the rule is checked and when it is evaluated. */
type Macro = {
  async: false;
  typeCheck(checker: any, macro: unknown, ctx: any): unknown;
  evaluate(evaluator: any, macro: unknown, ctx: any): unknown;
};
type MacroCall = { args: ASTNode[]; receiver: ASTNode };
/** Evaluates the bodies of a macro with these values for its variables. */
type Body = (...values: unknown[]) => unknown;

export function addMacros(env: Environment): void {
  const add = (signature: string, make: (call: MacroCall) => Macro) =>
    env.registerFunction(signature, make as never);
  for (const [name, sizes, type, collect] of OVER_PAIRS)
    for (const size of sizes) {
      const asts = Array.from({ length: size }, () => "ast").join(", ");
      add(`list.${name}(${asts}): ${type}`, (call) =>
        withVariables(call, 2, type, (range, bodies) => collect(pairsOf(range), bodies)),
      );
    }
  add("list.sortBy(ast, ast): list<dyn>", (call) =>
    withVariables(call, 1, "list<dyn>", (list: unknown[], [key]) =>
      sortedBy(
        list,
        list.map((item) => key!(item)),
      ),
    ),
  );
  add("optional.optMap(ast, ast): optional<dyn>", (call) =>
    withVariables(call, 1, "optional<dyn>", (value, [make]) => {
      const optional = optionalOf(value);
      return optional.hasValue() ? Optional.of(make!(optional.value())) : optional;
    }),
  );
  add("optional.optFlatMap(ast, ast): optional<dyn>", (call) =>
    withVariables(call, 1, "optional<dyn>", (value, [make]) => {
      const optional = optionalOf(value);
      return optional.hasValue() ? make!(optional.value()) : optional;
    }),
  );
}

function optionalOf(value: unknown): Optional {
  if (value instanceof Optional) return value;
  throw new Error("no such overload");
}

type Pair = [key: unknown, value: unknown];

/** Index and value of lists, key and value of maps. */
function pairsOf(range: object): Pair[] {
  if (Array.isArray(range)) return range.map((item, i) => [BigInt(i), item]);
  return range instanceof Map ? [...range] : Object.entries(range);
}

type Collect = (pairs: Pair[], bodies: Body[]) => unknown;

const kept = (pairs: Pair[], bodies: Body[]): Pair[] =>
  bodies.length === 1 ? pairs : pairs.filter((pair) => bodies[0]!(...pair) === true);
const mapped: Collect = (pairs, bodies) =>
  Object.fromEntries(kept(pairs, bodies).map((pair) => [pair[0], bodies.at(-1)!(...pair)]));

/** Comprehensions over two variables: index or key, and value. With one body more, the first says what is kept. */
const OVER_PAIRS: [name: string, sizes: number[], type: string, collect: Collect][] = [
  ["all", [3], "bool", (pairs, [test]) => pairs.every((pair) => test!(...pair) === true)],
  ["exists", [3], "bool", (pairs, [test]) => pairs.some((pair) => test!(...pair) === true)],
  ["existsOne", [3], "bool", (pairs, [test]) => pairs.filter((pair) => test!(...pair) === true).length === 1],
  [
    "exists_one",
    [3],
    "bool",
    (pairs, [test]) => pairs.filter((pair) => test!(...pair) === true).length === 1,
  ],
  [
    "transformList",
    [3, 4],
    "list<dyn>",
    (pairs, bodies) => kept(pairs, bodies).map((pair) => bodies.at(-1)!(...pair)),
  ],
  ["transformMap", [3, 4], "map", mapped],
  ["transformMapEntry", [3, 4], "map", entered],
];

/** Every body is a map of one entry. */
function entered(pairs: Pair[], bodies: Body[]): unknown {
  const out: Record<string, unknown> = {};
  for (const pair of kept(pairs, bodies))
    for (const [key, value] of Object.entries(bodies.at(-1)!(...pair) as object)) {
      if (Object.hasOwn(out, key)) throw new Error(`insert failed: key ${key} already exists`);
      out[key] = value;
    }
  return out;
}

/** A macro whose first `count` arguments name variables; the others are expressions over them. */
function withVariables(
  { args, receiver }: MacroCall,
  count: number,
  type: string,
  collect: (range: any, bodies: Body[]) => unknown,
): Macro {
  const names = args.slice(0, count);
  const bodies = args.slice(count);
  const contexts: any[] = [];
  return {
    async: false,
    typeCheck(checker, _, ctx) {
      checker.check(receiver, ctx);
      contexts.length = 0;
      for (const name of names) {
        if (name.op !== "id")
          throw checker.createError("invalid_macro_argument", "argument must be a simple name", name);
        contexts.push((contexts.at(-1) ?? ctx).forkWithVariable(name.args, checker.getType("dyn")));
      }
      for (const body of bodies) checker.check(body, contexts.at(-1));
      return checker.getType(type);
    },
    evaluate(evaluator, _, ctx) {
      const run = bodies.map(
        (body): Body =>
          (...values) => {
            const inner = values.reduce(
              (outer, value, i) => contexts[i].reuse(outer).setIterValue(value, evaluator),
              ctx,
            );
            return evaluator.run(body, inner);
          },
      );
      return collect(evaluator.run(receiver, ctx), run);
    },
  };
}

/** `has(a.b)`, where `a` may be any expression: the library's own knows chains of names only. */
export function hasMacro(field: ASTNode): Macro {
  return {
    async: false,
    typeCheck(checker, _, ctx) {
      if (field.op !== ".")
        throw checker.createError("invalid_macro_argument", "has() invalid argument", field);
      checker.check(field, ctx);
      return checker.getType("bool");
    },
    evaluate(evaluator, _, ctx) {
      const [owner, name] = field.args as [ASTNode, string];
      const value = evaluator.run(owner, ctx);
      const found = evaluator.debugType(value).fieldLazy(value, name, field, evaluator);
      return found instanceof Optional ? found.hasValue() : found !== undefined;
    },
  };
}
