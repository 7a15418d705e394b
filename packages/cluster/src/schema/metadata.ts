/** metadata of every kind, built-in or custom. */
import { equal } from "../apply/typed.ts";
import { atMostBytes } from "./errors.ts";
import { dnsLabel, labelKey, labelValue, type NameCheck } from "./names.ts";
import type { FieldError, KubeObject, OwnerReference } from "./types.ts";

const MAX_ANNOTATIONS = 256 * 1024;
const IMMUTABLE = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
];

/** What is wrong with `metadata`; names have to pass `check`. On updates, what must not change is compared with `old`. */
export function validateMetadata(object: KubeObject, check: NameCheck, old?: KubeObject): FieldError[] {
  const { metadata } = object;
  const errors: FieldError[] = old ? changes(object, old) : names(object, check);
  const invalid = (field: string, value: unknown, details: string[]) => {
    for (const detail of details)
      errors.push({ path: `metadata.${field}`, type: "Invalid value", value, detail });
  };
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    invalid("labels", key, labelKey(key));
    invalid("labels", value, labelValue(String(value)));
  }
  let size = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    invalid("annotations", key, labelKey(key.toLowerCase()));
    size += Buffer.byteLength(key) + Buffer.byteLength(String(value));
  }
  if (size > MAX_ANNOTATIONS)
    errors.push({ path: "metadata.annotations", type: "Too long", detail: atMostBytes(MAX_ANNOTATIONS) });
  if (!old)
    for (const finalizer of metadata.finalizers ?? []) invalid("finalizers", finalizer, labelKey(finalizer));
  return [...errors, ...owners(metadata.ownerReferences ?? [])];
}

function names({ metadata }: KubeObject, check: NameCheck): FieldError[] {
  const { name, generateName, namespace } = metadata;
  const invalid = (field: string, value: string, details: string[]): FieldError[] =>
    details.map((detail) => ({ path: `metadata.${field}`, type: "Invalid value", value, detail }));
  return [
    ...(generateName ? invalid("generateName", generateName, check(generateName.replace(/-$/, "a"))) : []),
    ...(name
      ? invalid("name", name, check(name))
      : [
          {
            path: "metadata.name",
            type: "Required value" as const,
            detail: "name or generateName is required",
          },
        ]),
    ...(namespace ? invalid("namespace", namespace, dnsLabel(namespace)) : []),
  ];
}

function changes(object: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of IMMUTABLE) {
    const [value, was] = [object.metadata[field], old.metadata[field]];
    if (!equal(value, was))
      errors.push({
        path: `metadata.${field}`,
        type: "Invalid value",
        value: value ?? (field.endsWith("Timestamp") || field.endsWith("Seconds") ? null : ""),
        detail: "field is immutable",
      });
  }
  if (old.metadata.deletionTimestamp) {
    const extra = (object.metadata.finalizers ?? [])
      .filter((name) => !old.metadata.finalizers?.includes(name))
      .sort();
    if (extra.length > 0)
      errors.push({
        path: "metadata.finalizers",
        type: "Forbidden",
        detail: `no new finalizers can be added if the object is being deleted, found new finalizers []string{${extra.map((name) => JSON.stringify(name)).join(", ")}}`,
      });
  }
  return errors;
}

function owners(references: OwnerReference[]): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const [i, reference] of references.entries()) {
    for (const field of ["apiVersion", "kind", "name", "uid"] as const)
      if (!reference[field])
        errors.push({
          path: `metadata.ownerReferences[${i}].${field}`,
          type: "Required value",
          detail: "must not be empty",
        });
    if (!reference.controller) continue;
    const name = `${reference.kind}/${reference.name}`;
    if (controller !== undefined)
      errors.push({
        path: "metadata.ownerReferences",
        type: "Invalid value",
        value: references,
        detail: `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
      });
    else controller = name;
  }
  return errors;
}
