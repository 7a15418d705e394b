/** RFC 6902, with the leniencies of the library that the API server uses (evanphx/json-patch v4). */
import { equal } from "../apply/typed.ts";
import { badPatch, jsonType, PatchError, unprocessable } from "./errors.ts";

type Operation = { op?: unknown; path?: unknown; from?: unknown; value?: unknown };
type Container = unknown[] | Record<string, unknown>;

const MAX_OPERATIONS = 10_000;
/** Nodes that `copy` may multiply one document into. */
const MAX_COPIED = 1_000_000;

/**
 * Applies `ops` to `doc`; `doc` is not changed.
 * Throws PatchError: 400 if `ops` is no list of operations, 413 if there are too many, 422 if one does not apply.
 */
export function jsonPatch(doc: unknown, ops: unknown): unknown {
  if (!Array.isArray(ops))
    throw badPatch(`json: cannot unmarshal ${jsonType(ops)} into Go value of type jsonpatch.Patch`);
  if (ops.length > MAX_OPERATIONS)
    throw new PatchError(
      413,
      "RequestEntityTooLarge",
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${ops.length}`,
    );
  const state: State = { root: structuredClone(doc), copied: 0 };
  for (const op of ops) {
    if (typeof op !== "object" || op === null || Array.isArray(op))
      throw badPatch(`json: cannot unmarshal ${jsonType(op)} into Go value of type jsonpatch.Operation`);
    perform(state, op);
  }
  return state.root;
}

type State = { root: unknown; copied: number };

function perform(state: State, operation: Operation): void {
  const path = pathOf(operation, "path");
  switch (operation.op) {
    case "add":
      add(state, path, cloneOf(operation.value), "add");
      return;
    case "remove":
      remove(state, path);
      return;
    case "replace":
      replace(state, path, operation);
      return;
    case "move": {
      const from = pathOf(operation, "from");
      add(state, path, remove(state, from), "move");
      return;
    }
    case "copy": {
      const value = read(state, pathOf(operation, "from"));
      state.copied += count(value, MAX_COPIED);
      if (state.copied > MAX_COPIED) throw unprocessable(`copies in the patch exceed ${MAX_COPIED} values`);
      add(state, path, structuredClone(value), "copy");
      return;
    }
    case "test":
      test(state, path, operation);
      return;
    default:
      throw unprocessable(`Unexpected kind: ${String(operation.op ?? "unknown")}`);
  }
}

function pathOf(operation: Operation, field: "path" | "from"): string {
  const path = operation[field];
  if (typeof path !== "string")
    throw unprocessable(`${String(operation.op)} operation failed to decode ${field}: missing value`);
  return path;
}

function cloneOf(value: unknown): unknown {
  return value === undefined ? null : structuredClone(value);
}

/** The container of the value that `path` points to, and the last key. */
function find(state: State, path: string): { container: Container; key: string } | undefined {
  const [first, ...keys] = path.split("/");
  const last = keys.pop();
  if (first !== "" || last === undefined) return undefined;
  let at: unknown = state.root;
  for (const key of keys) {
    at = child(at as Container, decodeKey(key));
    if (typeof at !== "object" || at === null) return undefined;
  }
  return { container: at as Container, key: decodeKey(last) };
}

function decodeKey(key: string): string {
  return key.replaceAll("~1", "/").replaceAll("~0", "~");
}

function child(container: Container, key: string): unknown {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  const index = toIndex(key, container.length);
  return index === undefined || index >= container.length ? undefined : container[index];
}

/** Negative indices count from the end, as in the API server. */
function toIndex(key: string, length: number): number | undefined {
  if (!/^[-+]?\d+$/.test(key)) return undefined;
  const index = Number(key);
  return index < 0 ? (index < -length ? undefined : index + length) : index;
}

function add(state: State, path: string, value: unknown, operation: string): void {
  const place = find(state, path);
  if (!place)
    throw unprocessable(
      `${operation} operation does not apply: doc is missing path: "${path}": missing value`,
    );
  const { container, key } = place;
  if (!Array.isArray(container)) {
    define(container, key, value);
    return;
  }
  if (key === "-") {
    container.push(value);
    return;
  }
  const index = toIndex(key, container.length + 1);
  if (index === undefined || index > container.length)
    throw unprocessable(
      `error in ${operation} for path: '${path}': Unable to access invalid index: ${key}: invalid index referenced`,
    );
  container.splice(index, 0, value);
}

/** A field named __proto__ is a field like any other. */
function define(container: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove(state: State, path: string): unknown {
  const place = find(state, path);
  if (!place)
    throw unprocessable(`remove operation does not apply: doc is missing path: "${path}": missing value`);
  const { container, key } = place;
  const value = child(container, key);
  if (value === undefined)
    throw unprocessable(
      `error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`,
    );
  if (Array.isArray(container)) container.splice(toIndex(key, container.length) as number, 1);
  else delete container[key];
  return value;
}

function replace(state: State, path: string, { value }: Operation): void {
  if (path === "") {
    if (typeof value !== "object" || value === null)
      throw unprocessable("replace operation value must be object or array");
    state.root = structuredClone(value);
    return;
  }
  const place = find(state, path);
  if (!place)
    throw unprocessable(`replace operation does not apply: doc is missing path: ${path}: missing value`);
  const { container, key } = place;
  if (!Array.isArray(container)) {
    define(container, key, cloneOf(value)); // a key that was not there is added
    return;
  }
  const index = toIndex(key, container.length);
  if (index === undefined || index >= container.length)
    throw unprocessable(`replace operation does not apply: doc is missing key: ${path}: missing value`);
  container[index] = cloneOf(value);
}

function read(state: State, path: string): unknown {
  if (path === "") return state.root;
  const place = find(state, path);
  if (!place)
    throw unprocessable(`copy operation does not apply: doc is missing from path: ${path}: missing value`);
  const value = child(place.container, place.key);
  if (value === undefined && Array.isArray(place.container))
    throw unprocessable(`error in copy for from: '${path}': Unable to access invalid index`);
  return value ?? null;
}

function test(state: State, path: string, { value }: Operation): void {
  const failed = () => unprocessable(`testing value ${path} failed: test failed`);
  if (path === "") {
    if (!equal(state.root, value)) throw failed();
    return;
  }
  const place = find(state, path);
  if (!place) throw unprocessable(`test operation does not apply: is missing path: ${path}: missing value`);
  const found = child(place.container, place.key);
  if (!equal(found ?? null, value ?? null)) throw failed();
}

function count(value: unknown, limit: number): number {
  if (typeof value !== "object" || value === null) return 1;
  let total = 1;
  for (const item of Object.values(value)) {
    total += count(item, limit - total);
    if (total > limit) return total;
  }
  return total;
}
