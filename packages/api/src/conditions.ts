import { words } from "./words.ts";

/** Types of conditions, spelled as Flux does. */
export const conditions = words(
  // Every kind (kstatus): Ready always, the other two only while true.
  "Ready",
  "Reconciling",
  "Stalled",
  // A reference crosses namespaces and may not.
  "AccessDenied",
  // Sources.
  "ArtifactInStorage",
  "ArtifactOutdated",
  "FetchFailed",
  "SourceVerified",
  "BuildFailed",
  "StorageOperationFailed",
  "IncludeUnavailable",
  // Kustomization, HelmRelease.
  "Healthy",
  "Released",
  "TestSuccess",
  "Remediated",
  "Drifted",
);

/** Reasons that any kind may give. Each kind's own are beside its schema. */
export const reasons = words(
  "Succeeded",
  "Failed",
  "Progressing",
  "ProgressingWithRetry",
  "Suspended",
  "DependencyNotReady",
  "InvalidPath",
  "InvalidURL",
  "InsecureConnectionsDisallowed",
  "UnsupportedConnectionType",
  "PruneFailed",
  "ArtifactFailed",
  "BuildFailed",
  "HealthCheckFailed",
  "HealthCheckCanceled",
  "ReconciliationSucceeded",
  "ReconciliationFailed",
  "InvalidCELExpression",
  "FeatureGateDisabled",
  "AccessDenied",
);
