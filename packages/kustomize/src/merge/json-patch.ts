import { goFloat, goJson, isBracketed, Raw, type Scalar } from "@sluice/yaml";
import { fail, within } from "../errors.ts";
import { type Copies, noCopies, noteCopies } from "../limits.ts";
import {
  deepCopy,
  forgetSpelling,
  get,
  isList,
  isMap,
  isScalar,
  type Node,
  type NodeMap,
  printedValue,
  set,
  unfold,
} from "../node.ts";

/** One operation of RFC 6902, as given; fields are checked when it is applied. */
export type Operation = { op?: unknown; path?: unknown; from?: unknown; value?: Node };

type Container = NodeMap | Node[];

/**
 * Applies an RFC 6902 patch and returns the new document. Follows evanphx/json-patch v4, which Kubernetes tools use: replace
 * of a missing map key adds it, negative list indexes count from the end.
 */
export function applyJsonPatch(document: NodeMap, operations: readonly Operation[]): NodeMap {
  let root: Container = normalise(document) as NodeMap;
  const copies = noCopies();
  for (const operation of operations) root = applyOne(root, operation, copies);
  if (operations.some(({ op }) => op === "test")) normalise(root); // texts have done their duty
  if (!isMap(root))
    return fail("invalid-config", "a JSON patch made the resource something else than an object");
  return root;
}

/** Scalars without their spelling: what a trip through JSON leaves. Large numbers are spelt as Go spells floats. */
function normalise(node: Node, inBrackets = false): Node {
  if (node instanceof Raw) return normalise(printedValue(node, inBrackets));
  if (typeof node === "number" && node !== 0 && (Math.abs(node) >= 1e6 || Math.abs(node) < 1e-4)) {
    const text = goFloat(node);
    return text === String(node) ? node : new Raw(text, node);
  }
  if (isScalar(node)) return node;
  const inside = inBrackets || isBracketed(node);
  if (isMap(node)) unfold(node);
  forgetSpelling(node);
  if (isList(node)) for (let i = 0; i < node.length; i++) node[i] = normalise(node[i]!, inside);
  else for (const key of Object.keys(node)) set(node, key, normalise(node[key]!, inside));
  return node;
}

function applyOne(root: Container, operation: Operation, copies: Copies): Container {
  const op = String(operation.op ?? "unknown");
  const path = pathOf(operation, "path");
  const value = () => deepCopy(operation.value ?? null);
  switch (op) {
    case "add": {
      const place = find(root, path, `add operation does not apply: doc is missing path: "${path}"`);
      within(`error in add for path: '${path}'`, () => insert(place, value()));
      return root;
    }
    case "remove": {
      const place = find(root, path, `remove operation does not apply: doc is missing path: "${path}"`);
      within(`error in remove for path: '${path}'`, () => take(place));
      return root;
    }
    case "replace":
      return replace(root, path, value());
    case "move":
    case "copy":
      transfer(root, op, pathOf(operation, "from"), path, copies);
      return root;
    case "test":
      test(root, path, operation.value ?? null);
      return root;
    default:
      return fail(
        "invalid-config",
        `Unexpected kind: ${op}; JSON patches know add, remove, replace, move, copy, test`,
      );
  }
}

/** Moves or copies. The library's words tell of a source to move from by the last part of its path only. */
function transfer(root: Container, op: "move" | "copy", from: string, path: string, copies: Copies): void {
  const source = find(root, from, `${op} operation does not apply: doc is missing from path: ${from}`);
  const lead =
    op === "copy" ? `error in copy for from: '${from}'` : `error in move for path: '${source.key}'`;
  const found = within(lead, () => {
    const found = read(source) ?? null;
    if (op === "move") take(source);
    return found;
  });
  const missing = `${op} operation does not apply: doc is missing destination path: ${path}`;
  const place = find(root, path, missing);
  if (op === "copy") noteCopies(copies, found);
  const inserting =
    op === "copy" ? "error while adding value during copy" : `error in move for path: '${path}'`;
  within(inserting, () => insert(place, op === "copy" ? deepCopy(found) : found));
}

function pathOf(operation: Operation, field: "path" | "from"): string {
  const path = operation[field];
  if (typeof path === "string") return path;
  const op = String(operation.op);
  // the library's own words, which are not the same for all
  const lead =
    field === "from" ? "operation, " : ["replace", "move", "test"].includes(op) ? "operation " : "";
  const what = `${lead && `${lead}missing ${field} field: `}missing value`;
  return fail("invalid-config", `${op} operation failed to decode ${field}: ${what}`);
}

/** A scalar of a patch that is JSON, with its text there. */
class JsonScalar extends Raw {}

const jsonText = (scalar: Node): string => (scalar instanceof JsonScalar ? scalar.text : goJson(scalar));

