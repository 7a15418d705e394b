/** Merging without ownership, as mutating policies do it (apiserver/pkg/admission/plugin/policy/mutating/patch/smd.go). */
import type { KubeObject, Schema } from "../schema/types.ts";
import { type Atom, entryAtom, rootAtom, shapeFor } from "./atoms.ts";
import { check, merge, problemText } from "./typed.ts";

export type Overlaid = { kind: "merged"; object: KubeObject } | { kind: "refused"; because: string };

/** `patch` laid over `live`: what it sets wins, nothing is removed. Atomic lists, maps and structs may not be in it. */
export function overlay(
  live: KubeObject,
  patch: Record<string, unknown>,
  schema: Schema | undefined,
): Overlaid {
  const atom = rootAtom(schema);
  const whole = { ...patch, apiVersion: live.apiVersion, kind: live.kind };
  const problems = check(whole, atom);
  if (problems.length > 0)
    return {
      kind: "refused",
      because: `failed to convert patch object to typed object: ${problemText(problems)}`,
    };
  const atomic = atomicPaths(whole, atom, "");
  if (atomic.length > 0)
    return {
      kind: "refused",
      because: `invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomic.join(", ")}`,
    };
  return { kind: "merged", object: merge(live, whole, atom) as KubeObject };
}

function atomicPaths(value: unknown, atom: Atom, path: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  const shape = shapeFor(atom, value);
  if (Array.isArray(value)) {
    if (shape !== "list" || !atom.list) return [];
    const { associative, element } = atom.list;
    const own = associative ? [] : [path];
    return [...own, ...value.flatMap((item, i) => atomicPaths(item, element, `${path}[${i}]`))];
  }
  if (shape !== "map" || !atom.map) return [];
  const { map } = atom;
  const own = map.atomic ? [path] : [];
  const below = Object.entries(value)
    .filter(([key]) => map.fields?.has(key))
    .flatMap(([key, each]) => atomicPaths(each, entryAtom(map, key)!, `${path}.${key}`));
  return [...own, ...below];
}
