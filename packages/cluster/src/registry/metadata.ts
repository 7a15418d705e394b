import { type KubeObject, labelKey, labelValue, type NameRule, type ObjectMeta } from "@sluice/api";
import { same } from "../plain.ts";
import type { FieldError } from "../schema/index.ts";

const error = (path: string, type: FieldError["type"], value: unknown, detail: string): FieldError => ({
  path: `metadata.${path}`,
  type,
  value,
  detail,
});

/**
 * Complaints about the metadata of a new or changed object: name, labels, annotations, finalizers, owners.
 * @param custom an object of a delegated server (custom resources, definitions), whose finalizers need no domain
 */
export function metadataErrors(metadata: ObjectMeta, rule: NameRule, custom = false): FieldError[] {
  const found: FieldError[] = [];
  const { name, generateName } = metadata;
  if (generateName)
    for (const detail of rule(generateName.replace(/-$/, "a")))
      found.push(error("generateName", "Invalid value", generateName, detail));
  if (!name) {
    found.push(error("name", "Required value", "", "name or generateName is required"));
  } else for (const detail of rule(name)) found.push(error("name", "Invalid value", name, detail));
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    for (const detail of labelKey(key)) found.push(error("labels", "Invalid value", key, detail));
    for (const detail of labelValue(value)) found.push(error("labels", "Invalid value", value, detail));
  }
  let size = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    // annotations may be written in upper case; only the syntax of the name counts
    for (const detail of labelKey(key.toLowerCase()))
      found.push(error("annotations", "Invalid value", key, detail));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > 262144) found.push(error("annotations", "Too long", "", "may not be more than 262144 bytes"));
  found.push(...ownerErrors(metadata), ...finalizerErrors(metadata, custom));
  return found;
}

function ownerErrors({ ownerReferences = [] }: ObjectMeta): FieldError[] {
  const found: FieldError[] = [];
  for (const owner of ownerReferences)
    for (const field of ["apiVersion", "kind", "name", "uid"] as const)
      if (!owner[field]) {
        const detail = field === "apiVersion" ? "version must not be empty" : "must not be empty";
        found.push(error(`ownerReferences.${field}`, "Invalid value", owner[field] ?? "", detail));
      }
  for (const owner of ownerReferences)
    if (owner.apiVersion === "v1" && owner.kind === "Event")
      found.push(
        error("ownerReferences", "Invalid value", owner, "/v1, Kind=Event is disallowed from being an owner"),
      );
  const controllers = ownerReferences.filter((owner) => owner.controller);
  if (controllers.length > 1)
    found.push(
      error(
        "ownerReferences",
        "Invalid value",
        ownerReferences,
        `Only one reference can have Controller set to true. Found "true" in references for ${controllers
          .slice(0, 2)
          .map(({ kind, name }) => `${kind}/${name}`)
          .join(" and ")}`,
      ),
    );
  return found;
}

/** Warnings about finalizers that custom resources may have but should not. */
export function finalizerWarnings({ finalizers = [] }: ObjectMeta): string[] {
  return finalizers.filter(isUnqualified).map((each) => {
    const better = each.includes(".") ? "name including a path (/)" : "name";
    const reason = "to avoid accidental conflicts with other finalizer writers";
    return `metadata.finalizers: ${JSON.stringify(each)}: prefer a domain-qualified finalizer ${better} ${reason}`;
  });
}

function isUnqualified(finalizer: string): boolean {
  return !finalizer.includes("/") && !STANDARD_FINALIZERS.includes(finalizer);
}

const STANDARD_FINALIZERS = ["orphan", "foregroundDeletion", "kubernetes"];

function finalizerErrors({ finalizers = [] }: ObjectMeta, custom: boolean): FieldError[] {
  const found: FieldError[] = [];
  for (const finalizer of finalizers)
    for (const detail of labelKey(finalizer))
      found.push(error("finalizers", "Invalid value", finalizer, detail));
  const unqualified = "name is neither a standard finalizer name nor is it fully qualified";
  finalizers.forEach((finalizer, index) => {
    if (!custom && isUnqualified(finalizer))
      found.push(error(`finalizers[${index}]`, "Invalid value", finalizer, unqualified));
  });
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion"))
    found.push(
      error(
        "finalizers",
        "Invalid value",
        finalizers,
        "finalizer orphan and foregroundDeletion cannot be both set",
      ),
    );
  return found;
}

/** What a client cannot change: filled in from the old object where absent, and complained about where different. */
export function keepSystemFields(next: KubeObject, old: KubeObject): FieldError[] {
  const found: FieldError[] = [];
  const metadata = next.metadata;
  metadata.creationTimestamp = old.metadata.creationTimestamp!;
  for (const field of ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
    const before = old.metadata[field];
    if (metadata[field] === undefined || metadata[field] === null) {
      if (before === undefined) delete metadata[field];
      else Object.assign(metadata, { [field]: before });
    } else if (!same(metadata[field], before))
      found.push(error(field, "Invalid value", metadata[field], "field is immutable"));
  }
  if (old.metadata.generation === undefined) delete metadata.generation;
  else metadata.generation = old.metadata.generation;
  if (old.metadata.generateName && !metadata.generateName) metadata.generateName = old.metadata.generateName;
  if (old.metadata.deletionTimestamp) {
    const added = (metadata.finalizers ?? []).filter(
      (each) => !(old.metadata.finalizers ?? []).includes(each),
    );
    if (added.length > 0)
      found.push(
        error(
          "finalizers",
          "Forbidden",
          undefined,
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((each) => JSON.stringify(each)).join(", ")}}`,
        ),
      );
  }
  return found;
}
