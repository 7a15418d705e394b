import {
  copyNotes,
  EMPTY,
  foldedFields,
  forgetNotes,
  noteField,
  noteOf,
  Raw,
  refold,
  resolvePlain,
  type Scalar,
  setOwn,
  tagName,
  timestamp,
} from "@sluice/yaml";
import { fail } from "./errors.ts";
import { assign, part } from "./shared.ts";

/** A resource's data while it is built: JSON, plus Raw for scalars whose spelling has to survive. */
export type Node = Scalar | Raw | Node[] | NodeMap;
export type NodeMap = { [key: string]: Node };

export const isMap = (node: unknown): node is NodeMap =>
  typeof node === "object" && node !== null && !Array.isArray(node) && !(node instanceof Raw);
export const isList = (node: unknown): node is Node[] => Array.isArray(node);
export const isScalar = (node: unknown): node is Scalar | Raw => !isMap(node) && !isList(node);

/** A null in any spelling, or nothing at all. */
export const isNull = (node: unknown): boolean =>
  node === null || node === undefined || (node instanceof Raw && node.value === null);

/** Missing, null, `{}` or `[]`: what kustomize counts as empty. */
export function isEmpty(node: unknown): boolean {
  if (isNull(node)) return true;
  if (isList(node)) return node.length === 0;
  return isMap(node) && isEmptyMap(node);
}

export function isEmptyMap(map: NodeMap): boolean {
  for (const key in map) if (Object.hasOwn(map, key)) return false;
  return true;
}

/** A field of a map; undefined when absent. */
export function get(map: NodeMap, key: string): Node | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

export function set(map: NodeMap, key: string, value: Node): void {
  setOwn(map, key, value);
}

/** A field that is a map, or undefined. */
export function mapAt(node: Node | undefined, ...path: string[]): NodeMap | undefined {
  let at: Node | undefined = node;
  for (const key of path) at = isMap(at) ? get(at, key) : undefined;
  return isMap(at) ? at : undefined;
}

/** The text of a scalar as it was spelt; "" for an empty null, a map or a list. */
export function textOf(node: Node | undefined): string {
  if (typeof node === "string") return node;
  if (node instanceof Raw) return node.text;
  if (node === null) return "null";
  if (typeof node === "number" || typeof node === "boolean" || typeof node === "bigint") return String(node);
  return "";
}

/** The value of a scalar, without its spelling. */
export function valueIn(node: Scalar | Raw): Scalar {
  return node instanceof Raw ? node.value : node;
}

/** A scalar from plain text, typed by what it looks like. */
export function plainScalar(text: string): Scalar | Raw {
  const value = resolvePlain(text, "node");
  if (value === text) return value;
  if (value === null) return text === "" ? EMPTY : text === "null" ? null : new Raw(text, null);
  return String(value) === text ? value : new Raw(text, value);
}

/** Text where another type has to stand. It is an error when the object leaves the build, and only then. */
class Mistyped extends Raw {
  readonly type: string;
  constructor(text: string, type: string) {
    super(text, text);
    this.type = type;
  }
}

/** Whether a tag made a float of an integer. Its spelling is kept though it says nothing, which tells it from others. */
export const isTaggedFloat = (node: Node): boolean =>
  node instanceof Raw && typeof node.value === "number" && String(node.value) === node.text;

/** New text for a scalar that keeps its type: a string stays one, a number must get a number. */
export function withText(old: Scalar | Raw, text: string): Scalar | Raw {
  const type = tagOf(old);
  if (type === "!!str") return text;
  const next = plainScalar(text);
  const nextType = tagOf(next);
  return nextType === type || (type === "!!float" && nextType === "!!int") ? next : new Mistyped(text, type);
}

/**
 * A scalar as it is printed and as JSON has it: its value, without its spelling. In brackets kustomize cannot write nothing, and
 * writes an empty text.
 */
export function printedValue(node: Raw, inBrackets: boolean): Scalar {
  if (inBrackets && node === EMPTY) return "";
  if (!(node instanceof Mistyped)) return node.value;
  return fail("invalid-config", `cannot decode ${tagOf(plainScalar(node.text))} as a ${node.type}`);
}

/** Whether a node is a text for kustomize, folded ones included; a time is none. */
export const isText = (node: Node): boolean => isScalar(node) && tagOf(node) === "!!str";

