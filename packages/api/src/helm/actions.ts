/** The parts of a HelmRelease that say how each Helm action is run. */
import { boolean, defaulted, duration, integer, list, object, oneOf, optional, string } from "../schema.ts";

const timeout = optional(
  duration("How long each Kubernetes operation of this action may take; `spec.timeout` unless given."),
);
const disableWait = optional(boolean("Do not wait for the objects to be ready."));
const disableWaitForJobs = optional(boolean("Do not wait for Jobs to complete."));
const disableHooks = optional(boolean("Do not run the chart's hooks."));
const disableOpenAPIValidation = optional(
  boolean("Do not check the manifests against the cluster's OpenAPI schema."),
);
const disableSchemaValidation = optional(boolean("Do not check the values against the chart's JSON schema."));
const disableTakeOwnership = optional(
  boolean(
    "Fail on objects that exist already and belong to nobody or to another release, instead of taking them over.",
  ),
);
const cleanupOnFail = optional(boolean("Delete objects that this action created if it fails."));
const serverSideApply = optional(
  oneOf("Apply on the server; `auto` does as the release was applied before.", [
    "enabled",
    "disabled",
    "auto",
  ]),
);

const crds = (otherwise: string) =>
  optional(
    oneOf(
      `What to do with the CRDs in the chart's crds/ directory; ${otherwise} unless given. None are ever deleted.`,
      ["Skip", "Create", "CreateReplace"],
    ),
  );

const remediation = {
  retries: optional(
    integer("How often to try again after a failure; negative for without end, 0 unless given."),
  ),
  ignoreTestFailures: optional(
    boolean("Do not take failed tests for a failure; as `spec.test` says unless given."),
  ),
};

const strategyFields = {
  name: oneOf("Undo the failed action before trying again, or try again in place.", [
    "RemediateOnFailure",
    "RetryOnFailure",
  ]),
  retryInterval: optional(duration("How soon to try again, with RetryOnFailure; 5m unless given.")),
};

export const install = object("How to install.", {
  timeout,
  strategy: optional(
    object("What to do about failures.", strategyFields, {
      rules: [
        {
          rule: "!has(self.retryInterval) || self.name != 'RemediateOnFailure'",
          message: "retryInterval needs name RetryOnFailure",
        },
      ],
    }),
  ),
  remediation: optional(
    object("How to recover from a failed install: uninstall and try again.", {
      ...remediation,
      remediateLastFailure: optional(boolean("Uninstall after the last failure too; false unless given.")),
    }),
  ),
  disableTakeOwnership,
  disableWait,
  disableWaitForJobs,
  disableHooks,
  disableOpenAPIValidation,
  disableSchemaValidation,
  replace: optional(boolean("Use the name of a deleted release again.")),
  skipCRDs: optional(boolean("Deprecated: use `crds: Skip`.")),
  crds: crds("Create"),
  createNamespace: optional(
    boolean("Create the target namespace if it is missing; it is not deleted with the release."),
  ),
  serverSideApply: optional(boolean("Apply on the server; true unless given.")),
});

export const upgrade = object("How to upgrade.", {
  timeout,
  strategy: optional(
    object("What to do about failures.", strategyFields, {
      rules: [
        {
          rule: "!has(self.retryInterval) || self.name == 'RetryOnFailure'",
          message: "retryInterval needs name RetryOnFailure",
        },
      ],
    }),
  ),
  remediation: optional(
    object("How to recover from a failed upgrade.", {
      ...remediation,
      remediateLastFailure: optional(
        boolean("Recover after the last failure too; true unless given if `retries` is more than 0."),
      ),
      strategy: optional(oneOf("Roll back (unless given) or uninstall.", ["rollback", "uninstall"])),
    }),
  ),
  chartNameChangeStrategy: optional(
    oneOf(
      "When the chart has another name than before: upgrade all the same, or uninstall first (unless given).",
      ["InPlaceUpdate", "Reinstall"],
    ),
  ),
  disableTakeOwnership,
  disableWait,
  disableWaitForJobs,
  disableHooks,
  disableOpenAPIValidation,
  disableSchemaValidation,
  force: optional(boolean("Replace objects instead of patching them.")),
  preserveValues: optional(boolean("Start from the values of the last release.")),
  cleanupOnFail,
  crds: crds("Skip"),
  serverSideApply,
});

export const test = object("Whether and how to run the chart's tests.", {
  enable: optional(boolean("Run them after each install and upgrade.")),
  timeout,
  ignoreFailures: optional(boolean("Do not take failed tests for a failure of the release.")),
  filters: optional(
    list(
      "Which tests to run; all unless given.",
      object("One test.", {
        name: string("Name of the test.", { minLength: 1, maxLength: 253 }),
        exclude: optional(boolean("Leave this one out instead.")),
      }),
    ),
  ),
});

export const rollback = object("How to roll back.", {
  timeout,
  disableWait,
  disableWaitForJobs,
  disableHooks,
  recreate: optional(boolean("Deprecated and without effect: Helm no longer restarts pods.")),
  force: optional(boolean("Replace objects instead of patching them.")),
  cleanupOnFail,
  serverSideApply,
});

export const uninstall = object("How to uninstall.", {
  timeout,
  disableHooks,
  keepHistory: optional(boolean("Keep the release records and mark the release as deleted.")),
  disableWait: optional(boolean("Do not wait until the objects are gone.")),
  deletionPropagation: defaulted(
    "background",
    oneOf("What deleting does to the objects that the objects own.", ["background", "foreground", "orphan"]),
  ),
});
