import { type ApiError, apiError } from "../errors.ts";
import { type FieldError, fieldCause, fieldMessage } from "../schema/index.ts";

/** The 422 for an object with bad fields, as the API machinery words it: one complaint bare, several in brackets. */
export function invalid(
  of: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): ApiError {
  const lines = [...new Set(errors.map(fieldMessage))];
  const summary = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
  const qualifiedKind = of.group === "" ? of.kind : `${of.kind}.${of.group}`;
  return apiError(422, "Invalid", `${qualifiedKind} ${JSON.stringify(name)} is invalid: ${summary}`, {
    ...(name ? { name } : {}),
    ...(of.group ? { group: of.group } : {}),
    ...(of.kind ? { kind: of.kind } : {}),
    causes: errors.map(fieldCause),
  });
}
