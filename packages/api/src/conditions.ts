/** Turns words into a constant that maps each to itself: `words("Ready").Ready === "Ready"`. */
function words<const W extends readonly string[]>(...list: W): { readonly [K in W[number]]: K } {
  return Object.fromEntries(list.map((word) => [word, word])) as { [K in W[number]]: K };
}

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

/** Reasons that several kinds give. */
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
