import { EMPTY, noteField, noteOf, type Scalar } from "@sluice/yaml";
import { fail } from "../errors.ts";
import {
  get,
  holdsQuoted,
  isList,
  isMap,
  isNull,
  isScalar,
  isTaggedFloat,
  isTypedWord,
  isUntyped,
  kindName,
  markUntyped,
  type Node,
  type NodeMap,
  set,
  takeUntyped,
  textOf,
} from "../node.ts";
import { apiVersionOf, kindOf } from "../resource.ts";
import { assign } from "../shared.ts";
import { mergeLists } from "./list.ts";
import { fieldSchema, type Schema, type SchemaState, schemaOfComment, schemaOfKind } from "./schema.ts";

/**
 * Merges a strategic merge patch into an object, as kustomize does: lists merge by the keys of the schema, items of the
 * patch first; null deletes; `$patch` deletes, replaces or merges. Both arguments are edited. Undefined means deleted.
 */
export function mergePatch(dest: NodeMap, patch: NodeMap, state: SchemaState): NodeMap | undefined {
  // kustomize edits the object in place and drops what stands for the whole of it.
  if (textOf(get(patch, "$patch")) === "replace") return dest;
  const merged = new Merge(state, "prepend").walk(dest, patch, undefined, []);
  return isMap(merged) ? merged : undefined;
}

export type Directive = "merge" | "replace" | "delete";

/** One merge: what every step needs to know. `increase` says whether new list items go first or last. */
export class Merge {
  readonly state: SchemaState;
  readonly increase: "prepend" | "append";
  readonly infer: boolean;

  constructor(state: SchemaState, increase: "prepend" | "append", infer = false) {
    this.state = state;
    this.increase = increase;
    this.infer = infer;
  }

  /** The merged node; undefined when nothing is left. */
  walk(
    dest: Node | undefined,
    patch: Node | undefined,
    known: Schema | undefined,
    path: string[],
  ): Node | undefined {
    const lead = isNull(dest) ? patch : dest;
    if (isList(lead)) {
      expectKind(isList, "SequenceNode", dest, patch, path);
      if (isAssociative(known, this.infer, dest, patch)) return mergeLists(this, dest, patch, known, path);
      return patch === undefined ? dest : patch;
    }
    if (isNull(lead) || isMap(lead)) {
      expectKind(isMap, "MappingNode", dest, patch, path);
      return this.walkMap(dest, patch, known ?? this.ownSchema(dest) ?? this.ownSchema(patch), path);
    }
    expectKind(isScalar, "ScalarNode", dest, patch, path);
    return patch === undefined ? dest : patch;
  }

  /** The schema of a map that says itself what kind it is. */
  private ownSchema(node: Node | undefined): Schema | undefined {
    if (!isMap(node)) return undefined;
    const kind = kindOf(node);
    const apiVersion = apiVersionOf(node);
    return kind === "" || apiVersion === "" ? undefined : schemaOfKind(this.state, apiVersion, kind);
  }

  /** The schema that a comment gives for a field, in the object or else in the patch. */
  private commented(dest: NodeMap, patch: NodeMap | undefined, field: string): Schema | undefined {
    for (const map of patch ? [dest, patch] : [dest]) {
      const note = noteOf(map, field);
      const schema = note?.startsWith("{") ? schemaOfComment(note) : undefined;
      if (schema) return schema;
    }
    return undefined;
  }

  private walkMap(
    dest: Node | undefined,
    patch: Node | undefined,
    schema: Schema | undefined,
    path: string[],
  ): Node | undefined {
    const base = chooseMap(dest, patch);
    if (!isMap(base)) return base;
    // A map that the patch brings new is merged with itself: that carries out the directives inside.
    const source = isMap(patch) ? patch : undefined;
    for (const field of takeUntyped(base)) typeAsText(base, field);
    for (const field of fieldsOf(base, source)) {
      const had = get(base, field);
      if (had === EMPTY && isUntyped(base, field) && (!source || get(source, field) === undefined)) continue;
      const known = this.commented(base, source, field) ?? fieldSchema(schema, field);
      const merged = this.walk(had, source && get(source, field), known, [...path, field]);
      const keepNull = isNull(merged) && isNull(had) && (!source || get(source, field) === undefined);
      if (merged === undefined || (isNull(merged) && !keepNull)) delete base[field];
      else if (merged !== had) setMerged(base, field, merged, source);
      if (typeof merged === "string" && (had === undefined || merged === had))
        noteTypedWord(base, field, merged);
    }
    return base;
  }
}

