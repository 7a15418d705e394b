/** Strategic merge patch: RFC 7386 plus lists that merge by key, and directives, as apimachinery's strategicpatch defines them. */
import { equal } from "../apply/typed.ts";
import { goText, goType } from "../schema/gotext.ts";
import type { Schema } from "../schema/types.ts";
import { badPatch, internal, jsonType, unprocessable } from "./errors.ts";

type Json = Record<string, unknown>;

const DIRECTIVE = "$patch";
const RETAIN_KEYS = "$retainKeys";
const DELETE_FROM = "$deleteFromPrimitiveList";
const SET_ORDER = "$setElementOrder";

const isMap = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * `doc` with `patch` merged into it as the schema of its kind says. Neither is changed; the result shares parts with both.
 * Throws PatchError: 400 for malformed directives, 422 for lists of lists, 500 (as the API server) for the rest.
 */
export function strategicMergePatch(doc: unknown, patch: unknown, schema: Schema): unknown {
  if (!isMap(patch))
    throw badPatch(`json: cannot unmarshal ${jsonType(patch)} into Go value of type map[string]interface {}`);
  return mergeMap(isMap(doc) ? doc : {}, patch, schema);
}

type Strategy = { schema: Schema; replaces: boolean; merges: boolean; key: string };

/** How the field `name` of `schema` is patched. Fields of free-form maps merge, their lists are replaced. */
function strategyOf(schema: Schema, name: string): Strategy {
  const others = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  const field = schema.properties?.[name] ?? others;
  if (!field && schema.properties)
    throw internal(
      `unable to find api field in struct ${structName(schema)} for the json field ${JSON.stringify(name)}`,
    );
  const strategies = field?.patchStrategy?.split(",") ?? [];
  return {
    schema: field ?? {},
    replaces: strategies.includes("replace"),
    merges: strategies.includes("merge"),
    key: field?.patchMergeKey ?? "",
  };
}

const structName = (schema: Schema): string => schema.goType?.split(".").pop() ?? "";

function mergeMap(original: Json, patch: Json, schema: Schema): Json {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) {
    if (directive === "delete") return {};
    if (directive !== "replace")
      throw internal(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
    const { [DIRECTIVE]: _, ...rest } = patch;
    return rest;
  }
  const out = retainKeys(original, patch);
  const ordered = mergeOrderedLists(out, patch, schema);
  for (const [name, value] of Object.entries(patch)) {
    if (name === RETAIN_KEYS || name.startsWith(SET_ORDER) || ordered.has(name)) continue;
    if (name.startsWith(DELETE_FROM)) deleteFromList(out, name, value);
    else mergeField(out, name, value, schema);
  }
  return out;
}

function mergeField(out: Json, name: string, value: unknown, schema: Schema): void {
  const current = out[name];
  if (value === null) delete out[name];
  else if (isMap(value) && isMap(current)) {
    const { schema: below, replaces } = strategyOf(schema, name);
    out[name] = replaces ? value : mergeMap(current, value, below);
  } else if (Array.isArray(value) && Array.isArray(current)) {
    out[name] = mergeListField(current, value, strategyOf(schema, name));
  } else {
    const kept = withoutDirectives(value);
    if (kept === undefined) delete out[name];
    else out[name] = kept;
  }
}

/** A copy of `original`, reduced to the keys that `$retainKeys` names if the patch has it. */
function retainKeys(original: Json, patch: Json): Json {
  const retained = patch[RETAIN_KEYS];
  if (retained === undefined) return { ...original };
  if (!Array.isArray(retained)) throw badPatch("invalid patch format of retainKeys");
  const keys = new Set(retained);
  for (const [name, value] of Object.entries(patch)) {
    const isDirective = name === RETAIN_KEYS || name.startsWith(DELETE_FROM) || name.startsWith(SET_ORDER);
    if (!isDirective && value !== null && !keys.has(name))
      throw badPatch("invalid patch format of retainKeys");
  }
  return Object.fromEntries(Object.entries(original).filter(([name]) => keys.has(name)));
}

function deleteFromList(out: Json, directive: string, values: unknown): void {
  const name = targetOf(directive, DELETE_FROM, "invalid patch format of primitive list");
  const current = out[name];
  if (!Array.isArray(current) || !Array.isArray(values)) return;
  if (current.some(isMap) && values.length > 0)
    throw internal(`list element types are not identical: [${goText(current)} ${goText(values)}]`);
  out[name] = current.filter((item) => !values.includes(item));
}

/** The field that `$setElementOrder/<field>` and its like speak of. */
function targetOf(directive: string, prefix: string, message: string): string {
  if (!directive.startsWith(`${prefix}/`)) throw badPatch(message);
  return directive.slice(prefix.length + 1);
}

