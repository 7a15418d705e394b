import { type KubeObject, splitApiVersion } from "@sluice/api";
import { buildDocuments, goProblem, parse as parseYaml, YamlError } from "@sluice/yaml";
import { apiVersionOfResource, type Resource } from "../catalogue.ts";
import { apiError, badRequest, isApiError } from "../errors.ts";
import { invalid } from "../registry/invalid.ts";
import type { Write } from "../registry/write.ts";
import { type FieldError, schemaOfBuiltin } from "../schema/index.ts";
import { decodeProtobuf } from "../wire/protobuf.ts";
import { duplicateFields } from "./duplicates.ts";
import { goJsonProblem } from "./gojson.ts";

const JSON_TYPES = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/** The media type of a body without its parameters; what says nothing counts as JSON. */
export function mediaOf(contentType: string | undefined): string {
  return (contentType ?? "").split(";")[0]!.trim().toLowerCase() || "application/json";
}

export function unsupportedMedia(accepted: string): Error {
  return apiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );
}

/** Parses a body that holds one object of `kind`, as JSON or YAML; JSON numbers beyond 2^53 lose precision. */
export function decodeObject(
  body: Buffer,
  contentType: string | undefined,
  kind: string,
): Record<string, unknown> {
  const media = mediaOf(contentType);
  if (media === "application/vnd.kubernetes.protobuf") return protobuf(body, kind);
  if (media !== "application/json" && media !== "application/yaml") throw unsupportedMedia(JSON_TYPES);
  const text = body.toString();
  const unrecognized = (because: string) =>
    badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${because}`,
    );
  if (text === "") throw unrecognized(`unexpected end of JSON input (${summary(body)})`);
  let value: unknown;
  try {
    value = media === "application/json" ? JSON.parse(text) : yamlValue(text);
  } catch (thrown) {
    if (thrown instanceof YamlError)
      throw badRequest(
        `the object provided is unrecognized (must be of type ${kind}): yaml: ${yamlProblem(text, thrown)} (${summary(body)})`,
      );
    const because = goJsonProblem(text) ?? (thrown as Error).message;
    throw unrecognized(`${because} (${summary(body)})`);
  }
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value))
    throw unrecognized(
      `json: cannot unmarshal ${goType(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (${summary(body)})`,
    );
  return value as Record<string, unknown>;
}

/** Custom resources must say what they are; for built-in kinds the path does. */
function requireHead(resource: Resource, value: Record<string, unknown>, body: Buffer): void {
  const missing = value["kind"] ? (value["apiVersion"] ? undefined : "apiVersion") : "Kind";
  if (missing === undefined) return;
  throw badRequest(
    `the object provided is unrecognized (must be of type ${resource.kind}): Object '${missing}' is missing in '${body.toString()}' (${summary(body)})`,
  );
}

/** The first bytes of a body for a message: as text when it looks like an object, else in hexadecimal. */
function summary(body: Buffer): string {
  if (body.length === 0) return "<empty>";
  const start = body.subarray(0, 30);
  return (body[0] === 0x7b ? start.toString() : start.toString("hex")) + (body.length > 30 ? " ..." : "");
}

function protobuf(body: Buffer, kind: string): Record<string, unknown> {
  try {
    return decodeProtobuf(body);
  } catch (thrown) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): ${(thrown as Error).message}`,
    );
  }
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** What is wrong with a YAML text, in the words of Go's reader where it finds something. */
export const yamlProblem = (text: string, { message }: Error): string => goProblem(text) ?? message;

/** Keys that come twice in a YAML text, as Go's reader tells them; the last one counts. */
function yamlDuplicates(text: string): string[] {
  const found: string[] = [];
  const onDuplicate = (key: string, line: number) =>
    void found.push(`line ${line}: key ${JSON.stringify(key)} already set in map`);
  buildDocuments(text, { dialect: "kubernetes", spelling: false, duplicates: "last", onDuplicate });
  return found;
}

/** One YAML document as plain JSON data. Throws a YamlError. */
export function yamlValue(text: string): unknown {
  return plainNumbers(parseYaml(text));
}

/** Parses DeleteOptions. What is wrong with them is told barely: no object is spoken of. */
export function decodeOptions(body: Buffer, contentType: string | undefined): Record<string, unknown> {
  let value: Record<string, unknown>;
  try {
    value = decodeObject(body, contentType, "DeleteOptions");
  } catch (thrown) {
    if (!isApiError(thrown) || thrown.status.code !== 400) throw thrown;
    const bare = thrown.message.replace(
      /^the object provided is unrecognized \(must be of type DeleteOptions\): /,
      "",
    );
    throw badRequest(bare.replace(/ \([^()]*\)$/, ""));
  }
  if (value["kind"] === undefined || value["kind"] === "DeleteOptions") return value;
  throw badRequest(
    `no kind ${JSON.stringify(value["kind"])} is registered for version ${JSON.stringify(value["apiVersion"] ?? "")} in scheme "pkg/runtime/scheme.go:111"`,
  );
}

/** YAML integers beyond 2^53 come as bigint, which JSON cannot carry. */
function plainNumbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plainNumbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainNumbers(each)]));
}

