import { type CodedError, codedErrors } from "@sluice/api";

const codes = [
  "bad-reference",
  "bad-credentials",
  "denied",
  "not-found",
  "unreachable",
  "tls",
  "bad-digest",
  "bad-answer",
  "too-large",
  "timeout",
  "aborted",
] as const;

/**
 * Why a registry was not asked, or did not give what was asked for. The list is closed, so that a controller maps it with one
 * table:
 * - `bad-reference`: the text names nothing that can lie in a registry
 * - `bad-credentials`: a configuration of credentials cannot be read, or leaves them to a program
 * - `denied`: credentials are missing, wrong or not allowed to see it
 * - `not-found`: the registry has no such repository, tag, manifest or blob
 * - `unreachable`: network trouble, throttling or an error of the server, after all attempts
 * - `tls`: a certificate is not trusted, or the server speaks no TLS
 * - `bad-digest`: the bytes are not the ones that the digest and the size name
 * - `bad-answer`: the server does not follow the OCI Distribution Specification
 * - `too-large`: a limit is exceeded
 * - `timeout`: the server took too long · `aborted`: the caller's signal fired
 */
export type OciErrorCode = (typeof codes)[number];

export type OciError = CodedError<OciErrorCode>;

const errors = codedErrors("OciError", codes);

/** Makes an error of this package. The message says where, what, and what to do next, and holds no secret. */
export const ociError = errors.make;

/** Whether something that was thrown is one of this package's errors. */
export const isOciError = errors.is;

/** What to throw once the caller's signal fired: its own reason if that is an error of this package, else `timeout` or `aborted`. */
export function abortError({ reason }: AbortSignal, at: string): OciError {
  if (isOciError(reason)) return reason;
  const timedOut = reason instanceof Error && reason.name === "TimeoutError";
  return timedOut
    ? ociError("timeout", `${at}: not done in the time that was allowed; see why the registry is slow`)
    : ociError("aborted", `${at}: stopped before it was done`);
}
