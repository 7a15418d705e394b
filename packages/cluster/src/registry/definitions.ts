import type { KubeObject } from "@sluice/api";

type Data = Record<string, any>;

/** The table of CustomResourceDefinitions. */
export const DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions";

/** Holds a definition back until its objects are gone; `system/definitions.ts` sees to that. */
export const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

/** Fills in the defaults of a CustomResourceDefinition. Changes `crd`. */
export function defaultDefinition(crd: KubeObject): void {
  const spec: Data = (crd.spec ??= {});
  const names: Data = (spec["names"] ??= {});
  names["singular"] ??= String(names["kind"] ?? "").toLowerCase();
  names["listKind"] ??= names["kind"] ? `${names["kind"]}List` : "";
  spec["conversion"] ??= { strategy: "None" };
  const service: Data | undefined = spec["conversion"].webhook?.clientConfig?.service;
  if (service) service["port"] ??= 443;
}

/** Objects may lie in the storage version from the moment it is one. Changes `crd`. */
export function noteStorageVersion(crd: KubeObject): void {
  const storage = (crd.spec["versions"] ?? []).find((version: Data) => version["storage"])?.name;
  const stored: string[] = crd.status?.storedVersions ?? [];
  if (storage !== undefined && !stored.includes(storage))
    crd.status = { ...crd.status, storedVersions: [...stored, storage] };
}

/** The status that a new definition begins with: no names accepted yet. Changes `crd`. */
export function beginDefinition(crd: KubeObject): void {
  const stored = (crd.spec["versions"] ?? []).filter((version: Data) => version["storage"]);
  crd.status = {
    conditions: null,
    acceptedNames: { plural: "", kind: "" },
    storedVersions: stored.map((version: Data) => version["name"]),
  };
}

/** A definition that is marked for deletion: held until its objects are gone, and saying so. */
export function markedDefinition(crd: KubeObject, now: string): KubeObject {
  const { finalizers = [] } = crd.metadata;
  const conditions: Data[] = crd.status?.conditions ?? [];
  const terminating = {
    type: "Terminating",
    status: "True",
    lastTransitionTime: now,
    reason: "InstanceDeletionPending",
    message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  };
  return {
    ...crd,
    metadata: {
      ...crd.metadata,
      finalizers: finalizers.includes(CLEANUP) ? finalizers : [...finalizers, CLEANUP],
    },
    status: { ...crd.status, conditions: [...conditions, terminating] },
  };
}
