/** MutatingAdmissionPolicies (apiserver/pkg/admission/plugin/policy/mutating). */
import type { KubeObject } from "@sluice/api";
import { overlay } from "../apply/index.ts";
import { type ApiError, isApiError } from "../errors.ts";
import { detailOf, jsonPatch, PatchError } from "../patch/index.ts";
import { same } from "../plain.ts";
import { compileExpression, type Expression, evaluateExpression } from "../schema/celadmission.ts";
import { jsonOf, misnamed, ObjectValue, type PatchValue } from "../schema/celmutation.ts";
import type { World } from "../world.ts";
import { type Asked, askedAs, isExempt, refused } from "./asked.ts";
import {
  activate,
  type Condition,
  compileConditions,
  compileVariables,
  type Invocation,
  type Misconfigured,
  meetsConditions,
  relevant,
} from "./policies.ts";
import type { Reinvocation } from "./reinvocation.ts";

type Compiled = {
  variables: { name: string; expression: Expression }[];
  conditions: Condition[];
  mutations: { patchType: "ApplyConfiguration" | "JSONPatch"; expression: Expression }[];
};

const compiled = new WeakMap<KubeObject, Compiled>();

function compile(policy: KubeObject): Compiled {
  let known = compiled.get(policy);
  if (!known) {
    const { spec } = policy;
    const { declared, variables } = compileVariables(spec);
    const mutations = (spec.mutations as Record<string, any>[]).map(
      ({ patchType, applyConfiguration, jsonPatch }) => ({
        patchType,
        expression: compileExpression(
          (applyConfiguration ?? jsonPatch).expression.trim(),
          { ...declared, patches: true },
          patchType === "JSONPatch" ? "list(JSONPatch)" : "Object",
        ),
      }),
    );
    known = { variables, conditions: compileConditions(spec.matchConditions, declared), mutations };
    compiled.set(policy, known);
  }
  return known;
}

/** Makes what a mutation left fit for the kind: reads it again and fills in defaults. Throws for what cannot be read. */
export type Reread = (object: KubeObject) => KubeObject;

/** The object as the policies make it; `asked.object` itself when they change nothing. Throws when one fails that may not fail. */
export function askMutatingPolicies(
  world: World,
  asked: Asked,
  reinvocation: Reinvocation,
  reread: Reread,
): KubeObject {
  let object = asked.object!;
  if (isExempt(asked.resource)) return object;
  const { invocations, misconfigured } = relevant(world, asked, "mutatingadmissionpolicies");
  const failures: (Misconfigured & { reason?: "Invalid" })[] = misconfigured.map((each) => ({
    ...each,
    because: `failed to configure ${each.binding ? "binding" : "policy"}: ${each.because}`,
  }));
  reinvocation.begin(object);
  for (const invocation of invocations) {
    const { policy, binding, param } = invocation;
    const now = { ...asked, object };
    const isMet = isAskedFor(world, now, invocation);
    if (typeof isMet === "string") failures.push({ policy, binding, because: isMet, reason: "Invalid" });
    if (isMet !== true) continue;
    const key = JSON.stringify([
      policy.metadata.name,
      binding.metadata.name,
      param?.metadata.namespace,
      param?.metadata.name,
    ]);
    if (!reinvocation.isDue(key)) continue;
    const before = object;
    for (const mutation of compile(policy).mutations)
      try {
        object = reread(mutated(world, { ...asked, object }, invocation, mutation));
        reinvocation.touched = true;
      } catch (thrown) {
        if (isApiError(thrown)) throw thrown;
        failures.push({ policy, binding, because: (thrown as Error).message, reason: "Invalid" });
      }
    reinvocation.done(key, !same(before, object), policy.spec.reinvocationPolicy === "IfNeeded");
  }
  reinvocation.end(object);
  const serious = failures.filter(({ policy }) => policy.spec.failurePolicy !== "Ignore");
  if (serious.length > 0) throw refusal(asked, serious);
  return object;
}

function isAskedFor(world: World, asked: Asked, invocation: Invocation): boolean | string {
  const { conditions, variables } = compile(invocation.policy);
  if (conditions.length === 0) return true;
  const isMet = meetsConditions(conditions, activate(world, asked, invocation, variables, true));
  return typeof isMet === "string" && invocation.policy.spec.failurePolicy === "Ignore" ? false : isMet;
}

function refusal(asked: Asked, failures: (Misconfigured & { reason?: "Invalid" })[]): ApiError {
  const error = refused(asked, "");
  const texts = failures.map(({ policy, binding, because }) =>
    binding
      ? `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${because}`
      : `policy ${JSON.stringify(policy.metadata.name)} denied request: ${because}`,
  );
  Object.assign(error.status, {
    message: texts[0]!,
    // the code stays that of the 403
    reason: failures[0]!.reason ?? "Forbidden",
    details: { ...error.status.details, causes: texts.map((message) => ({ message })) },
  });
  error.message = texts[0]!;
  return error;
}

/** The object after one mutation, in the version of the request. Throws a plain Error with the API server's words. */
function mutated(
  world: World,
  asked: Asked,
  invocation: Invocation,
  { patchType, expression }: Compiled["mutations"][number],
): KubeObject {
  const { matched } = invocation;
  const activation = activate(world, asked, invocation, compile(invocation.policy).variables);
  const { value, error } = evaluateExpression(expression, activation);
  if (error !== undefined) throw new Error(error);
  const live = askedAs(asked, matched).object!;
  const next =
    patchType === "JSONPatch"
      ? patchedBy(live, value as PatchValue[])
      : merged(live, value as ObjectValue, matched.schema);
  return askedAs({ ...asked, resource: matched, object: next, oldObject: null }, asked.resource).object!;
}

function merged(live: KubeObject, value: ObjectValue, schema: Parameters<typeof overlay>[2]): KubeObject {
  requireNames(value);
  const result = overlay(live, jsonOf(value) as Record<string, unknown>, schema);
  if (result.kind === "refused") throw new Error(`error applying patch: ${result.because}`);
  return result.object;
}

function requireNames(value: ObjectValue): void {
  const wrong = misnamed(value, [value.type]);
  if (wrong.length > 0) throw new Error(`type mismatch: ${wrong.join("\n")}`);
}

function patchedBy(live: KubeObject, operations: PatchValue[]): KubeObject {
  const document = operations.map(({ fields }) => {
    if (fields["value"] instanceof ObjectValue) requireNames(fields["value"]);
    return jsonOf(fields) as Record<string, unknown>;
  });
  try {
    return jsonPatch(live, document) as KubeObject;
  } catch (thrown) {
    if (!(thrown instanceof PatchError)) throw thrown;
    // a test that fails leaves the object as it is
    if (/: test failed$/.test(detailOf(thrown))) return live;
    throw new Error(`JSON Patch: ${detailOf(thrown)}`);
  }
}