/**
 * Parses the body of a create or update of `resource`: the kind and version must be its own (empty ones are filled in), fields that come twice are
 * refused or warned about.
 */
export function decodeFor(
  resource: Resource,
  body: Buffer,
  contentType: string | undefined,
  write: Write,
): KubeObject {
  const value = decodeObject(body, contentType, resource.kind);
  const apiVersion = apiVersionOfResource(resource);
  if (resource.custom) requireHead(resource, value, body);
  const kind = (value["kind"] || resource.kind) as string;
  const version = (value["apiVersion"] || apiVersion) as string;
  if (kind !== resource.kind || version !== apiVersion)
    throw wrongKind(resource, version, kind, nameIn(value));
  value["kind"] = kind;
  value["apiVersion"] = version;
  const { metadata } = value;
  if (
    metadata !== undefined &&
    metadata !== null &&
    (typeof metadata !== "object" || Array.isArray(metadata))
  )
    throw badRequest(
      `${kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${kind}: json: cannot unmarshal ${goType(metadata)} into Go ${resource.custom ? "value" : `struct field ${kind}.metadata`} of type v1.ObjectMeta`,
    );
  value["metadata"] ??= {};
  if (write.fieldValidation !== "Ignore") write.warnings.push(...repeated(body, contentType, write));
  return value as KubeObject;
}

/** Fields of a body that come twice. */
function repeated(body: Buffer, contentType: string | undefined, { fieldValidation }: Write): string[] {
  const text = body.toString();
  switch (mediaOf(contentType)) {
    case "application/json":
      return duplicateFields(text).map((path) => `duplicate field ${JSON.stringify(path)}`);
    case "application/yaml": {
      const lines = yamlDuplicates(text);
      if (fieldValidation !== "Strict" || lines.length === 0) return lines;
      return [`yaml: unmarshal errors:\n${lines.map((line) => `  ${line}`).join("\n")}`];
    }
    default:
      return [];
  }
}

function isBuiltin(apiVersion: string, kind: string): boolean {
  const { group, version } = splitApiVersion(apiVersion);
  return schemaOfBuiltin({ group, version, kind }) !== undefined;
}

/** Versions that are no longer served, but still known. */
const FORMER_VERSIONS = new Set(
  [
    "extensions/v1beta1 apps/v1beta1 apps/v1beta2 policy/v1beta1 batch/v1beta1 autoscaling/v2beta1 autoscaling/v2beta2",
    "networking.k8s.io/v1beta1 events.k8s.io/v1beta1 discovery.k8s.io/v1beta1 coordination.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1 rbac.authorization.k8s.io/v1beta1 apiextensions.k8s.io/v1beta1",
    "admissionregistration.k8s.io/v1beta1 storage.k8s.io/v1beta1 scheduling.k8s.io/v1beta1 apiregistration.k8s.io/v1beta1",
  ].flatMap((line) => line.split(" ")),
);

function nameIn({ metadata }: Record<string, any>): string {
  return typeof metadata?.name === "string" ? metadata.name : "";
}

function wrongKind(resource: Resource, apiVersion: string, kind: string, name: string): Error {
  const expected = apiVersionOfResource(resource);
  if (resource.custom && apiVersion !== expected)
    return badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  if (resource.custom) {
    const error: FieldError = {
      path: "kind",
      type: "Invalid value",
      value: kind,
      detail: `must be ${resource.kind}`,
    };
    return invalid({ group: resource.group, kind }, name, [error]);
  }
  const version = apiVersion.split("/").at(-1);
  if (kind === resource.kind && (isBuiltin(apiVersion, kind) || FORMER_VERSIONS.has(apiVersion)))
    return badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  if (isBuiltin(apiVersion, kind)) {
    const from = `${version}.${kind}`;
    const to = `${resource.group.split(".")[0] || "core"}.${resource.kind}`;
    return badRequest(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${resource.kind}: converting (${from}) to (${to}): unknown conversion`,
    );
  }
  return badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${resource.kind}: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
  );
}
