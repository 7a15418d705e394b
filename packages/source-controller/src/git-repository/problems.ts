import type { GitRepository } from "@sluice/api";
import { type ArtifactErrorCode, isArtifactError } from "@sluice/artifact";
import { type GitErrorCode, isGitError } from "@sluice/git";
import { failed, type Problem, stalled } from "@sluice/runtime";

/** Who must move, and with which reason, for each thing that git can say. */
const gitFates = {
  "bad-url": [stalled, "URLInvalid"],
  denied: [failed, "AuthenticationFailed"],
  "host-key": [failed, "AuthenticationFailed"],
  tls: [failed, "AuthenticationFailed"],
  "ref-missing": [failed, "GitOperationFailed"],
  unreachable: [failed, "GitOperationFailed"],
  timeout: [failed, "GitOperationFailed"],
  "too-large": [failed, "GitOperationFailed"],
  "bad-repository": [failed, "GitOperationFailed"],
  aborted: [failed, "GitOperationFailed"],
  unsupported: [stalled, "GitOperationFailed"],
} as const satisfies Record<GitErrorCode, readonly [typeof failed, string]>;

/** Turns what the wires throw into a Problem; what it does not know is left to the step's reason. */
export function asFetchProblem(thrown: unknown): unknown {
  if (!isGitError(thrown)) return thrown;
  const [fate, reason] = gitFates[thrown.code];
  return fate(reason, `failed to checkout and determine revision: ${thrown.message}`, { cause: thrown });
}

const storageReasons = {
  "not-found": "StatOperationFailed",
  "digest-mismatch": "StatOperationFailed",
  "too-large": "ArchiveOperationFailed",
  "unsafe-entry": "ArchiveOperationFailed",
  corrupt: "ArchiveOperationFailed",
  unreachable: "ArchiveOperationFailed",
  timeout: "ArchiveOperationFailed",
  "no-space": "ArchiveOperationFailed",
  aborted: "ArchiveOperationFailed",
} as const satisfies Record<ArtifactErrorCode, string>;

/** The same for what packing and storing throw. */
export function asStorageProblem(thrown: unknown): unknown {
  if (!isArtifactError(thrown)) return thrown;
  return failed(storageReasons[thrown.code], `unable to archive artifact to storage: ${thrown.message}`, {
    cause: thrown,
  });
}

/** Refuses what this version does not do yet, instead of leaving it out silently. */
export function refuseUnsupported({ spec }: GitRepository): Problem | undefined {
  if (spec.verify !== undefined)
    return stalled(
      "VerificationError",
      "spec.verify is not supported yet: remove it, or keep this source on Flux until signature verification arrives",
    );
  if (spec.provider !== undefined && spec.provider !== "generic")
    return stalled(
      "InvalidProviderConfiguration",
      `spec.provider '${spec.provider}' is not supported yet: use 'generic' with a token or an SSH key in spec.secretRef`,
    );
  return undefined;
}
