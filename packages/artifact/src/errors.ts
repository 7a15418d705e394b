import { type CodedError, codedErrors } from "@sluice/api";

const codes = [
  "not-found",
  "digest-mismatch",
  "too-large",
  "unsafe-entry",
  "corrupt",
  "unreachable",
  "timeout",
  "no-space",
  "aborted",
] as const;

/**
 * Why an artifact could not be made, stored, fetched or unpacked. The list is closed, so that a controller maps it with
 * one table:
 * - `not-found`: the server has no such file (any more); wait for a new artifact
 * - `digest-mismatch`: the bytes are not the ones that the digest names
 * - `too-large`: a limit on bytes or entries is exceeded
 * - `unsafe-entry`: the archive or the directory holds something that must not be written or packed; the message names it
 * - `corrupt`: not a well-formed .tar.gz
 * - `unreachable`: the server does not answer, or answers with an error, after all retries
 * - `timeout`: the server stopped sending
 * - `no-space`: the disk or its quota is full
 * - `aborted`: the caller's signal fired
 */
export type ArtifactErrorCode = (typeof codes)[number];

export type ArtifactError = CodedError<ArtifactErrorCode>;

const errors = codedErrors("ArtifactError", codes);

/** Makes an error of this package. The message says where, what, and what to do next. */
export const artifactError = errors.make;

/** Whether something that was thrown is one of this package's errors. */
export const isArtifactError = errors.is;

/** The system's code of an error (`ENOENT`, …), or "" if it has none. */
export function systemCodeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
}

/**
 * Translates what a file operation threw: a full disk and a fired `signal` get this package's codes, this package's own
 * errors and everything else pass through unchanged.
 */
export function asArtifactError(thrown: unknown, at: string, signal?: AbortSignal): unknown {
  if (isArtifactError(thrown)) return thrown;
  if (signal?.aborted) return artifactError("aborted", `${at}: aborted`, thrown);
  const code = systemCodeOf(thrown);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return artifactError(
      "no-space",
      `${at}: no space left on the volume; enlarge it or lower the retention`,
      thrown,
    );
  }
  return thrown;
}