/**
 * Operations of a patch that is JSON, with the texts of their scalars if any of them is a test: tests compare these.
 * @param json the patch
 */
export function withTexts(operations: Operation[], json: string): Operation[] {
  if (!operations.some(({ op }) => op === "test")) return operations;
  const source = (_: string, item: unknown, { source }: { source?: string }) => source ?? item;
  const texts = (JSON.parse as (json: string, reviver: typeof source) => NodeMap[])(json, source);
  return operations.map((operation, i) => ({
    ...operation,
    value: operation.value === undefined ? undefined : spelt(operation.value, texts[i]!.value!),
  }));
}

function spelt(node: Node, text: Node): Node {
  if (isList(node)) return node.map((item, i) => spelt(item, (text as Node[])[i]!));
  if (!isMap(node)) return typeof text === "string" ? new JsonScalar(text, node as Scalar) : node;
  const result: NodeMap = {};
  for (const key of Object.keys(node)) set(result, key, spelt(node[key]!, (text as NodeMap)[key]!));
  return result;
}

/** The container a path points into, and the key in it. */
type Place = { container: Container; key: string };

function find(root: Container, path: string, problem: string): Place {
  const parts = path.split("/");
  const missing = () => fail("no-match", `${problem}: missing value`);
  if (parts.length < 2) return missing();
  let at: Node = root;
  for (const part of parts.slice(1, -1)) {
    const next: Node | undefined = isMap(at)
      ? get(at, decodeToken(part))
      : isList(at)
        ? itemAt(at, part)
        : undefined;
    if (!isMap(next) && !isList(next)) return missing();
    at = next;
  }
  return { container: at as Container, key: decodeToken(parts[parts.length - 1]!) };
}

const decodeToken = (part: string): string =>
  part.replaceAll(/~[01]/g, (code) => (code === "~1" ? "/" : "~"));

function itemAt(list: Node[], key: string): Node | undefined {
  const index = /^[-+]?[0-9]+$/.test(key) ? Number(key) : Number.NaN;
  return list[index < 0 ? index + list.length : index];
}

/** An index into a list of which `size` is the first that is out of bounds; `problem` comes before what Go says of no number. */
function indexOf(key: string, size: number, problem = ""): number {
  if (!/^[-+]?[0-9]+$/.test(key)) {
    return fail("invalid-config", `${problem}strconv.Atoi: parsing "${key}": invalid syntax`);
  }
  const index = Number(key);
  if (index >= size || index < -size) {
    return fail("no-match", `Unable to access invalid index: ${index}: invalid index referenced`);
  }
  return index < 0 ? index + size : index;
}

function insert({ container, key }: Place, value: Node): void {
  if (isMap(container)) set(container, key, value);
  else if (key === "-") container.push(value);
  else {
    const problem = `value was not a proper array index: '${key}': `;
    container.splice(indexOf(key, container.length + 1, problem), 0, value);
  }
}

function take({ container, key }: Place): void {
  if (isList(container)) {
    container.splice(indexOf(key, container.length), 1);
    return;
  }
  if (get(container, key) === undefined) {
    fail("no-match", `Unable to remove nonexistent key: ${key}: missing value`);
  }
  delete container[key];
}

function read({ container, key }: Place): Node | undefined {
  return isMap(container) ? get(container, key) : container[indexOf(key, container.length)];
}

function replace(root: Container, path: string, value: Node): Container {
  if (path === "") {
    if (isMap(value) || isList(value)) return value;
    return fail("invalid-config", "replace operation value must be object or array");
  }
  const { container, key } = find(
    root,
    path,
    `replace operation does not apply: doc is missing path: ${path}`,
  );
  if (isMap(container)) set(container, key, value);
  else if (!/^[-+]?[0-9]+$/.test(key) || itemAt(container, key) === undefined) {
    fail("no-match", `replace operation does not apply: doc is missing key: ${path}: missing value`);
  } else container[indexOf(key, container.length)] = value;
  return root;
}

function test(root: Container, path: string, expected: Node): void {
  const place = path && find(root, path, `test operation does not apply: is missing path: ${path}`);
  const found = place ? within(`error in test for path: '${path}'`, () => read(place)) : root;
  if (!equal(found ?? null, expected)) fail("no-match", `testing value ${path} failed: test failed`);
}

/** Whether two values are the same JSON text but for the order of keys: 1 is not 1.0. */
function equal(a: Node, b: Node): boolean {
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]!));
  if (!isMap(a)) return !isMap(b) && !isList(b) && jsonText(a) === jsonText(b);
  const keys = Object.keys(a);
  if (!isMap(b) || keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equal(a[key]!, b[key]!));
}
