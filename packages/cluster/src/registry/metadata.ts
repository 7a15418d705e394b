import type { KubeObject, ObjectMeta } from "@sluice/api";
import { same } from "../plain.ts";
import type { FieldError } from "../schema/index.ts";
import { keyProblems, valueProblems } from "../selectors/labels.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/** How the names of a kind are checked. */
export type NameRule = "subdomain" | "label" | "label-1035" | "path-segment";

/** Every complaint about the syntax of an object's name. */
export function nameProblems(name: string, rule: NameRule): string[] {
  switch (rule) {
    case "subdomain":
      return [
        ...(name.length > 253 ? ["must be no more than 253 characters"] : []),
        ...(SUBDOMAIN.test(name) ? [] : [SUBDOMAIN_RULE]),
      ];
    case "label":
      if (name.includes(".")) return ["must not contain dots"];
      return [
        ...(name.length > 63 ? ["must be no more than 63 bytes"] : []),
        ...(LABEL.test(name) ? [] : [LABEL_RULE]),
      ];
    case "label-1035":
      return [
        ...(name.length > 63 ? ["must be no more than 63 bytes"] : []),
        ...(LABEL_1035.test(name) ? [] : [LABEL_1035_RULE]),
      ];
    case "path-segment":
      if (name === "." || name === "..") return [`may not be '${name}'`];
      return ["/", "%"].filter((each) => name.includes(each)).map((each) => `may not contain '${each}'`);
  }
}

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
    for (const detail of nameProblems(generateName.replace(/-$/, "a"), rule))
      found.push(error("generateName", "Invalid value", generateName, detail));
  if (!name) {
    found.push(error("name", "Required value", "", "name or generateName is required"));
  } else
    for (const detail of nameProblems(name, rule)) found.push(error("name", "Invalid value", name, detail));
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    for (const detail of keyProblems(key)) found.push(error("labels", "Invalid value", key, detail));
    for (const detail of valueProblems(value)) found.push(error("labels", "Invalid value", value, detail));
  }
  let size = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    // annotations may be written in upper case; only the syntax of the name counts
    for (const detail of keyProblems(key.toLowerCase()))
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
    for (const detail of keyProblems(finalizer))
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
