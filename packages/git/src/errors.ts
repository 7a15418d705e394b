import { type CodedError, codedErrors } from "@sluice/api";

const codes = [
  "bad-url",
  "denied",
  "ref-missing",
  "unreachable",
  "host-key",
  "tls",
  "timeout",
  "too-large",
  "bad-repository",
  "aborted",
  "unsupported",
] as const;

/**
 * Why git did not do it:
 * - `bad-url` the URL cannot be used or does not lead to a git repository
 * - `denied` credentials are missing, wrong or not allowed to see it
 * - `ref-missing` the remote has no such branch, tag, version, ref or commit
 * - `unreachable` network trouble or a server error: worth another try
 * - `host-key` the SSH host key is unknown or changed
 * - `tls` a certificate is not trusted, or the client certificate was refused
 * - `timeout` the signal's time was over · `aborted` the signal said stop
 * - `too-large` a limit was exceeded
 * - `bad-repository` the content is damaged or hostile
 * - `unsupported` Sluice cannot do this
 */
export type GitErrorCode = (typeof codes)[number];

export type GitError = CodedError<GitErrorCode>;

const errors = codedErrors("GitError", codes);

/** An error of this package: a code to decide by, a message for people that holds no secret. */
export const gitError = errors.make;

/** Whether an error came from this package. Anything else (disk full, no git installed) is a plain `Error`. */
export const isGitError = errors.is;

/** What to throw once `signal` fired: its own reason if that is a `GitError`, else `timeout` or `aborted`. */
export function abortError(signal: AbortSignal): GitError {
  const { reason } = signal;
  if (isGitError(reason)) return reason;
  const timedOut = reason instanceof Error && reason.name === "TimeoutError";
  return timedOut
    ? gitError(
        "timeout",
        "git took longer than the timeout allows: raise spec.timeout, or see why the server is slow",
      )
    : gitError("aborted", "stopped before it was done");
}
