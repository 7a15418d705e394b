export { builtinDefinitions, type Definition, schemaOfBuiltin } from "./builtin.ts";
export { decodeProblem } from "./decode.ts";
export { applyDefaults } from "./defaults.ts";
export { type FieldCause, fieldCause, fieldMessage, SchemaError } from "./errors.ts";
export { defaultBuiltin, validateBuiltin } from "./native.ts";
export { prune } from "./prune.ts";
export { schemaOfCrd } from "./structural.ts";
export type * from "./types.ts";
export { validate } from "./validate.ts";
