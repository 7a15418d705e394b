import { go } from "@sluice/gotemplate";
import { compareBytes, Raw } from "@sluice/yaml";
import { isTable } from "../values/tables.ts";

/**
 * What a YAML text is read into, as Go declares it. `name` is the Go name that errors show. Numbers and booleans become texts
 * where a text is wanted, as sigs.k8s.io/yaml does it: `appVersion: 1.50` is "1.5". A strict struct has no other fields.
 * Fields of an `embedded` struct belong to the one around it; Go's reader does not see that they want texts (`exact-text`).
 */
export type Shape =
  | { kind: "text" | "exact-text" | "bool" | "any" | "time" }
  | { kind: "list"; name: string; of: Shape }
  | { kind: "map"; name: string; of: Shape }
  | {
      kind: "struct";
      name: string;
      fields: Readonly<Record<string, Shape>>;
      strict?: boolean;
      embedded?: Embedded;
    };

/** The name of an embedded struct, and which of the fields are its own. */
type Embedded = { name: string; fields: object };

export const text: Shape = { kind: "text" };
export const texts: Shape = { kind: "list", name: "[]string", of: text };

type Place = { struct?: string; path: readonly string[] };

/**
 * Reads a YAML text into a shape. What it says lies over `base`, which is left as it is; fields that are not in the shape are
 * passed over, and capital letters of their names do not count.
 * @returns null for a text that is empty or null where there is no base
 * @throws {go.GoError} in the words of sigs.k8s.io/yaml
 */
export function decodeYaml(shape: Shape, content: Uint8Array, base: unknown = null): unknown {
  const data = go.readSpelled(content);
  refuseInfinity(data);
  return decodeData(shape, data, base);
}

/** What JSON has no words for, by which Go's reader goes. */
function refuseInfinity(data: unknown): void {
  const value = data instanceof Raw ? data.value : data;
  if (typeof value === "object" && value !== null)
    for (const item of Object.values(value)) refuseInfinity(item);
  if (typeof value !== "number" || Number.isFinite(value)) return;
  throw new go.GoError(`error converting YAML to JSON: json: unsupported value: ${go.printFloat(value)}`);
}

/** As `decodeYaml`, of a text that was read already; scalars may be `Raw`. @throws {go.GoError} */
export function decodeData(shape: Shape, data: unknown, base: unknown = null): unknown {
  return read(shape, data, base, { path: [] });
}

function read(shape: Shape, data: unknown, base: unknown, at: Place): unknown {
  const value = data instanceof Raw ? data.value : data;
  if (value === null) return ["text", "exact-text", "bool"].includes(shape.kind) ? base : null;
  switch (shape.kind) {
    case "any":
      return asJson(value);
    case "bool":
      return typeof value === "boolean" ? value : refuse(value, "bool", at);
    case "text":
      return textOf(data, at);
    case "exact-text":
      return typeof value === "string" ? value : refuse(value, "string", at);
    case "time":
      return timeOf(value);
    case "list": {
      if (!Array.isArray(value)) return refuse(value, shape.name, at);
      const before = Array.isArray(base) ? base : [];
      return value.map((item, index) => read(shape.of, item, before[index] ?? null, at));
    }
    case "map":
      return isTable(value) ? readMap(shape.of, value, base, at) : refuse(value, shape.name, at);
    case "struct":
      return isTable(value) ? readStruct(shape, value, base, at) : refuse(value, shape.name, at);
  }
}

function readMap(of: Shape, data: Record<string, unknown>, base: unknown, at: Place): unknown {
  const map: Record<string, unknown> = Object.assign(Object.create(null), base);
  for (const key of Object.keys(data).sort(compareBytes)) map[key] = read(of, data[key], null, at) ?? "";
  return map;
}

function readStruct(
  { name, fields, strict, embedded }: Shape & { kind: "struct" },
  data: Record<string, unknown>,
  base: unknown,
  at: Place,
): unknown {
  const struct: Record<string, unknown> = { ...(base as object | null) };
  const short = name.slice(name.indexOf(".") + 1);
  // Go reads the JSON of it, which has its keys in this order; of two that mean the same the last one counts.
  for (const key of Object.keys(data).sort(compareBytes)) {
    const field = fieldOf(fields, key);
    if (field === undefined && strict) throw decoding(`json: unknown field ${go.quote(key)}`);
    if (field === undefined) continue;
    const value = read(fields[field]!, data[key], struct[field] ?? null, {
      struct: short,
      path:
        embedded && Object.hasOwn(embedded.fields, field)
          ? [...at.path, embedded.name, field]
          : [...at.path, field],
    });
    if (value === null) delete struct[field];
    else struct[field] = value;
  }
  return struct;
}

function fieldOf(fields: Readonly<Record<string, Shape>>, key: string): string | undefined {
  if (Object.hasOwn(fields, key)) return key;
  const folded = key.toLowerCase();
  return Object.keys(fields).find((field) => field.toLowerCase() === folded);
}

function textOf(data: unknown, at: Place): string {
  const value = data instanceof Raw ? data.value : data;
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      return isFloat(data, value) ? go.printFloat32(value) : String(value);
    default:
      return refuse(value, "string", at);
  }
}

/** Whether Go's YAML reader makes a float64 of it and no integer: 1.0 and 1e3 are floats as well, and what has over 64 bits. */
function isFloat(data: unknown, value: number): boolean {
  if (!Number.isSafeInteger(value)) return true;
  return data instanceof Raw && /[.eE]/.test(data.text) && !/^[-+]?0[xX]/.test(data.text);
}

function timeOf(value: unknown): string {
  if (typeof value !== "string") throw decoding("Time.UnmarshalJSON: input is not a JSON string");
  try {
    go.checkTime("2006-01-02T15:04:05Z07:00", value);
  } catch (thrown) {
    throw thrown instanceof go.GoError ? decoding(thrown.message) : thrown;
  }
  return value;
}

/** Plain data, in which every number is a float64. */
function asJson(data: unknown, depth = 0): unknown {
  if (depth > maxDepth) throw decoding("json: exceeded max depth");
  if (data instanceof Raw) return asJson(data.value);
  if (typeof data === "bigint") return Number(data);
  if (Array.isArray(data)) return data.map((item) => asJson(item, depth + 1));
  if (!isTable(data)) return data;
  const map: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(data)) map[key] = asJson(item, depth + 1);
  return map;
}

/** The YAML parser has less; JSON comes with whatever it has. */
const maxDepth = 1000;

function refuse(value: unknown, type: string, { struct, path }: Place): never {
  const target = struct === undefined ? "value" : `struct field ${struct}.${path.join(".")}`;
  throw decoding(`json: cannot unmarshal ${go.jsonType(value)} into Go ${target} of type ${type}`);
}

const decoding = (words: string) => new go.GoError(`error unmarshaling JSON: while decoding JSON: ${words}`);
