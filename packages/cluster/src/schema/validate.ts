import { hasRules, validateRules } from "./cel.ts";
import { validateEmbedded } from "./embedded.ts";
import { validateListTypes } from "./listtype.ts";
import { validateOpenApi } from "./openapi.ts";
import type { FieldError, FieldErrorType, Schema } from "./types.ts";

/** After these, rules are not asked: they would see values that they are not made for. */
const BLOCKING = new Set<FieldErrorType>([
  "Unsupported value",
  "Required value",
  "Too long",
  "Too many",
  "Invalid type",
]);

/**
 * Every complaint of the API server about a custom resource: schema, list types, embedded objects, then validation rules (CEL).
 * `old` is the stored object on an update: it lets unchanged faults pass and enables transition rules. `kept` hears of broken rules that pass
 * for that reason.
 */
export function validate(
  value: unknown,
  schema: Schema,
  { old, kept = () => {} }: { old?: unknown; kept?: (fault: FieldError) => void } = {},
): FieldError[] {
  const errors = [...validateEmbedded(value, schema), ...validateOpenApi(value, schema, old)];
  const duplicates = validateListTypes(value, schema);
  if (duplicates.length > 0 && (old === undefined || validateListTypes(old, schema).length === 0))
    errors.push(...duplicates);
  if (!hasRules(schema)) return errors;
  if (!errors.some(({ type }) => BLOCKING.has(type))) {
    const rules = validateRules(value, schema, old);
    for (const fault of rules.kept) kept(fault);
    return [...errors, ...rules.errors];
  }
  const detail =
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
  return [...errors, { path: "<nil>", type: "Invalid value", value: null, detail }];
}
