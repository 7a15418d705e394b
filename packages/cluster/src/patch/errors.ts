/**
 * A patch that cannot be applied: HTTP status, reason of the Status object ("" if it has none) and the API server's message. What went
 * wrong in particular, where the server's message does not tell, is the `cause`.
 */
export class PatchError extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(status: number, reason: string, message: string, cause?: string) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "PatchError";
    this.status = status;
    this.reason = reason;
  }
}

/** What went wrong in particular. */
export const detailOf = ({ cause, message }: PatchError): string => (cause as string | undefined) ?? message;

export function badPatch(message: string): PatchError {
  return new PatchError(400, "BadRequest", message);
}

/** A patch that is well-formed but does not fit the object: the API server keeps the reason to itself. */
export function unprocessable(cause: string): PatchError {
  const message = "the server rejected our request due to an error in our request";
  return new PatchError(422, "Invalid", message, cause);
}

/** Errors that the API server does not classify. */
export function internal(message: string): PatchError {
  return new PatchError(500, "", message);
}

/** How Go's decoder calls a JSON value. */
export function jsonType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
