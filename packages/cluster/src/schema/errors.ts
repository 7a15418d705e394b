import type { FieldError, FieldErrorType } from "./types.ts";

/** A cause in `status.details.causes`. */
export type FieldCause = { reason: string; message: string; field: string };

const REASONS: Record<FieldErrorType, string> = {
  "Required value": "FieldValueRequired",
  "Invalid value": "FieldValueInvalid",
  "Unsupported value": "FieldValueNotSupported",
  Forbidden: "FieldValueForbidden",
  "Duplicate value": "FieldValueDuplicate",
  "Not found": "FieldValueNotFound",
  "Too long": "FieldValueTooLong",
  "Too many": "FieldValueTooMany",
  "Too few": "FieldValueTooFew",
  "Internal error": "InternalError",
};

const WITHOUT_VALUE = new Set<FieldErrorType>(["Required value", "Forbidden", "Too long", "Internal error"]);

/** The text without the path: `Invalid value: "x": must be …`. */
function body(error: FieldError): string {
  if (error.type === "Too many" || error.type === "Too few" || WITHOUT_VALUE.has(error.type))
    return error.detail === "" ? error.type : `${error.type}: ${error.detail}`;
  const shown = `${error.type}: ${JSON.stringify(error.value) ?? "null"}`;
  return error.detail === "" ? shown : `${shown}: ${error.detail}`;
}

/** One line as in the message of a 422: `spec.replicas: Invalid value: -1: must be greater than or equal to 0`. */
export function fieldMessage(error: FieldError): string {
  return `${error.path}: ${body(error)}`;
}

/** The entry of `details.causes` for an error. */
export function fieldCause(error: FieldError): FieldCause {
  return { reason: REASONS[error.type], message: body(error), field: error.path };
}

/** A schema that the API server would refuse, with every complaint. */
export class SchemaError extends Error {
  readonly errors: FieldError[];
  constructor(errors: FieldError[]) {
    super(errors.map(fieldMessage).join(", "));
    this.name = "SchemaError";
    this.errors = errors;
  }
}