/** Merges the lists whose order the patch gives; returns their names, which need no more merging. */
function mergeOrderedLists(out: Json, patch: Json, schema: Schema): Set<string> {
  const done = new Set<string>();
  const invalid = "invalid patch format of setElementOrder list";
  for (const [directive, order] of Object.entries(patch)) {
    if (!directive.startsWith(SET_ORDER)) continue;
    if (!Array.isArray(order)) throw badArgument("[]interface {}", order);
    const name = targetOf(directive, SET_ORDER, invalid);
    const [current, wanted] = [out[name], patch[name]];
    for (const list of [current, wanted])
      if (list !== undefined && !Array.isArray(list)) throw badArgument("[]interface {}", list);
    const strategy = strategyOf(schema, name);
    const [ours, theirs] = [current as unknown[] | undefined, wanted as unknown[] | undefined];
    checkOrder(theirs ?? [], order, strategy.key);
    if (!ours && !theirs) continue;
    const merged = !theirs
      ? (ours as unknown[])
      : ours
        ? mergeListField(ours, theirs, strategy)
        : (withoutDirectives(theirs) as unknown[]);
    out[name] = arrange(merged, order, ours ?? [], strategy.key);
    done.add(name);
  }
  return done;
}

/** The patch's items must come in the order that it asks for. */
function checkOrder(items: unknown[], order: unknown[], key: string): void {
  if (items.length === 0 || order.length === 0) return;
  const kept = key === "" ? items : items.filter((item) => !isMap(item) || !(DIRECTIVE in item));
  let at = 0;
  for (const item of order) if (at < kept.length && identity(kept[at], key) === identity(item, key)) at++;
  if (at < kept.length)
    throw internal(
      `The order in patch list:\n${goText(items)}\n doesn't match ${SET_ORDER} list:\n${goText(order)}\n`,
    );
}

function mergeListField(original: unknown[], patch: unknown[], strategy: Strategy): unknown[] {
  return strategy.merges ? mergeList(original, patch, strategy) : patch;
}

function mergeList(original: unknown[], patch: unknown[], { schema, key }: Strategy): unknown[] {
  if (original.length === 0 && patch.length === 0) return original;
  if (!areMaps([...original, ...patch])) {
    const both = [...new Set([...original, ...patch])];
    return key === "" ? arrange(both, patch, original, "") : both;
  }
  if (key === "")
    throw internal(`cannot merge lists without merge key for ${schema.items ? "struct" : "interface"}`);
  let base = original as Json[];
  let isReplaced = false;
  const items: Json[] = [];
  for (const item of patch as Json[]) {
    const directive = item[DIRECTIVE];
    if (directive === undefined) items.push(item);
    else if (directive === "delete") {
      const gone = identity(item, key);
      base = base.filter((other) => other[key] !== gone);
    } else if (directive === "replace") isReplaced = true;
    else if (directive === "merge") throw internal("merging lists cannot yet be specified in the patch");
    else throw internal(`unknown patch type: ${goText(directive)} in map: ${goText(item)}`);
  }
  if (isReplaced) return items;
  const merged = [...base];
  for (const item of items) {
    const id = identity(item, key);
    const at = merged.findIndex((other) => other[key] === id);
    if (at < 0) merged.push(item);
    else merged[at] = mergeMap(merged[at] as Json, item, schema.items ?? {});
  }
  return arrange(merged, items, base, key);
}

/** Items that the patch names, in its order, with the others of the live list where they were relative to them. */
function arrange(merged: unknown[], order: unknown[], live: unknown[], key: string): unknown[] {
  const positions = (list: unknown[]) => {
    const map = new Map<unknown, number>();
    for (const [i, item] of list.entries())
      if (!map.has(identity(item, key))) map.set(identity(item, key), i);
    return map;
  };
  const [wanted, was] = [positions(order), positions(live)];
  const at = (map: Map<unknown, number>, item: unknown) => map.get(identity(item, key)) ?? -1;
  const named = merged.filter((item) => at(wanted, item) >= 0).sort((a, b) => at(wanted, a) - at(wanted, b));
  const others = merged.filter((item) => at(wanted, item) < 0).sort((a, b) => at(was, a) - at(was, b));
  const out: unknown[] = [];
  let [i, j] = [0, 0];
  while (i < others.length || j < named.length) {
    const [left, right] = [at(was, others[i]), at(was, named[j])];
    const takesOther = j >= named.length || (i < others.length && left >= 0 && right >= 0 && left < right);
    out.push(takesOther ? others[i++] : named[j++]);
  }
  return out;
}

/** What makes an item of a merging list the same as another: its merge key, or itself. */
function identity(item: unknown, key: string): unknown {
  if (key === "" || item === undefined) return item;
  if (!isMap(item)) throw badArgument("map[string]interface {}", item);
  if (item[key] === undefined)
    throw internal(`map: ${goText(item)} does not contain declared merge key: ${key}`);
  return item[key];
}

function areMaps(items: unknown[]): boolean {
  const types = new Set(items.map(goType));
  if (types.has("[]interface {}")) throw unprocessable("lists of lists are not supported");
  if (types.size > 1) throw internal(`list element types are not identical: ${goText(items)}`);
  return types.has("map[string]interface {}");
}

/** A value that is taken as it is loses its nulls and what is marked with a directive; undefined if that is all of it. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isMap(value)) return value;
  if (DIRECTIVE in value) return undefined;
  const out: Json = {};
  for (const [name, below] of Object.entries(value)) {
    const kept = below === null ? undefined : withoutDirectives(below);
    if (kept !== undefined) out[name] = kept;
  }
  return equal(out, value) ? value : out;
}

function badArgument(expected: string, actual: unknown) {
  return internal(`expected a ${expected}, but received a ${goType(actual)}`);
}
