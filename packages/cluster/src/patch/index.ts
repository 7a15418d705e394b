export { detailOf, jsonType, PatchError } from "./errors.ts";
export { jsonPatch } from "./json.ts";
export { mergePatch } from "./merge.ts";
export { strategicMergePatch } from "./strategic.ts";
