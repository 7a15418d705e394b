import type { KubeObject } from "@sluice/api";
import { without } from "../plain.ts";

/** The fields of metadata in the order of Go's struct. */
const METADATA = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
];

/** The object with its metadata without what is empty: undefined fields, `{}` labels, `[]` finalizers, as Go leaves them out. */
export function compact(object: KubeObject): KubeObject {
  const metadata: Record<string, unknown> = {};
  for (const key of METADATA) {
    const value = object.metadata[key];
    // the storage fills the version in
    if (key === "resourceVersion") metadata[key] = value ?? "";
    else if (!isEmpty(value) && !(key === "generation" && value === 0)) metadata[key] = value;
  }
  return { ...object, metadata: metadata as KubeObject["metadata"] };
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** The object without what changes on every write: a write that changes nothing else is none. */
export function timeless(object: KubeObject): KubeObject {
  const managedFields = object.metadata.managedFields?.map((each) => without(each, "time"));
  return {
    ...object,
    metadata: { ...without(object.metadata, "resourceVersion"), ...(managedFields ? { managedFields } : {}) },
  };
}
