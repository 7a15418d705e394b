import type { KubeObject } from "@sluice/api";
import type { Resource } from "../catalogue.ts";
import { badRequest } from "../errors.ts";
import { objectMetaSchema } from "../schema/builtin.ts";
import { applyDefaults, decodeProblem, defaultBuiltin, prune } from "../schema/index.ts";
import type { Write } from "./write.ts";

/**
 * Schema work on what a client sent: unknown fields, then defaults. Changes `object` in place.
 * @param refuse makes the error for an object that does not fit; that of a create or update by default
 */
export function decode(
  resource: Resource,
  object: KubeObject,
  write: Write,
  refuse: (problem: string) => Error = (problem) => badRequest(`${cannotBe(resource)}: ${problem}`),
): void {
  const { schema } = resource;
  const misfit = schema && !resource.custom ? decodeProblem(object as never, schema) : undefined;
  if (misfit) throw refuse(misfit.slice(misfit.indexOf(": ") + 2));
  if (schema) {
    const paths = prune(object, schema);
    if (resource.custom) {
      paths.push(...prune(object.metadata, objectMetaSchema()).map((path) => `metadata.${path}`));
      paths.sort();
    }
    const unknown = paths.map((path) => `unknown field ${JSON.stringify(path)}`);
    // what comes twice in YAML is told first, in JSON last
    const behind = write.warnings.findLastIndex((text) => /^(yaml: |line \d+: key )/.test(text)) + 1;
    if (write.fieldValidation !== "Ignore") write.warnings.splice(behind, 0, ...unknown);
  }
  if (write.fieldValidation === "Strict" && write.warnings.length > 0)
    throw refuse(`strict decoding error: ${write.warnings.splice(0).join(", ")}`);
  complete(resource, object, write.keepNulls);
}

function cannotBe({ kind, version }: Resource): string {
  return `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`;
}

/** Fills in defaults, in place. */
function complete(resource: Resource, object: KubeObject, keepNulls?: boolean): void {
  if (resource.custom === undefined) defaultBuiltin(object as never);
  else if (resource.schema) applyDefaults(object, resource.schema, { keepNulls });
}
