import { limits } from "@sluice/artifact";
import type { FlagTable } from "@sluice/runtime";

/** The flags that kustomize-controller has besides those of every controller, named as in Flux. */
export const flags: FlagTable = {
  "concurrent-ssa": {
    type: "number",
    value: 4,
    min: 1,
    max: 1_000,
    help: "How many objects of one Kustomization are applied at a time.",
  },
  "http-retry": {
    type: "number",
    value: 9,
    min: 0,
    max: 100,
    help: "How often a failed download of an artifact is tried again.",
  },
  "artifact-max-size": {
    type: "number",
    value: limits.maxBytes,
    min: 1,
    help: "Largest artifact that is downloaded, in bytes; unpacked it may be four times as large.",
  },
  "no-remote-bases": {
    type: "boolean",
    value: false,
    help: "Refuse remote bases; they are always refused so far.",
  },
  "default-service-account": {
    type: "string",
    value: "",
    help: "ServiceAccount to apply as where spec.serviceAccountName is not set.",
  },
  "override-manager": { type: "list", value: [], help: "Field managers whose changes are undone." },
  "insecure-kubeconfig-exec": {
    type: "boolean",
    value: false,
    help: "Allow exec plugins in kubeconfigs of remote clusters.",
  },
  "insecure-kubeconfig-tls": {
    type: "boolean",
    value: false,
    help: "Allow kubeconfigs of remote clusters that do not verify TLS.",
  },
};

/** Feature gates and their defaults, as in Flux 2.9. */
export const gates = {
  AdditiveCELDependencyCheck: false,
  // Always on, whatever it says: a new revision is never kept waiting. Accepted, as people turn it on.
  CancelHealthCheckOnNewRevision: true,
  DisableFailFastBehavior: false,
  ExternalArtifact: false,
  StrictPostBuildSubstitutions: true,
};
