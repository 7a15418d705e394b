/** Any Kubernetes object as it travels: verbatim JSON, never a class. */
export type KubeObject<Spec = any, Status = any> = {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Spec;
  status?: Status;
  [field: string]: unknown;
};

/** The part of `metadata` that Sluice reads; unknown fields are kept. Times are RFC 3339 strings. */
export type ObjectMeta = {
  name: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
  [field: string]: unknown;
};

export type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
};

export type ManagedFieldsEntry = {
  manager?: string;
  operation?: "Apply" | "Update";
  apiVersion?: string;
  time?: string;
  fieldsType?: "FieldsV1";
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
};

/** meta/v1 Condition, as every kind of Sluice carries it in `status.conditions`. */
export type Condition = {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
};

/** A kind's identity: enough to address it over REST. `group` is "" for the core group. */
export type GroupVersionKind = { group: string; version: string; kind: string };

/** Which object: what an inventory entry, an event and a reference have in common. */
export type ObjectRef = { group: string; version: string; kind: string; namespace?: string; name: string };

/** Splits an apiVersion ("apps/v1", "v1") into group ("apps", "") and version. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** Joins a group and a version into an apiVersion. */
export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === "" ? version : `${group}/${version}`;
}

/** The reference that names `object`. */
export function refOf(object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return { ...splitApiVersion(object.apiVersion), kind: object.kind, namespace, name };
}
