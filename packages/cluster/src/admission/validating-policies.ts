/** ValidatingAdmissionPolicies (apiserver/pkg/admission/plugin/policy/validating). */
import type { KubeObject } from "@sluice/api";
import type { ApiError } from "../errors.ts";
import {
  type Activation,
  compileExpression,
  type Expression,
  evaluateExpression,
} from "../schema/celadmission.ts";
import type { World } from "../world.ts";
import { type Asked, isExempt, refused } from "./asked.ts";
import {
  activate,
  type Condition,
  compileConditions,
  compileVariables,
  type Invocation,
  meetsConditions,
  relevant,
} from "./policies.ts";

type Validation = { expression: string; message?: string; messageExpression?: string; reason?: string };
/** Why a validation does not let a write pass. */
type Denial = { message: string; reason: string };

type Compiled = {
  variables: { name: string; expression: Expression }[];
  conditions: Condition[];
  validations: { validation: Validation; expression: Expression; message?: Expression }[];
  audit: Expression[];
};

const compiled = new WeakMap<KubeObject, Compiled>();

function compile(policy: KubeObject): Compiled {
  let known = compiled.get(policy);
  if (!known) {
    const { spec } = policy;
    const { declared, variables } = compileVariables(spec);
    known = {
      variables,
      conditions: compileConditions(spec.matchConditions, declared),
      validations: ((spec.validations ?? []) as Validation[]).map((validation) => ({
        validation,
        expression: compileExpression(validation.expression, declared, "bool"),
        ...(validation.messageExpression && {
          message: compileExpression(
            validation.messageExpression,
            { ...declared, authorizer: false },
            "string",
          ),
        }),
      })),
      audit: ((spec.auditAnnotations ?? []) as { valueExpression: string }[]).map(({ valueExpression }) =>
        compileExpression(valueExpression, declared),
      ),
    };
    compiled.set(policy, known);
  }
  return known;
}

/** Throws for a write that a policy denies; what a policy only warns of is added to `warnings`. */
export function askValidatingPolicies(world: World, asked: Asked, warnings: string[]): void {
  if (isExempt(asked.resource)) return;
  const { invocations, misconfigured } = relevant(world, asked, "validatingadmissionpolicies");
  const denied: (Denial & { policy: KubeObject; binding?: KubeObject })[] = [];
  for (const { policy, binding, because } of misconfigured)
    if (policy.spec.failurePolicy !== "Ignore") {
      const message = `failed to configure ${binding ? "binding" : "policy"}: ${because}`;
      denied.push({ policy, ...(binding && { binding }), message, reason: "" });
    }
  for (const invocation of invocations) {
    const { policy, binding } = invocation;
    for (const denial of denials(world, asked, invocation))
      for (const action of binding.spec.validationActions)
        if (action === "Deny") denied.push({ policy, binding, ...denial });
        else if (action === "Warn")
          warnings.push(
            `Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}': ${denial.message}`,
          );
  }
  if (denied[0]) throw refusal(asked, denied[0]);
}

const CODES: Record<string, number> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };

function refusal(
  asked: Asked,
  { policy, binding, message, reason }: Denial & { policy: KubeObject; binding?: KubeObject },
): ApiError {
  const by = binding ? ` with binding '${binding.metadata.name}'` : "";
  const text = `ValidatingAdmissionPolicy '${policy.metadata.name}'${by} denied request: ${message}`;
  const error = refused(asked, text);
  const { message: whole, details } = error.status;
  Object.assign(error.status, {
    message: whole,
    reason: reason || "Invalid",
    details: { ...details, causes: [{ message: text }] },
    code: CODES[reason] ?? 422,
  });
  return error;
}

/** What a policy says against a write, in the order of its validations. */
function denials(world: World, asked: Asked, invocation: Invocation): Denial[] {
  const { policy } = invocation;
  const { variables, conditions, validations, audit } = compile(policy);
  const failed = (message: string): Denial[] =>
    policy.spec.failurePolicy === "Ignore" ? [] : [{ message, reason: "" }];
  const isMet =
    conditions.length === 0 ||
    meetsConditions(conditions, activate(world, asked, invocation, variables, true));
  if (isMet === false) return [];
  if (isMet !== true) return failed(isMet);
  const activation = activate(world, asked, invocation, variables);
  const found = validations.flatMap(({ validation, expression, message }): Denial[] => {
    const { value, error } = evaluateExpression(expression, activation);
    if (error !== undefined) return failed(error);
    if (value === true) return [];
    return [{ message: messageOf(validation, message, activation), reason: validation.reason ?? "Invalid" }];
  });
  // nobody reads the annotations, but where they cannot be made the write is refused
  return [...found, ...audit.flatMap((each) => failedAudit(each, activation).flatMap(failed))];
}

function failedAudit(expression: Expression, activation: Activation): string[] {
  const { error } = evaluateExpression(expression, activation);
  return error === undefined ? [] : [error];
}

const MAX_MESSAGE = 5 * 1024;

function messageOf(
  { message, expression }: Validation,
  compiled: Expression | undefined,
  activation: Activation,
): string {
  const value = compiled && evaluateExpression(compiled, activation).value;
  const text = typeof value === "string" ? value.trim() : "";
  if (text !== "" && !text.includes("\n") && Buffer.byteLength(text) <= MAX_MESSAGE) return text;
  return message?.trim() || `failed expression: ${expression.trim()}`;
}