/** The type of a scalar as kustomize keeps it; a time is a type of its own until it is printed. */
function tagOf(node: Scalar | Raw): string {
  if (node instanceof Mistyped) return node.type;
  if (isTaggedFloat(node)) return "!!float";
  const time = node instanceof Raw && typeof node.value === "string" && timestamp(node.text) !== undefined;
  if (time) return "!!timestamp";
  const value = valueIn(node);
  if (typeof value !== "number") return tagName(value);
  return INTEGER.test(textOf(node)) && Number.isSafeInteger(value) ? "!!int" : "!!float";
}

/** How integers are written; 1.0 and 1e3 are floats whatever they are worth. */
const INTEGER = /^[-+]?(?:0x[\da-f_]+|0o?[0-7_]+|0b[01_]+|\d[\d_]*)$/i;

/** Gives folded texts of a map the lines that kustomize's rewriting gives them. */
export function unfold(map: NodeMap): void {
  foldedFields(map, (key) => {
    const value = get(map, key);
    if (typeof value === "string") set(map, key, refold(value));
  });
}

export function deepCopy<T extends Node>(node: T): T {
  if (isScalar(node)) return node;
  const copy: Node[] | NodeMap = isList(node) ? node.map(deepCopy) : {};
  if (isMap(node) && isMap(copy))
    for (const key in node) if (Object.hasOwn(node, key)) set(copy, key, deepCopy(node[key]!));
  copyNotes(node, copy);
  const fields = untyped.get(node);
  if (fields) untyped.set(copy, new Set(fields));
  return copy as T;
}

const untyped = new WeakMap<object, Set<string>>();

/**
 * Notes that a field or item got its value as text without a type, as replacements create them. It counts as what it looks like,
 * until a merge comes by: kustomize makes it a string then.
 */
export function markUntyped(map: NodeMap | Node[], key: string): void {
  const fields = untyped.get(map);
  if (fields) fields.add(key);
  else untyped.set(map, new Set([key]));
}

export function isUntyped(map: NodeMap | Node[], key: string): boolean {
  return untyped.get(map)?.has(key) === true;
}

/** Fields without a type, which are none after this. */
export function takeUntyped(map: NodeMap | Node[]): ReadonlySet<string> {
  const fields = untyped.get(map);
  if (!fields) return NOTHING;
  untyped.delete(map);
  return fields;
}
const NOTHING: ReadonlySet<string> = new Set();

/** Forgets how the values of a map or list were written, and where else they stand. */
export function forgetSpelling(map: NodeMap | Node[]): void {
  forgetNotes(map);
  untyped.delete(map);
  part(map);
}

/** Whether a field holds a string that is in quotes, because it was written so or because it must be; a tag is enough. */
export function holdsQuoted(map: NodeMap, key: string): boolean {
  const value = get(map, key);
  if (typeof value !== "string") return false;
  const note = noteOf(map, key);
  return (
    note === "quoted" || note === "folded" || (note !== "tagged" && resolvePlain(value, "node") !== value)
  );
}

const TYPED_WORD = /^(?:[yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF)$/;

/** Whether a text is a boolean to YAML 1.1 alone. */
export const isTypedWord = (text: string): boolean => text.length <= 3 && TYPED_WORD.test(text);

/**
 * Sets a text that kustomize makes: with several lines it is a block, and a boolean of YAML 1.1 gets quotes. Either stays a
 * string whatever a patch puts in its place.
 */
export function setMade(map: NodeMap, key: string, text: string): void {
  set(map, key, text);
  if (text.includes("\n") || isTypedWord(text)) noteField(map, key, "quoted");
}

/**
 * Sets a text as kustomize does where it rewrites one: what stood in quotes stays in them, else the text has no type and counts
 * as what it looks like.
 */
export function setRetyped(map: NodeMap, key: string, text: string): void {
  const quoted = holdsQuoted(map, key);
  assign(map, key, quoted ? text : plainScalar(text));
  if (!quoted) markUntyped(map, key);
}

/** What kind of node it is, in Go's words. */
export function kindName(node: Node): string {
  return isMap(node) ? "MappingNode" : isList(node) ? "SequenceNode" : "ScalarNode";
}
