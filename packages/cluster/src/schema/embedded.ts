/** Objects inside of objects (x-kubernetes-embedded-resource) say what they are. */
import { dns1035Label } from "@sluice/api";
import type { FieldError, Schema } from "./types.ts";

type Json = Record<string, unknown>;

/** What is wrong with apiVersion and kind of the objects that `value` embeds. */
export function validateEmbedded(value: unknown, schema: Schema | undefined, path = ""): FieldError[] {
  if (!schema || typeof value !== "object" || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((item, i) => validateEmbedded(item, schema.items, `${path}[${i}]`));
  const errors = schema.embeddedResource ? checkHead(value as Json, path) : [];
  const others = schema.additionalProperties;
  for (const [key, below] of Object.entries(value)) {
    const property = schema.properties?.[key];
    if (property) errors.push(...validateEmbedded(below, property, path === "" ? key : `${path}.${key}`));
    else if (typeof others === "object") errors.push(...validateEmbedded(below, others, `${path}[${key}]`));
  }
  return errors;
}

function checkHead(object: Json, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const invalid = (field: string, detail: string) =>
    errors.push({ path: `${path}.${field}`, type: "Invalid value", value: object[field], detail });
  for (const field of ["apiVersion", "kind"]) {
    const value = object[field];
    if (value === undefined) errors.push({ path: `${path}.${field}`, type: "Required value", detail: "" });
    else if (typeof value !== "string") invalid(field, "must be a string");
    else if (value === "") invalid(field, "must not be empty");
    else if (field === "apiVersion" && value.split("/").length > 2)
      invalid(field, `unexpected GroupVersion string: ${value}`);
    else if (field === "kind")
      for (const problem of dns1035Label(value.toLowerCase()))
        invalid(field, `may have mixed case, but should otherwise match: ${problem}`);
  }
  return errors;
}
