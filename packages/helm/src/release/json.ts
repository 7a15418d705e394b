/** Reads and writes a stored release as Go's encoding/json does it for Helm's types. */
import { goJson } from "@sluice/yaml";
import { ChartError } from "../errors.ts";
import type { Field, Kind } from "./fields.ts";

/** RFC 3339 with up to nine digits of a second. */
const TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const NO_TIME = "0001-01-01T00:00:00Z";

/**
 * Decoded JSON as `kind` wants it: what is null, empty or unknown is left out.
 * @throws {ChartError} if something is of another type
 */
export function read(kind: Kind, data: unknown, path: string): unknown {
  if (data === null || data === undefined) return undefined;
  switch (kind.of) {
    case "text":
      return typeof data === "string" ? data : wrong(path, "a text");
    case "base64":
      return typeof data === "string" && isBase64(data) ? data : wrong(path, "base64");
    case "integer":
      return Number.isInteger(data) ? data : wrong(path, "an integer");
    case "boolean":
      return typeof data === "boolean" ? data : wrong(path, "true or false");
    case "time":
      if (data === "" || data === NO_TIME) return undefined;
      return typeof data === "string" && TIME.test(data) ? data : wrong(path, "a time");
    case "data":
      return data;
    case "list":
      if (!Array.isArray(data)) return wrong(path, "a list");
      return data.map((item, i) => read(kind.item, item, `${path}[${i}]`) ?? emptyOf(kind.item));
    case "object":
      return readObject(kind.fields, data, path);
  }
}

function readObject(fields: readonly Field[], data: unknown, path: string): Record<string, unknown> {
  if (typeof data !== "object" || Array.isArray(data)) return wrong(path, "an object");
  const from = data as Record<string, unknown>;
  const object: Record<string, unknown> = {};
  for (const { name, kind } of fields) {
    const value = Object.hasOwn(from, name)
      ? read(kind, from[name], path === "" ? name : `${path}.${name}`)
      : undefined;
    if (value !== undefined) object[name] = value;
  }
  return object;
}

/** What Go makes of a null within a list. */
function emptyOf(kind: Kind): unknown {
  return kind.of === "object" ? {} : kind.of === "text" ? "" : null;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

// The value itself may be a secret.
function wrong(path: string, wanted: string): never {
  throw new ChartError("bad-release", `the stored release cannot be read: ${path || "it"} is not ${wanted}`);
}

/** JSON of a value, byte for byte as Go writes it. Without a value, the text that stands for none. */
export function write(kind: Kind, value: unknown): string {
  switch (kind.of) {
    case "list":
      return `[${(value as unknown[]).map((item) => write(kind.item, item)).join(",")}]`;
    case "object":
      return writeObject(kind.fields, value as Record<string, unknown>);
    case "base64":
      return `"${value as string}"`;
    case "text":
    case "integer":
    case "boolean":
    case "time":
    case "data":
      return goJson(value);
  }
}

function writeObject(fields: readonly Field[], object: Record<string, unknown>): string {
  const parts: string[] = [];
  for (const { name, kind, empty } of fields) {
    const value = object[name];
    if (value === undefined || value === null) {
      if (empty !== "omit") parts.push(`"${name}":${empty}`);
    } else if (empty !== "omit" || !isEmpty(kind, value)) parts.push(`"${name}":${write(kind, value)}`);
  }
  return `{${parts.join(",")}}`;
}

/** What `omitempty` leaves out. Structs are never empty. */
function isEmpty(kind: Kind, value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "object") return kind.of === "data" && Object.keys(value as object).length === 0;
  return value === "" || value === 0 || value === false;
}
