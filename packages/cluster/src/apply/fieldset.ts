/**
 * Sets of field paths, and their form on the wire (FieldsV1). A path element is kept in its wire form: `f:<name>`, `k:<key
 * fields as JSON>`, `v:<value as JSON>`, `i:<index>`. Sets are never changed once built, so they share their parts.
 */
import type { Atom } from "./atoms.ts";

export type FieldSet = ReadonlyMap<string, FieldNode>;

/** `member`: the field itself is in the set. `children` is absent rather than empty. */
export type FieldNode = { readonly member: boolean; readonly children?: FieldSet };

export const EMPTY: FieldSet = new Map();

const LEAF: FieldNode = { member: true };
const NOTHING = Object.freeze({});

/** The elements of both. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0 || a === b) return b;
  if (b.size === 0) return a;
  const out = new Map(a);
  for (const [key, theirs] of b) {
    const ours = out.get(key);
    out.set(key, ours ? unite(ours, theirs) : theirs);
  }
  return out;
}

function unite(a: FieldNode, b: FieldNode): FieldNode {
  if (a === b) return a;
  const children = union(a.children ?? EMPTY, b.children ?? EMPTY);
  return node(a.member || b.member, children) as FieldNode;
}

/** The elements that are in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0 || b.size === 0) return EMPTY;
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  const out = new Map<string, FieldNode>();
  for (const [key, one] of small) {
    const other = large.get(key);
    if (!other) continue;
    const children = one.children && other.children ? intersection(one.children, other.children) : EMPTY;
    put(out, key, node(one.member && other.member, children));
  }
  return out;
}

/** The elements of `a` that are not in `b`; a parent in `b` does not take its children along. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0 || b.size === 0) return a;
  if (a === b) return EMPTY;
  const out = new Map<string, FieldNode>();
  for (const [key, ours] of a) {
    const theirs = b.get(key);
    if (!theirs) {
      out.set(key, ours);
      continue;
    }
    const children = theirs.children ? difference(ours.children ?? EMPTY, theirs.children) : ours.children;
    put(out, key, node(ours.member && !theirs.member, children));
  }
  return out;
}

/** As `difference`, but whatever lies below an element of `b` goes with it. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0 || b.size === 0) return a;
  const out = new Map<string, FieldNode>();
  for (const [key, ours] of a) {
    const theirs = b.get(key);
    if (!theirs) out.set(key, ours);
    else if (!theirs.member)
      put(out, key, node(ours.member, recursiveDifference(ours.children ?? EMPTY, theirs.children ?? EMPTY)));
  }
  return out;
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [key, ours] of a) {
    const theirs = b.get(key);
    if (!theirs || ours.member !== theirs.member) return false;
    if (!equalSets(ours.children ?? EMPTY, theirs.children ?? EMPTY)) return false;
  }
  return true;
}

/** `set` plus every declared field on the way to its members ("a.b" also owns "a" if the type declares a field "a"). */
export function withNamedFields(set: FieldSet, atom: Atom | undefined): FieldSet {
  const out = new Map<string, FieldNode>();
  for (const [key, { member, children }] of set) {
    const name = key.startsWith("f:") ? key.slice(2) : undefined;
    const declared = name === undefined ? undefined : atom?.map?.fields?.get(name);
    const below = name === undefined ? atom?.list?.element : (declared?.type ?? atom?.map?.element);
    const isMember = member || (children !== undefined && declared !== undefined);
    out.set(key, node(isMember, children && withNamedFields(children, below)) as FieldNode);
  }
  return out;
}

function node(member: boolean, children: FieldSet | undefined): FieldNode | undefined {
  if (children && children.size > 0) return { member, children };
  return member ? LEAF : undefined;
}

function put(out: Map<string, FieldNode>, key: string, value: FieldNode | undefined): void {
  if (value) out.set(key, value);
}

/** A set under construction: one per walk, paths as arrays of elements. */
export type Builder = { add(path: readonly string[]): void; done(): FieldSet };

type Draft = { member: boolean; children?: Map<string, Draft> };

export function builder(): Builder {
  const root: Draft = { member: false };
  return {
    add(path) {
      if (path.length === 0) return; // nobody owns the whole object
      let at = root;
      for (const element of path) {
        at.children ??= new Map();
        let next = at.children.get(element);
        if (!next) {
          next = { member: false };
          at.children.set(element, next);
        }
        at = next;
      }
      at.member = true;
    },
    done: () => root.children ?? EMPTY,
  };
}

/** True if `path` is a member of `set`. */
export function has(set: FieldSet, path: readonly string[]): boolean {
  let at: FieldSet | undefined = set;
  for (let i = 0; i < path.length; i++) {
    const found: FieldNode | undefined = at?.get(path[i] as string);
    if (!found) return false;
    if (i === path.length - 1) return found.member;
    at = found.children;
  }
  return false;
}

/** All members, parents' members before their children's, each level in the order of the wire. */
export function paths(set: FieldSet): string[][] {
  const out: string[][] = [];
  const walk = (level: FieldSet, prefix: string[]) => {
    const sorted = sortedEntries(level);
    for (const [key, { member }] of sorted) if (member) out.push([...prefix, key]);
    for (const [key, { children }] of sorted) if (children) walk(children, [...prefix, key]);
  };
  walk(set, []);
  return out;
}

