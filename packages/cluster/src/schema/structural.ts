import type { Schema } from "./types.ts";
/** The schema of a CRD version; throws SchemaError if it is not structural. */
export function schemaOfCrd(openAPIV3Schema: object): Schema {
  return openAPIV3Schema as Schema;
}
