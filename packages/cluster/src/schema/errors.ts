import type { FieldError, FieldErrorType } from "./types.ts";

/** A cause in `status.details.causes`. */
export type FieldCause = { reason: string; message: string; field: string };

const REASONS: Record<FieldErrorType, string> = {
  "Required value": "FieldValueRequired",
  "Invalid value": "FieldValueInvalid",
  "Invalid type": "FieldValueTypeInvalid",
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
function body({ type, value, detail }: FieldError): string {
  const parts: string[] = [type === "Invalid type" ? "Invalid value" : type];
  if (value !== undefined && !WITHOUT_VALUE.has(type)) parts.push(quoted(value));
  if (detail !== "") parts.push(detail);
  return parts.join(": ");
}

/** A value as it is shown: JSON, but control characters in a text as Go writes them. */
function quoted(value: unknown): string {
  const json = JSON.stringify(value);
  if (typeof value !== "string") return json;
  return json.replaceAll(/\\u00([01][0-9a-f])/g, (_, code: string) => GO_ESCAPES[code] ?? `\\x${code}`);
}

const GO_ESCAPES: Record<string, string> = { "07": "\\a", "0b": "\\v" };

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

/** `supported values: "a", "b"`: the detail for a value outside of an enumeration. */
export function supportedValues(values: readonly unknown[]): string {
  const quoted = values.map((value) =>
    JSON.stringify(typeof value === "string" ? value : JSON.stringify(value)),
  );
  return `supported values: ${quoted.join(", ")}`;
}

/** `may not be more than 63 bytes` */
export function atMostBytes(max: number): string {
  return `may not be more than ${max} ${max === 1 ? "byte" : "bytes"}`;
}