/**
 * What kustomize would write without quotes, and read back as something else, it puts in quotes. An empty text goes on without a
 * type: it is no null before it is printed.
 */
function typeAsText(map: NodeMap, field: string): void {
  const value = get(map, field);
  if (value === EMPTY) markUntyped(map, field);
  else if (value !== undefined && isScalar(value)) set(map, field, textOf(value));
}

/** Words that are booleans to YAML 1.1 alone are in quotes once a merge has come by, and so is what takes their place. */
function noteTypedWord(map: NodeMap, field: string, text: string): void {
  if (isTypedWord(text) && !noteOf(map, field)) noteField(map, field, "quoted");
}

/** Sets a field; where a string in quotes stood, the new value is in quotes as well, and so a string, unless a tag says other. */
function setMerged(map: NodeMap, field: string, value: Node, patch: NodeMap | undefined): void {
  const old = get(map, field);
  const note = patch && noteOf(patch, field);
  if (note && (old === undefined || note.startsWith("{"))) noteField(map, field, note);
  const retyped = isScalar(value) && typeof value !== "string" && !isNull(value) && !isTaggedFloat(value);
  const asText = retyped && holdsQuoted(map, field);
  assign(map, field, asText ? textOf(value as Scalar) : value);
}

/** Which of two maps is built upon; undefined deletes the field, a null stays as it is spelt. */
function chooseMap(dest: Node | undefined, patch: Node | undefined): Node | undefined {
  if (isNull(dest)) {
    if (isMap(patch) && directiveOf(patch) === "delete") return undefined;
    // A null that is spelt out survives where the patch is silent; a key without a value does not.
    if (patch === undefined && dest !== undefined) return textOf(dest) === "" ? undefined : dest;
    return patch;
  }
  if (patch === undefined) return dest;
  if (isNull(patch)) return undefined;
  switch (directiveOf(patch as NodeMap)) {
    case "delete":
      return undefined;
    case "replace":
      return patch;
    case "merge":
      return dest;
  }
}

function fieldsOf(dest: NodeMap, patch: NodeMap | undefined): string[] {
  const fields = Object.keys(dest);
  if (patch && patch !== dest)
    for (const key of Object.keys(patch)) if (!Object.hasOwn(dest, key)) fields.push(key);
  return fields;
}

/** The `$patch` directive of a map, taken out of it. */
function directiveOf(map: NodeMap): Directive {
  const value = get(map, "$patch");
  if (value === undefined) return "merge";
  const text = textOf(value);
  if (text !== "merge" && text !== "replace" && text !== "delete") {
    return fail("invalid-config", `unknown patch strategy '${text}'`);
  }
  delete map.$patch;
  return text;
}

function isAssociative(
  schema: Schema | undefined,
  infer: boolean,
  dest: Node | undefined,
  patch: Node | undefined,
): boolean {
  if (schema) return schema.merge !== undefined;
  if (!infer) return false;
  return [dest, patch].some(
    (list) => isList(list) && list.every((item) => isMap(item) && get(item, "name") !== undefined),
  );
}

function expectKind(
  accepts: (node: unknown) => boolean,
  expected: string,
  dest: Node | undefined,
  patch: Node | undefined,
  path: string[],
): void {
  for (const node of [dest, patch]) {
    if (node === undefined || isNull(node) || accepts(node)) continue;
    const where = path.length > 0 ? ` at ${path.join(".")}` : "";
    fail("invalid-config", `wrong node kind: expected ${expected} but got ${kindName(node)}${where}`);
  }
}
