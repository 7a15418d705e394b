/** Reading JSON into the Go structs of built-in kinds: what the API server says when a value does not fit. */
import { parseQuantity } from "./quantity.ts";
import type { KubeObject, Schema } from "./types.ts";

type Json = Record<string, unknown>;

/**
 * The first value that cannot be read into a built-in kind, as in the message of the 400 (`Deployment in version "v1" cannot be handled as a
 * Deployment: json: cannot unmarshal …`); undefined if everything fits. Unknown fields are no problem here (`prune` tells them).
 */
export function decodeProblem(object: KubeObject, schema: Schema): string | undefined {
  const problem = read(object, schema, { type: "", fields: [] });
  if (problem === undefined) return undefined;
  const version = object.apiVersion.split("/").pop();
  return `${object.kind} in version ${JSON.stringify(version)} cannot be handled as a ${object.kind}: ${problem}`;
}

/** Structs that Go embeds: the decoder names them on the way to their fields ("<type>": embedded struct, and its fields or all but). */
const EMBEDDED: Record<string, { struct: string; fields?: string[]; except?: string[] }> = {
  Probe: { struct: "ProbeHandler", fields: ["exec", "httpGet", "tcpSocket", "grpc"] },
  Volume: { struct: "VolumeSource", except: ["name"] },
  IngressRule: { struct: "IngressRuleValue", fields: ["http"] },
  EphemeralContainer: { struct: "EphemeralContainerCommon", except: ["targetContainerName"] },
  ConfigMapKeySelector: { struct: "LocalObjectReference", fields: ["name"] },
  SecretKeySelector: { struct: "LocalObjectReference", fields: ["name"] },
  ConfigMapEnvSource: { struct: "LocalObjectReference", fields: ["name"] },
  SecretEnvSource: { struct: "LocalObjectReference", fields: ["name"] },
  ConfigMapVolumeSource: { struct: "LocalObjectReference", fields: ["name"] },
  ConfigMapProjection: { struct: "LocalObjectReference", fields: ["name"] },
  SecretProjection: { struct: "LocalObjectReference", fields: ["name"] },
};

/** The fields that the decoder goes through to reach `key` of a struct. */
function stepsTo(struct: string, key: string): string[] {
  const embedded = EMBEDDED[struct];
  const isInside = embedded && (embedded.fields?.includes(key) ?? !embedded.except?.includes(key));
  return isInside ? [embedded.struct, key] : [key];
}

/** The struct whose field is being read, and the fields from the root to it. */
type Place = { type: string; fields: string[] };

function read(value: unknown, schema: Schema, place: Place): string | undefined {
  if (value === null || value === undefined || (schema.preserveUnknownFields && !schema.properties))
    return undefined;
  if (schema.builtinScalar) return readScalar(value, schema.builtinScalar);
  if (schema.intOrString) {
    if (typeof value === "string") return undefined;
    return Number.isInteger(value) ? undefined : mismatch(value, { type: "integer", format: "int32" }, place);
  }
  switch (schema.type) {
    case "object":
      return readMap(value, schema, place);
    case "array":
      return Array.isArray(value) ? readList(value, schema, place) : mismatch(value, schema, place);
    case "integer":
      return isInteger(value, schema.format) ? undefined : mismatch(value, schema, place);
    case "string":
      if (typeof value !== "string") return mismatch(value, schema, place);
      return schema.format === "byte" ? base64Problem(value) : undefined;
    case "boolean":
    case "number":
      return typeof value === schema.type ? undefined : mismatch(value, schema, place);
    default:
      return undefined;
  }
}

function readMap(value: unknown, schema: Schema, place: Place): string | undefined {
  if (typeof value !== "object" || Array.isArray(value)) return mismatch(value, schema, place);
  const others = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  const struct = schema.goType?.split(".").pop();
  for (const [key, below] of Object.entries(value as Json)) {
    const field = schema.properties?.[key];
    const problem = field
      ? read(below, field, {
          type: struct ?? place.type,
          fields: [...place.fields, ...stepsTo(struct ?? "", key)],
        })
      : others && read(below, others, place);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function readList(list: unknown[], schema: Schema, place: Place): string | undefined {
  for (const item of list) {
    const problem = schema.items && read(item, schema.items, place);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isInteger(value: unknown, format: string | undefined): boolean {
  if (typeof value === "bigint") return true;
  return Number.isInteger(value) && (format !== "int32" || value === ((value as number) | 0));
}

function mismatch(value: unknown, schema: Schema, { type, fields }: Place): string {
  const target = goType(schema);
  const what = shown(value, schema.type === "integer");
  if (fields.length === 0) return `json: cannot unmarshal ${what} into Go value of type ${target}`;
  return `json: cannot unmarshal ${what} into Go struct field ${type}.${fields.join(".")} of type ${target}`;
}

/** A value as encoding/json speaks of it: numbers that no integer holds, for their size or fraction, are shown. */
function shown(value: unknown, isInteger = false): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  if (typeof value !== "number") return typeof value;
  return isInteger ? `number ${value}` : "number";
}

function goType(schema: Schema): string {
  if (schema.goType !== undefined) return schema.goType;
  if (schema.type === "array")
    return schema.items?.format === "byte" ? "[][]uint8" : `[]${goType(schema.items ?? {})}`;
  if (schema.type === "object")
    return typeof schema.additionalProperties === "object"
      ? `map[string]${goType(schema.additionalProperties)}`
      : "map[string]interface {}";
  if (schema.type === "integer") return schema.format ?? "int64";
  if (schema.type === "number") return "float64";
  if (schema.type === "boolean") return "bool";
  return schema.format === "byte" ? "[]uint8" : "string";
}

function readScalar(value: unknown, kind: NonNullable<Schema["builtinScalar"]>): string | undefined {
  if (kind === "quantity") {
    if ((typeof value === "string" || typeof value === "number") && parseQuantity(String(value)))
      return undefined;
    return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  }
  if (typeof value !== "string") return `json: cannot unmarshal ${shown(value)} into Go value of type string`;
  const match = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}((?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))$/.exec(value);
  const isMicro = kind === "microTime";
  const rest = match?.[1] ?? "";
  if (isMicro && match && !/^\.\d{6}\D/.test(rest))
    return `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse ${JSON.stringify(rest)} as ".000000"`;
  if (match && !Number.isNaN(Date.parse(value))) return undefined;
  const layout = kind === "time" ? "2006-01-02T15:04:05Z07:00" : "2006-01-02T15:04:05.000000Z07:00";
  return `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(value)} as "2006"`;
}

function base64Problem(text: string): string | undefined {
  const stray = text.search(/[^A-Za-z0-9+/=\r\n]/);
  if (stray >= 0) return `illegal base64 data at input byte ${stray}`;
  const clean = text.replace(/[\r\n]/g, "");
  const padding = clean.indexOf("=");
  if (padding >= 0 && !/^={1,2}$/.test(clean.slice(padding)))
    return `illegal base64 data at input byte ${padding + 1}`;
  return clean.length % 4 === 0
    ? undefined
    : `illegal base64 data at input byte ${clean.length - (clean.length % 4)}`;
}
