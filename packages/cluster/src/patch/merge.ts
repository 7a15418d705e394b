/** RFC 7386. */
import { badPatch, jsonType } from "./errors.ts";

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * `doc` with `patch` merged into it: null deletes, objects merge, everything else replaces. Neither is changed; the result shares parts
 * with both. Throws PatchError (400) for a patch that is not an object.
 */
export function mergePatch(doc: unknown, patch: unknown): unknown {
  if (!isMap(patch))
    throw badPatch(
      `error decoding patch: json: cannot unmarshal ${jsonType(patch)} into Go value of type map[string]interface {}`,
    );
  return merge(doc, patch);
}

function merge(doc: unknown, patch: Json): Json {
  const out: Json = isMap(doc) ? { ...doc } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = isMap(value) ? merge(isMap(doc) ? doc[key] : undefined, value) : withoutNulls(value);
  }
  return out;
}

/** Objects inside of lists lose their nulls, too; items that are null stay. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  return isMap(value) ? merge(undefined, value) : value;
}