/** `.spec.containers[name="web"].image` */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join("");
}

/** One element of a path for people: `.spec`, `[name="web"]`, `[="a"]`, `[0]`. */
export function elementText(element: string): string {
  const content = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${content}`;
    case "k":
      return `[${Object.entries(JSON.parse(content))
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(",")}]`;
    case "v":
      return `[=${JSON.stringify(JSON.parse(content))}]`;
    default:
      return `[${content}]`;
  }
}

const encoded = new WeakMap<FieldSet, Record<string, unknown>>();
const decoded = new WeakMap<object, FieldSet>();

/** FieldsV1 of a set. The same set gives the same (frozen) object. */
export function encode(set: FieldSet): Record<string, unknown> {
  const known = encoded.get(set);
  if (known) return known;
  const out: Record<string, unknown> = {};
  for (const [key, { member, children }] of sortedEntries(set)) {
    if (!children) out[key] = NOTHING;
    else if (member) out[key] = Object.freeze({ ".": NOTHING, ...encode(children) });
    else out[key] = encode(children);
  }
  encoded.set(set, Object.freeze(out));
  if (!decoded.has(out)) decoded.set(out, set);
  return out;
}

/** The set that a FieldsV1 says; elements of unknown kinds are dropped. Throws on malformed keys. */
export function decode(fields: unknown): FieldSet {
  if (typeof fields !== "object" || fields === null) return EMPTY;
  const known = decoded.get(fields);
  if (known) return known;
  const out = new Map<string, FieldNode>();
  for (const [raw, value] of Object.entries(fields)) {
    if (raw === ".") continue;
    const key = canonicalElement(raw);
    if (key === undefined) continue;
    put(out, key, decodeNode(value));
  }
  if (Object.isFrozen(fields)) decoded.set(fields, out);
  return out;
}

/** Without (known) children it is a leaf and a member; otherwise "." says membership. */
function decodeNode(value: unknown): FieldNode | undefined {
  const children = decode(value);
  return node(children.size === 0 || "." in (value as object), children);
}

function canonicalElement(raw: string): string | undefined {
  if (raw.length < 2) throw new Error("key must be 2 characters long:");
  if (raw[1] !== ":") throw new Error(`missing colon: ${raw}`);
  switch (raw[0]) {
    case "f":
      return raw;
    case "k":
      return keyElement(Object.entries(JSON.parse(raw.slice(2)) as Record<string, unknown>));
    case "v":
      return valueElement(JSON.parse(raw.slice(2)));
    case "i":
      return `i:${Number.parseInt(raw.slice(2), 10)}`;
    default:
      return undefined;
  }
}

/** The element of a keyed list's item, from its key fields. */
export function keyElement(fields: [name: string, value: unknown][]): string {
  if (fields.length > 1) fields.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  let text = "k:{";
  for (const [i, [name, value]] of fields.entries())
    text += `${i > 0 ? "," : ""}${goJson(name)}:${goJson(value)}`;
  return `${text}}`;
}

/** The element of a set's item. */
export function valueElement(value: unknown): string {
  return `v:${goJson(value)}`;
}

/** JSON as Go writes it: characters that matter to HTML are escaped. */
function goJson(value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  return /[<>&\u2028\u2029]/.test(text)
    ? text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : text;
}

function sortedEntries(set: FieldSet): [string, FieldNode][] {
  return [...set].sort(([a], [b]) => compareElements(a, b));
}

const RANK: Record<string, number> = { f: 0, k: 1, v: 2, i: 3 };

/** Order on the wire: fields, keys, values, indices; inside each by content. */
export function compareElements(a: string, b: string): number {
  const kind = a[0] as string;
  if (kind !== b[0]) return (RANK[kind] ?? 9) - (RANK[b[0] as string] ?? 9);
  if (kind === "f") return a < b ? -1 : a > b ? 1 : 0;
  if (kind === "k") return compareKeys(a.slice(2), b.slice(2));
  return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)));
}

function compareKeys(a: string, b: string): number {
  const ours = Object.entries(JSON.parse(a) as Record<string, unknown>);
  const theirs = Object.entries(JSON.parse(b) as Record<string, unknown>);
  for (let i = 0; i < ours.length && i < theirs.length; i++) {
    const [[name, value], [otherName, otherValue]] = [
      ours[i] as [string, unknown],
      theirs[i] as [string, unknown],
    ];
    if (name !== otherName) return name < otherName ? -1 : 1;
    const order = compareValues(value, otherValue);
    if (order !== 0) return order;
  }
  return ours.length - theirs.length;
}

const VALUE_RANK: Record<string, number> = { number: 0, string: 1, boolean: 2 };

function compareValues(a: unknown, b: unknown): number {
  const rank = (VALUE_RANK[typeof a] ?? 3) - (VALUE_RANK[typeof b] ?? 3);
  if (rank !== 0) return rank;
  const [x, y] = [a as number, b as number];
  return x < y ? -1 : x > y ? 1 : 0;
}
