import { Environment, type ParseResult } from "@marcbachmann/cel-js";
import type { KubeObject, Kustomization } from "@sluice/api";
import type { Health } from "@sluice/kube";
import { stalled } from "@sluice/runtime";

/** Bounds on what a tenant's expression may cost. */
const limits = { maxAstNodes: 1_000, maxDepth: 50, maxListElements: 200, maxMapEntries: 200 };

/** Judges an object's health by `spec.healthCheckExprs`; undefined when no expression is about its kind. */
export type HealthJudge = (object: KubeObject) => Health | undefined;

/**
 * Compiles `spec.dependsOn[].readyExpr`: a CEL expression over `self` and `dep`.
 * Throws a Problem (Stalled, InvalidCELExpression) when it does not compile or is not a boolean.
 */
export function readyExpression(expression: string): (self: Kustomization, dep: Kustomization) => boolean {
  const program = compile(expression, ["self", "dep"]);
  return (self, dep) => program({ self: celValue(self), dep: celValue(dep) }) === true;
}

/** Compiles `spec.healthCheckExprs`. Throws as `readyExpression` does. */
export function healthJudge({ spec }: Kustomization): HealthJudge {
  const rules = (spec.healthCheckExprs ?? []).map(({ apiVersion, kind, current, failed, inProgress }) => {
    const test = (expression: string | undefined) => {
      const program =
        expression === undefined ? undefined : compile(expression, ["metadata", "spec", "status", "data"]);
      return (object: Record<string, unknown>) => program !== undefined && holds(() => program(object));
    };
    return { apiVersion, kind, current: test(current), failed: test(failed), inProgress: test(inProgress) };
  });
  return (object) => {
    const rule = rules.find(({ apiVersion, kind }) =>
      kind
        ? object.kind === kind && object.apiVersion === apiVersion
        : sameGroup(object.apiVersion, apiVersion),
    );
    if (rule === undefined) return undefined;
    const value = celValue({ spec: {}, status: {}, data: {}, ...object }) as Record<string, unknown>;
    if (rule.inProgress(value)) return { status: "InProgress", message: "custom health check: in progress" };
    if (rule.failed(value)) return { status: "Failed", message: "custom health check: failed" };
    if (rule.current(value)) return { status: "Current", message: "custom health check: passed" };
    return { status: "InProgress", message: "custom health check: not yet current" };
  };
}

const sameGroup = (a: string, b: string) => a.split("/")[0] === b.split("/")[0];

/** Fields that are not there yet make an expression fail to evaluate: the same as false, until they are. */
function holds(work: () => unknown): boolean {
  try {
    return work() === true;
  } catch {
    return false;
  }
}

function compile(expression: string, variables: string[]): ParseResult {
  const environment = new Environment({ limits, homogeneousAggregateLiterals: false });
  for (const name of variables) environment.registerVariable(name, "dyn");
  try {
    const program = environment.parse(expression);
    const { valid, type, error } = program.check();
    if (!valid) throw error;
    if (type !== "bool" && type !== "dyn") throw new Error(`it gives ${type}, not bool`);
    return program;
  } catch (thrown) {
    throw stalled(
      "InvalidCELExpression",
      `Reconciliation failed terminally due to configuration error: CEL expression '${expression}': ${(thrown as Error).message}`,
    );
  }
}

/** JSON as CEL sees it: whole numbers are int. */
function celValue(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, celValue(inner)]));
  return value;
}
